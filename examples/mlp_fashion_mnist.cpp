// A multi-layer perceptron on Fashion-MNIST, with callbacks.
#include <kcpp/kcpp.h>

#include <cstdlib>
#include <iostream>

using namespace kcpp;

int main() {
  const bool quick = std::getenv("KCPP_EXAMPLE_QUICK") != nullptr;
  set_random_seed(1);
  auto [train, test] = datasets::fashion_mnist::load_data();
  if (quick) train = {train.x.rows(0, 5000), train.y.rows(0, 5000)};

  Sequential model({
      layers::Input({28, 28}),
      layers::Rescaling(1.0 / 255),
      layers::Flatten(),
      layers::Dense(128, {.activation = "relu"}),
      layers::Dropout(0.2),
      layers::Dense(10),
  });
  model.compile({.optimizer = "adam",
                 .loss = losses::SparseCategoricalCrossentropy({.from_logits = true}),
                 .metrics = {"accuracy"}});
  model.fit(
      train.x, train.y,
      {.batch_size = 128,
       .epochs = quick ? 2 : 10,
       .verbose = "2",
       .validation_split = 0.1,
       .callbacks = {callbacks::EarlyStopping(
                         {.monitor = "val_loss", .patience = 2, .restore_best_weights = true}),
                     [](int epoch, const Logs& logs) {
                       std::cout << "epoch " << epoch << ": " << logs.at("val_accuracy") << "\n";
                     }}});
  const Logs scores = model.evaluate(test.x, test.y, {.verbose = "0"});
  std::cout << "test accuracy: " << scores.at("accuracy") << "\n";
  return scores.at("accuracy") > (quick ? 0.7 : 0.87) ? 0 : 1;
}
