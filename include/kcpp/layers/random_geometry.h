/// Random changes of the geometry of images (keras.layers): RandomFlip, RandomRotation, RandomZoom,
/// RandomTranslation, RandomShear, RandomCrop, RandomPerspective, RandomElasticTransform.
///
/// Images are (batch, height, width, channels) or one image; they are changed in training only.
#pragma once

#include <optional>
#include <string>

#include "kcpp/layers/layer.h"
#include "kcpp/layers/number_or_pair.h"

namespace kcpp::layers {

struct RandomFlipOptions {
  std::string mode = "horizontal_and_vertical";  ///< or "horizontal", "vertical"
  std::optional<int64_t> seed = {};
  std::string data_format = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Turns images upside down or left to right, each with probability 1/2.
class KCPP_API RandomFlip : public Layer {
 public:
  explicit RandomFlip(RandomFlipOptions options = {});
};

/// Of RandomRotation and RandomTranslation.
struct RandomMoveOptions {
  std::string fill_mode = "reflect";       ///< or "constant", "wrap", "nearest"
  std::string interpolation = "bilinear";  ///< or "nearest"
  std::optional<int64_t> seed = {};
  double fill_value = 0.0;  ///< for "constant"
  std::string data_format = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Rotates by a random part of a full turn in [-factor, factor], or in the pair given; positive:
/// counter-clockwise.
class KCPP_API RandomRotation : public Layer {
 public:
  explicit RandomRotation(const NumberOrPair& factor, RandomMoveOptions options = {});
};

struct RandomZoomOptions {
  NumberOrPair width_factor = {};          ///< empty: keeps the aspect ratio
  std::string fill_mode = "reflect";       ///< or "constant", "wrap", "nearest"
  std::string interpolation = "bilinear";  ///< or "nearest"
  std::optional<int64_t> seed = {};
  double fill_value = 0.0;  ///< for "constant"
  std::string data_format = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Enlarges (negative) or shrinks (positive) by a random factor; the width as the height unless it
/// has a factor of its own.
class KCPP_API RandomZoom : public Layer {
 public:
  explicit RandomZoom(const NumberOrPair& height_factor, RandomZoomOptions options = {});
};

/// Shifts by a random part of the height (positive: down) and of the width (positive: right).
class KCPP_API RandomTranslation : public Layer {
 public:
  RandomTranslation(const NumberOrPair& height_factor, const NumberOrPair& width_factor,
                    RandomMoveOptions options = {});
};

struct RandomShearOptions {
  NumberOrPair x_factor = 0.0;
  NumberOrPair y_factor = 0.0;
  std::string interpolation = "bilinear";  ///< or "nearest"
  std::string fill_mode = "reflect";       ///< or "constant", "wrap", "nearest"
  double fill_value = 0.0;                 ///< for "constant"
  std::string data_format = {};
  std::optional<int64_t> seed = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Slants along x and along y, both by random parts and to random sides.
class KCPP_API RandomShear : public Layer {
 public:
  explicit RandomShear(RandomShearOptions options = {});
};

struct RandomCropOptions {
  std::optional<int64_t> seed = {};
  std::string data_format = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Cuts a random piece out, in training only, as in Keras; smaller images are enlarged.
class KCPP_API RandomCrop : public Layer {
 public:
  RandomCrop(int64_t height, int64_t width, RandomCropOptions options = {});
};

struct RandomPerspectiveOptions {
  NumberOrPair factor = 1.0;
  double scale = 1.0;                      ///< how far corners move
  std::string interpolation = "bilinear";  ///< or "nearest"
  double fill_value = 0.0;                 ///< for "constant"
  std::optional<int64_t> seed = {};
  std::string data_format = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Moves the corners: a random view from the side. factor: the share of images that it happens to.
class KCPP_API RandomPerspective : public Layer {
 public:
  explicit RandomPerspective(RandomPerspectiveOptions options = {});
};

struct RandomElasticTransformOptions {
  NumberOrPair factor = 1.0;
  NumberOrPair scale = 1.0;                ///< strength
  std::string interpolation = "bilinear";  ///< or "nearest"
  std::string fill_mode = "reflect";       ///< or "constant", "wrap", "nearest"
  double fill_value = 0.0;                 ///< for "constant"
  NumberOrPair value_range = {0, 255};     ///< the images' lowest and highest value
  std::optional<int64_t> seed = {};
  std::string data_format = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Shifts pixels by a smooth random field. factor: the share of images that it happens to.
class KCPP_API RandomElasticTransform : public Layer {
 public:
  explicit RandomElasticTransform(RandomElasticTransformOptions options = {});
};

}  // namespace kcpp::layers
