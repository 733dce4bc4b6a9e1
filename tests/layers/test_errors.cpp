/// Bad input gets Keras's sentence and changes nothing.
#include <catch2/catch_all.hpp>

#include "kcpp/layers.h"

namespace kcpp::test {
namespace {

using namespace layers;
using Catch::Matchers::ContainsSubstring;

#define CHECK_SAYS(expression, sentence) CHECK_THROWS_WITH(expression, ContainsSubstring(sentence))

TEST_CASE("layers refuse arguments that make no sense", "[layers][errors]") {
  CHECK_SAYS(Dense(-1),
             "[Dense] Received an invalid value for `units`, expected a positive integer. "
             "Received: units=-1");
  CHECK_SAYS(Dense(4, {.activation = "rellu"}), "relu");
  CHECK_SAYS(Conv2D(0, 3),
             "Invalid value for argument `filters`. Expected a strictly positive value. Received "
             "filters=0.");
  CHECK_SAYS(
      Conv2D(4, {3, 3, 3}),
      "The `kernel_size` argument must be a tuple of 2 integers. Received kernel_size=(3, 3, 3)");
  CHECK_SAYS(Conv2D(4, 3, {.groups = 3}),
             "The number of filters must be evenly divisible by the number of groups. Received: "
             "groups=3, filters=4.");
  CHECK_SAYS(Conv2D(4, 3, {.strides = 2, .dilation_rate = 2}),
             "`strides > 1` not supported in conjunction with `dilation_rate > 1`.");
  CHECK_SAYS(Conv2D(4, 3, {.padding = "causal"}), "padding");
  CHECK_SAYS(Conv2D(4, 3, {.data_format = "nhwc"}), "data_format");
  CHECK_SAYS(Conv2DTranspose(4, 3, {.output_padding = 1}),
             "`output_padding` must be strictly less than `strides` for all dimensions.");
  CHECK_SAYS(MaxPooling2D({2, 2, 2}), "The `pool_size` argument must be a tuple of 2 integers.");
  CHECK_SAYS(Dropout(1.5),
             "Invalid value received for argument `rate`. Expected a float value between 0 and 1. "
             "Received: rate=1.5");
  CHECK_SAYS(GaussianNoise(-0.1), "Invalid value received for argument `stddev`.");
  CHECK_SAYS(Permute({1, 3}),
             "Invalid permutation argument `dims` for Permute Layer. The set of indices in `dims` "
             "must be consecutive and start from 1. Received dims=(1, 3)");
  CHECK_SAYS(Reshape({-1, -1}),
             "There must be at most one unknown dimension (-1) in `target_shape`.");
  CHECK_SAYS(Embedding(0, 4), "`input_dim` must be a positive integer. Received: input_dim=0");
  CHECK_SAYS(SimpleRNN(0),
             "Received an invalid value for argument `units`, expected a positive integer, got 0.");
  CHECK_SAYS(GroupNormalization({.groups = 0}), "Received an invalid value for argument `groups`");
  CHECK_SAYS(ReLU({.max_value = -1.0}),
             "max_value of a ReLU layer cannot be a negative value. Received: max_value=-1.0");
  CHECK_SAYS(LeakyReLU({.negative_slope = -0.1}),
             "The negative_slope value of a Leaky ReLU layer cannot be None or negative value.");
  CHECK_SAYS(ZeroPadding2D({1, 2, 3}), "`padding` should have two elements.");
  CHECK_SAYS(Cropping1D(-1), "`cropping` cannot be negative. Received: cropping=-1.");
  CHECK_SAYS(Bidirectional(Dense(3)), "Please initialize `Bidirectional` layer");
  CHECK_SAYS(Bidirectional(LSTM(3), {.merge_mode = "max"}), "Invalid merge mode. Received: max.");
  CHECK_SAYS(RNN(Dense(3)), "The RNN cell should have a `state_size` attribute");
  CHECK_SAYS(MultiHeadAttention(0, 3),
             "Received an invalid value for argument `num_heads`, expected a positive integer. "
             "Received: num_heads=0");
  CHECK_SAYS(GroupQueryAttention(3, 4, 3),
             "`num_query_heads` must be divisible by `num_key_value_heads`.");
  CHECK_SAYS(EinsumDense("abc", {3}), "Invalid einsum equation 'abc'.");
  CHECK_SAYS(Normalization({.mean = 1.0}),
             "When setting values directly, both `mean` and `variance` must be set.");
  CHECK_SAYS(Discretization(), "You need to set either `num_bins` or `bin_boundaries`.");
  CHECK_SAYS(Input({2}, {.batch_shape = Shape{1, 2}}),
             "You cannot pass both `shape` and `batch_shape` at the same time.");
  CHECK_SAYS(Dense(3, {.name = "a/b"}), "cannot contain character `/`");
}

TEST_CASE("layers refuse inputs that do not fit, and stay as they were", "[layers][errors]") {
  const Dense dense(4, {.name = "dense"});
  CHECK_SAYS(dense(Tensor::ones({3})),
             "Input 0 with name 'None' of layer 'dense' is incompatible with the layer: expected "
             "min_ndim=2, found ndim=1. "
             "Full shape received: (3,)");
  CHECK_FALSE(dense.built());
  dense(Tensor::ones({2, 3}));
  CHECK_SAYS(
      dense(Tensor::ones({2, 5})),
      "expected axis -1 of input shape to have value 3, but received input with shape (2, 5)");
  CHECK(dense.weights().size() == 2);

  const Conv2D conv(4, 3, {.name = "conv"});
  CHECK_SAYS(conv(Tensor::ones({2, 5, 3})), "expected min_ndim=4, found ndim=3");
  CHECK_THROWS_AS(conv(Tensor::ones({1, 2, 2, 3})), ValueError);  // nothing would come out
  CHECK_FALSE(conv.built());
  CHECK(conv.weights().empty());
  conv(Tensor::ones({1, 5, 5, 3}));
  CHECK_SAYS(conv(Tensor::ones({1, 5, 5, 2})), "expected axis -1 of input shape to have value 3");

  CHECK_SAYS(Conv2D(4, 3, {.groups = 2})(Tensor::ones({1, 5, 5, 3})),
             "The number of input channels must be evenly divisible by the number of groups. "
             "Received groups=2, but the input has 3 channels");
  CHECK_SAYS(MaxPooling2D(2)(Tensor::ones({2, 4, 4})), "expected ndim=4, found ndim=3");
  CHECK_SAYS(Reshape({5})(Tensor::ones({2, 4})), "The total size of the tensor must be unchanged.");
  CHECK_SAYS(Permute({2, 1})(Tensor::ones({2, 4})), "expected ndim=3, found ndim=2");
  CHECK_SAYS(Cropping1D(2)(Tensor::ones({1, 4, 2})), "cropping");
  CHECK_SAYS(Add()({Tensor::ones({2, 3}), Tensor::ones({2, 4})}),
             "Inputs have incompatible shapes. Received shapes (3,) and (4,)");
  CHECK_SAYS(Add()({Tensor::ones({2, 3}), Tensor::ones({3, 3})}),
             "Cannot merge tensors with different batch sizes.");
  CHECK_SAYS(Subtract()({Tensor::ones({2, 3}), Tensor::ones({2, 3}), Tensor::ones({2, 3})}),
             "A `Subtract` layer should be called on exactly 2 inputs.");
  CHECK_SAYS(Concatenate({.axis = 1})({Tensor::ones({2, 3, 4}), Tensor::ones({2, 3, 5})}),
             "A `Concatenate` layer requires inputs with matching shapes except for the "
             "concatenation axis.");
  CHECK_SAYS(GroupNormalization({.groups = 4})(Tensor::ones({2, 3})),
             "Number of groups (4) cannot be more than the number of channels (3).");
  CHECK_SAYS(SimpleRNN(3)(Tensor::ones({2, 4})), "expected ndim=3, found ndim=2");
  CHECK_THROWS_AS(Embedding(4, 2)(Tensor({{1, 4}}, DType::int32)),
                  Error);  // an id beyond the table
}

TEST_CASE("stateful layers keep to their batch", "[layers][errors]") {
  const SimpleRNN rnn(3, {.stateful = true});
  CHECK_SAYS(rnn(Tensor::symbolic({-1, 4, 2}, DType::float32)),
             "When using `stateful=True` in a RNN, the batch size must be static.");
  CHECK_FALSE(rnn.built());
  rnn(Tensor::ones({2, 4, 2}));
  CHECK_SAYS(rnn(Tensor::ones({3, 4, 2})),
             "If an RNN is stateful, the batch size of the input sequences must be the same");
  CHECK_SAYS(SimpleRNN(3, {.unroll = true})(Tensor::symbolic({-1, -1, 2}, DType::float32)),
             "Cannot unroll a RNN if the time dimension is undefined.");
  CHECK_SAYS(LSTM(3)(Tensor::ones({2, 4, 2}), {.initial_state = {Tensor::ones({2, 3})}}),
             "An `initial_state` was passed that is not compatible");
}

TEST_CASE("weights of another shape are refused", "[layers][errors]") {
  const Dense dense(2, {.name = "d"});
  dense.build({-1, 3});
  CHECK_SAYS(dense.set_weights({Tensor::ones({3, 2})}),
             "You called `set_weights(weights)` on layer 'd' with a weight list of length 1, but "
             "the layer was expecting 2 weights.");
  const Tensor before = dense.get_weights()[0];
  CHECK_SAYS(dense.set_weights({Tensor::ones({3, 2}), Tensor::ones({3})}),
             "weight shape (2,) is not compatible with provided weight shape (3,).");
  CHECK(dense.get_weights()[0].to_vector<float>() == before.to_vector<float>());
}

TEST_CASE("configs are checked", "[layers][errors]") {
  const auto load = [](const char* name, Config config) {
    return layer_from_config(Config::dict({{"module", "keras.layers"},
                                           {"class_name", name},
                                           {"config", std::move(config)},
                                           {"registered_name", nullptr}}));
  };
  CHECK_SAYS(load("Dense", Config::dict({{"name", "d"}})), "`units`");
  CHECK_SAYS(load("Dense", Config::dict({{"units", -3}})),
             "expected a positive integer. Received: units=-3");
  CHECK_THROWS_AS(load("Dense", Config::dict({{"units", "ten"}})), TypeError);
  CHECK_THROWS_AS(load("Dense", Config::dict({{"units", 3}, {"flavour", "lemon"}})), Error);
  CHECK_SAYS(load("Dense", Config::dict({{"units", 3}, {"quantization_config", Config::dict()}})),
             "Quantized layers");
  CHECK_SAYS(
      load("Lambda",
           Config::dict(
               {{"function", Config::dict({{"class_name", "__lambda__"},
                                           {"config", Config::dict({{"code", "4wEAAAA"}})}})}})),
      "holds Python code, which kcpp never runs. Say what it does before loading: "
      "register_custom(");
  CHECK_SAYS(load("Lambda", Config::dict({{"function", "os.system"}})),
             "Could not locate function 'os.system' of the Lambda layer");
}

}  // namespace
}  // namespace kcpp::test
