/// The dict that Keras's image layers take in place of images.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kcpp/core/config.h"
#include "src/layers/augmentation/bounding_boxes.h"

namespace kcpp::layers {

/// {"images", "labels", "segmentation_masks", "bounding_boxes": {"boxes", "labels"}}, of which only
/// the images must be there. What has another key stays as it is.
class ImageDict {
 public:
  /// `structure`: CallOptions::structure. Throws ValueError where there are no images, or boxes
  /// without labels.
  ImageDict(const Tensors& inputs, const Config& structure);

  Tensor& images() { return *find("images"); }
  /// Null where there are none.
  Tensor* labels() { return find("labels"); }
  Tensor* masks() { return find("segmentation_masks"); }
  bool has_boxes() { return find("bounding_boxes/boxes") != nullptr; }
  BoundingBoxes boxes() { return {*find("bounding_boxes/boxes"), *find("bounding_boxes/labels")}; }
  void set_boxes(BoundingBoxes boxes);

  /// Makes batches of one of the parts of a single image, and takes the axis away again.
  void add_batch_axis();
  void remove_batch_axis();
  /// In the order of the sorted keys.
  Tensors tensors() const;

 private:
  void read(const Tensors& inputs, const Config& structure, const std::string& path);
  Tensor* find(std::string_view path);
  std::vector<Tensor*> known();

  std::vector<std::pair<std::string, Tensor>> parts_;  ///< "bounding_boxes/labels" -> tensor
};

}  // namespace kcpp::layers
