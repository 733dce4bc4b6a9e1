/// GRU, GRUCell (keras.layers).
#pragma once

#include "kcpp/activations.h"
#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/layers/rnn.h"

namespace kcpp::layers {

struct GRUOptions {
  ActivationFn activation = "tanh";
  ActivationFn recurrent_activation = "sigmoid";  ///< of the gates
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
  std::optional<int64_t> seed = {};
  bool return_sequences = false;  ///< the outputs of all steps, not only of the last
  bool return_state = false;      ///< the last state as a further output
  bool go_backwards = false;
  bool stateful = false;  ///< the states after a batch are the first states of the next
  bool unroll = false;    ///< no effect on the numbers
  bool reset_after =
      true;  ///< the reset gate acts after the product with recurrent_kernel, as in CuDNN
  bool zero_output_for_mask = false;
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// Gated recurrent unit (Cho et al., 2014) over time: (batch, steps, features) -> (batch, units),
/// or (batch, steps, units) with return_sequences. Weights: kernel (features, 3 units),
/// recurrent_kernel (units, 3 units), bias (2, 3 units), in the order z, r, h; with reset_after =
/// false the bias is (3 units,).
///
///     layers::GRU(32, {.return_sequences = true})
class KCPP_API GRU : public RNN {
 public:
  explicit GRU(int64_t units, GRUOptions options = {});
};

struct GRUCellOptions {
  ActivationFn activation = "tanh";
  ActivationFn recurrent_activation = "sigmoid";  ///< of the gates
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
  bool reset_after = true;
  std::optional<int64_t> seed = {};
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// One step of GRU, for layers::RNN. Called with {input, state} it returns {output, new state}.
class KCPP_API GRUCell : public Layer {
 public:
  explicit GRUCell(int64_t units, GRUCellOptions options = {});
};

}  // namespace kcpp::layers
