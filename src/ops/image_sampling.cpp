#include "src/ops/image_sampling.h"

#include <algorithm>
#include <cmath>

namespace kcpp::ops::detail {
namespace {

/// The place in [0, length - 1] that a place outside stands for. float, as in TensorFlow: which
/// pixel is read depends on it.
float map_reflect(float at, int64_t length) {
  if (length <= 1) return 0;
  const float last = static_cast<float>(length - 1);
  const int64_t period = 2 * length;
  if (at < 0) {
    if (at < static_cast<float>(period))
      at = static_cast<float>(period * static_cast<int64_t>(-at / static_cast<float>(period))) + at;
    at = at < static_cast<float>(-length) ? at + static_cast<float>(period) : -at - 1;
  } else if (at > last) {
    at -= static_cast<float>(period * static_cast<int64_t>(at / static_cast<float>(period)));
    if (at >= static_cast<float>(length)) at = static_cast<float>(period) - at - 1;
  }
  return std::clamp(at, 0.0f, last);
}
float map_wrap(float at, int64_t length) {
  if (length <= 1) return 0;
  const float last = static_cast<float>(length - 1);
  if (at < 0) {
    at += static_cast<float>(length * (static_cast<int64_t>(-at / last) + 1));
  } else if (at > last) {
    at -= static_cast<float>(length * static_cast<int64_t>(at / last));
  }
  return std::clamp(at, 0.0f, last);
}
float map_nearest(float at, int64_t length) {
  return std::clamp(at, 0.0f, static_cast<float>(length - 1));
}
float map_constant(float at, int64_t) { return at; }

using MapPlace = float (*)(float, int64_t);
MapPlace map_of(const std::string& mode) {
  if (mode == "reflect") return map_reflect;
  if (mode == "wrap") return map_wrap;
  return mode == "nearest" ? map_nearest : map_constant;
}

/// One pixel's share in an output pixel; offset -1: the fill value.
struct Tap {
  int64_t offset;
  float weight;
};

/// Walks over the output pixels of one image with the taps of each.
class Sampler {
 public:
  Sampler(const Shape& images, const ProjectiveAttrs& attrs)
      : height_(images[1]),
        width_(images[2]),
        bilinear_(attrs.bilinear),
        map_(map_of(attrs.fill_mode)) {}

  /// visit(index of the output pixel, taps, their number).
  template <class F>
  void each_pixel(const float* t, F visit) const {
    Tap taps[4];
    for (int64_t y = 0; y < height_; ++y) {
      for (int64_t x = 0; x < width_; ++x) {
        visit(y * width_ + x, taps, find(t, static_cast<float>(x), static_cast<float>(y), taps));
      }
    }
  }

 private:
  int find(const float* t, float x, float y, Tap* taps) const {
    const float k = t[6] * x + t[7] * y + 1.0f;
    if (k == 0) {
      taps[0] = {-1, 1};
      return 1;
    }
    const float at_x = map_((t[0] * x + t[1] * y + t[2]) / k, width_);
    const float at_y = map_((t[3] * x + t[4] * y + t[5]) / k, height_);
    if (!bilinear_) {
      taps[0] = {offset(std::round(at_y), std::round(at_x)), 1};
      return 1;
    }
    const float low_y = std::floor(at_y), low_x = std::floor(at_x);
    const float share_y = at_y - low_y, share_x = at_x - low_x;
    taps[0] = {offset(low_y, low_x), (low_y + 1 - at_y) * (low_x + 1 - at_x)};
    taps[1] = {offset(low_y, low_x + 1), (low_y + 1 - at_y) * share_x};
    taps[2] = {offset(low_y + 1, low_x), share_y * (low_x + 1 - at_x)};
    taps[3] = {offset(low_y + 1, low_x + 1), share_y * share_x};
    return 4;
  }
  /// Compared as floats: a place far away, or NaN, is no integer.
  int64_t offset(float y, float x) const {
    const bool inside =
        y >= 0 && y < static_cast<float>(height_) && x >= 0 && x < static_cast<float>(width_);
    return inside ? static_cast<int64_t>(y) * width_ + static_cast<int64_t>(x) : -1;
  }

