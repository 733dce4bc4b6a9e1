#include <catch2/catch_test_macros.hpp>
#include <limits>

#include "tests/support/parity.h"

using namespace kcpp;
using namespace kcpp::test;

namespace {

/// A function, its parameters, and the interval on which it is smooth enough to compare.
struct Case {
  const char* name;
  UnaryOp op;
  double low, high;
  UnaryAttrs attrs = {};
};
const Case cases[] = {
    {"identity", UnaryOp::identity, -3, 3},
    {"negative", UnaryOp::negative, -3, 3},
    {"abs", UnaryOp::abs, -3, 3},
    {"sign", UnaryOp::sign, -3, 3},
    {"square", UnaryOp::square, -3, 3},
    {"sqrt", UnaryOp::sqrt, 0.01, 9},
    {"rsqrt", UnaryOp::rsqrt, 0.1, 9},
    {"reciprocal", UnaryOp::reciprocal, 0.2, 9},
    {"exp", UnaryOp::exp, -10, 10},
    {"expm1", UnaryOp::expm1, -2, 2},
    {"exp2", UnaryOp::exp2, -10, 10},
    {"log", UnaryOp::log, 0.01, 20},
    {"log1p", UnaryOp::log1p, -0.9, 20},
    {"log2", UnaryOp::log2, 0.01, 20},
    {"log10", UnaryOp::log10, 0.01, 20},
    {"sin", UnaryOp::sin, -6, 6},
    {"cos", UnaryOp::cos, -6, 6},
    {"tan", UnaryOp::tan, -1.3, 1.3},
    {"asin", UnaryOp::asin, -0.95, 0.95},
    {"acos", UnaryOp::acos, -0.95, 0.95},
    {"atan", UnaryOp::atan, -5, 5},
    {"sinh", UnaryOp::sinh, -4, 4},
    {"cosh", UnaryOp::cosh, -4, 4},
    {"tanh", UnaryOp::tanh, -10, 10},
    {"asinh", UnaryOp::asinh, -5, 5},
    {"acosh", UnaryOp::acosh, 1.1, 9},
    {"atanh", UnaryOp::atanh, -0.9, 0.9},
    {"ceil", UnaryOp::ceil, -4, 4},
    {"floor", UnaryOp::floor, -4, 4},
    {"round", UnaryOp::round, -4, 4},
    {"trunc", UnaryOp::trunc, -4, 4},
    {"erf", UnaryOp::erf, -4, 4},
    {"erfinv", UnaryOp::erfinv, -0.99, 0.99},
    {"lgamma", UnaryOp::lgamma, 0.1, 9},
    {"digamma", UnaryOp::digamma, 0.2, 9},
    {"relu", UnaryOp::relu, -3, 3},
    {"relu6", UnaryOp::relu6, -9, 9},
    {"leaky_relu", UnaryOp::leaky_relu, -3, 3, {.alpha = 0.2}},
    {"relu_general", UnaryOp::relu_general, -9, 9, {.alpha = 0.1, .beta = 4, .gamma = 1}},
    {"relu_general without a ceiling",
     UnaryOp::relu_general,
     -9,
     9,
     {.alpha = 0.3, .beta = std::numeric_limits<double>::infinity(), .gamma = -0.5}},
    {"sigmoid", UnaryOp::sigmoid, -12, 12},
    {"log_sigmoid", UnaryOp::log_sigmoid, -12, 12},
    {"softplus", UnaryOp::softplus, -12, 12},
    {"softsign", UnaryOp::softsign, -12, 12},
    {"silu", UnaryOp::silu, -12, 12},
    {"gelu", UnaryOp::gelu, -5, 5},
    {"gelu_tanh", UnaryOp::gelu_tanh, -5, 5},
    {"elu", UnaryOp::elu, -5, 5, {.alpha = 1}},
    {"elu 0.7", UnaryOp::elu, -5, 5, {.alpha = 0.7}},
    {"selu", UnaryOp::selu, -5, 5},
    {"celu", UnaryOp::celu, -5, 5, {.alpha = 0.8}},
    {"hard_sigmoid", UnaryOp::hard_sigmoid, -5, 5},
    {"hard_sigmoid_keras2", UnaryOp::hard_sigmoid_keras2, -5, 5},
    {"hard_silu", UnaryOp::hard_silu, -5, 5},
    {"hard_tanh", UnaryOp::hard_tanh, -3, 3},
    {"mish", UnaryOp::mish, -8, 8},
    {"tanh_shrink", UnaryOp::tanh_shrink, -5, 5},
    {"soft_shrink", UnaryOp::soft_shrink, -3, 3, {.alpha = 0.5}},
    {"hard_shrink", UnaryOp::hard_shrink, -3, 3, {.alpha = 0.5}},
    {"squareplus", UnaryOp::squareplus, -5, 5, {.alpha = 4}},
    {"sparse_plus", UnaryOp::sparse_plus, -3, 3},
    {"sparse_sigmoid", UnaryOp::sparse_sigmoid, -3, 3},
    {"threshold", UnaryOp::threshold, -3, 3, {.alpha = 0.5, .beta = -7}},
};

// 7: less than a vector; 1000: with a remainder; 70000: more than one thread.
const Shape shapes[] = {{}, {0}, {7}, {10, 100}, {7, 100, 100}};

}  // namespace

