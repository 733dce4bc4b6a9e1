#include "kcpp/layers/up_sampling.h"

#include "kcpp/ops/image.h"
#include "kcpp/ops/shape.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

class UpSampling1DImpl final : public OptionsLayer<LayerOptions> {
 public:
  UpSampling1DImpl() = default;
  UpSampling1DImpl(int64_t size, LayerOptions o) : OptionsLayer(std::move(o)), size_(size) {}
  ClassInfo class_info() const override { return {"UpSampling1D", "keras.layers"}; }
  void fields(Fields& f) override { f("size", size_); }
  void validate() override {
    check(size_ > 0, "Argument `size` should be a positive integer. Received: size=", size_);
    input_spec_ = {{.ndim = 3}};
  }
  Tensor call(const Tensor& x, CallContext&) override { return ops::repeat(x, size_, 1); }

 private:
  int64_t size_ = 2;
};

template <int Rank, class Options>
class UpSamplingImpl final : public OptionsLayer<Options> {
 public:
  UpSamplingImpl() = default;
  UpSamplingImpl(const Dims& size, Options o) : OptionsLayer<Options>(std::move(o)), size_(size) {}
  ClassInfo class_info() const override { return {text("UpSampling", Rank, "D"), "keras.layers"}; }
  void fields(Fields& f) override {
    f("size", size_);
    f("data_format", this->o_.data_format);
    if constexpr (Rank == 2) f("interpolation", this->o_.interpolation);
  }
  void validate() override {
    size_ = size_.expand(Rank, "size");
    channels_first_ = this->resolve_data_format();
    this->input_spec_ = {{.ndim = Rank + 2}};
  }
  Tensor call(const Tensor& x, CallContext&) override {
    const int first = channels_first_ ? 2 : 1;
    if constexpr (Rank == 2) {
      if (this->o_.interpolation != "nearest") return resize(x, first);
    }
    Tensor y = x;
    for (int i = 0; i < Rank; ++i) y = ops::repeat(y, size_.values()[i], first + i);
    return y;
  }

 private:
  Tensor resize(const Tensor& x, int first) const {
    const auto times = [&](int i) {
      return x.dim(first + i) == Shape::unknown ? Shape::unknown
                                                : x.dim(first + i) * size_.values()[i];
    };
    return ops::image::resize(
        x, {times(0), times(1)},
        {.interpolation = this->o_.interpolation, .data_format = this->o_.data_format});
  }
  Dims size_ = 2;
  bool channels_first_ = false;
};

}  // namespace

UpSampling1D::UpSampling1D(int64_t size, LayerOptions o)
    : Layer(make_layer<UpSampling1DImpl>(size, std::move(o))) {}
UpSampling2D::UpSampling2D(const Dims& size, UpSampling2DOptions o)
    : Layer(make_layer<UpSamplingImpl<2, UpSampling2DOptions>>(size, std::move(o))) {}
UpSampling3D::UpSampling3D(const Dims& size, UpSampling3DOptions o)
    : Layer(make_layer<UpSamplingImpl<3, UpSampling3DOptions>>(size, std::move(o))) {}

std::shared_ptr<Object> makers::up_sampling1d() { return make_object<UpSampling1DImpl>(); }
std::shared_ptr<Object> makers::up_sampling2d() {
  return make_object<UpSamplingImpl<2, UpSampling2DOptions>>();
}
std::shared_ptr<Object> makers::up_sampling3d() {
  return make_object<UpSamplingImpl<3, UpSampling3DOptions>>();
}

}  // namespace kcpp::layers
