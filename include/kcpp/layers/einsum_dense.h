/// EinsumDense (keras.layers.EinsumDense).
#pragma once

#include "kcpp/activations.h"
#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/ops/dims.h"

namespace kcpp::layers {

struct EinsumDenseOptions {
  ActivationFn activation = {};
  std::optional<std::string> bias_axes =
      {};  ///< letters of the output's axes that the bias has; none: no bias
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  std::optional<int64_t> lora_rank = {};  ///< as by `enable_lora` when it is built
  std::optional<double> lora_alpha = {};
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// activation(einsum(equation, x, kernel) + bias). `output_shape` is without the batch; -1 is
/// worked out from the input; an ellipsis in the equation stands for the axes that it leaves open.
///
///     layers::EinsumDense("abc,cd->abd", {-1, 64}, {.bias_axes = "d"})
class KCPP_API EinsumDense : public Layer {
 public:
  EinsumDense(std::string equation, const Shape& output_shape, EinsumDenseOptions options = {});
};

}  // namespace kcpp::layers
