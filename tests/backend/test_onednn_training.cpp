#include <thread>

#include "tests/backend/onednn_support.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

using namespace kcpp;
using namespace kcpp::testing;

namespace kcpp::onednn {
std::vector<std::string> held_implementations();
void clear_held_primitives();
}  // namespace kcpp::onednn

TEST_CASE("onednn: random numbers and dropout have the reference's bits") {
  Both both;
  for (const Shape& shape :
       {Shape{1}, Shape{5}, Shape{63}, Shape{64}, Shape{65}, Shape{1000, 77}}) {
    for (RandomKey key : {RandomKey{1, 0}, RandomKey{0x123456789abcdefu, 0xfedcba987u}}) {
      CHECK(same_bits(both.fast->random_uniform(shape, DType::float32, key, -2, 3),
                      both.slow->random_uniform(shape, DType::float32, key, -2, 3)));
      CHECK(same_bits(both.fast->random_normal(shape, DType::float32, key, 0, 1),
                      both.slow->random_normal(shape, DType::float32, key, 0, 1)));
      const Tensor x = numbers(shape);
      for (double rate : {0.0, 0.25, 0.5, 0.9}) {
        const auto fast = both.fast->dropout(x, rate, shape, key),
                   slow = both.slow->dropout(x, rate, shape, key);
        CHECK(same_bits(fast.second, slow.second));
        CHECK(distance(fast.first, slow.first) < 1e-6);
        CHECK(distance(both.fast->dropout_grad(x, rate, slow.second),
                       both.slow->dropout_grad(x, rate, slow.second)) < 1e-6);
      }
    }
  }
}

TEST_CASE("onednn: optimizers equal the reference") {
  Both both;
  using Kind = OptimizerStep::Kind;
  for (Kind kind :
       {Kind::sgd, Kind::momentum, Kind::nesterov, Kind::rmsprop, Kind::adam, Kind::amsgrad}) {
    for (int variant = 0; variant < 3; ++variant) {
      OptimizerStep step;
      step.kind = kind;
      step.learning_rate = 0.01;
      step.epsilon = 1e-7;
      step.beta_1 = kind == Kind::rmsprop && variant == 0 ? 0.0 : 0.9;
      step.beta_2 = 0.99;
      step.weight_decay = variant == 2 ? 0.1 : 0.0;
      step.centered = variant == 1;
      const size_t slot_count = kind == Kind::sgd                                  ? 0
                                : kind == Kind::momentum || kind == Kind::nesterov ? 1
                                : kind == Kind::adam                               ? 2
                                                                                   : 3;
      const Shape shapes[] = {{3}, {50, 30}, {40001}};
      struct Side {
        std::vector<Tensor> variables, gradients;
        std::vector<std::vector<Tensor>> slots;
      } sides[2];
      for (Side& side : sides) {
        for (const Shape& shape : shapes) side.variables.push_back(numbers(shape));
        side.slots.resize(slot_count);
        for (auto& slot : side.slots) {
          for (const Shape& shape : shapes) slot.push_back(Tensor::zeros(shape));
        }
      }
      for (int64_t t = 1; t <= 3; ++t) {
        step.iteration = t;
        for (int s = 0; s < 2; ++s) {
          Side& side = sides[s];
          side.gradients.clear();
          std::vector<Tensor*> variables;
          std::vector<std::vector<Tensor*>> slots(slot_count);
          for (size_t i = 0; i < side.variables.size(); ++i) {
            side.gradients.push_back(
                numbers(side.variables[i].shape(), -1, 1, static_cast<uint32_t>(10 + t)));
            variables.push_back(&side.variables[i]);
            for (size_t k = 0; k < slot_count; ++k) slots[k].push_back(&side.slots[k][i]);
          }
          (s == 0 ? both.fast : both.slow)->optimizer_step(step, variables, side.gradients, slots);
        }
      }
      INFO("kind " << static_cast<int>(kind) << " variant " << variant);
      for (size_t i = 0; i < sides[0].variables.size(); ++i) {
        CHECK(distance(sides[0].variables[i], sides[1].variables[i]) < 3e-6);
        for (size_t k = 0; k < slot_count; ++k)
          CHECK(distance(sides[0].slots[k][i], sides[1].slots[k][i]) < 3e-6);
      }
    }
  }
}

TEST_CASE("onednn: the same call gives the same bits") {
  Both both;
  const Tensor x = numbers({16, 14, 14, 32}), w = numbers({3, 3, 32, 48}, -1, 1, 2),
               a = numbers({300, 200}), b = numbers({200, 150});
  const ConvAttrs attrs{{1, 1}, {1, 1}, {1, 1}, {1, 1}};
  const Tensor y = both.fast->conv(x, w, {}, attrs);
  const Tensor dw = both.fast->conv_grad_weights(x, y, w.shape(), attrs, true, true).first;
  const Tensor c = both.fast->matmul(a, b, false, false);
  const Tensor s = both.fast->reduce(ReduceOp::sum, x, {0, 1, 2}, false);
  for (int i = 0; i < 5; ++i) {
    CHECK(same_bits(both.fast->conv(x, w, {}, attrs), y));
    CHECK(same_bits(both.fast->conv_grad_weights(x, y, w.shape(), attrs, true, true).first, dw));
    CHECK(same_bits(both.fast->matmul(a, b, false, false), c));
    CHECK(same_bits(both.fast->reduce(ReduceOp::sum, x, {0, 1, 2}, false), s));
  }
}

