// The Fourier transforms of keras.ops, made of `dft`.
#include "kcpp/ops/fft.h"

#include "kcpp/ops/math.h"
#include "kcpp/ops/shape.h"
#include "src/ops/describe.h"
#include "src/ops/dft.h"
#include "src/ops/movement.h"

namespace kcpp::ops {

using namespace detail;

namespace {

void check_complex(const Complex& x, const char* op) {
  check_defined(x.first, op);
  check_defined(x.second, op);
  check(x.first.shape() == x.second.shape(),
        "Input `x` should be a tuple of two tensors - real and imaginary.Both the real and "
        "imaginary parts should have the same shape. Received: x[0].shape = ",
        x.first.shape(), ", x[1].shape = ", x.second.shape());
  check(is_floating(x.first.dtype()) && is_floating(x.second.dtype()),
        "At least one tensor in input `x` is not of type float.Received: x=(", x.first.dtype(),
        ", ", x.second.dtype(), ").");
}
void check_axes(const Tensor& x, int axes, const char* op) {
  check(x.rank() >= axes, "[", op, "] Input should have rank >= ", axes,
        ". Received: input with shape ", x.shape());
}

/// What transforms compute in: float32 or float64.
DType transform_dtype(const Tensor& x) {
  return x.dtype() == DType::float64 ? DType::float64 : DType::float32;
}
Complex ready(const Tensor& real, const Tensor& imag) {
  return {as_dtype(real, transform_dtype(real)), as_dtype(imag, transform_dtype(real))};
}

/// One node over the parts of a complex tensor, which Keras passes as one tuple.
template <class Describes, class Body>
Tensors complex_op(const char* class_name, Describes describe, Body body, const Complex& x) {
  return symbolic::op_list(
      class_name,
      [&](Config& a) {
        a.set("args", Config::list({tensor_inputs(0, 2)}));
        describe(a);
      },
      [body](const Tensors& in) {
        return body(Complex{in[0], in[1]});
      },
      {x.first, x.second});
}
Complex pair_of(const Tensors& parts) { return {parts[0], parts[1]}; }

Complex dft_last_two(const Complex& x, bool inverse) {
  const Complex rows = dft(x, inverse);
  const auto turned = [](const Complex& c) {
    return Complex{swapaxes(c.first, -1, -2), swapaxes(c.second, -1, -2)};
  };
  return turned(dft(turned(rows), inverse));
}

Tensors same_specs(const Complex& x) {
  return {symbolic_result(x.first.shape(), x.first.dtype()),
          symbolic_result(x.first.shape(), x.first.dtype())};
}

/// Cut or padded with zeros to `length` along the last axis.
Tensor fitted(const Tensor& x, int64_t length) {
  const int64_t have = x.dim(-1);
  if (have > length) return slice_axis(x, x.rank() - 1, 0, length);
  if (have == length) return x;
  std::vector<PadWidth::Pair> width(static_cast<size_t>(x.rank()), {0, 0});
  width.back().second = length - have;
  return pad(x, width);
}
void check_length(std::optional<int64_t> length) {
  check(!length || *length > 0,
        "`fft_length` must be positive. Received: fft_length=", length.value_or(0));
}

}  // namespace

Complex fft(const Complex& x) {
  check_complex(x, "fft");
  check_axes(x.first, 1, "fft");
  return pair_of(complex_op(
      "FFT", symbolic::no_arguments,
      [](const Complex& c) {
        if (any_symbolic(c.first, c.second)) return same_specs(c);
        const Complex y = dft(ready(c.first, c.second), false);
        return Tensors{y.first, y.second};
      },
      x));
}

Complex fft2(const Complex& x) {
  check_complex(x, "fft2");
  check_axes(x.first, 2, "fft2");
  return pair_of(complex_op(
      "FFT2", symbolic::no_arguments,
      [](const Complex& c) {
        if (any_symbolic(c.first, c.second)) return same_specs(c);
        const Complex y = dft_last_two(ready(c.first, c.second), false);
        return Tensors{y.first, y.second};
      },
      x));
}

Complex ifft2(const Complex& x) {
  check_complex(x, "ifft2");
  check_axes(x.first, 2, "ifft2");
  return pair_of(complex_op(
      "IFFT2", symbolic::no_arguments,
      [](const Complex& c) {
        if (any_symbolic(c.first, c.second)) return same_specs(c);
        const Complex y = dft_last_two(ready(c.first, c.second), true);
        const double count = static_cast<double>(c.first.dim(-1) * c.first.dim(-2));
        return Tensors{y.first / count, y.second / count};
      },
      x));
}

Complex rfft(const Tensor& x, std::optional<int64_t> fft_length) {
  check_defined(x, "rfft");
  check_axes(x, 1, "rfft");
  check_length(fft_length);
  return pair_of(symbolic::op_list(
      "RFFT", [&](Config& a) { Describe{a}("fft_length", detail::to_config(fft_length)); },
      [fft_length](const Tensors& in) {
        const Tensor& x = in[0];
        const int64_t n = fft_length.value_or(x.dim(-1));
        if (x.is_symbolic()) {
          Shape out = x.shape();
          out[out.rank() - 1] = n == Shape::unknown ? n : n / 2 + 1;
          return Tensors{symbolic_result(out, x.dtype()), symbolic_result(out, x.dtype())};
        }
        const Tensor real = fitted(as_dtype(x, transform_dtype(x)), n);
        const Complex y = dft({real, Tensor::zeros(real.shape(), real.dtype())}, false);
        return Tensors{fitted(y.first, n / 2 + 1), fitted(y.second, n / 2 + 1)};
      },
      {x}));
}

Tensor irfft(const Complex& x, std::optional<int64_t> fft_length) {
  check_complex(x, "irfft");
  check_axes(x.first, 1, "irfft");
  check_length(fft_length);
  return complex_op(
      "IRFFT", [&](Config& a) { Describe{a}("fft_length", detail::to_config(fft_length)); },
      [fft_length](const Complex& c) {
        const int64_t have = c.first.dim(-1);
        if (any_symbolic(c.first, c.second)) {
          Shape out = c.first.shape();
          out[out.rank() - 1] = fft_length.value_or(have == Shape::unknown ? have : 2 * (have - 1));
          return Tensors{symbolic_result(out, c.first.dtype())};
        }
        const int64_t n = fft_length.value_or(2 * (have - 1));
        check(n > 0, "[irfft] there are no elements. Received: x[0].shape = ", c.first.shape());
        const Complex given = ready(c.first, c.second);
        const Tensor real = fitted(given.first, n / 2 + 1), imag = fitted(given.second, n / 2 + 1);
        // The other half is the conjugate, in reverse.
        const int64_t rest = n - (n / 2 + 1);
        const auto mirrored = [&](const Tensor& t) {
          return flip(slice_axis(t, t.rank() - 1, 1, rest), -1);
        };
        const Complex whole = rest ? Complex{concatenate({real, mirrored(real)}, -1),
                                             concatenate({imag, -mirrored(imag)}, -1)}
                                   : Complex{real, imag};
        return Tensors{dft(whole, true).first / static_cast<double>(n)};
      },
      x)[0];
}

Complex view_as_complex(const Tensor& x) {
  check_defined(x, "view_as_complex");
  check(x.rank() > 0 && x.dim(-1) == 2,
        "Last dimension of input must be size 2 (real and imaginary). Received shape: ", x.shape());
  const Tensors parts = unstack(x, 2, -1);
  return {parts[0], parts[1]};
}

Tensor view_as_real(const Complex& x) {
  check_complex(x, "view_as_real");
  return stack({x.first, x.second}, -1);
}

}  // namespace kcpp::ops