TEST_CASE("parity: unary functions and their gradients") {
  for (const Case& c : cases) {
    for (const Shape& shape : shapes) {
      for (DType dtype : {DType::float32, DType::float64}) {
        if (dtype == DType::float64 && shape.rank() == 3) continue;
        const Tensor x = data(shape, c.low, c.high, dtype), dy = data(shape, -1, 1, dtype);
        parity(c.name, Accuracy::transcendental,
               [&](Backend& b) { return Tensors{b.unary(c.op, x, c.attrs)}; });
        const Tensor y = reference().unary(c.op, x, c.attrs);
        const bool of_y = unary_grad_uses_output(c.op);
        parity(std::string(c.name) + " gradient", Accuracy::transcendental, [&](Backend& b) {
          return Tensors{b.unary_grad(c.op, dy, x, y, c.attrs),
                         b.unary_grad(c.op, dy, of_y ? Tensor() : x, of_y ? y : Tensor(), c.attrs)};
        });
      }
    }
  }
}

TEST_CASE("parity: unary functions at special values") {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  // Kinks of the activations, halves for round, far tails, and what is not a number.
  const Tensor x = tensor({22}, {0, -0.0, 0.5, -0.5, 1.5, 2.5,  -2.5,  1,    -1,  3,    -3,
                                 6, -6,   40,  -40,  100, -100, 1e-30, 1e30, inf, -inf, nan},
                          DType::float32);
  const Tensor dy = Tensor::full({22}, 1.5);
  for (const Case& c : cases) {
    parity(std::string(c.name) + " at special values", Accuracy::transcendental,
           [&](Backend& b) { return Tensors{b.unary(c.op, x, c.attrs)}; });
    // Derivatives at infinity are a matter of rounding (0 x inf); at kinks they are not.
    const Tensor finite = leading(x, 17), d = leading(dy, 17);
    const Tensor y = reference().unary(c.op, finite, c.attrs);
    parity(std::string(c.name) + " gradient at special values", Accuracy::transcendental,
           [&](Backend& b) { return Tensors{b.unary_grad(c.op, d, finite, y, c.attrs)}; });
  }
  for (UnaryOp op : {UnaryOp::logical_not, UnaryOp::isnan, UnaryOp::isinf, UnaryOp::isfinite}) {
    parity("test", Accuracy::exact, [&](Backend& b) { return Tensors{b.unary(op, x)}; });
  }
}

