#include "kcpp/layers/layer_normalization.h"

#include <algorithm>

#include "kcpp/ops/nn.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

class LayerNormalizationImpl final : public OptionsLayer<LayerNormalizationOptions> {
 public:
  LayerNormalizationImpl() { autocast_ = false; }
  explicit LayerNormalizationImpl(LayerNormalizationOptions o) : OptionsLayer(std::move(o)) {
    autocast_ = false;
  }
  ClassInfo class_info() const override { return {"LayerNormalization", "keras.layers"}; }
  void fields(Fields& f) override {
    f("axis", o_.axis);
    f("epsilon", o_.epsilon);
    f("center", o_.center);
    f("scale", o_.scale);
    f("rms_scaling", o_.rms_scaling);
    f("beta_initializer", o_.beta_initializer);
    f("gamma_initializer", o_.gamma_initializer);
    f("beta_regularizer", o_.beta_regularizer);
    f("gamma_regularizer", o_.gamma_regularizer);
    f("beta_constraint", o_.beta_constraint);
    f("gamma_constraint", o_.gamma_constraint);
  }
  void validate() override { supports_masking_ = true; }

  void build(const Shape& in) override {
    std::vector<int> axes(o_.axis.begin(), o_.axis.end());
    std::sort(axes.begin(), axes.end());
    o_.axis = ops::Axes(axes);
    Shape shape;
    for (int a : axes) shape.push_back(in.dim(a));
    if (o_.scale || o_.rms_scaling) {
      gamma_ = add_weight("gamma", shape,
                          {.initializer = o_.gamma_initializer,
                           .autocast = false,
                           .regularizer = o_.gamma_regularizer,
                           .constraint = o_.gamma_constraint});
    }
    if (o_.center && !o_.rms_scaling) {
      beta_ = add_weight("beta", shape,
                         {.initializer = o_.beta_initializer,
                          .autocast = false,
                          .regularizer = o_.beta_regularizer,
                          .constraint = o_.beta_constraint});
    }
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext&) override {
    return {{inputs[0].shape(), compute_dtype()}};
  }
  Tensor call(const Tensor& x, CallContext&) override {
    const Tensor gamma = gamma_ ? gamma_.value() : Tensor(),
                 beta = beta_ ? beta_.value() : Tensor();
    return ops::cast(o_.rms_scaling ? scaled(x, gamma)
                                    : ops::layer_normalization(x, gamma, beta, o_.axis, o_.epsilon),
                     compute_dtype());
  }

 private:
  /// Keras's deprecated `rms_scaling`: x gamma / sqrt(variance + epsilon).
  Tensor scaled(const Tensor& x, const Tensor& gamma) const {
    Shape spread = Shape::filled(x.rank(), 1);
    for (int a : o_.axis) spread[canonical_axis(a, x.rank(), "LayerNormalization")] = x.dim(a);
    return x * ops::rsqrt(ops::var(x, o_.axis, true) + o_.epsilon) * ops::reshape(gamma, spread);
  }
  Variable gamma_, beta_;
};

}  // namespace

LayerNormalization::LayerNormalization(LayerNormalizationOptions o)
    : Layer(make_layer<LayerNormalizationImpl>(std::move(o))) {}
std::shared_ptr<Object> makers::layer_normalization() {
  return make_object<LayerNormalizationImpl>();
}

}  // namespace kcpp::layers
