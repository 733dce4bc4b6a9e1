/// Random changes of the colours of images, in training only (keras.layers): RandomContrast,
/// RandomBrightness, RandomHue, RandomSaturation, RandomSharpness, RandomGrayscale, RandomInvert,
/// RandomPosterization, RandomColorDegeneration, RandomGaussianBlur, RandomColorJitter,
/// Solarization.
#pragma once

#include <optional>
#include <string>

#include "kcpp/layers/layer.h"
#include "kcpp/layers/number_or_pair.h"

namespace kcpp::layers {

/// Of RandomContrast and RandomBrightness.
struct RandomLightOptions {
  NumberOrPair value_range = {0, 255};  ///< the images' lowest and highest value
  std::optional<int64_t> seed = {};
  std::string data_format = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Spreads or narrows the values around their mean, by a random factor in [1 - lower, 1 + upper].
class KCPP_API RandomContrast : public Layer {
 public:
  explicit RandomContrast(const NumberOrPair& factor, RandomLightOptions options = {});
};

/// Adds a random part of the value range.
class KCPP_API RandomBrightness : public Layer {
 public:
  explicit RandomBrightness(const NumberOrPair& factor, RandomLightOptions options = {});
};

/// Of the layers that take a factor and change colours.
struct RandomColorOptions {
  NumberOrPair value_range = {0, 255};  ///< the images' lowest and highest value
  std::string data_format = {};
  std::optional<int64_t> seed = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Turns the colours around the colour circle.
class KCPP_API RandomHue : public Layer {
 public:
  explicit RandomHue(const NumberOrPair& factor, RandomColorOptions options = {});
};

/// Makes colours stronger (above 0.5) or weaker (below).
class KCPP_API RandomSaturation : public Layer {
 public:
  explicit RandomSaturation(const NumberOrPair& factor, RandomColorOptions options = {});
};

/// Sharpens (above 0.5) or blurs (below).
class KCPP_API RandomSharpness : public Layer {
 public:
  explicit RandomSharpness(const NumberOrPair& factor, RandomColorOptions options = {});
};

struct RandomGrayscaleOptions {
  double factor = 0.5;
  std::string data_format = {};
  std::optional<int64_t> seed = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Makes this share of the images grey.
class KCPP_API RandomGrayscale : public Layer {
 public:
  explicit RandomGrayscale(RandomGrayscaleOptions options = {});
};

struct RandomInvertOptions {
  NumberOrPair factor = 1.0;
  NumberOrPair value_range = {0, 255};  ///< the images' lowest and highest value
  std::optional<int64_t> seed = {};
  std::string data_format = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Makes negatives of a share of the images.
class KCPP_API RandomInvert : public Layer {
 public:
  explicit RandomInvert(RandomInvertOptions options = {});
};

/// Keeps a random number of bits of each value.
class KCPP_API RandomPosterization : public Layer {
 public:
  explicit RandomPosterization(const NumberOrPair& factor, RandomColorOptions options = {});
};

/// Mixes in the grey image by a random share.
class KCPP_API RandomColorDegeneration : public Layer {
 public:
  explicit RandomColorDegeneration(const NumberOrPair& factor, RandomColorOptions options = {});
};

struct RandomGaussianBlurOptions {
  NumberOrPair factor = 1.0;
  NumberOrPair kernel_size = 3;  ///< odd
  NumberOrPair sigma = 1.0;
  NumberOrPair value_range = {0, 255};  ///< the images' lowest and highest value
  std::string data_format = {};
  std::optional<int64_t> seed = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Blurs a share of the images by a random sigma.
class KCPP_API RandomGaussianBlur : public Layer {
 public:
  explicit RandomGaussianBlur(RandomGaussianBlurOptions options = {});
};

struct RandomColorJitterOptions {
  NumberOrPair value_range = {0, 255};  ///< the images' lowest and highest value
  NumberOrPair brightness_factor = {};
  NumberOrPair contrast_factor = {};
  NumberOrPair saturation_factor = {};
  NumberOrPair hue_factor = {};
  std::optional<int64_t> seed = {};
  std::string data_format = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Changes brightness, contrast, saturation and hue, each that has a factor.
class KCPP_API RandomColorJitter : public Layer {
 public:
  explicit RandomColorJitter(RandomColorJitterOptions options = {});
};

struct SolarizationOptions {
  NumberOrPair addition_factor = 0.0;
  NumberOrPair threshold_factor = 0.0;
  NumberOrPair value_range = {0, 255};  ///< the images' lowest and highest value
  std::optional<int64_t> seed = {};
  std::string data_format = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Adds a random number, then mirrors what is above a random threshold.
class KCPP_API Solarization : public Layer {
 public:
  explicit Solarization(SolarizationOptions options = {});
};

}  // namespace kcpp::layers
