#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <filesystem>
#include <sstream>
#include <thread>

#include "kcpp/kcpp.h"

using namespace kcpp;

namespace {

Tensor ramp(const Shape& shape) {
  std::vector<float> values(static_cast<size_t>(shape.size()));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 17) / 8.0f - 1.0f;
  return Tensor::from(values, shape);
}

/// The message of the error that `f` throws.
template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool same(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.to_vector<float>() == b.to_vector<float>();
}

Model two_inputs() {
  Tensor a = layers::Input({4}, {.name = "a"}), b = layers::Input({3}, {.name = "b"});
  Tensor h = layers::Dense(4, {.activation = "tanh"})(a);
  h = ops::relu(h + a) * 0.5;
  Tensor out = layers::Dense(2, {.name = "out"})(layers::Concatenate()({h, b}));
  return Model({a, b}, {out});
}

TEST_CASE("The losses of several outputs count a smaller last batch as much as the others") {
  set_random_seed(2);
  const Tensor in = layers::Input({3});
  Model model({in}, {layers::Dense(1, {.name = "p"})(in), layers::Dense(2, {.name = "q"})(in)});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const Tensor x = random::normal({5, 3}), p = random::normal({5, 1}), q = random::normal({5, 2});
  const auto loss_of_q = [&](int64_t first, int64_t last) {
    const Data y{p.rows(first, last), q.rows(first, last)};
    return model.evaluate(x.rows(first, last), y, {.verbose = "0"})["q_loss"];
  };
  const double expected = (loss_of_q(0, 4) + loss_of_q(4, 5)) / 2;  // as Keras, not (4 a + b) / 5
  const Logs logs = model.evaluate(x, {p, q}, {.batch_size = 4, .verbose = "0"});
  CHECK(logs["q_loss"] == Catch::Approx(expected));
}

}  // namespace

TEST_CASE("a Sequential builds from its Input, or from its first data") {
  Sequential known({layers::Input({3}), layers::Dense(2)});
  CHECK(known.built());
  CHECK(known.output_shape() == Shape{-1, 2});
  CHECK(known.count_params() == 8);
  Sequential open({layers::Dense(2), layers::Dense(1)});
  CHECK_FALSE(open.built());
  CHECK(open.predict(ramp({5, 3})).shape() == Shape{5, 1});
  CHECK(open.layers().size() == 2);
  CHECK(open.count_params() == 3 * 2 + 2 + 2 + 1);
}

TEST_CASE("weights carry the path of their model, and layers are named as in Keras") {
  symbolic::reset_names();
  Sequential model({layers::Input({3}), layers::Dense(2), layers::Dense(2)}, {.name = "net"});
  CHECK(model.layers()[0].name() == "dense");
  CHECK(model.layers()[1].name() == "dense_1");
  CHECK(model.weights()[0].path() == "net/dense/kernel");
}

TEST_CASE("a Functional model runs its graph, with ops, operators and inputs by name") {
  const Model model = two_inputs();
  const Tensor a = ramp({6, 4}), b = ramp({6, 3});
  const Tensor y = model.predict({a, b});
  CHECK(y.shape() == Shape{6, 2});
  CHECK(same(y, model.predict({{"b", b}, {"a", a}})));
  CHECK(model.input_names() == std::vector<std::string>{"a", "b"});
  CHECK(contains(error_of([&] {
                   model.predict(Data{{"a", a}, {"c", b}});
                 }),
                 "Missing data for x \"b\""));
}

TEST_CASE("shared layers share weights; nested models are layers") {
  Tensor in = layers::Input({4});
  layers::Dense shared(4, {.activation = "relu"});
  Model model({in}, {shared(shared(in))});
  CHECK(model.weights().size() == 2);
  Sequential nested({layers::Input({4}), layers::Dense(3)}, {.name = "inner"});
  Sequential outer({layers::Input({4}), nested, layers::Dense(1)});
  CHECK(outer.weights().size() == 4);
  CHECK(outer.get_layer("inner").same(nested));
  CHECK(contains(error_of([&] { outer.get_layer("iner"); }), "No such layer: iner"));
}

