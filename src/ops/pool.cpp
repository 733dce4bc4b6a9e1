#include <limits>

#include "kcpp/core/defaults.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/ops/conv.h"
#include "src/ops/describe.h"

namespace kcpp::ops {
namespace detail {
namespace {

PoolAttrs pool_attrs(bool max, const Shape& x, const Shape& pool_size, const ConvParams& params) {
  PoolAttrs attrs;
  attrs.max = max;
  attrs.window = pool_size;
  attrs.strides = params.strides;
  attrs.channels_first = params.channels_first;
  const Layout layout(x, params.channels_first);
  for (int i = 0; i < layout.spatial; ++i) {
    const int64_t in = x[layout.first + i], stride = params.strides[i];
    const auto [low, high] =
        params.padding == Padding::same
            ? same_padding((in + stride - 1) / stride, in, pool_size[i], stride)
            : std::pair<int64_t, int64_t>{0, 0};
    attrs.pad_low.push_back(low);
    attrs.pad_high.push_back(high);
  }
  return attrs;
}

Tensor pool_gradient(const Tensor& dy, const Tensor& x, const Tensor& y, const Tensor& workspace,
                     const PoolAttrs& attrs);

/// The pooling of `ddx` that the gradient of dy -> pool_gradient(dy) is: a mean, or the element
/// that was the greatest of x.
Tensor pool_like(const Tensor& ddx, const Tensor& x, const PoolAttrs& attrs);

Tensor pool_forward(const Tensor& x, const PoolAttrs& attrs) {
  const bool recorded = autodiff::recording(x);
  auto [y, workspace] = backend().pool(x, attrs, recorded);
  if (recorded) {
    autodiff::record("pool", {&x}, y,
                     [x, y = attrs.max ? y.detach() : Tensor(), workspace, attrs](Vjp& v) {
                       v.set(0, pool_gradient(v.grad(), x, y, workspace, attrs));
                     });
  }
  return y;
}

Tensor pool_gradient(const Tensor& dy, const Tensor& x, const Tensor& y, const Tensor& workspace,
                     const PoolAttrs& attrs) {
  Tensor dx = backend().pool_grad(dy, x, y, workspace, attrs);
  if (autodiff::recording(dy)) {
    // The choice of the greatest element does not move with x, so nothing flows into x.
    autodiff::record("pool_gradient", {&dy}, dx,
                     [x = x.detach(), attrs](Vjp& v) { v.set(0, pool_like(v.grad(), x, attrs)); });
  }
  return dx;
}

/// Every stride-th element of a padded image, starting at `offset`, one for each window:
/// differentiable both ways.
struct Tap {
  Shape starts, sizes, strides, padded;
};
Tensor take_tap(const Tensor& padded, const Tap& tap);
Tensor put_tap(const Tensor& dy, const Tap& tap) {
  Tensor dx = backend().slice_grad(dy, tap.padded, tap.starts, tap.strides);
  if (autodiff::recording(dy)) {
    autodiff::record("put_tap", {&dy}, dx, [tap](Vjp& v) { v.set(0, take_tap(v.grad(), tap)); });
  }
  return dx;
}
Tensor take_tap(const Tensor& padded, const Tap& tap) {
  Tensor y = backend().slice(padded, tap.starts, tap.sizes, tap.strides);
  if (autodiff::recording(padded)) {
    autodiff::record("take_tap", {&padded}, y, [tap](Vjp& v) { v.set(0, put_tap(v.grad(), tap)); });
  }
  return y;
}

Tensor pool_like(const Tensor& ddx, const Tensor& x, const PoolAttrs& attrs) {
  if (!attrs.max) return pool_forward(ddx, attrs);
  const Layout layout(x.shape(), attrs.channels_first);
  std::vector<PadWidth::Pair> width(static_cast<size_t>(x.rank()), {0, 0});
  Tap tap{Shape::filled(x.rank(), 0), x.shape(), Shape::filled(x.rank(), 1), x.shape()};
  int64_t taps = 1;
  for (int i = 0; i < layout.spatial; ++i) {
    const int axis = layout.first + i;
    width[static_cast<size_t>(axis)] = {attrs.pad_low[i], attrs.pad_high[i]};
    tap.padded[axis] += attrs.pad_low[i] + attrs.pad_high[i];
    tap.strides[axis] = attrs.strides[i];
    tap.sizes[axis] = (tap.padded[axis] - attrs.window[i]) / attrs.strides[i] + 1;
    taps *= attrs.window[i];
  }
  const Tensor x_padded = pad(x, width, "constant", -std::numeric_limits<double>::infinity());
  const Tensor ddx_padded = pad(ddx, width);
  Tensor greatest, chosen;
  for (int64_t t = 0; t < taps; ++t) {
    int64_t rest = t;
    for (int i = layout.spatial - 1; i >= 0; --i) {
      tap.starts[layout.first + i] = rest % attrs.window[i];
      rest /= attrs.window[i];
    }
    const Tensor value = take_tap(x_padded, tap), candidate = take_tap(ddx_padded, tap);
    if (t == 0) {
      greatest = value;
      chosen = candidate;
    } else {
      const Tensor better = greater(value, greatest);
      greatest = where(better, value, greatest);
      chosen = where(better, candidate, chosen);
    }
  }
  return chosen;
}

Tensor apply_pool(bool max, const char* op, const Tensor& inputs, const Dims& pool_size,
                  const PoolOptions& options) {
  check_defined(inputs, op);
  const int rank = inputs.rank();
  check(rank >= 3 && rank <= 5,
        "Pooling inputs's shape must be 3, 4 or 5, corresponding to 1D, 2D and 3D inputs. But "
        "received shape: ",
        inputs.shape(), ".");
  ConvParams params;
  const Shape window = pool_size.expand(rank - 2, "pool_size");
  params.strides = options.strides.is_none() ? window : options.strides.expand(rank - 2, "strides");
  params.padding = padding_of(options.padding);
  params.channels_first = is_channels_first(options.data_format);
  const auto describe = [&](Config& a) {
    Describe{a}("pool_size", kcpp::to_config(pool_size))(
        "strides", kcpp::to_config(options.strides))("padding", options.padding)(
        "data_format", options.data_format.empty() ? Config() : Config(options.data_format));
  };
  return symbolic::op(
      max ? "MaxPool" : "AveragePool", describe,
      [=](const Tensor& x) { return pool(max, x, window, params); }, inputs);
}

/// One axis of adaptive pooling: window i is [floor(i in / out), ceil((i + 1) in / out)).
Tensor adaptive_axis(bool max, const Tensor& x, int axis, int64_t out) {
  const int64_t in = x.shape()[axis];
  if (in == out) return x;
  if (out == 1) return max ? ops::max(x, axis, true) : mean(x, axis, true);
  const auto first = [&](int64_t i) { return i * in / out; };
  const auto last = [&](int64_t i) { return ((i + 1) * in + out - 1) / out; };
  if (max) {
    Tensors parts;
    for (int64_t i = 0; i < out; ++i) {
      std::vector<Index> key(static_cast<size_t>(axis), Slice{});
      key.push_back(Slice{first(i), last(i)});
      parts.push_back(ops::max(get_item(x, key), axis, true));
    }
    return concatenate(parts, axis);
  }
  std::vector<double> weights(static_cast<size_t>(in * out), 0.0);
  for (int64_t i = 0; i < out; ++i) {
    for (int64_t k = first(i); k < last(i); ++k)
      weights[static_cast<size_t>(k * out + i)] = 1.0 / double(last(i) - first(i));
  }
  const Tensor matrix = as_dtype(Tensor::from(weights, {in, out}), x.dtype());
  return moveaxis(matmul(moveaxis(x, axis, -1), matrix), -1, axis);
}

Tensor adaptive_pool(bool max, const char* op, const Tensor& inputs, const Dims& output_size,
                     const std::string& data_format) {
  check_defined(inputs, op);
  const int rank = inputs.rank();
  check(rank >= 3 && rank <= 5, "[", op,
        "] Expected inputs of rank 3, 4 or 5. Received: inputs.shape=", inputs.shape());
  const bool channels_first = is_channels_first(data_format);
  const Shape size = output_size.expand(rank - 2, "output_size");
  for (int64_t v : size)
    check(v <= 65536, "[", op, "] `output_size` is out of range. Received: ", size);
  const auto describe = [&](Config& a) {
    Describe{a}("output_size", kcpp::to_config(output_size))(
        "data_format", data_format.empty() ? Config() : Config(data_format));
  };
  return symbolic::op(
      max ? "AdaptiveMaxPool" : "AdaptiveAveragePool", describe,
      [=](const Tensor& x) {
        const Layout layout(x.shape(), channels_first);
        Shape out = x.shape();
        for (int i = 0; i < layout.spatial; ++i) out[layout.first + i] = size[i];
        if (x.is_symbolic()) return symbolic_result(out, x.dtype());
        Tensor y = max ? x : as_float(x);
        for (int i = 0; i < layout.spatial; ++i)
          y = adaptive_axis(max, y, layout.first + i, size[i]);
        return y;
      },
      inputs);
}

}  // namespace

Tensor pool(bool max, const Tensor& x, const Shape& pool_size, const ConvParams& params) {
  const Shape out = pool_output_shape(x.shape(), pool_size, params);
  if (x.is_symbolic()) return symbolic_result(out, float_of(x.dtype()));
  return pool_forward(as_float(x), pool_attrs(max, x.shape(), pool_size, params));
}

}  // namespace detail

using namespace detail;

Tensor max_pool(const Tensor& inputs, const Dims& pool_size, const PoolOptions& options) {
  return apply_pool(true, "max_pool", inputs, pool_size, options);
}
Tensor average_pool(const Tensor& inputs, const Dims& pool_size, const PoolOptions& options) {
  return apply_pool(false, "average_pool", inputs, pool_size, options);
}
Tensor adaptive_max_pool(const Tensor& inputs, const Dims& output_size,
                         const std::string& data_format) {
  return adaptive_pool(true, "adaptive_max_pool", inputs, output_size, data_format);
}
Tensor adaptive_average_pool(const Tensor& inputs, const Dims& output_size,
                             const std::string& data_format) {
  return adaptive_pool(false, "adaptive_average_pool", inputs, output_size, data_format);
}

}  // namespace kcpp::ops
