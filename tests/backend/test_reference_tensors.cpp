// The reference backend's reductions, movements, random numbers, optimizers and linear algebra, by
// hand.
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>

#include "backend/reference/philox.h"
#include "tests/support/parity.h"

using namespace kcpp;
using namespace kcpp::test;

namespace {

const double nan_ = std::numeric_limits<double>::quiet_NaN();
Backend& b() { return reference(); }
Tensor row(const std::vector<double>& v, DType dtype = DType::float64) {
  return tensor({static_cast<int64_t>(v.size())}, v, dtype);
}

}  // namespace

TEST_CASE("reference: reductions by hand") {
  const Tensor x = tensor({2, 3}, {1, 2, 3, 4, 5, 6});
  check_values(b().reduce(ReduceOp::sum, x, {0}, false), {5, 7, 9});
  check_values(b().reduce(ReduceOp::mean, x, {1}, true), {2, 5});
  check_values(b().reduce(ReduceOp::prod, x, {0, 1}, false), {720});
  CHECK(b().reduce(ReduceOp::mean, x, {1}, true).shape() == Shape{2, 1});
  check_values(b().reduce(ReduceOp::max, row({1, nan_, 3}), {0}, false), {nan_});
  check_values(b().reduce(ReduceOp::sum, tensor({0, 2}, {}), {0}, false), {0, 0});
  check_values(b().reduce(ReduceOp::all, row({1, 0, 2}), {0}, false), {0});
  check_values(b().reduce(ReduceOp::any, row({0, 0, 2}), {0}, false), {1});
  // Ten million summands of 0.1: the sum is kept in double.
  CHECK(b().reduce(ReduceOp::sum, Tensor::full({10000000}, 0.1), {0}, false).item<float>() == 1e6f);
  check_values(b().arg_reduce(true, row({1, 5, 5, 2}), 0, false), {1});
  check_values(b().arg_reduce(false, row({1, nan_, 0, nan_}), 0, false), {1});
  check_values(b().cumulative(CumulativeOp::sum, row({1, 2, 3}), 0, true), {6, 5, 3});
  check_values(b().cumulative(CumulativeOp::prod, row({1, 2, 3}, DType::int32), 0, false),
               {1, 2, 6});
}

TEST_CASE("reference: sorting puts NaN last and is stable") {
  check_values(b().sort(row({2, nan_, 1, 3}), 0, false), {1, 2, 3, nan_});
  check_values(b().sort(row({2, nan_, 1, 3}), 0, true), {3, 2, 1, nan_});
  check_values(b().argsort(row({1, 0, 1, 0}), 0, false), {1, 3, 0, 2});
  check_values(b().argsort(row({1, 0, 1, 0}), 0, true), {0, 2, 1, 3});
  const auto [values, indices] = b().top_k(row({4, 9, 9, 1}), 3);
  check_values(values, {9, 9, 4});
  check_values(indices, {1, 2, 0});
}

