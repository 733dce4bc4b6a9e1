#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <numeric>
#include <thread>

#include "kcpp/core/random.h"
#include "kcpp/data.h"
#include "kcpp/layers.h"
#include "kcpp/models/sequential.h"

using namespace kcpp;
using Catch::Matchers::ContainsSubstring;

namespace {

/// 0, 1, ... n-1, one an element.
Dataset counting(int64_t n) {
  std::vector<float> values(static_cast<size_t>(n));
  std::iota(values.begin(), values.end(), 0.f);
  return Dataset::from_tensors(Tensor::from(values));
}

/// The x of a pass, flat.
std::vector<double> pass(const Dataset& dataset) {
  std::vector<double> out;
  Batch batch;
  dataset.impl()->start();
  while (dataset.impl()->next(batch)) {
    for (const double v : batch.x[0].to_vector<double>()) out.push_back(v);
  }
  return out;
}

std::vector<double> range(int first, int last) {
  std::vector<double> out;
  for (int i = first; i < last; ++i) out.push_back(i);
  return out;
}

}  // namespace

TEST_CASE("Dataset: sources and shapes") {
  const Tensor x = Tensor::zeros({5, 2, 3}), y = Tensor::from(std::vector<int32_t>{0, 1, 2, 3, 4});
  const Dataset dataset = Dataset::from_tensors(x, y, y);
  CHECK(dataset.cardinality() == 5);
  Batch batch;
  dataset.impl()->start();
  REQUIRE(dataset.impl()->next(batch));
  CHECK(batch.x[0].shape() == Shape{2, 3});
  CHECK(batch.y[0].shape() == Shape{});
  const Dataset batched = dataset.batch(2);
  CHECK(batched.cardinality() == 3);
  batched.impl()->start();
  std::vector<int64_t> sizes;
  while (batched.impl()->next(batch)) {
    CHECK(batch.x[0].shape() == Shape{batch.y[0].dim(0), 2, 3});
    CHECK(batch.y[0].dtype() == DType::int32);
    CHECK(batch.sample_weight[0].shape() == batch.y[0].shape());
    sizes.push_back(batch.y[0].dim(0));
  }
  CHECK(sizes == std::vector<int64_t>{2, 2, 1});
  CHECK(batch.y[0].to_vector<int>() == std::vector<int>{4});
  CHECK(dataset.batch(2, true).cardinality() == 2);
  CHECK(pass(counting(5).batch(2, true)) == range(0, 4));

  const Tensor words = Tensor::from(std::vector<std::string>{"a", "bc", "d"}, {3});
  const Dataset text = Dataset::from_tensors(words).batch(2);
  text.impl()->start();
  REQUIRE(text.impl()->next(batch));
  CHECK(batch.x[0].data<std::string>()[1] == "bc");
}

TEST_CASE("Dataset: errors") {
  CHECK_THROWS_WITH(
      Dataset::from_tensors(Tensor::zeros({3, 1}), Tensor::zeros({2, 1})),
      ContainsSubstring("Data cardinality is ambiguous.") && ContainsSubstring("'x' sizes: 3"));
  CHECK_THROWS_AS(Dataset::from_tensors({}), ValueError);
  CHECK_THROWS_AS(Dataset::from_tensors(Tensor(1.0)), ValueError);
  CHECK_THROWS_AS(Dataset().batch(2), ValueError);
  CHECK_THROWS_AS(counting(3).batch(0), ValueError);
  CHECK_THROWS_AS(counting(3).shuffle(0), ValueError);
  CHECK_THROWS_AS(counting(3).map({}), ValueError);
  int n = 0;
  const Dataset ragged = Dataset::from_generator([n](Batch& batch) mutable {
    batch.x = {Tensor::zeros({++n})};
    return true;
  });
  CHECK_THROWS_WITH(
      pass(ragged.batch(2)),
      ContainsSubstring(
          "Cannot batch tensors with different shapes in component 0. First element had "
          "shape (1,) and element 1 had shape (2,)."));
}

TEST_CASE("Dataset: take, skip, repeat, map, cache") {
  const Dataset ten = counting(10);
  CHECK(pass(ten.take(3)) == range(0, 3));
  CHECK(pass(ten.take(-1)) == range(0, 10));
  CHECK(pass(ten.take(30)) == range(0, 10));
  CHECK(ten.take(30).cardinality() == 10);
  CHECK(pass(ten.skip(7)) == range(7, 10));
  CHECK(pass(ten.skip(11)).empty());
  CHECK(pass(ten.skip(-1)).empty());
  CHECK(pass(ten.take(2).repeat(3)) == std::vector<double>{0, 1, 0, 1, 0, 1});
  CHECK(ten.repeat(3).cardinality() == 30);
  CHECK(ten.repeat().cardinality() == -1);
  CHECK(pass(ten.repeat().take(25)).size() == 25);
  CHECK(pass(ten.repeat(0)).empty());
  CHECK(pass(ten.skip(-1).repeat()).empty());  // nothing for ever ends at once
  int calls = 0;
  const Dataset doubled = ten.map([&](Batch b) {
    ++calls;
    b.x[0] = b.x[0] * 2.0;
    return b;
  });
  CHECK(pass(doubled.take(3)) == std::vector<double>{0, 2, 4});
  const Dataset cached = doubled.cache();
  calls = 0;
  CHECK(pass(cached.take(2)).size() == 2);  // half a pass is not kept
  CHECK(pass(cached) == pass(cached));
  CHECK(calls == 2 + 10);
}

