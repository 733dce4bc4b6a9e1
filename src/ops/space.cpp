// Rearranging images: blocks into columns or channels, and back.
#include "kcpp/core/defaults.h"
#include "kcpp/ops/shape.h"
#include "src/ops/conv.h"
#include "src/ops/describe.h"

namespace kcpp::ops {

using namespace detail;

namespace {

/// The convolution of (N, C, H, W) whose output channel (c, i, j) is element (i, j) of the block of
/// channel c.
struct Blocks {
  ConvAttrs attrs;
  Shape kernel, padding;
  Shape count(int64_t h, int64_t w) const {
    Shape out;
    const int64_t size[] = {h, w};
    for (int i = 0; i < 2; ++i) {
      const int64_t reach = effective(kernel[i], attrs.dilations[i]);
      out.push_back(size[i] == Shape::unknown
                        ? Shape::unknown
                        : (size[i] + 2 * padding[i] - reach) / attrs.strides[i] + 1);
    }
    return out;
  }
  Tensor weights(int64_t channels, DType dtype) const {
    const int64_t taps = kernel[0] * kernel[1];
    std::vector<double> values(static_cast<size_t>(taps * channels * taps), 0.0);
    // [kh, kw, 1, C taps]: tap t of every channel is 1 at position t.
    for (int64_t t = 0; t < taps; ++t) {
      for (int64_t c = 0; c < channels; ++c)
        values[static_cast<size_t>((t * channels + c) * taps + t)] = 1.0;
    }
    return as_dtype(Tensor::from(values, {kernel[0], kernel[1], 1, channels * taps}), dtype);
  }
};

Blocks blocks(const Dims& kernel_size, const UnfoldOptions& o) {
  Blocks b;
  b.kernel = kernel_size.expand(2, "kernel_size");
  b.padding = o.padding.expand(2, "padding", 0);
  b.attrs.strides = o.stride.expand(2, "stride");
  b.attrs.dilations = o.dilation.expand(2, "dilation");
  b.attrs.pad_low = b.attrs.pad_high = b.padding;
  b.attrs.channels_first = true;
  return b;
}

auto describe_blocks(const Dims& kernel_size, const UnfoldOptions& o) {
  return [&](Config& a) {
    Describe{a}("kernel_size", kcpp::to_config(kernel_size))(
        "dilation", kcpp::to_config(o.dilation))("padding", kcpp::to_config(o.padding))(
        "stride", kcpp::to_config(o.stride));
  };
}

Tensor to_channels_last(const Tensor& x) { return transpose(x, {0, 2, 3, 1}); }
Tensor to_channels_first(const Tensor& x) { return transpose(x, {0, 3, 1, 2}); }

int64_t times(int64_t dim, int64_t factor) { return dim == Shape::unknown ? dim : dim * factor; }
int64_t over(int64_t dim, int64_t divisor) { return dim == Shape::unknown ? dim : dim / divisor; }

void check_block(const Tensor& x, int64_t block_size, const char* op) {
  check_defined(x, op);
  check(block_size >= 2, "`block_size` must be at least 2. Received: block_size=", block_size);
  check(x.rank() == 4, "`", op, "` requires a 4D input tensor. Received: x.shape=", x.shape());
}

auto describe_space(int64_t block_size, bool channels_first) {
  return [=](Config& a) {
    Describe{a}("block_size", block_size)("data_format",
                                          channels_first ? "channels_first" : "channels_last");
  };
}

}  // namespace

Tensor unfold(const Tensor& x, const Dims& kernel_size, const UnfoldOptions& options) {
  check_defined(x, "unfold");
  check(x.rank() == 4, "Input must be a 4D tensor. Received: input.shape=", x.shape());
  const Blocks b = blocks(kernel_size, options);
  return symbolic::op(
      "Unfold", describe_blocks(kernel_size, options),
      [b](const Tensor& t) {
        const int64_t channels = t.shape()[1], taps = b.kernel[0] * b.kernel[1];
        const Shape count = b.count(t.shape()[2], t.shape()[3]);
        const int64_t length = count.is_static() ? count[0] * count[1] : Shape::unknown;
        if (t.is_symbolic())
          return symbolic_result({t.shape()[0], times(channels, taps), length},
                                 float_of(t.dtype()));
        ConvAttrs attrs = b.attrs;
        attrs.groups = channels;
        const Tensor v = as_float(t);
        return view(conv_forward(v, b.weights(channels, v.dtype()), attrs),
                    {t.shape()[0], channels * taps, length});
      },
      x);
}

Tensor fold(const Tensor& x, const Dims& output_size, const Dims& kernel_size,
            const UnfoldOptions& options) {
  check_defined(x, "fold");
  check(x.rank() == 3, "Input must be a 3D tensor. Received: input.shape=", x.shape());
  const Blocks b = blocks(kernel_size, options);
  const Shape size = output_size.expand(2, "output_size");
  const int64_t taps = b.kernel[0] * b.kernel[1], columns = x.shape()[1];
  check(columns == Shape::unknown || columns % taps == 0, "The second dimension of the input (",
        columns, ") must be divisible by kernel_size product (", taps, ").");
  const Shape count = b.count(size[0], size[1]);
  check(x.shape()[2] == Shape::unknown || x.shape()[2] == count[0] * count[1], "[fold] Expected ",
        count[0] * count[1], " blocks for this output size. Received: x.shape=", x.shape());
  const auto describe = [&](Config& a) {
    Describe{a}("output_size", kcpp::to_config(output_size));
    describe_blocks(kernel_size, options)(a);
  };
  return symbolic::op(
      "Fold", describe,
      [b, size, taps, count](const Tensor& t) {
        const Shape out{t.shape()[0], over(t.shape()[1], taps), size[0], size[1]};
        if (t.is_symbolic()) return symbolic_result(out, float_of(t.dtype()));
        ConvAttrs attrs = b.attrs;
        attrs.groups = out[1];
        const Tensor v = as_float(t);
        const Tensor dy = view(v, {out[0], t.shape()[1], count[0], count[1]});
        return conv_input_gradient(dy, b.weights(out[1], v.dtype()), out, attrs);
      },
      x);
}

Tensor depth_to_space(const Tensor& x, int64_t block_size, const std::string& data_format) {
  check_block(x, block_size, "depth_to_space");
  const bool channels_first = is_channels_first(data_format);
  const int64_t channels = x.shape()[channels_first ? 1 : 3], b = block_size;
  check(channels == Shape::unknown || channels % (b * b) == 0, "The number of channels (", channels,
        ") must be divisible by block_size**2 (", b * b, ").");
  return symbolic::op(
      "DepthToSpace", describe_space(b, channels_first),
      [=](const Tensor& t) {
        if (t.is_symbolic()) {
          const Shape& s = t.shape();
          return symbolic_result(
              channels_first ? Shape{s[0], over(s[1], b * b), times(s[2], b), times(s[3], b)}
                             : Shape{s[0], times(s[1], b), times(s[2], b), over(s[3], b * b)},
              t.dtype());
        }
        const Tensor last = channels_first ? to_channels_last(t) : t;
        const Shape& s = last.shape();
        const int64_t rest = s[3] / (b * b);
        const Tensor parts =
            transpose(view(last, {s[0], s[1], s[2], b, b, rest}), {0, 1, 3, 2, 4, 5});
        const Tensor y = view(parts, {s[0], s[1] * b, s[2] * b, rest});
        return channels_first ? to_channels_first(y) : y;
      },
      x);
}

Tensor space_to_depth(const Tensor& x, int64_t block_size, const std::string& data_format) {
  check_block(x, block_size, "space_to_depth");
  const bool channels_first = is_channels_first(data_format);
  const int64_t h = x.shape()[channels_first ? 2 : 1], w = x.shape()[channels_first ? 3 : 2],
                b = block_size;
  check(h == Shape::unknown || h % b == 0, "Height (", h, ") must be divisible by block_size (", b,
        ").");
  check(w == Shape::unknown || w % b == 0, "Width (", w, ") must be divisible by block_size (", b,
        ").");
  return symbolic::op(
      "SpaceToDepth", describe_space(b, channels_first),
      [=](const Tensor& t) {
        if (t.is_symbolic()) {
          const Shape& s = t.shape();
          return symbolic_result(
              channels_first ? Shape{s[0], times(s[1], b * b), over(s[2], b), over(s[3], b)}
                             : Shape{s[0], over(s[1], b), over(s[2], b), times(s[3], b * b)},
              t.dtype());
        }
        const Tensor last = channels_first ? to_channels_last(t) : t;
        const Shape& s = last.shape();
        const Tensor parts =
            transpose(view(last, {s[0], s[1] / b, b, s[2] / b, b, s[3]}), {0, 1, 3, 2, 4, 5});
        const Tensor y = view(parts, {s[0], s[1] / b, s[2] / b, b * b * s[3]});
        return channels_first ? to_channels_first(y) : y;
      },
      x);
}

}  // namespace kcpp::ops
