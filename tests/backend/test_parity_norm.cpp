#include <catch2/catch_test_macros.hpp>
#include <limits>

#include "tests/support/parity.h"

using namespace kcpp;
using namespace kcpp::test;

TEST_CASE("parity: batch normalisation") {
  struct Case {
    Shape x;
    int axis;
  };
  // Dense features, images both ways, a sequence, one channel, one sample; a channel axis in the
  // middle.
  const Case cases[] = {{{5, 7}, 1},          {{4, 6, 5, 3}, 3}, {{4, 3, 6, 5}, 1},
                        {{3, 8, 17}, 2},      {{6, 1}, 1},       {{1, 5, 5, 4}, 3},
                        {{2, 3, 4, 5, 6}, 4}, {{3, 4, 5}, 1},    {{32, 14, 14, 32}, 3}};
  for (const Case& c : cases) {
    for (DType dtype : {DType::float32, DType::float64}) {
      const int64_t n = c.x[c.axis];
      const Tensor x = data(c.x, -1, 3, dtype), dy = data(c.x, -1, 1, dtype);
      const Tensor gamma = data({n}, 0.5, 2, dtype), beta = data({n}, -1, 1, dtype);
      const Tensor mean = data({n}, -1, 1, dtype), variance = data({n}, 0.5, 2, dtype);
      parity(text("batch norm of ", c.x, " ", dtype), Accuracy::chain, [&](Backend& k) {
        const auto a = k.batch_norm_training(x, gamma, beta, c.axis, 1e-3);
        const auto b = k.batch_norm_training(x, Tensor(), Tensor(), c.axis, 1e-3);
        const auto g = k.batch_norm_grad(dy, x, a.mean, a.variance, gamma, c.axis, 1e-3);
        const auto h = k.batch_norm_grad(dy, x, a.mean, a.variance, Tensor(), c.axis, 1e-3);
        return Tensors{a.y,
                       a.mean,
                       a.variance,
                       b.y,
                       k.batch_norm_inference(x, mean, variance, gamma, beta, c.axis, 1e-3),
                       k.batch_norm_inference(x, mean, variance, Tensor(), beta, c.axis, 1e-3),
                       k.batch_norm_inference(x, mean, variance, gamma, Tensor(), c.axis, 1e-3),
                       g.x,
                       g.gamma,
                       g.beta,
                       h.x};
      });
    }
  }
}

TEST_CASE("parity: the variance of data far from 0 does not cancel") {
  const Tensor x = data({64, 5, 5, 3}, 1000, 1001);
  parity("far from 0", Accuracy::chain, [&](Backend& k) {
    return Tensors{k.batch_norm_training(x, Tensor(), Tensor(), 3, 1e-3).variance};
  });
}

TEST_CASE("parity: layer normalisation") {
  for (const Shape& shape :
       {Shape{5, 7}, Shape{2, 3, 16}, Shape{4, 1}, Shape{9}, Shape{0, 4}, Shape{300, 130}}) {
    for (DType dtype : {DType::float32, DType::float64}) {
      const Tensor x = data(shape, -1, 3, dtype), dy = data(shape, -1, 1, dtype);
      const Tensor gamma = data({shape.back()}, 0.5, 2, dtype),
                   beta = data({shape.back()}, -1, 1, dtype);
      parity(text("layer norm of ", shape, " ", dtype), Accuracy::chain, [&](Backend& k) {
        const auto a = k.layer_norm(x, gamma, beta, 1e-3);
        const auto b = k.layer_norm(x, Tensor(), Tensor(), 1e-3);
        const auto g = k.layer_norm_grad(dy, x, a.mean, a.rstd, gamma);
        const auto h = k.layer_norm_grad(dy, x, a.mean, a.rstd, Tensor());
        return Tensors{a.y, a.mean, a.rstd, b.y, g.x, g.gamma, g.beta, h.x};
      });
    }
  }
}

TEST_CASE("parity: normalisation of halves") {
  const Tensor x = data({6, 5, 8}, -1, 3, DType::float16),
               dy = data({6, 5, 8}, -1, 1, DType::float16);
  const Tensor gamma = data({8}, 0.5, 2), beta = data({8}, -1, 1);
  parity("float16", Accuracy::chain, [&](Backend& k) {
    const auto a = k.batch_norm_training(x, gamma, beta, 2, 1e-3);
    const auto l = k.layer_norm(x, gamma, beta, 1e-3);
    return Tensors{a.y, a.mean, k.batch_norm_grad(dy, x, a.mean, a.variance, gamma, 2, 1e-3).x, l.y,
                   l.mean};
  });
}

TEST_CASE("parity: softmax, its logarithm, and crossentropy") {
  for (const Shape& shape : {Shape{7}, Shape{3, 5}, Shape{2, 3, 4}, Shape{4, 1}, Shape{0, 4},
                             Shape{128, 10}, Shape{50, 1000}}) {
    for (DType dtype : {DType::float32, DType::float64}) {
      const Tensor x = data(shape, -9, 9, dtype), dy = data(shape, -1, 1, dtype);
      for (int axis = 0; axis < shape.rank(); ++axis) {
        for (bool log : {false, true}) {
          parity(text(log ? "log " : "", "softmax of ", shape, " along ", axis, " ", dtype),
                 Accuracy::chain, [&](Backend& k) {
                   const Tensor y = k.softmax(x, axis, log);
                   return Tensors{y, k.softmax_grad(dy, y, axis, log)};
                 });
        }
      }
      const Shape rows = shape.slice(0, shape.rank() - 1);
      for (DType labels : {DType::int32, DType::int64, DType::uint8}) {
        const Tensor label = integers(rows, 0, std::min<int64_t>(shape.back(), 250), labels);
        parity(text("crossentropy of ", shape, " ", dtype), Accuracy::chain, [&](Backend& k) {
          auto [loss, probabilities] = k.sparse_softmax_crossentropy(x, label);
          return Tensors{loss, probabilities};
        });
      }
    }
  }
  const double inf = std::numeric_limits<double>::infinity();
  // Large logits do not overflow; a masked one gets 0; a label out of range gives NaN, in its row
  // only.
  const Tensor x = tensor({3, 3}, {1000, 0, -1000, -inf, 1, 2, 88, 89, 90}, DType::float32);
  const Tensor label = tensor({3}, {0, 5, -1}, DType::int32);
  parity("extreme logits", Accuracy::transcendental, [&](Backend& k) {
    auto [loss, probabilities] = k.sparse_softmax_crossentropy(x, label);
    return Tensors{k.softmax(x, 1, false), k.softmax(x, 1, true), loss, probabilities};
  });
}
