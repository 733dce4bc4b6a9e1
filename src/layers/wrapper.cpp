#include "kcpp/layers/wrapper.h"

#include "kcpp/ops/index.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"
#include "src/older_keras.h"

namespace kcpp::layers {

WrapperImpl::WrapperImpl(const Layer& layer, const LayerOptions& options) : layer_(layer) {
  set_base(options);
}

void WrapperImpl::fields(Fields& f) { f.required("layer", layer_); }
void WrapperImpl::validate() {
  check(static_cast<bool>(layer_),
        "Layer None supplied to Wrapper isn't a supported layer type. Please ensure wrapped layer "
        "is a valid Keras layer.");
  if (children().empty()) track("layer", layer_);
}
void WrapperImpl::build(const Shape& in) { layer_->ensure_built({in}); }

namespace {

class TimeDistributedImpl final : public WrapperImpl {
 public:
  TimeDistributedImpl() = default;
  TimeDistributedImpl(const Layer& layer, const LayerOptions& o) : WrapperImpl(layer, o) {}
  ClassInfo class_info() const override { return {"TimeDistributed", "keras.layers"}; }
  void validate() override {
    WrapperImpl::validate();
    supports_masking_ = takes_mask_ = true;
  }
  Config get_build_config() const override { return older_.with(WrapperImpl::get_build_config()); }
  void build_from_config(const Config& config) override {
    older_.read(config);
    WrapperImpl::build_from_config(config);
  }
  void build(const Shape& in) override {
    check(in.rank() >= 3,
          "`TimeDistributed` Layer should be passed an `input_shape` with at least 3 dimensions, "
          "received: ",
          in);
    layer_->ensure_built({Shape{in[0]} + in.slice(2)});
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs,
                                              CallContext& context) override {
    const Shape& in = inputs[0].shape();
    CallContext inner = step_context(context, {});
    std::vector<TensorSpec> specs = layer_->compute_output_spec(
        {Tensor::symbolic(Shape{in[0]} + in.slice(2), inputs[0].dtype())}, inner);
    for (TensorSpec& s : specs) s.shape.insert(1, in[1]);
    return specs;
  }
  Tensors call_list(const Tensors& inputs, CallContext& context) override {
    const Tensor& x = inputs.at(0);
    const Tensor mask = context.mask();
    if (mask.defined()) check_mask(x.shape(), mask.shape());
    // Where training changes state (batch statistics), the steps go one after the other, as in
    // Keras.
    if (context.training && !older_.says(OlderKeras::all_steps_at_once) &&
        !layer_->non_trainable_weights().empty() && layer_->trainable())
      return {step_by_step(x, mask, context)};
    // [N, T, ..] -> [N T, ..] -> [N, T, ..]
    CallContext inner = step_context(context, mask.defined() ? merge(mask) : Tensor());
    const Tensor y = layer_->call_list({merge(x)}, inner).at(0);
    return {ops::reshape(y, Shape{x.dim(0), x.dim(1)} + y.shape().slice(1))};
  }

