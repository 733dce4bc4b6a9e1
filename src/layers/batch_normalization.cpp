#include "kcpp/layers/batch_normalization.h"

#include <algorithm>
#include <cmath>

#include "kcpp/ops/nn.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"
#include "src/older_keras.h"

namespace kcpp::layers {

Config to_config(const RenormClipping& v) {
  Config out = Config::dict();
  if (v.rmax) out.set("rmax", *v.rmax);
  if (v.rmin) out.set("rmin", *v.rmin);
  if (v.dmax) out.set("dmax", *v.dmax);
  return out;
}

void from_config(const Config& c, RenormClipping& v, std::string_view what) {
  v = {};
  for (const auto& [key, value] : c.as_dict(what)) {
    check(key == "rmax" || key == "rmin" || key == "dmax",
          "Received invalid keys for `renorm_clipping` argument: ", c,
          ". Supported values: ['rmax', 'rmin', 'dmax'].");
    std::optional<double>& field = key == "rmax" ? v.rmax : key == "rmin" ? v.rmin : v.dmax;
    kcpp::from_config(value, field, key);
  }
}

namespace {

class BatchNormalizationImpl final : public OptionsLayer<BatchNormalizationOptions> {
 public:
  using OptionsLayer::OptionsLayer;
  ClassInfo class_info() const override { return {"BatchNormalization", "keras.layers"}; }
  void fields(Fields& f) override {
    f("axis", o_.axis);
    f("momentum", o_.momentum);
    f("epsilon", o_.epsilon);
    f("center", o_.center);
    f("scale", o_.scale);
    f("beta_initializer", o_.beta_initializer);
    f("gamma_initializer", o_.gamma_initializer);
    f("moving_mean_initializer", o_.moving_mean_initializer);
    f("moving_variance_initializer", o_.moving_variance_initializer);
    f("beta_regularizer", o_.beta_regularizer);
    f("gamma_regularizer", o_.gamma_regularizer);
    f("beta_constraint", o_.beta_constraint);
    f("gamma_constraint", o_.gamma_constraint);
    f("synchronized", o_.synchronized);
    f("renorm", o_.renorm);
    f("renorm_clipping", o_.renorm_clipping);
    f("renorm_momentum", o_.renorm_momentum);
  }
  void validate() override {
    supports_masking_ = takes_mask_ = true;
    if (!o_.renorm) return;
    if (!o_.renorm_clipping) o_.renorm_clipping.emplace();
    const RenormClipping& c = *o_.renorm_clipping;
    check(!c.rmax || !c.rmin || *c.rmax >= *c.rmin,
          "rmax should be greater than rmin in the `renorm_clipping` argument. Received: rmax=",
          c.rmax.value_or(0), ", rmin=", c.rmin.value_or(0), ".");
    check(!c.dmax || *c.dmax >= 0,
          "dmax should be non-negative in the `renorm_clipping` argument. Received: dmax=",
          c.dmax.value_or(0), ".");
  }

  Config get_build_config() const override { return older_.with(LayerImpl::get_build_config()); }
  void build_from_config(const Config& config) override {
    older_.read(config);
    LayerImpl::build_from_config(config);
  }