TEST_CASE("Dataset: stages made from one source do not disturb each other") {
  const Dataset ten = counting(10);
  const Dataset train = ten.take(6).repeat(), validation = ten.skip(6);
  Batch batch;
  train.impl()->start();
  for (int i = 0; i < 20; ++i) {
    REQUIRE(train.impl()->next(batch));
    CHECK(batch.x[0].item() == i % 6);
    if (i % 4 == 0) CHECK(pass(validation) == range(6, 10));
  }
}

TEST_CASE("Dataset: shuffle") {
  const auto sorted = [](std::vector<double> v) {
    std::sort(v.begin(), v.end());
    return v;
  };
  const Dataset a = counting(100).shuffle(100, 3), b = counting(100).shuffle(100, 3),
                c = counting(100).shuffle(100, 4);
  const auto first = pass(a), second = pass(a);
  CHECK(sorted(first) == range(0, 100));
  CHECK(first != range(0, 100));
  CHECK(first != second);
  CHECK(pass(b) == first);
  CHECK(pass(b) == second);
  CHECK(pass(c) != first);
  // Through a small buffer: an element comes at most so much earlier.
  const auto near = pass(counting(100).shuffle(5, 1));
  CHECK(sorted(near) == range(0, 100));
  for (size_t i = 0; i < near.size(); ++i) CHECK(near[i] < static_cast<double>(i + 5));
  set_random_seed(7);
  const auto once = pass(counting(50).shuffle(50));
  set_random_seed(7);
  CHECK(pass(counting(50).shuffle(50)) == once);
}

TEST_CASE("Dataset: prefetch") {
  SECTION("yields the same, pass after pass") {
    const Dataset ahead = counting(200).batch(7).prefetch(3);
    CHECK(ahead.cardinality() == 29);
    for (int i = 0; i < 3; ++i) CHECK(pass(ahead) == range(0, 200));
    CHECK(pass(counting(20).prefetch(2).repeat(2).prefetch(1)).size() == 40);
  }
  SECTION("runs ahead, but no further than told") {
    std::atomic<int> made = 0;
    const Dataset ahead = counting(100)
                              .map([&](Batch b) {
                                ++made;
                                return b;
                              })
                              .prefetch(4);
    Batch batch;
    ahead.impl()->start();
    REQUIRE(ahead.impl()->next(batch));
    for (int i = 0; i < 2000 && made < 6; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    CHECK(made == 6);  // one taken, four ready, one in the hand
  }
  SECTION("an exception arrives after what was ready before it") {
    const Dataset broken = counting(10)
                               .map([](Batch b) {
                                 if (b.x[0].item() == 4) throw ValueError("the fifth is broken");
                                 return b;
                               })
                               .prefetch(8);
    for (int i = 0; i < 2; ++i) {
      Batch batch;
      broken.impl()->start();
      for (int k = 0; k < 4; ++k) REQUIRE(broken.impl()->next(batch));
      CHECK_THROWS_WITH(broken.impl()->next(batch), "the fifth is broken");
      CHECK_FALSE(broken.impl()->next(batch));
    }
  }
  SECTION("a reader that leaves early does not hang") {
    for (int i = 0; i < 50; ++i) {
      const Dataset endless = counting(3).repeat().prefetch(2);
      Batch batch;
      endless.impl()->start();
      for (int k = 0; k < i % 5; ++k) CHECK(endless.impl()->next(batch));
      if (i % 2) endless.impl()->start();
    }
  }
}

TEST_CASE("Dataset: fit, evaluate and predict") {
  const Tensor x = Tensor::from(std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7}, {8, 1});
  const Tensor y = x * 0.5;
  const auto make = [] {
    Sequential model({layers::Input({1}), layers::Dense(1, {.kernel_initializer = "zeros"})});
    model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.01}), .loss = "mse"});
    return model;
  };
  const Sequential a = make(), b = make();
  const History by_tensors = a.fit(x, y,
                                   {.batch_size = 3,
                                    .epochs = 4,
                                    .verbose = "0",
                                    .validation_data = ValidationData(x, y),
                                    .shuffle = false});
  const Dataset dataset = Dataset::from_tensors(x, y).batch(3).prefetch(2);
  const History by_dataset =
      b.fit(dataset, {.epochs = 4, .verbose = "0", .validation_data = ValidationData(dataset)});
  CHECK(by_tensors["loss"] == by_dataset["loss"]);
  CHECK(by_tensors["val_loss"] == by_dataset["val_loss"]);
  CHECK(a.evaluate(x, y, {.batch_size = 3, .verbose = "0"})["loss"] ==
        b.evaluate(dataset, {.verbose = "0"})["loss"]);
  CHECK(b.predict_all(dataset)[0].to_vector<float>() == a.predict(x).to_vector<float>());

  const History endless =
      make().fit(Dataset::from_tensors(x, y).shuffle(8).batch(2).repeat().prefetch(2),
                 {.epochs = 3, .verbose = "0", .steps_per_epoch = 5});
  CHECK(endless["loss"].size() == 3);
  CHECK(endless["loss"][2] < endless["loss"][0]);
}
