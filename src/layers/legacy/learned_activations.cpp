/// SReLU (Jin et al. 2015, arXiv:1512.07030) and ParametricSoftplus of Keras 0 and 1: activations
/// whose shape is learned, for each element of a sample by itself.
#include "kcpp/ops/nn.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

/// The shape of the learned arrays: a sample's, with 1 for shared axes.
Shape learned_shape(const Shape& in, const Dims& shared_axes) {
  Shape shape = in.slice(1);
  if (shared_axes.is_none()) return shape;
  for (int64_t axis : shared_axes.values()) {
    check(axis >= 1 && axis < in.rank(), "`shared_axes` has axis ", axis,
          ", which the input does not have. Received: input_shape=", in);
    shape[static_cast<int>(axis) - 1] = 1;
  }
  return shape;
}

class SReLUImpl final : public OptionsLayer<LayerOptions> {
 public:
  ClassInfo class_info() const override { return {"SReLU", "keras.layers"}; }
  void fields(Fields& f) override {
    f("t_left_initializer", t_left_initializer_);
    f("a_left_initializer", a_left_initializer_);
    f("t_right_initializer", t_right_initializer_);
    f("a_right_initializer", a_right_initializer_);
    f("shared_axes", shared_axes_);
  }
  void validate() override { supports_masking_ = true; }
  void build(const Shape& in) override {
    const Shape shape = learned_shape(in, shared_axes_);
    t_left_ = add_weight("t_left", shape, {.initializer = t_left_initializer_});
    a_left_ = add_weight("a_left", shape, {.initializer = a_left_initializer_});
    t_right_ = add_weight("t_right", shape, {.initializer = t_right_initializer_});
    a_right_ = add_weight("a_right", shape, {.initializer = a_right_initializer_});
  }
  /// Slope a_left below t_left, 1 up to t_left + |t_right|, a_right above.
  Tensor call(const Tensor& x, CallContext&) override {
    const Tensor left = compute(t_left_), width = ops::abs(compute(t_right_));
    const Tensor from_left = x - left;
    return left + ops::minimum(ops::relu(from_left), width) -
           compute(a_left_) * ops::relu(-from_left) +
           compute(a_right_) * ops::relu(from_left - width);
  }

 private:
  Initializer t_left_initializer_ = "zeros", a_left_initializer_ = "glorot_uniform",
              t_right_initializer_ = "glorot_uniform", a_right_initializer_ = "ones";
  Dims shared_axes_;
  Variable t_left_, a_left_, t_right_, a_right_;
};

class ParametricSoftplusImpl final : public OptionsLayer<LayerOptions> {
 public:
  ClassInfo class_info() const override { return {"ParametricSoftplus", "keras.layers"}; }
  void fields(Fields& f) override {
    f("alpha_init", alpha_init_);
    f("beta_init", beta_init_);
    f("shared_axes", shared_axes_);
  }
  void validate() override { supports_masking_ = true; }
  void build(const Shape& in) override {
    const Shape shape = learned_shape(in, shared_axes_);
    alphas_ = add_weight("alphas", shape, {.initializer = initializers::Constant(alpha_init_)});
    betas_ = add_weight("betas", shape, {.initializer = initializers::Constant(beta_init_)});
  }
  Tensor call(const Tensor& x, CallContext&) override {
    return ops::softplus(compute(betas_) * x) * compute(alphas_);
  }

 private:
  double alpha_init_ = 0.2, beta_init_ = 5;
  Dims shared_axes_;
  Variable alphas_, betas_;
};

}  // namespace

std::shared_ptr<Object> makers::srelu() { return make_object<SReLUImpl>(); }
std::shared_ptr<Object> makers::parametric_softplus() {
  return make_object<ParametricSoftplusImpl>();
}

}  // namespace kcpp::layers