  void build(const Shape& in) override {
    axis_ = canonical_axis(o_.axis, in.rank(), "BatchNormalization");
    const Shape shape{in[axis_]};
    const auto statistic = [&](const char* name, const Initializer& initializer) {
      return add_weight(name, shape,
                        {.initializer = initializer, .trainable = false, .autocast = false});
    };
    if (o_.scale) {
      gamma_ = add_weight("gamma", shape,
                          {.initializer = o_.gamma_initializer,
                           .autocast = false,
                           .regularizer = o_.gamma_regularizer,
                           .constraint = o_.gamma_constraint});
    }
    if (o_.center) {
      beta_ = add_weight("beta", shape,
                         {.initializer = o_.beta_initializer,
                          .autocast = false,
                          .regularizer = o_.beta_regularizer,
                          .constraint = o_.beta_constraint});
    }
    moving_mean_ = statistic("moving_mean", o_.moving_mean_initializer);
    moving_variance_ = statistic("moving_variance", o_.moving_variance_initializer);
    if (o_.renorm) {
      const Initializer stddev(
          [variance = o_.moving_variance_initializer](const Shape& s, DType dtype) {
            return ops::sqrt(variance(s, dtype));
          });
      moving_stddev_ = statistic("moving_stddev", stddev);
      renorm_mean_ = statistic("renorm_mean", o_.moving_mean_initializer);
      renorm_stddev_ = statistic("renorm_stddev", stddev);
    }
    input_spec_ = {{.ndim = in.rank(), .axes = {{o_.axis, in[axis_]}}}};
    std::vector<int> axes;
    for (int i = 0; i < in.rank(); ++i) {
      if (i != axis_) axes.push_back(i);
    }
    reduction_axes_ = ops::Axes(axes);
  }

  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext&) override {
    return {{inputs[0].shape(), compute_dtype()}};
  }

  Tensor call(const Tensor& inputs, CallContext& context) override {
    const bool fused = is_fused(inputs.rank());
    const bool unmasked = fused || older_.says(OlderKeras::unmasked);
    const Tensor mask = unmasked ? Tensor() : context.mask();
    check(!mask.defined() || mask.rank() == inputs.rank() - 1,
          "The mask provided should be one dimension less than the inputs. Received: mask.shape=",
          mask.defined() ? mask.shape() : Shape{}, ", inputs.shape=", inputs.shape());
    // Half precision is normalised in float32.
    const DType dtype = inputs.dtype() == DType::float64 ? DType::float64 : DType::float32;
    const Tensor x = as(inputs, dtype);
    Tensor gamma = as(gamma_, dtype), beta = as(beta_, dtype);
    const bool by_batch = trainable() || older_.says(OlderKeras::frozen_normalizes);
    if (!context.training || !by_batch) {
      return as(ops::batch_normalization(x, as(moving_mean_, dtype), as(moving_variance_, dtype),
                                         axis_, beta, gamma, o_.epsilon),
                compute_dtype());
    }
    if (!mask.defined() && !o_.renorm) {
      const ops::detail::BatchNormResult r =
          ops::detail::batch_norm_training(x, gamma, beta, axis_, o_.epsilon);
      move_averages(r.mean, r.variance, sample_correction(x, fused));
      return as(r.y, compute_dtype());
    }
    const auto [mean, variance] =
        mask.defined() ? masked_moments(x, mask) : ops::moments(x, reduction_axes_);
    if (o_.renorm) {
      renormalise(mean, variance, gamma, beta, dtype);
    } else {
      move_averages(mean.detach(), variance.detach(), sample_correction(x, fused));
    }
    return as(ops::batch_normalization(x, mean, variance, axis_, beta, gamma, o_.epsilon),
              compute_dtype());
  }

 private:
  static Tensor as(const Tensor& x, DType dtype) {
    return !x.defined() || x.dtype() == dtype ? x : ops::cast(x, dtype);
  }
  static Tensor as(const Variable& v, DType dtype) {
    return v.defined() ? as(v.value(), dtype) : Tensor();
  }
  static void move(Variable& average, const Tensor& now, double momentum) {
    const Tensor old = as(average.value(), now.dtype());
    average.assign(old * momentum + now * (1.0 - momentum));
  }

  void move_averages(const Tensor& mean, const Tensor& variance, double correction) {
    if (!trainable() && !older_.says(OlderKeras::frozen_moves)) return;
    const double momentum =
        older_.says(OlderKeras::moves_twice) ? o_.momentum * o_.momentum : o_.momentum;
    const bool more = older_.says(OlderKeras::epsilon_in_variance);
    const Tensor whole = more ? variance + o_.epsilon : variance;
    move(moving_mean_, mean, momentum);
    move(moving_variance_, correction == 1 ? whole : whole * correction, momentum);
  }