 private:
  static Tensor merge(const Tensor& x) {
    return ops::reshape(x, Shape{x.dim(0) * x.dim(1)} + x.shape().slice(2));
  }
  CallContext step_context(const CallContext& context, const Tensor& mask) const {
    CallContext inner;
    inner.training = context.training;
    if (mask.defined() && layer_->takes_mask()) inner.masks = {mask};
    return inner;
  }
  Tensor step_by_step(const Tensor& x, const Tensor& mask, const CallContext& context) {
    Tensors steps;
    for (int64_t t = 0; t < x.dim(1); ++t) {
      const auto at = [&](const Tensor& v) {
        return ops::get_item(v, {ops::Slice{}, ops::Index(t)});
      };
      CallContext inner = step_context(context, mask.defined() ? at(mask) : Tensor());
      steps.push_back(layer_->call_list({at(x)}, inner).at(0));
    }
    return ops::stack(steps, 1);
  }
  static void check_mask(const Shape& in, const Shape& mask) {
    check(mask.rank() >= 2,
          "The `mask` passed to the `TimeDistributed` layer must be at least 2D (e.g., "
          "`(batch_size, timesteps)`), but it has ",
          mask.rank(), " dimension(s) with shape ", mask, ".");
    check(mask[0] == in[0] && mask[1] == in[1],
          "The `mask` passed to the `TimeDistributed` layer has a shape ", mask,
          " that is incompatible with the input shape ", in,
          ". The first two dimensions of the mask (batch size and timesteps) must match "
          "the input's first two dimensions. Expected mask shape prefix: (",
          in[0], ", ", in[1], ").");
  }
  OlderKeras older_;
};

class SpectralNormalizationImpl final : public WrapperImpl {
 public:
  SpectralNormalizationImpl() = default;
  SpectralNormalizationImpl(const Layer& layer, const SpectralNormalizationOptions& o)
      : iterations_(o.power_iterations) {
    layer_ = layer;
    set_base(o);
  }
  ClassInfo class_info() const override { return {"SpectralNormalization", "keras.layers"}; }
  void fields(Fields& f) override {
    WrapperImpl::fields(f);
    f("power_iterations", iterations_);
  }
  void validate() override {
    WrapperImpl::validate();
    check(iterations_ > 0,
          "`power_iterations` should be greater than zero. Received: `power_iterations=",
          iterations_, "`");
  }
  void build(const Shape& in) override {
    WrapperImpl::build(in);
    for (const Variable& v : layer_->own_trainable()) {
      if (v.name() == "kernel" || v.name() == "embeddings") {
        kernel_ = v;
        break;
      }
    }
    check(kernel_.defined(), layer_->class_info().name,
          " object has no attribute 'kernel' nor 'embeddings'");
    adopt_weight(kernel_);
    const Config stddev = Config::dict(
        {{"class_name", "TruncatedNormal"},
         {"config", Config::dict({{"mean", 0.0}, {"stddev", 0.02}, {"seed", nullptr}})}});
    Initializer initializer;
    kcpp::from_config(stddev, initializer, "initializer");
    u_ = add_weight("vector_u", {1, kernel_.shape().back()},
                    {.initializer = initializer, .dtype = kernel_.dtype(), .trainable = false});
    input_spec_ = {{.min_ndim = 1, .axes = {{-1, in.back()}}}};
  }
  Tensor call(const Tensor& x, CallContext& context) override {
    if (context.training && !x.is_symbolic()) normalize_kernel();
    const Tensor y = layer_(x);
    return ops::cast(y, x.dtype());
  }

 private:
  /// Power iteration: u and v approach the singular vectors of the greatest singular value sigma =
  /// v W u^T.
  void normalize_kernel() {
    const Tensor kernel = kernel_.value().detach();
    if (!ops::any(ops::not_equal(kernel, 0)).item<bool>()) return;
    const auto unit = [](const Tensor& v) { return ops::normalize(v, {}, 2); };
    const Tensor w = ops::reshape(kernel, {-1, kernel.dim(-1)});
    Tensor u = u_.value(), v;
    for (int i = 0; i < iterations_; ++i) {
      v = unit(ops::matmul(u, ops::transpose(w)));
      u = unit(ops::matmul(v, w));
    }
    const Tensor sigma = ops::matmul(ops::matmul(v, w), ops::transpose(u));
    u_.assign(u);
    kernel_.assign(ops::reshape(kernel / sigma, kernel.shape()));
  }
  int iterations_ = 1;
  Variable kernel_, u_;
};

}  // namespace

TimeDistributed::TimeDistributed(const Layer& layer, LayerOptions o)
    : Layer(make_layer<TimeDistributedImpl>(layer, o)) {}
SpectralNormalization::SpectralNormalization(const Layer& layer, SpectralNormalizationOptions o)
    : Layer(make_layer<SpectralNormalizationImpl>(layer, o)) {}

std::shared_ptr<Object> makers::time_distributed() { return make_object<TimeDistributedImpl>(); }
std::shared_ptr<Object> makers::spectral_normalization() {
  return make_object<SpectralNormalizationImpl>();
}

}  // namespace kcpp::layers