  int64_t height_, width_;
  bool bilinear_;
  MapPlace map_;
};

/// What `gather` and `scatter` share: the transforms of image b.
const float* transform_of(const Tensor& transforms, int64_t b) {
  return transforms.data<float>().data() + (transforms.dim(0) == 1 ? 0 : 8 * b);
}

template <class T>
Tensor gather(const Tensor& images, const Tensor& transforms, const ProjectiveAttrs& attrs) {
  Tensor out = Tensor::empty(images.shape(), images.dtype());
  const int64_t pixels = images.dim(1) * images.dim(2), channels = images.dim(3);
  const T* from = images.data<T>().data();
  T* to = out.mutable_data<T>().data();
  const T fill = static_cast<T>(attrs.fill_value);
  const Sampler sampler(images.shape(), attrs);
#pragma omp parallel for schedule(static) if (images.size() > 1 << 15)
  for (int64_t b = 0; b < images.dim(0); ++b) {
    const T* image = from + b * pixels * channels;
    T* result = to + b * pixels * channels;
    sampler.each_pixel(transform_of(transforms, b), [&](int64_t at, const Tap* taps, int count) {
      for (int64_t c = 0; c < channels; ++c) {
        T sum = 0;
        for (int i = 0; i < count; ++i) {
          const T value = taps[i].offset < 0 ? fill : image[taps[i].offset * channels + c];
          sum += static_cast<T>(taps[i].weight) * value;
        }
        result[at * channels + c] = sum;
      }
    });
  }
  return out;
}

template <class T>
Tensor scatter(const Tensor& dy, const Tensor& transforms, const ProjectiveAttrs& attrs) {
  Tensor out = Tensor::zeros(dy.shape(), dy.dtype());
  const int64_t pixels = dy.dim(1) * dy.dim(2), channels = dy.dim(3);
  const T* from = dy.data<T>().data();
  T* to = out.mutable_data<T>().data();
  const Sampler sampler(dy.shape(), attrs);
#pragma omp parallel for schedule(static) if (dy.size() > 1 << 15)
  for (int64_t b = 0; b < dy.dim(0); ++b) {
    const T* gradient = from + b * pixels * channels;
    T* result = to + b * pixels * channels;
    sampler.each_pixel(transform_of(transforms, b), [&](int64_t at, const Tap* taps, int count) {
      for (int i = 0; i < count; ++i) {
        if (taps[i].offset < 0) continue;
        for (int64_t c = 0; c < channels; ++c) {
          result[taps[i].offset * channels + c] +=
              static_cast<T>(taps[i].weight) * gradient[at * channels + c];
        }
      }
    });
  }
  return out;
}

// Each is the other's gradient; a gradient is filled with nothing.
Tensor read_pixels(const Tensor& images, const Tensor& transforms, const ProjectiveAttrs& attrs);
Tensor spread_pixels(const Tensor& dy, const Tensor& transforms, const ProjectiveAttrs& attrs) {
  Tensor out = dy.dtype() == DType::float64 ? scatter<double>(dy, transforms, attrs)
                                            : scatter<float>(dy, transforms, attrs);
  if (autodiff::recording(dy)) {
    autodiff::record("projective_transform_grad", {&dy}, out, [=](Vjp& v) {
      ProjectiveAttrs unfilled = attrs;
      unfilled.fill_value = 0;
      v.set(0, read_pixels(v.grad(), transforms, unfilled));
    });
  }
  return out;
}
Tensor read_pixels(const Tensor& images, const Tensor& transforms, const ProjectiveAttrs& attrs) {
  Tensor out = images.dtype() == DType::float64 ? gather<double>(images, transforms, attrs)
                                                : gather<float>(images, transforms, attrs);
  if (autodiff::recording(images)) {
    autodiff::record("projective_transform", {&images}, out,
                     [=](Vjp& v) { v.set(0, spread_pixels(v.grad(), transforms, attrs)); });
  }
  return out;
}

}  // namespace

Tensor projective_transform(const Tensor& images, const Tensor& transforms,
                            const ProjectiveAttrs& attrs) {
  const DType dtype = images.dtype();
  const DType computed = dtype == DType::float64 ? dtype : DType::float32;
  return as_dtype(
      read_pixels(as_dtype(images, computed), as_dtype(transforms, DType::float32).detach(), attrs),
      dtype);
}

}  // namespace kcpp::ops::detail
