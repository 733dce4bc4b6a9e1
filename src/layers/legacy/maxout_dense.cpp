/// MaxoutDense of Keras 0 and 1 (Goodfellow et al. 2013, arXiv:1302.4389): the largest of several
/// dense layers.
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/layers/legacy/affine_options.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

class MaxoutDenseImpl final : public OptionsLayer<legacy::AffineOptions> {
 public:
  ClassInfo class_info() const override { return {"MaxoutDense", "keras.layers"}; }
  void fields(Fields& f) override {
    f.required("units", units_);
    f("nb_feature", features_);
    legacy::affine_fields(f, o_);
    f("activity_regularizer", activity_regularizer_);
  }
  void validate() override {
    check(units_ > 0 && features_ > 0,
          "`units` and `nb_feature` must be positive. Received: units=", units_,
          ", nb_feature=", features_);
    input_spec_ = {{.ndim = 2}};
  }
  void build(const Shape& in) override {
    kernel_ = add_weight("kernel", {features_, in[1], units_}, legacy::kernel_options(o_));
    if (o_.use_bias) bias_ = add_weight("bias", {features_, units_}, legacy::bias_options(o_));
    input_spec_ = {{.ndim = 2, .axes = {{1, in[1]}}}};
  }
  Tensor call(const Tensor& x, CallContext&) override {
    // [B,I] x [I, F U] -> [B, F U] -> [B,F,U]
    const Tensor kernel = ops::reshape(ops::transpose(compute(kernel_), {1, 0, 2}),
                                       {kernel_.shape()[1], features_ * units_});
    Tensor y = ops::reshape(ops::matmul(floating(x), kernel), {-1, features_, units_});
    if (bias_) y = y + compute(bias_);
    return ops::max(y, 1);
  }

 private:
  int64_t units_ = 0, features_ = 4;
  Variable kernel_, bias_;
};

}  // namespace

std::shared_ptr<Object> makers::maxout_dense() { return make_object<MaxoutDenseImpl>(); }

}  // namespace kcpp::layers
