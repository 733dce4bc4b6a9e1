/// BatchNormalization of Keras 0 and 1 with mode=1 (each sample by itself) and mode=2 (the batch at
/// hand, in predictions too). No later Keras has them.
#include "kcpp/ops/nn.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

class BatchNormalizationV0Impl final : public OptionsLayer<LayerOptions> {
 public:
  ClassInfo class_info() const override { return {"BatchNormalizationV0", "keras.layers"}; }
  void fields(Fields& f) override {
    f.required("mode", mode_);
    f("axis", axis_);
    f("variance_epsilon", variance_epsilon_);
    f("deviation_epsilon", deviation_epsilon_);
    f("beta_initializer", beta_initializer_);
    f("gamma_initializer", gamma_initializer_);
    f("beta_regularizer", beta_regularizer_);
    f("gamma_regularizer", gamma_regularizer_);
  }
  void validate() override {
    check(mode_ == 1 || mode_ == 2,
          "BatchNormalization has the modes 1 and 2 here. Received: ", mode_);
    supports_masking_ = true;
  }
  void build(const Shape& in) override {
    axis_at_ = canonical_axis(axis_, in.rank(), "BatchNormalization");
    const Shape shape = {in[axis_at_]};
    gamma_ = add_weight("gamma", shape,
                        {.initializer = gamma_initializer_, .regularizer = gamma_regularizer_});
    beta_ = add_weight("beta", shape,
                       {.initializer = beta_initializer_, .regularizer = beta_regularizer_});
    // Never read nor written, but files have them.
    add_weight("moving_mean", shape, {.initializer = "zeros", .trainable = false});
    add_weight("moving_variance", shape, {.initializer = "ones", .trainable = false});
  }
  Tensor call(const Tensor& inputs, CallContext&) override {
    const Tensor x = floating(inputs);
    std::vector<int> axes;
    Shape spread = Shape::filled(x.rank(), 1);
    if (mode_ == 1) {  // over the last axis, whatever `axis` says
      axes.push_back(x.rank() - 1);
      spread = gamma_.shape();
    } else {
      for (int i = 0; i < x.rank(); ++i)
        if (i != axis_at_) axes.push_back(i);
      spread[axis_at_] = gamma_.shape()[0];
    }
    const auto [mean, variance] = ops::moments(x, ops::Axes(axes), true);
    const Tensor deviation = ops::sqrt(variance + variance_epsilon_) + deviation_epsilon_;
    return (x - mean) / deviation * ops::reshape(compute(gamma_), spread) +
           ops::reshape(compute(beta_), spread);
  }

 private:
  int mode_ = 1, axis_ = -1, axis_at_ = 0;
  double variance_epsilon_ = 1e-3, deviation_epsilon_ = 1e-3;
  Initializer beta_initializer_ = "zeros", gamma_initializer_ = "ones";
  Regularizer beta_regularizer_, gamma_regularizer_;
  Variable gamma_, beta_;
};

}  // namespace

std::shared_ptr<Object> makers::batch_normalization_v0() {
  return make_object<BatchNormalizationV0Impl>();
}

}  // namespace kcpp::layers
