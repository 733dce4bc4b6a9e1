/// Convolution as three linear maps, each the derivative of the others.
#pragma once

#include "kcpp/ops/nn.h"
#include "src/ops/common.h"

namespace kcpp::ops::detail {

/// Strides, dilations and padding of options, for an input of this rank.
ConvParams conv_params(const Dims& strides, const Dims& dilation_rate, std::string_view padding,
                       std::string_view data_format, int rank, bool causal_allowed);

/// Dimensions of x's layout.
struct Layout {
  int spatial;   ///< number of spatial dimensions
  int first;     ///< the axis of the first of them
  int channels;  ///< the axis of the channels
  Layout(int rank, bool channels_first)
      : spatial(rank - 2), first(channels_first ? 2 : 1), channels(channels_first ? 1 : rank - 1) {}
  Layout(const Shape& x, bool channels_first) : Layout(x.rank(), channels_first) {}
};

/// Reach of a kernel with gaps: (k - 1) d + 1.
inline int64_t effective(int64_t kernel, int64_t dilation) { return (kernel - 1) * dilation + 1; }
/// TensorFlow's "same" padding for these output and input sizes: {low, high}; the odd one goes to
/// the end.
inline std::pair<int64_t, int64_t> same_padding(int64_t out, int64_t in, int64_t reach,
                                                int64_t stride) {
  const int64_t total = std::max<int64_t>((out - 1) * stride + reach - in, 0);
  return {total / 2, total - total / 2};
}

/// The backend's attributes of a convolution of x (static shape) with a kernel (spatial..., in /
/// groups, out).
ConvAttrs conv_attrs(const Shape& x, const Shape& kernel, const ConvParams& params);

// Differentiable to any order; attrs without activation.
Tensor conv_forward(const Tensor& x, const Tensor& kernel, const ConvAttrs& attrs);
Tensor conv_input_gradient(const Tensor& dy, const Tensor& kernel, const Shape& x_shape,
                           const ConvAttrs& attrs);
Tensor conv_kernel_gradient(const Tensor& x, const Tensor& dy, const Shape& kernel_shape,
                            const ConvAttrs& attrs);

/// bias as a tensor that broadcasts to an image of this rank.
Tensor broadcast_bias(const Tensor& bias, int rank, bool channels_first);

}  // namespace kcpp::ops::detail
