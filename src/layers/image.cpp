#include "kcpp/layers/image.h"

#include "kcpp/ops/image.h"
#include "kcpp/ops/index.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

/// Images of a fixed new size.
template <class Options>
class SizedImpl : public OptionsLayer<Options> {
 public:
  SizedImpl() = default;
  SizedImpl(int64_t height, int64_t width, Options o)
      : OptionsLayer<Options>(std::move(o)), height_(height), width_(width) {}

  void fields(Fields& f) override {
    f("data_format", this->o_.data_format);
    f.required("height", height_);
    f.required("width", width_);
  }
  void validate() override {
    first_ = this->resolve_data_format() ? -2 : -3;
    check(height_ > 0 && width_ > 0,
          "`height` and `width` must be positive. Received: height=", height_, ", width=", width_);
    check(height_ <= INT32_MAX && width_ <= INT32_MAX,
          "`height` and `width` are out of range. Received: height=", height_, ", width=", width_);
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext&) override {
    Shape s = inputs[0].shape();
    check(s.rank() == 3 || s.rank() == 4,
          "`input_shape` must be a non-nested tuple or list of rank-1 with size 3 (unbatched) or 4 "
          "(batched). ");
    s[s.rank() + first_] = height_;
    s[s.rank() + first_ + 1] = width_;
    return {{s, this->compute_dtype()}};
  }

 protected:
  int64_t height_ = 0, width_ = 0;
  int first_ = -3;  ///< the axis of the height
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
  Tensor call(const Tensor& x, CallContext&) override {
    return ops::image::resize(ops::cast(x, compute_dtype()), {height_, width_},
                              {.interpolation = o_.interpolation,
                               .antialias = o_.antialias,
                               .crop_to_aspect_ratio = o_.crop_to_aspect_ratio,
                               .pad_to_aspect_ratio = o_.pad_to_aspect_ratio,
                               .fill_mode = o_.fill_mode,
                               .fill_value = o_.fill_value,
                               .data_format = o_.data_format});
  }
};

class CenterCropImpl final : public SizedImpl<CenterCropOptions> {
 public:
  using SizedImpl::SizedImpl;
  ClassInfo class_info() const override { return {"CenterCrop", "keras.layers"}; }
  Tensor call(const Tensor& inputs, CallContext&) override {
    const Tensor x = ops::cast(inputs, compute_dtype());
    const int64_t top = x.dim(first_) - height_, left = x.dim(first_ + 1) - width_;
    if (top < 0 || left < 0) {
      return ops::image::resize(x, {height_, width_},
                                {.crop_to_aspect_ratio = true, .data_format = o_.data_format});
    }
    std::vector<ops::Index> key(static_cast<size_t>(x.rank()), ops::Slice{});
    const auto at = [&](int axis) { return static_cast<size_t>(x.rank() + axis); };
    key[at(first_)] = ops::Slice{top / 2, top / 2 + height_};
    key[at(first_ + 1)] = ops::Slice{left / 2, left / 2 + width_};
    return ops::get_item(x, key);
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
