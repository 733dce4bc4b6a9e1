#include "src/layers/augmentation/image_layer.h"

namespace kcpp::layers {

const Tensor& Draw::at(std::string_view name) const {
  for (const auto& [key, value] : values) {
    if (key == name) return value;
  }
  throw ValueError(text("The transformation lacks '", name, "'."));
}

const Draw& Draw::part(std::string_view name) const {
  for (const auto& [key, value] : parts) {
    if (key == name) return value;
  }
  throw ValueError(text("The transformation lacks '", name, "'."));
}

Draw ImageTransform::draw(const Shape&, const random::Seed&) const { return {}; }

Tensor ImageTransform::transform_masks(const Tensor& masks, const Draw&) const { return masks; }

Tensor ImageTransform::transform_labels(const Tensor& labels, const Draw&) const { return labels; }

BoundingBoxes ImageTransform::transform_boxes(const BoundingBoxes& boxes, const Draw&,
                                              const ImageSize&) const {
  return boxes;
}

void ImageTransform::transform_dict(ImageDict& data, const Draw& draw,
                                    const ImageSize& size) const {
  data.images() = transform(data.images(), draw);
  if (Tensor* labels = data.labels()) *labels = transform_labels(*labels, draw);
  if (Tensor* masks = data.masks()) *masks = transform_masks(*masks, draw);
  if (data.has_boxes()) data.set_boxes(transform_boxes(data.boxes(), draw, size));
}

Tensor change_value_range(const Tensor& images, const NumberOrPair& from, const NumberOrPair& to) {
  if (from.first() == to.first() && from.second() == to.second()) return images;
  const Tensor share = (images - from.first()) / (from.second() - from.first());
  return share * (to.second() - to.first()) + to.first();
}

}  // namespace kcpp::layers
