/// Stateful layers and streams: what a session keeps between calls.
#include <catch2/catch_all.hpp>

#include "tests/session/support.h"

namespace kcpp::test {
namespace {

using namespace layers;

/// Step by step through x (batch, time, ..); the outputs joined along time.
Tensor stream(Session& s, const Tensor& x) {
  Tensors out;
  for (int64_t t = 0; t < x.dim(1); ++t)
    out.push_back(s(ops::get_item(x, {ops::Slice{}, ops::Slice{t, t + 1}})));
  return ops::concatenate(out, 1);
}

}  // namespace

TEST_CASE("a stateful layer goes on where it was, and the model does not notice", "[session]") {
  const Layer lstm = LSTM(3, {.return_sequences = true, .stateful = true});
  Sequential model({Input({4, 2}, {.batch_size = 2}), lstm, Dense(1)});
  randomize(model);
  Session s = model.session({.batch_size = 2});
  CHECK(s.state_names() == std::vector<std::string>{lstm.name() + "/h", lstm.name() + "/c"});
  const Tensor x = random::uniform({2, 4, 2});
  const Tensor first = s(x), second = s(x);
  CHECK(difference(second, first, 1e-3) != "");
  // The model was not moved by the session, and does the same.
  CHECK(difference(model(x), first, 1e-5) == "");
  CHECK(difference(model(x), second, 1e-5) == "");
  s.reset_state();
  CHECK(difference(s(x), first, 0) == "");
  const Tensor h = s.state(lstm.name() + "/h"), c = s.state(lstm.name() + "/c");
  CHECK(difference(s(x), second, 0) == "");
  s.set_state(lstm.name() + "/h", h);
  s.set_state(lstm.name() + "/c", c);
  CHECK(difference(s(x), second, 0) == "");
  Session other = s.clone();
  CHECK(difference(other(x), first, 0) == "");
  CHECK(contains(error_of([&] {
                   s.set_state(lstm.name() + "/h", Tensor::zeros({1, 3}));
                 }),
                 "has shape (2, 3)"));
  CHECK(contains(error_of([&] { s.state("x"); }), lstm.name() + "/h"));
}

TEST_CASE("recurrent layers and causal convolutions stream", "[session]") {
  const Tensor in = Input({Shape::unknown, 3});
  Tensor h = Conv1D(4, 3, {.padding = "causal", .dilation_rate = 2, .activation = "relu"})(in);
  h = BatchNormalization()(h);
  h = Conv1D(5, 2, {.padding = "causal"})(h);
  h = LSTM(4, {.return_sequences = true})(h);
  h = GRU(3, {.return_sequences = true})(h);
  h = SimpleRNN(3, {.return_sequences = true})(h);
  h = RNN({LSTMCell(3), GRUCell(2)}, {.return_sequences = true})(h);
  const Model model(in, Dense(2, {.activation = "tanh"})(h));
  randomize(model);
  for (int64_t batch : {1, 3}) {
    Session s = model.session({.batch_size = batch, .streaming = true});
    CHECK(s.inputs()[0].shape == Shape{batch, 1, 3});
    const Tensor x = random::uniform({batch, 12, 3}, -1, 1);
    const Tensor expected = model(x);
    CHECK(difference(stream(s, x), expected, 1e-5) == "");
    CHECK(difference(stream(s, x), expected, 1e-3) != "");
    s.reset_state();
    CHECK(difference(stream(s, x), expected, 1e-5) == "");
    CHECK(s.state_names().size() == 9);
  }
}

TEST_CASE("states may be handed on from one to the next", "[session]") {
  struct Delay : layers::RNNCellImpl {  // two steps late
    ClassInfo class_info() const override { return {"Delay"}; }
    std::vector<Shape> state_size() const override { return {{2}, {2}}; }
    Shape output_size() const override { return {2}; }
    std::pair<Tensor, Tensors> step(const Tensor& x, const Tensors& states, bool) override {
      return {states[1], {x, states[0]}};
    }
  };
  const Tensor in = Input({Shape::unknown, 2});
  const Model model(in, RNN(make_layer<Delay>(), {.return_sequences = true})(in));
  Session s = model.session({.streaming = true});
  const Tensor x = random::uniform({1, 6, 2});
  CHECK(difference(stream(s, x), model(x), 0) == "");
}

TEST_CASE("a model of fixed length streams; its last output is the last step's", "[session]") {
  Sequential model({Input({8, 3}), LSTM(4), Dense(2)});
  randomize(model);
  Session s = model.session({.streaming = true});
  const Tensor x = random::uniform({1, 8, 3});
  Tensor y;
  for (int64_t t = 0; t < 8; ++t) y = s(ops::get_item(x, {ops::Slice{}, ops::Slice{t, t + 1}}));
  CHECK(difference(y, model(x), 1e-5) == "");
}

TEST_CASE("what needs the future cannot be streamed", "[session]") {
  const auto error = [](const Model& m) {
    return error_of([&] { m.session({.streaming = true}); });
  };
  CHECK(contains(error(Sequential({Input({Shape::unknown, 3}), Conv1D(4, 3, {.padding = "same"})})),
                 "padding='causal'"));
  CHECK(contains(error(Sequential({Input({Shape::unknown, 3}),
                                   Bidirectional(LSTM(4, {.return_sequences = true}))})),
                 "backwards"));
  CHECK(contains(error(Sequential({Input({8, 3}), GlobalAveragePooling1D()})),
                 "cannot be used with streaming=true"));
}

}  // namespace kcpp::test
