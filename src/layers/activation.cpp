#include "kcpp/layers/activation.h"

#include "kcpp/ops/nn.h"
#include "kcpp/ops/reduce.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

class ActivationImpl final : public OptionsLayer<LayerOptions> {
 public:
  ActivationImpl() { set_built(); }
  ActivationImpl(const ActivationFn& activation, LayerOptions o)
      : OptionsLayer(std::move(o)), activation_(activation) {
    set_built();
  }
  ClassInfo class_info() const override { return {"Activation", "keras.layers"}; }
  void fields(Fields& f) override { f.required("activation", activation_); }
  void validate() override { supports_masking_ = true; }
  Tensor call(const Tensor& x, CallContext&) override { return activate(activation_, x); }

 private:
  ActivationFn activation_;
};

class ReLUImpl final : public OptionsLayer<ReLUOptions> {
 public:
  ReLUImpl() { set_built(); }
  explicit ReLUImpl(ReLUOptions o) : OptionsLayer(std::move(o)) { set_built(); }
  ClassInfo class_info() const override { return {"ReLU", "keras.layers"}; }
  void fields(Fields& f) override {
    f("max_value", o_.max_value);
    f("negative_slope", o_.negative_slope);
    f("threshold", o_.threshold);
  }
  void validate() override {
    supports_masking_ = true;
    check(!o_.max_value || *o_.max_value >= 0,
          "max_value of a ReLU layer cannot be a negative value. Received: max_value=",
          o_.max_value.value_or(0));
    check(o_.negative_slope >= 0,
          "negative_slope of a ReLU layer cannot be None or a negative value. Received: "
          "negative_slope=",
          o_.negative_slope);
    check(o_.threshold >= 0,
          "threshold of a ReLU layer cannot be None or a negative value. Received: threshold=",
          o_.threshold);
  }
  Tensor call(const Tensor& x, CallContext&) override {
    return activations::relu(x, {.negative_slope = o_.negative_slope,
                                 .max_value = o_.max_value,
                                 .threshold = o_.threshold});
  }
};

class LeakyReLUImpl final : public OptionsLayer<LeakyReLUOptions> {
 public:
  LeakyReLUImpl() { set_built(); }
  explicit LeakyReLUImpl(LeakyReLUOptions o) : OptionsLayer(std::move(o)) { set_built(); }
  ClassInfo class_info() const override { return {"LeakyReLU", "keras.layers"}; }
  void fields(Fields& f) override {
    f.alias("alpha", o_.negative_slope);
    f("negative_slope", o_.negative_slope);
  }
  void validate() override {
    supports_masking_ = true;
    check(o_.negative_slope >= 0,
          "The negative_slope value of a Leaky ReLU layer cannot be None or negative value. "
          "Expected a float. "
          "Received: negative_slope=",
          o_.negative_slope);
  }
  Tensor call(const Tensor& x, CallContext&) override {
    return ops::leaky_relu(x, o_.negative_slope);
  }
};

class ELUImpl final : public OptionsLayer<ELUOptions> {
 public:
  ELUImpl() { set_built(); }
  explicit ELUImpl(ELUOptions o) : OptionsLayer(std::move(o)) { set_built(); }
  ClassInfo class_info() const override { return {"ELU", "keras.layers"}; }
  void fields(Fields& f) override { f("alpha", o_.alpha); }
  void validate() override { supports_masking_ = true; }
  Tensor call(const Tensor& x, CallContext&) override { return ops::elu(x, o_.alpha); }
};

class PReLUImpl final : public OptionsLayer<PReLUOptions> {
 public:
  using OptionsLayer::OptionsLayer;
  ClassInfo class_info() const override { return {"PReLU", "keras.layers"}; }
  void fields(Fields& f) override {
    f("alpha_initializer", o_.alpha_initializer);
    f("alpha_regularizer", o_.alpha_regularizer);
    f("alpha_constraint", o_.alpha_constraint);
    f("shared_axes", o_.shared_axes);
  }
  void validate() override {
    supports_masking_ = true;
    if (o_.shared_axes.is_number()) o_.shared_axes = Dims(Shape{o_.shared_axes.values()[0]});
    for (int64_t axis : o_.shared_axes.values())
      check(axis >= 1,
            "`shared_axes` counts from 1. Received: shared_axes=", o_.shared_axes.values());
  }
  void build(const Shape& in) override {
    Shape shape = in.slice(1);
    std::vector<std::pair<int, int64_t>> axes;
    for (int64_t axis : o_.shared_axes.values()) {
      check(axis < in.rank(), "`shared_axes` has axis ", axis,
            ", which the input does not have. Received: input_shape=", in);
      shape[static_cast<int>(axis) - 1] = 1;
    }
    alpha_ = add_weight("alpha", shape,
                        {.initializer = o_.alpha_initializer,
                         .regularizer = o_.alpha_regularizer,
                         .constraint = o_.alpha_constraint});
    if (!o_.shared_axes.is_none()) {
      for (int i = 1; i < in.rank(); ++i) {
        if (shape[i - 1] != 1 || in[i] == 1) axes.emplace_back(i, in[i]);
      }
    }
    input_spec_ = {{.ndim = in.rank(), .axes = axes}};
  }
  Tensor call(const Tensor& x, CallContext&) override {
    return ops::relu(x) - compute(alpha_) * ops::relu(-x);
  }

