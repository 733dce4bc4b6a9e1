/// What the architectures share.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "kcpp/activations.h"
#include "kcpp/layers/layer.h"
#include "kcpp/models/model.h"

namespace kcpp::applications {

/// Throws Keras's error unless `weights` is empty or the path of a file.
void check_weights(const std::string& weights);
/// The published weights of a classifier go with softmax or with logits only.
void check_classifier_activation(const ActivationFn& activation, const std::string& weights);

/// keras.applications' rule for the shape of an image without the batch: the given one, checked,
/// else `default_size` squared with the top and any size without it.
Shape image_shape(const std::optional<Shape>& given, int64_t default_size, bool include_top);
/// Axis of the channels as BatchNormalization takes it: 1 or `last`.
int channel_axis(int last);
/// The image: the given symbolic tensor or a fresh Input.
Tensor image_input(const Tensor& given, const Shape& shape);
/// Global pooling without a top: "avg" or "max", else x as it is. A name for each, or empty.
Tensor pooled(const Tensor& x, const std::optional<std::string>& pooling, const std::string& avg,
              const std::string& max);

/// The model, with its weights loaded when there is a path.
Model finish(const Tensor& input, const Tensor& output, const std::string& name,
             const std::string& weights);

/// 0..255 to -1..1 ("tf"), or to BGR minus ImageNet's mean ("caffe").
Tensor scale_image(const Tensor& x);
Tensor centre_bgr(const Tensor& x, const std::string& data_format);

/// Names as a fresh Python session of Keras gives them: "conv2d", "conv2d_1", ... Kept by the
/// builder of a model, so that the names do not depend on what the program made before.
class FreshNames {
 public:
  std::string operator()(const std::string& kind) {
    const int n = used_[kind]++;
    return n == 0 ? kind : kind + "_" + std::to_string(n);
  }

 private:
  std::map<std::string, int> used_;
};

}  // namespace kcpp::applications
