/// RandomFlip and RandomCrop.
#include "kcpp/layers/image.h"
#include "kcpp/layers/random_geometry.h"
#include "kcpp/ops/image.h"
#include "kcpp/ops/index.h"
#include "src/layers/augmentation/image_layer.h"
#include "src/layers/makers.h"

namespace kcpp::layers {
namespace {

class RandomFlipImpl final : public ImageLayer<RandomFlipOptions> {
 public:
  using ImageLayer::ImageLayer;
  ClassInfo class_info() const override { return {"RandomFlip", "keras.layers"}; }
  void fields(Fields& f) override {
    ImageLayer::fields(f);
    f("seed", o_.seed);
    f("mode", o_.mode);
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    return {{{"flips", ops::less_equal(uniform(one_an_image(images), 0, 1, seed), 0.5)}}};
  }
  Tensor transform(const Tensor& images, const Draw& draw) const override {
    const Tensor& flips = draw.at("flips");
    const bool both = o_.mode == "horizontal_and_vertical";
    Tensor x = images;
    if (both || o_.mode == "horizontal") x = ops::where(flips, ops::flip(x, width_axis()), x);
    if (both || o_.mode == "vertical") x = ops::where(flips, ops::flip(x, height_axis()), x);
    return x;
  }
  Tensor transform_masks(const Tensor& masks, const Draw& draw) const override {
    return transform(ops::cast(masks, compute_dtype()), draw);
  }
  BoundingBoxes transform_boxes(const BoundingBoxes& b, const Draw& draw,
                                const ImageSize& size) const override {
    const Tensor flips = ops::squeeze(draw.at("flips"), -1);  // (batch, 1, 1)
    const bool both = o_.mode == "horizontal_and_vertical";
    const Tensor given = in_format(b.boxes, "rel_xyxy", size);
    std::array<Tensor, 4> c = box_columns(given);
    if (both || o_.mode == "horizontal") c = {1.0 - c[2], c[1], 1.0 - c[0], c[3]};
    if (both || o_.mode == "vertical") c = {c[0], 1.0 - c[3], c[2], 1.0 - c[1]};
    // Keras clips the shares of the image's size as if they were pixels.
    const Tensor flipped = ops::where(flips, boxes_of(c), given);
    return in_own_format(clip_boxes({flipped, b.labels}, size), "rel_xyxy", size);
  }
};

/// A piece of the images that is drawn, and resized where the images are too small for it.
template <class Options>
class CropImpl : public ImageLayer<Options> {
 public:
  CropImpl() = default;
  CropImpl(int64_t height, int64_t width, Options o)
      : ImageLayer<Options>(std::move(o)), height_(height), width_(width) {}
  void fields(Fields& f) override {
    ImageLayer<Options>::fields(f);
    f.required("height", height_);
    f.required("width", width_);
  }
  void validate() override {
    check(height_ > 0 && width_ > 0,
          "`height` and `width` must be positive. Received: height=", height_, ", width=", width_);
    ImageLayer<Options>::validate();
  }
  /// What has the proportions wanted, from the middle.
  Draw draw(const Shape& images, const random::Seed&) const override {
    const int64_t h = images.dim(this->height_axis()), w = images.dim(this->width_axis());
    const auto rest = [](int64_t length, int64_t other, int64_t wanted, int64_t other_wanted) {
      const double scaled = static_cast<double>(other) * static_cast<double>(wanted) /
                            static_cast<double>(other_wanted);
      const int64_t kept = scaled < static_cast<double>(length)
                               ? std::max<int64_t>(static_cast<int64_t>(scaled), 1)
                               : length;
      return Tensor::scalar(static_cast<double>((length - kept) / 2), DType::int32);
    };
    return {{{"h_start", rest(h, w, height_, width_)}, {"w_start", rest(w, h, width_, height_)}}};
  }
  Tensor transform(const Tensor& images, const Draw& draw) const override {
    std::vector<ops::Index> key(4, ops::Slice{});
    const auto cut = [&](int axis, const char* name, int64_t length) {
      const int64_t start = draw.at(name).item<int64_t>();
      key[static_cast<size_t>(4 + axis)] =
          ops::Slice{start, std::min(start + length, images.dim(axis))};
    };
    cut(this->height_axis(), "h_start", height_);
    cut(this->width_axis(), "w_start", width_);
    const Tensor piece = ops::get_item(images, key);
    return ops::image::resize(piece, {height_, width_}, {.data_format = this->o_.data_format});
  }
  Tensor transform_masks(const Tensor& masks, const Draw& draw) const override {
    return transform(ops::cast(masks, this->compute_dtype()), draw);
  }
  /// As in Keras, the start of the rows is taken from x, that of the columns from y, and relative
  /// formats are shares of the size after the crop.
  BoundingBoxes transform_boxes(const BoundingBoxes& b, const Draw& draw,
                                const ImageSize&) const override {
    const ImageSize size{static_cast<double>(height_), static_cast<double>(width_)};
    std::array<Tensor, 4> c = box_columns(this->in_format(b.boxes, "xyxy", size));
    for (size_t i = 0; i < 4; ++i) {
      const double start = draw.at(i % 2 == 0 ? "h_start" : "w_start").item();
      c[i] = ops::maximum(c[i] - start, 0.0);
    }
    return this->in_own_format({boxes_of(c), b.labels}, "xyxy", size);
  }

