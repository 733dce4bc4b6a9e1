/// Highway of Keras 0 and 1 (Srivastava et al. 2015, arXiv:1505.00387): a dense layer with a gate
/// that lets its input through.
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/nn.h"
#include "src/layers/legacy/affine_options.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

class HighwayImpl final : public OptionsLayer<legacy::AffineOptions> {
 public:
  ClassInfo class_info() const override { return {"Highway", "keras.layers"}; }
  void fields(Fields& f) override {
    f("activation", activation_);
    f("transform_bias", transform_bias_);
    legacy::affine_fields(f, o_);
    f("activity_regularizer", activity_regularizer_);
  }
  void validate() override { input_spec_ = {{.ndim = 2}}; }
  void build(const Shape& in) override {
    const int64_t size = in[1];
    kernel_ = add_weight("kernel", {size, size}, legacy::kernel_options(o_));
    carry_kernel_ =
        add_weight("carry_kernel", {size, size}, {.initializer = o_.kernel_initializer});
    if (o_.use_bias) {
      bias_ = add_weight("bias", {size}, legacy::bias_options(o_));
      carry_bias_ = add_weight("carry_bias", {size},
                               {.initializer = initializers::Constant(transform_bias_)});
    }
    input_spec_ = {{.ndim = 2, .axes = {{1, size}}}};
  }
  Tensor call(const Tensor& inputs, CallContext&) override {
    const Tensor x = floating(inputs);
    const Tensor gate = ops::sigmoid(affine(x, carry_kernel_, carry_bias_));
    return activate(activation_, affine(x, kernel_, bias_)) * gate + (1 - gate) * x;
  }

 private:
  Tensor affine(const Tensor& x, const Variable& kernel, const Variable& bias) const {
    const Tensor y = ops::matmul(x, compute(kernel));
    return bias ? y + compute(bias) : y;
  }

  ActivationFn activation_;
  double transform_bias_ = 1;
  Variable kernel_, carry_kernel_, bias_, carry_bias_;
};

}  // namespace

std::shared_ptr<Object> makers::highway() { return make_object<HighwayImpl>(); }

}  // namespace kcpp::layers
