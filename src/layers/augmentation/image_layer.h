/// The base of the layers that change images (keras.layers' BaseImagePreprocessingLayer).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "kcpp/ops/random.h"
#include "kcpp/ops/shape.h"
#include "src/layers/augmentation/factor.h"
#include "src/layers/augmentation/image_dict.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {

/// What a layer drew for one batch: tensors by the names that Keras gives them, and the draws of
/// the layers that it is made of.
struct Draw {
  std::vector<std::pair<std::string, Tensor>> values = {};
  std::vector<std::pair<std::string, Draw>> parts = {};

  const Tensor& at(std::string_view name) const;
  const Draw& part(std::string_view name) const;
};

/// A random change of images in its two halves, so that composite layers can draw with their own
/// seed, and tests can repeat what Keras drew. Images are batches in the compute dtype.
class ImageTransform {
 public:
  virtual ~ImageTransform() = default;
  /// Keras's get_random_transformation: the random numbers for a batch of this shape.
  virtual Draw draw(const Shape& images, const random::Seed& seed) const;
  /// Keras's transform_images in training.
  virtual Tensor transform(const Tensor& images, const Draw& draw) const = 0;
  /// Keras's transform_segmentation_masks, of which only what moves pixels makes something else.
  virtual Tensor transform_masks(const Tensor& masks, const Draw& draw) const;
  /// Keras's transform_labels, (batch, classes): only what mixes images mixes them.
  virtual Tensor transform_labels(const Tensor& labels, const Draw& draw) const;
  /// Keras's transform_bounding_boxes, in the layer's format, by the size before the change.
  virtual BoundingBoxes transform_boxes(const BoundingBoxes& boxes, const Draw& draw,
                                        const ImageSize& size) const;
  /// All of them.
  void transform_dict(ImageDict& data, const Draw& draw, const ImageSize& size) const;
};

/// A layer over such a change: nothing happens outside of training. It takes images, or a dict of
/// images and what belongs to them.
template <class Options>
class ImageLayer : public OptionsLayer<Options>, public ImageTransform {
 public:
  using OptionsLayer<Options>::OptionsLayer;

  void fields(Fields& f) override {
    f("data_format", this->o_.data_format);
    if (f.reading() || !this->o_.bounding_box_format.empty())
      f("bounding_box_format", this->o_.bounding_box_format);
  }
  void validate() override {
    channels_first_ = this->resolve_data_format();
    this->trains_by_default_ = true;
    if constexpr (requires { this->o_.seed; }) {
      if (!generator_) generator_ = this->add_seed_generator("generator", this->o_.seed);
    }
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext& c) override {
    if (!is_dict(c)) return {{output_shape(inputs.at(0).shape()), this->compute_dtype()}};
    CallContext at_rest = c;  // what is drawn decides about no shape
    at_rest.training = false;
    return LayerImpl::compute_output_spec(inputs, at_rest);
  }
  Tensor call(const Tensor& images, CallContext& context) override {
    check_rank(images);
    const Tensor x = ops::cast(images, this->compute_dtype());
    if (!context.training && !always_) return x;
    const Tensor batch = x.rank() == 3 ? ops::expand_dims(x, 0) : x;
    const Tensor y = transform(batch, draw_for(batch));
    return x.rank() == 3 ? ops::squeeze(y, 0) : y;
  }
  Tensors call_list(const Tensors& inputs, CallContext& context) override {
    if (!is_dict(context)) return OptionsLayer<Options>::call_list(inputs, context);
    ImageDict data(inputs, context.options->structure);
    Tensor& images = data.images();
    check_rank(images);
    images = ops::cast(images, this->compute_dtype());
    if (data.has_boxes()) read_boxes(data);
    if (!context.training && !always_) return data.tensors();
    const bool single = images.rank() == 3;
    if (single) data.add_batch_axis();
    const ImageSize size{static_cast<double>(images.dim(height_axis())),
                         static_cast<double>(images.dim(width_axis()))};
    transform_dict(data, draw_for(images), size);
    if (single) data.remove_batch_axis();
    return data.tensors();
  }

 protected:
  /// The shape of the images after the change, by the shape before.
  virtual Shape output_shape(const Shape& images) const { return images; }
  int height_axis() const { return channels_first_ ? -2 : -3; }
  int width_axis() const { return channels_first_ ? -1 : -2; }
  int channel_axis() const { return channels_first_ ? -3 : -1; }
  /// One number an image: shape (batch, 1, 1, 1).
  static Shape one_an_image(const Shape& images) { return {images[0], 1, 1, 1}; }
  /// Boxes of the layer's format in another one, and back.
  Tensor in_format(const Tensor& boxes, const char* format, const ImageSize& size) const {
    return convert_boxes(boxes, this->o_.bounding_box_format, format, size);
  }
  BoundingBoxes in_own_format(const BoundingBoxes& b, const char* format,
                              const ImageSize& size) const {
    return {convert_boxes(b.boxes, format, this->o_.bounding_box_format, size), b.labels};
  }
  Tensor uniform(const Shape& shape, double low, double high, const random::Seed& seed) const {
    return random::uniform(shape, low, high, {}, seed);
  }
  /// In the compute dtype.
  Tensor uniform_computed(const Shape& shape, double low, double high,
                          const random::Seed& seed) const {
    return random::uniform(shape, low, high, this->compute_dtype(), seed);
  }
  /// True for a share of the images that is itself random, in [share.first(), share.second()).
  Tensor chosen(int64_t batch, const NumberOrPair& share, const random::Seed& seed) const {
    const Tensor limit = uniform({batch}, share.first(), share.second(), seed);
    return ops::less(uniform({batch}, 0, 1, seed), limit);
  }
  /// changed where chosen (batch) is true, else images.
  static Tensor where_chosen(const Tensor& chosen, const Tensor& changed, const Tensor& images) {
    return ops::where(ops::reshape(chosen, {-1, 1, 1, 1}), changed, images);
  }
  Tensor clip_to(const Tensor& images, const NumberOrPair& range) const {
    return ops::clip(images, range.first(), range.second());
  }

  bool channels_first_ = false;
  bool always_ = false;  ///< also outside of training
  std::shared_ptr<SeedGenerator> generator_;

 private:
  static bool is_dict(const CallContext& c) { return c.options && c.options->structure.is_dict(); }
  static void check_rank(const Tensor& images) {
    check(images.rank() == 3 || images.rank() == 4,
          "Expected image tensor to have rank 3 (single image) or 4 (batch of images). Received: "
          "data.shape=",
          images.shape());
  }
  Draw draw_for(const Tensor& batch) const {
    return draw(batch.shape(), generator_ ? random::Seed(generator_) : random::Seed());
  }
  void read_boxes(ImageDict& data) const {
    check(!this->o_.bounding_box_format.empty(),
          "You passed an input with a 'bounding_boxes' key, but you didn't specify a bounding box "
          "format. Pass a `bounding_box_format` argument to your ",
          this->class_info().own_name(), " layer, e.g. `bounding_box_format='xyxy'`.");
    const BoundingBoxes given = data.boxes();
    data.set_boxes({ops::cast(given.boxes, DType::float32), given.labels});
  }
};

/// Keras's _transform_value_range: values of one range as values of another.
Tensor change_value_range(const Tensor& images, const NumberOrPair& from, const NumberOrPair& to);

}  // namespace kcpp::layers
