#include "src/ops/special.h"

#include <cmath>

#include "kcpp/ops/math.h"
#include "kcpp/ops/shape.h"
#include "src/ops/host.h"
#include "src/ops/op_makers.h"
#include "src/ops/special_numbers.h"

namespace kcpp::ops {

using namespace detail;

namespace {

/// f(a, b) and the slopes that its operands have (null: none flows), both in ops.
struct BinarySpecial {
  const char* name;
  const char* class_name;
  double (*number)(double, double);
  Tensor (*slope_a)(const Tensor& a, const Tensor& b);
  Tensor (*slope_b)(const Tensor& a, const Tensor& b);
};

Tensor apply(const BinarySpecial& f, const Tensor& x1, const Tensor& x2) {
  check_defined(x1, f.name);
  check_defined(x2, f.name);
  return named_op(
      f.class_name,
      [f](const Tensor& given_a, const Tensor& given_b) {
        const DType dtype = float_of(result_of(given_a, given_b));
        const Shape shape = broadcast_shapes(given_a.shape(), given_b.shape(), f.name);
        if (any_symbolic(given_a, given_b)) return symbolic_result(shape, dtype);
        const Tensor a = broadcast_to(as_dtype(given_a, dtype), shape);
        const Tensor b = broadcast_to(as_dtype(given_b, dtype), shape);
        Tensor y = host_map2<double>(a, b, dtype, f.number);
        if (autodiff::recording(a, b)) {
          autodiff::record(f.name, {&a, &b}, y, [f, a, b](Vjp& v) {
            if (f.slope_a && v.needs(0)) v.set(0, v.grad() * f.slope_a(a, b));
            if (f.slope_b && v.needs(1)) v.set(1, v.grad() * f.slope_b(a, b));
          });
        }
        return y;
      },
      x1, x2);
}

Tensor lgamma(const Tensor& x) {
  return host_map(x, x.dtype(), [](double v) { return std::lgamma(v); });
}

/// The derivative of P to x, x^(a-1) exp(-x) / gamma(a), and to a.
Tensor gamma_density(const Tensor& a, const Tensor& x) {
  return exp((a - 1.0) * log(x) - x - lgamma(a));
}
Tensor gamma_slope(const Tensor& a, const Tensor& x) {
  return host_map2<double>(a, x, a.dtype(),
                           [](double p, double q) { return incomplete_gamma(p, q, false).slope; });
}

constexpr BinarySpecial kIgamma{
    "igamma", "Igamma", [](double a, double x) { return incomplete_gamma(a, x, false).value; },
    gamma_slope, gamma_density};
constexpr BinarySpecial kIgammac{
    "igammac", "Igammac", [](double a, double x) { return incomplete_gamma(a, x, true).value; },
    [](const Tensor& a, const Tensor& x) { return -gamma_slope(a, x); },
    [](const Tensor& a, const Tensor& x) { return -gamma_density(a, x); }};
constexpr BinarySpecial kZeta{
    "zeta", "Zeta", hurwitz_zeta, nullptr,
    [](const Tensor& x, const Tensor& q) { return -x * zeta(x + 1.0, q); }};
constexpr BinarySpecial kPolygamma{
    "polygamma", "Polygamma", polygamma_number, nullptr,
    [](const Tensor& n, const Tensor& x) { return polygamma(n + 1.0, x); }};

/// exp(-|x|) I_order(x), or I_order(x) itself; each the other's derivative, almost.
Tensor bessel(std::string_view class_name, int order, bool scaled, const Tensor& given) {
  check_defined(given, "bessel");
  return named_op(
      class_name,
      [order, scaled](const Tensor& t) {
        const Tensor x = as_float(t);
        if (x.is_symbolic()) return symbolic_result(x.shape(), x.dtype());
        Tensor y = host_map(x, x.dtype(), [order, scaled](double v) {
          return scaled_bessel_i(order, v) * (scaled ? 1.0 : std::exp(std::abs(v)));
        });
        if (autodiff::recording(x)) {
          autodiff::record("bessel", {&x}, y, [order, scaled, x, y = y.detach()](Vjp& v) {
            Tensor slope;
            if (order == 0) {
              slope = bessel_i1e(x) - sign(x) * v.output(y);
            } else {
              const Tensor zero = scaled ? bessel_i0e(x) : i0(x);
              // I1(x) / x is 1/2 at 0.
              const Tensor share =
                  where(equal(x, 0.0), 0.5, v.output(y) / where(equal(x, 0.0), 1.0, x));
              slope = zero - share;
              if (scaled) slope = slope - sign(x) * v.output(y);
            }
            v.set(0, v.grad() * slope);
          });
        }
        return y;
      },
      given);
}

OpRun betainc_op(const OpArguments& a) {
  return [x1 = a.tensor(0, "a"), x2 = a.tensor(1, "b"), x3 = a.tensor(2, "x")](const Tensors& in) {
    return Tensors{betainc(x1(in), x2(in), x3(in))};
  };
}
constexpr OpEntry kEntries[] = {
    {"Igamma", "math", binary<igamma>},       {"Igammac", "math", binary<igammac>},
    {"Betainc", "math", betainc_op},          {"Zeta", "math", binary<zeta>},
    {"Polygamma", "math", binary<polygamma>}, {"BesselI1", "math", unary<bessel_i1>},
    {"BesselI0e", "math", unary<bessel_i0e>}, {"BesselI1e", "math", unary<bessel_i1e>},
};

}  // namespace

Tensor igamma(const Tensor& a, const Tensor& x) { return apply(kIgamma, a, x); }
Tensor igammac(const Tensor& a, const Tensor& x) { return apply(kIgammac, a, x); }
Tensor zeta(const Tensor& x, const Tensor& q) { return apply(kZeta, x, q); }
Tensor polygamma(const Tensor& order, const Tensor& x) { return apply(kPolygamma, order, x); }
Tensor bessel_i1(const Tensor& x) { return bessel("BesselI1", 1, false, x); }
Tensor bessel_i0e(const Tensor& x) { return bessel("BesselI0e", 0, true, x); }
Tensor bessel_i1e(const Tensor& x) { return bessel("BesselI1e", 1, true, x); }

Tensor betainc(const Tensor& a, const Tensor& b, const Tensor& x) {
  check_defined(a, "betainc");
  check_defined(b, "betainc");
  check_defined(x, "betainc");
  return named_op(
      "Betainc",
      [](const Tensor& given_a, const Tensor& given_b, const Tensor& given_x) {
        const DType dtype = float_of(result_of(Tensors{given_a, given_b, given_x}));
        const Shape shape =
            broadcast_shapes(broadcast_shapes(given_a.shape(), given_b.shape(), "betainc"),
                             given_x.shape(), "betainc");
        if (any_symbolic(given_a, given_b, given_x)) return symbolic_result(shape, dtype);
        const auto numbers = [&](const Tensor& t) {
          return broadcast_to(as_dtype(t, dtype), shape);
        };
        const Tensor p = numbers(given_a), q = numbers(given_b), t = numbers(given_x);
        std::vector<double> values = t.to_vector<double>();
        const std::vector<double> ps = p.to_vector<double>(), qs = q.to_vector<double>();
        for (size_t i = 0; i < values.size(); ++i)
          values[i] = incomplete_beta(ps[i], qs[i], values[i]);
        Tensor y = as_dtype(Tensor::from(values, shape), dtype);
        if (autodiff::recording(t)) {
          autodiff::record("betainc", {&t}, y, [p, q, t](Vjp& v) {
            const Tensor scale = lgamma(p + q) - lgamma(p) - lgamma(q);
            v.set(0, v.grad() * exp((q - 1.0) * log1p(-t) + (p - 1.0) * log(t) + scale));
          });
        }
        return y;
      },
      a, b, x);
}

std::span<const OpEntry> op_table_special() { return kEntries; }

}  // namespace kcpp::ops
