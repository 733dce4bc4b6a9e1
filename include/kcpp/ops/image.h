/// Image ops, named as in keras.ops.image. Images are (height, width, channels) or (batch, height,
/// width, channels), or with the channels before the height for data_format="channels_first".
#pragma once

#include <string>
#include <utility>

#include "kcpp/core/random.h"
#include "kcpp/ops/dims.h"
#include "kcpp/ops/types.h"

namespace kcpp::ops::image {

struct ResizeOptions {
  std::string interpolation = "bilinear";  ///< or nearest, bicubic, lanczos3, lanczos5, area
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
/// Red, green and blue in [0, 1] to hue, saturation and value in [0, 1].
KCPP_API Tensor rgb_to_hsv(const Tensor& images, const std::string& data_format = {});
/// The inverse of rgb_to_hsv.
KCPP_API Tensor hsv_to_rgb(const Tensor& images, const std::string& data_format = {});

struct ExtractPatchesOptions {
  Dims strides = {};  ///< None: size
  Dims dilation_rate = 1;
  std::string padding = "valid";  ///< or "same"
  std::string data_format = {};
};
/// (batch, h, w, c) -> (batch, rows, columns, size_h size_w c): patches of `size`, flattened.
KCPP_API Tensor extract_patches(const Tensor& images, const Dims& size,
                                const ExtractPatchesOptions& options = {});

struct AffineTransformOptions {
  std::string interpolation = "bilinear";  ///< or "nearest"
  std::string fill_mode = "constant";      ///< or "nearest", "wrap", "reflect"
  double fill_value = 0;
  std::string data_format = {};
};
/// Output pixel (x, y) is the input at ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k) with k =
/// c0 x + c1 y + 1; transform: (a0, a1, a2, b0, b1, b2, c0, c1), one or one an image.
/// Differentiable with respect to the images.
KCPP_API Tensor affine_transform(const Tensor& images, const Tensor& transform,
                                 const AffineTransformOptions& options = {});

struct PerspectiveTransformOptions {
  std::string interpolation = "bilinear";  ///< or "nearest"
  double fill_value = 0;
  std::string data_format = {};
};
/// The map that carries four points (4, 2) or (batch, 4, 2), each (x, y), to four others.
KCPP_API Tensor perspective_transform(const Tensor& images, const Tensor& start_points,
                                      const Tensor& end_points,
                                      const PerspectiveTransformOptions& options = {});

/// `inputs` read at coordinates (rank of the inputs, ...); order: 0 (nearest) or 1 (linear);
/// fill_mode: constant, nearest, wrap, mirror or reflect.
KCPP_API Tensor map_coordinates(const Tensor& inputs, const Tensor& coordinates, int order,
                                const std::string& fill_mode = "constant", double fill_value = 0);

struct GaussianBlurOptions {
  Dims kernel_size = {3, 3};
  std::pair<double, double> sigma = {1.0, 1.0};
  std::string data_format = {};
};
/// Averaged over neighbours with the weights of a bell curve.
KCPP_API Tensor gaussian_blur(const Tensor& images, const GaussianBlurOptions& options = {});

struct ElasticTransformOptions {
  double alpha = 20.0;  ///< strength
  double sigma = 5.0;   ///< smoothness
  std::string interpolation = "bilinear";
  std::string fill_mode = "reflect";
  double fill_value = 0;
  random::Seed seed = {};
  std::string data_format = {};
};
/// Pixels moved by a smooth random field.
KCPP_API Tensor elastic_transform(const Tensor& images,
                                  const ElasticTransformOptions& options = {});

}  // namespace kcpp::ops::image
