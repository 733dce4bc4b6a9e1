/// Image geometry (keras.layers): CenterCrop, Resizing.
#pragma once

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"

namespace kcpp::layers {

struct ResizingOptions {
  std::string interpolation =
      "bilinear";  ///< or "nearest", "bicubic", "lanczos3", "lanczos5", "area"
  bool crop_to_aspect_ratio = false;
  bool pad_to_aspect_ratio = false;
  std::string fill_mode = "constant";
  double fill_value = 0.0;
  bool antialias = false;
  std::string data_format = {};          ///< empty: keras.config.image_data_format()
  std::string bounding_box_format = {};  ///< of the boxes of a dict: "xyxy", "rel_xywh", ...
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Images (batch, height, width, channels), or one image, to another size.
class KCPP_API Resizing : public Layer {
 public:
  Resizing(int64_t height, int64_t width, ResizingOptions options = {});
};

struct CenterCropOptions {
  std::string data_format = {};
  std::string bounding_box_format = {};
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// The middle of images; smaller ones are resized first, so that nothing is missing.
class KCPP_API CenterCrop : public Layer {
 public:
  CenterCrop(int64_t height, int64_t width, CenterCropOptions options = {});
};

}  // namespace kcpp::layers
