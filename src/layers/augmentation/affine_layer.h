/// The base of the layers that move pixels by an affine map.
#pragma once

#include "kcpp/ops/create.h"
#include "kcpp/ops/image.h"
#include "src/layers/augmentation/image_layer.h"

namespace kcpp::layers {

/// Checks the words for filling and interpolation, and runs the map.
template <class Options>
class AffineLayer : public ImageLayer<Options> {
 public:
  using ImageLayer<Options>::ImageLayer;

  void validate() override {
    ImageLayer<Options>::validate();
    const std::string &mode = this->o_.fill_mode, &interpolation = this->o_.interpolation;
    check(mode == "reflect" || mode == "wrap" || mode == "constant" || mode == "nearest",
          "Unknown `fill_mode` ", mode,
          ". Expected of one ('reflect', 'wrap', 'constant', 'nearest').");
    check(interpolation == "nearest" || interpolation == "bilinear", "Unknown `interpolation` ",
          interpolation, ". Expected of one ('nearest', 'bilinear').");
  }

 protected:
  /// The options that all of them have, which Keras writes behind the factors.
  void fill_fields(Fields& f) {
    f("fill_mode", this->o_.fill_mode);
    f("interpolation", this->o_.interpolation);
    f("seed", this->o_.seed);
    f("fill_value", this->o_.fill_value);
  }
  /// Keras's _transform_images.
  virtual Tensor move(const Tensor& images, const Draw& draw,
                      const std::string& interpolation) const = 0;
  Tensor transform(const Tensor& images, const Draw& draw) const final {
    return move(images, draw, this->o_.interpolation);
  }
  Tensor transform_masks(const Tensor& masks, const Draw& draw) const final {
    const Tensor moved = move(ops::cast(masks, this->compute_dtype()), draw, "nearest");
    return ops::cast(moved, masks.dtype());
  }
  Tensor affine(const Tensor& images, const Tensor& matrix,
                const std::string& interpolation) const {
    return ops::image::affine_transform(images, matrix,
                                        {.interpolation = interpolation,
                                         .fill_mode = this->o_.fill_mode,
                                         .fill_value = this->o_.fill_value,
                                         .data_format = this->o_.data_format});
  }
  /// (batch, 8) of columns, each (batch, 1) or a number.
  static Tensor matrix_of(const Tensors& columns, int64_t batch) {
    Tensors full;
    for (const Tensor& c : columns)
      full.push_back(c.rank() == 2 ? ops::cast(c, DType::float32)
                                   : ops::full({batch, 1}, c, DType::float32));
    return ops::concatenate(full, 1);
  }
};

}  // namespace kcpp::layers
