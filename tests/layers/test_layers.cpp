/// What layers do that neither the golden values nor the conformance harness show.
#include <algorithm>
#include <catch2/catch_all.hpp>
#include <cmath>

#include "kcpp/core/tape.h"
#include "kcpp/layers.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/random.h"
#include "kcpp/ops/reduce.h"
#include "tests/support/closeness.h"

namespace kcpp::test {
namespace {

using namespace layers;

TEST_CASE("Input is a layer and a symbolic tensor", "[layers][input]") {
  const Tensor x = Input({4, 3}, {.batch_size = 2, .dtype = DType::int32, .name = "ids"});
  CHECK(x.is_symbolic());
  CHECK(x.shape() == Shape{2, 4, 3});
  CHECK(x.dtype() == DType::int32);

  const Input input({8});
  CHECK(input.output().shape() == Shape{-1, 8});
  const LayerList list = {input, Dense(3)};  // as the first entry of a Sequential
  auto* impl = dynamic_cast<InputLayerImpl*>(list[0].impl().get());
  REQUIRE(impl != nullptr);
  // Asking again gives the same place of the graph.
  CHECK(impl->output().impl()->call == input.output().impl()->call);
  CHECK(list[1](input).shape() == Shape{-1, 3});

  const Config config = input->serialize();
  CHECK(config.at("config").at("batch_shape") == Config::list({nullptr, 8}));
  CHECK(layer_from_config(config)->serialize() == config);
}

TEST_CASE("copies of a layer share its weights", "[layers]") {
  const Dense a(2);
  const Layer b = a;
  const Tensor x = Tensor::ones({1, 3});
  a(x);
  b.set_weights({Tensor::ones({3, 2}), Tensor::ones({2})});
  CHECK(a(x).to_vector<float>() == std::vector<float>{4, 4});
}

TEST_CASE("dropout drops the rate's share and keeps the mean", "[layers][dropout]") {
  const Dropout dropout(0.25, {.seed = 7});
  const Tensor x = Tensor::ones({100, 100});
  CHECK(dropout(x).to_vector<float>() == x.to_vector<float>());
  const std::vector<float> y = dropout(x, {.training = true}).to_vector<float>();
  const auto zeros = std::count(y.begin(), y.end(), 0.0f);
  CHECK(zeros > 2300);
  CHECK(zeros < 2700);
  for (float v : y) CHECK((v == 0.0f || std::abs(v - 4.0f / 3) < 1e-6f));
  CHECK(dropout(x, {.training = true}).to_vector<float>() != y);
  // The same seed gives the same bits.
  CHECK(Dropout(0.25, {.seed = 7})(x, {.training = true}).to_vector<float>() == y);

  const std::vector<float> rows = Dropout(0.5, {.noise_shape = Shape{-1, 1}, .seed = 3})(
                                      Tensor::ones({20, 5}), {.training = true})
                                      .to_vector<float>();
  for (size_t i = 0; i < rows.size(); ++i) CHECK(rows[i] == rows[i / 5 * 5]);
}

TEST_CASE("a SeedGenerator in a config is kept where there is nothing to draw",
          "[layers][dropout]") {
  const auto config = [](double rate) {
    Config out = layers::SpatialDropout2D(rate)->serialize();
    out["config"].set("seed",
                      Config::dict({{"module", "keras.random"},
                                    {"class_name", "SeedGenerator"},
                                    {"config", Config::dict({{"seed", 5}, {"name", "given"}})},
                                    {"registered_name", Config()}}));
    return out;
  };
  const Config idle = config(0.0);
  CHECK(layer_from_config(idle)->serialize() == idle);
  CHECK_THROWS_WITH(layer_from_config(config(0.5)),
                    Catch::Matchers::ContainsSubstring("Argument `seed` must be an integer"));
}

TEST_CASE("batch normalisation moves its averages in training only", "[layers][batchnorm]") {
  const BatchNormalization bn({.momentum = 0.5});
  const Tensor x({{1, 2}, {3, 6}}, DType::float32);
  bn(x);
  CHECK(bn.get_weights()[2].to_vector<float>() == std::vector<float>{0, 0});
  const Tensor y = bn(x, {.training = true});
  CHECK(bn.get_weights()[2].to_vector<float>() == std::vector<float>{1, 2});
  CHECK(bn.get_weights()[3].to_vector<float>() == std::vector<float>{1, 2.5});
  CHECK(difference(y, Tensor({{-0.9995004, -0.999875}, {0.9995004, 0.999875}}), 1e-5) == "");
  bn.set_trainable(false);
  bn(x, {.training = true});
  CHECK(bn.get_weights()[2].to_vector<float>() == std::vector<float>{1, 2});
}

TEST_CASE("masks travel from Embedding through layers to a recurrent one", "[layers][masks]") {
  const Tensor ids({{1, 2, 0, 0}, {3, 1, 2, 4}}, DType::int32);
  const Embedding embedding(5, 3, {.mask_zero = true});
  const Tensor x = embedding(ids);
  REQUIRE(x.keras_mask().defined());
  CHECK(x.keras_mask().shape() == Shape{2, 4});
  const SimpleRNN rnn(2);
  const Tensor y = rnn(Dense(3)(x));
  // Padding does not matter: the first row ends after two steps.
  const Tensor shorter = embedding(Tensor({{1, 2, 0, 0}, {3, 1, 2, 4}}, DType::int32));
  CHECK(difference(rnn(Dense(3, {.kernel_initializer = "ones"})(shorter)),
                   rnn(Dense(3, {.kernel_initializer = "ones"})(x)), 0) == "");
  CHECK_FALSE(y.keras_mask().defined());
}

TEST_CASE("a stateful layer goes on where it stopped", "[layers][rnn]") {
  const Tensor x = random::normal({2, 6, 3}, 0, 1, DType::float32, 1);
  const LSTM whole(4), parts(4, {.stateful = true});
  whole(x);
  parts(ops::get_item(x, {ops::Slice{}, ops::Slice{0, 3}}));
  parts.set_weights(whole.get_weights());
  parts.reset_state();
  parts(ops::get_item(x, {ops::Slice{}, ops::Slice{0, 3}}));
  CHECK(difference(parts(ops::get_item(x, {ops::Slice{}, ops::Slice{3, 6}})), whole(x), 1e-5) ==
        "");
  parts.reset_state();
  CHECK(difference(parts(ops::get_item(x, {ops::Slice{}, ops::Slice{3, 6}})), whole(x), 1e-5) !=
        "");
}

TEST_CASE("trainable=false reaches the weights of a recurrent layer, not those of a ConvLSTM",
          "[layers][rnn]") {
  // As Keras hands it on to the cells of LSTM, and not to those of ConvLSTM1D to ConvLSTM3D.
  const auto any_trainable = [](const Layer& layer) {
    const Variables weights = layer->weights();
    return std::any_of(weights.begin(), weights.end(),
                       [](const Variable& v) { return v.trainable(); });
  };
  const LSTM lstm(2, {.trainable = false});
  lstm(Input({3, 2}));
  CHECK_FALSE(any_trainable(lstm));
  const ConvLSTM1D conv(2, 2, {.trainable = false});
  conv(Input({3, 5, 2}));
  CHECK(any_trainable(conv));
  conv->set_trainable(false);
  CHECK_FALSE(any_trainable(conv));
}

TEST_CASE("a custom layer needs only call and build", "[layers][custom]") {
  struct Scale : LayerImpl {
    Variable scale;
    ClassInfo class_info() const override { return {"Scale"}; }
    void build(const Shape& in) override {
      scale = add_weight("scale", {in.back()}, {.initializer = "ones"});
    }
    Tensor call(const Tensor& x, CallContext&) override { return x * compute(scale); }
  };
  const Layer layer = make_layer<Scale>();
  CHECK(layer.name() == "scale");
  CHECK(layer(Tensor::symbolic({-1, 3}, DType::float32)).shape() == Shape{-1, 3});
  CHECK(layer.count_params() == 3);
}

TEST_CASE("a custom cell runs in RNN", "[layers][custom]") {
  struct Decay : RNNCellImpl {
    ClassInfo class_info() const override { return {"Decay"}; }
    std::vector<Shape> state_size() const override { return {{2}}; }
    std::pair<Tensor, Tensors> step(const Tensor& x, const Tensors& states, bool) override {
      Tensor h = x + states[0] * 0.5;
      return {h, {h}};
    }
  };
  const RNN rnn(make_layer<Decay>(), {.return_sequences = true});
  const Tensor y = rnn(Tensor({{{1, 2}, {1, 2}, {1, 2}}}, DType::float32));
  CHECK(y.to_vector<float>() == std::vector<float>{1, 2, 1.5, 3, 1.75, 3.5});
}

TEST_CASE("Normalization and Discretization adapt to data", "[layers][preprocessing]") {
  const Tensor data({{1, 10}, {3, 30}}, DType::float32);
  const Normalization normalization;
  normalization.adapt(data);
  CHECK(difference(normalization(data), Tensor({{-1.0, -1.0}, {1.0, 1.0}}), 1e-6) == "");
  const Normalization two;
  two.adapt(Tensors{data.rows(0, 1), data.rows(1, 2)});
  CHECK(difference(two(data), normalization(data), 1e-6) == "");

  const Discretization bins({.num_bins = 4, .epsilon = 0.01});
  std::vector<float> values;
  for (int i = 0; i < 400; ++i) values.push_back(static_cast<float>(i));
  bins.adapt(Tensor::from(values));
  const std::vector<int32_t> out = bins(Tensor::from(values)).to_vector<int32_t>();
  for (int b = 0; b < 4; ++b) CHECK(std::abs(std::count(out.begin(), out.end(), b) - 100) < 10);
}

TEST_CASE("CategoryEncoding gives the dtype of variables, not of computation") {
  // Keras passes `dtype=self.dtype` on, which under a mixed policy is float32.
  const Tensor ids = ops::cast(Tensor{{0.0f, 2.0f}}, DType::int64);
  for (const auto& [policy, dtype] : {std::pair("mixed_float16", DType::float32),
                                      {"float16", DType::float16},
                                      {"float64", DType::float64}})
    CHECK(layers::CategoryEncoding(3, {.dtype = policy})(ids).dtype() == dtype);
}

TEST_CASE("the same seed gives the same weights", "[layers]") {
  const auto weights = [] {
    set_random_seed(42);
    const Conv2D conv(3, 2);
    conv.build({-1, 4, 4, 2});
    return conv.get_weights()[0].to_vector<float>();
  };
  CHECK(weights() == weights());
}

}  // namespace
}  // namespace kcpp::test
