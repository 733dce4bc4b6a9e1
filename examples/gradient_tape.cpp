// The custom loop: a linear model with Variables, GradientTape and SGD, down to the least-squares
// solution.
#include <kcpp/kcpp.h>

#include <iostream>

using namespace kcpp;

int main() {
  set_random_seed(1);
  const Tensor x({{1, 2, 3}, {4, 5, 6}}, DType::float32), y({{1, 2}, {3, 5}}, DType::float32);
  Variable W(random::normal({3, 2})), b(random::normal({2}));
  optimizers::SGD sgd({.learning_rate = 0.01});

  double last = 0;
  for (int i = 0; i < 1000; ++i) {
    GradientTape tape;
    const Tensor loss = ops::mean(ops::square(ops::matmul(x, W) + b - y));
    sgd.apply_gradients(tape.gradient(loss, {W, b}), {W, b});
    last = loss.item();
  }
  std::cout << "loss after 1000 steps: " << last
            << "\n";  // two samples, more weights: they can be met exactly
  return last < 1e-2 ? 0 : 1;
}
