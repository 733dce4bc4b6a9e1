// Shape rules and padding of convolutions and pools, in Keras's words
// (keras.src.ops.operation_utils).
#include "kcpp/core/defaults.h"
#include "src/ops/conv.h"

namespace kcpp::ops::detail {
namespace {

const char* name_of(Padding padding) {
  switch (padding) {
    case Padding::valid:
      return "valid";
    case Padding::same:
      return "same";
    case Padding::causal:
      return "causal";
  }
  return "";
}

/// Python's floor of a quotient.
int64_t floor_divide(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

/// Size of one dimension after a window that reaches over `reach` elements.
int64_t window_size(int64_t in, int64_t reach, int64_t stride, Padding padding) {
  check(stride > 0, "The `strides` must be positive. Received: strides=", stride);
  if (in == Shape::unknown) return Shape::unknown;
  return floor_divide(in - (padding == Padding::valid ? reach : 1), stride) + 1;
}

}  // namespace

Padding padding_of(std::string_view padding, bool causal_allowed) {
  std::string lower(padding);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (lower == "valid") return Padding::valid;
  if (lower == "same") return Padding::same;
  if (lower == "causal" && causal_allowed) return Padding::causal;
  throw ValueError(text("The `padding` argument must be a list/tuple or one of {'valid', 'same'",
                        causal_allowed ? ", 'causal'" : "", "}. Received: ", padding));
}

ConvParams conv_params(const Dims& strides, const Dims& dilation_rate, std::string_view padding,
                       std::string_view data_format, int rank, bool causal_allowed) {
  check(rank >= 3 && rank <= 5, "Input rank not supported: ", rank,
        ". Expected values are [3, 4, 5]");
  return {strides.expand(rank - 2, "strides"), dilation_rate.expand(rank - 2, "dilation_rate"),
          padding_of(padding, causal_allowed && rank == 3), is_channels_first(data_format)};
}

Shape conv_output_shape(const Shape& input, int64_t filters, const Shape& kernel_size,
                        const ConvParams& params) {
  const Layout layout(input, params.channels_first);
  Shape kernel_shape = kernel_size;
  check(kernel_size.rank() + 2 == input.rank(),
        "Kernel shape must have the same length as input, but received kernel of shape ",
        kernel_size, " (spatial) and input of shape ", input, ".");
  kernel_shape.push_back(input[layout.channels]);
  kernel_shape.push_back(filters);
  Shape out = input;
  out[layout.channels] = filters;
  for (int i = 0; i < layout.spatial; ++i) {
    const int64_t in = input[layout.first + i];
    const int64_t size = window_size(in, effective(kernel_size[i], params.dilations[i]),
                                     params.strides[i], params.padding);
    check(in == Shape::unknown || size > 0 || in == 0 || params.padding != Padding::valid,
          "Computed output size would be zero or negative. Received `inputs shape=", input,
          "`, `kernel shape=", kernel_shape, "`, `dilation_rate=", params.dilations,
          "`, `strides=", params.strides, "`, `padding=", name_of(params.padding), "`.");
    out[layout.first + i] = size;
  }
  return out;
}

Shape pool_output_shape(const Shape& input, const Shape& pool_size, const ConvParams& params) {
  const Layout layout(input, params.channels_first);
  Shape out = input;
  for (int i = 0; i < layout.spatial; ++i) {
    const int64_t in = input[layout.first + i];
    const int64_t size = window_size(in, pool_size[i], params.strides[i], params.padding);
    check(in == Shape::unknown || size > 0 || params.padding != Padding::valid,
          "Computed output size would be zero or negative. Received: `inputs.shape=", input,
          "`, `pool_size=", pool_size, "`, `strides=", params.strides,
          "`, `padding=", name_of(params.padding), "`.");
    out[layout.first + i] = size;
  }
  return out;
}

Shape conv_transpose_output_shape(const Shape& input, int64_t filters, const Shape& kernel_size,
                                  const ConvParams& params, const Dims& output_padding) {
  const Layout layout(input, params.channels_first);
  Shape extra;
  if (!output_padding.is_none()) extra = output_padding.expand(layout.spatial, "output_padding", 0);
  Shape out = input;
  out[layout.channels] = filters;
  for (int i = 0; i < layout.spatial; ++i) {
    const int64_t in = input[layout.first + i], stride = params.strides[i];
    if (in == Shape::unknown) continue;
    const int64_t reach = effective(kernel_size[i], params.dilations[i]);
    if (params.padding == Padding::valid) {
      out[layout.first + i] =
          (in - 1) * stride + reach +
          (output_padding.is_none() ? std::max(reach, stride) - reach : extra[i]);
    } else {
      out[layout.first + i] =
          output_padding.is_none() ? in * stride : (in - 1) * stride + reach % 2 + extra[i];
    }
  }
  return out;
}

ConvAttrs conv_attrs(const Shape& x, const Shape& kernel, const ConvParams& params) {
  const Layout layout(x, params.channels_first);
  ConvAttrs attrs;
  attrs.strides = params.strides;
  attrs.dilations = params.dilations;
  attrs.channels_first = params.channels_first;
  const int64_t per_group = kernel[kernel.rank() - 2];
  attrs.groups = per_group > 0 ? x[layout.channels] / per_group : 1;
  for (int i = 0; i < layout.spatial; ++i) {
    const int64_t in = x[layout.first + i], stride = params.strides[i];
    const int64_t reach = effective(kernel[i], params.dilations[i]);
    std::pair<int64_t, int64_t> pad{0, 0};
    if (params.padding == Padding::same)
      pad = same_padding((in + stride - 1) / stride, in, reach, stride);
    if (params.padding == Padding::causal) pad = {reach - 1, 0};
    attrs.pad_low.push_back(pad.first);
    attrs.pad_high.push_back(pad.second);
  }
  return attrs;
}

}  // namespace kcpp::ops::detail
