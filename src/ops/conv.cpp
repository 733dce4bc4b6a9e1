#include "src/ops/conv.h"

#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/ops/activation.h"
#include "src/ops/describe.h"

namespace kcpp::ops {
namespace detail {
namespace {

/// Checks x against a kernel (spatial..., in / groups, out).
void check_conv(const Tensor& x, const Tensor& kernel, bool channels_first) {
  check(x.rank() == kernel.rank(),
        "Kernel shape must have the same length as input, but received kernel of shape ",
        kernel.shape(), " and input of shape ", x.shape(), ".");
  const Layout layout(x.shape(), channels_first);
  const int64_t channels = x.shape()[layout.channels], in = kernel.shape()[kernel.rank() - 2],
                out = kernel.shape().back();
  if (channels == Shape::unknown || channels == in) return;
  check(in > 0 && channels % in == 0,
        "The number of input channels must match the kernel's input channels. Received: input "
        "channels=",
        channels, ", kernel input channels=", in, ", data_format='",
        channels_first ? "channels_first" : "channels_last", "'.");
  check(out % (channels / in) == 0,
        "The number of filters must be evenly divisible by the number of groups. Received: groups=",
        channels / in, ", filters=", out, ".");
}

void check_same_channels(const Tensor& x, int64_t in, const ConvParams& params) {
  const int64_t channels = x.shape()[Layout(x.shape(), params.channels_first).channels];
  check(channels == Shape::unknown || channels == in,
        "The number of input channels must match the kernel's input channels. Received: input "
        "channels=",
        channels, ", kernel input channels=", in, ", data_format='",
        params.channels_first ? "channels_first" : "channels_last", "'.");
}

/// All axes but that of the channels.
Tensor sum_to_channels(const Tensor& dy, bool channels_first) {
  int axes[Shape::max_rank];
  int count = 0;
  const Layout layout(dy.shape(), channels_first);
  for (int i = 0; i < dy.rank(); ++i) {
    if (i != layout.channels) axes[count++] = i;
  }
  return sum(dy, Axes(std::span<const int>(axes, count)));
}

}  // namespace

Tensor broadcast_bias(const Tensor& bias, int rank, bool channels_first) {
  if (!channels_first) return bias;
  Shape shape = Shape::filled(rank, 1);
  shape[1] = bias.shape()[0];
  return view(bias, shape);
}

Tensor conv_forward(const Tensor& x, const Tensor& kernel, const ConvAttrs& attrs) {
  Tensor y = backend().conv(x, kernel, Tensor(), attrs);
  if (autodiff::recording(x, kernel)) {
    autodiff::record("conv", {&x, &kernel}, y, [x, kernel, attrs](Vjp& v) {
      if (v.needs(0)) v.set(0, conv_input_gradient(v.grad(), kernel, x.shape(), attrs));
      if (v.needs(1)) v.set(1, conv_kernel_gradient(x, v.grad(), kernel.shape(), attrs));
    });
  }
  return y;
}

Tensor conv_input_gradient(const Tensor& dy, const Tensor& kernel, const Shape& x_shape,
                           const ConvAttrs& attrs) {
  Tensor dx = backend().conv_grad_input(dy, kernel, x_shape, attrs);
  if (autodiff::recording(dy, kernel)) {
    autodiff::record("conv_input_gradient", {&dy, &kernel}, dx, [dy, kernel, attrs](Vjp& v) {
      if (v.needs(0)) v.set(0, conv_forward(v.grad(), kernel, attrs));
      if (v.needs(1)) v.set(1, conv_kernel_gradient(v.grad(), dy, kernel.shape(), attrs));
    });
  }
  return dx;
}

Tensor conv_kernel_gradient(const Tensor& x, const Tensor& dy, const Shape& kernel_shape,
                            const ConvAttrs& attrs) {
  Tensor d_kernel = backend().conv_grad_weights(x, dy, kernel_shape, attrs, true, false).first;
  if (autodiff::recording(x, dy)) {
    autodiff::record("conv_kernel_gradient", {&x, &dy}, d_kernel, [x, dy, attrs](Vjp& v) {
      if (v.needs(0)) v.set(0, conv_input_gradient(dy, v.grad(), x.shape(), attrs));
      if (v.needs(1)) v.set(1, conv_forward(x, v.grad(), attrs));
    });
  }
  return d_kernel;
}

Tensor conv_bias_activation(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                            const ConvParams& params, kcpp::Activation act) {
  check_defined(x, "conv");
  check_conv(x, kernel, params.channels_first);
  if (x.is_symbolic() || kernel.is_symbolic()) [[unlikely]] {
    const Shape out = conv_output_shape(x.shape(), kernel.shape().back(),
                                        kernel.shape().slice(0, kernel.rank() - 2), params);
    return symbolic_result(out, float_of(result_of(x, kernel)));
  }
  const DType dtype = x.dtype();
  if (dtype != kernel.dtype() || !is_floating(dtype) || (bias.defined() && bias.dtype() != dtype))
      [[unlikely]] {
    const DType common = float_of(result_of(x, kernel));
    return conv_bias_activation(as_dtype(x, common), as_dtype(kernel, common),
                                bias.defined() ? as_dtype(bias, common) : bias, params, act);
  }
  conv_output_shape(x.shape(), kernel.shape().back(), kernel.shape().slice(0, kernel.rank() - 2),
                    params);
  const bool recorded = autodiff::recording(x, kernel, bias);
  if (!can_fuse(act, recorded)) {
    const Tensor z = conv_bias_activation(x, kernel, bias, params);
    return act.op == UnaryOp::sigmoid ? sigmoid(z) : activation(z, act);
  }
  ConvAttrs attrs = conv_attrs(x.shape(), kernel.shape(), params);
  attrs.activation = act;
  Tensor y = backend().conv(x, kernel, bias, attrs);
  if (recorded) {
    attrs.activation = {};
    autodiff::record(
        "conv", {&x, &kernel, &bias}, y,
        [x, kernel, act, attrs, y = act.op == UnaryOp::identity ? Tensor() : y.detach()](Vjp& v) {
          const Tensor dz = activation_gradient(v, act, y);
          if (autodiff::recording()) {
            if (v.needs(0)) v.set(0, conv_input_gradient(dz, kernel, x.shape(), attrs));
            if (v.needs(1)) v.set(1, conv_kernel_gradient(x, dz, kernel.shape(), attrs));
            if (v.needs(2)) v.set(2, sum_to_channels(dz, attrs.channels_first));
            return;
          }
          if (v.needs(0)) v.set(0, backend().conv_grad_input(dz, kernel, x.shape(), attrs));
          if (v.needs(1) || v.needs(2)) {
            auto [d_kernel, d_bias] =
                backend().conv_grad_weights(x, dz, kernel.shape(), attrs, v.needs(1), v.needs(2));
            if (v.needs(1)) v.set(1, std::move(d_kernel));
            if (v.needs(2)) v.set(2, std::move(d_bias));
          }
        });
  }
  return y;
}

Tensor depthwise_conv_bias(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                           const ConvParams& params) {
  check_defined(x, "depthwise_conv");
  check(x.rank() <= 4, "`inputs` rank must be 3 (1D conv) or 4 (2D conv). Received: ", x.rank(),
        ".");
  check(x.rank() == kernel.rank(),
        "Kernel shape must have the same length as input, but received kernel of shape ",
        kernel.shape(), " and input of shape ", x.shape(), ".");
  const int64_t in = kernel.shape()[kernel.rank() - 2], multiplier = kernel.shape().back();
  check_same_channels(x, in, params);
  // (spatial..., in, m) -> (spatial..., 1, in m): output channel c m + j belongs to group c.
  Shape grouped = kernel.shape();
  grouped[kernel.rank() - 2] = 1;
  grouped[kernel.rank() - 1] = in * multiplier;
  return conv_bias_activation(x, view(kernel, grouped), bias, params);
}

Tensor conv_transpose_bias(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                           const ConvParams& params, const Dims& output_padding) {
  check_defined(x, "conv_transpose");
  check(x.rank() == kernel.rank(),
        "Kernel shape must have the same length as input, but received kernel of shape ",
        kernel.shape(), " and input of shape ", x.shape(), ".");
  check_same_channels(x, kernel.shape().back(), params);
  const Shape out = conv_transpose_output_shape(x.shape(), kernel.shape()[kernel.rank() - 2],
                                                kernel.shape().slice(0, kernel.rank() - 2), params,
                                                output_padding);
  const DType dtype = float_of(result_of(x, kernel));
  if (x.is_symbolic() || kernel.is_symbolic()) return symbolic_result(out, dtype);
  // The convolution from `out` back to x, whose gradient this is.
  ConvAttrs attrs;
  attrs.strides = params.strides;
  attrs.dilations = params.dilations;
  attrs.channels_first = params.channels_first;
  const Layout layout(out, params.channels_first);
  for (int i = 0; i < layout.spatial; ++i) {
    const int64_t size = out[layout.first + i], in = x.shape()[layout.first + i],
                  stride = params.strides[i];
    const int64_t reach = effective(kernel.shape()[i], params.dilations[i]);
    const auto [low, high] = params.padding == Padding::same ? same_padding(in, size, reach, stride)
                                                             : std::pair<int64_t, int64_t>{0, 0};
    check(size + low + high >= reach && (size + low + high - reach) / stride + 1 == in,
          "[conv_transpose] `output_padding` does not fit: a convolution of the output would not "
          "give the input's size. "
          "Received: inputs.shape=",
          x.shape(), ", output_padding=", kcpp::to_config(output_padding),
          ", strides=", params.strides, ", output shape=", out, ".");
    attrs.pad_low.push_back(low);
    attrs.pad_high.push_back(high);
  }
  Tensor y = conv_input_gradient(as_dtype(x, dtype), as_dtype(kernel, dtype), out, attrs);
  return bias.defined() ? y + broadcast_bias(as_dtype(bias, dtype), y.rank(), params.channels_first)
                        : y;
}

}  // namespace detail

using namespace detail;

namespace {

auto describe_conv(const ConvOptions& o) {
  return [&o](Config& a) {
    Describe{a}("strides", kcpp::to_config(o.strides))("padding", o.padding)(
        "data_format", o.data_format.empty() ? Config() : Config(o.data_format))(
        "dilation_rate", kcpp::to_config(o.dilation_rate));
  };
}

}  // namespace

Tensor conv(const Tensor& inputs, const Tensor& kernel, const ConvOptions& options) {
  check_defined(inputs, "conv");
  check_defined(kernel, "conv");
  const ConvParams params = conv_params(options.strides, options.dilation_rate, options.padding,
                                        options.data_format, inputs.rank(), true);
  return symbolic::op(
      "Conv", describe_conv(options),
      [params](const Tensor& x, const Tensor& k) {
        return conv_bias_activation(x, k, Tensor(), params);
      },
      inputs, kernel);
}

Tensor depthwise_conv(const Tensor& inputs, const Tensor& kernel, const ConvOptions& options) {
  check_defined(inputs, "depthwise_conv");
  check_defined(kernel, "depthwise_conv");
  const ConvParams params = conv_params(options.strides, options.dilation_rate, options.padding,
                                        options.data_format, inputs.rank(), false);
  return symbolic::op(
      "DepthwiseConv", describe_conv(options),
      [params](const Tensor& x, const Tensor& k) {
        return depthwise_conv_bias(x, k, Tensor(), params);
      },
      inputs, kernel);
}

Tensor separable_conv(const Tensor& inputs, const Tensor& depthwise_kernel,
                      const Tensor& pointwise_kernel, const ConvOptions& options) {
  check_defined(inputs, "separable_conv");
  check_defined(depthwise_kernel, "separable_conv");
  check_defined(pointwise_kernel, "separable_conv");
  const int rank = inputs.rank();
  check(rank <= 4, "`num_spatial_dims` must be 1 or 2. Received: num_spatial_dims=", rank - 2, ".");
  const ConvParams params = conv_params(options.strides, options.dilation_rate, options.padding,
                                        options.data_format, rank, false);
  return symbolic::op(
      "SeparableConv", describe_conv(options),
      [params](const Tensor& x, const Tensor& d, const Tensor& p) {
        const ConvParams point{Shape::filled(x.rank() - 2, 1), Shape::filled(x.rank() - 2, 1),
                               Padding::valid, params.channels_first};
        return conv_bias_activation(depthwise_conv_bias(x, d, Tensor(), params), p, Tensor(),
                                    point);
      },
      inputs, depthwise_kernel, pointwise_kernel);
}

Tensor conv_transpose(const Tensor& inputs, const Tensor& kernel,
                      const ConvTransposeOptions& options) {
  check_defined(inputs, "conv_transpose");
  check_defined(kernel, "conv_transpose");
  const ConvParams params = conv_params(options.strides, options.dilation_rate, options.padding,
                                        options.data_format, inputs.rank(), false);
  const auto describe = [&](Config& a) {
    Describe{a}("strides", kcpp::to_config(options.strides))("padding", options.padding)(
        "output_padding", kcpp::to_config(options.output_padding))(
        "data_format", options.data_format.empty() ? Config() : Config(options.data_format))(
        "dilation_rate", kcpp::to_config(options.dilation_rate));
  };
  return symbolic::op(
      "ConvTranspose", describe,
      [params, extra = options.output_padding](const Tensor& x, const Tensor& k) {
        return conv_transpose_bias(x, k, Tensor(), params, extra);
      },
      inputs, kernel);
}

}  // namespace kcpp::ops