  /// TensorFlow's operation did it, in an older Keras.
  bool is_fused(int rank) const {
    const bool could = (rank == 4 && older_.says(OlderKeras::fused_images)) ||
                       (rank == 5 && older_.says(OlderKeras::fused_volumes));
    return could && !o_.renorm && !o_.synchronized && (axis_ == 1 || axis_ == rank - 1);
  }
  /// From the variance of the batch to the one that the moving average is of.
  double sample_correction(const Tensor& x, bool fused) const {
    const auto n = static_cast<double>(x.size() / std::max<int64_t>(x.dim(axis_), 1));
    double correction = 1;
    if (fused && n > 1) correction *= n / (n - 1);
    if (older_.says(OlderKeras::sample_variance) && n > 1 + o_.epsilon)
      correction *= n / (n - (1 + o_.epsilon));
    return correction;
  }

  /// Mean and variance of the steps that the mask keeps.
  std::pair<Tensor, Tensor> masked_moments(const Tensor& x, const Tensor& mask) const {
    const Tensor keep =
        ops::cast(ops::broadcast_to(ops::expand_dims(mask, -1), x.shape()), DType::bool_);
    const Tensor zero = Tensor::scalar(0, x.dtype());
    const Tensor count =
        ops::sum(ops::cast(keep, x.dtype()), reduction_axes_, true) + kcpp::epsilon();
    const Tensor mean = ops::sum(ops::where(keep, x, zero), reduction_axes_, true) / count;
    const Tensor variance =
        ops::sum(ops::square(ops::where(keep, x - mean, zero)), reduction_axes_, true) / count;
    const Shape flat{x.dim(axis_)};
    return {ops::reshape(mean, flat), ops::reshape(variance, flat)};
  }

  /// Batch renormalisation: corrects gamma and beta towards the running statistics, and moves
  /// those.
  void renormalise(const Tensor& mean, const Tensor& variance, Tensor& gamma, Tensor& beta,
                   DType dtype) {
    const Tensor now = mean.detach();
    const Tensor stddev = ops::sqrt(variance.detach() + o_.epsilon);
    const Tensor old_stddev = ops::maximum(as(renorm_stddev_, dtype), std::sqrt(o_.epsilon));
    Tensor r = stddev / old_stddev;
    Tensor d = (now - as(renorm_mean_, dtype)) / old_stddev;
    const RenormClipping& clip = *o_.renorm_clipping;
    if (clip.rmin) r = ops::maximum(r, *clip.rmin);
    if (clip.rmax) r = ops::minimum(r, *clip.rmax);
    if (clip.dmax) d = ops::clip(d, -*clip.dmax, *clip.dmax);
    const Tensor shift = gamma.defined() ? d * gamma : d;
    gamma = gamma.defined() ? r * gamma : r;
    beta = beta.defined() ? shift + beta : shift;
    move(renorm_mean_, now, o_.renorm_momentum);
    move(renorm_stddev_, stddev, o_.renorm_momentum);
    move(moving_mean_, now, o_.momentum);
    move(moving_stddev_, stddev, o_.momentum);
    const Tensor s = as(moving_stddev_, dtype);
    moving_variance_.assign(ops::relu(s * s - o_.epsilon));
  }

  OlderKeras older_;
  int axis_ = -1;
  ops::Axes reduction_axes_;
  Variable gamma_, beta_, moving_mean_, moving_variance_, moving_stddev_, renorm_mean_,
      renorm_stddev_;
};

}  // namespace

BatchNormalization::BatchNormalization(BatchNormalizationOptions o)
    : Layer(make_layer<BatchNormalizationImpl>(std::move(o))) {}
std::shared_ptr<Object> makers::batch_normalization() {
  return make_object<BatchNormalizationImpl>();
}

}  // namespace kcpp::layers
