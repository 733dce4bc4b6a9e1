#include <limits>

#include "tests/backend/onednn_support.h"

using namespace kcpp;
using namespace kcpp::testing;

namespace {

/// From a few elements up to sizes that several threads share, with ends that are no whole vectors.
const int64_t sizes[] = {1, 7, 16, 100, 1000, 70001};

struct UnaryCase {
  UnaryOp op;
  double low, high;
  UnaryAttrs attrs = {};
};
const UnaryCase unary_cases[] = {
    {UnaryOp::negative, -5, 5},
    {UnaryOp::abs, -5, 5},
    {UnaryOp::square, -5, 5},
    {UnaryOp::sqrt, 0, 50},
    {UnaryOp::rsqrt, 0.01, 50},
    {UnaryOp::reciprocal, 0.1, 9},
    {UnaryOp::exp, -80, 80},
    {UnaryOp::expm1, -5, 5},
    {UnaryOp::expm1, -0.4, 0.4},
    {UnaryOp::log, 1e-6, 100},
    {UnaryOp::log, 0.9, 1.1},
    {UnaryOp::log1p, -0.9, 5},
    {UnaryOp::log1p, -1e-3, 1e-3},
    {UnaryOp::tanh, -10, 10},
    {UnaryOp::tanh, -0.6, 0.6},
    {UnaryOp::erf, -5, 5},
    {UnaryOp::relu, -5, 5},
    {UnaryOp::relu6, -5, 9},
    {UnaryOp::leaky_relu, -5, 5, {0.2}},
    {UnaryOp::sigmoid, -20, 20},
    {UnaryOp::log_sigmoid, -20, 20},
    {UnaryOp::softplus, -20, 20},
    {UnaryOp::softsign, -5, 5},
    {UnaryOp::silu, -20, 20},
    {UnaryOp::gelu, -5, 5},
    {UnaryOp::gelu_tanh, -5, 5},
    {UnaryOp::elu, -5, 5, {1.0}},
    {UnaryOp::elu, -5, 5, {0.5}},
    {UnaryOp::selu, -5, 5},
    {UnaryOp::hard_sigmoid, -5, 5},
    {UnaryOp::hard_silu, -5, 5},
    {UnaryOp::mish, -10, 10},
    {UnaryOp::celu, -5, 5, {1.5}},
    {UnaryOp::sin, -5, 5},
};

}  // namespace

TEST_CASE("onednn: unary ops equal the reference") {
  Both both;
  for (const UnaryCase& c : unary_cases) {
    for (int64_t n : sizes) {
      const Tensor x = numbers({n}, c.low, c.high);
      const Tensor y = both.slow->unary(c.op, x, c.attrs);
      INFO("op " << static_cast<int>(c.op) << " size " << n);
      CHECK(element_distance(both.fast->unary(c.op, x, c.attrs), y, 2e-7) < 1e-6);
    }
  }
}

TEST_CASE("onednn: gradients of unary ops equal the reference") {
  Both both;
  for (const UnaryCase& c : unary_cases) {
    for (int64_t n : sizes) {
      const Tensor x = numbers({n}, c.low, c.high), dy = numbers({n}, -1, 1, 2);
      const Tensor y = both.slow->unary(c.op, x, c.attrs);
      INFO("op " << static_cast<int>(c.op) << " size " << n);
      CHECK(element_distance(both.fast->unary_grad(c.op, dy, x, y, c.attrs),
                             both.slow->unary_grad(c.op, dy, x, y, c.attrs), 1e-6) < 1e-5);
    }
  }
}

TEST_CASE("onednn: unary ops treat NaN, infinities and zeros as the reference does") {
  Both both;
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor x = Tensor::from<float>(
      {0.0f, -0.0f, inf, -inf, nan, 1.0f, -1.0f, 100.0f, -100.0f, 1e30f, -1e30f});
  for (const UnaryCase& c : unary_cases) {
    INFO("op " << static_cast<int>(c.op));
    const Tensor fast = both.fast->unary(c.op, x, c.attrs),
                 slow = both.slow->unary(c.op, x, c.attrs);
    for (int64_t i = 0; i < x.size(); ++i) {
      INFO("x = " << x.at<float>(i) << ": " << fast.at<float>(i) << " against "
                  << slow.at<float>(i));
      const double a = fast.at<float>(i), b = slow.at<float>(i);
      const bool equal = a == b || (std::isnan(a) && std::isnan(b)) ||
                         std::fabs(a - b) <= 1e-6 * std::fabs(b) + 1e-37;
      CHECK(equal);
    }
  }
}

