#include "kcpp/layers/global_pooling.h"

#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

template <bool Max, int Rank>
class GlobalPoolingImpl final : public OptionsLayer<GlobalPoolingOptions> {
  static constexpr bool masked = !Max && Rank == 1;  // the only one with Keras's `mask` argument

 public:
  GlobalPoolingImpl() { set_built(); }
  explicit GlobalPoolingImpl(GlobalPoolingOptions o) : OptionsLayer(std::move(o)) { set_built(); }

  ClassInfo class_info() const override {
    return {text("Global", Max ? "Max" : "Average", "Pooling", Rank, "D"), "keras.layers"};
  }
  void fields(Fields& f) override {
    f("data_format", o_.data_format);
    f("keepdims", o_.keepdims);
  }
  void validate() override {
    const int first = resolve_data_format() ? 2 : 1;
    std::vector<int> axes;
    for (int i = 0; i < Rank; ++i) axes.push_back(first + i);
    axes_ = ops::Axes(axes);
    input_spec_ = {{.ndim = Rank + 2}};
    supports_masking_ = takes_mask_ = masked;
  }
  Tensor call(const Tensor& x, CallContext& context) override {
    if (masked && context.mask().defined()) return masked_mean(x, context.mask());
    return Max ? ops::max(x, axes_, o_.keepdims) : ops::mean(x, axes_, o_.keepdims);
  }
  Tensors compute_mask(const Tensors&, const Tensors&, const Tensors&) override { return {}; }

 private:
  Tensor masked_mean(const Tensor& x, const Tensor& mask) const {
    const Tensor keep = ops::cast(ops::expand_dims(mask, axes_[0] == 1 ? 2 : 1), DType::bool_);
    const Tensor kept = ops::where(keep, x, Tensor::scalar(0, x.dtype()));
    return ops::sum(kept, axes_, o_.keepdims) /
           ops::sum(ops::cast(keep, x.dtype()), axes_, o_.keepdims);
  }
  ops::Axes axes_;
};

}  // namespace

GlobalAveragePooling1D::GlobalAveragePooling1D(GlobalPoolingOptions o)
    : Layer(make_layer<GlobalPoolingImpl<false, 1>>(std::move(o))) {}
GlobalAveragePooling2D::GlobalAveragePooling2D(GlobalPoolingOptions o)
    : Layer(make_layer<GlobalPoolingImpl<false, 2>>(std::move(o))) {}
GlobalAveragePooling3D::GlobalAveragePooling3D(GlobalPoolingOptions o)
    : Layer(make_layer<GlobalPoolingImpl<false, 3>>(std::move(o))) {}
GlobalMaxPooling1D::GlobalMaxPooling1D(GlobalPoolingOptions o)
    : Layer(make_layer<GlobalPoolingImpl<true, 1>>(std::move(o))) {}
GlobalMaxPooling2D::GlobalMaxPooling2D(GlobalPoolingOptions o)
    : Layer(make_layer<GlobalPoolingImpl<true, 2>>(std::move(o))) {}
GlobalMaxPooling3D::GlobalMaxPooling3D(GlobalPoolingOptions o)
    : Layer(make_layer<GlobalPoolingImpl<true, 3>>(std::move(o))) {}

std::shared_ptr<Object> makers::global_average_pooling1d() {
  return make_object<GlobalPoolingImpl<false, 1>>();
}
std::shared_ptr<Object> makers::global_average_pooling2d() {
  return make_object<GlobalPoolingImpl<false, 2>>();
}
std::shared_ptr<Object> makers::global_average_pooling3d() {
  return make_object<GlobalPoolingImpl<false, 3>>();
}
std::shared_ptr<Object> makers::global_max_pooling1d() {
  return make_object<GlobalPoolingImpl<true, 1>>();
}
std::shared_ptr<Object> makers::global_max_pooling2d() {
  return make_object<GlobalPoolingImpl<true, 2>>();
}
std::shared_ptr<Object> makers::global_max_pooling3d() {
  return make_object<GlobalPoolingImpl<true, 3>>();
}

}  // namespace kcpp::layers
