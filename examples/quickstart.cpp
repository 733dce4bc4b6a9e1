// A CNN on Fashion-MNIST: Keras's first tutorial, line by line, and the model in Keras's own files.
#include <kcpp/kcpp.h>

#include <cstdlib>
#include <iostream>

using namespace kcpp;

int main() {
  const bool quick =
      std::getenv("KCPP_EXAMPLE_QUICK") != nullptr;  // as a test: a small part of the data
  set_random_seed(1);
  auto [train, test] = datasets::fashion_mnist::load_data();
  Tensor x = ops::expand_dims(train.x, -1),
         test_x = ops::expand_dims(test.x, -1);  // (60000, 28, 28, 1)
  Tensor y = train.y, test_y = test.y;
  if (quick) {
    x = x.rows(0, 2000), y = y.rows(0, 2000);
    test_x = test_x.rows(0, 500), test_y = test_y.rows(0, 500);
  }

  Sequential model({
      layers::Input({28, 28, 1}),
      layers::Rescaling(1.0 / 255),
      layers::Conv2D(32, 3, {.padding = "same", .activation = "relu"}),
      layers::MaxPooling2D(2),
      layers::Conv2D(64, 3, {.padding = "same", .activation = "relu"}),
      layers::MaxPooling2D(2),
      layers::Flatten(),
      layers::Dropout(0.25),
      layers::Dense(128, {.activation = "relu"}),
      layers::Dense(10, {.activation = "softmax", .kernel_regularizer = regularizers::L2(1e-4)}),
  });
  model.summary();
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 1e-3}),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy"}});
  model.fit(x, y, {.batch_size = 64, .epochs = quick ? 1 : 5, .validation_split = 0.1});

  const Logs scores = model.evaluate(test_x, test_y, {.verbose = "0"});
  std::cout << "test accuracy: " << scores.at("accuracy") << "\n";
  for (const char* path : {"fashion.h5", "fashion.keras"}) {  // both open in Python's Keras
    model.save(path);
    const Logs again = load_model(path).evaluate(test_x, test_y, {.verbose = "0"});
    std::cout << path << " loaded again, test accuracy: " << again.at("accuracy") << "\n";
    if (again.at("accuracy") != scores.at("accuracy")) return 1;
  }
  return quick || scores.at("accuracy") >= 0.90 ? 0 : 1;
}
