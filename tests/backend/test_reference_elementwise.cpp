// The reference backend against Keras's numbers, known values, and central differences.
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>

#include "tests/support/parity.h"

using namespace kcpp;
using namespace kcpp::test;

namespace {

const double inf = std::numeric_limits<double>::infinity();
const double nan_ = std::numeric_limits<double>::quiet_NaN();

struct KerasActivation {
  UnaryOp op;
  UnaryAttrs attrs;
  std::vector<double> values, gradient;
};
// keras.activations in float64 at x, and TensorFlow's gradient. (celu: TensorFlow counts the slope
// at 0 twice, 2; kcpp has 1.)
const std::vector<double> x = {-3.5, -1.25, -0.3, 0, 0.4, 1.5, 7};
const KerasActivation activations[] = {
    {UnaryOp::silu,
     {},
     {-0.10259280763, -0.278375173532, -0.127667244957, 0, 0.239475064045, 1.22636171429,
      6.99362264164},
     {-0.0702733528277, 0.00631915508469, 0.352219989681, 0.5, 0.694791958409, 1.0412941543,
      1.00546049707}},
    {UnaryOp::gelu,
     {},
     {-0.000814201959582, -0.132062221968, -0.114626573931, 0, 0.262168695636, 1.39978919311,
      6.99999999999},
     {-0.00282176088943, -0.12266158136, 0.267672236913, 0.5, 0.802729793093, 1.12746919306,
      1.00000000006}},
    {UnaryOp::gelu_tanh,
     {},
     {-0.000616197720546, -0.1322857976, -0.114629076462, 0, 0.262161169413, 1.3995715762, 7},
     {-0.00242264396044, -0.122492631293, 0.267704548422, 0.5, 0.802658834285, 1.12771079247, 1}},
    {UnaryOp::elu,
     {.alpha = 1},
     {-0.969802616578, -0.71349520314, -0.259181779318, 0, 0.4, 1.5, 7},
     {0.0301973834223, 0.28650479686, 0.740818220682, 1, 1, 1, 1}},
    {UnaryOp::selu,
     {},
     {-1.70500934096, -1.25439544634, -0.455667315379, 0, 0.420280394942, 1.57605148103,
      7.35490691149},
     {0.0530899998901, 0.50370389451, 1.30243202547, 1.05070098736, 1.05070098736, 1.05070098736,
      1.05070098736}},
    {UnaryOp::celu,
     {.alpha = 1},
     {-0.969802616578, -0.71349520314, -0.259181779318, 0, 0.4, 1.5, 7},
     {0.0301973834223, 0.28650479686, 0.740818220682, 1, 1, 1, 1}},
    {UnaryOp::softplus,
     {},
     {0.0297504182726, 0.251929081345, 0.554355244469, 0.69314718056, 0.9130152524, 1.70141327798,
      7.00091146645},
     {0.0293122307514, 0.222700138825, 0.425557483188, 0.5, 0.598687660112, 0.817574476194,
      0.999088948806}},
    {UnaryOp::softsign,
     {},
     {-0.777777777778, -0.555555555556, -0.230769230769, 0, 0.285714285714, 0.6, 0.875},
     {0.0493827160494, 0.197530864198, 0.591715976331, 1, 0.510204081633, 0.16, 0.015625}},
    {UnaryOp::log_sigmoid,
     {},
     {-3.52975041827, -1.50192908135, -0.854355244469, -0.69314718056, -0.5130152524,
      -0.201413277983, -0.000911466453774},
     {0.970687769249, 0.777299861175, 0.574442516812, 0.5, 0.401312339888, 0.182425523806,
      0.000911051194401}},
    {UnaryOp::hard_sigmoid,
     {},
     {0, 0.291666666667, 0.45, 0.5, 0.566666666667, 0.75, 1},
     {0, 0.166666666667, 0.166666666667, 0.166666666667, 0.166666666667, 0.166666666667, 0}},
    {UnaryOp::hard_silu,
     {},
     {-0, -0.364583333333, -0.135, 0, 0.226666666667, 1.125, 7},
     {0, 0.0833333333333, 0.4, 0.5, 0.633333333333, 1, 1}},
    {UnaryOp::hard_tanh, {}, {-1, -1, -0.3, 0, 0.4, 1, 1}, {0, 0, 1, 1, 1, 0, 0}},
    {UnaryOp::mish,
     {},
     {-0.104095754486, -0.308413961142, -0.151133177138, 0, 0.289030534072, 1.4033782664,
      6.99998837981},
     {-0.0727604134433, -0.014697562473, 0.408510876936, 0.6, 0.837017502542, 1.08848798501,
      1.00002155916}},
    {UnaryOp::tanh_shrink,
     {},
     {-2.50182210239, -0.401716360042, -0.00868738754841, 0, 0.0200510377448, 0.594851746355,
      6.00000166306},
     {0.99635911528, 0.71958513382, 0.0848630381734, 0, 0.144361213919, 0.819293361076,
      0.999996673891}},
    {UnaryOp::soft_shrink, {.alpha = 0.5}, {-3, -0.75, 0, 0, 0, 1, 6.5}, {1, 1, 0, 0, 0, 1, 1}},
    {UnaryOp::hard_shrink, {.alpha = 0.5}, {-3.5, -1.25, 0, 0, 0, 1.5, 7}, {1, 1, 0, 0, 0, 1, 1}},
    {UnaryOp::squareplus,
     {.alpha = 4},
     {0.265564437075, 0.554247641507, 0.861187420808, 1, 1.21980390272, 2, 7.14005494464},
     {0.0658784289378, 0.235000529998, 0.425829773535, 0.5, 0.598058067569, 0.8, 0.98076197382}},
    {UnaryOp::sparse_plus, {}, {0, 0, 0.1225, 0.25, 0.49, 1.5, 7}, {0, 0, 0.35, 0.5, 0.7, 1, 1}},
    {UnaryOp::sparse_sigmoid, {}, {0, 0, 0.35, 0.5, 0.7, 1, 1}, {0, 0, 0.5, 0.5, 0.5, 0, 0}},
    {UnaryOp::leaky_relu,
     {.alpha = 0.2},
     {-0.700000010431, -0.250000003725, -0.0600000008941, 0, 0.4, 1.5, 7},
     {0.20000000298, 0.20000000298, 0.20000000298, 0.20000000298, 1, 1, 1}},
    {UnaryOp::relu_general,
     {.alpha = 0.1, .beta = 4, .gamma = 1},
     {-0.45, -0.225, -0.13, -0.1, -0.06, 1.5, 4},
     {0.1, 0.1, 0.1, 0.1, 0.1, 1, 0}},
    {UnaryOp::threshold,
     {.alpha = 0.35, .beta = -2},
     {-2, -2, -2, -2, 0.4, 1.5, 7},
     {0, 0, 0, 0, 1, 1, 1}},
};

Tensor doubles(const std::vector<double>& v) { return tensor({static_cast<int64_t>(v.size())}, v); }
Tensor whole(const std::vector<double>& v, DType dtype = DType::int32) {
  return tensor({static_cast<int64_t>(v.size())}, v, dtype);
}

}  // namespace

