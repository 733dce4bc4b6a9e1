/// Recurrence over time (keras.backend.rnn): with any step function, or a whole SimpleRNN, LSTM or
/// GRU at once. For the `call` of layers: no graph node of their own.
#pragma once

#include <functional>
#include <utility>

#include "kcpp/activations.h"
#include "kcpp/backend.h"
#include "kcpp/core/tensor.h"

namespace kcpp::ops {

/// One step: (input (batch, ...), states) -> (output (batch, ...), new states).
using RnnStep =
    std::function<std::pair<Tensor, Tensors>(const Tensor& input, const Tensors& states)>;

struct RnnOptions {
  bool go_backwards =
      false;  ///< the outputs then stand in the order of the steps, the last input's first
  /// (batch, time), or with further axes as those of the outputs, as for the pixels of images:
  /// where false, output and states stay as they were.
  Tensor mask = {};
  bool zero_output_for_mask = false;  ///< where masked, the output is 0 instead of the previous one
  bool return_all_outputs = true;
};
struct RnnOutputs {
  Tensor last_output;  ///< (batch, ...)
  Tensor outputs;      ///< (batch, time, ...); (batch, 1, ...) unless return_all_outputs
  Tensors states;      ///< after the last step
};
/// Runs `step` over axis 1 of inputs (batch, time, ...).
///
///     auto sums = ops::rnn([](const Tensor& x, const Tensors& s) { Tensor y = s[0] + x; return
///     std::pair{y, Tensors{y}}; },
///                          x, {zeros});
KCPP_API RnnOutputs rnn(const RnnStep& step, const Tensor& inputs, const Tensors& initial_states,
                        const RnnOptions& options = {});

namespace detail {

struct RnnLayerOptions {
  RnnKind kind = RnnKind::simple;
  ActivationFn activation = "tanh";
  ActivationFn recurrent_activation = "sigmoid";
  RnnOptions options = {};
  /// Masks (batch, features) and (batch, units) that inputs and states are multiplied with at every
  /// step, scaled already: none, one, or one a gate (Keras's implementation=1).
  Tensors dropout_masks = {}, recurrent_dropout_masks = {};
};
/// A whole recurrent layer. kernel (features, gates * units), recurrent_kernel (units, gates *
/// units), gates in Keras's order, bias as in RnnKind (may be undefined), initial_states: h, and c
/// for an LSTM. Fused where the backend can and no mask, per-gate dropout or other activation is in
/// play; else step by step.
KCPP_API RnnOutputs rnn_layer(const Tensor& x, const Tensors& initial_states, const Tensor& kernel,
                              const Tensor& recurrent_kernel, const Tensor& bias,
                              const RnnLayerOptions& options);

/// One step of such a layer: what a cell's `call` does. Returns output and new states.
KCPP_API std::pair<Tensor, Tensors> rnn_cell(const Tensor& x, const Tensors& states,
                                             const Tensor& kernel, const Tensor& recurrent_kernel,
                                             const Tensor& bias, const RnnLayerOptions& options);

}  // namespace detail
}  // namespace kcpp::ops
