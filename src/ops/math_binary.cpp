// Functions of two operands, each as one rule: kernel and both partial derivatives.
#include <type_traits>

#include "kcpp/ops/math.h"
#include "src/ops/elementwise.h"

namespace kcpp::ops {

using namespace detail;
using symbolic::no_arguments;

namespace {

// One partial derivative as an expression of dy, a, b and y.
#define PARTIAL(...)                                                        \
  [](const BinaryOperands& o) -> Tensor {                                   \
    [[maybe_unused]] const Tensor &dy = o.dy, &a = o.a, &b = o.b, &y = o.y; \
    return __VA_ARGS__;                                                     \
  }

constexpr BinaryRule kAdd{"add", BinaryOp::add, PARTIAL(dy), kNothing, PARTIAL(dy), kNothing};
constexpr BinaryRule kSubtract{"subtract", BinaryOp::subtract, PARTIAL(dy),
                               kNothing,   PARTIAL(-dy),       kNothing};
constexpr BinaryRule kMultiply{"multiply", BinaryOp::multiply, PARTIAL(dy* b),
                               kB,         PARTIAL(dy* a),     kA};
constexpr BinaryRule kDivide{
    "divide", BinaryOp::divide, PARTIAL(dy / b), kB, PARTIAL(-dy* a / square(b)), kA | kB};
constexpr BinaryRule kFloorDivide{"floor_divide", BinaryOp::floor_divide};
constexpr BinaryRule kMod{"mod",  BinaryOp::mod, PARTIAL(dy), kNothing, PARTIAL(-dy* floor(a / b)),
                          kA | kB};
// 0^b has no logarithm: its derivative by b is 0 where it exists.
constexpr BinaryRule kPower{
    "power",
    BinaryOp::power,
    PARTIAL(dy* b* power(a, b - 1.0)),
    kA | kB,
    PARTIAL(dy* y* where(greater(a, 0.0), log(where(greater(a, 0.0), a, 1.0)), 0.0)),
    kA | kY};
// Where both are equal the first operand gets the gradient, as in TensorFlow.
constexpr BinaryRule kMaximum{"maximum",
                              BinaryOp::maximum,
                              PARTIAL(where(greater_equal(a, b), dy, 0.0)),
                              kA | kB,
                              PARTIAL(where(greater_equal(a, b), 0.0, dy)),
                              kA | kB};
constexpr BinaryRule kMinimum{"minimum",
                              BinaryOp::minimum,
                              PARTIAL(where(less_equal(a, b), dy, 0.0)),
                              kA | kB,
                              PARTIAL(where(less_equal(a, b), 0.0, dy)),
                              kA | kB};
constexpr BinaryRule kArctan2{"arctan2",
                              BinaryOp::atan2,
                              PARTIAL(dy* b / (square(a) + square(b))),
                              kA | kB,
                              PARTIAL(-dy* a / (square(a) + square(b))),
                              kA | kB};
constexpr BinaryRule kLogaddexp{"logaddexp", BinaryOp::logaddexp,     PARTIAL(dy* exp(a - y)),
                                kA | kY,     PARTIAL(dy* exp(b - y)), kB | kY};
constexpr BinaryRule kSquaredDifference{"squared_difference",      BinaryOp::squared_difference,
                                        PARTIAL(dy*(a - b) * 2.0), kA | kB,
                                        PARTIAL(dy*(b - a) * 2.0), kA | kB};
#undef PARTIAL

void check_both(const Tensor& a, const Tensor& b, const char* op) {
  check_defined(a, op);
  check_defined(b, op);
}

/// Promotes both operands and applies the rule.
template <const BinaryRule& rule>
Tensor promoted(const Tensor& a, const Tensor& b) {
  if (a.dtype() == b.dtype()) [[likely]]
    return apply(rule, a, b);
  const DType dtype = result_of(a, b);
  return apply(rule, as_dtype(a, dtype), as_dtype(b, dtype));
}

/// The rule in the promoted dtype; `boolean` is what it means for two booleans (a null pointer:
/// nothing).
template <const BinaryRule& rule, auto boolean = nullptr>
Tensor arithmetic(std::string_view class_name, const Tensor& x1, const Tensor& x2) {
  check_both(x1, x2, rule.name);
  return symbolic::op(
      class_name, no_arguments,
      [](const Tensor& a, const Tensor& b) {
        if (a.dtype() == DType::bool_ && b.dtype() == DType::bool_) [[unlikely]] {
          // By type: g++ 12 with -fsanitize cannot compare the address of a function while it
          // compiles.
          if constexpr (!std::is_null_pointer_v<decltype(boolean)>) return boolean(a, b);
          return apply(rule, as_dtype(a, DType::int32), as_dtype(b, DType::int32));
        }
        return promoted<rule>(a, b);
      },
      x1, x2);
}

/// The rule in floating point.
template <const BinaryRule& rule>
Tensor real_binary(std::string_view class_name, const Tensor& x1, const Tensor& x2) {
  check_both(x1, x2, rule.name);
  return symbolic::op(
      class_name, no_arguments,
      [](const Tensor& a, const Tensor& b) {
        const DType dtype = float_of(result_of(a, b));
        return apply(rule, as_dtype(a, dtype), as_dtype(b, dtype));
      },
      x1, x2);
}

/// The result dtype where Keras makes a tensor of a bare number first, so that it does not give
/// way.
DType strong_result(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() ? a.dtype() : result_type(a.dtype(), b.dtype());
}

/// heaviside, hypot: int64 becomes float64, other whole numbers floatx.
DType wide_result(const Tensor& a, const Tensor& b) {
  const DType dtype = strong_result(a, b);
  return dtype == DType::int64 ? DType::float64 : float_of(dtype);
}

Tensor no_booleans(const Tensor& a, const Tensor& b) {
  throw TypeError(
      text("[subtract] boolean tensors cannot be subtracted; use logical_xor. Received: x1.shape=",
           a.shape(), ", x2.shape=", b.shape()));
}

}  // namespace

Tensor add(const Tensor& x1, const Tensor& x2) {
  return arithmetic<kAdd, logical_or>("Add", x1, x2);
}
Tensor subtract(const Tensor& x1, const Tensor& x2) {
  return arithmetic<kSubtract, no_booleans>("Subtract", x1, x2);
}
Tensor multiply(const Tensor& x1, const Tensor& x2) {
  return arithmetic<kMultiply, logical_and>("Multiply", x1, x2);
}
Tensor divide(const Tensor& x1, const Tensor& x2) { return real_binary<kDivide>("Divide", x1, x2); }
Tensor true_divide(const Tensor& x1, const Tensor& x2) {
  return real_binary<kDivide>("TrueDivide", x1, x2);
}
Tensor divide_no_nan(const Tensor& x1, const Tensor& x2) {
  check_both(x1, x2, "divide_no_nan");
  return named_op(
      "DivideNoNan",
      [](const Tensor& a, const Tensor& b) {
        const DType dtype = float_of(result_of(a, b));
        const Tensor divisor = as_dtype(b, dtype);
        const Tensor zero = equal(divisor, 0.0);
        return where(zero, 0.0, as_dtype(a, dtype) / where(zero, 1.0, divisor));
      },
      x1, x2);
}
Tensor floor_divide(const Tensor& x1, const Tensor& x2) {
  return arithmetic<kFloorDivide>("FloorDivide", x1, x2);
}
Tensor mod(const Tensor& x1, const Tensor& x2) {
  check_both(x1, x2, "mod");
  return named_op(
      "Mod",
      [](const Tensor& a, const Tensor& b) {
        DType dtype = strong_result(a, b);
        if (dtype == DType::bool_) dtype = DType::int32;
        return apply(kMod, as_dtype(a, dtype), as_dtype(b, dtype));
      },
      x1, x2);
}
Tensor fmod(const Tensor& x1, const Tensor& x2) {
  check_both(x1, x2, "fmod");
  return named_op(
      "Fmod",
      [](const Tensor& a, const Tensor& b) {
        DType dtype = strong_result(a, b);
        if (dtype == DType::bool_) dtype = DType::int32;
        const Tensor dividend = as_dtype(a, dtype);
        return sign(dividend) * mod(abs(dividend), abs(as_dtype(b, dtype)));
      },
      x1, x2);
}
Tensor power(const Tensor& x1, const Tensor& x2) {
  // The commonest exponents need no general power.
  if (x2.defined() && x2.is_weak() && x1.defined() && !x1.is_symbolic() &&
      is_floating(x1.dtype())) {
    const double exponent = x2.item();
    if (exponent == 2) return square(x1);
    if (exponent == 0.5) return sqrt(x1);
  }
  return arithmetic<kPower>("Power", x1, x2);
}
Tensor maximum(const Tensor& x1, const Tensor& x2) {
  return arithmetic<kMaximum, logical_or>("Maximum", x1, x2);
}
Tensor minimum(const Tensor& x1, const Tensor& x2) {
  return arithmetic<kMinimum, logical_and>("Minimum", x1, x2);
}
Tensor fmax(const Tensor& x1, const Tensor& x2) {
  check_both(x1, x2, "fmax");
  return named_op(
      "Fmax",
      [](const Tensor& a, const Tensor& b) {
        return where(isnan(a), b, where(isnan(b), a, maximum(a, b)));
      },
      x1, x2);
}
Tensor fmin(const Tensor& x1, const Tensor& x2) {
  check_both(x1, x2, "fmin");
  return named_op(
      "Fmin",
      [](const Tensor& a, const Tensor& b) {
        return where(isnan(a), b, where(isnan(b), a, minimum(a, b)));
      },
      x1, x2);
}
Tensor squared_difference(const Tensor& x1, const Tensor& x2) {
  check_both(x1, x2, "squared_difference");
  // keras.ops has no such op: in a graph it is the square of a difference.
  if (any_symbolic(x1, x2)) return square(subtract(x1, x2));
  if (x1.dtype() == DType::bool_ && x2.dtype() == DType::bool_)
    return promoted<kSquaredDifference>(as_dtype(x1, DType::int32), x2);
  return promoted<kSquaredDifference>(x1, x2);
}
Tensor arctan2(const Tensor& x1, const Tensor& x2) {
  check_both(x1, x2, "arctan2");
  return named_op(
      "Arctan2",
      [](const Tensor& a, const Tensor& b) {
        const DType dtype = float_of(strong_result(a, b));
        return apply(kArctan2, as_dtype(a, dtype), as_dtype(b, dtype));
      },
      x1, x2);
}
Tensor logaddexp(const Tensor& x1, const Tensor& x2) {
  check_both(x1, x2, "logaddexp");
  return named_op(
      "Logaddexp",
      [](const Tensor& a, const Tensor& b) {
        const DType dtype = float_of(strong_result(a, b));
        return apply(kLogaddexp, as_dtype(a, dtype), as_dtype(b, dtype));
      },
      x1, x2);
}
Tensor logaddexp2(const Tensor& x1, const Tensor& x2) {
  check_both(x1, x2, "logaddexp2");
  return named_op(
      "Logaddexp2",
      [](const Tensor& a, const Tensor& b) {
        constexpr double ln2 = 0.693147180559945309417;
        const DType dtype = float_of(strong_result(a, b));
        return apply(kLogaddexp, as_dtype(a, dtype) * ln2, as_dtype(b, dtype) * ln2) / ln2;
      },
      x1, x2);
}
Tensor heaviside(const Tensor& x1, const Tensor& x2) {
  check_both(x1, x2, "heaviside");
  return named_op(
      "Heaviside",
      [](const Tensor& a, const Tensor& b) {
        const DType dtype = wide_result(a, b);
        const Tensor x = as_dtype(a, dtype);
        return where(less(x, 0.0), 0.0, where(greater(x, 0.0), 1.0, as_dtype(b, dtype)));
      },
      x1, x2);
}
Tensor hypot(const Tensor& x1, const Tensor& x2) {
  check_both(x1, x2, "hypot");
  return named_op(
      "Hypot",
      [](const Tensor& a, const Tensor& b) {
        const DType dtype = wide_result(a, b);
        const Tensor p = abs(as_dtype(a, dtype)), q = abs(as_dtype(b, dtype));
        const Tensor longer = maximum(p, q);
        return longer * sqrt(square(divide_no_nan(minimum(p, q), longer)) + 1.0);
      },
      x1, x2);
}
Tensor ldexp(const Tensor& x1, const Tensor& x2) {
  check_both(x1, x2, "ldexp");
  check<TypeError>(is_integer(x2.dtype()),
                   "ldexp exponent must be an integer type. Received: x2 dtype=", x2.dtype());
  return named_op(
      "Ldexp",
      [](const Tensor& a, const Tensor& b) {
        const DType dtype = float_of(strong_result(a, b));
        return as_dtype(a, dtype) * exp2(as_dtype(b, dtype));
      },
      x1, x2);
}

}  // namespace kcpp::ops

namespace kcpp {

Tensor operator+(const Tensor& a, const Tensor& b) { return ops::add(a, b); }
Tensor operator-(const Tensor& a, const Tensor& b) { return ops::subtract(a, b); }
Tensor operator*(const Tensor& a, const Tensor& b) { return ops::multiply(a, b); }
Tensor operator/(const Tensor& a, const Tensor& b) { return ops::divide(a, b); }
Tensor operator-(const Tensor& x) { return ops::negative(x); }

}  // namespace kcpp