TEST_CASE("reference: activations and their gradients are Keras's") {
  for (const KerasActivation& a : activations) {
    INFO("activation " << static_cast<int>(a.op));
    const Tensor y = reference().unary(a.op, doubles(x), a.attrs);
    // Keras rounds the slope of leaky_relu to float32.
    check_values(y, a.values, 2e-8);
    check_values(reference().unary_grad(a.op, Tensor::ones(y.shape(), DType::float64), doubles(x),
                                        y, a.attrs),
                 a.gradient, 2e-8);
  }
}

TEST_CASE("reference: unary gradients are the derivatives") {
  struct Range {
    UnaryOp op;
    double low, high;
  };
  const Range ranges[] = {
      {UnaryOp::identity, -2, 2},    {UnaryOp::negative, -2, 2},     {UnaryOp::abs, 0.1, 2},
      {UnaryOp::square, -2, 2},      {UnaryOp::sqrt, 0.2, 3},        {UnaryOp::rsqrt, 0.2, 3},
      {UnaryOp::reciprocal, 0.3, 3}, {UnaryOp::exp, -2, 2},          {UnaryOp::expm1, -2, 2},
      {UnaryOp::exp2, -2, 2},        {UnaryOp::log, 0.2, 3},         {UnaryOp::log1p, -0.7, 3},
      {UnaryOp::log2, 0.2, 3},       {UnaryOp::log10, 0.2, 3},       {UnaryOp::sin, -2, 2},
      {UnaryOp::cos, -2, 2},         {UnaryOp::tan, -1, 1},          {UnaryOp::asin, -0.9, 0.9},
      {UnaryOp::acos, -0.9, 0.9},    {UnaryOp::atan, -2, 2},         {UnaryOp::sinh, -2, 2},
      {UnaryOp::cosh, -2, 2},        {UnaryOp::tanh, -2, 2},         {UnaryOp::asinh, -2, 2},
      {UnaryOp::acosh, 1.2, 3},      {UnaryOp::atanh, -0.9, 0.9},    {UnaryOp::erf, -2, 2},
      {UnaryOp::erfinv, -0.9, 0.9},  {UnaryOp::lgamma, 0.3, 5},      {UnaryOp::lgamma, -1.9, -1.1},
      {UnaryOp::digamma, 0.3, 5},    {UnaryOp::digamma, -1.8, -1.2}, {UnaryOp::sigmoid, -3, 3},
      {UnaryOp::relu, 0.1, 2},       {UnaryOp::relu6, 0.1, 5.9},     {UnaryOp::elu, -2, -0.1},
  };
  for (const Range& r : ranges) {
    const UnaryAttrs attrs{.alpha = 0.7};
    const Tensor at = data({9}, r.low, r.high, DType::float64),
                 w = data({9}, -1, 1, DType::float64);
    check_gradient(
        text("unary ", static_cast<int>(r.op)),
        [&](const Tensor& t) { return Tensors{reference().unary(r.op, t, attrs)}; }, at, {w},
        reference().unary_grad(r.op, w, at, reference().unary(r.op, at, attrs), attrs));
  }
}

