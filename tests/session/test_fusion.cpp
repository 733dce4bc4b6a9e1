/// What the passes fuse, pattern by pattern: fewer steps, the same numbers.
#include <catch2/catch_all.hpp>

#include "tests/session/support.h"

namespace kcpp::test {
namespace {

using namespace layers;

/// The steps of a session, after its outputs were compared with the model's.
std::vector<SessionStep> steps_of(const Model& model, SessionOptions options = {.batch_size = 2},
                                  double tolerance = 1e-5) {
  randomize(model);
  Session s = model.session(options);
  const Tensors x = random_inputs(s);
  const Tensors expected = model.call(x, {.training = false}), actual = s(x);
  REQUIRE(actual.size() == expected.size());
  for (size_t i = 0; i < actual.size(); ++i)
    CHECK(difference(actual[i], expected[i], tolerance) == "");
  INFO(s.report());
  return s.steps();
}

bool has(const SessionStep& step, const char* what) {
  return step.fused.find(what) != std::string::npos;
}

bool on_reference() { return backend().name() == "reference"; }

}  // namespace

TEST_CASE("batch norm, bias, activation and padding become one convolution", "[session]") {
  const auto steps =
      steps_of(Sequential({Input({9, 8, 3}), ZeroPadding2D({{1, 2}, {0, 1}}),
                           Conv2D(5, 3, {.strides = 2}), BatchNormalization(), ReLU()}));
  REQUIRE(steps.size() == 1);
  CHECK(has(steps[0], "padding"));
  CHECK(has(steps[0], "batch norm"));
  CHECK(has(steps[0], "activation"));
}

TEST_CASE("batch norm folds into every kind of product", "[session]") {
  CHECK(steps_of(Sequential({Input({6}), Dense(7, {.use_bias = false}), BatchNormalization()}))
            .size() == 1);
  CHECK(steps_of(Sequential({Input({6, 7, 4}), DepthwiseConv2D(3, {.depth_multiplier = 2}),
                             BatchNormalization(), ReLU({.max_value = 6.0})}))
            .size() == 1);
  CHECK(steps_of(Sequential({Input({12, 4}), Conv1D(6, 3, {.padding = "causal", .groups = 2}),
                             BatchNormalization(), layers::Activation("gelu")}))
            .size() == 1);
  CHECK(steps_of(Sequential({Input({6, 7, 4}), SeparableConv2D(5, 3), BatchNormalization()}))
            .size() == 2);
  // Before a product, where no padding stands for zeros.
  CHECK(steps_of(Sequential({Input({6}), BatchNormalization(), Dense(7)})).size() == 1);
  CHECK(steps_of(Sequential({Input({6, 6, 4}), BatchNormalization(), Conv2D(3, 3)})).size() == 1);
  CHECK(steps_of(
            Sequential({Input({6, 6, 4}), BatchNormalization(), Conv2D(3, 3, {.padding = "same"})}))
            .size() == 2);
  // channels_first
  CHECK(steps_of(Sequential({Input({4, 6, 7}), Conv2D(3, 3, {.data_format = "channels_first"}),
                             BatchNormalization({.axis = 1})}))
            .size() == 1);
}

TEST_CASE("rescaling folds into the next convolution", "[session]") {
  CHECK(steps_of(Sequential({Input({8, 8, 3}), Rescaling(1.0 / 127.5, {.offset = -1.0}),
                             Conv2D(4, 3, {.activation = "relu"})}))
            .size() == 1);
  CHECK(steps_of(Sequential({Input({8, 8, 3}), Rescaling(1.0 / 255),
                             Conv2D(4, 3, {.padding = "same"}), BatchNormalization()}))
            .size() == 1);
}

TEST_CASE("a residual block is one step a convolution", "[session]") {
  const Tensor in = Input({8, 8, 6});
  Tensor y = ReLU()(BatchNormalization()(Conv2D(4, 1, {.use_bias = false})(in)));
  y = BatchNormalization()(Conv2D(6, 3, {.padding = "same"})(y));
  const auto steps = steps_of(Model(in, ReLU()(Add()({in, y}))));
  REQUIRE(steps.size() == 2);
  CHECK(has(steps[1], "add"));
  CHECK(has(steps[1], "activation"));

  // With a projection; and a value that is still needed after the addition.
  const Tensor shortcut = BatchNormalization()(Conv2D(6, 1)(in));
  CHECK(steps_of(Model(in, ReLU()(Add()({shortcut, y})))).size() == 3);
  const Tensor sum = Add()({in, y});
  CHECK(steps_of(Model({in}, {sum, ReLU()(sum), in + 1.0})).size() == 4);
}

TEST_CASE("positions that strides skip are not computed", "[session]") {
  // The last block of a stage of ResNet, and the first of the next.
  const auto stage = [](int64_t size, const char* format) {
    const bool first = std::string(format) == "channels_first";
    const Tensor in = first ? Input({6, size, size + 1}) : Input({size, size + 1, 6});
    const auto conv = [&](const Tensor& x, int64_t filters, int64_t kernel, int64_t stride = 1) {
      return Conv2D(filters, kernel,
                    {.strides = stride, .padding = "same", .data_format = format})(x);
    };
    const Tensor inner = ReLU()(conv(ReLU()(conv(in, 4, 1)), 4, 3));
    const Tensor x = ReLU()(Add()({in, conv(inner, 6, 1)}));
    return Model(in, ReLU()(Add()({conv(conv(x, 4, 1, 2), 8, 1), conv(x, 8, 1, 2)})));
  };
  for (int64_t size : {1, 2, 7, 8}) {
    const auto steps = steps_of(stage(size, "channels_last"));
    INFO("size " << size);
    REQUIRE(steps.size() == 7);
    CHECK(has(steps[1], "strides"));
    CHECK(steps[1].output == Shape{2, (size + 1) / 2, (size + 2) / 2, 4});
    CHECK(steps[2].operation == "slice");
    CHECK(has(steps[3], "strides"));
  }
  steps_of(stage(7, "channels_first"));

  // Dilated, grouped, in one dimension, and strided already.
  const auto chain = [&](const Layer& before, Shape shape, const Layer& behind) {
    const auto steps = steps_of(Sequential({Input(shape), before, behind}));
    REQUIRE(steps.size() == 2);
    return has(steps[0], "strides");
  };
  const Layer pointwise = Conv2D(5, 1, {.strides = {2, 3}});
  CHECK(chain(Conv2D(4, 3, {.dilation_rate = 2}), {12, 13, 2}, pointwise));
  CHECK(chain(DepthwiseConv2D(3, {.strides = 2}), {13, 14, 4}, Conv2D(5, 1, {.strides = 2})));
  CHECK(chain(Conv1D(4, 3, {.padding = "causal"}), {12, 2}, Conv1D(5, 1, {.strides = 3})));
  // Somebody reads what is between: a window, other strides, or the user.
  CHECK_FALSE(chain(Conv2D(4, 3), {12, 13, 2}, Conv2D(5, 2, {.strides = 2})));
  const Tensor in = Input({8, 8, 2}), x = Conv2D(4, 3)(in);
  const Tensor y = Conv2D(3, 1, {.strides = 2})(x);
  const auto others = {Model({in}, {y, x}), Model({in}, {y, Conv2D(3, 1, {.strides = 3})(x)}),
                       Model({in}, {y, Conv2D(3, 1)(x)}), Model({in}, {y, Flatten()(x)})};
  for (const Model& model : others) {
    for (const SessionStep& step : steps_of(model)) CHECK_FALSE(has(step, "strides"));
  }
}

TEST_CASE("depthwise convolutions of every size", "[session]") {
  for (const char* padding : {"same", "valid"}) {
    for (int64_t kernel : {1, 3, 5}) {
      for (int64_t stride : {1, 2, 3}) {
        for (int64_t size : {1, 2, 3, 5, 9}) {
          if (size < kernel && std::string(padding) == "valid") continue;
          INFO(padding << " kernel " << kernel << " stride " << stride << " size " << size);
          steps_of(Sequential({Input({size, size + 4, 20}),
                               DepthwiseConv2D(kernel, {.strides = stride, .padding = padding})}));
        }
      }
    }
  }
  steps_of(Sequential({Input({7, 8, 16}), ZeroPadding2D({{3, 1}, {0, 4}}), DepthwiseConv2D(3)}));
}

TEST_CASE("large depthwise convolutions run in bands of lines", "[session]") {
  const auto block = [](const Tensor& in, int64_t kernel, int64_t stride, const char* activation,
                        bool expand, bool project) {
    Tensor y = in;
    if (expand) y = Conv2D(48, 1, {.activation = activation})(y);
    y = DepthwiseConv2D(kernel,
                        {.strides = stride, .padding = "same", .activation = activation})(y);
    return project ? Conv2D(in.shape().back(), 1, {.use_bias = false})(y) : y;
  };
  const SessionOptions options{.batch_size = 3, .threads = GENERATE(1, several_threads)};
  const auto in_bands = [&](const Model& model) {
    const auto steps = steps_of(model, options);
    return std::any_of(steps.begin(), steps.end(),
                       [](const SessionStep& s) { return s.operation == "convs"; });
  };
  for (const char* activation : {"relu6", "swish"}) {
    for (int64_t stride : {1, 2}) {
      for (int64_t kernel : {3, 5}) {
        INFO(activation << " stride " << stride << " kernel " << kernel);
        const Tensor in = Input({50, 48, 10}), wide = Input({50, 48, 50});
        const bool fused = !on_reference();
        CHECK(in_bands(Model(in, block(in, kernel, stride, activation, true, true))) == fused);
        CHECK(in_bands(Model(in, block(in, kernel, stride, activation, true, false))) == fused);
        const bool large = fused && stride == 1;
        CHECK(in_bands(Model(wide, block(wide, kernel, stride, activation, false, true))) == large);
      }
    }
  }
  // Sums: with what the block begins with, and with something else.
  const Tensor in = Input({50, 48, 10});
  const Tensor y = block(in, 3, 1, "relu6", true, true);
  CHECK(in_bands(Model(in, Add()({in, y}))) == !on_reference());
  const Tensor other = Input({50, 48, 10});
  CHECK(in_bands(Model({in, other}, {Add()({y, ReLU()(other)})})) == !on_reference());
  // Somebody else reads what is between.
  const Tensor wide = Conv2D(48, 1)(in), narrow = DepthwiseConv2D(3)(wide);
  CHECK_FALSE(in_bands(Model({in}, {wide, narrow, Conv2D(4, 1)(narrow)})));
  // Windows far apart, and lines of padding only.
  CHECK(in_bands(Sequential({Input({50, 48, 10}), Conv2D(48, 1), ZeroPadding2D({{9, 8}, {1, 7}}),
                             DepthwiseConv2D(3, {.dilation_rate = 4}), Conv2D(4, 1)})) ==
        !on_reference());
}

TEST_CASE("what is reshaped on the way keeps its numbers", "[session]") {
  steps_of(Sequential({Input({6, 6, 2}), Conv2D(3, 3), Flatten(), ReLU()}));
  steps_of(Sequential({Input({6, 6, 3}), BatchNormalization(), Flatten(), ReLU()}));
  steps_of(Sequential({Input({4, 3}), Dense(5), Flatten(), BatchNormalization(), ReLU()}));
  const Tensor x = Input({1, 4}), y = Input({1, 4});
  steps_of(Model(Tensors{x, y}, Tensors{layers::Activation("sigmoid")(Flatten()(Add()({x, y})))}));
  const Tensor image = Input({6, 6, 2}), other = Input({16, 3});
  steps_of(
      Model(Tensors{image, other}, Tensors{Add()({Reshape({16, 3})(Conv2D(3, 3)(image)), other})}));
}

TEST_CASE("max pooling takes padding behind a relu only", "[session]") {
  CHECK(steps_of(Sequential(
                     {Input({8, 8, 3}), ReLU(), ZeroPadding2D(1), MaxPooling2D(3, {.strides = 2})}))
            .size() == 2);
  CHECK(steps_of(Sequential({Input({8, 8, 3}), ZeroPadding2D(1), MaxPooling2D(3, {.strides = 2})}))
            .size() == 2);
}

TEST_CASE("what does nothing in inference is no step", "[session]") {
  CHECK(steps_of(Sequential({Input({4, 6}), Dropout(0.5), GaussianNoise(1.0), Flatten(),
                             Reshape({6, 4}), layers::Activation("linear"), Dense(3),
                             ActivityRegularization({.l2 = 0.1})}))
            .size() == 1);
}

TEST_CASE("attention is one step", "[session]") {
  const Tensor in = Input({10, 12});
  const Tensor y = LayerNormalization()(in + MultiHeadAttention(3, 4)({in, in}));
  const auto steps = steps_of(Model(in, y));
  CHECK(steps.size() == 6);  // three projections, attention, projection + add, norm
  CHECK(steps[3].operation == "attention");
  if (!on_reference()) {
    for (const SessionStep& s : steps) CHECK_FALSE(s.eager);
  }
}

TEST_CASE("models that nest, share and branch", "[session]") {
  const Tensor in = Input({6});
  const Layer shared = Dense(6, {.activation = "tanh"});
  Sequential inner({Input({6}), Dense(5), BatchNormalization()});
  const Tensor a = shared(in), b = shared(a), c = inner(a), d = inner(b);
  const Tensor joined = Concatenate()({c, d, b * 2.0});
  steps_of(Model({in}, {Dense(2)(joined), b, in, ops::max(joined, -1)}));

  const Tensor x = Input({4}, {.name = "x"}), z = Input({3}, {.name = "z"});
  steps_of(Model({x, z}, {Dense(2)(Concatenate()({x, z})), ops::expand_dims(x, 1)}));
}

TEST_CASE("masks and states of recurrent layers run inside a session", "[session]") {
  const Tensor ids = Input({7}, {.dtype = DType::int32});
  const Tensor e = Embedding(11, 5, {.mask_zero = true})(ids);
  const Tensor h = Bidirectional(LSTM(4, {.return_sequences = true}))(e);
  const Model model(ids, Dense(2)(GRU(3)(h)));
  randomize(model);
  Session s = model.session({.batch_size = 2});
  const Tensor x({{1, 2, 3, 0, 0, 0, 0}, {4, 5, 6, 7, 8, 10, 0}}, DType::int32);
  CHECK(difference(s(x), model(x), 1e-5) == "");
}

}  // namespace kcpp::test
