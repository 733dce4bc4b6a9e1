#include "kcpp/layers.h"
#include "kcpp/ops/math.h"
#include "tests/layers/conformance.h"

namespace kcpp::test {
namespace {

using namespace layers;
using Names = std::vector<std::string>;

template <class F>
ConformanceCase of(F make, Shapes inputs, Names weights = {}, bool keeps_mask = false) {
  return {.make = make,
          .inputs = std::move(inputs),
          .weights = std::move(weights),
          .keeps_mask = keeps_mask};
}
ConformanceCase ints(ConformanceCase c, int64_t below) {
  c.integers = below;
  return c;
}
ConformanceCase not_floats(ConformanceCase c) {
  c.floats_out = false;
  return c;
}

const Names kb = {"kernel", "bias"}, krb = {"kernel", "recurrent_kernel", "bias"};

void core(std::vector<ConformanceCase>& out) {
  out.push_back(of([] { return Dense(4, {.activation = "relu", .kernel_regularizer = "l2"}); },
                   {{2, 3}}, kb));
  out.push_back(of([] { return Dense(4, {.use_bias = false}); }, {{2, 3, 5}}, {"kernel"}, true));
  out.push_back(of(
      [] {
        return EinsumDense("abc,cd->abd", {-1, 4}, {.bias_axes = "d"});
      },
      {{2, 3, 5}}, kb));
  out.back().open_shape = true;
  out.push_back(ints(of([] { return Embedding(7, 4); }, {{2, 3}}, {"embeddings"}), 7));
  out.push_back(ints(of([] { return ReversibleEmbedding(7, 4); }, {{2, 3}}, {"embeddings"}), 7));
  out.push_back(of([] { return Masking(); }, {{2, 3, 4}}));
  out.push_back(of([] { return Identity(); }, {{2, 3, 4}}, {}, true));
  out.push_back(of([] { return ActivityRegularization({.l2 = 0.1}); }, {{2, 3, 4}}, {}, true));
  register_lambda("conformance_square", [](const Tensor& x) { return ops::square(x); });
  out.push_back(of(
      [] {
        return Lambda([](const Tensor& x) { return ops::square(x); },
                      {.function = "conformance_square"});
      },
      {{2, 3}}));
  out.push_back(of([] { return layers::Activation("tanh"); }, {{2, 3, 4}}, {}, true));
  out.push_back(of([] { return ReLU({.max_value = 0.5, .negative_slope = 0.1, .threshold = 0.1}); },
                   {{2, 3, 4}}, {}, true));
  out.push_back(of([] { return LeakyReLU({.negative_slope = 0.2}); }, {{2, 3, 4}}, {}, true));
  out.push_back(of([] { return ELU({.alpha = 0.7}); }, {{2, 3, 4}}, {}, true));
  out.push_back(of([] { return PReLU({.alpha_initializer = "ones", .shared_axes = {1}}); },
                   {{2, 3, 4}}, {"alpha"}, true));
  out.push_back(of([] { return Softmax(); }, {{2, 3}}));
  out.push_back(of([] { return Softmax({.axis = {1, 2}}); }, {{2, 3, 4}}));
}

void convolutions(std::vector<ConformanceCase>& out) {
  out.push_back(
      of([] { return Conv1D(4, 3, {.padding = "causal", .dilation_rate = 2}); }, {{2, 7, 3}}, kb));
  out.push_back(of(
      [] {
        return Conv2D(4, {2, 3}, {.strides = 2, .padding = "same", .activation = "relu"});
      },
      {{2, 5, 6, 3}}, kb));
  out.push_back(of([] { return Conv2D(4, 3, {.data_format = "channels_first", .groups = 2}); },
                   {{2, 4, 5, 6}}, kb));
  out.push_back(of([] { return Conv3D(2, 2); }, {{2, 3, 4, 3, 2}}, kb));
  out.push_back(of([] { return Conv1DTranspose(4, 3, {.strides = 2}); }, {{2, 5, 3}}, kb));
  out.push_back(of([] { return Conv2DTranspose(4, 3, {.strides = 2, .padding = "same"}); },
                   {{2, 3, 4, 3}}, kb));
  out.push_back(of([] { return Conv3DTranspose(2, 2); }, {{2, 3, 3, 2, 2}}, kb));
  out.push_back(of([] { return DepthwiseConv1D(3, {.depth_multiplier = 2}); }, {{2, 6, 3}}, kb));
  out.push_back(of([] { return DepthwiseConv2D(3, {.padding = "same"}); }, {{2, 5, 4, 3}}, kb));
  out.push_back(of([] { return SeparableConv1D(4, 3); }, {{2, 6, 3}},
                   {"depthwise_kernel", "pointwise_kernel", "bias"}));
  out.push_back(of([] { return SeparableConv2D(4, 3, {.activation = "softmax"}); }, {{2, 5, 4, 3}},
                   {"depthwise_kernel", "pointwise_kernel", "bias"}));
  const Shape s1{2, 6, 3}, s2{2, 5, 6, 3}, s3{2, 4, 4, 5, 2};
  out.push_back(of([] { return MaxPooling1D(2); }, {s1}));
  out.push_back(of([] { return MaxPooling2D(2, {.strides = 1, .padding = "same"}); }, {s2}));
  out.push_back(of([] { return MaxPooling3D(2); }, {s3}));
  out.push_back(of([] { return AveragePooling1D(3, {.strides = 2}); }, {s1}));
  out.push_back(of([] { return AveragePooling2D({2, 3}); }, {s2}));
  out.push_back(of([] { return AveragePooling3D(2); }, {s3}));
  out.push_back(of([] { return GlobalMaxPooling1D(); }, {s1}));
  out.push_back(of([] { return GlobalMaxPooling2D({.keepdims = true}); }, {s2}));
  out.push_back(of([] { return GlobalMaxPooling3D(); }, {s3}));
  out.push_back(of([] { return GlobalAveragePooling1D(); }, {s1}));
  out.push_back(of([] { return GlobalAveragePooling2D({.data_format = "channels_first"}); }, {s2}));
  out.push_back(of([] { return GlobalAveragePooling3D(); }, {s3}));
  out.push_back(of([] { return AdaptiveMaxPooling1D(2); }, {s1}));
  out.push_back(of([] { return AdaptiveMaxPooling2D({2, 3}); }, {s2}));
  out.push_back(of([] { return AdaptiveMaxPooling3D(2); }, {s3}));
  out.push_back(of([] { return AdaptiveAveragePooling1D(2); }, {s1}));
  out.push_back(of([] { return AdaptiveAveragePooling2D(3); }, {s2}));
  out.push_back(of([] { return AdaptiveAveragePooling3D(2); }, {s3}));
  out.push_back(of([] { return ZeroPadding1D({1, 2}); }, {s1}));
  out.push_back(of([] { return ZeroPadding2D({{1, 2}, {0, 1}}); }, {s2}));
  out.push_back(of([] { return ZeroPadding3D(1); }, {s3}));
  out.push_back(of([] { return Cropping1D({1, 0}); }, {s1}));
  out.push_back(of([] { return Cropping2D({{1, 0}, {0, 1}}); }, {s2}));
  out.push_back(of([] { return Cropping3D(1); }, {s3}));
  out.push_back(of([] { return UpSampling1D(3); }, {s1}));
  out.push_back(of([] { return UpSampling2D({2, 3}, {.interpolation = "bilinear"}); }, {s2}));
  out.push_back(of([] { return UpSampling3D(2); }, {s3}));
  out.push_back(of([] { return Resizing(4, 3); }, {s2}));
  out.push_back(of([] { return CenterCrop(3, 4); }, {s2}));
}

void shapes_and_training(std::vector<ConformanceCase>& out) {
  out.push_back(of([] { return Flatten(); }, {{2, 3, 4}}));
  out.push_back(of([] { return Flatten({.data_format = "channels_first"}); }, {{2, 3, 4, 5}}));
  out.push_back(of([] { return Reshape({4, -1}); }, {{2, 2, 6}}));
  out.push_back(of([] { return Permute({2, 1}); }, {{2, 3, 4}}));
  out.push_back(of([] { return RepeatVector(3); }, {{2, 4}}));
  out.push_back(of([] { return Dropout(0.5, {.seed = 1}); }, {{2, 3, 4}}, {}, true));
  out.push_back(of([] { return AlphaDropout(0.5, {.seed = 1}); }, {{2, 3, 4}}, {}, true));
  out.push_back(of([] { return SpatialDropout1D(0.5, {.seed = 1}); }, {{2, 3, 4}}, {}, true));
  out.push_back(
      of([] { return SpatialDropout2D(0.5, {.data_format = "channels_first"}); }, {{2, 3, 4, 5}}));
  out.push_back(of([] { return SpatialDropout3D(0.5); }, {{2, 3, 4, 5, 2}}));
  out.push_back(of([] { return GaussianNoise(0.5); }, {{2, 3, 4}}, {}, true));
  out.push_back(of([] { return GaussianDropout(0.5); }, {{2, 3, 4}}, {}, true));
  const Names bn = {"gamma", "beta", "moving_mean", "moving_variance"};
  out.push_back(of([] { return BatchNormalization(); }, {{4, 3, 5}}, bn, true));
  out.push_back(of([] { return BatchNormalization({.axis = 1, .scale = false}); }, {{4, 3, 5, 2}},
                   {"beta", "moving_mean", "moving_variance"}));
  out.push_back(of([] { return BatchNormalization({.renorm = true}); }, {{6, 3}},
                   {"gamma", "beta", "moving_mean", "moving_variance", "moving_stddev",
                    "renorm_mean", "renorm_stddev"}));
  out.push_back(of(
      [] {
        return LayerNormalization({.axis = {1, 2}});
      },
      {{2, 3, 4}}, {"gamma", "beta"}, true));
  out.push_back(
      of([] { return GroupNormalization({.groups = 2}); }, {{2, 3, 4}}, {"gamma", "beta"}, true));
  out.push_back(of([] { return RMSNormalization(); }, {{2, 3, 4}}, {"scale"}));
  out.push_back(of([] { return UnitNormalization(); }, {{2, 3, 4}}, {}, true));
  out.push_back(
      of([] { return SpectralNormalization(Dense(3)); }, {{2, 4}}, {"kernel", "vector_u", "bias"}));
  out.push_back(of([] { return Rescaling(0.5, {.offset = {1, 2, 3}}); }, {{2, 4, 3}}, {}, true));
  out.push_back(of(
      [] {
        return Normalization({.mean = {1, 2, 3}, .variance = {1, 4, 9}});
      },
      {{2, 3}}));
  out.push_back(of([] { return Normalization(); }, {{2, 3}}, {"mean", "variance", "count"}));
  out.push_back(not_floats(of(
      [] {
        return Discretization({.bin_boundaries = {-0.5, 0, 0.5}});
      },
      {{2, 3}})));
  out.push_back(ints(of([] { return CategoryEncoding(5); }, {{2, 3}}), 5));
}

/// Images in [-1, 1] outside of training: there, layers draw.
template <class F>
ConformanceCase images(F make, Shape shape = {2, 5, 6, 3}) {
  ConformanceCase c = of(make, {shape});
  c.options.training = false;
  return c;
}

void augmentations(std::vector<ConformanceCase>& out) {
  const NumberOrPair unit(-1, 1);
  out.push_back(images([] { return RandomFlip({.mode = "vertical", .seed = 1}); }));
  out.push_back(images([] { return RandomRotation(0.2, {.fill_mode = "constant"}); }));
  out.push_back(images([] { return RandomZoom({0.1, 0.2}, {.width_factor = -0.3}); }));
  out.push_back(images([] { return RandomTranslation(0.2, {-0.1, 0.3}); }));
  out.push_back(images([] { return RandomShear({.x_factor = 0.3, .y_factor = {0.1, 0.2}}); }));
  out.push_back(images([] { return RandomCrop(5, 6); }));
  out.push_back(images([] { return RandomPerspective({.scale = 0.3}); }));
  out.push_back(images([] { return RandomElasticTransform({.factor = 0.5}); }));
  out.push_back(images([] { return RandomContrast(0.3); }));
  out.push_back(images([unit] { return RandomBrightness(0.3, {.value_range = unit}); }));
  out.push_back(images([unit] { return RandomHue(0.3, {.value_range = unit}); }));
  out.push_back(images([] { return RandomSaturation(0.3, {.value_range = {0, 1}}); }));
  out.push_back(images([] { return RandomSharpness(0.3); }));
  out.push_back(images([] { return RandomGrayscale({.factor = 0.3}); }));
  out.push_back(images([] { return RandomInvert(); }));
  out.push_back(images([] { return RandomPosterization({2, 6}); }));
  out.push_back(images([] { return RandomColorDegeneration(0.3); }));
  out.push_back(images([] { return RandomGaussianBlur({.kernel_size = {3, 5}, .sigma = 0.5}); }));
  out.push_back(images([] {
    return RandomColorJitter({.brightness_factor = 0.1, .hue_factor = {0.1, 0.2}});
  }));
  out.push_back(images([] { return Solarization({.threshold_factor = 0.5}); }));
  out.push_back(images([unit] { return AutoContrast({.value_range = unit}); }));
  out.push_back(images([unit] { return Equalization({.value_range = unit}); }));
  out.push_back(images([unit] {
    return ContrastLimitedAdaptiveHistogramEqualization(
        {.value_range = unit, .tile_grid_size = {2, 3}});
  }));
  out.push_back(images([] { return RandomErasing({.fill_value = 0.5}); }));
  out.push_back(images([] { return CutMix(); }));
  out.push_back(images([] { return MixUp({.alpha = 0.4}); }));
  out.push_back(images([unit] { return AugMix({.value_range = unit, .all_ops = false}); }));
  out.push_back(images([unit] { return RandAugment({.value_range = unit, .num_ops = 3}); }));
  out.push_back(images([] { return MaxNumBoundingBoxes(4); }));
  out.push_back(images([] { return Pipeline({RandomFlip(), RandomZoom(0.2)}); }));
}

void text_and_signals(std::vector<ConformanceCase>& out) {
  const auto words = [](ConformanceCase c) {
    c.strings = true;
    return not_floats(std::move(c));
  };
  const std::vector<std::string> vocabulary = {"a", "b", "c"};
  out.push_back(words(of([] { return Hashing(7, {.salt = Salt{3}}); }, {{2, 3}})));
  out.push_back(words(of([] { return HashedCrossing(7); }, {{2, 1}, {2, 1}})));
  out.push_back(words(of(
      [=] { return StringLookup({.num_oov_indices = 2, .vocabulary = vocabulary}); }, {{2, 3}})));
  out.push_back(
      not_floats(ints(of(
                          [] {
                            return IntegerLookup({.vocabulary = {{1, 4, 2}}, .output_mode = "int"});
                          },
                          {{2, 3}}),
                      6)));
  out.push_back(words(
      of([=] { return TextVectorization({.output_sequence_length = 4, .vocabulary = vocabulary}); },
         {{2, 1}})));
  out.push_back(
      of([] { return MelSpectrogram({.fft_length = 8, .sequence_stride = 4, .num_mel_bins = 3}); },
         {{2, 24}}));
  out.push_back(
      of([] { return STFTSpectrogram({.mode = "stft", .frame_length = 6, .expand_dims = true}); },
         {{2, 20, 3}}, {"real_kernel", "imag_kernel"}));
}

void recurrent(std::vector<ConformanceCase>& out) {
  const Shape x{2, 4, 3};
  out.push_back(of(
      [] {
        return SimpleRNN(3, {.dropout = 0.2, .recurrent_dropout = 0.2, .return_sequences = true});
      },
      {x}, krb, true));
  out.push_back(
      of([] { return SimpleRNN(3, {.return_state = true, .go_backwards = true}); }, {x}, krb));
  out.push_back(
      of([] { return LSTM(3, {.return_sequences = true, .return_state = true}); }, {x}, krb, true));
  out.push_back(of([] { return GRU(3, {.reset_after = false}); }, {x}, krb));
  out.push_back(of(
      [] {
        return RNN(LayerList{LSTMCell(2), GRUCell(3), SimpleRNNCell(2)},
                   {.return_sequences = true});
      },
      {x},
      {"kernel", "recurrent_kernel", "bias", "kernel", "recurrent_kernel", "bias", "kernel",
       "recurrent_kernel", "bias"},
      true));
  out.push_back(of([] { return SimpleRNNCell(3); }, {{2, 4}, {2, 3}}, krb));
  out.push_back(of([] { return GRUCell(3); }, {{2, 4}, {2, 3}}, krb));
  out.push_back(of([] { return LSTMCell(3); }, {{2, 4}, {2, 3}, {2, 3}}, krb));
  out.push_back(of(
      [] {
        return StackedRNNCells({GRUCell(3), SimpleRNNCell(2)});
      },
      {{2, 4}, {2, 3}, {2, 2}},
      {"kernel", "recurrent_kernel", "bias", "kernel", "recurrent_kernel", "bias"}));
  out.push_back(
      of([] { return Bidirectional(LSTM(2, {.return_sequences = true}), {.merge_mode = "sum"}); },
         {x}, {"kernel", "recurrent_kernel", "bias", "kernel", "recurrent_kernel", "bias"}, true));
  out.push_back(of([] { return Bidirectional(GRU(2), {.merge_mode = std::nullopt}); }, {x},
                   {"kernel", "recurrent_kernel", "bias", "kernel", "recurrent_kernel", "bias"}));
  out.push_back(of([] { return TimeDistributed(Dense(2)); }, {x}, kb, true));
  out.push_back(of([] { return TimeDistributed(BatchNormalization()); }, {x},
                   {"gamma", "beta", "moving_mean", "moving_variance"}));
  out.push_back(
      of([] { return ConvLSTM1D(2, 2, {.return_sequences = true}); }, {{2, 3, 5, 2}}, krb));
  out.push_back(of([] { return ConvLSTM2D(2, 2, {.padding = "same"}); }, {{2, 3, 4, 3, 2}}, krb));
  out.push_back(of([] { return ConvLSTM3D(1, 2); }, {{1, 2, 3, 3, 2, 2}}, krb));
}

void several_inputs(std::vector<ConformanceCase>& out) {
  const Shapes two = {{2, 3, 4}, {2, 3, 4}};
  out.push_back(of([] { return Add(); }, {{2, 3, 4}, {2, 4}, {2, 3, 1}}));
  out.push_back(of([] { return Subtract(); }, two));
  out.push_back(of([] { return Multiply(); }, two));
  out.push_back(of([] { return Average(); }, two));
  out.push_back(of([] { return Maximum(); }, two));
  out.push_back(of([] { return Minimum(); }, two));
  out.push_back(of([] { return Concatenate({.axis = 1}); }, {{2, 3, 4}, {2, 5, 4}}));
  out.push_back(of([] { return Dot(2, {.normalize = true}); }, {{2, 3, 4}, {2, 5, 4}}));
  const Shapes qv = {{2, 3, 4}, {2, 5, 4}};
  out.push_back(of([] { return Attention({.use_scale = true, .score_mode = "concat"}); }, qv,
                   {"scale", "concat_score_weight"}, true));
  out.push_back(
      of([] { return AdditiveAttention(); }, {{2, 3, 4}, {2, 5, 4}, {2, 5, 4}}, {"scale"}, true));
  const Names heads = {"kernel", "bias", "kernel", "bias", "kernel", "bias", "kernel", "bias"};
  out.push_back(
      of([] { return MultiHeadAttention(2, 3, {.output_shape = Shape{6}}); }, qv, heads, true));
  out.push_back(of([] { return MultiHeadAttention(2, 3, {.dropout = 0.1, .sliding_window = 2}); },
                   qv, heads, true));
  out.push_back(of([] { return GroupQueryAttention(3, 4, 2); }, {{2, 3, 4}, {2, 5, 4}, {2, 5, 4}},
                   heads, true));
}

/// A layer that only files make.
Layer from_file(const char* class_name, Config::Dict fields) {
  return layer_from_config(
      Config::dict({{"class_name", class_name}, {"config", Config(std::move(fields))}}));
}

void of_older_keras(std::vector<ConformanceCase>& out) {
  out.push_back(of(
      [] {
        return from_file("MaxoutDense", {{"units", 3}, {"nb_feature", 2}});
      },
      {{2, 4}}, kb));
  out.push_back(of(
      [] {
        return from_file("Highway", {{"activation", "tanh"}});
      },
      {{2, 4}}, {"kernel", "carry_kernel", "bias", "carry_bias"}));
  out.push_back(of(
      [] {
        return from_file("SReLU",
                         {{"a_right_initializer", "zeros"}, {"shared_axes", Config::list({1})}});
      },
      {{2, 3, 4}}, {"t_left", "a_left", "t_right", "a_right"}, true));
  out.push_back(of(
      [] {
        return from_file("ParametricSoftplus", {{"beta_init", 1.5}});
      },
      {{2, 3, 4}}, {"alphas", "betas"}, true));
  out.push_back(of(
      [] {
        return from_file("CosineMerge", {{"axes", Config::list({1, 1})}});
      },
      {{2, 4}, {2, 4}}));
  for (int mode : {1, 2})
    out.push_back(of(
        [mode] {
          return from_file("BatchNormalizationV0", {{"mode", mode}});
        },
        {{2, 3, 4}}, {"gamma", "beta", "moving_mean", "moving_variance"}, true));
  out.push_back(of(
      [] {
        return from_file("TimeMajor",
                         {{"layer", LSTM(3, {.return_sequences = true})->serialize()}});
      },
      {{5, 2, 4}}, krb));
  out.push_back(of(
      [] {
        return from_file("CornerUpSampling2D",
                         {{"size", Config::list({2, 3})}, {"data_format", "channels_first"}});
      },
      {{2, 2, 3, 4}}));
  out.push_back(images([] { return from_file("CornerCrop", {{"height", 3}, {"width", 2}}); }));
  for (const char* name : {"RandomHeight", "RandomWidth"})
    out.push_back(images([name] {
      return from_file(name, {{"factor", Config::list({0.1, 0.4})}, {"seed", 3}});
    }));
  for (int how : {1, 2, 3}) {
    out.push_back(of(
        [how] {
          return from_file("LocallyConnected1D",
                           {{"filters", 3}, {"kernel_size", 2}, {"implementation", how}});
        },
        {{2, 5, 2}}, kb));
    out.push_back(of(
        [how] {
          return from_file("LocallyConnected2D", {{"filters", 2},
                                                  {"kernel_size", Config::list({2, 3})},
                                                  {"strides", Config::list({2, 1})},
                                                  {"data_format", "channels_first"},
                                                  {"implementation", how}});
        },
        {{2, 2, 4, 4}}, kb));
  }
}

}  // namespace

const std::vector<ConformanceCase>& conformance_cases() {
  static const std::vector<ConformanceCase> cases = [] {
    std::vector<ConformanceCase> out;
    core(out);
    convolutions(out);
    shapes_and_training(out);
    augmentations(out);
    text_and_signals(out);
    recurrent(out);
    several_inputs(out);
    of_older_keras(out);
    return out;
  }();
  return cases;
}

Tensors conformance_inputs(const ConformanceCase& c, DType dtype) {
  Tensors out;
  uint64_t state = 12345;
  for (const Shape& shape : c.inputs) {
    if (c.strings) {
      std::vector<std::string> texts;
      for (int64_t i = 0; i < shape.size(); ++i) texts.push_back(i % 3 ? "a word" : "b");
      out.push_back(Tensor::from(texts, shape));
      continue;
    }
    std::vector<double> values(static_cast<size_t>(shape.size()));
    for (double& v : values) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      const double u = static_cast<double>(state >> 11) / 9007199254740992.0;
      v = c.integers > 0
              ? static_cast<double>(static_cast<int64_t>(u * static_cast<double>(c.integers)))
              : 2 * u - 1;
    }
    out.push_back(Tensor::from(values, shape).astype(c.integers > 0 ? DType::int32 : dtype));
  }
  return out;
}

}  // namespace kcpp::test