 private:
  Variable alpha_;
};

class SoftmaxImpl final : public OptionsLayer<SoftmaxOptions> {
 public:
  SoftmaxImpl() { set_built(); }
  explicit SoftmaxImpl(SoftmaxOptions o) : OptionsLayer(std::move(o)) { set_built(); }
  ClassInfo class_info() const override { return {"Softmax", "keras.layers"}; }
  void fields(Fields& f) override { f("axis", o_.axis); }
  void validate() override { supports_masking_ = takes_mask_ = true; }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext&) override {
    return {
        {inputs[0].shape(), is_floating(inputs[0].dtype()) ? inputs[0].dtype() : compute_dtype()}};
  }
  Tensor call(const Tensor& inputs, CallContext& context) override {
    if (!context.mask().defined()) return apply(inputs);
    const Tensor mask = checked(context.mask(), inputs);
    const double least = inputs.dtype() == DType::float16 ? -3e4 : -1e9;
    const Tensor y = apply(ops::where(mask, inputs, Tensor::scalar(least, inputs.dtype())));
    return ops::where(mask, y, Tensor::scalar(0, y.dtype()));
  }

 private:
  Tensor apply(const Tensor& x) const {
    if (o_.axis.size() <= 1)
      return ops::softmax(x, o_.axis.size() == 1 ? ops::Axes(o_.axis[0]) : o_.axis);
    return ops::exp(x - ops::logsumexp(x, o_.axis, true));
  }
  static Tensor checked(const Tensor& mask, const Tensor& x) {
    check(mask.rank() <= x.rank(),
          "The `mask` must be broadcastable to `inputs` and must not have more dimensions. "
          "Received: inputs.shape=",
          x.shape(), ", mask.shape=", mask.shape());
    for (int i = 1; i <= mask.rank(); ++i) {
      const int64_t m = mask.dim(-i), d = x.dim(-i);
      check(m == 1 || m == d || m == Shape::unknown || d == Shape::unknown,
            "The `mask` must be broadcastable to `inputs`. Each mask dimension must be 1 or match "
            "the corresponding input dimension. "
            "Received: inputs.shape=",
            x.shape(), ", mask.shape=", mask.shape());
    }
    return mask.dtype() == DType::bool_ ? mask
                                        : ops::greater(mask, Tensor::scalar(0.5, mask.dtype()));
  }
};

}  // namespace

Activation::Activation(const ActivationFn& f, LayerOptions o)
    : Layer(make_layer<ActivationImpl>(f, std::move(o))) {}
ReLU::ReLU(ReLUOptions o) : Layer(make_layer<ReLUImpl>(std::move(o))) {}
LeakyReLU::LeakyReLU(LeakyReLUOptions o) : Layer(make_layer<LeakyReLUImpl>(std::move(o))) {}
ELU::ELU(ELUOptions o) : Layer(make_layer<ELUImpl>(std::move(o))) {}
PReLU::PReLU(PReLUOptions o) : Layer(make_layer<PReLUImpl>(std::move(o))) {}
Softmax::Softmax(SoftmaxOptions o) : Layer(make_layer<SoftmaxImpl>(std::move(o))) {}

std::shared_ptr<Object> makers::activation() { return make_object<ActivationImpl>(); }
std::shared_ptr<Object> makers::relu() { return make_object<ReLUImpl>(); }
std::shared_ptr<Object> makers::leaky_relu() { return make_object<LeakyReLUImpl>(); }
std::shared_ptr<Object> makers::elu() { return make_object<ELUImpl>(); }
std::shared_ptr<Object> makers::prelu() { return make_object<PReLUImpl>(); }
std::shared_ptr<Object> makers::softmax() { return make_object<SoftmaxImpl>(); }

}  // namespace kcpp::layers
