// The short-time Fourier transform and its inverse.
#include <cmath>
#include <numbers>

#include "kcpp/ops/fft.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/shape.h"
#include "src/ops/describe.h"
#include "src/ops/movement.h"

namespace kcpp::ops {

using namespace detail;

namespace {

/// The lengths of both directions.
struct Frames {
  int64_t sequence, stride, fft;
};

void check_frames(const Frames& f, const Window& window, const Tensor& x) {
  check<TypeError>(
      x.dtype() == DType::float32 || x.dtype() == DType::float64,
      "Invalid input type. Expected `float32` or `float64`. Received: input type=", x.dtype());
  check(f.sequence > 0 && f.stride > 0,
        "`sequence_length` and `sequence_stride` must be positive. Received: sequence_length=",
        f.sequence, ", sequence_stride=", f.stride);
  check(f.fft <= 1 << 24, "`fft_length` is out of range. Received: fft_length=", f.fft);
  check(f.fft >= f.sequence,
        "`fft_length` must equal or larger than `sequence_length`. Received: sequence_length=",
        f.sequence, ", fft_length=", f.fft);
  check(window.name().empty() || window.name() == "hann" || window.name() == "hamming",
        "If a string is passed to `window`, it must be one of `\"hann\"`, `\"hamming\"`. Received: "
        "window=",
        window.name());
  check(!window.values().defined() || window.values().shape() == Shape{f.sequence},
        "The shape of `window` must be equal to [sequence_length].Received: window shape=",
        window.values().defined() ? window.values().shape() : Shape());
}

/// The window of a whole frame: periodic, zeros around it. In double.
std::vector<double> window_of(const Window& window, const Frames& f) {
  std::vector<double> values(static_cast<size_t>(f.sequence));
  if (window.values().defined()) {
    values = window.values().to_vector<double>();
  } else {
    const double base = window.name() == "hann" ? 0.5 : 0.54;
    // TensorFlow's windows of odd lengths are never periodic.
    const auto period = static_cast<double>(f.sequence - f.sequence % 2);
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = values.size() == 1
                      ? 1
                      : base - (1 - base) *
                                   std::cos(2 * std::numbers::pi * static_cast<double>(i) / period);
    }
  }
  const int64_t before = (f.fft - f.sequence) / 2;
  values.insert(values.begin(), static_cast<size_t>(before), 0.0);
  values.resize(static_cast<size_t>(f.fft), 0.0);
  return values;
}

/// What overlapping frames are weighted with, so that windows of both directions cancel out.
std::vector<double> inverse_window(std::vector<double> window, int64_t stride) {
  std::vector<double> sums(static_cast<size_t>(stride), 0.0);
  for (size_t i = 0; i < window.size(); ++i) sums[i % sums.size()] += window[i] * window[i];
  for (size_t i = 0; i < window.size(); ++i) window[i] /= sums[i % sums.size()];
  return window;
}

Tensor windowed(const Tensor& frames, const std::vector<double>& window) {
  return frames * as_dtype(Tensor::from(window), frames.dtype());
}

/// (.., n, length) laid over each other, each `stride` further: (.., (n - 1) stride + length).
Tensor overlap_add(const Tensor& frames, int64_t stride) {
  const int rank = frames.rank();
  const int64_t n = frames.dim(-2), length = frames.dim(-1),
                pieces = (length + stride - 1) / stride;
  const auto padded = [](const Tensor& x, int axis, int64_t before, int64_t after) {
    std::vector<PadWidth::Pair> width(static_cast<size_t>(x.rank()), {0, 0});
    width[static_cast<size_t>(axis)] = {before, after};
    return before || after ? pad(x, width) : x;
  };
  const Tensor whole = padded(frames, rank - 1, 0, pieces * stride - length);
  Tensor sum;
  for (int64_t i = 0; i < pieces; ++i) {
    const Tensor piece =
        padded(slice_axis(whole, rank - 1, i * stride, stride), rank - 2, i, pieces - 1 - i);
    sum = sum.defined() ? sum + piece : piece;
  }
  Shape flat = sum.shape();
  flat.pop_back();
  flat[rank - 2] = (n + pieces - 1) * stride;
  return slice_axis(reshape(sum, flat), rank - 2, 0, (n - 1) * stride + length);
}

Config window_config(const Window& window) {
  if (window.is_none()) return {};
  if (!window.name().empty()) return window.name();
  Config values = Config::list();
  for (double v : window.values().to_vector<double>()) values.push_back(v);
  return values;
}

void describe_frames(Config& a, const Frames& f, const Window& window, bool center) {
  Describe{a}("sequence_length", f.sequence)("sequence_stride", f.stride)("fft_length", f.fft)(
      "window", window_config(window))("center", center);
}

}  // namespace

