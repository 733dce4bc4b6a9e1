#include "src/ops/special_functions.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "kcpp/ops/math.h"
#include "src/ops/host.h"
#include "src/ops/op_makers.h"

namespace kcpp::ops {

using namespace detail;

namespace {

constexpr double pi = std::numbers::pi, nan = std::numeric_limits<double>::quiet_NaN();

/// NaN below 0, as in TensorFlow.
double expint_number(double x) {
  if (x == 0) return -std::numeric_limits<double>::infinity();
  return x > 0 ? std::expint(x) : nan;
}

/// Rybicki's sum over odd numbers, exact to exp(-(pi / 2 step)^2).
double dawsn_number(double x) {
  constexpr double step = 0.2;
  const double near = 2 * std::round(x / step / 2);
  if (std::abs(x) > 1e6) return 0.5 / x;
  double sum = 0;
  for (double n = near - 61; n <= near + 61; n += 2)
    sum += std::exp(-(x - n * step) * (x - n * step)) / n;
  return sum / std::sqrt(pi);
}

/// Its arguments are led back to [1/2, 1], where the series is short.
double spence_number(double x) {
  if (x < 0 || std::isnan(x)) return nan;
  if (x == 0) return pi * pi / 6;
  if (x > 1) return -spence_number(1 / x) - 0.5 * std::log(x) * std::log(x);
  if (x < 0.5) return pi * pi / 6 - std::log(x) * std::log1p(-x) - spence_number(1 - x);
  const double z = 1 - x;
  double sum = 0, power = 1;
  for (int k = 1; k < 60; ++k) sum += (power *= z) / (static_cast<double>(k) * k);
  return sum;
}

/// The integral of the sine or cosine of pi t^2 / 2: its series, and far out what the integral to
/// infinity lacks.
double fresnel_number(double x, bool sine) {
  const double a = std::abs(x), square = pi / 2 * a * a;
  double y = 0;
  if (a < 3.5) {
    double term = sine ? square * a : a;  // of the sine or cosine, integrated
    for (int n = 0; n < 60; ++n) {
      const int power = 2 * n + (sine ? 1 : 0);
      y += term / (2 * power + 1);
      term *= -square * square / ((power + 1.0) * (power + 2.0));
    }
  } else if (std::isinf(a)) {
    y = 0.5;
  } else {
    const double w = 1 / (pi * a * a), w2 = w * w;
    const double f = (1 - w2 * (3 - w2 * (105 - w2 * 10395))) / (pi * a);
    const double g = w * (1 - w2 * (15 - w2 * (945 - w2 * 135135))) / (pi * a);
    const double turn = std::fmod(a * a, 4) * pi / 2;
    y = sine ? 0.5 - f * std::cos(turn) - g * std::sin(turn)
             : 0.5 + f * std::sin(turn) - g * std::cos(turn);
  }
  return std::copysign(y, x);
}

double bessel_j_number(int order, double x) {
  if (!std::isfinite(x)) return std::isnan(x) ? x : 0;
  const double y = std::cyl_bessel_j(order, std::abs(x));
  return order == 1 && x < 0 ? -y : y;
}
double bessel_y_number(int order, double x) {
  if (x == 0) return -std::numeric_limits<double>::infinity();
  if (std::isinf(x)) return x > 0 ? 0 : nan;
  return x > 0 ? std::cyl_neumann(order, x) : nan;
}
double bessel_k_number(int order, double x, bool scaled) {
  if (x == 0) return std::numeric_limits<double>::infinity();
  if (!(x > 0)) return nan;
  if (!scaled) return x > 700 ? 0 : std::cyl_bessel_k(order, x);
  if (x < 500) return std::exp(x) * std::cyl_bessel_k(order, x);
  const double m = 4.0 * order * order;
  return std::sqrt(pi / (2 * x)) * (1 + (m - 1) / (8 * x) + (m - 1) * (m - 9) / (128 * x * x));
}

/// A function of one number and its slope at x, where its value is y.
struct Special {
  const char* class_name;
  double (*number)(double);
  Tensor (*slope)(const Tensor& x, const Tensor& y);
};

Tensor apply(const Special& f, const Tensor& given) {
  check_defined(given, f.class_name);
  return named_op(
      f.class_name,
      [f](const Tensor& t) {
        const Tensor x = as_float(t);
        if (x.is_symbolic()) return symbolic_result(x.shape(), x.dtype());
        Tensor y = host_map(x, x.dtype(), f.number);
        if (autodiff::recording(x))
          autodiff::record(f.class_name, {&x}, y, [f, x, y = y.detach()](Vjp& v) {
            v.set(0, v.grad() * f.slope(x, v.output(y)));
          });
        return y;
      },
      given);
}

Tensor turn_of(const Tensor& x) { return square(x) * (pi / 2); }

constexpr OpEntry kEntries[] = {
    {"Expint", "math", unary<expint>},          {"Dawsn", "math", unary<dawsn>},
    {"Spence", "math", unary<spence>},          {"FresnelSin", "math", unary<fresnel_sin>},
    {"FresnelCos", "math", unary<fresnel_cos>}, {"BesselJ0", "math", unary<bessel_j0>},
    {"BesselJ1", "math", unary<bessel_j1>},     {"BesselY0", "math", unary<bessel_y0>},
    {"BesselY1", "math", unary<bessel_y1>},     {"BesselK0", "math", unary<bessel_k0>},
    {"BesselK1", "math", unary<bessel_k1>},     {"BesselK0e", "math", unary<bessel_k0e>},
    {"BesselK1e", "math", unary<bessel_k1e>},
};

}  // namespace

Tensor expint(const Tensor& x) {
  return apply({"Expint", expint_number, [](const Tensor& t, const Tensor&) { return exp(t) / t; }},
               x);
}
Tensor dawsn(const Tensor& x) {
  return apply(
      {"Dawsn", dawsn_number, [](const Tensor& t, const Tensor& y) { return 1.0 - 2.0 * t * y; }},
      x);
}
Tensor spence(const Tensor& x) {
  return apply(
      {"Spence", spence_number, [](const Tensor& t, const Tensor&) { return log(t) / (1.0 - t); }},
      x);
}
Tensor fresnel_sin(const Tensor& x) {
  return apply({"FresnelSin", [](double t) { return fresnel_number(t, true); },
                [](const Tensor& t, const Tensor&) { return sin(turn_of(t)); }},
               x);
}
Tensor fresnel_cos(const Tensor& x) {
  return apply({"FresnelCos", [](double t) { return fresnel_number(t, false); },
                [](const Tensor& t, const Tensor&) { return cos(turn_of(t)); }},
               x);
}
Tensor bessel_j0(const Tensor& x) {
  return apply({"BesselJ0", [](double t) { return bessel_j_number(0, t); },
                [](const Tensor& t, const Tensor&) { return -bessel_j1(t); }},
               x);
}
Tensor bessel_j1(const Tensor& x) {
  return apply({"BesselJ1", [](double t) { return bessel_j_number(1, t); },
                [](const Tensor& t, const Tensor& y) { return bessel_j0(t) - y / t; }},
               x);
}
Tensor bessel_y0(const Tensor& x) {
  return apply({"BesselY0", [](double t) { return bessel_y_number(0, t); },
                [](const Tensor& t, const Tensor&) { return -bessel_y1(t); }},
               x);
}
Tensor bessel_y1(const Tensor& x) {
  return apply({"BesselY1", [](double t) { return bessel_y_number(1, t); },
                [](const Tensor& t, const Tensor& y) { return bessel_y0(t) - y / t; }},
               x);
}
Tensor bessel_k0(const Tensor& x) {
  return apply({"BesselK0", [](double t) { return bessel_k_number(0, t, false); },
                [](const Tensor& t, const Tensor&) { return -bessel_k1(t); }},
               x);
}
Tensor bessel_k1(const Tensor& x) {
  return apply({"BesselK1", [](double t) { return bessel_k_number(1, t, false); },
                [](const Tensor& t, const Tensor& y) { return -bessel_k0(t) - y / t; }},
               x);
}
Tensor bessel_k0e(const Tensor& x) {
  return apply({"BesselK0e", [](double t) { return bessel_k_number(0, t, true); },
                [](const Tensor& t, const Tensor& y) { return y - bessel_k1e(t); }},
               x);
}
Tensor bessel_k1e(const Tensor& x) {
  return apply(
      {"BesselK1e", [](double t) { return bessel_k_number(1, t, true); },
       [](const Tensor& t, const Tensor& y) { return y * (1.0 - 1.0 / t) - bessel_k0e(t); }},
      x);
}

std::span<const OpEntry> op_table_special_functions() { return kEntries; }

}  // namespace kcpp::ops
