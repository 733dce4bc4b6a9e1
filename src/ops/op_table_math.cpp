// Entries of the element-by-element ops.
#include "kcpp/ops/math.h"
#include "src/ops/op_makers.h"

namespace kcpp::ops {

using namespace detail;

namespace {

/// `x` and `y` are the names of the operands.
template <Tensor (*f)(const Tensor&, const Tensor&)>
OpRun bits(const OpArguments& a) {
  return [x = a.tensor(0, "x"), y = a.tensor(1, "y")](const Tensors& in) {
    return Tensors{f(x(in), y(in))};
  };
}

template <Tensor (*f)(const Tensor&, DType)>
OpRun to_dtype(const OpArguments& a) {
  return [x = a.tensor(0, "x"), dtype = dtype_of(a.text("dtype"))](const Tensors& in) {
    return Tensors{f(x(in), dtype)};
  };
}

OpRun round_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), decimals = a.small("decimals")](const Tensors& in) {
    return Tensors{round(x(in), decimals)};
  };
}
OpRun clip_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), low = a.tensor(-1, "x_min"), high = a.tensor(-1, "x_max")](
             const Tensors& in) { return Tensors{clip(x(in), low(in), high(in))}; };
}
OpRun nan_to_num_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), nan = a.number("nan"), high = a.optional_number("posinf"),
          low = a.optional_number("neginf")](const Tensors& in) {
    return Tensors{nan_to_num(x(in), nan, high, low)};
  };
}
OpRun isclose_op(const OpArguments& a) {
  const auto tolerance = [&](int position, const char* name, double missing) {
    const Config& v = a.argument(position, name);
    return v.is_null() ? missing : v.as_double(name);
  };
  return [x1 = a.tensor(0, "x1"), x2 = a.tensor(1, "x2"), rtol = tolerance(2, "rtol", 1e-5),
          atol = tolerance(3, "atol", 1e-8), nan = a.flag("equal_nan")](const Tensors& in) {
    return Tensors{isclose(x1(in), x2(in), rtol, atol, nan)};
  };
}
OpRun allclose_op(const OpArguments& a) {
  return [x1 = a.tensor(0, "x1"), x2 = a.tensor(1, "x2"), rtol = a.number("rtol", 1e-5),
          atol = a.number("atol", 1e-8), nan = a.flag("equal_nan")](const Tensors& in) {
    return Tensors{allclose(x1(in), x2(in), rtol, atol, nan)};
  };
}
OpRun where_op(const OpArguments& a) {
  return [c = a.tensor(0, "condition"), x1 = a.tensor(1, "x1"), x2 = a.tensor(2, "x2")](
             const Tensors& in) { return Tensors{where(c(in), x1(in), x2(in))}; };
}
OpRun select_op(const OpArguments& a) {
  return [c = a.tensors(0, "condlist"), x = a.tensors(1, "choicelist"),
          d = a.tensor(2, "default")](const Tensors& in) {
    return Tensors{select(c(in), x(in), d(in).defined() ? d(in) : Tensor(0))};
  };
}
OpRun stop_gradient_op(const OpArguments& a) {
  return [x = a.tensor(0, "variable")](const Tensors& in) { return Tensors{stop_gradient(x(in))}; };
}