TEST_CASE("onednn: many threads at once, and any number of threads") {
  Both both;
  const Tensor x = numbers({8, 14, 14, 16}), w = numbers({3, 3, 16, 24}, -1, 1, 2),
               d = numbers({24, 10});
  const ConvAttrs attrs{{1, 1}, {1, 1}, {1, 1}, {1, 1}};
  const auto run = [&] {
    return both.fast->dense(both.fast->conv(x, w, {}, attrs), d, {}, {UnaryOp::tanh});
  };
  const Tensor y = both.slow->dense(both.slow->conv(x, w, {}, attrs), d, {}, {UnaryOp::tanh});
  std::vector<std::thread> threads;
  std::vector<double> worst(4, 0.0);
  for (size_t t = 0; t < worst.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) worst[t] = std::max(worst[t], distance(run(), y));
    });
  }
  for (auto& t : threads) t.join();
  for (double v : worst) CHECK(v < 1e-5);
  const int before = num_threads();
  for (int n : {1, 2, 3, 5}) {
    set_num_threads(n);
    CHECK(distance(run(), y) < 1e-5);
    const auto fast =
        both.fast->conv_grad_weights(x, numbers({8, 14, 14, 24}), w.shape(), attrs, true, true);
    const auto slow =
        both.slow->conv_grad_weights(x, numbers({8, 14, 14, 24}), w.shape(), attrs, true, true);
    CHECK(distance(fast.first, slow.first) < 5e-6);
    CHECK(distance(fast.second, slow.second) < 5e-6);
  }
  set_num_threads(before);
}

#if defined(__x86_64__)
TEST_CASE("onednn: denormals are flushed in kernels, and the caller's mode comes back") {
  Both both;
  const unsigned mode = _mm_getcsr() & 0x8040u;
  const Tensor tiny = both.slow->unary(UnaryOp::identity, Tensor::full({100}, 1e-39));
  const Tensor y = both.fast->binary(BinaryOp::multiply, tiny, Tensor::full({100}, 0.5));
  CHECK(y.at<float>(3) == 0.0f);
  const Tensor w = numbers({784, 512});
  both.fast->dense(numbers({128, 784}), w, {}, {});
  CHECK((_mm_getcsr() & 0x8040u) == mode);
}
#endif

TEST_CASE("onednn: no primitive of the usual networks is a slow one") {
  Both both;
  onednn::clear_held_primitives();
  // the products of an MLP and of a small CNN, and of ResNet-20, forward and backward
  const Tensor images = numbers({128, 784});
  both.fast->dense(images, numbers({784, 512}), numbers({512}), {UnaryOp::relu});
  both.fast->dense_grad_weights(images, numbers({128, 512}), true, true);
  const auto layer = [&](const Shape& x, const Shape& w, int64_t stride, int64_t pad) {
    const ConvAttrs attrs{{stride, stride}, {1, 1}, {pad, pad}, {pad, pad}, 1, false,
                          {UnaryOp::relu}};
    const Tensor in = numbers(x), kernel = numbers(w), bias = numbers({w[3]});
    const Tensor y = both.fast->conv(in, kernel, bias, attrs);
    both.fast->conv_grad_input(y, kernel, x, attrs);
    both.fast->conv_grad_weights(in, y, w, attrs, true, true);
    return y;
  };
  layer({16, 28, 28, 1}, {3, 3, 1, 32}, 1, 0);
  const Tensor y = layer({16, 26, 26, 32}, {3, 3, 32, 64}, 1, 0);
  const PoolAttrs pool{true, {2, 2}, {2, 2}, {0, 0}, {0, 0}};
  const auto pooled = both.fast->pool(y, pool, true);
  both.fast->pool_grad(pooled.first, y, pooled.first, pooled.second, pool);
  const Tensor z = layer({16, 32, 32, 16}, {3, 3, 16, 16}, 1, 1);
  layer({16, 32, 32, 16}, {1, 1, 16, 32}, 2, 0);
  const auto norm = both.fast->batch_norm_training(z, numbers({16}), numbers({16}), 3, 1e-3);
  both.fast->batch_norm_grad(z, z, norm.mean, norm.variance, numbers({16}), 3, 1e-3);
  const auto names = onednn::held_implementations();
  CHECK(names.size() >= 8);
  for (const std::string& name : names) {
    INFO(name);
    CHECK(name.find("ref") == std::string::npos);
  }
}
