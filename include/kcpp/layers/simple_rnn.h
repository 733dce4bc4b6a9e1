/// SimpleRNN, SimpleRNNCell (keras.layers).
#pragma once

#include "kcpp/activations.h"
#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/layers/rnn.h"

namespace kcpp::layers {

struct SimpleRNNOptions {
  ActivationFn activation = "tanh";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer recurrent_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint recurrent_constraint = {};
  Constraint bias_constraint = {};
  double dropout = 0.0;            ///< of the inputs, one mask for all steps
  double recurrent_dropout = 0.0;  ///< of the state, one mask for all steps
  bool return_sequences = false;   ///< the outputs of all steps, not only of the last
  bool return_state = false;       ///< the last state as a further output
  bool go_backwards = false;
  bool stateful = false;  ///< the states after a batch are the first states of the next
  bool unroll = false;    ///< no effect on the numbers
  std::optional<int64_t> seed = {};
  bool zero_output_for_mask = false;
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// h = activation(x kernel + h recurrent_kernel + bias) over time: (batch, steps, features) ->
/// (batch, units), or (batch, steps, units) with return_sequences. Weights: kernel,
/// recurrent_kernel, bias.
///
///     layers::SimpleRNN(32, {.return_sequences = true})
class KCPP_API SimpleRNN : public RNN {
 public:
  explicit SimpleRNN(int64_t units, SimpleRNNOptions options = {});
};

struct SimpleRNNCellOptions {
  ActivationFn activation = "tanh";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer recurrent_regularizer = {};
  Regularizer bias_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint recurrent_constraint = {};
  Constraint bias_constraint = {};
  double dropout = 0.0;
  double recurrent_dropout = 0.0;
  std::optional<int64_t> seed = {};
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// One step of SimpleRNN, for layers::RNN. Called with {input, state} it returns {output, new
/// state}.
class KCPP_API SimpleRNNCell : public Layer {
 public:
  explicit SimpleRNNCell(int64_t units, SimpleRNNCellOptions options = {});
};

}  // namespace kcpp::layers
