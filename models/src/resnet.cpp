#include "kcpp/applications/resnet.h"

#include <array>
#include <functional>

#include "kcpp/layers/activation.h"
#include "kcpp/layers/batch_normalization.h"
#include "kcpp/layers/conv.h"
#include "kcpp/layers/dense.h"
#include "kcpp/layers/global_pooling.h"
#include "kcpp/layers/merge.h"
#include "kcpp/layers/padding.h"
#include "kcpp/layers/pooling.h"
#include "models/src/common.h"

namespace kcpp::applications {

namespace {

Tensor batch_norm(const Tensor& x, const std::string& name) {
  return layers::BatchNormalization({.axis = channel_axis(3), .epsilon = 1.001e-5, .name = name})(
      x);
}

Tensor relu(const Tensor& x, const std::string& name) {
  return layers::Activation("relu", {.name = name})(x);
}

/// The bottleneck of version 1: 1x1 (with the stride), 3x3, 1x1 to four times the filters.
Tensor block_v1(Tensor x, int64_t filters, int64_t stride, bool conv_shortcut,
                const std::string& name) {
  Tensor shortcut = x;
  if (conv_shortcut) {
    shortcut = layers::Conv2D(4 * filters, 1, {.strides = stride, .name = name + "_0_conv"})(x);
    shortcut = batch_norm(shortcut, name + "_0_bn");
  }
  x = layers::Conv2D(filters, 1, {.strides = stride, .name = name + "_1_conv"})(x);
  x = relu(batch_norm(x, name + "_1_bn"), name + "_1_relu");
  x = layers::Conv2D(filters, 3, {.padding = "same", .name = name + "_2_conv"})(x);
  x = relu(batch_norm(x, name + "_2_bn"), name + "_2_relu");
  x = layers::Conv2D(4 * filters, 1, {.name = name + "_3_conv"})(x);
  x = batch_norm(x, name + "_3_bn");
  x = layers::Add({.name = name + "_add"})({shortcut, x});
  return relu(x, name + "_out");
}

/// The bottleneck of version 2: normalised and activated first, the stride in the 3x3.
Tensor block_v2(Tensor x, int64_t filters, int64_t stride, bool conv_shortcut,
                const std::string& name) {
  const Tensor before = relu(batch_norm(x, name + "_preact_bn"), name + "_preact_relu");
  Tensor shortcut = x;
  if (conv_shortcut) {
    shortcut =
        layers::Conv2D(4 * filters, 1, {.strides = stride, .name = name + "_0_conv"})(before);
  } else if (stride > 1) {
    shortcut = layers::MaxPooling2D(1, {.strides = stride})(x);
  }
  x = layers::Conv2D(filters, 1,
                     {.strides = 1, .use_bias = false, .name = name + "_1_conv"})(before);
  x = relu(batch_norm(x, name + "_1_bn"), name + "_1_relu");
  x = layers::ZeroPadding2D({{1, 1}, {1, 1}}, {.name = name + "_2_pad"})(x);
  x = layers::Conv2D(filters, 3,
                     {.strides = stride, .use_bias = false, .name = name + "_2_conv"})(x);
  x = relu(batch_norm(x, name + "_2_bn"), name + "_2_relu");
  x = layers::Conv2D(4 * filters, 1, {.name = name + "_3_conv"})(x);
  return layers::Add({.name = name + "_out"})({shortcut, x});
}

using Blocks = std::array<int, 4>;  // of the stages conv2 to conv5, with 64, 128, 256, 512 filters

Tensor stages_v1(Tensor x, const Blocks& blocks) {
  for (int stage = 0; stage < 4; ++stage) {
    for (int block = 1; block <= blocks[stage]; ++block) {
      x = block_v1(x, int64_t{64} << stage, block == 1 && stage > 0 ? 2 : 1, block == 1,
                   text("conv", stage + 2, "_block", block));
    }
  }
  return x;
}

Tensor stages_v2(Tensor x, const Blocks& blocks) {
  for (int stage = 0; stage < 4; ++stage) {
    for (int block = 1; block <= blocks[stage]; ++block) {
      x = block_v2(x, int64_t{64} << stage, block == blocks[stage] && stage < 3 ? 2 : 1, block == 1,
                   text("conv", stage + 2, "_block", block));
    }
  }
  return x;
}

Model build(const ResNetOptions& o, const Blocks& blocks, bool preact, const char* name) {
  check_weights(o.weights);
  const Tensor image = image_input(o.input_tensor, image_shape(o.input_shape, 224, o.include_top));
  Tensor x = layers::ZeroPadding2D({{3, 3}, {3, 3}}, {.name = "conv1_pad"})(image);
  x = layers::Conv2D(64, 7, {.strides = 2, .name = "conv1_conv"})(x);
  if (!preact) x = relu(batch_norm(x, "conv1_bn"), "conv1_relu");
  x = layers::ZeroPadding2D({{1, 1}, {1, 1}}, {.name = "pool1_pad"})(x);
  x = layers::MaxPooling2D(3, {.strides = 2, .name = "pool1_pool"})(x);
  x = preact ? stages_v2(x, blocks) : stages_v1(x, blocks);
  if (preact) x = relu(batch_norm(x, "post_bn"), "post_relu");
  if (o.include_top) {
    x = layers::GlobalAveragePooling2D({.name = "avg_pool"})(x);
    check_classifier_activation(o.classifier_activation, o.weights);
    x = layers::Dense(o.classes, {.activation = o.classifier_activation, .name = "predictions"})(x);
  } else {
    x = pooled(x, o.pooling, "avg_pool", "max_pool");
  }
  return finish(image, x, o.name.empty() ? name : o.name, o.weights);
}

}  // namespace

Model ResNet50(const ResNetOptions& o) { return build(o, {3, 4, 6, 3}, false, "resnet50"); }
Model ResNet101(const ResNetOptions& o) { return build(o, {3, 4, 23, 3}, false, "resnet101"); }
Model ResNet152(const ResNetOptions& o) { return build(o, {3, 8, 36, 3}, false, "resnet152"); }
Model ResNet50V2(const ResNetOptions& o) { return build(o, {3, 4, 6, 3}, true, "resnet50v2"); }
Model ResNet101V2(const ResNetOptions& o) { return build(o, {3, 4, 23, 3}, true, "resnet101v2"); }
Model ResNet152V2(const ResNetOptions& o) { return build(o, {3, 8, 36, 3}, true, "resnet152v2"); }

Tensor resnet::preprocess_input(const Tensor& x, const std::string& data_format) {
  return centre_bgr(x, data_format);
}
Tensor resnet_v2::preprocess_input(const Tensor& x, const std::string&) { return scale_image(x); }

}  // namespace kcpp::applications
