/// Augmentations of whole batches of images, in training only (keras.layers): RandomErasing,
/// CutMix, MixUp, AugMix, RandAugment, MaxNumBoundingBoxes.
#pragma once

#include <optional>
#include <string>

#include "kcpp/layers/layer.h"
#include "kcpp/layers/number_or_pair.h"
#include "kcpp/layers/options.h"

namespace kcpp::layers {

struct RandomErasingOptions {
  NumberOrPair factor = 1.0;
  NumberOrPair scale = {0.02, 0.33};    ///< the rectangle's share of the area
  Numbers fill_value = {};              ///< empty: noise; else one number, or one a channel
  NumberOrPair value_range = {0, 255};  ///< the images' lowest and highest value
  std::optional<int64_t> seed = {};
  std::string data_format = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Fills a random rectangle of a share of the images.
class KCPP_API RandomErasing : public Layer {
 public:
  explicit RandomErasing(RandomErasingOptions options = {});
};

struct CutMixOptions {
  NumberOrPair factor = 1.0;
  std::optional<int64_t> seed = {};
  std::string data_format = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Puts a random rectangle of another image of the batch into each (Yun et al., 2019).
class KCPP_API CutMix : public Layer {
 public:
  explicit CutMix(CutMixOptions options = {});
};

struct MixUpOptions {
  double alpha = 0.2;
  std::string data_format = {};
  std::optional<int64_t> seed = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Mixes each image with another one of the batch (Zhang et al., 2017).
class KCPP_API MixUp : public Layer {
 public:
  explicit MixUp(MixUpOptions options = {});
};

struct AugMixOptions {
  NumberOrPair value_range = {0, 255};  ///< the images' lowest and highest value
  int64_t num_chains = 3;
  int64_t chain_depth = 3;
  NumberOrPair factor = 0.3;
  double alpha = 1.0;
  bool all_ops = true;
  std::string interpolation = "bilinear";
  std::optional<int64_t> seed = {};
  std::string data_format = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Mixes the results of several random chains of augmentations (Hendrycks et al., 2019).
class KCPP_API AugMix : public Layer {
 public:
  explicit AugMix(AugMixOptions options = {});
};

struct RandAugmentOptions {
  NumberOrPair value_range = {0, 255};  ///< the images' lowest and highest value
  int64_t num_ops = 2;
  NumberOrPair factor = 0.5;
  std::string interpolation = "bilinear";
  std::optional<int64_t> seed = {};
  std::string data_format = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Applies `num_ops` augmentations chosen at random (Cubuk et al., 2019).
class KCPP_API RandAugment : public Layer {
 public:
  explicit RandAugment(RandAugmentOptions options = {});
};

struct MaxNumBoundingBoxesOptions {
  int64_t fill_value = -1;
  std::string data_format = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Brings the bounding boxes of each image to one number. Images pass unchanged.
class KCPP_API MaxNumBoundingBoxes : public Layer {
 public:
  explicit MaxNumBoundingBoxes(int64_t max_number, MaxNumBoundingBoxesOptions options = {});
};

}  // namespace kcpp::layers
