/// LayerNormalization (keras.layers.LayerNormalization).
#pragma once

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/ops/types.h"

namespace kcpp::layers {

struct LayerNormalizationOptions {
  ops::Axes axis = -1;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
  bool rms_scaling = false;  ///< deprecated in Keras: scales by the variance, without centring; see
                             ///< RMSNormalization
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// gamma (x - mean) / sqrt(variance + epsilon) + beta with the mean and variance of each sample
/// over `axis` (Ba et al., 2016). Weights: gamma, beta, of the length of the axes.
class KCPP_API LayerNormalization : public Layer {
 public:
  explicit LayerNormalization(LayerNormalizationOptions options = {});
};

}  // namespace kcpp::layers