TEST_CASE("a model may begin in the middle of another one, on the same layers") {
  const Tensor x = layers::Input({4}, {.name = "x"});
  const layers::Dense last(2, {.name = "last"});
  const Tensor h = layers::Dense(3, {.name = "first"})(x);
  const Tensor y = last(ops::relu(h) + 1.0);
  const Model whole({x}, {y}), head({h}, {y});
  CHECK(head.layers().size() == 2);  // an InputLayer of its own, and `last`
  CHECK(head.layers()[0].name() == h.name() + "CLONE");
  const Tensor middle = ramp({5, 3});
  const Tensor expected = last(ops::relu(middle) + 1.0);
  const Model again = model_from_json(head.to_json());
  again.set_weights(head.get_weights());
  for (const Model& model : {head, again}) CHECK(same(model.predict(middle), expected));
  CHECK(whole.layers().size() == 3);
  CHECK(whole.get_weights().size() == 4);
  std::ostringstream table;
  again.summary({.stream = &table});
  CHECK(contains(table.str(), "(None, 2)"));
}

TEST_CASE("a disconnected graph is an error that names the operation") {
  Tensor a = layers::Input({2}), b = layers::Input({2});
  Tensor sum = layers::Add(layers::LayerOptions{.name = "the_sum"})({a, b});
  CHECK(contains(error_of([&] { Model({a}, {sum}); }), "Graph disconnected"));
}

TEST_CASE("fit reports Keras's names, validates, and stops where a callback says") {
  set_random_seed(3);
  const Tensor x = ramp({40, 3}), y = ops::sum(x, -1, true);
  Sequential model({layers::Input({3}), layers::Dense(1)});
  model.compile({.optimizer = "sgd", .loss = "mse", .metrics = {"mae"}});
  std::ostringstream out;
  const History h = model.fit(
      x, y,
      {.batch_size = 8, .epochs = 3, .verbose = "2", .validation_split = 0.25, .stream = &out});
  CHECK(h.epoch == std::vector<int>{0, 1, 2});
  for (const char* name : {"loss", "mae", "val_loss", "val_mae"}) CHECK(h[name].size() == 3);
  CHECK(h["loss"].back() < h["loss"].front());
  CHECK(contains(out.str(), "Epoch 3/3"));
  CHECK(contains(out.str(), "4/4"));
  CHECK(contains(error_of([&] { h["val_acc"]; }), "Available: loss, mae, val_loss, val_mae"));
  struct Stop : Callback {
    void on_train_batch_end(int64_t step, const Logs&) override {
      if (step == 1) model().stop_training();
    }
  };
  CHECK(model.fit(x, y, {.batch_size = 8, .epochs = 5, .verbose = "0", .callbacks = {Stop()}})
            .epoch.size() == 1);
}

TEST_CASE("an exception in a callback leaves a usable model") {
  const Tensor x = ramp({16, 3}), y = ramp({16, 1});
  Sequential model({layers::Input({3}), layers::Dense(1)});
  model.compile({.loss = "mse"});
  const auto fail = [](int, const Logs&) { throw std::runtime_error("enough"); };
  CHECK_THROWS(model.fit(x, y, {.epochs = 2, .verbose = "0", .callbacks = {fail}}));
  CHECK(model.fit(x, y, {.epochs = 1, .verbose = "0"}).epoch.size() == 1);
  CHECK(model.predict(x).shape() == Shape{16, 1});
}

TEST_CASE("wrong use ends in a sentence") {
  const Tensor x = ramp({8, 3}), y = ramp({8, 1});
  Sequential model({layers::Input({3}), layers::Dense(1)});
  CHECK(contains(error_of([&] { model.fit(x, y); }), "You must call `compile()`"));
  CHECK(contains(error_of([&] { model.compile({.optimizer = "adm"}); }), "Did you mean 'adam'"));
  CHECK(contains(error_of([&] { model.compile({.optimizer = "RmsProb"}); }), "'RMSprop'"));
  CHECK(contains(error_of([&] { model.compile({.loss = "msee"}); }), "Did you mean 'mse'"));
  CHECK(contains(error_of([&] { model.compile({.loss = "mean_square_error"}); }), "Did you mean"));
  CHECK(contains(error_of([&] { model.compile({.metrics = {"acuracy"}}); }), "Did you mean"));
  model.compile({.loss = "mse"});
  CHECK(contains(error_of([&] {
                   model.fit(x, ramp({7, 1}), {.verbose = "0"});
                 }),
                 "Data cardinality is ambiguous"));
  CHECK(contains(error_of([&] {
                   model.predict(ramp({8, 4}));
                 }),
                 "expected shape=(None, 3), found shape=(8, 4)"));
  CHECK(contains(error_of([&] {
                   model.fit(Tensor::zeros({0, 3}), Tensor::zeros({0, 1}), {.verbose = "0"});
                 }),
                 "no samples"));
  CHECK(contains(error_of([&] { layers::Dense(-1); }),
                 "Received an invalid value for `units`, expected a positive integer"));
  CHECK(contains(error_of([&] { layers::Dense(2, {.activation = "rellu"}); }), "relu"));
}

