// Special functions that are composed, or rare enough to be computed on the host.
#include <cmath>
#include <numbers>
#include <numeric>

#include "kcpp/ops/math.h"

#include "kcpp/ops/shape.h"
#include "src/ops/elementwise.h"
#include "src/ops/host.h"

namespace kcpp::ops {

using namespace detail;

namespace {

/// Integers of both operands in the result dtype and shape, given to f on the host.
template <class F>
Tensor integer_pairs(std::string_view class_name, const char* name, const Tensor& x1, const Tensor& x2, F f) {
  check_defined(x1, name);
  check_defined(x2, name);
  return named_op(class_name, [name, f](const Tensor& a, const Tensor& b) {
    const DType dtype = result_of(a, b);
    check<TypeError>(is_integer(dtype), "[", name, "] Expected integers. Received: x1.dtype=", a.dtype(),
                     ", x2.dtype=", b.dtype());
    const Shape shape = broadcast_shapes(a.shape(), b.shape(), name);
    if (any_symbolic(a, b)) return symbolic_result(shape, dtype);
    return host_map2<int64_t>(broadcast_to(a, shape), broadcast_to(b, shape), dtype, f);
  }, x1, x2);
}

/// Horner's rule, in ops.
Tensor polynomial(const Tensor& x, std::initializer_list<double> coefficients) {
  Tensor y = *coefficients.begin();
  for (const double* c = coefficients.begin() + 1; c != coefficients.end(); ++c) y = y * x + *c;
  return y;
}

}  // namespace

Tensor gcd(const Tensor& x1, const Tensor& x2) {
  return integer_pairs("Gcd", "gcd", x1, x2, [](int64_t a, int64_t b) { return std::gcd(a, b); });
}
Tensor lcm(const Tensor& x1, const Tensor& x2) {
  return integer_pairs("Lcm", "lcm", x1, x2, [](int64_t a, int64_t b) { return std::lcm(a, b); });
}
Tensor nextafter(const Tensor& x1, const Tensor& x2) {
  check_defined(x1, "nextafter");
  check_defined(x2, "nextafter");
  return named_op("Nextafter", [](const Tensor& a, const Tensor& b) {
    const DType dtype = float_of(result_of(a, b));
    const Shape shape = broadcast_shapes(a.shape(), b.shape(), "nextafter");
    if (any_symbolic(a, b)) return symbolic_result(shape, dtype);
    // Keras on TensorFlow steps in float64, whatever the dtype.
    return host_map2<double>(broadcast_to(a, shape), broadcast_to(b, shape), dtype,
                             [](double x, double y) { return std::nextafter(x, y); });
  }, x1, x2);
}
Tensor signbit(const Tensor& x) {
  check_defined(x, "signbit");
  return named_op("Signbit", [](const Tensor& t) {
    if (t.is_symbolic()) return symbolic_result(t.shape(), DType::bool_);
    if (!is_floating(t.dtype())) return less(t, 0);
    return host_map(t, DType::bool_, [](double v) { return std::signbit(v) ? 1.0 : 0.0; });
  }, x);
}
Tensor erfc(const Tensor& x) {
  check_defined(x, "erfc");
  return named_op("Erfc", [](const Tensor& t) {
    const Tensor v = as_float(t);
    if (v.is_symbolic()) return symbolic_result(v.shape(), v.dtype());
    Tensor y = host_map(v, v.dtype(), [](double e) { return std::erfc(e); });
    if (autodiff::recording(v)) {
      autodiff::record("erfc", {&v}, y, [v](Vjp& vjp) {
        vjp.set(0, vjp.grad() * exp(-square(v)) * (-2 * std::numbers::inv_sqrtpi));
      });
    }
    return y;
  }, x);
}
Tensor i0(const Tensor& x) {
  check_defined(x, "i0");
  return named_op("I0", [](const Tensor& t) {
    const Tensor v = as_dtype(t, t.dtype() == DType::int64 ? DType::float64 : float_of(t.dtype()));
    // Abramowitz and Stegun 9.8.1 and 9.8.2.
    const Tensor magnitude = abs(v);
    const Tensor small = less(magnitude, 3.75);
    const Tensor inner = square(where(small, v, 0.0) / 3.75);
    const Tensor near = polynomial(inner, {0.0045813, 0.0360768, 0.2659732, 1.2067492, 3.0899424, 3.5156229, 1.0});
    const Tensor outer = where(small, 3.75, magnitude);
    const Tensor far = exp(outer) * rsqrt(outer) *
                       polynomial(3.75 / outer, {0.00392377, -0.01647633, 0.02635537, -0.02057706, 0.00916281,
                                                 -0.00157565, 0.00225319, 0.01328592, 0.39894228});
    return where(small, near, far);
  }, x);
}

Tensor real(const Tensor& x) {
  return named_op("Real", [](const Tensor& t) { return t.is_symbolic() ? symbolic_result(t.shape(), t.dtype()) : t; }, x);
}
Tensor imag(const Tensor& x) {
  return named_op("Imag", [](const Tensor& t) {
    return t.is_symbolic() ? symbolic_result(t.shape(), t.dtype()) : Tensor::zeros(t.shape(), t.dtype());
  }, x);
}
Tensor conjugate(const Tensor& x) {
  return named_op("Conjugate", [](const Tensor& t) { return t.is_symbolic() ? symbolic_result(t.shape(), t.dtype()) : t; },
                  x);
}
Tensor conj(const Tensor& x) { return conjugate(x); }
Tensor angle(const Tensor& x) {
  check_defined(x, "angle");
  return named_op("Angle", [](const Tensor& t) {
    return where(less(t, 0), Tensor::scalar(std::numbers::pi, float_of(t.dtype())), 0.0);
  }, x);
}

}  // namespace kcpp::ops
