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

Tensor change_value_range(const Tensor& images, const NumberOrPair& from, const NumberOrPair& to) {
  if (from.first() == to.first() && from.second() == to.second()) return images;
  const Tensor share = (images - from.first()) / (from.second() - from.first());
  return share * (to.second() - to.first()) + to.first();
}

}  // namespace kcpp::layers
