#include "kcpp/layers/pooling.h"

#include "kcpp/ops/nn.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

template <bool Max, int Rank>
class PoolingImpl final : public OptionsLayer<PoolingOptions> {
 public:
  PoolingImpl() { set_built(); }
  PoolingImpl(const Dims& pool_size, PoolingOptions o)
      : OptionsLayer(std::move(o)), pool_size_(pool_size) {
    set_built();
  }

  ClassInfo class_info() const override {
    return {text(Max ? "Max" : "Average", "Pooling", Rank, "D"), "keras.layers"};
  }
  void fields(Fields& f) override {
    f("pool_size", pool_size_);
    f("padding", o_.padding);
    f("strides", o_.strides);
    f("data_format", o_.data_format);
  }
  void validate() override {
    window_ = pool_size_.expand(Rank, "pool_size");
    params_.strides = o_.strides.is_none() ? window_ : o_.strides.expand(Rank, "strides", 0);
    params_.padding = ops::detail::padding_of(o_.padding);
    params_.channels_first = resolve_data_format();
    pool_size_ = window_;
    o_.strides = params_.strides;
    input_spec_ = {{.ndim = Rank + 2}};
  }
  Tensor call(const Tensor& x, CallContext&) override {
    return ops::detail::pool(Max, x, window_, params_);
  }

 private:
  Dims pool_size_ = 2;
  Shape window_;
  ops::detail::ConvParams params_;
};

}  // namespace

MaxPooling1D::MaxPooling1D(const Dims& size, PoolingOptions o)
    : Layer(make_layer<PoolingImpl<true, 1>>(size, std::move(o))) {}
MaxPooling2D::MaxPooling2D(const Dims& size, PoolingOptions o)
    : Layer(make_layer<PoolingImpl<true, 2>>(size, std::move(o))) {}
MaxPooling3D::MaxPooling3D(const Dims& size, PoolingOptions o)
    : Layer(make_layer<PoolingImpl<true, 3>>(size, std::move(o))) {}
AveragePooling1D::AveragePooling1D(const Dims& size, PoolingOptions o)
    : Layer(make_layer<PoolingImpl<false, 1>>(size, std::move(o))) {}
AveragePooling2D::AveragePooling2D(const Dims& size, PoolingOptions o)
    : Layer(make_layer<PoolingImpl<false, 2>>(size, std::move(o))) {}
AveragePooling3D::AveragePooling3D(const Dims& size, PoolingOptions o)
    : Layer(make_layer<PoolingImpl<false, 3>>(size, std::move(o))) {}

std::shared_ptr<Object> makers::max_pooling1d() { return make_object<PoolingImpl<true, 1>>(); }
std::shared_ptr<Object> makers::max_pooling2d() { return make_object<PoolingImpl<true, 2>>(); }
std::shared_ptr<Object> makers::max_pooling3d() { return make_object<PoolingImpl<true, 3>>(); }
std::shared_ptr<Object> makers::average_pooling1d() { return make_object<PoolingImpl<false, 1>>(); }
std::shared_ptr<Object> makers::average_pooling2d() { return make_object<PoolingImpl<false, 2>>(); }
std::shared_ptr<Object> makers::average_pooling3d() { return make_object<PoolingImpl<false, 3>>(); }

}  // namespace kcpp::layers
