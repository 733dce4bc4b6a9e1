// Colours from RGB to HSV and back, as TensorFlow's.
#include "kcpp/core/defaults.h"
#include "kcpp/ops/image.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/ops/describe.h"
#include "src/ops/image_checks.h"

namespace kcpp::ops::image {

using namespace ops::detail;

namespace {

/// A map of three channels to three channels: f(a, b, c), each with a channel axis of length 1.
template <class F>
Tensor on_channels(const char* class_name, const Tensor& images, const std::string& data_format,
                   F f) {
  check_defined(images, class_name);
  check_image_rank(images);
  check(is_floating(images.dtype()),
        "Invalid images dtype: expected float dtype. Received: images.dtype=", images.dtype());
  const bool channels_first = is_channels_first(data_format);
  const int axis = images.rank() - (channels_first ? 3 : 1);
  const int64_t channels = images.shape()[axis];
  check(
      channels == 3 || channels == Shape::unknown,
      "Invalid channel size: expected 3. Received input with shape: images.shape=", images.shape());
  const auto describe = [&](Config& a) {
    Describe{a}("data_format", channels_first ? "channels_first" : "channels_last");
  };
  return symbolic::op(
      class_name, describe,
      [axis, f](const Tensor& x) {
        if (x.is_symbolic()) return symbolic_result(x.shape(), x.dtype());
        const Tensors c = split(x, 3, axis);
        return concatenate(f(c[0], c[1], c[2]), axis);
      },
      images);
}

}  // namespace

Tensor rgb_to_hsv(const Tensor& images, const std::string& data_format) {
  const auto convert = [](const Tensor& r, const Tensor& g, const Tensor& b) {
    const Tensor value = maximum(r, maximum(g, b));
    const Tensor range = value - minimum(r, minimum(g, b));
    // Where a quotient is not used its divisor is 1: a gradient of 0 / 0 would not go away.
    const Tensor grey = equal(range, 0.0);
    const Tensor black = less_equal(value, 0.0);
    const Tensor saturation = where(black, 0.0, range / where(black, 1.0, value));
    const Tensor norm = (1.0 / 6) / where(grey, 1.0, range);
    Tensor hue = where(equal(r, value), norm * (g - b),
                       where(equal(g, value), norm * (b - r) + 2.0 / 6, norm * (r - g) + 4.0 / 6));
    hue = where(grey, 0.0, hue);
    hue = where(less(hue, 0.0), hue + 1.0, hue);
    return Tensors{hue, saturation, value};
  };
  return on_channels("RGBToHSV", images, data_format, convert);
}

Tensor hsv_to_rgb(const Tensor& images, const std::string& data_format) {
  const auto convert = [](const Tensor& hue, const Tensor& saturation, const Tensor& value) {
    const Tensor h = hue * 6.0;
    const auto part = [&](const Tensor& share) {
      return (1.0 - saturation + saturation * clip(share, 0.0, 1.0)) * value;
    };
    return Tensors{part(abs(h - 3.0) - 1.0), part(2.0 - abs(h - 2.0)), part(2.0 - abs(h - 4.0))};
  };
  return on_channels("HSVToRGB", images, data_format, convert);
}

}  // namespace kcpp::ops::image
