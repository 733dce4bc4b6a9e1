#include "kcpp/layers/dense.h"

#include "kcpp/ops/nn.h"
#include "src/layers/lora.h"
#include "src/layers/makers.h"
#include "src/layers/quantization_field.h"

namespace kcpp::layers {
namespace {

class DenseImpl final : public LoraLayer<DenseOptions> {
 public:
  DenseImpl() = default;
  DenseImpl(int64_t units, DenseOptions o) : LoraLayer(std::move(o)), units_(units) {}

  ClassInfo class_info() const override { return {"Dense", "keras.layers"}; }
  void fields(Fields& f) override {
    f.required("units", units_);
    f("activation", o_.activation);
    f("use_bias", o_.use_bias);
    f("kernel_initializer", o_.kernel_initializer);
    f("bias_initializer", o_.bias_initializer);
    f("kernel_regularizer", o_.kernel_regularizer);
    f("bias_regularizer", o_.bias_regularizer);
    f("kernel_constraint", o_.kernel_constraint);
    f("bias_constraint", o_.bias_constraint);
    quantization_field(f);
    lora_.fields(f);
  }
  void validate() override {
    check(units_ > 0,
          "Received an invalid value for `units`, expected a positive integer. Received: units=",
          units_);
    supports_masking_ = true;
    input_spec_ = {{.min_ndim = 2}};
  }

  void build(const Shape& in) override {
    kernel_ = add_weight("kernel", {in.back(), units_},
                         {.initializer = o_.kernel_initializer,
                          .regularizer = o_.kernel_regularizer,
                          .constraint = o_.kernel_constraint});
    if (o_.use_bias) {
      bias_ = add_weight("bias", {units_},
                         {.initializer = o_.bias_initializer,
                          .regularizer = o_.bias_regularizer,
                          .constraint = o_.bias_constraint});
    }
    input_spec_ = {{.min_ndim = 2, .axes = {{-1, in.back()}}}};
    adapt(kernel_, "kernel", o_.kernel_regularizer, o_.kernel_constraint, false);
  }
  // [.., in] x [in, units] -> [.., units]
  Tensor call(const Tensor& inputs, CallContext&) override {
    const Tensor x = floating(inputs);
    if (const kcpp::Activation* fused = o_.activation.fused()) {
      return ops::detail::dense(x, adapted(), compute(bias_), *fused);
    }
    return activate(o_.activation, ops::detail::dense(x, adapted(), compute(bias_)));
  }

 private:
  int64_t units_ = 0;
  Variable kernel_, bias_;
};

}  // namespace

Dense::Dense(int64_t units, DenseOptions options)
    : Layer(make_layer<DenseImpl>(units, std::move(options))) {}

std::shared_ptr<Object> makers::dense() { return make_object<DenseImpl>(); }

}  // namespace kcpp::layers
