#include "kcpp/applications/mobilenet_v2.h"

#include <algorithm>
#include <cstdio>

#include "kcpp/core/defaults.h"
#include "kcpp/layers/activation.h"
#include "kcpp/layers/batch_normalization.h"
#include "kcpp/layers/conv.h"
#include "kcpp/layers/dense.h"
#include "kcpp/layers/depthwise_conv.h"
#include "kcpp/layers/global_pooling.h"
#include "kcpp/layers/merge.h"
#include "kcpp/layers/padding.h"
#include "models/src/common.h"

namespace kcpp::applications {

namespace {

/// The multiple of 8 nearest to v, but not less than 90 % of it.
int64_t make_divisible(double v) {
  const int64_t nearest = std::max<int64_t>(8, static_cast<int64_t>(v + 4) / 8 * 8);
  return static_cast<double>(nearest) < 0.9 * v ? nearest + 8 : nearest;
}

Tensor batch_norm(const Tensor& x, const std::string& name) {
  return layers::BatchNormalization(
      {.axis = channel_axis(-1), .momentum = 0.999, .epsilon = 1e-3, .name = name})(x);
}

Tensor relu6(const Tensor& x, const std::string& name) {
  return layers::ReLU({.max_value = 6.0, .name = name})(x);
}

/// Zeros before a 3x3 convolution of stride 2, so that it sees the same pixels as in TensorFlow's
/// "same" padding of an even size.
Tensor pad(const Tensor& x, const std::string& name) {
  const int rows = is_channels_first({}) ? 2 : 1;
  int64_t before[2];
  for (int i = 0; i < 2; ++i) {
    const int64_t size = x.shape()[rows + i];
    before[i] = size == Shape::unknown ? 0 : size % 2;
  }
  return layers::ZeroPadding2D({{before[0], 1}, {before[1], 1}}, {.name = name})(x);
}

/// Widen (1x1), convolve each channel (3x3), narrow (1x1) without activation.
Tensor inverted_residual(const Tensor& input, int64_t filters, double alpha, int64_t stride,
                         int64_t expansion, int id) {
  const int64_t channels = input.shape()[is_channels_first({}) ? 1 : 3];
  const int64_t narrow = make_divisible(
      static_cast<double>(static_cast<int64_t>(static_cast<double>(filters) * alpha)));
  const std::string prefix = id == 0 ? "expanded_conv_" : text("block_", id, "_");
  Tensor x = input;
  if (id != 0) {
    x = layers::Conv2D(expansion * channels, 1,
                       {.padding = "same", .use_bias = false, .name = prefix + "expand"})(x);
    x = relu6(batch_norm(x, prefix + "expand_BN"), prefix + "expand_relu");
  }
  if (stride == 2) x = pad(x, prefix + "pad");
  x = layers::DepthwiseConv2D(3, {.strides = stride,
                                  .padding = stride == 1 ? "same" : "valid",
                                  .use_bias = false,
                                  .name = prefix + "depthwise"})(x);
  x = relu6(batch_norm(x, prefix + "depthwise_BN"), prefix + "depthwise_relu");
  x = layers::Conv2D(narrow, 1,
                     {.padding = "same", .use_bias = false, .name = prefix + "project"})(x);
  x = batch_norm(x, prefix + "project_BN");
  return channels == narrow && stride == 1 ? layers::Add({.name = prefix + "add"})({input, x}) : x;
}

struct Stage {
  int64_t filters;
  int blocks;
  int64_t stride;
};
constexpr Stage stages[] = {{16, 1, 1}, {24, 2, 2},  {32, 3, 2}, {64, 4, 2},
                            {96, 3, 1}, {160, 3, 2}, {320, 1, 1}};

int64_t default_size(const MobileNetV2Options& o) {
  const bool first = is_channels_first({});
  int64_t rows = 0, cols = 0;
  if (o.input_shape && o.input_shape->rank() == 3) {
    rows = (*o.input_shape)[first ? 1 : 0];
    cols = (*o.input_shape)[first ? 2 : 1];
  } else if (o.input_tensor.defined() && o.input_tensor.rank() == 4) {
    rows = o.input_tensor.shape()[first ? 2 : 1];
    cols = o.input_tensor.shape()[first ? 3 : 2];
  }
  const bool known = rows == 96 || rows == 128 || rows == 160 || rows == 192 || rows == 224;
  return rows == cols && known ? rows : 224;
}

}  // namespace

Model MobileNetV2(const MobileNetV2Options& o) {
  check_weights(o.weights);
  const Shape shape = image_shape(o.input_shape, default_size(o), o.include_top);
  const Tensor image = image_input(o.input_tensor, shape);

  Tensor x =
      layers::Conv2D(make_divisible(32 * o.alpha), 3,
                     {.strides = 2, .padding = "same", .use_bias = false, .name = "Conv1"})(image);
  x = relu6(batch_norm(x, "bn_Conv1"), "Conv1_relu");
  int id = 0;
  for (const Stage& stage : stages) {
    for (int block = 0; block < stage.blocks; ++block, ++id) {
      x = inverted_residual(x, stage.filters, o.alpha, block == 0 ? stage.stride : 1,
                            id == 0 ? 1 : 6, id);
    }
  }
  const int64_t last = o.alpha > 1.0 ? make_divisible(1280 * o.alpha) : 1280;
  x = layers::Conv2D(last, 1, {.use_bias = false, .name = "Conv_1"})(x);
  x = relu6(batch_norm(x, "Conv_1_bn"), "out_relu");
  if (o.include_top) {
    x = layers::GlobalAveragePooling2D()(x);
    check_classifier_activation(o.classifier_activation, o.weights);
    x = layers::Dense(o.classes, {.activation = o.classifier_activation, .name = "predictions"})(x);
  } else {
    x = pooled(x, o.pooling, {}, {});
  }
  std::string name = o.name;
  if (name.empty()) {
    const int64_t rows = shape[is_channels_first({}) ? 1 : 0];
    char width[32];
    std::snprintf(width, sizeof width, "mobilenetv2_%.2f_", o.alpha);
    name = width + (rows == Shape::unknown ? std::string("None") : std::to_string(rows));
  }
  return finish(image, x, name, o.weights);
}

Tensor mobilenet_v2::preprocess_input(const Tensor& x, const std::string&) {
  return scale_image(x);
}

}  // namespace kcpp::applications
