// Three Dense layers learn two samples by heart: 1000 epochs with adam and mse.
#include <kcpp/kcpp.h>

#include <iostream>

using namespace kcpp;

int main() {
  set_random_seed(1);
  const Tensor x({{1, 2, 3}, {4, 5, 6}}, DType::float32), y({{1, 2}, {3, 4}}, DType::float32);
  Sequential model({
      layers::Input({3}),
      layers::Dense(64, {.activation = "relu"}),
      layers::Dense(64, {.activation = "relu"}),
      layers::Dense(2, {.activation = "linear"}),
  });
  model.compile({.optimizer = "adam", .loss = "mse"});
  const History history = model.fit(x, y, {.epochs = 1000, .verbose = "0"});
  std::cout << "loss: " << history["loss"].front() << " -> " << history["loss"].back() << "\n"
            << model.predict(x) << "\n";
  return history["loss"].back() < 1e-3 ? 0 : 1;
}
