// The workloads of docs/performance.md: kcpp_bench [w1 w2 w3] [--repeats N]. One JSON line each.
#include <cstdlib>
#include <cstring>
#include <set>

#include "kcpp/kcpp.h"
#include "measure.h"

using namespace kcpp;

namespace {

struct Data2 {
  Tensor x, y;
};

/// Fashion-MNIST in floats of 0..1, as the peers get it.
Data2 fashion_mnist() {
  const auto [train, test] = datasets::fashion_mnist::load_data();
  return {ops::cast(train.x, DType::float32) * (1.0 / 255), ops::cast(train.y, DType::int32)};
}

const auto crossentropy = losses::SparseCategoricalCrossentropy({.from_logits = true});

void w1(int repeats) {
  set_random_seed(1);
  const Tensor x = random::uniform({2, 10}), y = random::uniform({2, 2});
  Sequential model({layers::Input({10}), layers::Dense(64, {.activation = "relu"}),
                    layers::Dense(64, {.activation = "relu"}), layers::Dense(2)});
  model.compile({.optimizer = "adam", .loss = "mse"});
  bench::report(
      "W1 tiny fit, 1000 epochs",
      bench::repeat(repeats,
                    [&] { model.fit(x, y, {.batch_size = 32, .epochs = 1000, .verbose = "0"}); }),
      1, "s");
}

void w2(int repeats) {
  const Data2 data = fashion_mnist();
  const Tensor x = ops::reshape(data.x, {-1, 784});
  Sequential model({layers::Input({784}), layers::Dense(512, {.activation = "relu"}),
                    layers::Dense(512, {.activation = "relu"}), layers::Dense(10)});
  model.compile({.optimizer = "adam", .loss = crossentropy});
  bench::report(
      "W2 MLP epoch",
      bench::repeat(repeats, [&] { model.fit(x, data.y, {.batch_size = 128, .verbose = "0"}); }), 1,
      "s");
}

void w3(int repeats) {
  const Data2 data = fashion_mnist();
  const Tensor x = ops::expand_dims(data.x, -1).rows(0, 12800), y = data.y.rows(0, 12800);
  Sequential model({layers::Input({28, 28, 1}), layers::Conv2D(32, 3, {.activation = "relu"}),
                    layers::Conv2D(64, 3, {.activation = "relu"}), layers::MaxPooling2D(2),
                    layers::Dropout(0.25), layers::Flatten(),
                    layers::Dense(128, {.activation = "relu"}), layers::Dropout(0.5),
                    layers::Dense(10)});
  model.compile({.optimizer = "adam", .loss = crossentropy});
  // 100 steps of 128 images; an epoch has 469.
  bench::report(
      "W3 CNN epoch",
      bench::repeat(repeats, [&] { model.fit(x, y, {.batch_size = 128, .verbose = "0"}); }), 4.69,
      "s");
}

}  // namespace

int main(int argc, char** argv) {
  int repeats = 5;
  std::set<std::string> wanted;
  for (int i = 1; i < argc; ++i) {
    if (!std::strcmp(argv[i], "--repeats") && i + 1 < argc) {
      repeats = std::max(1, std::atoi(argv[++i]));
    } else {
      wanted.insert(argv[i]);
    }
  }
  const auto run = [&](const char* name, void (*workload)(int)) {
    if (wanted.empty() || wanted.count(name)) workload(repeats);
  };
  run("w1", w1);
  run("w2", w2);
  run("w3", w3);
}
