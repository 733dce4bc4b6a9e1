// Resizing, as tf.image.resize: one sparse linear map for each of the two axes.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "kcpp/core/defaults.h"
#include "kcpp/ops/image.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/shape.h"
#include "src/ops/common.h"
#include "src/ops/describe.h"

namespace kcpp::ops::image {

using namespace ops::detail;

namespace {

/// Output element i is the sum of weight[i][k] times input element index[i][k].
struct Taps {
  int64_t out = 0, in = 0, count = 0;
  std::vector<int32_t> index;
  std::vector<double> weight;
  Taps(int64_t out, int64_t in, int64_t count)
      : out(out),
        in(in),
        count(count),
        index(size_t(out * count), 0),
        weight(size_t(out * count), 0.0) {}
  void set(int64_t i, int64_t k, int64_t at, double w) {
    index[size_t(i * count + k)] = static_cast<int32_t>(std::clamp<int64_t>(at, 0, in - 1));
    weight[size_t(i * count + k)] = w;
  }
  /// Weights of one output made to add up to 1.
  void normalize(int64_t i) {
    double total = 0;
    for (int64_t k = 0; k < count; ++k) total += weight[size_t(i * count + k)];
    if (std::abs(total) < 1000 * std::numeric_limits<float>::min()) return;
    for (int64_t k = 0; k < count; ++k) weight[size_t(i * count + k)] /= total;
  }
};

// The positions are float, as in TensorFlow: which neighbour is nearest depends on it.
float scale_of(int64_t in, int64_t out) { return static_cast<float>(in) / static_cast<float>(out); }

Taps nearest_taps(int64_t in, int64_t out) {
  Taps taps(out, in, 1);
  const float scale = scale_of(in, out);
  for (int64_t i = 0; i < out; ++i) {
    taps.set(i, 0, static_cast<int64_t>(std::floor((static_cast<float>(i) + 0.5f) * scale)), 1.0);
  }
  return taps;
}

Taps bilinear_taps(int64_t in, int64_t out) {
  Taps taps(out, in, 2);
  const float scale = scale_of(in, out);
  for (int64_t i = 0; i < out; ++i) {
    const float at = (static_cast<float>(i) + 0.5f) * scale - 0.5f, low = std::floor(at);
    const double share = static_cast<double>(at - low);
    taps.set(i, 0, static_cast<int64_t>(low), 1.0 - share);
    taps.set(i, 1, static_cast<int64_t>(std::ceil(at)), share);
  }
  return taps;
}

/// Keys' cubic (1981), a = -1/2.
double keys_cubic(double x) {
  if (x >= 2) return 0;
  if (x >= 1) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return (1.5 * x - 2.5) * x * x + 1;
}

Taps bicubic_taps(int64_t in, int64_t out) {
  Taps taps(out, in, 4);
  const float scale = scale_of(in, out);
  for (int64_t i = 0; i < out; ++i) {
    const float at = (static_cast<float>(i) + 0.5f) * scale - 0.5f, low = std::floor(at);
    // TensorFlow looks the weights up in a table of 1024 steps.
    const double share = static_cast<double>(std::lrintf((at - low) * 1024.0f)) / 1024.0;
    for (int64_t k = 0; k < 4; ++k) {
      const int64_t source = static_cast<int64_t>(low) - 1 + k;
      const bool inside = source >= 0 && source < in;
      taps.set(i, k, source,
               inside ? keys_cubic(std::abs(share + 1 - static_cast<double>(k))) : 0.0);
    }
    taps.normalize(i);
  }
  return taps;
}

// These kernels compute in float, too: a sine in double is 1e-5 away from TensorFlow's.
float triangle(float x) { return std::max(0.0f, 1 - x); }
float cubic(float x) { return static_cast<float>(keys_cubic(static_cast<double>(x))); }
template <int radius>
float lanczos(float x) {
  constexpr float pi = std::numbers::pi_v<float>, r = radius;
  if (x > r) return 0;
  if (x <= 1e-3f) return 1;
  return r * std::sin(pi * x) * std::sin(pi * x / r) / (pi * pi * x * x);
}

/// tf.raw_ops.ScaleAndTranslate: any kernel, widened when shrinking with antialias.
Taps kernel_taps(int64_t in, int64_t out, float (*kernel)(float), float radius, bool antialias) {
  const float inverse_scale = 1 / scale_of(out, in);
  const float widen = antialias ? std::max(inverse_scale, 1.0f) : 1.0f;
  Taps taps(out, in,
            std::min<int64_t>(2 * static_cast<int64_t>(std::ceil(radius * widen)) + 1, in));
  for (int64_t i = 0; i < out; ++i) {
    const float at = (static_cast<float>(i) + 0.5f) * inverse_scale;
    const auto bound = [&](float v) {
      return std::clamp<int64_t>(static_cast<int64_t>(v), 0, in - 1);
    };
    const int64_t first = bound(std::ceil(at - radius * widen - 0.5f)),
                  last = bound(std::floor(at + radius * widen - 0.5f));
    for (int64_t source = first; source <= last && source - first < taps.count; ++source) {
      const float distance = static_cast<float>(source) + 0.5f - at;
      taps.set(i, source - first, source, static_cast<double>(kernel(std::abs(distance / widen))));
    }
    taps.normalize(i);
  }
  return taps;
}

/// tf.raw_ops.ResizeArea: the mean over the input that an output element covers.
Taps area_taps(int64_t in, int64_t out) {
  const float scale = scale_of(in, out);
  Taps taps(out, in, static_cast<int64_t>(std::ceil(scale)) + 1);
  for (int64_t i = 0; i < out; ++i) {
    const float begin = static_cast<float>(i) * scale, end = static_cast<float>(i + 1) * scale;
    const auto first = static_cast<int64_t>(std::floor(begin)),
               last = static_cast<int64_t>(std::ceil(end));
    for (int64_t k = 0; k < std::min(last - first, taps.count); ++k) {
      const auto low = static_cast<float>(first + k);
      const float covered = std::min(low + 1, end) - std::max(low, begin);
      taps.set(i, k, first + k, static_cast<double>(covered / scale));
    }
  }
  return taps;
}

Taps make_taps(const std::string& interpolation, bool antialias, int64_t in, int64_t out) {
  if (interpolation == "nearest") return nearest_taps(in, out);
  if (interpolation == "area") return area_taps(in, out);
  if (interpolation == "lanczos3") return kernel_taps(in, out, lanczos<3>, 3, antialias);
  if (interpolation == "lanczos5") return kernel_taps(in, out, lanczos<5>, 5, antialias);
  if (interpolation == "bilinear")
    return antialias ? kernel_taps(in, out, triangle, 1, true) : bilinear_taps(in, out);
  return antialias ? kernel_taps(in, out, cubic, 2, true) : bicubic_taps(in, out);
}

Tensor apply_taps(const Tensor& x, const Taps& taps, int axis) {
  if (taps.count == 1) return take(x, Tensor::from(taps.index), axis);
  if (taps.count > 8) {
    std::vector<double> matrix(size_t(taps.in * taps.out), 0.0);
    for (int64_t i = 0; i < taps.out; ++i) {
      for (int64_t k = 0; k < taps.count; ++k) {
        const size_t at = size_t(i * taps.count + k);
        matrix[size_t(taps.index[at] * taps.out + i)] += taps.weight[at];
      }
    }
    const Tensor m = as_dtype(Tensor::from(matrix, {taps.in, taps.out}), x.dtype());
    return moveaxis(matmul(moveaxis(x, axis, -1), m), -1, axis);
  }
  Shape along = Shape::filled(x.rank(), 1);
  along[axis] = taps.out;
  Tensor y;
  for (int64_t k = 0; k < taps.count; ++k) {
    std::vector<int32_t> index;
    std::vector<double> weight;
    for (int64_t i = 0; i < taps.out; ++i) {
      index.push_back(taps.index[size_t(i * taps.count + k)]);
      weight.push_back(taps.weight[size_t(i * taps.count + k)]);
    }
    const Tensor part =
        take(x, Tensor::from(index), axis) * as_dtype(Tensor::from(weight, along), x.dtype());
    y = y.defined() ? y + part : part;
  }
  return y;
}

/// a b / c rounded to float and cut off, as TensorFlow's graph does it.
int64_t proportion(int64_t a, int64_t b, int64_t c) {
  return static_cast<int64_t>(static_cast<float>(a * b) / static_cast<float>(c));
}

Tensor resize_body(const Tensor& images, const Shape& size, const ResizeOptions& o,
                   bool channels_first) {
  const int rank = images.rank(), h_axis = channels_first ? rank - 2 : rank - 3,
            w_axis = h_axis + 1;
  if (images.is_symbolic()) {
    Shape out = images.shape();
    out[h_axis] = size[0];
    out[w_axis] = size[1];
    return symbolic_result(out, images.dtype());
  }
  Tensor x = images;
  const int64_t h = x.shape()[h_axis], w = x.shape()[w_axis];
  check(h > 0 && w > 0,
        "[resize] Expected images that are not empty. Received: images.shape=", images.shape());
  if (o.crop_to_aspect_ratio) {
    const int64_t crop_h = std::max<int64_t>(std::min(h, proportion(w, size[0], size[1])), 1);
    const int64_t crop_w = std::max<int64_t>(std::min(w, proportion(h, size[1], size[0])), 1);
    Shape start = Shape::filled(rank, 0), shape = x.shape();
    start[h_axis] = (h - crop_h) / 2;
    start[w_axis] = (w - crop_w) / 2;
    shape[h_axis] = crop_h;
    shape[w_axis] = crop_w;
    x = slice(x, start, shape);
  } else if (o.pad_to_aspect_ratio) {
    const int64_t pad_h = (std::max(h, proportion(w, size[0], size[1])) - h) / 2;
    const int64_t pad_w = (std::max(w, proportion(h, size[1], size[0])) - w) / 2;
    std::vector<PadWidth::Pair> width(static_cast<size_t>(rank), {0, 0});
    width[static_cast<size_t>(h_axis)] = {pad_h, pad_h};
    width[static_cast<size_t>(w_axis)] = {pad_w, pad_w};
    x = pad(x, width, "constant", o.fill_value);
  }
  if (x.shape()[h_axis] == size[0] && x.shape()[w_axis] == size[1]) return x;
  const bool whole = !is_floating(images.dtype()) && o.interpolation != "nearest";
  if (whole) x = as_dtype(x, DType::float32);
  x = apply_taps(x, make_taps(o.interpolation, o.antialias, x.shape()[h_axis], size[0]), h_axis);
  x = apply_taps(x, make_taps(o.interpolation, o.antialias, x.shape()[w_axis], size[1]), w_axis);
  return whole ? saturate_cast(round(x), images.dtype()) : x;
}

}  // namespace

Tensor resize(const Tensor& images, const Dims& size, const ResizeOptions& options) {
  check_defined(images, "resize");
  check(size.values().rank() == 2,
        "Expected `size` to be a tuple of 2 integers. Received: size=", to_config(size));
  const Shape target = size.values();
  constexpr int64_t most = int64_t{1} << 40;
  check(target[0] > 0 && target[1] > 0 && target[0] <= most && target[1] <= most,
        "`size` must have positive height and width. Received: size=", target);
  check(images.rank() == 3 || images.rank() == 4,
        "Invalid images rank: expected rank 3 (single image) or rank 4 (batch of images). Received "
        "input with shape: "
        "images.shape=",
        images.shape());
  check(!options.pad_to_aspect_ratio || !options.crop_to_aspect_ratio,
        "Only one of `pad_to_aspect_ratio` & `crop_to_aspect_ratio` can be `True`.");
  const std::string& mode = options.interpolation;
  check(mode == "bilinear" || mode == "nearest" || mode == "bicubic" || mode == "lanczos3" ||
            mode == "lanczos5" || mode == "area",
        "Invalid value for argument `interpolation`. Expected of one ('bilinear', 'nearest', "
        "'lanczos3', 'lanczos5', 'bicubic', 'area'). Received: interpolation=",
        mode);
  check(options.fill_mode == "constant",
        "Invalid value for argument `fill_mode`. Only `'constant'` is supported. Received: "
        "fill_mode=",
        options.fill_mode);
  const bool channels_first = is_channels_first(options.data_format);
  const auto describe = [&](Config& a) {
    Describe{a}("size", kcpp::to_config(size))("interpolation", mode)(
        "antialias", options.antialias)("crop_to_aspect_ratio", options.crop_to_aspect_ratio)(
        "pad_to_aspect_ratio", options.pad_to_aspect_ratio)("fill_mode", options.fill_mode)(
        "fill_value", options.fill_value)("data_format",
                                          channels_first ? "channels_first" : "channels_last");
  };
  return symbolic::op(
      "Resize", describe,
      [target, options, channels_first](const Tensor& x) {
        return resize_body(x, target, options, channels_first);
      },
      images);
}

}  // namespace kcpp::ops::image