TEST_CASE("parity: unary functions of other dtypes") {
  for (DType dtype : {DType::int32, DType::int64, DType::uint8, DType::int8, DType::bool_}) {
    const Tensor x =
        integers({5, 9}, dtype == DType::bool_ || dtype == DType::uint8 ? 0 : -9, 2, dtype);
    for (UnaryOp op : {UnaryOp::identity, UnaryOp::negative, UnaryOp::abs, UnaryOp::sign,
                       UnaryOp::square, UnaryOp::relu, UnaryOp::bitwise_not, UnaryOp::logical_not,
                       UnaryOp::isnan, UnaryOp::exp}) {
      parity(text("unary ", static_cast<int>(op), " of ", dtype), Accuracy::transcendental,
             [&](Backend& b) { return Tensors{b.unary(op, x)}; });
    }
  }
  for (DType dtype : {DType::float16, DType::bfloat16}) {
    const Tensor x = data({33}, -3, 3, dtype), dy = data({33}, -3, 3, dtype);
    for (UnaryOp op : {UnaryOp::relu, UnaryOp::tanh, UnaryOp::gelu, UnaryOp::silu}) {
      parity(text("unary of ", dtype), Accuracy::transcendental, [&](Backend& b) {
        const Tensor y = b.unary(op, x);
        return Tensors{y, b.unary_grad(op, dy, x, y)};
      });
    }
  }
}

TEST_CASE("parity: binary functions") {
  struct Pair {
    Shape a, b;
  };
  // The same; a scalar on either side; a row; a column; both repeating; an inner axis; rank 0,
  // sizes 0 and 1.
  const Pair pairs[] = {{{3, 5}, {3, 5}},
                        {{3, 5}, {}},
                        {{}, {3, 5}},
                        {{3, 5}, {5}},
                        {{3, 5}, {3, 1}},
                        {{3, 1}, {1, 5}},
                        {{2, 3, 4}, {3, 1}},
                        {{2, 1, 4, 1}, {3, 1, 6}},
                        {{}, {}},
                        {{0, 4}, {4}},
                        {{1}, {1, 1}},
                        {{40, 30, 64}, {40, 30, 64}},
                        {{400, 200}, {200}},
                        {{4, 28, 28, 17}, {17}},
                        {{4, 17, 28, 28}, {17, 1, 1}}};
  const BinaryOp exact[] = {
      BinaryOp::add,          BinaryOp::subtract, BinaryOp::multiply,           BinaryOp::divide,
      BinaryOp::maximum,      BinaryOp::minimum,  BinaryOp::squared_difference, BinaryOp::equal,
      BinaryOp::not_equal,    BinaryOp::less,     BinaryOp::less_equal,         BinaryOp::greater,
      BinaryOp::greater_equal};
  for (const Pair& p : pairs) {
    for (DType dtype : {DType::float32, DType::float64, DType::int32}) {
      const auto make = [&](const Shape& s) {
        return is_floating(dtype) ? data(s, 0.2, 3, dtype) : integers(s, -4, 4, dtype);
      };
      const Tensor a = make(p.a), b = make(p.b);
      for (BinaryOp op : exact) {
        if (op == BinaryOp::divide && dtype == DType::int32) continue;  // 0 / 0
        parity(text("binary ", static_cast<int>(op), " of ", p.a, " and ", p.b),
               Accuracy::arithmetic, [&](Backend& k) { return Tensors{k.binary(op, a, b)}; });
      }
      for (BinaryOp op : {BinaryOp::floor_divide, BinaryOp::mod, BinaryOp::power}) {
        parity(text("binary ", static_cast<int>(op), " of ", p.a, " and ", p.b),
               Accuracy::transcendental, [&](Backend& k) { return Tensors{k.binary(op, a, b)}; });
      }
      if (!is_floating(dtype)) continue;
      for (BinaryOp op : {BinaryOp::atan2, BinaryOp::logaddexp}) {
        parity(text("binary ", static_cast<int>(op), " of ", p.a, " and ", p.b),
               Accuracy::transcendental, [&](Backend& k) { return Tensors{k.binary(op, a, b)}; });
      }
    }
  }
}

