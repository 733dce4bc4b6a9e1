/// UpSampling1D, UpSampling2D, UpSampling3D (keras.layers).
#pragma once

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/ops/dims.h"

namespace kcpp::layers {

struct UpSampling2DOptions {
  std::string data_format = {};  ///< empty: keras.config.image_data_format()
  std::string interpolation =
      "nearest";  ///< or "bilinear", "bicubic", "lanczos3", "lanczos5", "area"
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
struct UpSampling3DOptions {
  std::string data_format = {};
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// Repeats every step `size` times.
class KCPP_API UpSampling1D : public Layer {
 public:
  explicit UpSampling1D(int64_t size = 2, LayerOptions options = {});
};
/// Images `size` times as high and wide.
class KCPP_API UpSampling2D : public Layer {
 public:
  explicit UpSampling2D(const Dims& size = 2, UpSampling2DOptions options = {});
};
/// Volumes with every element repeated.
class KCPP_API UpSampling3D : public Layer {
 public:
  explicit UpSampling3D(const Dims& size = 2, UpSampling3DOptions options = {});
};

}  // namespace kcpp::layers
