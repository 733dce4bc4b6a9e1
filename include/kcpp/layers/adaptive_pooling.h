/// Pooling to a given size (keras.layers): AdaptiveMaxPooling1D ... AdaptiveAveragePooling3D.
#pragma once

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/ops/dims.h"

namespace kcpp::layers {

struct AdaptivePoolingOptions {
  std::string data_format = {};  ///< empty: keras.config.image_data_format()
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// The greatest element of each of `output_size` windows that cover the input.
class KCPP_API AdaptiveMaxPooling1D : public Layer {
 public:
  explicit AdaptiveMaxPooling1D(const Dims& output_size, AdaptivePoolingOptions options = {});
};
class KCPP_API AdaptiveMaxPooling2D : public Layer {
 public:
  explicit AdaptiveMaxPooling2D(const Dims& output_size, AdaptivePoolingOptions options = {});
};
class KCPP_API AdaptiveMaxPooling3D : public Layer {
 public:
  explicit AdaptiveMaxPooling3D(const Dims& output_size, AdaptivePoolingOptions options = {});
};
/// The mean of each of `output_size` windows that cover the input.
class KCPP_API AdaptiveAveragePooling1D : public Layer {
 public:
  explicit AdaptiveAveragePooling1D(const Dims& output_size, AdaptivePoolingOptions options = {});
};
class KCPP_API AdaptiveAveragePooling2D : public Layer {
 public:
  explicit AdaptiveAveragePooling2D(const Dims& output_size, AdaptivePoolingOptions options = {});
};
class KCPP_API AdaptiveAveragePooling3D : public Layer {
 public:
  explicit AdaptiveAveragePooling3D(const Dims& output_size, AdaptivePoolingOptions options = {});
};

}  // namespace kcpp::layers
