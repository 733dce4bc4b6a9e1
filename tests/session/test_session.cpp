#include <catch2/catch_all.hpp>
#include <thread>

#include "kcpp/ops/reduce.h"
#include "kcpp/session.h"
#include "tests/session/support.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

using namespace layers;

Sequential small_model() {
  Sequential model({Input({4}), Dense(3, {.activation = "relu"}), BatchNormalization(),
                    Dense(2, {.activation = "softmax"})});
  randomize(model);
  return model;
}

bool on_onednn() { return backend().name() == "onednn"; }

}  // namespace

TEST_CASE("a session predicts what its model predicts", "[session]") {
  const Sequential model = small_model();
  Session s = model.session({.batch_size = 2});
  std::vector<float> x{1, 2, 3, 4, 5, 6, 7, 8}, y(4), again(4);
  REQUIRE(s.run(x, y));
  const Tensor expected = model(Tensor::from(x, {2, 4}));
  CHECK(difference(Tensor::from(y, {2, 2}), expected, 1e-6) == "");
  REQUIRE(s.run({x}, {again}));
  CHECK(again == y);
  CHECK(difference(s(Tensor::from(x, {2, 4})), expected, 1e-6) == "");
  // Any number of samples; integers are cast.
  const Tensor many = random::uniform({5, 4});
  CHECK(difference(s.predict(many), model(many), 1e-6) == "");
  CHECK(difference(s(Tensor({{1, 2, 3, 4}, {5, 6, 7, 8}}, DType::int32)), expected, 1e-6) == "");
  CHECK(s.inputs()[0].shape == Shape{2, 4});
  CHECK(s.outputs()[0].shape == Shape{2, 2});
  CHECK(contains(s.report(), "dense"));
}

TEST_CASE("a session is frozen", "[session]") {
  const Sequential model = small_model();
  Session s = model.session();
  const Tensor x = random::uniform({1, 4});
  const Tensor before = s(x);
  for (Variable v : model.weights()) v.assign(v.value() * 2.0);
  model.compile({.optimizer = "sgd", .loss = "mse"});
  model.fit(x, Tensor({{1.0, 0.0}}), {.epochs = 2, .verbose = "0"});
  CHECK(difference(s(x), before, 0) == "");
  CHECK(difference(model.session()(x), model(x), 1e-5) == "");
  CHECK(difference(s.clone()(x), before, 0) == "");
}

TEST_CASE("what does not fit a session is said in a sentence", "[session]") {
  const Sequential model = small_model();
  Session s = model.session({.batch_size = 2});
  std::vector<float> x(7), y(4);
  CHECK_FALSE(s.run(x, y));
  CHECK(contains(s.error(), "Expected 8 elements of dtype float32 for input 0. Received: 7"));
  std::vector<double> doubles(8);
  CHECK_FALSE(s.run(doubles, y));
  CHECK(contains(s.error(), "float64"));
  CHECK_FALSE(s.run({}, {y}));
  CHECK(contains(s.error(), "1 inputs. Received: 0"));
  CHECK(contains(error_of([&] {
                   s(Tensor::zeros({2, 5}));
                 }),
                 "Expected shape (2, 4), but input has incompatible shape (2, 5)"));
  CHECK(contains(error_of([&] { s(Tensor::zeros({3, 4})); }), "batches of 2. Received: 3"));
  CHECK(contains(error_of([&] { s(Tensors{}); }), "expects 1 input(s), but it received 0"));
  CHECK(contains(error_of([&] { s.state("h"); }), "This session keeps none"));
  CHECK(contains(error_of([&] { model.session({.batch_size = 0}); }), "batch_size must be"));
  CHECK(contains(error_of([&] { model.session({.threads = 0}); }), "threads must be"));
  CHECK(contains(error_of([&] { model.session({.precision = "int4"}); }), "int4"));
  CHECK(contains(error_of([&] { Sequential({Dense(3)}).session(); }), "input_shapes"));

  Sequential open({Input({Shape::unknown, 3}), Conv1D(2, 3), GlobalMaxPooling1D()});
  CHECK(contains(error_of([&] { open.session(); }), "input 0 is not known"));
  CHECK(open.session({.input_shapes = {{9, 3}}}).outputs()[0].shape == Shape{1, 2});
  CHECK(contains(error_of([&] { open.session({.input_shapes = {{9, 4}}}); }), "does not fit"));

  Sequential table({Input({3}, {.dtype = DType::int32}), Embedding(5, 2)});
  Session ids = table.session();
  std::vector<int32_t> index{0, 1, 5};
  std::vector<float> rows(6);
  CHECK_FALSE(ids.run(index, rows));
  const std::string range = error_of([&] { ids(Tensor({{0, 1, 9}}, DType::int32)); });
  CHECK((contains(range, "out of range") || contains(range, "is not in [0, 5)")));
  index[2] = 4;
  CHECK(ids.run(index, rows));
}

