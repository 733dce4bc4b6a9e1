#include "models/src/common.h"

#include <filesystem>

#include "kcpp/core/defaults.h"
#include "kcpp/layers/global_pooling.h"
#include "kcpp/layers/input.h"
#include "kcpp/ops/create.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/shape.h"
#include "kcpp/saving.h"

namespace kcpp::applications {

void check_weights(const std::string& weights) {
  check(weights != "imagenet",
        "weights=\"imagenet\" would need a download, which kcpp never does. Save the weights in "
        "Python (`keras.applications.<Model>().save_weights(\"model.weights.h5\")`), or download "
        "the published .h5 file, and pass its path.");
  check(weights.empty() || std::filesystem::exists(weights),
        "The `weights` argument should be either empty (random initialization) or the path to the "
        "weights file to be loaded. Received: weights=",
        weights);
}

void check_classifier_activation(const ActivationFn& activation, const std::string& weights) {
  check(weights.empty() || activation.is_linear() || activation.name() == "softmax",
        "Only `None` and `softmax` activations are allowed for the `classifier_activation` "
        "argument when using pretrained weights, with `include_top=True`; Received: "
        "classifier_activation=",
        activation.name());
}

Shape image_shape(const std::optional<Shape>& given, int64_t default_size, bool include_top) {
  constexpr int64_t min_size = 32;
  const bool first = is_channels_first({});
  if (!given) {
    const int64_t size = include_top ? default_size : Shape::unknown;
    return first ? Shape{3, size, size} : Shape{size, size, 3};
  }
  check(given->rank() == 3,
        "`input_shape` must be a tuple of three integers. Received: input_shape=", *given);
  bool known = true;
  for (int axis = first ? 1 : 0; axis < (first ? 3 : 2); ++axis) {
    const int64_t size = (*given)[axis];
    known = known && size != Shape::unknown;
    check(size == Shape::unknown || size >= min_size, "Input size must be at least ", min_size, "x",
          min_size, "; Received: input_shape=", *given);
  }
  check(known || !include_top,
        "If `include_top` is True, you should specify a static `input_shape`. Received: "
        "input_shape=",
        *given);
  return *given;
}

int channel_axis(int last) { return is_channels_first({}) ? 1 : last; }

Tensor image_input(const Tensor& given, const Shape& shape) {
  return given.defined() ? given : layers::Input(shape).output();
}

Tensor pooled(const Tensor& x, const std::optional<std::string>& pooling, const std::string& avg,
              const std::string& max) {
  if (pooling == "avg") return layers::GlobalAveragePooling2D({.name = avg})(x);
  if (pooling == "max") return layers::GlobalMaxPooling2D({.name = max})(x);
  return x;
}

Model finish(const Tensor& input, const Tensor& output, const std::string& name,
             const std::string& weights) {
  Model model(input, output, {.name = name});
  if (!weights.empty()) model.load_weights(weights);
  return model;
}

Tensor scale_image(const Tensor& x) {
  return (is_floating(x.dtype()) ? x : ops::cast(x, floatx())) / 127.5 - 1.0;
}

Tensor centre_bgr(const Tensor& x, const std::string& data_format) {
  const bool first = is_channels_first(data_format);
  const int axis = first ? -3 : -1;
  const Tensor mean = Tensor::from(std::vector<double>{103.939, 116.779, 123.68},
                                   first ? Shape{3, 1, 1} : Shape{3});
  const Tensor image = is_floating(x.dtype()) ? x : ops::cast(x, floatx());
  return ops::flip(image, axis) - ops::cast(mean, image.dtype());
}

}  // namespace kcpp::applications
