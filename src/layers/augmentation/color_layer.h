/// The base of the colour layers with a required factor and a value range.
#pragma once

#include "src/layers/augmentation/image_layer.h"

namespace kcpp::layers {

template <class Options>
class ColorLayer : public ImageLayer<Options> {
 public:
  ColorLayer() = default;
  ColorLayer(const NumberOrPair& factor, Options o)
      : ImageLayer<Options>(std::move(o)), factor_(factor) {}

  void fields(Fields& f) override {
    ImageLayer<Options>::fields(f);
    f.required("factor", factor_);
    f("value_range", this->o_.value_range);
    f("seed", this->o_.seed);
  }

 protected:
  NumberOrPair factor_;
};

}  // namespace kcpp::layers
