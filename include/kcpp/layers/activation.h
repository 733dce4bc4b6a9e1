/// Activations as layers (keras.layers): Activation, ReLU, LeakyReLU, ELU, PReLU, Softmax.
#pragma once

#include "kcpp/activations.h"
#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/ops/dims.h"
#include "kcpp/ops/types.h"

namespace kcpp::layers {

/// Applies an activation: by name, or any function of a tensor.
class KCPP_API Activation : public Layer {
 public:
  explicit Activation(const ActivationFn& activation, LayerOptions options = {});
};

struct ReLUOptions {
  std::optional<double> max_value = {};
  double negative_slope = 0.0;
  double threshold = 0.0;
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// x between threshold and max_value; negative_slope (x - threshold) below the threshold.
class KCPP_API ReLU : public Layer {
 public:
  explicit ReLU(ReLUOptions options = {});
};

struct LeakyReLUOptions {
  double negative_slope = 0.3;
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// x where x > 0, else negative_slope x.
class KCPP_API LeakyReLU : public Layer {
 public:
  explicit LeakyReLU(LeakyReLUOptions options = {});
};

struct ELUOptions {
  double alpha = 1.0;
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// x where x > 0, else alpha (e^x - 1).
class KCPP_API ELU : public Layer {
 public:
  explicit ELU(ELUOptions options = {});
};

struct PReLUOptions {
  Initializer alpha_initializer = "zeros";
  Regularizer alpha_regularizer = {};
  Constraint alpha_constraint = {};
  Dims shared_axes = {};  ///< axes (counted from 1) along which one alpha serves all
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// x where x > 0, else alpha x with a learned alpha (weight "alpha": the input's shape without the
/// batch).
class KCPP_API PReLU : public Layer {
 public:
  explicit PReLU(PReLUOptions options = {});
};

struct SoftmaxOptions {
  ops::Axes axis = -1;
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// e^x / sum(e^x) over an axis or several; elements that the mask drops get 0.
class KCPP_API Softmax : public Layer {
 public:
  explicit Softmax(SoftmaxOptions options = {});
};

}  // namespace kcpp::layers
