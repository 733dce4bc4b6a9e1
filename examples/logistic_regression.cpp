// Logistic regression on a table: which of Fisher's irises (1936) is versicolor and which
// virginica, by petal length and width.
#include <kcpp/kcpp.h>

#include <iostream>

using namespace kcpp;

int main() {
  set_random_seed(1);
  // Petal length and width in cm, and the species: 0 versicolor, 1 virginica.
  const Tensor table(
      {{4.7, 1.4, 0}, {4.5, 1.5, 0}, {4.9, 1.5, 0}, {4.0, 1.3, 0}, {4.6, 1.5, 0}, {4.5, 1.3, 0},
       {4.7, 1.6, 0}, {3.3, 1.0, 0}, {4.6, 1.3, 0}, {3.9, 1.4, 0}, {3.5, 1.0, 0}, {4.2, 1.5, 0},
       {4.0, 1.0, 0}, {4.7, 1.4, 0}, {6.0, 2.5, 1}, {5.1, 1.9, 1}, {5.9, 2.1, 1}, {5.6, 1.8, 1},
       {5.8, 2.2, 1}, {6.6, 2.1, 1}, {4.5, 1.7, 1}, {6.3, 1.8, 1}, {5.8, 1.8, 1}, {6.1, 2.5, 1},
       {5.1, 2.0, 1}, {5.3, 1.9, 1}, {5.5, 2.1, 1}, {5.0, 2.0, 1}},
      DType::float32);
  const Tensor x = ops::get_item(table, {ops::Slice{}, ops::Slice{0, 2}});
  const Tensor y = ops::get_item(table, {ops::Slice{}, ops::Slice{2, 3}});

  Sequential model({layers::Input({2}), layers::Dense(1, {.activation = "sigmoid"})});
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.1}),
                 .loss = "binary_crossentropy",
                 .metrics = {"accuracy"}});
  model.fit(x, y, {.batch_size = 28, .epochs = 300, .verbose = "0"});
  const Logs scores = model.evaluate(x, y, {.verbose = "0"});
  std::cout << "loss " << scores.at("loss") << ", accuracy " << scores.at("accuracy") << "\n";
  return scores.at("accuracy") > 0.9 ? 0 : 1;
}
