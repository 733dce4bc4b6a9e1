// A SimpleRNN that learns to say which half of a sequence holds the larger sum.
#include <kcpp/kcpp.h>

#include <iostream>

using namespace kcpp;

int main() {
  set_random_seed(1);
  const int64_t samples = 2048, steps = 12;
  const Tensor x = random::normal({samples, steps, 1}, 0.0, 1.0, {}, 7);
  const Tensor first = ops::sum(ops::get_item(x, {ops::Slice{}, ops::Slice{0, steps / 2}}), {1, 2});
  const Tensor second = ops::sum(ops::get_item(x, {ops::Slice{}, ops::Slice{steps / 2}}), {1, 2});
  const Tensor y = ops::cast(ops::greater(second, first), DType::float32);

  Sequential model({
      layers::Input({steps, 1}),
      layers::SimpleRNN(24),
      layers::Dense(1, {.activation = "sigmoid"}),
  });
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 5e-3}),
                 .loss = "binary_crossentropy",
                 .metrics = {"accuracy"}});
  const History history =
      model.fit(x, y, {.batch_size = 64, .epochs = 15, .verbose = "2", .validation_split = 0.2});
  return history["val_accuracy"].back() > 0.85 ? 0 : 1;
}
