#include "kcpp/applications/resnet_cifar.h"

#include "kcpp/layers/activation.h"
#include "kcpp/layers/batch_normalization.h"
#include "kcpp/layers/conv.h"
#include "kcpp/layers/dense.h"
#include "kcpp/layers/global_pooling.h"
#include "kcpp/layers/input.h"
#include "kcpp/layers/merge.h"
#include "models/src/common.h"

namespace kcpp::applications {

Model ResNet20(const CifarResNetOptions& o) {
  check_weights(o.weights);
  check(o.blocks > 0, "`blocks` must be positive. Received: blocks=", o.blocks);
  FreshNames name;
  const auto relu = [&](const Tensor& x) { return layers::ReLU({.name = name("re_lu")})(x); };
  const auto conv_bn = [&](const Tensor& x, int64_t filters, int64_t kernel, int64_t stride) {
    const Tensor y = layers::Conv2D(
        filters, kernel,
        {.strides = stride, .padding = "same", .use_bias = false, .name = name("conv2d")})(x);
    return layers::BatchNormalization({.name = name("batch_normalization")})(y);
  };

  const Tensor image = layers::Input(o.input_shape, {.name = name("input_layer")});
  Tensor x = relu(conv_bn(image, 16, 3, 1));
  for (int stage = 0; stage < 3; ++stage) {
    const int64_t filters = int64_t{16} << stage;
    for (int block = 0; block < o.blocks; ++block) {
      const int64_t stride = stage > 0 && block == 0 ? 2 : 1;
      Tensor y = relu(conv_bn(x, filters, 3, stride));
      y = conv_bn(y, filters, 3, 1);
      if (stride != 1) x = conv_bn(x, filters, 1, stride);
      x = relu(layers::Add({.name = name("add")})({x, y}));
    }
  }
  x = layers::GlobalAveragePooling2D({.name = name("global_average_pooling2d")})(x);
  x = layers::Dense(o.classes, {.activation = o.classifier_activation, .name = name("dense")})(x);
  return finish(image, x, o.name.empty() ? "functional" : o.name, o.weights);
}

}  // namespace kcpp::applications
