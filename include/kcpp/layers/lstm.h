/// LSTM, LSTMCell (keras.layers).
#pragma once

#include "kcpp/activations.h"
#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/layers/rnn.h"

namespace kcpp::layers {

struct LSTMOptions {
  ActivationFn activation = "tanh";
  ActivationFn recurrent_activation = "sigmoid";  ///< of the gates
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  bool unit_forget_bias = true;  ///< the forget gate's bias starts at 1
  Regularizer kernel_regularizer = {};
  Regularizer recurrent_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint recurrent_constraint = {};
  Constraint bias_constraint = {};
  double dropout = 0.0;            ///< of the inputs, one mask for all steps
  double recurrent_dropout = 0.0;  ///< of the state, one mask for all steps
  std::optional<int64_t> seed = {};
  bool return_sequences = false;  ///< the outputs of all steps, not only of the last
  bool return_state = false;      ///< the last state as a further output
  bool go_backwards = false;
  bool stateful = false;  ///< the states after a batch are the first states of the next
  bool unroll = false;    ///< no effect on the numbers
  bool zero_output_for_mask = false;
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// Long short-term memory (Hochreiter and Schmidhuber, 1997) over time: (batch, steps, features) ->
/// (batch, units), or (batch, steps, units) with return_sequences. States: h and c. Weights: kernel
/// (features, 4 units), recurrent_kernel (units, 4 units), bias (4 units,), in the order i, f, c,
/// o.
///
///     layers::LSTM(32, {.return_sequences = true})
class KCPP_API LSTM : public RNN {
 public:
  explicit LSTM(int64_t units, LSTMOptions options = {});
};

struct LSTMCellOptions {
  ActivationFn activation = "tanh";
  ActivationFn recurrent_activation = "sigmoid";  ///< of the gates
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  bool unit_forget_bias = true;  ///< the forget gate's bias starts at 1
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
/// One step of LSTM, for layers::RNN. Called with {input, h, c} it returns {output, h, c}.
class KCPP_API LSTMCell : public Layer {
 public:
  explicit LSTMCell(int64_t units, LSTMCellOptions options = {});
};

}  // namespace kcpp::layers