 protected:
  Shape output_shape(const Shape& images) const override {
    check(images.rank() >= 3,
          "Expected image tensor to have rank 3 (single image) or 4 (batch of images). Received: "
          "data.shape=",
          images);
    Shape s = images;
    s[s.rank() + this->height_axis()] = height_;
    s[s.rank() + this->width_axis()] = width_;
    return s;
  }

  int64_t height_ = 0, width_ = 0;
};

class RandomCropImpl final : public CropImpl<RandomCropOptions> {
 public:
  using CropImpl::CropImpl;
  ClassInfo class_info() const override { return {"RandomCrop", "keras.layers"}; }
  void fields(Fields& f) override {
    CropImpl::fields(f);
    f("seed", o_.seed);
  }
  void validate() override {
    // Keras writes the seed that it chose.
    if (!o_.seed) o_.seed = random::make_default_seed();
    CropImpl::validate();
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    const int64_t h = images.dim(height_axis()), w = images.dim(width_axis());
    if (h <= height_ || w <= width_) return CropImpl::draw(images, seed);
    const auto start = [&](int64_t room) {
      return ops::cast(uniform({}, 0, static_cast<double>(room + 1), seed), DType::int32);
    };
    return {{{"h_start", start(h - height_)}, {"w_start", start(w - width_)}}};
  }
};

/// What RandomCrop of Keras 3.6 and 3.7 did outside of training: it began where the largest piece
/// of the proportions wanted begins, but took no more than the size wanted.
class CornerCropImpl final : public CropImpl<CenterCropOptions> {
 public:
  ClassInfo class_info() const override { return {"CornerCrop", "keras.layers"}; }
  void validate() override {
    CropImpl::validate();
    always_ = true;
  }
};

}  // namespace

RandomFlip::RandomFlip(RandomFlipOptions o) : Layer(make_layer<RandomFlipImpl>(std::move(o))) {}
RandomCrop::RandomCrop(int64_t height, int64_t width, RandomCropOptions o)
    : Layer(make_layer<RandomCropImpl>(height, width, std::move(o))) {}

std::shared_ptr<Object> makers::random_flip() { return make_object<RandomFlipImpl>(); }
std::shared_ptr<Object> makers::random_crop() { return make_object<RandomCropImpl>(); }
std::shared_ptr<Object> makers::corner_crop() { return make_object<CornerCropImpl>(); }

}  // namespace kcpp::layers
