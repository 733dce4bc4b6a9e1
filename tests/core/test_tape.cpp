#include <catch2/catch_test_macros.hpp>
#include <cmath>

#include "kcpp/core/autodiff.h"
#include "kcpp/core/tape.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/reduce.h"

using namespace kcpp;

namespace {
bool close(const Tensor& t, double value) {
  return t.defined() && std::abs(t.item() - value) < 1e-5;
}
}  // namespace

TEST_CASE("variables are watched by themselves, tensors by request") {
  Variable w(Tensor::scalar(3.0));
  const Tensor x = Tensor::scalar(2.0), z = Tensor::scalar(5.0);
  GradientTape tape;
  tape.watch(x);
  const Tensor y = w * x * x + z;
  const Tensors g = tape.gradient(Tensors{y}, Tensors{w.value(), x, z});
  CHECK(close(g[0], 4.0));
  CHECK(close(g[1], 12.0));
  CHECK_FALSE(g[2].defined());  // Keras's None
}

TEST_CASE("a tape is asked once, unless it is persistent") {
  Variable w(Tensor::scalar(3.0));
  GradientTape once;
  const Tensor y = w * w;
  CHECK(close(once.gradient(y, w), 6.0));
  CHECK_THROWS_AS(once.gradient(y, w), RuntimeError);
  GradientTape often({.persistent = true});
  const Tensor a = w * w, b = a * w;
  CHECK(close(often.gradient(a, w), 6.0));
  CHECK(close(often.gradient(b, w), 27.0));
  CHECK(close(often.gradient(b, a), 3.0));  // with respect to a tensor in between
}

TEST_CASE("nested tapes give second derivatives") {
  const Tensor x = Tensor::scalar(2.0);
  GradientTape outer;
  outer.watch(x);
  Tensor dy;
  {
    GradientTape inner;
    inner.watch(x);
    dy = inner.gradient(ops::exp(x * x), x);
  }
  // d2/dx2 exp(x^2) = (2 + 4 x^2) exp(x^2)
  CHECK(std::abs(outer.gradient(dy, x).item() / (18 * std::exp(4.0)) - 1) < 1e-5);
}

TEST_CASE("several targets and cotangents; stop_gradient cuts") {
  const Tensor x({1.0, 2.0});
  GradientTape tape({.persistent = true});
  tape.watch(x);
  const Tensor a = x * 2.0, b = ops::square(x), c = ops::stop_gradient(x) * x;
  CHECK(tape.gradient(Tensors{a, b}, Tensors{x})[0].to_vector<float>() == std::vector<float>{4, 6});
  CHECK(tape.gradient(a, x, Tensor({10.0, 1.0})).to_vector<float>() == std::vector<float>{20, 2});
  CHECK(tape.gradient(c, x).to_vector<float>() == std::vector<float>{1, 2});
  CHECK_THROWS_AS(tape.gradient(a, x, Tensor({1.0})), ValueError);
}

TEST_CASE("an assigned variable stays the same source; a held value stays the same value") {
  Variable w(Tensor::scalar(1.0));
  const Tensor held = w.value();
  w.assign(Tensor::scalar(5.0));
  CHECK(held.item() == 1.0);
  w.assign_add(Tensor::scalar(1.0));
  GradientTape tape;
  const Tensor y = w * 2.0;
  CHECK(close(tape.gradient(y, w), 2.0));
  CHECK_THROWS_AS(w.assign(Tensor({1.0, 2.0})), ValueError);
}

TEST_CASE("a chain over many steps does not keep the past alive") {
  Tensor state = Tensor::scalar(1.0);
  Variable w(Tensor::scalar(0.5));
  for (int i = 0; i < 3; ++i) {
    GradientTape tape;
    state = state * w;
    tape.gradient(state, w);
  }
  CHECK(close(state, 0.125));
}

TEST_CASE("frozen variables are not watched") {
  Variable w(Tensor::scalar(3.0));
  w.set_trainable(false);
  GradientTape tape;
  const Tensor y = w * 2.0;
  CHECK_FALSE(tape.gradient(y, w).defined());
}

TEST_CASE("a gradient is overwritten only when nobody else sees it") {
  const Tensor x({-1.0, 2.0, 3.0});
  const auto values = [](const Tensor& t) { return t.to_vector<float>(); };
  SECTION("not the caller's") {
    const Tensor given({5.0, 6.0, 7.0});
    GradientTape tape;
    tape.watch(x);
    CHECK(values(tape.gradient(ops::relu(x), x, given)) == std::vector<float>{0, 6, 7});
    CHECK(values(given) == std::vector<float>{5, 6, 7});
  }
  SECTION("not one that was asked for") {
    GradientTape tape;
    tape.watch(x);
    const Tensor y = ops::relu(x), z = ops::square(y);
    const Tensors g = tape.gradient(Tensors{z}, Tensors{y, x});
    CHECK(values(g[0]) == std::vector<float>{0, 4, 6});
    CHECK(values(g[1]) == std::vector<float>{0, 4, 6});
  }
  SECTION("not one that flows into two branches") {
    GradientTape tape;
    tape.watch(x);
    const Tensor sum = ops::relu(x) + ops::relu(x * -2.0);
    CHECK(values(tape.gradient(sum, x)) == std::vector<float>{-2, 1, 1});
  }
  SECTION("not the rows of a lookup") {
    GradientTape tape;
    tape.watch(x);
    const Tensor rows = ops::take(ops::relu(x), Tensor({1, 1, 0}), 0);
    const Tensor g = tape.gradient(rows, x);
    CHECK(values(g) == std::vector<float>{0, 2, 0});
    CHECK(autodiff::slices_of(g) == nullptr);
  }
}
