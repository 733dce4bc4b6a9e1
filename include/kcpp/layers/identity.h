/// Identity, ActivityRegularization (keras.layers).
#pragma once

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"

namespace kcpp::layers {

/// Returns its input.
class KCPP_API Identity : public Layer {
 public:
  explicit Identity(LayerOptions options = {});
};

struct ActivityRegularizationOptions {
  double l1 = 0.0;
  double l2 = 0.0;
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Returns its input and adds l1 sum(|x|) + l2 sum(x^2), divided by the batch's size, to the loss.
class KCPP_API ActivityRegularization : public Layer {
 public:
  explicit ActivityRegularization(ActivityRegularizationOptions options = {});
};

}  // namespace kcpp::layers
