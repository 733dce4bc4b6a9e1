/// BatchNormalization (keras.layers.BatchNormalization).
#pragma once

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"

namespace kcpp::layers {

/// Limits of the corrections of batch renormalisation.
struct RenormClipping {
  std::optional<double> rmax = {}, rmin = {}, dmax = {};
};

struct BatchNormalizationOptions {
  int axis = -1;  ///< the axis of the features
  double momentum = 0.99;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Initializer moving_mean_initializer = "zeros";
  Initializer moving_variance_initializer = "ones";
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
  bool renorm = false;  ///< batch renormalisation (Ioffe, 2017)
  std::optional<RenormClipping> renorm_clipping = {};
  double renorm_momentum = 0.99;
  bool synchronized = false;  ///< statistics over all processes of a distributed run
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// gamma (x - mean) / sqrt(variance + epsilon) + beta, per feature (Ioffe and Szegedy, 2015). In
/// training the batch's mean and variance are used and the moving averages updated; otherwise the
/// moving averages are used. When frozen (trainable = false) it always infers. Weights: gamma,
/// beta, moving_mean, moving_variance.
class KCPP_API BatchNormalization : public Layer {
 public:
  explicit BatchNormalization(BatchNormalizationOptions options = {});
};

}  // namespace kcpp::layers