TEST_CASE("a layer of a user, and one that looks at data, run inside a session", "[session]") {
  struct Doubled : LayerImpl {
    ClassInfo class_info() const override { return {"Doubled"}; }
    Tensor call(const Tensor& x, CallContext&) override { return ops::tanh(x) * 2.0; }
  };
  struct Largest : LayerImpl {  // control flow that depends on the data
    ClassInfo class_info() const override { return {"Largest"}; }
    Tensor call(const Tensor& x, CallContext&) override {
      if (x.is_symbolic()) return x;
      return ops::max(x).item() > 0.5 ? x * 3.0 : -x;
    }
  };
  struct Peek : LayerImpl {  // reads behind everybody's back
    ClassInfo class_info() const override { return {"Peek"}; }
    Tensor call(const Tensor& x, CallContext&) override {
      if (x.is_symbolic()) return x;
      const float* p = static_cast<const float*>(x.raw());
      return x + static_cast<double>(p[0]);
    }
  };
  Sequential model({Input({4}), Dense(4), make_layer<Doubled>(), Dense(4)});
  randomize(model);
  Session s = model.session({.batch_size = 2});
  const Tensor x = random::uniform({2, 4});
  CHECK(difference(s(x), model(x), 1e-5) == "");
  CHECK((!on_onednn() || !s.steps()[1].eager));

  Sequential branching({Input({4}), Dense(4), make_layer<Largest>(), Dense(4)});
  randomize(branching);
  Session b = branching.session({.batch_size = 2});
  for (double scale : {-3.0, 0.1, 5.0})
    CHECK(difference(b(x * scale), branching(x * scale), 1e-5) == "");
  CHECK(b.steps()[1].eager);

  Sequential peeking({Input({4}), make_layer<Peek>(), Dense(4)});
  Session p = peeking.session({.batch_size = 2});
  CHECK(difference(p(x), peeking(x), 1e-5) == "");
}

TEST_CASE("predict and evaluate follow the weights", "[session]") {
  const Sequential model = small_model();
  const Tensor x = random::uniform({40, 4}), y = ops::one_hot(Tensor::zeros({40}, DType::int32), 2);
  model.compile({.optimizer = "sgd", .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
  for (int i = 0; i < 3; ++i) {
    CHECK(difference(model.predict(x), model(x), 1e-6) == "");
    model.fit(x, y, {.epochs = 1, .verbose = "0"});
    model.weights()[0].assign(model.weights()[0].value() + 0.1);
    const Logs scores = model.evaluate(x, y, {.verbose = "0"});
    const Tensor p = model(x);
    CHECK(scores.at("loss") ==
          Approx(ops::mean(losses::categorical_crossentropy(y, p)).item()).epsilon(1e-4));
  }
  Sequential grows({Input({4}), Dense(3)});
  CHECK(grows.predict(x).shape() == Shape{40, 3});
  grows.add(Dense(2));
  CHECK(grows.predict(x).shape() == Shape{40, 2});
}

TEST_CASE("eight threads with a session each, and on one model", "[session][threads]") {
  Sequential model({Input({12, 5}), Conv1D(6, 3, {.activation = "relu"}), LSTM(7), Dense(3)});
  randomize(model);
  const Tensor x = random::uniform({9, 12, 5});
  const Tensor expected = model(x);
  const Session first = model.session({.batch_size = 4});
  std::vector<std::string> wrong(8);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      Session own = t % 2 ? first.clone() : model.session({.batch_size = 4});
      for (int i = 0; i < 5; ++i) {
        wrong[t] += difference(own.predict(x), expected, 1e-5);
        wrong[t] += difference(model.predict(x, {.batch_size = t % 3 ? 4 : 9}), expected, 1e-5);
      }
    });
  }
  for (std::thread& t : threads) t.join();
  for (const std::string& w : wrong) CHECK(w == "");
}