TEST_CASE("files: what is saved is loaded again, exactly") {
  set_random_seed(5);
  const auto folder = std::filesystem::temp_directory_path() / "kcpp_test_models";
  std::filesystem::create_directories(folder);
  const Model model = two_inputs();
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.1, .momentum = 0.9}),
                 .loss = "mse",
                 .metrics = {"mae"}});
  const Tensor a = ramp({12, 4}), b = ramp({12, 3}), y = ramp({12, 2});
  model.fit({a, b}, y, {.batch_size = 4, .epochs = 2, .verbose = "0", .shuffle = false});
  const Tensor before = model.predict({a, b});
  for (const char* name : {"m.keras", "m.h5"}) {
    const std::string path = (folder / name).string();
    model.save(path);
    const Model again = load_model(path);
    CHECK(same(again.predict({a, b}), before));
    CHECK(again.optimizer().iterations() == model.optimizer().iterations());
    // Training goes on from the same state.
    Model copy = load_model(path);
    const History h1 =
        again.fit({a, b}, y, {.batch_size = 4, .epochs = 1, .verbose = "0", .shuffle = false});
    const History h2 =
        copy.fit({a, b}, y, {.batch_size = 4, .epochs = 1, .verbose = "0", .shuffle = false});
    CHECK(h1["loss"] == h2["loss"]);
  }
  const std::string weights = (folder / "m.weights.h5").string();
  model.save_weights(weights);
  const Model fresh = model_from_json(model.to_json());
  CHECK_FALSE(same(fresh.predict({a, b}), before));
  fresh.load_weights(weights);
  CHECK(same(fresh.predict({a, b}), before));
  CHECK(contains(error_of([&] { load_model((folder / "none.keras").string()); }), "none.keras"));
  CHECK(contains(error_of([&] { model.save((folder / "m.pb").string()); }),
                 "Invalid filepath extension"));
  std::filesystem::remove_all(folder);
}

TEST_CASE("summary is Keras's table") {
  Sequential model({layers::Input({3}), layers::Dense(4, {.name = "first"}),
                    layers::Dense(2, {.name = "second"})},
                   {.name = "net"});
  const std::string text = model.summary_text({.line_length = 76});
  CHECK(contains(text, "Model: \"net\""));
  CHECK(contains(text,
                 "│ first (Dense)                   │ (None, 4)              │            16 │"));
  CHECK(contains(text, " Total params: 26 (104.00 B)"));
}

TEST_CASE("summary: connections stand in a table only where the model branches") {
  const Tensor x = layers::Input({3});
  const Tensor h = layers::Dense(4)(x), y = layers::Dense(2)(h);
  CHECK_FALSE(contains(Model({x}, {y, h}).summary_text(), "Connected to"));
  CHECK(contains(Model({x}, {y, layers::Dense(1)(h)}).summary_text(), "Connected to"));
}

TEST_CASE("predict is safe from many threads on one model") {
  const Model model = two_inputs();
  const Tensor a = ramp({32, 4}), b = ramp({32, 3});
  const Tensor expected = model.predict({a, b});
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) wrong += !same(model.predict({a, b}), expected);
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(wrong == 0);
}

TEST_CASE("class and sample weights scale the loss") {
  const Tensor x = ramp({8, 2}), y = Tensor({0, 1, 0, 1, 0, 1, 0, 1}, DType::int32);
  Sequential model({layers::Input({2}), layers::Dense(2, {.activation = "softmax"})});
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 1e-12}),
                 .loss = "sparse_categorical_crossentropy"});
  const auto loss = [&](FitOptions o) {
    o.batch_size = 8, o.verbose = "0", o.shuffle = false;
    return model.fit(x, y, o)["loss"][0];
  };
  const double plain = loss({});
  CHECK(std::abs(loss({.class_weight = {{0, 2.0}, {1, 2.0}}}) - 2 * plain) < 1e-5);
  CHECK(std::abs(loss({.sample_weight = Data(Tensor::full({8}, 3.0))}) - 3 * plain) < 1e-5);
  CHECK(contains(error_of([&] {
                   loss({.class_weight = {{0, 2.0}}, .sample_weight = Data(Tensor::ones({8}))});
                 }),
                 "at the same time"));
}
