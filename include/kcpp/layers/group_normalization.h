/// GroupNormalization, RMSNormalization, UnitNormalization (keras.layers).
#pragma once

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/ops/types.h"

namespace kcpp::layers {

struct GroupNormalizationOptions {
  int64_t groups = 32;  ///< -1: one a channel (instance normalisation)
  int axis = -1;        ///< of the channels
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Normalises each sample over groups of channels (Wu and He, 2018). Weights: gamma, beta
/// (channels,).
class KCPP_API GroupNormalization : public Layer {
 public:
  explicit GroupNormalization(GroupNormalizationOptions options = {});
};

struct RMSNormalizationOptions {
  ops::Axes axis = -1;
  double epsilon = 1e-6;
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// x scale / sqrt(mean(x^2) + epsilon) (Zhang and Sennrich, 2019). Weight: scale.
class KCPP_API RMSNormalization : public Layer {
 public:
  explicit RMSNormalization(RMSNormalizationOptions options = {});
};

struct UnitNormalizationOptions {
  ops::Axes axis = -1;
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// x divided by its Euclidean norm over the axes.
class KCPP_API UnitNormalization : public Layer {
 public:
  explicit UnitNormalization(UnitNormalizationOptions options = {});
};

}  // namespace kcpp::layers