Complex stft(const Tensor& x, int64_t sequence_length, int64_t sequence_stride, int64_t fft_length,
             const Window& window, bool center) {
  check_defined(x, "stft");
  check(x.rank() >= 1, "[stft] Input should have rank >= 1. Received: input with shape ",
        x.shape());
  const Frames f{sequence_length, sequence_stride, fft_length};
  check_frames(f, window, x);
  const Tensors parts = symbolic::op_list(
      "STFT", [&](Config& a) { describe_frames(a, f, window, center); },
      [f, window, center](const Tensors& in) {
        const Tensor& x = in[0];
        if (x.is_symbolic()) {
          Shape out = x.shape();
          const int64_t n = out.back();
          out[out.rank() - 1] =
              n == Shape::unknown
                  ? n
                  : std::max<int64_t>(1 + (n + (center ? f.fft / 2 * 2 : 0) - f.fft) / f.stride, 0);
          out.push_back(f.fft / 2 + 1);
          return Tensors{symbolic_result(out, x.dtype()), symbolic_result(out, x.dtype())};
        }
        Tensor long_x = x;
        if (center) {
          std::vector<PadWidth::Pair> width(static_cast<size_t>(x.rank()), {0, 0});
          width.back() = {f.fft / 2, f.fft / 2};
          long_x = pad(x, width, "reflect");
        }
        Tensor frames = extract_sequences(long_x, f.fft, f.stride);
        if (!window.is_none()) frames = windowed(frames, window_of(window, f));
        const Complex y = rfft(frames, f.fft);
        return Tensors{y.first, y.second};
      },
      {x});
  return {parts[0], parts[1]};
}

Tensor istft(const Complex& x, int64_t sequence_length, int64_t sequence_stride, int64_t fft_length,
             std::optional<int64_t> length, const Window& window, bool center) {
  check_defined(x.first, "istft");
  check_defined(x.second, "istft");
  check(x.first.rank() >= 2, "[istft] Input should have rank >= 2. Received: input with shape ",
        x.first.shape());
  check(x.first.shape() == x.second.shape(),
        "Input `x` should be a tuple of two tensors - real and imaginary.Both the real and "
        "imaginary parts should have the same shape. Received: x[0].shape = ",
        x.first.shape(), ", x[1].shape = ", x.second.shape());
  const Frames f{sequence_length, sequence_stride, fft_length};
  check_frames(f, window, x.first);
  return symbolic::op_list(
      "ISTFT",
      [&](Config& a) {
        a.set("args", Config::list({tensor_inputs(0, 2)}));
        describe_frames(a, f, window, center);
        Describe{a}("length", detail::to_config(length));
      },
      [f, length, window, center](const Tensors& in) {
        const int64_t frames = in[0].dim(-2), cut = center ? f.fft / 2 : 0;
        const bool known = frames != Shape::unknown;
        const int64_t all = known ? f.fft + f.stride * (frames - 1) : Shape::unknown;
        const int64_t end = length ? (known ? std::min(cut + *length, all) : cut + *length)
                                   : all - (known ? cut : 0);
        if (any_symbolic(in[0], in[1])) {
          Shape out = in[0].shape();
          out.pop_back();
          out[out.rank() - 1] = length || known ? std::max<int64_t>(end - cut, 0) : Shape::unknown;
          return Tensors{symbolic_result(out, in[0].dtype())};
        }
        Tensor y = irfft({in[0], in[1]}, f.fft);
        if (!window.is_none()) y = windowed(y, inverse_window(window_of(window, f), f.stride));
        y = overlap_add(y, f.stride);
        return Tensors{slice_axis(y, y.rank() - 1, cut, std::max<int64_t>(end - cut, 0))};
      },
      {x.first, x.second})[0];
}

}  // namespace kcpp::ops
