#include "kcpp/layers/image.h"

#include <algorithm>
#include <cmath>

#include "kcpp/ops/image.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/reduce.h"
#include "src/layers/augmentation/image_layer.h"
#include "src/layers/makers.h"

namespace kcpp::layers {
namespace {

/// Images of a fixed new size, in training and at rest.
template <class Options>
class SizedImpl : public ImageLayer<Options> {
 public:
  SizedImpl() = default;
  SizedImpl(int64_t height, int64_t width, Options o)
      : ImageLayer<Options>(std::move(o)), height_(height), width_(width) {}

  void fields(Fields& f) override {
    ImageLayer<Options>::fields(f);
    f.required("height", height_);
    f.required("width", width_);
  }
  void validate() override {
    ImageLayer<Options>::validate();
    this->always_ = true;
    check(height_ > 0 && width_ > 0,
          "`height` and `width` must be positive. Received: height=", height_, ", width=", width_);
    check(height_ <= INT32_MAX && width_ <= INT32_MAX,
          "`height` and `width` are out of range. Received: height=", height_, ", width=", width_);
  }

 protected:
  Shape output_shape(const Shape& images) const override {
    check(images.rank() == 3 || images.rank() == 4,
          "`input_shape` must be a non-nested tuple or list of rank-1 with size 3 (unbatched) or 4 "
          "(batched). ");
    Shape s = images;
    s[s.rank() + this->height_axis()] = height_;
    s[s.rank() + this->width_axis()] = width_;
    return s;
  }
  ImageSize new_size() const { return {static_cast<double>(height_), static_cast<double>(width_)}; }

  int64_t height_ = 0, width_ = 0;
};

class ResizingImpl final : public SizedImpl<ResizingOptions> {
 public:
  using SizedImpl::SizedImpl;
  ClassInfo class_info() const override { return {"Resizing", "keras.layers"}; }
  void fields(Fields& f) override {
    SizedImpl::fields(f);
    f("interpolation", o_.interpolation);
    f("crop_to_aspect_ratio", o_.crop_to_aspect_ratio);
    f("pad_to_aspect_ratio", o_.pad_to_aspect_ratio);
    f("fill_mode", o_.fill_mode);
    f("fill_value", o_.fill_value);
    f("antialias", o_.antialias);
  }
  Tensor transform(const Tensor& images, const Draw&) const override {
    return resize(images, o_.interpolation);
  }
  Tensor transform_masks(const Tensor& masks, const Draw&) const override {
    return resize(masks, "nearest");
  }
  BoundingBoxes transform_boxes(const BoundingBoxes& b, const Draw&,
                                const ImageSize& size) const override {
    const auto all = [&](double number) {
      return ops::all(ops::equal(b.boxes, number), {-1}, true);
    };
    const Tensor absent = ops::logical_or(all(-1), all(0));
    const auto [scale, shift] = change_of(size);
    std::array<Tensor, 4> c = box_columns(in_format(b.boxes, "xyxy", size));
    for (size_t i = 0; i < 4; ++i) {
      c[i] = i % 2 == 0 ? c[i] * scale.width + shift.width : c[i] * scale.height + shift.height;
    }
    BoundingBoxes out = clip_boxes({boxes_of(c), b.labels}, new_size());
    out.boxes = ops::where(absent, 0.0, out.boxes);
    return in_own_format(out, "xyxy", new_size());
  }

 private:
  Tensor resize(const Tensor& x, const std::string& interpolation) const {
    return ops::image::resize(x, {height_, width_},
                              {.interpolation = interpolation,
                               .antialias = o_.antialias,
                               .crop_to_aspect_ratio = o_.crop_to_aspect_ratio,
                               .pad_to_aspect_ratio = o_.pad_to_aspect_ratio,
                               .fill_mode = o_.fill_mode,
                               .fill_value = o_.fill_value,
                               .data_format = o_.data_format});
  }
  /// A place in the images times the first plus the second is its new place.
  std::pair<ImageSize, ImageSize> change_of(const ImageSize& from) const {
    const ImageSize to = new_size();
    const double down = to.height / from.height, across = to.width / from.width;
    if (!o_.pad_to_aspect_ratio && !o_.crop_to_aspect_ratio) return {{down, across}, {0, 0}};
    const double scale = o_.pad_to_aspect_ratio ? std::min(down, across) : std::max(down, across);
    // Half of what is added, or cut away.
    const auto half = [&](double new_length, double length) {
      return o_.pad_to_aspect_ratio ? std::floor((new_length - length * scale) / 2)
                                    : -std::floor((length * scale - new_length) / 2);
    };
    return {{scale, scale}, {half(to.height, from.height), half(to.width, from.width)}};
  }
};

class CenterCropImpl final : public SizedImpl<CenterCropOptions> {
 public:
  using SizedImpl::SizedImpl;
  ClassInfo class_info() const override { return {"CenterCrop", "keras.layers"}; }
  Tensor transform(const Tensor& x, const Draw&) const override {
    const int64_t top = x.dim(height_axis()) - height_, left = x.dim(width_axis()) - width_;
    if (top < 0 || left < 0) {
      return ops::image::resize(x, {height_, width_},
                                {.crop_to_aspect_ratio = true, .data_format = o_.data_format});
    }
    std::vector<ops::Index> key(4, ops::Slice{});
    key[static_cast<size_t>(4 + height_axis())] = ops::Slice{top / 2, top / 2 + height_};
    key[static_cast<size_t>(4 + width_axis())] = ops::Slice{left / 2, left / 2 + width_};
    return ops::get_item(x, key);
  }
  Tensor transform_masks(const Tensor& masks, const Draw& draw) const override {
    return transform(ops::cast(masks, compute_dtype()), draw);
  }
  BoundingBoxes transform_boxes(const BoundingBoxes& b, const Draw&,
                                const ImageSize& size) const override {
    const ImageSize to = new_size();
    // What of the images is kept: the new size, or the largest piece of its proportions.
    ImageSize kept = to;
    if (size.height < to.height || size.width < to.width) {
      const auto fit = [](double length, double other, double wanted, double other_wanted) {
        return std::max(1.0, std::min(length, std::floor(other * wanted / other_wanted)));
      };
      kept = {fit(size.height, size.width, to.height, to.width),
              fit(size.width, size.height, to.width, to.height)};
    }
    const ImageSize start{std::floor((size.height - kept.height) / 2),
                          std::floor((size.width - kept.width) / 2)};
    std::array<Tensor, 4> c = box_columns(in_format(b.boxes, "xyxy", size));
    for (size_t i = 0; i < 4; ++i) {
      const auto of = [&](const ImageSize& s) { return i % 2 == 0 ? s.width : s.height; };
      const Tensor inside = ops::clip(c[i], of(start), of(start) + of(kept)) - of(start);
      c[i] = inside * (of(to) / of(kept));
    }
    return in_own_format(clip_boxes({boxes_of(c), b.labels}, to), "xyxy", to);
  }
};

}  // namespace

Resizing::Resizing(int64_t height, int64_t width, ResizingOptions o)
    : Layer(make_layer<ResizingImpl>(height, width, std::move(o))) {}
CenterCrop::CenterCrop(int64_t height, int64_t width, CenterCropOptions o)
    : Layer(make_layer<CenterCropImpl>(height, width, std::move(o))) {}

std::shared_ptr<Object> makers::resizing() { return make_object<ResizingImpl>(); }
std::shared_ptr<Object> makers::center_crop() { return make_object<CenterCropImpl>(); }

}  // namespace kcpp::layers
