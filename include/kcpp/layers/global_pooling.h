/// Pooling over all positions (keras.layers): GlobalAveragePooling1D ... GlobalMaxPooling3D.
#pragma once

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"

namespace kcpp::layers {

struct GlobalPoolingOptions {
  std::string data_format = {};  ///< empty: keras.config.image_data_format()
  bool keepdims = false;         ///< keep the pooled axes with length 1
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// (batch, steps, features) -> (batch, features): the mean over the steps, of those that the mask
/// keeps if there is one.
class KCPP_API GlobalAveragePooling1D : public Layer {
 public:
  explicit GlobalAveragePooling1D(GlobalPoolingOptions options = {});
};
/// (batch, height, width, channels) -> (batch, channels).
class KCPP_API GlobalAveragePooling2D : public Layer {
 public:
  explicit GlobalAveragePooling2D(GlobalPoolingOptions options = {});
};
class KCPP_API GlobalAveragePooling3D : public Layer {
 public:
  explicit GlobalAveragePooling3D(GlobalPoolingOptions options = {});
};
/// The greatest element over all positions.
class KCPP_API GlobalMaxPooling1D : public Layer {
 public:
  explicit GlobalMaxPooling1D(GlobalPoolingOptions options = {});
};
class KCPP_API GlobalMaxPooling2D : public Layer {
 public:
  explicit GlobalMaxPooling2D(GlobalPoolingOptions options = {});
};
class KCPP_API GlobalMaxPooling3D : public Layer {
 public:
  explicit GlobalMaxPooling3D(GlobalPoolingOptions options = {});
};
using GlobalAvgPool1D = GlobalAveragePooling1D;
using GlobalAvgPool2D = GlobalAveragePooling2D;
using GlobalAvgPool3D = GlobalAveragePooling3D;
using GlobalMaxPool1D = GlobalMaxPooling1D;
using GlobalMaxPool2D = GlobalMaxPooling2D;
using GlobalMaxPool3D = GlobalMaxPooling3D;

}  // namespace kcpp::layers
