/// Dense (keras.layers.Dense).
#pragma once

#include "kcpp/activations.h"
#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"

namespace kcpp::layers {

struct DenseOptions {
  ActivationFn activation = {};
  bool use_bias = true;
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

/// activation(x kernel + bias): (..., in) -> (..., units). Weights: kernel (in, units), bias
/// (units,).
///
///     layers::Dense(10, {.activation = "softmax"})
class KCPP_API Dense : public Layer {
 public:
  explicit Dense(int64_t units, DenseOptions options = {});
};

}  // namespace kcpp::layers
