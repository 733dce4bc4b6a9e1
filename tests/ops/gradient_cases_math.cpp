#include "kcpp/ops/math.h"
#include "tests/ops/gradient_cases.h"

namespace kcpp::test {

using namespace ops;

std::vector<GradientCase> gradient_cases_math() {
  const auto any = [] { return Tensors{random_tensor({2, 3})}; };
  const auto positive = [] { return Tensors{random_tensor({2, 3}, 0.2, 3)}; };
  const auto unit = [] { return Tensors{random_tensor({2, 3}, -0.9, 0.9)}; };
  const auto not_zero = [] { return Tensors{away_from({2, 3}, {0})}; };
  // Two operands: same shape, and both broadcast.
  const auto two = [] {
    return Tensors{random_tensor({2, 1, 3}), random_tensor({4, 1}, 0.3, 2, 7)};
  };
  const auto apart = [] {
    return Tensors{random_tensor({2, 3}, -2, 2, 1), random_tensor({2, 3}, -2, 2, 2) + 0.3};
  };
  const auto f1 = [](Tensor (*f)(const Tensor&)) {
    return [f](const Tensors& t) { return f(t[0]); };
  };
  const auto f2 = [](Tensor (*f)(const Tensor&, const Tensor&)) {
    return [f](const Tensors& t) { return f(t[0], t[1]); };
  };
  return {
      {"Add", f2(add), two()},
      {"Subtract", f2(subtract), two()},
      {"Multiply", f2(multiply), two()},
      {"Multiply", [](const Tensors& t) { return t[0] * t[0]; }, any()},
      {"Divide", f2(divide), two()},
      {"TrueDivide", f2(true_divide), two()},
      {"DivideNoNan", f2(divide_no_nan), two()},
      {"DivideNoNan",
       [](const Tensors& t) {
         return divide_no_nan(t[0], Tensor({0.0, 2.0, 0.0}, DType::float64));
       },
       any()},
      {"Mod", f2(mod), {random_tensor({2, 3}, -2, 2), Tensor({0.7, 1.3, -0.9}, DType::float64)}},
      {"Fmod", f2(fmod), {random_tensor({2, 3}, -2, 2), Tensor({0.7, 1.3, -0.9}, DType::float64)}},
      {"Power", f2(power), {random_tensor({2, 1, 3}, 0.3, 2), random_tensor({4, 1}, -1.5, 2, 7)}},
      {"Power", [](const Tensors& t) { return power(t[0], 3); }, any()},
      {"Power", [](const Tensors& t) { return power(t[0], 2.0) + power(t[0] + 3.0, 0.5); }, any()},
      {"Maximum", f2(maximum), apart()},
      {"Minimum", f2(minimum), apart()},
      {"Fmax", f2(fmax), apart()},
      {"Fmin", f2(fmin), apart()},
      {"Ldexp",
       [](const Tensors& t) {
         return ldexp(t[0], Tensor({1, -2, 3}));
       },
       any()},
      {"Heaviside", f2(heaviside), {away_from({2, 3}, {0}), random_tensor({3})}},
      {"Hypot", f2(hypot), apart()},
      {"Arctan2", f2(arctan2), two()},
      {"Logaddexp", f2(logaddexp), two()},
      {"Logaddexp2", f2(logaddexp2), two()},
      {"Square", [](const Tensors& t) { return squared_difference(t[0], t[1]); }, two()},
      {"Negative", f1(negative), any()},
      {"Absolute", f1(abs), not_zero()},
      {"Abs", f1(absolute), not_zero()},
      {"Fabs", f1(fabs), not_zero()},
      {"Square", f1(square), any()},
      {"Sqrt", f1(sqrt), positive()},
      {"Cbrt", f1(cbrt), not_zero()},
      {"Rsqrt", f1(rsqrt), positive()},
      {"Reciprocal", f1(reciprocal), positive()},
      {"Exp", f1(exp), any()},
      {"Exp2", f1(exp2), any()},
      {"Expm1", f1(expm1), any()},
      {"Log", f1(log), positive()},
      {"Log1p", f1(log1p), positive()},
      {"Log2", f1(log2), positive()},
      {"Log10", f1(log10), positive()},
      {"Sin", f1(sin), any()},
      {"Cos", f1(cos), any()},
      {"Tan", f1(tan), unit()},
      {"Arcsin", f1(arcsin), unit()},
      {"Arccos", f1(arccos), unit()},
      {"Arctan", f1(arctan), any()},
      {"Sinh", f1(sinh), any()},
      {"Cosh", f1(cosh), any()},
      {"Tanh", f1(tanh), any()},
      {"Arcsinh", f1(arcsinh), any()},
      {"Arccosh", f1(arccosh), {random_tensor({2, 3}, 1.2, 3)}},
      {"Arctanh", f1(arctanh), unit()},
      {"Deg2rad", f1(deg2rad), any()},
      {"Rad2deg", f1(rad2deg), any()},
      {"Sinc", f1(sinc), not_zero()},
      {"I0", f1(i0), not_zero()},
      {"Erf", f1(erf), any()},
      {"Erfc", f1(erfc), any()},
      {"Erfinv", f1(erfinv), unit()},
      {"Clip",
       [](const Tensors& t) { return clip(t[0], -0.5, 0.8); },
       {away_from({3, 4}, {-0.5, 0.8})}},
      {"Clip",
       [](const Tensors& t) { return clip(t[0], t[1], t[2]); },
       {away_from({3, 2}, {-1, 1}), Tensor({-1.0, -1.0}, DType::float64),
        Tensor({1.0, 1.0}, DType::float64)}},
      {"NanToNum", [](const Tensors& t) { return nan_to_num(t[0]); }, any()},
      {"Where",
       [](const Tensors& t) { return where(greater(t[0], 0), t[0] * t[1], t[1]); },
       {away_from({2, 3}, {0}), random_tensor({3}, 1, 2)}},
      {"Select",
       [](const Tensors& t) {
         return select({greater(t[0], 1), greater(t[0], 0)}, {t[0] * t[1], t[1]}, 0.5);
       },
       {away_from({2, 3}, {0, 1}), random_tensor({2, 3}, 1, 2)}},
      {"Cast",
       [](const Tensors& t) { return cast(cast(t[0], DType::float64), DType::float64) * t[0]; },
       any()},
      {"SaturateCast", [](const Tensors& t) { return saturate_cast(t[0], DType::float64); }, any()},
      {"Real", f1(real), any()},
      {"Conj", f1(conj), any()},
      {"Conjugate", f1(conjugate), any()},
  };
}

const std::set<std::string_view>& not_differentiable() {
  static const std::set<std::string_view> names = {
      // Whole numbers; a node that stands for another operation.
      "Shape",
      "Deferred",
      "Bitcast",
      "FloorDivide",
      "Gcd",
      "Lcm",
      "Nextafter",
      "Sign",
      "Signbit",
      "Ceil",
      "Floor",
      "Round",
      "Trunc",
      "Angle",
      "Imag",
      "StopGradient",
      // booleans
      "Equal",
      "NotEqual",
      "Less",
      "LessEqual",
      "Greater",
      "GreaterEqual",
      "Isclose",
      "AllClose",
      "Isnan",
      "Isinf",
      "Isfinite",
      "Isposinf",
      "Isneginf",
      "Isreal",
      "LogicalAnd",
      "LogicalOr",
      "LogicalXor",
      "LogicalNot",
      "Any",
      "All",
      "InTopK",
      "IsIn",
      // integers
      "BitwiseAnd",
      "BitwiseOr",
      "BitwiseXor",
      "BitwiseNot",
      "BitwiseInvert",
      "BitwiseLeftShift",
      "LeftShift",
      "BitwiseRightShift",
      "RightShift",
      "Argmax",
      "Argmin",
      "CountNonzero",
      "Nanargmax",
      "Nanargmin",
      "Histogram",
      "Argsort",
      "Argpartition",
      "UnravelIndex",
      "Nonzero",
      "SearchSorted",
      "Digitize",
      "OneHot",
      "MultiHot",
      "MatrixRank",
      "LuFactor",
      // constants
      "ZerosLike",
      "OnesLike",
      "EmptyLike",
      "Arange",
      // not unique (eigenvectors of a matrix that is not symmetric)
      "Eig",
  };
  return names;
}

}  // namespace kcpp::test