TEST_CASE("onednn: binary ops broadcast as the reference does") {
  Both both;
  const std::pair<Shape, Shape> shapes[] = {
      {{5}, {5}},
      {{1}, {5}},
      {{4, 5}, {5}},
      {{4, 5}, {4, 1}},
      {{4, 1}, {1, 5}},
      {{300, 10}, {10}},
      {{10}, {300, 10}},
      {{300, 400}, {400}},
      {{300, 400}, {300, 1}},
      {{2, 3, 4}, {3, 1}},
      {{2, 3, 4, 5}, {2, 1, 4, 1}},
      {{70001}, {1}},
      {{}, {70001}},
      {{}, {}},
      {{8, 28, 28, 3}, {3}},
      {{8, 28, 28, 3}, {28, 28, 1}},
      {{0, 3}, {3}},
  };
  for (int op = 0; op <= static_cast<int>(BinaryOp::greater_equal); ++op) {
    const auto which = static_cast<BinaryOp>(op);
    for (const auto& [sa, sb] : shapes) {
      Tensor a = numbers(sa, 0.5, 3), b = numbers(sb, 0.5, 3, 2);
      if (a.size() > 1 && a.shape() == b.shape())
        a = b.clone();  // equality must have something to find
      INFO("op " << op << " shapes " << sa.to_string() << " " << sb.to_string());
      CHECK(distance(both.fast->binary(which, a, b), both.slow->binary(which, a, b)) < 1e-6);
    }
  }
}

TEST_CASE("onednn: maximum and minimum pass NaN on") {
  Both both;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor a = Tensor::from<float>({nan, 1, 2}), b = Tensor::from<float>({1, nan, 3});
  CHECK(distance(both.fast->binary(BinaryOp::maximum, a, b),
                 both.slow->binary(BinaryOp::maximum, a, b)) == 0);
  CHECK(distance(both.fast->binary(BinaryOp::minimum, a, b),
                 both.slow->binary(BinaryOp::minimum, a, b)) == 0);
}

TEST_CASE("onednn: where, cast, accumulate, broadcast_to") {
  Both both;
  for (int64_t n : sizes) {
    const Tensor a = numbers({n}), b = numbers({n}, -1, 1, 2);
    const Tensor condition = both.slow->binary(BinaryOp::less, a, b);
    CHECK(distance(both.fast->where(condition, a, b), both.slow->where(condition, a, b)) == 0);
    CHECK(distance(both.fast->cast(condition, DType::float32),
                   both.slow->cast(condition, DType::float32)) == 0);
    const Tensor whole = both.slow->cast(numbers({n}, -1e6, 1e6), DType::int32);
    CHECK(distance(both.fast->cast(whole, DType::float32),
                   both.slow->cast(whole, DType::float32)) == 0);
    CHECK(distance(both.fast->cast(a, DType::float64), both.slow->cast(a, DType::float64)) == 0);
    Tensor x = a.clone(), y = a.clone();
    both.fast->accumulate(x, b);
    both.slow->accumulate(y, b);
    CHECK(same_bits(x, y));
  }
  const std::pair<Shape, Shape> shapes[] = {
      {{}, {3, 4}}, {{4}, {3, 4}}, {{3, 1}, {3, 4}}, {{1, 5, 1}, {4, 5, 6}}, {{4}, {4}}};
  for (const auto& [from, to] : shapes) {
    const Tensor x = numbers(from);
    CHECK(distance(both.fast->broadcast_to(x, to), both.slow->broadcast_to(x, to)) == 0);
  }
}

TEST_CASE("onednn: reductions equal the reference") {
  Both both;
  struct Case {
    Shape shape;
    std::vector<int> axes;
  };
  const Case cases[] = {{{5}, {0}},
                        {{70001}, {0}},
                        {{40, 30}, {0}},
                        {{40, 30}, {1}},
                        {{40, 30}, {0, 1}},
                        {{3000, 10}, {0}},
                        {{3000, 64}, {0}},
                        {{3000, 70}, {0}},
                        {{3, 40, 50}, {1}},
                        {{3, 40, 50}, {0, 2}},
                        {{16, 9, 9, 32}, {0, 1, 2}},
                        {{16, 9, 9, 32}, {1, 2}},
                        {{2, 20000}, {1}},
                        {{1, 500, 3}, {1}},
                        {{128, 10}, {1}}};
  for (const Case& c : cases) {
    const Tensor x = numbers(c.shape);
    for (ReduceOp op :
         {ReduceOp::sum, ReduceOp::mean, ReduceOp::max, ReduceOp::min, ReduceOp::prod}) {
      for (bool keep : {false, true}) {
        INFO("shape " << c.shape.to_string() << " axis " << c.axes[0] << " op "
                      << static_cast<int>(op));
        CHECK(distance(both.fast->reduce(op, x, c.axes, keep),
                       both.slow->reduce(op, x, c.axes, keep)) < 5e-6);
      }
    }
    const int axis = c.axes.back();
    CHECK(distance(both.fast->arg_reduce(true, x, axis, false),
                   both.slow->arg_reduce(true, x, axis, false)) == 0);
    CHECK(distance(both.fast->arg_reduce(false, x, axis, true),
                   both.slow->arg_reduce(false, x, axis, true)) == 0);
    for (bool reverse : {false, true}) {
      CHECK(distance(both.fast->cumulative(CumulativeOp::sum, x, axis, reverse),
                     both.slow->cumulative(CumulativeOp::sum, x, axis, reverse)) < 1e-5);
    }
  }
  Tensor x = numbers({4, 100});
  x.mutable_data<float>()[150] = std::numeric_limits<float>::quiet_NaN();
  for (ReduceOp op : {ReduceOp::max, ReduceOp::min}) {
    CHECK(distance(both.fast->reduce(op, x, {1}, false), both.slow->reduce(op, x, {1}, false)) ==
          0);
    CHECK(distance(both.fast->reduce(op, x, {0}, false), both.slow->reduce(op, x, {0}, false)) ==
          0);
  }
  CHECK(distance(both.fast->arg_reduce(true, x, 1, false),
                 both.slow->arg_reduce(true, x, 1, false)) == 0);
  const Tensor many[] = {numbers({70001}), numbers({3, 4})};
  CHECK(both.fast->sum_of_squares(many) ==
        Catch::Approx(both.slow->sum_of_squares(many)).epsilon(1e-6));
}

