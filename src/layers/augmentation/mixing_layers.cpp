/// RandomErasing, CutMix, MixUp and MaxNumBoundingBoxes.
#include "kcpp/layers/image_mixing.h"
#include "kcpp/ops/create.h"
#include "kcpp/ops/index.h"
#include "src/layers/augmentation/image_layer.h"
#include "src/layers/makers.h"

namespace kcpp::layers {
namespace {

/// Layers that draw a rectangle for each image.
template <class Options>
class BoxLayer : public ImageLayer<Options> {
 public:
  using ImageLayer<Options>::ImageLayer;

 protected:
  /// Where a piece of an axis begins and ends, both (batch).
  struct Piece {
    Tensor begin, end;
  };
  /// `share` (batch) of an axis of this length, at a random place.
  Piece piece(int64_t axis_length, const Tensor& share, const random::Seed& seed) const {
    const double whole = static_cast<double>(axis_length);
    const Tensor length = share * whole;
    const Tensor begin = this->uniform_computed({share.dim(0)}, 0, 1, seed) * (whole - length);
    return {begin, begin + length};
  }
  /// True inside; of the images' shape.
  Tensor box_mask(const Shape& images, const Piece& x, const Piece& y) const {
    const auto inside = [&](const Piece& p, int axis) {
      Shape along{1, 1, 1, 1};
      along[4 + axis] = images.dim(axis);
      const Tensor grid =
          ops::reshape(ops::arange(0, images.dim(axis), 1, this->compute_dtype()), along);
      const auto spread = [](const Tensor& t) { return ops::reshape(t, {-1, 1, 1, 1}); };
      return ops::logical_and(ops::greater_equal(grid, spread(p.begin)),
                              ops::less(grid, spread(p.end)));
    };
    return ops::broadcast_to(
        ops::logical_and(inside(x, this->width_axis()), inside(y, this->height_axis())), images);
  }
};

class RandomErasingImpl final : public BoxLayer<RandomErasingOptions> {
 public:
  using BoxLayer::BoxLayer;
  ClassInfo class_info() const override { return {"RandomErasing", "keras.layers"}; }
  void fields(Fields& f) override {
    BoxLayer::fields(f);
    f("factor", o_.factor);
    f("scale", o_.scale);
    f("fill_value", o_.fill_value);
    f("value_range", o_.value_range);
    f("seed", o_.seed);
  }
  void validate() override {
    BoxLayer::validate();
    o_.factor = base_factor(o_.factor, 0, 1);
    o_.scale = base_factor(o_.scale, 0, 1, "scale");
    check_value_range(o_.value_range);
    const Shape& fill = o_.fill_value.shape();
    check(!o_.fill_value.defined() || fill.rank() == 0 || fill == Shape{3},
          "The `fill_value` argument should be a number (or a list of three numbers) ");
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    const Tensors sides = ops::split(
        ops::sqrt(uniform_computed({images[0], 2}, o_.scale.first(), o_.scale.second(), seed)), 2,
        1);
    const auto x = piece(images.dim(width_axis()), ops::squeeze(sides[0], 1), seed);
    const auto y = piece(images.dim(height_axis()), ops::squeeze(sides[1], 1), seed);
    const Tensor mask = box_mask(images, x, y);
    const Tensor apply = chosen(images[0], o_.factor, seed);
    Tensor fill =
        o_.fill_value.defined()
            ? ops::broadcast_to(o_.fill_value.to_tensor(compute_dtype()), images)
            : random::normal(images, 0, 1, compute_dtype(), seed) * o_.value_range.second();
    return {{{"apply_erasing", apply},
             {"batch_masks", mask},
             {"fill_value", clip_to(fill, o_.value_range)}}};
  }
  Tensor transform(const Tensor& images, const Draw& draw) const override {
    const Tensor erased = ops::where(draw.at("batch_masks"), draw.at("fill_value"), images);
    return where_chosen(draw.at("apply_erasing"), erased, images);
  }
};

/// 0, 1, .. in random order.
Tensor permutation(int64_t count, DType dtype, const random::Seed& seed) {
  return random::shuffle(ops::arange(0, count, 1, dtype), 0, seed);
}

/// Each row of x and its partner, as much of each as the draw's `mix_weight` (batch) says.
Tensor mixed(const Tensor& x, const Draw& draw) {
  Shape along = Shape::filled(x.rank(), 1);
  along[0] = -1;
  const DType dtype = is_floating(x.dtype()) ? x.dtype() : DType::float32;
  const Tensor weight = ops::reshape(ops::cast(draw.at("mix_weight"), dtype), along);
  const Tensor own = ops::cast(x, dtype);
  return weight * own + (1.0 - weight) * ops::take(own, draw.at("permutation_order"), 0);
}

class CutMixImpl final : public BoxLayer<CutMixOptions> {
 public:
  using BoxLayer::BoxLayer;
  ClassInfo class_info() const override { return {"CutMix", "keras.layers"}; }
  void fields(Fields& f) override {
    BoxLayer::fields(f);
    f("factor", o_.factor);
    f("seed", o_.seed);
  }
  void validate() override {
    BoxLayer::validate();
    o_.factor = base_factor(o_.factor, 0, 1);
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    const Tensor alpha = uniform_computed({}, o_.factor.first(), o_.factor.second(), seed) + 1e-6;
    const Tensor weight = random::beta({images[0]}, alpha, alpha, compute_dtype(), seed);
    const Tensor side = ops::sqrt(1.0 - weight);
    const auto x = piece(images.dim(width_axis()), side, seed);
    const auto y = piece(images.dim(height_axis()), side, seed);
    return {{{"batch_masks", box_mask(images, x, y)},
             {"permutation_order", permutation(images[0], DType::int32, seed)},
             {"mix_weight", weight}}};
  }
  Tensor transform(const Tensor& images, const Draw& draw) const override {
    return ops::where(draw.at("batch_masks"), ops::take(images, draw.at("permutation_order"), 0),
                      images);
  }
  Tensor transform_labels(const Tensor& labels, const Draw& draw) const override {
    return mixed(labels, draw);
  }
  Tensor transform_masks(const Tensor& masks, const Draw& draw) const override {
    const Tensor channel = ops::split(
        draw.at("batch_masks"), draw.at("batch_masks").dim(channel_axis()), channel_axis())[0];
    return ops::where(channel, ops::take(masks, draw.at("permutation_order"), 0), masks);
  }
  BoundingBoxes transform_boxes(const BoundingBoxes&, const Draw&,
                                const ImageSize&) const override {
    throw ValueError("CutMix does not mix bounding boxes, as in Keras.");
  }
};

class MixUpImpl final : public ImageLayer<MixUpOptions> {
 public:
  using ImageLayer::ImageLayer;
  ClassInfo class_info() const override { return {"MixUp", "keras.layers"}; }
  void fields(Fields& f) override {
    ImageLayer::fields(f);
    f("alpha", o_.alpha);
    f("seed", o_.seed);
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    const Tensor order = permutation(images[0], DType::int64, seed);
    const Tensor weight = random::beta({images[0]}, o_.alpha, o_.alpha, {}, seed);
    return {{{"mix_weight", weight}, {"permutation_order", order}}};
  }
  Tensor transform(const Tensor& images, const Draw& draw) const override {
    return mixed(images, draw);
  }
  Tensor transform_labels(const Tensor& labels, const Draw& draw) const override {
    return mixed(labels, draw);
  }
  /// Keras 3.15 takes single numbers of the flattened masks for the partners: the masks are meant.
  Tensor transform_masks(const Tensor& masks, const Draw& draw) const override {
    return mixed(masks, draw);
  }
  /// The boxes of both. (Keras 3.15 puts the labels of the partners behind the batch, where the
  /// boxes stand side by side.)
  BoundingBoxes transform_boxes(const BoundingBoxes& b, const Draw& draw,
                                const ImageSize&) const override {
    const auto both = [&](const Tensor& x) {
      return ops::concatenate({x, ops::take(x, draw.at("permutation_order"), 0)}, 1);
    };
    return {both(b.boxes), both(b.labels)};
  }
};

class MaxNumBoundingBoxesImpl final : public ImageLayer<MaxNumBoundingBoxesOptions> {
 public:
  MaxNumBoundingBoxesImpl() = default;
  MaxNumBoundingBoxesImpl(int64_t max_number, MaxNumBoundingBoxesOptions o)
      : ImageLayer(std::move(o)), max_number_(max_number) {}
  ClassInfo class_info() const override { return {"MaxNumBoundingBoxes", "keras.layers"}; }
  void fields(Fields& f) override {
    ImageLayer::fields(f);
    f.required("max_number", max_number_);
    if (f.reading()) f("fill_value", o_.fill_value);  // Keras takes it, and does not write it
  }
  void validate() override {
    ImageLayer::validate();
    always_ = true;
    check(max_number_ >= 0 && max_number_ <= INT32_MAX,
          "`max_number` is out of range. Received: max_number=", max_number_);
  }
  Tensor transform(const Tensor& images, const Draw&) const override { return images; }
  BoundingBoxes transform_boxes(const BoundingBoxes& b, const Draw&,
                                const ImageSize&) const override {
    const auto resized = [&](const Tensor& x) {
      std::vector<ops::Index> first(static_cast<size_t>(x.rank()), ops::Slice{});
      first[1] = ops::Slice{{}, max_number_};
      std::vector<std::pair<int64_t, int64_t>> room(static_cast<size_t>(x.rank()));
      room[1].second = std::max<int64_t>(0, max_number_ - x.dim(1));
      return ops::pad(ops::get_item(x, first), room, "constant",
                      static_cast<double>(o_.fill_value));
    };
    return {resized(b.boxes), resized(b.labels)};
  }

 private:
  int64_t max_number_ = 0;
};

}  // namespace

RandomErasing::RandomErasing(RandomErasingOptions o)
    : Layer(make_layer<RandomErasingImpl>(std::move(o))) {}
CutMix::CutMix(CutMixOptions o) : Layer(make_layer<CutMixImpl>(std::move(o))) {}
MixUp::MixUp(MixUpOptions o) : Layer(make_layer<MixUpImpl>(std::move(o))) {}
MaxNumBoundingBoxes::MaxNumBoundingBoxes(int64_t max_number, MaxNumBoundingBoxesOptions o)
    : Layer(make_layer<MaxNumBoundingBoxesImpl>(max_number, std::move(o))) {}

std::shared_ptr<Object> makers::random_erasing() { return make_object<RandomErasingImpl>(); }
std::shared_ptr<Object> makers::cut_mix() { return make_object<CutMixImpl>(); }
std::shared_ptr<Object> makers::mix_up() { return make_object<MixUpImpl>(); }
std::shared_ptr<Object> makers::max_num_bounding_boxes() {
  return make_object<MaxNumBoundingBoxesImpl>();
}

}  // namespace kcpp::layers
