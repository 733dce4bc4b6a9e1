#include "kcpp/layers/rescaling.h"

#include "kcpp/ops/shape.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

class RescalingImpl final : public OptionsLayer<RescalingOptions> {
 public:
  RescalingImpl() = default;
  RescalingImpl(const Numbers& scale, RescalingOptions o)
      : OptionsLayer(std::move(o)), scale_(scale) {}
  ClassInfo class_info() const override { return {"Rescaling", "keras.layers"}; }
  void fields(Fields& f) override {
    f.required("scale", scale_);
    f("offset", o_.offset);
  }
  void validate() override { supports_masking_ = true; }
  Tensor call(const Tensor& inputs, CallContext&) override {
    const DType dtype = compute_dtype();
    Tensor scale = scale_.to_tensor(dtype);
    if (scale.rank() > 0 && image_data_format() == "channels_first") {
      Shape spread = scale.shape();
      while (spread.rank() < 3) spread.push_back(1);
      scale = scale.reshape(spread);
    }
    return ops::cast(inputs, dtype) * scale + o_.offset.to_tensor(dtype);
  }

 private:
  Numbers scale_;
};

}  // namespace

Rescaling::Rescaling(const Numbers& scale, RescalingOptions o)
    : Layer(make_layer<RescalingImpl>(scale, std::move(o))) {}
std::shared_ptr<Object> makers::rescaling() { return make_object<RescalingImpl>(); }

}  // namespace kcpp::layers