TEST_CASE("two threads compute what one computes", "[session]") {
  const Tensor in = Input({20, 20, 8});
  Tensor x = ReLU()(BatchNormalization()(Conv2D(32, 3, {.padding = "same"})(in)));
  x = Add()({Conv2D(32, 1)(x), DepthwiseConv2D(3, {.padding = "same"})(x)});
  const Model model(in, Dense(5)(GlobalAveragePooling2D()(MaxPooling2D(2)(x))));
  randomize(model);
  Session one = model.session({.batch_size = 3}),
          two = model.session({.batch_size = 3, .threads = several_threads});
  const Tensors data = random_inputs(one);
  CHECK(difference(two(data)[0], one(data)[0], 1e-6) == "");
}

TEST_CASE("a large batch is computed in pieces where samples do not meet", "[session]") {
  const auto net = [](bool centred) {
    const Tensor x = Input({96, 96, 3});
    Tensor y = Conv2D(32, 3, {.padding = "same", .activation = "relu"})(x);
    if (centred) y = y - ops::mean(y, {0}, true);
    y = Add()({y, Conv2D(32, 1)(x)});
    y = Concatenate()({MaxPooling2D(4)(y), AveragePooling2D(4)(y)});
    return Model(Tensors{x},
                 Tensors{Dense(5, {.activation = "softmax"})(GlobalAveragePooling2D()(y)), y});
  };
  const Tensor x = random::uniform({36, 96, 96, 3});
  const auto check_outputs = [&](const Model& model, Session& session) {
    const Tensors want = model.call(x), have = session(Tensors{x});
    for (size_t i = 0; i < want.size(); ++i) CHECK(difference(have[i], want[i], 1e-5) == "");
  };
  const int64_t activation = 96 * 96 * 32 * 4;
  const Model apart = net(false);
  Session pieces = apart.session({.batch_size = 36});
  CHECK(pieces.outputs()[1].shape == Shape{36, 24, 24, 64});
  CHECK(pieces.arena_bytes() < 36 * activation);
  check_outputs(apart, pieces);
  // Of another number of samples: the last piece is not full.
  const Tensor some = random::uniform({40, 96, 96, 3});
  CHECK(difference(pieces.predict_all(some)[1], apart.call(some)[1], 1e-5) == "");

  const Model together = net(true);
  Session whole = together.session({.batch_size = 36});
  CHECK(whole.arena_bytes() >= 36 * activation);
  check_outputs(together, whole);
}

TEST_CASE("bfloat16 states its error, or is refused", "[session]") {
  Sequential model({Input({16, 16, 4}), Conv2D(8, 3, {.padding = "same", .activation = "relu"}),
                    BatchNormalization(), Conv2D(16, 3, {.strides = 2}), Flatten(), Dense(6)});
  randomize(model);
  std::string refused;
  try {
    Session s = model.session({.batch_size = 2, .precision = "bfloat16"});
    CHECK(s.precision_error() > 0);
    CHECK(s.precision_error() < 0.03);
    Session exact = model.session({.batch_size = 2});
    const Tensors x = random_inputs(s);
    CHECK(difference(s(x)[0], exact(x)[0], 0.03) == "");
    CHECK(s.weight_bytes() < exact.weight_bytes());
  } catch (const ValueError& e) {
    refused = e.what();
  }
  if (!refused.empty()) CHECK(contains(refused, "Use precision='float32'"));
}

TEST_CASE("models that Keras saved", "[session][golden]") {
  for (const Config& c : GoldenFile::get("files").cases()) {
    for (const Config& file : c.at("files").as_list()) {
      const std::string& path = file.as_string();
      if (path.ends_with(".weights.h5")) continue;
      symbolic::reset_names();
      const Model model = load_model(GoldenFile::path("files/" + path), {.compile = false});
      bool open = false;
      for (const Tensor& t : model.inputs()) {
        for (int d = 1; d < t.rank(); ++d) open |= t.shape()[d] == Shape::unknown;
      }
      if (open) continue;
      INFO(path);
      Session s = model.session({.batch_size = 3});
      const Tensors x = random_inputs(s), expected = model.call(x), actual = s(x);
      for (size_t i = 0; i < expected.size(); ++i)
        CHECK(difference(actual[i], expected[i], 1e-5) == "");
    }
  }
}

}  // namespace kcpp::test
