/// MobileNetV2 (keras.applications.mobilenet_v2).
#pragma once

#include <optional>
#include <string>

#include "kcpp/activations.h"
#include "kcpp/models/model.h"

namespace kcpp::applications {

struct MobileNetV2Options {
  std::optional<Shape> input_shape = {};  ///< none: {224, 224, 3}, or {-1, -1, 3} without the top
  double alpha = 1.0;                     ///< width: scales the number of filters of each layer
  bool include_top = true;  ///< global average pooling and the Dense layer of the classes
  /// Path of a weights file of the same network (.weights.h5, .keras, legacy .h5). Empty: random
  /// weights. Nothing is ever downloaded, so "imagenet" throws a ValueError that says what to do.
  std::string weights = {};
  Tensor input_tensor = {};                 ///< a symbolic tensor to use as the image
  std::optional<std::string> pooling = {};  ///< without the top: "avg" or "max" over all positions
  int64_t classes = 1000;
  ActivationFn classifier_activation = "softmax";  ///< `nullptr`: logits
  std::string name = {};                           ///< empty: e.g. "mobilenetv2_1.00_224"
};

/// Inverted residuals and linear bottlenecks (Sandler et al., 2018,
/// https://arxiv.org/abs/1801.04381): (batch, height, width, 3) -> (batch, classes). Layers, names
/// and config are those of keras.applications.MobileNetV2: files of it load.
///
///     Model model = applications::MobileNetV2({.input_shape = Shape{96, 96, 3}, .alpha = 0.35});
Model MobileNetV2(const MobileNetV2Options& options = {});

namespace mobilenet_v2 {
/// 0..255 to -1..1.
Tensor preprocess_input(const Tensor& x, const std::string& data_format = {});
}  // namespace mobilenet_v2

}  // namespace kcpp::applications