TEST_CASE("reference: movements by hand") {
  const Tensor x = tensor({2, 3}, {1, 2, 3, 4, 5, 6});
  check_values(b().transpose(x, {1, 0}), {1, 4, 2, 5, 3, 6});
  check_values(b().slice(x, {1, 2}, {2, 2}, {-1, -2}), {6, 4, 3, 1});
  check_values(b().slice_grad(tensor({2, 2}, {1, 2, 3, 4}), {2, 3}, {1, 2}, {-1, -2}),
               {4, 0, 3, 2, 0, 1});
  check_values(b().flip(x, {1}), {3, 2, 1, 6, 5, 4});
  check_values(b().concat({x, tensor({2, 1}, {7, 8})}, 1), {1, 2, 3, 7, 4, 5, 6, 8});
  check_values(b().pad(row({1, 2, 3}), {3}, {4}, PadMode::reflect, 0),
               {2, 3, 2, 1, 2, 3, 2, 1, 2, 3});
  check_values(b().pad(row({1, 2, 3}), {4}, {2}, PadMode::symmetric, 0),
               {3, 3, 2, 1, 1, 2, 3, 3, 2});
  check_values(b().pad(row({1, 2, 3}), {2}, {1}, PadMode::edge, 0), {1, 1, 1, 2, 3, 3});
  check_values(b().pad(row({1, 2}), {1}, {2}, PadMode::constant, 9), {9, 1, 2, 9, 9});
  const Tensor index = row({2, 0, 2}, DType::int32);
  check_values(b().gather(x, index, 1), {3, 1, 3, 6, 4, 6});
  check_values(b().scatter_add(tensor({2, 3}, {1, 2, 3, 4, 5, 6}), index, {2, 3}, 1),
               {2, 0, 4, 5, 0, 10});
  check_values(b().gather_elements(x, tensor({2, 1}, {2, 1}, DType::int32), 1), {3, 5});
  check_values(b().scatter_elements_add(tensor({2, 2}, {1, 2, 3, 4}),
                                        tensor({2, 2}, {0, 0, 1, 2}, DType::int32), {2, 3}, 1),
               {3, 0, 0, 0, 3, 4});
  check_values(b().one_hot(row({1, 5}, DType::int64), 3, DType::float32), {0, 1, 0, 0, 0, 0});
}

TEST_CASE("reference: strings move too") {
  const Tensor s = Tensor::from(
      std::vector<std::string>{"a long string that is on the heap", "b", "c", "d"}, {2, 2});
  const Tensor t = b().transpose(s, {1, 0});
  CHECK(t.at<std::string>(0, 0) == "a long string that is on the heap");
  CHECK(t.at<std::string>(0, 1) == "c");
}

