#include "kcpp/layers/adaptive_pooling.h"

#include "kcpp/ops/nn.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

template <bool Max, int Rank>
class AdaptivePoolingImpl final : public OptionsLayer<AdaptivePoolingOptions> {
 public:
  AdaptivePoolingImpl() = default;
  AdaptivePoolingImpl(const Dims& output_size, AdaptivePoolingOptions o)
      : OptionsLayer(std::move(o)), size_(output_size) {}
  ClassInfo class_info() const override {
    return {text("Adaptive", Max ? "Max" : "Average", "Pooling", Rank, "D"), "keras.layers"};
  }
  void fields(Fields& f) override {
    f.required("output_size", size_);
    f("data_format", o_.data_format);
  }
  void validate() override {
    check(size_.is_number() || size_.values().rank() == Rank, "For ", Rank,
          "D input, `output_size` tuple must have length ", Rank, ". Received: ", size_.values());
    size_ = size_.expand(Rank, "output_size");
    resolve_data_format();
  }
  Tensor call(const Tensor& x, CallContext&) override {
    return Max ? ops::adaptive_max_pool(x, size_, o_.data_format)
               : ops::adaptive_average_pool(x, size_, o_.data_format);
  }

 private:
  Dims size_;
};

}  // namespace

AdaptiveMaxPooling1D::AdaptiveMaxPooling1D(const Dims& n, AdaptivePoolingOptions o)
    : Layer(make_layer<AdaptivePoolingImpl<true, 1>>(n, std::move(o))) {}
AdaptiveMaxPooling2D::AdaptiveMaxPooling2D(const Dims& n, AdaptivePoolingOptions o)
    : Layer(make_layer<AdaptivePoolingImpl<true, 2>>(n, std::move(o))) {}
AdaptiveMaxPooling3D::AdaptiveMaxPooling3D(const Dims& n, AdaptivePoolingOptions o)
    : Layer(make_layer<AdaptivePoolingImpl<true, 3>>(n, std::move(o))) {}
AdaptiveAveragePooling1D::AdaptiveAveragePooling1D(const Dims& n, AdaptivePoolingOptions o)
    : Layer(make_layer<AdaptivePoolingImpl<false, 1>>(n, std::move(o))) {}
AdaptiveAveragePooling2D::AdaptiveAveragePooling2D(const Dims& n, AdaptivePoolingOptions o)
    : Layer(make_layer<AdaptivePoolingImpl<false, 2>>(n, std::move(o))) {}
AdaptiveAveragePooling3D::AdaptiveAveragePooling3D(const Dims& n, AdaptivePoolingOptions o)
    : Layer(make_layer<AdaptivePoolingImpl<false, 3>>(n, std::move(o))) {}

std::shared_ptr<Object> makers::adaptive_max_pooling1d() {
  return make_object<AdaptivePoolingImpl<true, 1>>();
}
std::shared_ptr<Object> makers::adaptive_max_pooling2d() {
  return make_object<AdaptivePoolingImpl<true, 2>>();
}
std::shared_ptr<Object> makers::adaptive_max_pooling3d() {
  return make_object<AdaptivePoolingImpl<true, 3>>();
}
std::shared_ptr<Object> makers::adaptive_average_pooling1d() {
  return make_object<AdaptivePoolingImpl<false, 1>>();
}
std::shared_ptr<Object> makers::adaptive_average_pooling2d() {
  return make_object<AdaptivePoolingImpl<false, 2>>();
}
std::shared_ptr<Object> makers::adaptive_average_pooling3d() {
  return make_object<AdaptivePoolingImpl<false, 3>>();
}

}  // namespace kcpp::layers
