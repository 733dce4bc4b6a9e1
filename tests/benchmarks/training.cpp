/// W1 to W6: training. Epochs are timed as a callback sees them, after one that does not count.
#include <chrono>

#include "kcpp/applications.h"
#include "tests/benchmarks/measure.h"
#include "tests/benchmarks/nets.h"
#include "tests/benchmarks/workloads.h"

namespace bench {

using namespace kcpp;

namespace {

struct Samples {
  Tensor x, y;
};

/// Fashion-MNIST in floats of 0..1, as the peers get it.
Samples fashion_mnist(int64_t count) {
  const auto [train, test] = datasets::fashion_mnist::load_data();
  return {ops::cast(train.x.rows(0, count), DType::float32) * (1.0 / 255),
          ops::cast(train.y.rows(0, count), DType::int32)};
}

Samples random_samples(const Shape& shape, int classes) {
  return {random::uniform(shape), ops::cast(random::uniform({shape[0]}, 0, classes), DType::int32)};
}

CompileOptions with_crossentropy(Optimizer optimizer) {
  return {.optimizer = std::move(optimizer),
          .loss = losses::SparseCategoricalCrossentropy({.from_logits = true})};
}

Seconds fit_epochs(const Model& model, const Samples& data, int64_t batch_size, int epochs) {
  using std::chrono::steady_clock;
  Seconds out;
  steady_clock::time_point start;
  model.fit(
      data.x, data.y,
      {.batch_size = batch_size,
       .epochs = epochs + 1,
       .verbose = "0",
       .callbacks = {callbacks::LambdaCallback(
           {.on_epoch_begin = [&](int, const Logs&) { start = steady_clock::now(); },
            .on_epoch_end =
                [&](int, Logs&) {
                  out.push_back(std::chrono::duration<double>(steady_clock::now() - start).count());
                }})}});
  out.erase(out.begin());
  return out;
}

/// Fits `steps` batches an epoch and reports milliseconds a step.
void time_steps(const std::string& workload, const Model& model, const Samples& data,
                int64_t batch_size, int epochs) {
  const double steps = static_cast<double>(data.x.dim(0) / batch_size);
  report(workload, "kcpp", fit_epochs(model, data, batch_size, repeats_or(epochs)), "ms",
         1e3 / steps);
}

}  // namespace

void w1_tiny_fit() {
  const Tensor x = random::uniform({2, 10}), y = random::uniform({2, 2});
  const Model model = tiny_mlp();
  model.compile({.optimizer = "adam", .loss = "mse"});
  const auto fit = [&](int epochs) {
    model.fit(x, y, {.batch_size = 32, .epochs = epochs, .verbose = "0"});
  };
  fit(20);
  report("W1 tiny fit, 1000 epochs", "kcpp", repeat([&] { fit(1000); }, 0, repeats_or(5), 150),
         "s");
}

void w2_mlp() {
  Samples data = fashion_mnist(60000);
  data.x = ops::reshape(data.x, {-1, 784});
  const Sequential model({layers::Input({784}), layers::Dense(512, {.activation = "relu"}),
                          layers::Dense(512, {.activation = "relu"}), layers::Dense(10)});
  model.compile(with_crossentropy("adam"));
  report("W2 MLP epoch", "kcpp", fit_epochs(model, data, 128, repeats_or(5)), "s");
}

void w3_cnn() {
  constexpr int64_t steps = 100;  // of the 469 that an epoch has
  Samples data = fashion_mnist(128 * steps);
  data.x = ops::expand_dims(data.x, -1);
  const Sequential model({layers::Input({28, 28, 1}), layers::Conv2D(32, 3, {.activation = "relu"}),
                          layers::Conv2D(64, 3, {.activation = "relu"}), layers::MaxPooling2D(2),
                          layers::Dropout(0.25), layers::Flatten(),
                          layers::Dense(128, {.activation = "relu"}), layers::Dropout(0.5),
                          layers::Dense(10)});
  model.compile(with_crossentropy("adam"));
  report("W3 CNN epoch", "kcpp", fit_epochs(model, data, 128, repeats_or(3)), "s", 469.0 / steps);
}

void w4_recurrent(const std::string& kind) {
  const Model model = recurrent(kind);
  model.compile(with_crossentropy("adam"));
  const std::string name = "W4 " + kind;
  time_steps(name + " train step b32", model, random_samples({32 * 20, 100, 64}, 10), 32, 4);
  for (int64_t batch : {1, 32})
    time_session(name + " predict b" + std::to_string(batch), model, batch, "ms", 1e3, 200, 3);
}

void w5_resnet20() {
  const Model model = applications::ResNet20();
  model.compile(with_crossentropy(optimizers::SGD({.learning_rate = 0.01, .momentum = 0.9})));
  time_steps("W5 resnet20 train step b128", model, random_samples({128 * 10, 32, 32, 3}, 10), 128,
             4);
}

void w5_resnet50() {
  const Model model = applications::ResNet50({.classifier_activation = nullptr});
  model.compile(with_crossentropy(optimizers::SGD({.learning_rate = 0.01, .momentum = 0.9})));
  time_steps("W5 resnet50 train step b16", model, random_samples({16 * 2, 224, 224, 3}, 1000), 16,
             3);
}

void w6_transformer() {
  const Model model = applications::Transformer();
  model.compile(with_crossentropy("adam"));
  const Samples data{ops::cast(random::uniform({32 * 8, 128}, 0, 20000), DType::int32),
                     ops::cast(random::uniform({32 * 8}, 0, 10), DType::int32)};
  time_steps("W6 transformer train step b32", model, data, 32, 4);
  for (int64_t batch : {1, 32})
    time_session("W6 transformer predict b" + std::to_string(batch), model, batch, "ms", 1e3, 100,
                 3);
}

}  // namespace bench
