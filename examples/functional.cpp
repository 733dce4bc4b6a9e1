// The Functional API: two inputs, a residual connection, an op and an operator on symbolic tensors.
#include <kcpp/kcpp.h>

#include <iostream>

using namespace kcpp;

int main() {
  set_random_seed(1);
  Tensor image = layers::Input({8, 8, 3}, {.name = "image"});
  Tensor extra = layers::Input({4}, {.name = "extra"});

  Tensor h = layers::Conv2D(8, 3, {.padding = "same", .activation = "relu"})(image);
  Tensor r = layers::Conv2D(8, 3, {.padding = "same", .use_bias = false})(h);
  r = layers::BatchNormalization()(r);
  h = ops::relu(h + r);  // the residual connection
  h = layers::GlobalAveragePooling2D()(h);
  h = layers::Concatenate()({h, layers::Dense(4, {.activation = "tanh"})(extra)});
  Tensor out = layers::Dense(1, {.name = "score"})(h);
  Model model({image, extra}, out, {.name = "two_inputs"});
  model.summary();

  const Tensor images = random::uniform({64, 8, 8, 3}, 0, 1, {}, 1),
               extras = random::normal({64, 4}, 0, 1, {}, 2);
  const Tensor y = ops::mean(images, {1, 2, 3}) + ops::mean(extras, 1);
  model.compile({.optimizer = "adam", .loss = "mse"});
  const History history = model.fit({{"image", images}, {"extra", extras}}, y,
                                    {.batch_size = 16, .epochs = 30, .verbose = "0"});
  std::cout << "loss: " << history["loss"].front() << " -> " << history["loss"].back() << "\n";
  return history["loss"].back() < history["loss"].front() / 4 ? 0 : 1;
}