TEST_CASE("philox: the known answers of Random123") {
  using philox::Block;
  CHECK(philox::block({0, 0}, 0) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const uint64_t ones = ~uint64_t{0};
  CHECK(philox::block({ones, ones}, ones) == Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  // The digits of pi: counter 243f6a88 85a308d3 13198a2e 03707344, key a4093822 299f31d0.
  CHECK(philox::block({0x299f31d0a4093822, 0x0370734413198a2e}, 0x85a308d3243f6a88) ==
        Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("reference: random tensors draw as philox.h says") {
  const Tensor u = b().random_uniform({5}, DType::float32, {0, 0}, 0, 1);
  check_values(leading(u, 2), {static_cast<double>(0x6627e8) / (1 << 24),
                               static_cast<double>(0xe169c5) / (1 << 24)});
  const Tensor d = b().random_uniform({1}, DType::float64, {0, 0}, 0, 1);
  check_values(d, {static_cast<double>(0xe169c58d6627e8d5u >> 11) * 0x1p-53});

  const Shape shape{100000};
  const RandomKey key{12, 34};
  const auto moments = [](const Tensor& t) {
    const auto mean = b().reduce(ReduceOp::mean, t, {0}, false);
    const auto square = b().reduce(ReduceOp::mean, b().unary(UnaryOp::square, t), {0}, false);
    return std::pair(mean.item(), square.item() - mean.item() * mean.item());
  };
  const auto close = [](double got, double expected, double tolerance) {
    INFO("got " << got << ", expected " << expected);
    CHECK(std::abs(got - expected) < tolerance);
  };
  for (DType dtype : {DType::float32, DType::float64}) {
    auto [mean, variance] = moments(b().random_uniform(shape, dtype, key, -2, 4));
    close(mean, 1, 0.02);
    close(variance, 3, 0.05);
    std::tie(mean, variance) = moments(b().random_normal(shape, dtype, key, 1, 2));
    close(mean, 1, 0.03);
    close(variance, 4, 0.08);
    const Tensor t = b().random_truncated_normal(shape, dtype, key, 0, 1);
    std::tie(mean, variance) = moments(t);
    close(mean, 0, 0.02);
    close(variance, 0.774, 0.02);  // of a normal cut at two deviations
    CHECK(b().reduce(ReduceOp::max, t, {0}, false).item() <= 2);
  }
  const Tensor i = b().random_integers(shape, DType::int32, key, -3, 5);
  CHECK(b().reduce(ReduceOp::min, i, {0}, false).item<int>() == -3);
  CHECK(b().reduce(ReduceOp::max, i, {0}, false).item<int>() == 4);
  CHECK(b().reduce(ReduceOp::max, b().random_uniform(shape, DType::float16, key, 0, 1), {0}, false)
            .item() <= 1);
}

TEST_CASE("reference: dropout keeps by the uniform number, scales, and broadcasts its noise") {
  const Tensor x = Tensor::ones({6, 5});
  const auto [y, mask] = b().dropout(x, 0.3, {6, 5}, {1, 2});
  const Tensor u = b().random_uniform({6, 5}, DType::float32, {1, 2}, 0, 1);
  for (int64_t i = 0; i < 6; ++i) {
    for (int64_t j = 0; j < 5; ++j) {
      const bool kept = u.at<float>(i, j) >= 0.3f;
      CHECK(mask.at<uint8_t>(i, j) == kept);
      CHECK(y.at<float>(i, j) == (kept ? 1.0f / 0.7f : 0.0f));
    }
  }
  const auto [rows, noise] = b().dropout(x, 0.5, {6, 1}, {1, 2});
  CHECK(noise.shape() == Shape{6, 1});
  for (int64_t i = 0; i < 6; ++i) CHECK(rows.at<float>(i, 0) == rows.at<float>(i, 4));
}

TEST_CASE("reference: one step of Adam by hand, and a decayed variable") {
  Tensor w = row({1.0}), m = row({0.0}), v = row({0.0});
  OptimizerStep step{.kind = OptimizerStep::Kind::adam,
                     .learning_rate = 0.1,
                     .beta_1 = 0.9,
                     .beta_2 = 0.999,
                     .epsilon = 1e-7};
  Tensor* variables[] = {&w};
  const Tensor gradient[] = {row({2.0})};
  b().optimizer_step(step, variables, gradient, {{&m}, {&v}});
  check_values(m, {0.2}, 1e-15);
  check_values(v, {0.004}, 1e-15);
  // alpha = 0.1 sqrt(0.001) / 0.1; w -= 0.2 alpha / (sqrt(0.004) + 1e-7)
  check_values(w, {1 - 0.2 * std::sqrt(0.001) / (std::sqrt(0.004) + 1e-7)}, 1e-12);

  Tensor z = row({2.0});
  Tensor* decayed[] = {&z};
  b().optimizer_step({.kind = OptimizerStep::Kind::sgd, .learning_rate = 0.5, .weight_decay = 0.1},
                     decayed, gradient, {});
  check_values(z, {2 - 2 * 0.1 * 0.5 - 2 * 0.5}, 1e-15);
}

TEST_CASE("reference: linear algebra") {
  const Tensor a = tensor({3, 3}, {4, 2, 1, 2, 5, 3, 1, 3, 6});
  const auto product = [](const Tensor& x, const Tensor& y) {
    return b().matmul(x, y, false, false);
  };
  const auto same = [](const Tensor& x, const Tensor& y) {
    check_values(x, y.to_vector<double>(), 1e-12);
  };
  const Tensor l = b().linalg(LinalgOp::cholesky, {a}, false)[0],
               u = b().linalg(LinalgOp::cholesky, {a}, true)[0];
  same(b().matmul(l, l, false, true), a);
  same(b().matmul(u, u, true, false), a);
  CHECK(std::isnan(b().linalg(LinalgOp::cholesky, {tensor({1, 1}, {-1})}, false)[0].item()));
  check_values(b().linalg(LinalgOp::determinant, {a}, false)[0], {67}, 1e-12);
  check_values(b().linalg(LinalgOp::determinant, {tensor({2, 2}, {0, 1, 1, 0})}, false)[0], {-1},
               1e-15);
  check_values(product(a, b().linalg(LinalgOp::inverse, {a}, false)[0]),
               {1, 0, 0, 0, 1, 0, 0, 0, 1}, 1e-12);

  const Tensor rhs = data({2, 3, 2}, -1, 1, DType::float64);  // a batch against one matrix
  same(b().matmul(a, b().linalg(LinalgOp::solve, {a, rhs}, false)[0], false, false), rhs);
  const Tensor vector = row({1, 2, 3});
  CHECK(b().linalg(LinalgOp::solve, {a, vector}, false)[0].shape() == Shape{3});
  same(product(l, b().linalg(LinalgOp::solve_triangular, {l, rhs}, true)[0]), rhs);
  same(product(u, b().linalg(LinalgOp::solve_triangular, {u, rhs}, false)[0]), rhs);
  CHECK_THROWS_AS(b().linalg(LinalgOp::inverse, {tensor({2, 2}, {1, 2, 2, 4})}, false), ValueError);
  CHECK_THROWS_AS(b().linalg(LinalgOp::solve, {tensor({2, 2}, {1, 2, 2, 4}), row({1, 2})}, false),
                  ValueError);

  const Tensor tall = data({2, 5, 3}, -1, 1, DType::float64);
  for (bool complete : {false, true}) {
    const Tensors qr = b().linalg(LinalgOp::qr, {tall}, complete);
    CHECK(qr[0].shape() == Shape{2, 5, complete ? 5 : 3});
    CHECK(qr[1].shape() == Shape{2, complete ? 5 : 3, 3});
    same(product(qr[0], qr[1]), tall);
    const Tensors usv = b().linalg(LinalgOp::svd, {tall}, complete);
    CHECK(usv[0].shape() == Shape{2, 5, complete ? 5 : 3});
    CHECK(usv[1].shape() == Shape{2, 3});
    CHECK(usv[2].shape() == Shape{2, 3, 3});
    const Tensor scaled =
        b().binary(BinaryOp::multiply, b().slice(usv[0], {0, 0, 0}, {2, 5, 3}, {1, 1, 1}),
                   tensor({2, 1, 3}, usv[1].to_vector<double>()));
    same(product(scaled, usv[2]), tall);
  }
  // keras.ops.linalg.eigh and lu_factor of the same matrices.
  const Tensors w = b().linalg(LinalgOp::eigh, {a}, false);
  check_values(w[0], {1.92134694, 3.73015912, 9.34849393}, 1e-8);
  same(product(a, w[1]), b().binary(BinaryOp::multiply, w[1], w[0]));
  const Tensors lu =
      b().linalg(LinalgOp::lu_factor, {tensor({3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 10})}, false);
  check_values(lu[0], {7, 8, 10, 0.14285714, 0.85714286, 1.57142857, 0.57142857, 0.5, -0.5}, 1e-8);
  check_values(lu[1], {1, 2, 0});
  CHECK(lu[1].dtype() == DType::int32);
  // Least squares: the normal equations hold.
  const Tensor m = data({5, 3}, -1, 1, DType::float64), t = data({5, 2}, -1, 1, DType::float64);
  const Tensor x = b().linalg(LinalgOp::lstsq, {m, t}, false)[0];
  const Tensor residual = b().binary(BinaryOp::subtract, product(m, x), t);
  check_values(b().matmul(m, residual, true, false), {0, 0, 0, 0, 0, 0}, 1e-12);
  CHECK_THROWS_AS(b().linalg(LinalgOp::eig, {tensor({2, 2}, {0, -1, 1, 0})}, false), ValueError);
  CHECK(b().linalg(LinalgOp::inverse, {Tensor::zeros({0, 3, 3})}, false)[0].shape() ==
        Shape{0, 3, 3});
}
