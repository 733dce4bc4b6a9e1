/// ResNet for images of ImageNet's size (keras.applications.resnet, resnet_v2).
#pragma once

#include <optional>
#include <string>

#include "kcpp/activations.h"
#include "kcpp/models/model.h"

namespace kcpp::applications {

struct ResNetOptions {
  bool include_top = true;  ///< global average pooling and the Dense layer of the classes
  /// Path of a weights file of the same network (.weights.h5, .keras, legacy .h5). Empty: random
  /// weights. Nothing is ever downloaded, so "imagenet" throws a ValueError that says what to do.
  std::string weights = {};
  Tensor input_tensor = {};                 ///< a symbolic tensor to use as the image
  std::optional<Shape> input_shape = {};    ///< none: {224, 224, 3}, or {-1, -1, 3} without the top
  std::optional<std::string> pooling = {};  ///< without the top: "avg" or "max" over all positions
  int64_t classes = 1000;
  ActivationFn classifier_activation = "softmax";  ///< `nullptr`: logits
  std::string name = {};                           ///< empty: Keras's, e.g. "resnet50"
};

/// ResNet, version 1 (He et al., 2015, https://arxiv.org/abs/1512.03385): (batch, height, width, 3)
/// -> (batch, classes). Layers, names and config are those of keras.applications.ResNet50: files of
/// it load.
///
///     Model model = applications::ResNet50({.weights = "resnet50.weights.h5"});
///     Tensor p = model.predict(applications::resnet::preprocess_input(image));
Model ResNet50(const ResNetOptions& options = {});
Model ResNet101(const ResNetOptions& options = {});
Model ResNet152(const ResNetOptions& options = {});
/// ResNet, version 2: normalisation and activation before the convolutions (He et al., 2016,
/// https://arxiv.org/abs/1603.05027).
Model ResNet50V2(const ResNetOptions& options = {});
Model ResNet101V2(const ResNetOptions& options = {});
Model ResNet152V2(const ResNetOptions& options = {});

namespace resnet {
/// RGB of 0..255 to what the published weights of version 1 expect: BGR minus ImageNet's mean.
Tensor preprocess_input(const Tensor& x, const std::string& data_format = {});
}  // namespace resnet
namespace resnet_v2 {
/// 0..255 to -1..1.
Tensor preprocess_input(const Tensor& x, const std::string& data_format = {});
}  // namespace resnet_v2

}  // namespace kcpp::applications
