#include "kcpp/layers/normalization.h"

#include <algorithm>

#include "kcpp/ops/create.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

class NormalizationImpl final : public OptionsLayer<NormalizationOptions> {
 public:
  using OptionsLayer::OptionsLayer;
  ClassInfo class_info() const override { return {"Normalization", "keras.layers"}; }
  void fields(Fields& f) override {
    if (f.reading()) {
      f("axis", o_.axis);
    } else {
      f.write("axis", kcpp::to_config(std::vector<int>(o_.axis.begin(), o_.axis.end())));
    }
    f("invert", o_.invert);
    f("mean", o_.mean);
    f("variance", o_.variance);
  }
  void validate() override {
    supports_masking_ = true;
    const Numbers &mean = o_.mean, &variance = o_.variance;
    check(mean.defined() == variance.defined(),
          "When setting values directly, both `mean` and `variance` must be set. Received: mean=",
          to_config(mean), " and variance=", to_config(variance));
    check(mean.shape() == variance.shape(),
          "When setting values directly, `mean` and `variance` must have the same shape. Received: "
          "mean shape ",
          mean.shape(), " and variance shape ", variance.shape());
    check(mean.shape().rank() <= o_.axis.size(),
          "The rank of `mean` must be less than or equal to the number of axes (", o_.axis.size(),
          "). Received: mean shape ", mean.shape(), " for axis ", o_.axis.to_config());
  }
  void build(const Shape& in) override {
    keep_.clear();
    for (int a : o_.axis) {
      check(a >= -in.rank() && a < in.rank(),
            "All `axis` values must be in the range [-ndim, ndim). Received inputs with ndim=",
            in.rank(), ", while axis=", o_.axis.to_config());
      keep_.push_back(a < 0 ? a + in.rank() : a);
    }
    std::sort(keep_.begin(), keep_.end());
    spread_ = Shape::filled(in.rank(), 1);
    Shape kept;
    for (int a : keep_) {
      check(in[a] != Shape::unknown,
            "All `axis` values to be kept must have a known shape. Received axis=",
            o_.axis.to_config(), ", inputs.shape=", in, ", with unknown axis at index ", a);
      spread_[a] = in[a];
      kept.push_back(in[a]);
    }
    if (o_.mean.defined()) return;
    mean_ = add_weight("mean", kept, {.initializer = "zeros", .trainable = false});
    variance_ = add_weight("variance", kept, {.initializer = "ones", .trainable = false});
    count_ = add_weight("count", {},
                        {.initializer = "zeros", .dtype = DType::int64, .trainable = false});
  }
  Tensor call(const Tensor& inputs, CallContext&) override {
    const Tensor x = ops::cast(inputs, compute_dtype());
    const Tensor mean = statistic(o_.mean, mean_);
    const Tensor deviation =
        ops::maximum(ops::sqrt(statistic(o_.variance, variance_)), kcpp::epsilon());
    return o_.invert ? mean + x * deviation : (x - mean) / deviation;
  }

  void adapt(const Tensors& batches) {
    check(!batches.empty(),
          "adapt() received an empty iterable (no batches). Expected at least one batch.");
    ensure_built({batches[0].shape()});
    check(!o_.mean.defined(),
          "Cannot `adapt` a Normalization layer that is initialized with static `mean` and "
          "`variance`.");
    Tensor mean, variance;
    double total = 0;
    for (const Tensor& batch : batches) {
      std::vector<int> reduce;
      double count = 1;
      for (int i = 0; i < batch.rank(); ++i) {
        if (std::find(keep_.begin(), keep_.end(), i) == keep_.end()) {
          reduce.push_back(i);
          count *= static_cast<double>(batch.dim(i));
        } else {
          check(batch.dim(i) == spread_[i],
                "The layer was built with input_shape=", build_shapes_[0],
                ", but adapt() is being called with data with an incompatible shape, data.shape=",
                batch.shape());
        }
      }
      const Tensor x = ops::cast(batch, compute_dtype());
      const Tensor m = reduce.empty() ? x : ops::mean(x, ops::Axes(reduce)),
                   v = reduce.empty() ? ops::zeros_like(x) : ops::var(x, ops::Axes(reduce));
      total += count;
      const double weight = count / total;
      if (!mean.defined()) {
        mean = m;
        variance = v;
        continue;
      }
      const Tensor joint = mean * (1 - weight) + m * weight;
      variance = (variance + ops::square(mean - joint)) * (1 - weight) +
                 (v + ops::square(m - joint)) * weight;
      mean = joint;
    }
    mean_.assign(mean);
    variance_.assign(variance);
  }

 private:
  Tensor statistic(const Numbers& given, const Variable& learned) const {
    if (!given.defined()) return ops::cast(ops::reshape(learned, spread_), compute_dtype());
    Shape shape = Shape::filled(spread_.rank(), 1);  // the given axes are the last of those kept
    for (int i = 1; i <= given.shape().rank(); ++i)
      shape[keep_[keep_.size() - static_cast<size_t>(i)]] = given.shape().dim(-i);
    return given.to_tensor(compute_dtype()).reshape(shape);
  }
  std::vector<int> keep_;
  Shape spread_;
  Variable mean_, variance_, count_;
};

}  // namespace

Normalization::Normalization(NormalizationOptions o)
    : Layer(make_layer<NormalizationImpl>(std::move(o))) {}
void Normalization::adapt(const Tensor& data) const { adapt(Tensors{data}); }
void Normalization::adapt(const Tensors& batches) const {
  static_cast<NormalizationImpl&>(*impl_).adapt(batches);
}

std::shared_ptr<Object> makers::normalization() { return make_object<NormalizationImpl>(); }

}  // namespace kcpp::layers
