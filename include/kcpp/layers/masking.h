/// Masking (keras.layers.Masking).
#pragma once

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"

namespace kcpp::layers {

struct MaskingOptions {
  double mask_value = 0.0;
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// Masks the steps of (batch, steps, features) all of whose features equal mask_value; layers
/// behind skip them.
class KCPP_API Masking : public Layer {
 public:
  explicit Masking(MaskingOptions options = {});
};

}  // namespace kcpp::layers
