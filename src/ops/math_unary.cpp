// Functions of one real number, each as one rule: kernel and derivative.
#include <cmath>
#include <numbers>

#include "kcpp/ops/math.h"
#include "src/ops/describe.h"
#include "src/ops/elementwise.h"

namespace kcpp::ops {

using namespace detail;
using symbolic::no_arguments;

namespace {

constexpr double kLn2 = std::numbers::ln2, kLn10 = std::numbers::ln10, kPi = std::numbers::pi;

constexpr UnaryRule kNegative{"negative", UnaryOp::negative, KCPP_UNARY_GRADIENT(-dy)};
constexpr UnaryRule kAbs{"abs", UnaryOp::abs, KCPP_UNARY_GRADIENT(dy* sign(x))};
constexpr UnaryRule kSign{"sign", UnaryOp::sign, KCPP_UNARY_GRADIENT(dy * 0.0)};
constexpr UnaryRule kSquare{"square", UnaryOp::square, KCPP_UNARY_GRADIENT(dy* x * 2.0)};
constexpr UnaryRule kSqrt{"sqrt", UnaryOp::sqrt, KCPP_UNARY_GRADIENT(dy * 0.5 / y)};
constexpr UnaryRule kRsqrt{"rsqrt", UnaryOp::rsqrt, KCPP_UNARY_GRADIENT(dy * -0.5 * square(y) * y)};
constexpr UnaryRule kReciprocal{"reciprocal", UnaryOp::reciprocal,
                                KCPP_UNARY_GRADIENT(-dy* square(y))};

constexpr UnaryRule kExp{"exp", UnaryOp::exp, KCPP_UNARY_GRADIENT(dy* y)};
constexpr UnaryRule kExp2{"exp2", UnaryOp::exp2, KCPP_UNARY_GRADIENT(dy* y* kLn2)};
constexpr UnaryRule kExpm1{"expm1", UnaryOp::expm1, KCPP_UNARY_GRADIENT(dy* exp(x))};
constexpr UnaryRule kLog{"log", UnaryOp::log, KCPP_UNARY_GRADIENT(dy / x)};
constexpr UnaryRule kLog1p{"log1p", UnaryOp::log1p, KCPP_UNARY_GRADIENT(dy / (x + 1.0))};
constexpr UnaryRule kLog2{"log2", UnaryOp::log2, KCPP_UNARY_GRADIENT(dy / (x * kLn2))};
constexpr UnaryRule kLog10{"log10", UnaryOp::log10, KCPP_UNARY_GRADIENT(dy / (x * kLn10))};

constexpr UnaryRule kSin{"sin", UnaryOp::sin, KCPP_UNARY_GRADIENT(dy* cos(x))};
constexpr UnaryRule kCos{"cos", UnaryOp::cos, KCPP_UNARY_GRADIENT(-dy* sin(x))};
constexpr UnaryRule kTan{"tan", UnaryOp::tan, KCPP_UNARY_GRADIENT(dy / square(cos(x)))};
constexpr UnaryRule kArcsin{"arcsin", UnaryOp::asin,
                            KCPP_UNARY_GRADIENT(dy* rsqrt(1.0 - square(x)))};
constexpr UnaryRule kArccos{"arccos", UnaryOp::acos,
                            KCPP_UNARY_GRADIENT(-dy* rsqrt(1.0 - square(x)))};
constexpr UnaryRule kArctan{"arctan", UnaryOp::atan, KCPP_UNARY_GRADIENT(dy / (square(x) + 1.0))};
constexpr UnaryRule kSinh{"sinh", UnaryOp::sinh, KCPP_UNARY_GRADIENT(dy* cosh(x))};
constexpr UnaryRule kCosh{"cosh", UnaryOp::cosh, KCPP_UNARY_GRADIENT(dy* sinh(x))};
constexpr UnaryRule kTanh{"tanh", UnaryOp::tanh, KCPP_UNARY_GRADIENT(dy*(1.0 - square(y)))};
constexpr UnaryRule kArcsinh{"arcsinh", UnaryOp::asinh,
                             KCPP_UNARY_GRADIENT(dy* rsqrt(square(x) + 1.0))};
constexpr UnaryRule kArccosh{"arccosh", UnaryOp::acosh,
                             KCPP_UNARY_GRADIENT(dy* rsqrt(square(x) - 1.0))};
constexpr UnaryRule kArctanh{"arctanh", UnaryOp::atanh,
                             KCPP_UNARY_GRADIENT(dy / (1.0 - square(x)))};

constexpr UnaryRule kCeil{"ceil", UnaryOp::ceil, nullptr};
constexpr UnaryRule kFloor{"floor", UnaryOp::floor, nullptr};
constexpr UnaryRule kRound{"round", UnaryOp::round, nullptr};
constexpr UnaryRule kTrunc{"trunc", UnaryOp::trunc, nullptr};

constexpr UnaryRule kErf{"erf", UnaryOp::erf,
                         KCPP_UNARY_GRADIENT(dy* exp(-square(x)) * (2 * std::numbers::inv_sqrtpi))};
constexpr UnaryRule kErfinv{
    "erfinv", UnaryOp::erfinv,
    KCPP_UNARY_GRADIENT(dy* exp(square(erfinv(x))) * (0.5 / std::numbers::inv_sqrtpi))};

constexpr UnaryRule kLogicalNot{"logical_not", UnaryOp::logical_not, nullptr};
constexpr UnaryRule kIsnan{"isnan", UnaryOp::isnan, nullptr};
constexpr UnaryRule kIsinf{"isinf", UnaryOp::isinf, nullptr};
constexpr UnaryRule kIsfinite{"isfinite", UnaryOp::isfinite, nullptr};
constexpr UnaryRule kBitwiseNot{"bitwise_not", UnaryOp::bitwise_not, nullptr};

/// The rule in x's own dtype.
template <const UnaryRule& rule>
Tensor same_dtype(std::string_view class_name, const Tensor& x) {
  check_defined(x, rule.name);
  return symbolic::op(
      class_name, no_arguments, [](const Tensor& t) { return apply(rule, t); }, x);
}

/// A rounding function: whole numbers stay as they are.
template <const UnaryRule& rule>
Tensor rounding(std::string_view class_name, const Tensor& x) {
  check_defined(x, rule.name);
  return symbolic::op(
      class_name, no_arguments,
      [](const Tensor& t) { return is_floating(t.dtype()) ? apply(rule, t) : t; }, x);
}

/// A test of floating numbers; `otherwise` is the answer for whole ones.
template <const UnaryRule& rule, bool otherwise>
Tensor test(std::string_view class_name, const Tensor& x) {
  check_defined(x, rule.name);
  return symbolic::op(
      class_name, no_arguments,
      [](const Tensor& t) {
        if (is_floating(t.dtype()) || t.is_symbolic()) return apply(rule, t);
        return Tensor::full(t.shape(), otherwise, DType::bool_);
      },
      x);
}

/// cbrt, deg2rad ...: int64 becomes float64, other whole numbers floatx.
DType wide_float(DType dtype) { return dtype == DType::int64 ? DType::float64 : float_of(dtype); }

}  // namespace

Tensor negative(const Tensor& x) {
  check_defined(x, "negative");
  check<TypeError>(x.dtype() != DType::bool_,
                   "[negative] a boolean tensor has no negative; use logical_not.");
  return same_dtype<kNegative>("Negative", x);
}
Tensor abs(const Tensor& x) {
  check_defined(x, "abs");
  return symbolic::op(
      "Absolute", no_arguments,
      [](const Tensor& t) { return t.dtype() == DType::bool_ ? t : apply(kAbs, t); }, x);
}
Tensor absolute(const Tensor& x) { return abs(x); }
Tensor fabs(const Tensor& x) { return real_unary<kAbs>("Fabs", x); }
Tensor sign(const Tensor& x) { return same_dtype<kSign>("Sign", x); }
Tensor square(const Tensor& x) {
  check_defined(x, "square");
  return symbolic::op(
      "Square", no_arguments,
      [](const Tensor& t) {
        return apply(kSquare, t.dtype() == DType::bool_ ? as_dtype(t, DType::int32) : t);
      },
      x);
}
Tensor sqrt(const Tensor& x) { return real_unary<kSqrt>("Sqrt", x); }
Tensor rsqrt(const Tensor& x) { return real_unary<kRsqrt>("Rsqrt", x); }
Tensor reciprocal(const Tensor& x) { return real_unary<kReciprocal>("Reciprocal", x); }
Tensor cbrt(const Tensor& x) {
  check_defined(x, "cbrt");
  return named_op(
      "Cbrt",
      [](const Tensor& t) {
        const Tensor v = as_dtype(t, wide_float(t.dtype()));
        return sign(v) * power(abs(v), 1.0 / 3.0);
      },
      x);
}

Tensor exp(const Tensor& x) { return real_unary<kExp>("Exp", x); }
Tensor exp2(const Tensor& x) { return real_unary<kExp2>("Exp2", x); }
Tensor expm1(const Tensor& x) { return real_unary<kExpm1>("Expm1", x); }
Tensor log(const Tensor& x) { return real_unary<kLog>("Log", x); }
Tensor log1p(const Tensor& x) { return real_unary<kLog1p>("Log1p", x); }
Tensor log2(const Tensor& x) { return real_unary<kLog2>("Log2", x); }
Tensor log10(const Tensor& x) { return real_unary<kLog10>("Log10", x); }

Tensor sin(const Tensor& x) { return real_unary<kSin>("Sin", x); }
Tensor cos(const Tensor& x) { return real_unary<kCos>("Cos", x); }
Tensor tan(const Tensor& x) { return real_unary<kTan>("Tan", x); }
Tensor arcsin(const Tensor& x) { return real_unary<kArcsin>("Arcsin", x); }
Tensor arccos(const Tensor& x) { return real_unary<kArccos>("Arccos", x); }
Tensor arctan(const Tensor& x) { return real_unary<kArctan>("Arctan", x); }
Tensor sinh(const Tensor& x) { return real_unary<kSinh>("Sinh", x); }
Tensor cosh(const Tensor& x) { return real_unary<kCosh>("Cosh", x); }
Tensor tanh(const Tensor& x) { return real_unary<kTanh>("Tanh", x); }
Tensor arcsinh(const Tensor& x) { return real_unary<kArcsinh>("Arcsinh", x); }
Tensor arccosh(const Tensor& x) { return real_unary<kArccosh>("Arccosh", x); }
Tensor arctanh(const Tensor& x) { return real_unary<kArctanh>("Arctanh", x); }
Tensor deg2rad(const Tensor& x) {
  check_defined(x, "deg2rad");
  return named_op(
      "Deg2rad", [](const Tensor& t) { return as_dtype(t, wide_float(t.dtype())) * (kPi / 180.0); },
      x);
}
Tensor rad2deg(const Tensor& x) {
  check_defined(x, "rad2deg");
  return named_op(
      "Rad2deg", [](const Tensor& t) { return as_dtype(t, wide_float(t.dtype())) * (180.0 / kPi); },
      x);
}
Tensor sinc(const Tensor& x) {
  check_defined(x, "sinc");
  return named_op(
      "Sinc",
      [](const Tensor& t) {
        const Tensor v = as_float(t);
        const Tensor zero = equal(v, 0.0);
        // The branch not taken must stay finite too, or its gradient would be NaN.
        const Tensor angle = where(zero, 1.0, v) * kPi;
        return where(zero, 1.0, sin(angle) / angle);
      },
      x);
}

Tensor ceil(const Tensor& x) { return real_unary<kCeil>("Ceil", x); }
Tensor floor(const Tensor& x) { return real_unary<kFloor>("Floor", x); }
Tensor trunc(const Tensor& x) { return rounding<kTrunc>("Trunc", x); }
Tensor round(const Tensor& x, int decimals) {
  check_defined(x, "round");
  return symbolic::op(
      "Round", [&](Config& a) { Describe{a}("decimals", decimals); },
      [decimals](const Tensor& t) {
        const bool floating = is_floating(t.dtype());
        if (!floating && decimals >= 0) return t;
        if (decimals == 0) return apply(kRound, t);
        const double factor = std::pow(10.0, decimals);
        return as_dtype(apply(kRound, as_float(t) * factor) / factor, t.dtype());
      },
      x);
}

Tensor erf(const Tensor& x) { return real_unary<kErf>("Erf", x); }
Tensor erfinv(const Tensor& x) { return real_unary<kErfinv>("Erfinv", x); }

Tensor isnan(const Tensor& x) { return test<kIsnan, false>("Isnan", x); }
Tensor isinf(const Tensor& x) { return test<kIsinf, false>("Isinf", x); }
Tensor isfinite(const Tensor& x) { return test<kIsfinite, true>("Isfinite", x); }
Tensor isposinf(const Tensor& x) {
  return named_op(
      "Isposinf", [](const Tensor& t) { return logical_and(isinf(t), greater(t, 0)); }, x);
}
Tensor isneginf(const Tensor& x) {
  return named_op(
      "Isneginf", [](const Tensor& t) { return logical_and(isinf(t), less(t, 0)); }, x);
}
Tensor isreal(const Tensor& x) {
  return named_op(
      "Isreal",
      [](const Tensor& t) {
        return t.is_symbolic() ? symbolic_result(t.shape(), DType::bool_)
                               : Tensor::full(t.shape(), 1, DType::bool_);
      },
      x);
}

Tensor logical_not(const Tensor& x) {
  check_defined(x, "logical_not");
  return symbolic::op(
      "LogicalNot", no_arguments,
      [](const Tensor& t) { return apply(kLogicalNot, as_dtype(t, DType::bool_)); }, x);
}
Tensor bitwise_not(const Tensor& x) {
  check_defined(x, "bitwise_not");
  check<TypeError>(is_integer(x.dtype()),
                   "[bitwise_not] Expected a tensor of integers. Received: x.dtype=", x.dtype());
  return same_dtype<kBitwiseNot>("BitwiseNot", x);
}
Tensor bitwise_invert(const Tensor& x) { return bitwise_not(x); }

}  // namespace kcpp::ops
