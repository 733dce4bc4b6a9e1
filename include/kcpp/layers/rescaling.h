/// Rescaling (keras.layers.Rescaling).
#pragma once

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"

namespace kcpp::layers {

struct RescalingOptions {
  Numbers offset = 0.0;
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// x scale + offset; a list gives one number a channel. Whole numbers (bytes) become floats.
///
///     layers::Rescaling(1.0 / 255)
class KCPP_API Rescaling : public Layer {
 public:
  explicit Rescaling(const Numbers& scale, RescalingOptions options = {});
  explicit Rescaling(std::initializer_list<double> scale, RescalingOptions options = {})
      : Rescaling(Numbers(scale), std::move(options)) {}
};

}  // namespace kcpp::layers
