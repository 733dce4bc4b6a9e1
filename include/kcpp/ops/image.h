/// Image ops, named as in keras.ops.image. Images are (height, width, channels) or (batch, height,
/// width, channels), or with the channels before the height for data_format="channels_first".
#pragma once

#include <string>

#include "kcpp/ops/dims.h"
#include "kcpp/ops/types.h"

namespace kcpp::ops::image {

struct ResizeOptions {
  std::string interpolation = "bilinear";  ///< or nearest, bicubic, lanczos3, lanczos5
  bool antialias = false;                  ///< wider filters when shrinking
  bool crop_to_aspect_ratio = false;
  bool pad_to_aspect_ratio = false;
  std::string fill_mode = "constant";
  double fill_value = 0.0;
  std::string data_format = {};  ///< empty: keras.config.image_data_format()
};
/// Resized to (height, width) as tf.image.resize does (half-pixel centres). Keeps the dtype:
/// integers are rounded. Differentiable.
KCPP_API Tensor resize(const Tensor& images, const Dims& size, const ResizeOptions& options = {});

/// What pad_images and crop_images leave out is worked out; exactly one of the three is left out in
/// each direction.
struct PadImagesOptions {
  std::optional<int64_t> top_padding = {}, left_padding = {}, bottom_padding = {},
                         right_padding = {};
  std::optional<int64_t> target_height = {}, target_width = {};
  std::string data_format = {};
};
/// Zeros around images.
KCPP_API Tensor pad_images(const Tensor& images, const PadImagesOptions& options);
struct CropImagesOptions {
  std::optional<int64_t> top_cropping = {}, left_cropping = {}, bottom_cropping = {},
                         right_cropping = {};
  std::optional<int64_t> target_height = {}, target_width = {};
  std::string data_format = {};
};
/// A border cut off.
KCPP_API Tensor crop_images(const Tensor& images, const CropImagesOptions& options);

/// 0.299 R + 0.587 G + 0.114 B, one channel.
KCPP_API Tensor rgb_to_grayscale(const Tensor& images, const std::string& data_format = {});

struct ExtractPatchesOptions {
  Dims strides = {};  ///< None: size
  Dims dilation_rate = 1;
  std::string padding = "valid";  ///< or "same"
  std::string data_format = {};
};
/// (batch, h, w, c) -> (batch, rows, columns, size_h size_w c): patches of `size`, flattened.
KCPP_API Tensor extract_patches(const Tensor& images, const Dims& size,
                                const ExtractPatchesOptions& options = {});

}  // namespace kcpp::ops::image