TEST_CASE("onednn: moving elements") {
  Both both;
  const std::pair<Shape, std::vector<int>> turns[] = {{{5, 7}, {1, 0}},
                                                      {{300, 200}, {1, 0}},
                                                      {{2, 3, 4}, {2, 0, 1}},
                                                      {{2, 3, 4}, {0, 2, 1}},
                                                      {{8, 30, 40, 5}, {0, 2, 1, 3}},
                                                      {{8, 30, 40, 5}, {0, 3, 1, 2}},
                                                      {{8, 5, 30, 40}, {0, 2, 3, 1}},
                                                      {{8, 5, 30, 40}, {3, 2, 1, 0}},
                                                      {{7}, {0}},
                                                      {{1, 5, 1}, {2, 1, 0}}};
  for (const auto& [shape, permutation] : turns) {
    const Tensor x = numbers(shape);
    INFO(shape.to_string());
    CHECK(distance(both.fast->transpose(x, permutation), both.slow->transpose(x, permutation)) ==
          0);
    const Tensor bytes =
        both.slow->cast(both.slow->binary(BinaryOp::less, x, Tensor::zeros({})), DType::uint8);
    CHECK(distance(both.fast->transpose(bytes, permutation),
                   both.slow->transpose(bytes, permutation)) == 0);
  }
  const Tensor x = numbers({6, 50, 8});
  CHECK(distance(both.fast->slice(x, {1, 3, 2}, {4, 20, 3}, {1, 2, 2}),
                 both.slow->slice(x, {1, 3, 2}, {4, 20, 3}, {1, 2, 2})) == 0);
  CHECK(distance(both.fast->slice(x, {5, 49, 0}, {6, 25, 8}, {-1, -2, 1}),
                 both.slow->slice(x, {5, 49, 0}, {6, 25, 8}, {-1, -2, 1})) == 0);
  for (const Shape& strides : {Shape{1, 1, 1}, Shape{2, 3, 1}, Shape{1, -1, 2}}) {
    const Shape starts{0, strides[1] < 0 ? 49 : 1, 1}, sizes{3, 16, 3};
    INFO(strides.to_string());
    CHECK(distance(both.fast->slice(x, starts, sizes, strides),
                   both.slow->slice(x, starts, sizes, strides)) == 0);
    const Tensor dy = numbers(sizes);
    CHECK(distance(both.fast->slice_grad(dy, x.shape(), starts, strides),
                   both.slow->slice_grad(dy, x.shape(), starts, strides)) == 0);
  }
  for (DType dtype : {DType::float32, DType::float16, DType::int32, DType::uint8}) {
    const Tensor typed = both.slow->cast(x, dtype);
    for (double value : {0.0, 3.0}) {
      CHECK(same_bits(both.fast->pad(typed, {1, 0, 2}, {0, 3, 1}, PadMode::constant, value),
                      both.slow->pad(typed, {1, 0, 2}, {0, 3, 1}, PadMode::constant, value)));
    }
    CHECK(same_bits(both.fast->pad(typed, {1, 0, 2}, {0, 3, 1}, PadMode::reflect, 0),
                    both.slow->pad(typed, {1, 0, 2}, {0, 3, 1}, PadMode::reflect, 0)));
    CHECK(same_bits(both.fast->flip(typed, {0, 2}), both.slow->flip(typed, {0, 2})));
  }
  for (int axis : {0, 1, 2}) {
    Shape other = x.shape();
    other[axis] = 3;
    const Tensors parts = {x, numbers(other, -1, 1, 3), x};
    CHECK(distance(both.fast->concat(parts, axis), both.slow->concat(parts, axis)) == 0);
    const Tensor indices = Tensor::from<int32_t>({0, 5, 3, 3, 1, 0}, {2, 3});
    CHECK(distance(both.fast->gather(x, indices, axis), both.slow->gather(x, indices, axis)) == 0);
    const Tensor updates = both.slow->gather(x, indices, axis);
    CHECK(distance(both.fast->scatter_add(updates, indices, x.shape(), axis),
                   both.slow->scatter_add(updates, indices, x.shape(), axis)) < 1e-6);
  }
  const Tensor labels = Tensor::from<int32_t>({0, 2, 9, 3, -1, 10}, {6});
  CHECK(distance(both.fast->one_hot(labels, 10, DType::float32),
                 both.slow->one_hot(labels, 10, DType::float32)) == 0);
}
