// Comparisons, logic, bits, choice and conversion.
#include <cmath>
#include <limits>

#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "src/ops/describe.h"
#include "src/ops/elementwise.h"

namespace kcpp::ops {

using namespace detail;
using symbolic::no_arguments;

namespace {

template <BinaryOp op>
Tensor comparison(std::string_view class_name, const char* name, const Tensor& x1,
                  const Tensor& x2) {
  check_defined(x1, name);
  check_defined(x2, name);
  return symbolic::op(
      class_name, no_arguments,
      [name](const Tensor& a, const Tensor& b) {
        DType dtype = result_of(a, b);
        // Kernels order numbers; false < true as numbers too.
        if (dtype == DType::bool_) dtype = DType::uint8;
        return apply(name, op, as_dtype(a, dtype), as_dtype(b, dtype), DType::bool_);
      },
      x1, x2);
}

template <BinaryOp op>
Tensor logic(std::string_view class_name, const char* name, const Tensor& x1, const Tensor& x2) {
  check_defined(x1, name);
  check_defined(x2, name);
  return symbolic::op(
      class_name, no_arguments,
      [name](const Tensor& a, const Tensor& b) {
        return apply(name, op, as_dtype(a, DType::bool_), as_dtype(b, DType::bool_), DType::bool_);
      },
      x1, x2);
}

template <BinaryOp op>
Tensor bits(std::string_view class_name, const char* name, const Tensor& x1, const Tensor& x2) {
  check_defined(x1, name);
  check_defined(x2, name);
  return symbolic::op(
      class_name, no_arguments,
      [name](const Tensor& a, const Tensor& b) {
        const DType dtype = result_of(a, b);
        check<TypeError>(!is_floating(dtype), "[", name,
                         "] Expected integers. Received: x.dtype=", a.dtype(),
                         ", y.dtype=", b.dtype());
        if (dtype == DType::bool_) {  // the same as logic on one bit
          constexpr BinaryOp same = op == BinaryOp::bitwise_and  ? BinaryOp::logical_and
                                    : op == BinaryOp::bitwise_or ? BinaryOp::logical_or
                                                                 : BinaryOp::logical_xor;
          if constexpr (op != BinaryOp::left_shift && op != BinaryOp::right_shift) {
            return apply(name, same, a, b, DType::bool_);
          }
          return apply(name, op, as_dtype(a, DType::int32), as_dtype(b, DType::int32),
                       DType::int32);
        }
        return apply(name, op, as_dtype(a, dtype), as_dtype(b, dtype), dtype);
      },
      x1, x2);
}

/// The greatest finite number (the least is its negative) of a floating dtype.
double greatest(DType dtype) {
  switch (dtype) {
    case DType::float16:
      return 65504.0;
    case DType::bfloat16:
      return 0x1.FEp127;
    case DType::float32:
      return std::numeric_limits<float>::max();
    default:
      return std::numeric_limits<double>::max();
  }
}

/// [least, greatest] of an integer dtype as numbers that float64 holds.
std::pair<double, double> integer_range(DType dtype) {
  const int bits = static_cast<int>(size_of(dtype)) * 8;
  const bool is_signed = dtype >= DType::int8;
  return {is_signed ? -std::ldexp(1.0, bits - 1) : 0.0,
          std::ldexp(1.0, is_signed ? bits - 1 : bits) - 1.0};
}

Tensor where_body(const Tensor& condition, const Tensor& x1, const Tensor& x2) {
  const DType dtype = result_of(x1, x2);
  const Tensor c = as_dtype(condition, DType::bool_), a = as_dtype(x1, dtype),
               b = as_dtype(x2, dtype);
  if (any_symbolic(c, a, b)) {
    return symbolic_result(
        broadcast_shapes(c.shape(), broadcast_shapes(a.shape(), b.shape(), "where"), "where"),
        dtype);
  }
  if (!(a.shape() == b.shape() && a.shape() == c.shape())) {
    broadcast_shapes(c.shape(), broadcast_shapes(a.shape(), b.shape(), "where"), "where");
  }
  Tensor y = backend().where(c, a, b);
  if (autodiff::recording(a, b) && is_floating(dtype)) {
    autodiff::record("where", {&a, &b}, y, [c, shape_a = a.shape(), shape_b = b.shape()](Vjp& v) {
      if (v.needs(0)) v.set(0, sum_to_shape(where(c, v.grad(), 0.0), shape_a));
      if (v.needs(1)) v.set(1, sum_to_shape(where(c, 0.0, v.grad()), shape_b));
    });
  }
  return y;
}

}  // namespace

Tensor equal(const Tensor& x1, const Tensor& x2) {
  return comparison<BinaryOp::equal>("Equal", "equal", x1, x2);
}
Tensor not_equal(const Tensor& x1, const Tensor& x2) {
  return comparison<BinaryOp::not_equal>("NotEqual", "not_equal", x1, x2);
}
Tensor less(const Tensor& x1, const Tensor& x2) {
  return comparison<BinaryOp::less>("Less", "less", x1, x2);
}
Tensor less_equal(const Tensor& x1, const Tensor& x2) {
  return comparison<BinaryOp::less_equal>("LessEqual", "less_equal", x1, x2);
}
Tensor greater(const Tensor& x1, const Tensor& x2) {
  return comparison<BinaryOp::greater>("Greater", "greater", x1, x2);
}
Tensor greater_equal(const Tensor& x1, const Tensor& x2) {
  return comparison<BinaryOp::greater_equal>("GreaterEqual", "greater_equal", x1, x2);
}
Tensor isclose(const Tensor& x1, const Tensor& x2, double rtol, double atol, bool equal_nan) {
  check_defined(x1, "isclose");
  check_defined(x2, "isclose");
  return symbolic::op(
      "Isclose",
      [&](Config& arguments) {
        Describe{arguments}("equal_nan", equal_nan);
        arguments["args"] = Config::list({tensor_input(0), tensor_input(1), rtol, atol});
      },
      [=](const Tensor& p, const Tensor& q) {
        const DType dtype = result_of(p, q);
        const Tensor a = as_dtype(p, dtype), b = as_dtype(q, dtype);
        if (!is_floating(dtype)) return equal(a, b);
        const Tensor close = less_equal(abs(a - b), abs(b) * rtol + atol);
        return equal_nan ? logical_or(close, logical_and(isnan(a), isnan(b))) : close;
      },
      x1, x2);
}
Tensor allclose(const Tensor& x1, const Tensor& x2, double rtol, double atol, bool equal_nan) {
  check_defined(x1, "allclose");
  check_defined(x2, "allclose");
  return symbolic::op(
      "AllClose",
      [&](Config& a) { Describe{a}("rtol", rtol)("atol", atol)("equal_nan", equal_nan); },
      [=](const Tensor& a, const Tensor& b) { return all(isclose(a, b, rtol, atol, equal_nan)); },
      x1, x2);
}

Tensor logical_and(const Tensor& x1, const Tensor& x2) {
  return logic<BinaryOp::logical_and>("LogicalAnd", "logical_and", x1, x2);
}
Tensor logical_or(const Tensor& x1, const Tensor& x2) {
  return logic<BinaryOp::logical_or>("LogicalOr", "logical_or", x1, x2);
}
Tensor logical_xor(const Tensor& x1, const Tensor& x2) {
  return logic<BinaryOp::logical_xor>("LogicalXor", "logical_xor", x1, x2);
}
Tensor bitwise_and(const Tensor& x, const Tensor& y) {
  return bits<BinaryOp::bitwise_and>("BitwiseAnd", "bitwise_and", x, y);
}
Tensor bitwise_or(const Tensor& x, const Tensor& y) {
  return bits<BinaryOp::bitwise_or>("BitwiseOr", "bitwise_or", x, y);
}
Tensor bitwise_xor(const Tensor& x, const Tensor& y) {
  return bits<BinaryOp::bitwise_xor>("BitwiseXor", "bitwise_xor", x, y);
}
Tensor bitwise_left_shift(const Tensor& x, const Tensor& y) {
  return bits<BinaryOp::left_shift>("BitwiseLeftShift", "bitwise_left_shift", x, y);
}
Tensor left_shift(const Tensor& x, const Tensor& y) {
  return bits<BinaryOp::left_shift>("LeftShift", "left_shift", x, y);
}
Tensor bitwise_right_shift(const Tensor& x, const Tensor& y) {
  return bits<BinaryOp::right_shift>("BitwiseRightShift", "bitwise_right_shift", x, y);
}
Tensor right_shift(const Tensor& x, const Tensor& y) {
  return bits<BinaryOp::right_shift>("RightShift", "right_shift", x, y);
}

Tensor where(const Tensor& condition, const Tensor& x1, const Tensor& x2) {
  check_defined(condition, "where");
  check(x1.defined() && x2.defined(),
        "`x1` and `x2` either both should be `None` or both should have non-None value.");
  return symbolic::op("Where", no_arguments, where_body, condition, x1, x2);
}
Tensor select(const Tensors& condlist, const Tensors& choicelist, const Tensor& default_value) {
  check(!condlist.empty() && condlist.size() == choicelist.size(),
        "condlist and choicelist must not be empty and must have the same length. Received: "
        "len(condlist)=",
        condlist.size(), ", len(choicelist)=", choicelist.size());
  const int n = static_cast<int>(condlist.size());
  Tensors inputs = condlist;
  inputs.insert(inputs.end(), choicelist.begin(), choicelist.end());
  inputs.push_back(default_value);
  return symbolic::op_list(
      "Select",
      [n](Config& a) {
        a["args"] =
            Config::list({tensor_inputs(0, n), tensor_inputs(n, 2 * n), tensor_input(2 * n)});
      },
      [n](const Tensors& in) {
        Tensor y = in[static_cast<size_t>(2 * n)];
        for (int i = n - 1; i >= 0; --i)
          y = where(in[static_cast<size_t>(i)], in[static_cast<size_t>(n + i)], y);
        return Tensors{y};
      },
      inputs)[0];
}
Tensor cast(const Tensor& x, DType dtype) {
  check_defined(x, "cast");
  return symbolic::op(
      "Cast", [dtype](Config& a) { Describe{a}("dtype", name_of(dtype)); },
      [dtype](const Tensor& t) {
        if (t.is_weak())
          return Tensor::scalar(t.item(), dtype);  // a number that got a dtype keeps it
        return as_dtype(t, dtype);
      },
      x);
}
Tensor saturate_cast(const Tensor& x, DType dtype) {
  check_defined(x, "saturate_cast");
  return symbolic::op(
      "SaturateCast", [dtype](Config& a) { Describe{a}("dtype", name_of(dtype)); },
      [dtype](const Tensor& t) {
        Tensor v = t;
        if (is_integer(dtype) && t.dtype() != DType::bool_) {
          const auto [low, high] = integer_range(dtype);
          if (is_floating(t.dtype())) {
            // The limits rounded towards 0, or a limit that rounds up would overflow the cast.
            const bool wide = t.dtype() == DType::float64 ? high >= 0x1p53 : high >= 0x1p24;
            const double top = !wide ? high
                                     : (t.dtype() == DType::float64
                                            ? std::nextafter(high, 0.0)
                                            : std::nextafterf(static_cast<float>(high), 0.0f));
            v = maximum(minimum(v, top), low);
          } else {
            const auto [from_low, from_high] = integer_range(t.dtype());
            if (high < from_high) v = minimum(v, static_cast<int64_t>(high));
            if (low > from_low) v = maximum(v, static_cast<int64_t>(low));
          }
        } else if (is_floating(dtype) && is_floating(t.dtype()) &&
                   size_of(dtype) < size_of(t.dtype())) {
          v = maximum(minimum(v, greatest(dtype)), -greatest(dtype));
        }
        return as_dtype(v, dtype);
      },
      x);
}
Tensor stop_gradient(const Tensor& x) {
  check_defined(x, "stop_gradient");
  return symbolic::op(
      "StopGradient", no_arguments,
      [](const Tensor& t) {
        return t.is_symbolic() ? symbolic_result(t.shape(), t.dtype()) : t.detach();
      },
      x);
}

Tensor clip(const Tensor& x, const Tensor& x_min, const Tensor& x_max) {
  check_defined(x, "clip");
  check_defined(x_min, "clip");
  check_defined(x_max, "clip");
  return symbolic::op(
      "Clip",
      [&](Config& a) {
        const auto bound = [](const Tensor& t, int i) {
          return t.is_weak() ? number_config(t) : tensor_input(i);
        };
        Describe{a}("x_min", bound(x_min, 1))("x_max", bound(x_max, 2));
        a["args"] = tensor_inputs(0, 1);
      },
      [](const Tensor& t, const Tensor& low, const Tensor& high) {
        return minimum(maximum(t, low), high);
      },
      x, x_min, x_max);
}
Tensor nan_to_num(const Tensor& x, double nan, std::optional<double> posinf,
                  std::optional<double> neginf) {
  check_defined(x, "nan_to_num");
  return symbolic::op(
      "NanToNum",
      [&](Config& a) {
        Describe{a}("nan", nan)("posinf", to_config(posinf))("neginf", to_config(neginf));
      },
      [=](const Tensor& t) {
        if (!is_floating(t.dtype()) || t.is_symbolic())
          return t.is_symbolic() ? symbolic_result(t.shape(), t.dtype()) : t;
        const double top = greatest(t.dtype());
        const Tensor y =
            where(isposinf(t), posinf.value_or(top), where(isneginf(t), neginf.value_or(-top), t));
        return where(isnan(t), nan, y);
      },
      x);
}

}  // namespace kcpp::ops
