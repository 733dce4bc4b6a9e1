/// Contrast from the values of the images themselves (keras.layers): AutoContrast, Equalization,
/// ContrastLimitedAdaptiveHistogramEqualization.
#pragma once

#include <optional>
#include <string>

#include "kcpp/layers/layer.h"
#include "kcpp/layers/number_or_pair.h"

namespace kcpp::layers {

struct AutoContrastOptions {
  NumberOrPair value_range = {0, 255};  ///< the images' lowest and highest value
  std::string data_format = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Stretches each channel of an image over the whole value range. Always, not only in training.
class KCPP_API AutoContrast : public Layer {
 public:
  explicit AutoContrast(AutoContrastOptions options = {});
};

struct EqualizationOptions {
  NumberOrPair value_range = {0, 255};  ///< the images' lowest and highest value
  int64_t bins = 256;
  std::string data_format = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Evens out the histogram of each channel of the batch, in training only, as in Keras.
class KCPP_API Equalization : public Layer {
 public:
  explicit Equalization(EqualizationOptions options = {});
};

struct ContrastLimitedAdaptiveHistogramEqualizationOptions {
  NumberOrPair value_range = {0, 255};  ///< the images' lowest and highest value
  double clip_limit = 4.0;              ///< 0: no limit
  std::pair<int64_t, int64_t> tile_grid_size = {8, 8};
  std::string data_format = {};
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Evens out the histograms of tiles (CLAHE). Always, not only in training.
class KCPP_API ContrastLimitedAdaptiveHistogramEqualization : public Layer {
 public:
  explicit ContrastLimitedAdaptiveHistogramEqualization(
      ContrastLimitedAdaptiveHistogramEqualizationOptions options = {});
};

}  // namespace kcpp::layers
