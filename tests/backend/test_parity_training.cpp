#include <catch2/catch_test_macros.hpp>

#include "tests/support/parity.h"

using namespace kcpp;
using namespace kcpp::test;

TEST_CASE("parity: random numbers draw the same bits") {
  const RandomKey keys[] = {{0, 0}, {42, 1}, {0xfedcba9876543210u, 0x123456789abcdef0u}};
  // Sizes that are no multiple of a block of four; more than one thread's share.
  for (const Shape& shape :
       {Shape{}, Shape{0}, Shape{5}, Shape{3, 7}, Shape{1001}, Shape{70, 1003}}) {
    for (const RandomKey& key : keys) {
      for (DType dtype : {DType::float32, DType::float64}) {
        parity(text("uniform ", shape, " ", dtype), Accuracy::exact, [&](Backend& b) {
          return Tensors{b.random_uniform(shape, dtype, key, 0, 1),
                         b.random_uniform(shape, dtype, key, -0.25, 0.5)};
        });
        parity(text("normal ", shape, " ", dtype), Accuracy::transcendental, [&](Backend& b) {
          return Tensors{b.random_normal(shape, dtype, key, 0, 1),
                         b.random_normal(shape, dtype, key, 3, 0.05),
                         b.random_truncated_normal(shape, dtype, key, 0, 1)};
        });
      }
      for (DType dtype : {DType::int32, DType::int64, DType::uint8}) {
        parity(text("integers ", shape, " ", dtype), Accuracy::exact,
               [&](Backend& b) { return Tensors{b.random_integers(shape, dtype, key, 3, 101)}; });
      }
    }
  }
}

TEST_CASE("parity: dropout") {
  struct Case {
    Shape x, noise;
  };
  // All elements; whole channels, whole time steps; sizes that are no multiple of four.
  const Case cases[] = {{{5, 7}, {5, 7}}, {{4, 6, 3}, {4, 1, 3}}, {{4, 6, 3}, {4, 6, 1}},
                        {{1001}, {1001}}, {{0, 4}, {0, 4}},       {{64, 1250}, {64, 1250}}};
  for (const Case& c : cases) {
    for (double rate : {0.0, 0.25, 0.5, 0.9}) {
      for (DType dtype : {DType::float32, DType::float64, DType::float16}) {
        const Tensor x = data(c.x, -1, 1, dtype), dy = data(c.x, -1, 1, dtype);
        parity(text("dropout of ", c.x, " rate ", rate), Accuracy::arithmetic, [&](Backend& b) {
          auto [y, mask] = b.dropout(x, rate, c.noise, {7, 9});
          return Tensors{y, mask, b.dropout_grad(dy, rate, mask)};
        });
      }
    }
  }
}

TEST_CASE("parity: optimizer steps") {
  using Kind = OptimizerStep::Kind;
  struct Case {
    const char* name;
    OptimizerStep step;
    int slots;
  };
  const Case cases[] = {
      {"sgd", {.kind = Kind::sgd, .learning_rate = 0.1}, 0},
      {"sgd with decay", {.kind = Kind::sgd, .learning_rate = 0.1, .weight_decay = 0.01}, 0},
      {"momentum", {.kind = Kind::momentum, .learning_rate = 0.1, .beta_1 = 0.9}, 1},
      {"nesterov", {.kind = Kind::nesterov, .learning_rate = 0.1, .beta_1 = 0.9}, 1},
      {"rmsprop",
       {.kind = Kind::rmsprop, .learning_rate = 0.01, .beta_2 = 0.9, .epsilon = 1e-7},
       1},
      {"rmsprop with momentum",
       {.kind = Kind::rmsprop,
        .learning_rate = 0.01,
        .beta_1 = 0.8,
        .beta_2 = 0.9,
        .epsilon = 1e-7},
       2},
      {"rmsprop centered",
       {.kind = Kind::rmsprop,
        .learning_rate = 0.01,
        .beta_2 = 0.9,
        .epsilon = 1e-3,
        .centered = true},
       2},
      {"rmsprop with both",
       {.kind = Kind::rmsprop,
        .learning_rate = 0.01,
        .beta_1 = 0.5,
        .beta_2 = 0.9,
        .epsilon = 1e-3,
        .centered = true},
       3},
      {"adam",
       {.kind = Kind::adam, .learning_rate = 1e-3, .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-7},
       2},
      {"adamw",
       {.kind = Kind::adam,
        .learning_rate = 1e-3,
        .beta_1 = 0.9,
        .beta_2 = 0.999,
        .epsilon = 1e-7,
        .weight_decay = 0.004},
       2},
      {"amsgrad",
       {.kind = Kind::amsgrad,
        .learning_rate = 1e-3,
        .beta_1 = 0.9,
        .beta_2 = 0.99,
        .epsilon = 1e-7},
       3},
  };
  // A kernel, a bias, one element, none, a large one.
  const std::vector<Shape> shapes{{7, 5}, {5}, {1}, {0}, {300, 170}};
  for (const Case& c : cases) {
    for (DType dtype : {DType::float32, DType::float64, DType::bfloat16}) {
      Tensors start, gradients[3];
      for (const Shape& s : shapes) {
        start.push_back(data(s, -1, 1, dtype));
        for (Tensors& g : gradients) g.push_back(data(s, -1, 1, dtype));
      }
      parity(text(c.name, " ", dtype), Accuracy::sum, [&](Backend& b) {
        Tensors variables;
        for (const Tensor& t : start) variables.push_back(t.clone());
        std::vector<Tensors> slots(static_cast<size_t>(c.slots));
        for (Tensors& slot : slots) {
          for (const Shape& s : shapes) slot.push_back(Tensor::zeros(s, dtype));
        }
        std::vector<Tensor*> pointers;
        std::vector<std::vector<Tensor*>> slot_pointers(slots.size());
        for (Tensor& t : variables) pointers.push_back(&t);
        for (size_t k = 0; k < slots.size(); ++k) {
          for (Tensor& t : slots[k]) slot_pointers[k].push_back(&t);
        }
        OptimizerStep step = c.step;
        for (int i = 0; i < 3; ++i) {
          step.iteration = i + 1;
          b.optimizer_step(step, pointers, gradients[i], slot_pointers);
        }
        for (const Tensors& slot : slots)
          variables.insert(variables.end(), slot.begin(), slot.end());
        return variables;
      });
    }
  }
  const Tensors all{data({7, 5}), data({}), data({0}), data({1000, 100}),
                    data({9}, -1, 1, DType::float64)};
  parity("sum of squares", Accuracy::sum, [&](Backend& b) {
    return Tensors{Tensor::scalar(b.sum_of_squares(all), DType::float32)};
  });
}

TEST_CASE("parity: linear algebra") {
  const Tensor a = data({3, 4, 4}), b = data({3, 4, 2});
  Tensor spd = reference().matmul(a, a, false, true);
  spd = reference().binary(
      BinaryOp::add, spd,
      tensor({4, 4}, {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}, DType::float32));
  parity("linalg", Accuracy::chain, [&](Backend& k) {
    return Tensors{k.linalg(LinalgOp::cholesky, {spd}, false)[0],
                   k.linalg(LinalgOp::inverse, {spd}, false)[0],
                   k.linalg(LinalgOp::determinant, {spd}, false)[0],
                   k.linalg(LinalgOp::solve, {spd, b}, false)[0],
                   k.linalg(LinalgOp::solve_triangular, {spd, b}, true)[0],
                   k.linalg(LinalgOp::eigh, {spd}, false)[0]};
  });
}
