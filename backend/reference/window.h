/// The geometry that convolution and pooling share: up to three spatial axes, missing ones of
/// length 1.
#pragma once

#include <array>
#include <vector>

#include "kcpp/core/shape.h"

namespace kcpp::reference {

/// One window sliding over channels-last data x (batch, d0, d1, d2, channels).
struct Window {
  using Triple = std::array<int64_t, 3>;
  int64_t batch = 1, channels = 1;
  Triple in{1, 1, 1}, out{1, 1, 1}, size{1, 1, 1}, stride{1, 1, 1}, dilation{1, 1, 1}, low{0, 0, 0};

  /// `x` is channels-last. `dilations` may be empty.
  Window(const Shape& x, const Shape& window, const Shape& strides, const Shape& dilations,
         const Shape& pad_low, const Shape& pad_high) {
    const int spatial = x.rank() - 2;
    KCPP_ASSERT(spatial >= 1 && spatial <= 3);
    batch = x.front();
    channels = x.back();
    for (int i = 0; i < spatial; ++i) {
      const int k = i + 3 - spatial;  // right-aligned
      in[k] = x[i + 1];
      size[k] = window[i];
      stride[k] = strides[i];
      dilation[k] = dilations.empty() ? 1 : dilations[i];
      low[k] = pad_low[i];
      const int64_t reach = (size[k] - 1) * dilation[k] + 1;
      const int64_t room = in[k] + low[k] + pad_high[i] - reach;
      out[k] = room < 0 ? 0 : room / stride[k] + 1;
    }
  }

  int64_t in_positions() const { return in[0] * in[1] * in[2]; }
  int64_t out_positions() const { return out[0] * out[1] * out[2]; }
  int64_t taps() const { return size[0] * size[1] * size[2]; }

  /// (batch, spatial..., channels) of the result, with as many spatial axes as `x` has.
  Shape out_shape(const Shape& x, int64_t out_channels) const {
    Shape shape{batch};
    for (int i = 5 - x.rank(); i < 3; ++i) shape.push_back(out[i]);
    shape.push_back(out_channels);
    return shape;
  }

  /// f(output position, tap, input position) for every tap of every output that lies on the data;
  /// positions count within one sample. Padding is skipped.
  template <class F>
  void each(F&& f) const {
    int64_t position = 0;
    for (int64_t a = 0; a < out[0]; ++a) {
      for (int64_t b = 0; b < out[1]; ++b) {
        for (int64_t c = 0; c < out[2]; ++c, ++position) each_tap(a, b, c, position, f);
      }
    }
  }

 private:
  template <class F>
  void each_tap(int64_t a, int64_t b, int64_t c, int64_t position, F&& f) const {
    for (int64_t i = 0; i < size[0]; ++i) {
      const int64_t p = a * stride[0] - low[0] + i * dilation[0];
      if (p < 0 || p >= in[0]) continue;
      for (int64_t j = 0; j < size[1]; ++j) {
        const int64_t q = b * stride[1] - low[1] + j * dilation[1];
        if (q < 0 || q >= in[1]) continue;
        for (int64_t k = 0; k < size[2]; ++k) {
          const int64_t r = c * stride[2] - low[2] + k * dilation[2];
          if (r < 0 || r >= in[2]) continue;
          f(position, (i * size[1] + j) * size[2] + k, (p * in[1] + q) * in[2] + r);
        }
      }
    }
  }
};

/// The permutation from (batch, channels, spatial...) to (batch, spatial..., channels), and back.
inline std::vector<int> to_channels_last(int rank) {
  std::vector<int> axes{0};
  for (int i = 2; i < rank; ++i) axes.push_back(i);
  axes.push_back(1);
  return axes;
}
inline std::vector<int> to_channels_first(int rank) {
  std::vector<int> axes{0, rank - 1};
  for (int i = 1; i + 1 < rank; ++i) axes.push_back(i);
  return axes;
}
inline Shape permuted(const Shape& shape, const std::vector<int>& axes) {
  Shape result;
  for (int axis : axes) result.push_back(shape[axis]);
  return result;
}

}  // namespace kcpp::reference
