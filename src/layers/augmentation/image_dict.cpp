#include "src/layers/augmentation/image_dict.h"

#include <map>

#include "kcpp/ops/shape.h"

namespace kcpp::layers {

ImageDict::ImageDict(const Tensors& inputs, const Config& structure) {
  read(inputs, structure, "");
  check(find("images"),
        "An image layer that is called on a dict needs the key 'images'. Received: ", structure);
  check(!structure.find("bounding_boxes") ||
            (find("bounding_boxes/boxes") && find("bounding_boxes/labels")),
        "Expected `bounding_boxes` argument to be a dict with keys 'boxes' and 'labels'. Received: "
        "bounding_boxes=",
        structure);
}

void ImageDict::read(const Tensors& inputs, const Config& structure, const std::string& path) {
  if (structure.is_dict()) {
    std::map<std::string_view, const Config*> sorted;
    for (const auto& [key, item] : structure.as_dict()) sorted.emplace(key, &item);
    for (const auto& [key, item] : sorted)
      read(inputs, *item, path + (path.empty() ? "" : "/") + std::string(key));
    return;
  }
  check(structure.is_int() && structure.as_int() >= 0 &&
            structure.as_int() < static_cast<int64_t>(inputs.size()),
        "A dict of inputs must name the place of each among the ", inputs.size(),
        " inputs. Received: ", structure, " as '", path, "'");
  parts_.emplace_back(path, inputs[static_cast<size_t>(structure.as_int())]);
}

Tensor* ImageDict::find(std::string_view path) {
  for (auto& [name, tensor] : parts_) {
    if (name == path) return &tensor;
  }
  return nullptr;
}

void ImageDict::set_boxes(BoundingBoxes boxes) {
  *find("bounding_boxes/boxes") = std::move(boxes.boxes);
  *find("bounding_boxes/labels") = std::move(boxes.labels);
}

std::vector<Tensor*> ImageDict::known() {
  std::vector<Tensor*> out;
  for (const char* path : {"images", "labels", "segmentation_masks", "bounding_boxes/boxes",
                           "bounding_boxes/labels"}) {
    if (Tensor* part = find(path)) out.push_back(part);
  }
  return out;
}

void ImageDict::add_batch_axis() {
  for (Tensor* part : known()) *part = ops::expand_dims(*part, 0);
}

void ImageDict::remove_batch_axis() {
  for (Tensor* part : known()) *part = ops::squeeze(*part, 0);
}

Tensors ImageDict::tensors() const {
  Tensors out;
  for (const auto& [path, tensor] : parts_) out.push_back(tensor);
  return out;
}

}  // namespace kcpp::layers
