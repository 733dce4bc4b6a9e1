#include "kcpp/layers/masking.h"

#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

class MaskingImpl final : public OptionsLayer<MaskingOptions> {
 public:
  MaskingImpl() { set_built(); }
  explicit MaskingImpl(MaskingOptions o) : OptionsLayer(std::move(o)) { set_built(); }
  ClassInfo class_info() const override { return {"Masking", "keras.layers"}; }
  void fields(Fields& f) override { f("mask_value", o_.mask_value); }
  void validate() override { supports_masking_ = computes_mask_ = true; }
  Tensor call(const Tensor& x, CallContext&) override {
    const Tensor keep = ops::any(ops::not_equal(x, o_.mask_value), -1, true);
    return ops::where(keep, x, Tensor::scalar(0, x.dtype()));
  }
  Tensors compute_mask(const Tensors& inputs, const Tensors&, const Tensors&) override {
    return {ops::any(ops::not_equal(inputs[0], o_.mask_value), -1)};
  }
};

}  // namespace

Masking::Masking(MaskingOptions o) : Layer(make_layer<MaskingImpl>(std::move(o))) {}
std::shared_ptr<Object> makers::masking() { return make_object<MaskingImpl>(); }

}  // namespace kcpp::layers
