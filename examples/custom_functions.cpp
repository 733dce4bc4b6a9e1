// Lambdas where Keras takes functions: an activation, a loss, a metric, a callback.
#include <kcpp/kcpp.h>

#include <iostream>

using namespace kcpp;

int main() {
  set_random_seed(1);
  const Tensor x = random::normal({256, 4}, 0, 1, {}, 1), y = ops::sum(x, -1, true);

  const auto swish2 = [](const Tensor& t) { return t * ops::sigmoid(2.0 * t); };
  const auto log_cosh = [](const Tensor& truth, const Tensor& guess) {
    return ops::mean(ops::log(ops::cosh(guess - truth)), -1);
  };
  const auto within = [](const Tensor& truth, const Tensor& guess) {
    return ops::cast(ops::less(ops::abs(truth - guess), 0.25), DType::float32);
  };

  Sequential model(
      {layers::Input({4}), layers::Dense(16, {.activation = swish2}), layers::Dense(1)});
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.01}),
                 .loss = log_cosh,
                 .metrics = {within}});
  const History history = model.fit(x, y,
                                    {.batch_size = 32,
                                     .epochs = 40,
                                     .verbose = "0",
                                     .callbacks = {[](int epoch, const Logs& logs) {
                                       if (epoch % 10 == 9)
                                         std::cout << "epoch " << epoch + 1 << ", loss "
                                                   << logs.at("loss") << "\n";
                                     }}});
  return history["metric_fn"].back() > 0.8 ? 0 : 1;
}