constexpr OpEntry kEntries[] = {
    {"Add", "numpy", binary<add>},
    {"Subtract", "numpy", binary<subtract>},
    {"Multiply", "numpy", binary<multiply>},
    {"Divide", "numpy", binary<divide>},
    {"TrueDivide", "numpy", binary<true_divide>},
    {"DivideNoNan", "numpy", binary<divide_no_nan>},
    {"FloorDivide", "numpy", binary<floor_divide>},
    {"Mod", "numpy", binary<mod>},
    {"Fmod", "numpy", binary<fmod>},
    {"Power", "numpy", binary<power>},
    {"Maximum", "numpy", binary<maximum>},
    {"Minimum", "numpy", binary<minimum>},
    {"Fmax", "numpy", binary<fmax>},
    {"Fmin", "numpy", binary<fmin>},
    {"Ldexp", "numpy", binary<ldexp>},
    {"Gcd", "numpy", binary<gcd>},
    {"Lcm", "numpy", binary<lcm>},
    {"Nextafter", "numpy", binary<nextafter>},
    {"Heaviside", "numpy", binary<heaviside>},
    {"Hypot", "numpy", binary<hypot>},
    {"Arctan2", "numpy", binary<arctan2>},
    {"Logaddexp", "numpy", binary<logaddexp>},
    {"Logaddexp2", "numpy", binary<logaddexp2>},
    {"Negative", "numpy", unary<negative>},
    {"Absolute", "numpy", unary<abs>},
    {"Abs", "numpy", unary<abs>},
    {"Fabs", "numpy", unary<fabs>},
    {"Sign", "numpy", unary<sign>},
    {"Signbit", "numpy", unary<signbit>},
    {"Square", "numpy", unary<square>},
    {"Sqrt", "numpy", unary<sqrt>},
    {"Cbrt", "numpy", unary<cbrt>},
    {"Rsqrt", "math", unary<rsqrt>},
    {"Reciprocal", "numpy", unary<reciprocal>},
    {"Exp", "numpy", unary<exp>},
    {"Exp2", "numpy", unary<exp2>},
    {"Expm1", "numpy", unary<expm1>},
    {"Log", "numpy", unary<log>},
    {"Log1p", "numpy", unary<log1p>},
    {"Log2", "numpy", unary<log2>},
    {"Log10", "numpy", unary<log10>},
    {"Sin", "numpy", unary<sin>},
    {"Cos", "numpy", unary<cos>},
    {"Tan", "numpy", unary<tan>},
    {"Arcsin", "numpy", unary<arcsin>},
    {"Arccos", "numpy", unary<arccos>},
    {"Arctan", "numpy", unary<arctan>},
    {"Sinh", "numpy", unary<sinh>},
    {"Cosh", "numpy", unary<cosh>},
    {"Tanh", "numpy", unary<tanh>},
    {"Arcsinh", "numpy", unary<arcsinh>},
    {"Arccosh", "numpy", unary<arccosh>},
    {"Arctanh", "numpy", unary<arctanh>},
    {"Deg2rad", "numpy", unary<deg2rad>},
    {"Rad2deg", "numpy", unary<rad2deg>},
    {"Sinc", "numpy", unary<sinc>},
    {"I0", "numpy", unary<i0>},
    {"Ceil", "numpy", unary<ceil>},
    {"Floor", "numpy", unary<floor>},
    {"Round", "numpy", round_op},
    {"Trunc", "numpy", unary<trunc>},
    {"Clip", "numpy", clip_op},
    {"NanToNum", "numpy", nan_to_num_op},
    {"Erf", "math", unary<erf>},
    {"Erfc", "math", unary<erfc>},
    {"Erfinv", "math", unary<erfinv>},
    {"Equal", "numpy", binary<equal>},
    {"NotEqual", "numpy", binary<not_equal>},
    {"Less", "numpy", binary<less>},
    {"LessEqual", "numpy", binary<less_equal>},
    {"Greater", "numpy", binary<greater>},
    {"GreaterEqual", "numpy", binary<greater_equal>},
    {"Isclose", "numpy", isclose_op},
    {"AllClose", "numpy", allclose_op},
    {"Isnan", "numpy", unary<isnan>},
    {"Isinf", "numpy", unary<isinf>},
    {"Isfinite", "numpy", unary<isfinite>},
    {"Isposinf", "numpy", unary<isposinf>},
    {"Isneginf", "numpy", unary<isneginf>},
    {"Isreal", "numpy", unary<isreal>},
    {"LogicalAnd", "numpy", binary<logical_and>},
    {"LogicalOr", "numpy", binary<logical_or>},
    {"LogicalXor", "numpy", binary<logical_xor>},
    {"LogicalNot", "numpy", unary<logical_not>},
    {"BitwiseAnd", "numpy", bits<bitwise_and>},
    {"BitwiseOr", "numpy", bits<bitwise_or>},
    {"BitwiseXor", "numpy", bits<bitwise_xor>},
    {"BitwiseNot", "numpy", unary<bitwise_not>},
    {"BitwiseInvert", "numpy", unary<bitwise_invert>},
    {"BitwiseLeftShift", "numpy", bits<bitwise_left_shift>},
    {"LeftShift", "numpy", bits<left_shift>},
    {"BitwiseRightShift", "numpy", bits<bitwise_right_shift>},
    {"RightShift", "numpy", bits<right_shift>},
    {"Where", "numpy", where_op},
    {"Select", "numpy", select_op},
    {"Cast", "core", to_dtype<cast>},
    {"SaturateCast", "core", to_dtype<saturate_cast>},
    {"StopGradient", "core", stop_gradient_op},
    {"Real", "numpy", unary<real>},
    {"Imag", "numpy", unary<imag>},
    {"Conj", "numpy", unary<conj>},
    {"Conjugate", "numpy", unary<conjugate>},
    {"Angle", "numpy", unary<angle>},
};

}  // namespace

std::span<const OpEntry> op_table_math() { return kEntries; }

}  // namespace kcpp::ops
