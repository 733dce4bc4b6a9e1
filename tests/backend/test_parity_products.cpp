#include <catch2/catch_test_macros.hpp>
#include <cmath>

#include "tests/support/parity.h"

using namespace kcpp;
using namespace kcpp::test;

TEST_CASE("parity: matmul") {
  struct Case {
    Shape a, b;
  };
  // Non-square; a vector's worth; batches that match, broadcast on either side; empty; big enough
  // for threads.
  const Case cases[] = {{{3, 5}, {5, 4}},
                        {{1, 1}, {1, 1}},
                        {{1, 7}, {7, 1}},
                        {{2, 3, 5}, {2, 5, 4}},
                        {{2, 3, 5}, {5, 4}},
                        {{3, 5}, {2, 5, 4}},
                        {{2, 1, 3, 5}, {4, 5, 2}},
                        {{0, 5}, {5, 4}},
                        {{3, 0}, {0, 4}},
                        {{0, 3, 5}, {0, 5, 4}},
                        {{65, 130}, {130, 33}},
                        {{200, 300}, {300, 100}},
                        {{16, 20, 30}, {16, 30, 40}}};
  for (const Case& c : cases) {
    for (DType dtype : {DType::float32, DType::float64}) {
      const Tensor a = data(c.a, -1, 1, dtype), b = data(c.b, -1, 1, dtype);
      const auto swapped = [](const Tensor& t) {
        std::vector<int> axes;
        for (int i = 0; i < t.rank(); ++i) axes.push_back(i);
        std::swap(axes[axes.size() - 1], axes[axes.size() - 2]);
        return reference().transpose(t, axes);
      };
      const Tensor at = swapped(a), bt = swapped(b);
      parity(text("matmul of ", c.a, " and ", c.b), Accuracy::sum, [&](Backend& k) {
        return Tensors{k.matmul(a, b, false, false), k.matmul(at, b, true, false),
                       k.matmul(a, bt, false, true), k.matmul(at, bt, true, true)};
      });
    }
  }
  const Tensor i = integers({3, 5}, -9, 9), j = integers({5, 4}, -9, 9);
  const Tensor h = data({3, 5}, -1, 1, DType::float16), g = data({5, 4}, -1, 1, DType::float16);
  parity("matmul of other dtypes", Accuracy::sum, [&](Backend& k) {
    return Tensors{k.matmul(i, j, false, false), k.matmul(h, g, false, false)};
  });
}

TEST_CASE("parity: dense and its gradient") {
  struct Case {
    Shape x;
    int64_t units;
  };
  // One sample of few features (a small product), odd sizes, rank 3, an empty batch, a layer of a
  // real model.
  const Case cases[] = {{{1, 3}, 2},    {{2, 3}, 64}, {{7, 5}, 1},      {{33, 65}, 17},
                        {{4, 6, 5}, 3}, {{0, 5}, 3},  {{128, 784}, 64}, {{3, 2, 2, 5}, 4}};
  const Activation activations[] = {{},
                                    {UnaryOp::relu},
                                    {UnaryOp::tanh},
                                    {UnaryOp::sigmoid},
                                    {UnaryOp::elu, {.alpha = 1}},
                                    {UnaryOp::gelu},
                                    {UnaryOp::softplus}};
  for (const Case& c : cases) {
    for (DType dtype : {DType::float32, DType::float64}) {
      const double limit = 1.7 / std::sqrt(static_cast<double>(c.x.back()));  // outputs of order 1
      const Tensor x = data(c.x, -1, 1, dtype),
                   w = data({c.x.back(), c.units}, -limit, limit, dtype);
      const Tensor bias = data({c.units}, -1, 1, dtype);
      Shape y_shape = c.x;
      y_shape[c.x.rank() - 1] = c.units;
      const Tensor dy = data(y_shape, -1, 1, dtype);
      for (const Activation& a : activations) {
        parity(text("dense of ", c.x, " to ", c.units, ", activation ", static_cast<int>(a.op)),
               Accuracy::sum, [&](Backend& k) {
                 return Tensors{k.dense(x, w, bias, a), k.dense(x, w, Tensor(), a)};
               });
      }
      parity(text("gradient of dense of ", c.x, " to ", c.units), Accuracy::sum, [&](Backend& k) {
        auto [dk, db] = k.dense_grad_weights(x, dy, true, true);
        auto [only_k, none] = k.dense_grad_weights(x, dy, true, false);
        auto [nothing, only_b] = k.dense_grad_weights(x, dy, false, true);
        return Tensors{dk, db, only_k, none, nothing, only_b};
      });
    }
  }
  const Tensor h = data({6, 5}, -1, 1, DType::bfloat16), w = data({5, 3}, -1, 1, DType::bfloat16);
  const Tensor b = data({3}, -1, 1, DType::bfloat16), dy = data({6, 3}, -1, 1, DType::bfloat16);
  parity("dense of bfloat16", Accuracy::sum, [&](Backend& k) {
    auto [dk, db] = k.dense_grad_weights(h, dy, true, true);
    return Tensors{k.dense(h, w, b, {UnaryOp::relu}), dk, db};
  });
}

TEST_CASE("parity: a weight that changed in place is not served from a cache") {
  Tensor x = data({40, 100}), w = data({100, 50});
  parity("dense twice", Accuracy::sum, [&](Backend& k) {
    Tensor kernel = w.clone();
    const Tensor first = k.dense(x, kernel, Tensor(), {});
    for (float& v : kernel.mutable_data<float>()) v *= 2;
    return Tensors{first, k.dense(x, kernel, Tensor(), {})};
  });
}