TEST_CASE("reference: rounding, signs, special functions") {
  Backend& b = reference();
  check_values(b.unary(UnaryOp::round, doubles({0.5, 1.5, 2.5, -0.5, -1.5, 2.4999})),
               {0, 2, 2, 0, -2, 2});
  check_values(b.unary(UnaryOp::sign, doubles({-2, 0, 3, nan_})), {-1, 0, 1, nan_});
  check_values(b.unary(UnaryOp::relu, doubles({-2, nan_, inf})), {0, nan_, inf});
  check_values(b.unary(UnaryOp::isinf, doubles({1, inf, -inf, nan_})), {0, 1, 1, 0});
  check_values(b.unary(UnaryOp::isfinite, doubles({1, inf, -inf, nan_})), {1, 0, 0, 0});
  // Abramowitz and Stegun.
  check_values(b.unary(UnaryOp::erfinv, doubles({0.5, -0.9, 0.999999, 1, 0})),
               {0.476936276204470, -1.163087153676674, 3.458910737275499, inf, 0}, 1e-12);
  check_values(b.unary(UnaryOp::digamma, doubles({1, 0.5, 10, -0.5})),
               {-0.577215664901533, -1.963510026021423, 2.251752589066721, 0.036489973978576},
               1e-12);
  check_values(b.unary(UnaryOp::lgamma, doubles({1, 0.5, 10})),
               {0, 0.572364942924700, 12.801827480081469}, 1e-12);
  check_values(b.unary(UnaryOp::softplus, doubles({1000, -1000})), {1000, 0});
  check_values(b.unary(UnaryOp::sigmoid, doubles({1000, -1000})), {1, 0});
}

TEST_CASE("reference: division and remainder follow Python's sign rule") {
  Backend& b = reference();
  for (DType t : {DType::int32, DType::int64, DType::float32, DType::float64}) {
    const Tensor n = whole({7, -7, 7, -7, 6}, t), d = whole({2, 2, -2, -2, 3}, t);
    check_values(b.binary(BinaryOp::floor_divide, n, d), {3, -4, -4, 3, 2});
    check_values(b.binary(BinaryOp::mod, n, d), {1, 1, -1, -1, 0});
  }
  // No crash: by zero, and the lowest number by -1.
  const double lowest = std::numeric_limits<int32_t>::min();
  check_values(b.binary(BinaryOp::floor_divide, whole({5, lowest}), whole({0, -1})), {0, lowest});
  check_values(b.binary(BinaryOp::mod, whole({5, lowest}), whole({0, -1})), {0, 0});
  const Tensor longest = Tensor::from<int64_t>({std::numeric_limits<int64_t>::min()}, {1});
  CHECK(b.binary(BinaryOp::floor_divide, longest, whole({-1}, DType::int64)).at<int64_t>(0) ==
        std::numeric_limits<int64_t>::min());
  check_values(b.binary(BinaryOp::power, whole({2, -2, 3, 1, -1, 0}), whole({10, 3, 0, -5, -3, 0})),
               {1024, -8, 1, 1, -1, 1});
  check_values(b.binary(BinaryOp::left_shift, whole({1, 3}), whole({4, 40})), {16, 0});
  check_values(b.binary(BinaryOp::right_shift, whole({-8, 9}), whole({1, 99})), {-4, 0});
}

TEST_CASE("reference: binary functions at special values") {
  Backend& b = reference();
  check_values(b.binary(BinaryOp::maximum, doubles({nan_, 1, 2}), doubles({1, nan_, 3})),
               {nan_, nan_, 3});
  check_values(b.binary(BinaryOp::minimum, doubles({nan_, 1, 2}), doubles({1, nan_, 3})),
               {nan_, nan_, 2});
  check_values(b.binary(BinaryOp::logaddexp, doubles({1000, -inf, 0}), doubles({1000, -inf, 0})),
               {1000 + std::log(2.0), -inf, std::log(2.0)}, 1e-15);
  check_values(b.binary(BinaryOp::divide, doubles({1, 0}), doubles({0, 0})), {inf, nan_});
  check_values(leading(b.cast(doubles({1.9, -1.9, 300, nan_}), DType::uint8), 3), {1, 255, 44});
  check_values(b.cast(doubles({0, 0.5, nan_}), DType::bool_), {0, 1, 1});
  check_values(b.cast(doubles({65504, 65520, 1e-8, 0.1}), DType::float16),
               {65504, inf, 0, 0.0999755859375});
}
