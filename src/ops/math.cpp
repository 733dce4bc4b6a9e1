// Special functions that are composed, or rare enough to be computed on the host.
#include "kcpp/ops/math.h"

#include <cmath>
#include <numbers>
#include <numeric>

#include "kcpp/ops/shape.h"
#include "src/ops/elementwise.h"
#include "src/ops/host.h"

namespace kcpp::ops {

using namespace detail;

namespace {

/// Integers of both operands in the result dtype and shape, given to f on the host.
template <class F>
Tensor integer_pairs(std::string_view class_name, const char* name, const Tensor& x1,
                     const Tensor& x2, F f) {
  check_defined(x1, name);
  check_defined(x2, name);
  return named_op(
      class_name,
      [name, f](const Tensor& a, const Tensor& b) {
        const DType dtype = result_of(a, b);
        check<TypeError>(is_integer(dtype), "[", name,
                         "] Expected integers. Received: x1.dtype=", a.dtype(),
                         ", x2.dtype=", b.dtype());
        const Shape shape = broadcast_shapes(a.shape(), b.shape(), name);
        if (any_symbolic(a, b)) return symbolic_result(shape, dtype);
        return host_map2<int64_t>(broadcast_to(a, shape), broadcast_to(b, shape), dtype, f);
      },
      x1, x2);
}

/// The modified Bessel functions of order 0 and 1 by their power series, whose terms are all
/// positive.
double bessel(int order, double x) {
  const double quarter = x * x / 4;
  double term = order == 0 ? 1 : x / 2, total = term;
  for (int k = 1; k < 2000 && std::abs(term) > 1e-17 * std::abs(total); ++k) {
    term *= quarter / (static_cast<double>(k) * (k + order));
    total += term;
  }
  return std::isnan(total) && !std::isnan(x) ? std::copysign(HUGE_VAL, order == 0 ? 1 : x) : total;
}

/// I0 and I1 are each other's derivative, almost: I0' = I1, I1' = I0 - I1 / x.
Tensor bessel_op(int order, const Tensor& x) {
  if (x.is_symbolic()) return x;
  Tensor y = host_map(x, x.dtype(), [order](double v) { return bessel(order, v); });
  if (autodiff::recording(x)) {
    autodiff::record("i0", {&x}, y, [order, x](Vjp& v) {
      const Tensor slope =
          order == 0 ? bessel_op(1, x) : bessel_op(0, x) - divide_no_nan(bessel_op(1, x), x);
      v.set(0, v.grad() * slope);
    });
  }
  return y;
}

/// |v| of any integer, the least one included.
uint64_t magnitude(int64_t v) {
  return v < 0 ? uint64_t{0} - static_cast<uint64_t>(v) : static_cast<uint64_t>(v);
}

}  // namespace

Tensor gcd(const Tensor& x1, const Tensor& x2) {
  return integer_pairs("Gcd", "gcd", x1, x2, [](int64_t a, int64_t b) {
    return static_cast<int64_t>(std::gcd(magnitude(a), magnitude(b)));
  });
}
Tensor lcm(const Tensor& x1, const Tensor& x2) {
  return integer_pairs("Lcm", "lcm", x1, x2, [](int64_t a, int64_t b) {
    const uint64_t x = magnitude(a), y = magnitude(b), divisor = std::gcd(x, y);
    return static_cast<int64_t>(divisor ? x / divisor * y : 0);  // wraps, as integers of arrays do
  });
}
Tensor nextafter(const Tensor& x1, const Tensor& x2) {
  check_defined(x1, "nextafter");
  check_defined(x2, "nextafter");
  return named_op(
      "Nextafter",
      [](const Tensor& a, const Tensor& b) {
        const DType dtype = float_of(result_of(a, b));
        const Shape shape = broadcast_shapes(a.shape(), b.shape(), "nextafter");
        if (any_symbolic(a, b)) return symbolic_result(shape, dtype);
        // Keras on TensorFlow steps in float64, whatever the dtype.
        return host_map2<double>(broadcast_to(a, shape), broadcast_to(b, shape), dtype,
                                 [](double x, double y) { return std::nextafter(x, y); });
      },
      x1, x2);
}
Tensor signbit(const Tensor& x) {
  check_defined(x, "signbit");
  return named_op(
      "Signbit",
      [](const Tensor& t) {
        if (t.is_symbolic()) return symbolic_result(t.shape(), DType::bool_);
        if (!is_floating(t.dtype())) return less(t, 0);
        return host_map(t, DType::bool_, [](double v) { return std::signbit(v) ? 1.0 : 0.0; });
      },
      x);
}
Tensor erfc(const Tensor& x) {
  check_defined(x, "erfc");
  return named_op(
      "Erfc",
      [](const Tensor& t) {
        const Tensor v = as_float(t);
        if (v.is_symbolic()) return symbolic_result(v.shape(), v.dtype());
        Tensor y = host_map(v, v.dtype(), [](double e) { return std::erfc(e); });
        if (autodiff::recording(v)) {
          autodiff::record("erfc", {&v}, y, [v](Vjp& vjp) {
            vjp.set(0, vjp.grad() * exp(-square(v)) * (-2 * std::numbers::inv_sqrtpi));
          });
        }
        return y;
      },
      x);
}
Tensor i0(const Tensor& x) {
  check_defined(x, "i0");
  return named_op(
      "I0",
      [](const Tensor& t) {
        return bessel_op(
            0, as_dtype(t, t.dtype() == DType::int64 ? DType::float64 : float_of(t.dtype())));
      },
      x);
}

Tensor real(const Tensor& x) {
  return named_op(
      "Real",
      [](const Tensor& t) { return t.is_symbolic() ? symbolic_result(t.shape(), t.dtype()) : t; },
      x);
}
Tensor imag(const Tensor& x) {
  return named_op(
      "Imag",
      [](const Tensor& t) {
        return t.is_symbolic() ? symbolic_result(t.shape(), t.dtype())
                               : Tensor::zeros(t.shape(), t.dtype());
      },
      x);
}
Tensor conjugate(const Tensor& x) {
  return named_op(
      "Conjugate",
      [](const Tensor& t) { return t.is_symbolic() ? symbolic_result(t.shape(), t.dtype()) : t; },
      x);
}
Tensor conj(const Tensor& x) { return conjugate(x); }
Tensor angle(const Tensor& x) {
  check_defined(x, "angle");
  return named_op(
      "Angle",
      [](const Tensor& t) {
        return where(less(t, 0), Tensor::scalar(std::numbers::pi, float_of(t.dtype())), 0.0);
      },
      x);
}

}  // namespace kcpp::ops
