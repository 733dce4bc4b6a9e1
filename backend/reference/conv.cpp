// Convolution as im2col and a matrix product, one sample and one group at a time, channels last.
// Data that have the channels first are transposed on the way in and out.
#include "backend/reference/common.h"
#include "backend/reference/kernels.h"
#include "backend/reference/reference_backend.h"
#include "backend/reference/window.h"

namespace kcpp {
namespace reference {
namespace {

Shape spatial_of(const Shape& kernel) { return kernel.slice(0, kernel.rank() - 2); }

Window window_of(const Shape& x, const Shape& kernel, const ConvAttrs& a) {
  return Window(x, spatial_of(kernel), a.strides, a.dilations, a.pad_low, a.pad_high);
}

/// Sizes of one group's products.
struct Group {
  int64_t in, out;  ///< channels of one group
  int64_t columns;  ///< taps x in: the length of a row of im2col
  Group(const Window& w, const Shape& kernel, int64_t groups)
      : in(kernel[kernel.rank() - 2]), out(kernel.back() / groups), columns(w.taps() * in) {
    KCPP_ASSERT(in * groups == w.channels && out * groups == kernel.back());
  }
};

/// columns[output position, tap, channel] of one group of one sample; padding is 0.
template <class T>
void im2col(const Window& w, const Group& g, int64_t first_channel, const T* x,
            std::vector<T>& columns) {
  columns.assign(static_cast<size_t>(w.out_positions() * g.columns), T(0));
  w.each([&](int64_t position, int64_t tap, int64_t source) {
    const T* from = x + source * w.channels + first_channel;
    std::copy(from, from + g.in, columns.data() + position * g.columns + tap * g.in);
  });
}

/// The other way: adds columns onto x.
template <class T>
void col2im(const Window& w, const Group& g, int64_t first_channel, const std::vector<T>& columns,
            T* x) {
  w.each([&](int64_t position, int64_t tap, int64_t source) {
    T* to = x + source * w.channels + first_channel;
    const T* from = columns.data() + position * g.columns + tap * g.in;
    for (int64_t c = 0; c < g.in; ++c) to[c] += from[c];
  });
}

ConvAttrs channels_last(ConvAttrs attrs) {
  attrs.channels_first = false;
  return attrs;
}

}  // namespace
}  // namespace reference

Tensor ReferenceBackend::conv(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                              const ConvAttrs& attrs) {
  using namespace reference;
  if (!is_floating(x.dtype()) || is_half(x.dtype())) {
    const DType wide = is_half(x.dtype()) ? DType::float32 : DType::float64;
    return cast(
        conv(cast(x, wide), cast(kernel, wide), bias.defined() ? cast(bias, wide) : bias, attrs),
        x.dtype());
  }
  if (attrs.channels_first) {
    const Tensor y =
        conv(transpose(x, to_channels_last(x.rank())), kernel, bias, channels_last(attrs));
    return transpose(y, to_channels_first(x.rank()));
  }
  const Window w = window_of(x.shape(), kernel.shape(), attrs);
  const Group g(w, kernel.shape(), attrs.groups);
  const int64_t out_channels = kernel.shape().back(), positions = w.out_positions();
  Tensor y = Tensor::empty(w.out_shape(x.shape(), out_channels), x.dtype());
  dispatch_floating(x.dtype(), [&]<class T>() {
    T* py = out<T>(y);
    std::vector<T> columns;
    for (int64_t n = 0; n < w.batch; ++n) {
      for (int64_t group = 0; group < attrs.groups; ++group) {
        im2col(w, g, group * g.in, in<T>(x) + n * w.in_positions() * w.channels, columns);
        // [positions, taps * in] x [taps * in, out] -> [positions, out]
        gemm<T>(positions, g.out, g.columns, {columns.data(), g.columns},
                {in<T>(kernel) + group * g.out, out_channels},
                py + n * positions * out_channels + group * g.out, out_channels, false);
      }
    }
    if (bias.defined()) add_bias(in<T>(bias), py, w.batch * positions, out_channels);
    if (attrs.activation.op != UnaryOp::identity) {
      apply_unary(attrs.activation.op, attrs.activation.attrs, py, py, y.size());
    }
  });
  return y;
}

Tensor ReferenceBackend::conv_grad_input(const Tensor& dy, const Tensor& kernel,
                                         const Shape& x_shape, const ConvAttrs& attrs) {
  using namespace reference;
  if (is_half(dy.dtype())) {
    const Tensor dx =
        conv_grad_input(cast(dy, DType::float32), cast(kernel, DType::float32), x_shape, attrs);
    return cast(dx, dy.dtype());
  }
  if (attrs.channels_first) {
    const auto last = to_channels_last(dy.rank());
    const Tensor dx =
        conv_grad_input(transpose(dy, last), kernel, permuted(x_shape, last), channels_last(attrs));
    return transpose(dx, to_channels_first(dy.rank()));
  }
  const Window w = window_of(x_shape, kernel.shape(), attrs);
  const Group g(w, kernel.shape(), attrs.groups);
  const int64_t out_channels = kernel.shape().back(), positions = w.out_positions();
  KCPP_ASSERT(dy.shape() == w.out_shape(x_shape, out_channels));
  Tensor dx = Tensor::zeros(x_shape, dy.dtype());
  dispatch_floating(dy.dtype(), [&]<class T>() {
    T* px = out<T>(dx);
    std::vector<T> columns(static_cast<size_t>(positions * g.columns));
    for (int64_t n = 0; n < w.batch; ++n) {
      for (int64_t group = 0; group < attrs.groups; ++group) {
        // [positions, out] x [taps * in, out]^T -> [positions, taps * in]
        gemm<T>(positions, g.columns, g.out,
                {in<T>(dy) + n * positions * out_channels + group * g.out, out_channels},
                {in<T>(kernel) + group * g.out, out_channels, true}, columns.data(), g.columns,
                false);
        col2im(w, g, group * g.in, columns, px + n * w.in_positions() * w.channels);
      }
    }
  });
  return dx;
}

std::pair<Tensor, Tensor> ReferenceBackend::conv_grad_weights(const Tensor& x, const Tensor& dy,
                                                              const Shape& kernel_shape,
                                                              const ConvAttrs& attrs, bool kernel,
                                                              bool bias) {
  using namespace reference;
  if (is_half(dy.dtype())) {
    auto [dk, db] = conv_grad_weights(kernel ? cast(x, DType::float32) : x,
                                      cast(dy, DType::float32), kernel_shape, attrs, kernel, bias);
    return {kernel ? cast(dk, dy.dtype()) : dk, bias ? cast(db, dy.dtype()) : db};
  }
  if (attrs.channels_first) {
    const auto last = to_channels_last(dy.rank());
    return conv_grad_weights(kernel ? transpose(x, last) : x, transpose(dy, last), kernel_shape,
                             channels_last(attrs), kernel, bias);
  }
  Tensor dk, db;
  if (bias) {
    std::vector<int> axes;
    for (int i = 0; i + 1 < dy.rank(); ++i) axes.push_back(i);
    db = reduce(ReduceOp::sum, dy, axes, false);
  }
  if (!kernel) return {dk, db};

  const Window w = window_of(x.shape(), kernel_shape, attrs);
  const Group g(w, kernel_shape, attrs.groups);
  const int64_t out_channels = kernel_shape.back(), positions = w.out_positions();
  dk = Tensor::zeros(kernel_shape, dy.dtype());
  dispatch_floating(dy.dtype(), [&]<class T>() {
    T* pk = out<T>(dk);
    std::vector<T> columns;
    for (int64_t n = 0; n < w.batch; ++n) {
      for (int64_t group = 0; group < attrs.groups; ++group) {
        im2col(w, g, group * g.in, in<T>(x) + n * w.in_positions() * w.channels, columns);
        // [positions, taps * in]^T x [positions, out] -> [taps * in, out]
        gemm<T>(g.columns, g.out, positions, {columns.data(), g.columns, true},
                {in<T>(dy) + n * positions * out_channels + group * g.out, out_channels},
                pk + group * g.out, out_channels, true);
      }
    }
  });
  return {dk, db};
}

}  // namespace kcpp