TEST_CASE("parity: binary functions of integers, bools, halves and NaN") {
  const Tensor i = integers({4, 7}, -9, 9), j = integers({7}, 0, 5);
  for (BinaryOp op :
       {BinaryOp::floor_divide, BinaryOp::mod, BinaryOp::bitwise_and, BinaryOp::bitwise_or,
        BinaryOp::bitwise_xor, BinaryOp::left_shift, BinaryOp::right_shift, BinaryOp::power}) {
    parity(text("integers ", static_cast<int>(op)), Accuracy::exact,
           [&](Backend& b) { return Tensors{b.binary(op, i, j)}; });
  }
  const Tensor p = integers({4, 7}, 0, 2, DType::bool_), q = integers({4, 1}, 0, 2, DType::bool_);
  for (BinaryOp op : {BinaryOp::logical_and, BinaryOp::logical_or, BinaryOp::logical_xor,
                      BinaryOp::equal, BinaryOp::bitwise_and}) {
    parity(text("bools ", static_cast<int>(op)), Accuracy::exact,
           [&](Backend& b) { return Tensors{b.binary(op, p, q)}; });
  }
  for (DType dtype : {DType::float16, DType::bfloat16}) {
    const Tensor x = data({5, 6}, -2, 2, dtype), y = data({6}, -2, 2, dtype);
    for (BinaryOp op : {BinaryOp::add, BinaryOp::multiply, BinaryOp::less}) {
      parity("halves", Accuracy::arithmetic,
             [&](Backend& b) { return Tensors{b.binary(op, x, y)}; });
    }
  }
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor a = tensor({6}, {1, nan, 2, nan, -1, 0}, DType::float32);
  const Tensor c = tensor({6}, {nan, 1, 3, nan, -2, -0.0}, DType::float32);
  for (BinaryOp op : {BinaryOp::maximum, BinaryOp::minimum, BinaryOp::equal, BinaryOp::less,
                      BinaryOp::greater_equal, BinaryOp::not_equal}) {
    parity(text("NaN ", static_cast<int>(op)), Accuracy::exact,
           [&](Backend& b) { return Tensors{b.binary(op, a, c)}; });
  }
}

TEST_CASE("parity: where, cast, accumulate") {
  const Tensor c = integers({4, 1, 3}, 0, 2, DType::bool_);
  for (DType dtype : {DType::float32, DType::float64, DType::int64, DType::uint8, DType::float16}) {
    const Tensor a = integers({5, 3}, 0, 9, dtype), b = integers({}, 0, 9, dtype);
    parity("where", Accuracy::exact, [&](Backend& k) {
      return Tensors{k.where(c, a, b), k.where(c, b, a)};
    });
    const Tensor x = integers({70}, 0, 200, dtype), y = integers({70}, 0, 50, dtype);
    parity("accumulate", Accuracy::exact, [&](Backend& k) {
      Tensor into = x.clone();
      k.accumulate(into, y);
      return Tensors{into};
    });
  }
  for (DType from :
       {DType::bool_, DType::uint8, DType::int8, DType::uint16, DType::int16, DType::int32,
        DType::int64, DType::float16, DType::bfloat16, DType::float32, DType::float64}) {
    for (DType to :
         {DType::bool_, DType::uint8, DType::int8, DType::uint16, DType::int16, DType::int32,
          DType::int64, DType::float16, DType::bfloat16, DType::float32, DType::float64}) {
      // 1025: a vector loop and a remainder.
      const Tensor x =
          is_floating(from) ? data({1025}, 0, 100, from) : integers({1025}, 0, 100, from);
      parity(text("cast ", from, " to ", to), Accuracy::exact,
             [&](Backend& k) { return Tensors{k.cast(x, to)}; });
    }
  }
}
