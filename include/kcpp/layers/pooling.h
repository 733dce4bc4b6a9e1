/// Pooling over windows (keras.layers): MaxPooling1D ... AveragePooling3D.
#pragma once

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/ops/dims.h"

namespace kcpp::layers {

struct PoolingOptions {
  Dims strides = {};              ///< None: pool_size
  std::string padding = "valid";  ///< or "same"
  std::string data_format = {};   ///< empty: keras.config.image_data_format()
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// The greatest element of each window: (batch, steps, channels) -> (batch, new steps, channels).
class KCPP_API MaxPooling1D : public Layer {
 public:
  explicit MaxPooling1D(const Dims& pool_size = 2, PoolingOptions options = {});
  explicit MaxPooling1D(std::initializer_list<int64_t> pool_size, PoolingOptions options = {})
      : MaxPooling1D(Dims(pool_size), std::move(options)) {}
};
/// (batch, height, width, channels) -> (batch, new height, new width, channels).
class KCPP_API MaxPooling2D : public Layer {
 public:
  explicit MaxPooling2D(const Dims& pool_size = 2, PoolingOptions options = {});
};
class KCPP_API MaxPooling3D : public Layer {
 public:
  explicit MaxPooling3D(const Dims& pool_size = 2, PoolingOptions options = {});
};
/// The mean of each window; "same" padding does not count.
class KCPP_API AveragePooling1D : public Layer {
 public:
  explicit AveragePooling1D(const Dims& pool_size, PoolingOptions options = {});
  explicit AveragePooling1D(std::initializer_list<int64_t> pool_size, PoolingOptions options = {})
      : AveragePooling1D(Dims(pool_size), std::move(options)) {}
};
class KCPP_API AveragePooling2D : public Layer {
 public:
  explicit AveragePooling2D(const Dims& pool_size, PoolingOptions options = {});
};
class KCPP_API AveragePooling3D : public Layer {
 public:
  explicit AveragePooling3D(const Dims& pool_size, PoolingOptions options = {});
};
using MaxPool1D = MaxPooling1D;
using MaxPool2D = MaxPooling2D;
using MaxPool3D = MaxPooling3D;
using AvgPool1D = AveragePooling1D;
using AvgPool2D = AveragePooling2D;
using AvgPool3D = AveragePooling3D;

}  // namespace kcpp::layers
