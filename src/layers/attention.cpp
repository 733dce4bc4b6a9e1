#include "kcpp/layers/attention.h"

#include "kcpp/ops/create.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/random.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/layers/attention_masks.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

template <class Options>
class BaseAttention : public OptionsLayer<Options> {
 public:
  BaseAttention() { this->takes_list_ = true; }
  explicit BaseAttention(Options o) : OptionsLayer<Options>(std::move(o)) {
    this->takes_list_ = true;
  }

  void validate() override {
    if (this->o_.dropout > 0 && !generator_)
      generator_ = this->add_seed_generator("seed_generator", this->seed());
    this->takes_mask_ = this->supports_masking_ = true;
  }
  void build_list(const Shapes& in) override {
    check_count(in.size());
    build_weights(in[0].back());
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs,
                                              CallContext& context) override {
    check_count(inputs.size());
    const Shape &q = inputs[0].shape(), &v = inputs[1].shape(),
                &k = inputs.size() > 2 ? inputs[2].shape() : v;
    Shape out = q;
    out[out.rank() - 1] = v.back();
    std::vector<TensorSpec> specs = {{out, this->compute_dtype()}};
    if (context.flag("return_attention_scores"))
      specs.push_back({q.slice(0, q.rank() - 1) + Shape{k.dim(-2)}, this->compute_dtype()});
    return specs;
  }
  Tensors call_list(const Tensors& inputs, CallContext& context) override {
    check_count(inputs.size());
    const Tensor &q = inputs[0], &v = inputs[1], &k = inputs.size() > 2 ? inputs[2] : v;
    Tensor score = scores(q, k);
    Tensor mask = context.mask(1);
    if (mask.defined() && mask.rank() == 2) mask = ops::expand_dims(mask, -2);
    if (context.flag("use_causal_mask"))
      mask = both(mask, causal_mask(score.dim(-2), score.dim(-1)));
    if (mask.defined()) {
      const double large = score.dtype() == DType::float16 ? 65504.0 : 1e9;
      score = ops::where(mask, score, score - large);
    }
    Tensor weights = ops::softmax(score, -1);
    if (context.training && this->o_.dropout > 0)
      weights = random::dropout(weights, this->o_.dropout, {}, generator_);
    Tensor out = ops::matmul(weights, v);
    if (context.mask(0).defined()) {
      out = ops::where(ops::expand_dims(context.mask(0), -1), out, Tensor::scalar(0, out.dtype()));
    }
    return context.flag("return_attention_scores") ? Tensors{out, weights} : Tensors{out};
  }
  Tensors compute_mask(const Tensors&, const Tensors& masks, const Tensors&) override {
    return {masks.empty() ? Tensor() : masks[0]};
  }

 protected:
  virtual void build_weights(int64_t size) = 0;
  virtual Tensor scores(const Tensor& query, const Tensor& key) = 0;

 private:
  void check_count(size_t n) const {
    check(n == 2 || n == 3, this->class_info().name,
          " layer accepts inputs list of length 2 or 3, namely [query, value] or [query, value, "
          "key]. "
          "Received length: ",
          n, ".");
  }
  std::shared_ptr<SeedGenerator> generator_;
};

/// [.., T, 1, size] + [.., 1, S, size]
Tensor pairwise_sum(const Tensor& query, const Tensor& key) {
  return ops::expand_dims(query, -2) + ops::expand_dims(key, -3);
}

class AttentionImpl final : public BaseAttention<AttentionOptions> {
 public:
  using BaseAttention::BaseAttention;
  ClassInfo class_info() const override { return {"Attention", "keras.layers"}; }
  void fields(Fields& f) override {
    f("use_scale", o_.use_scale);
    f("score_mode", o_.score_mode);
    f("dropout", o_.dropout);
    seed_field(f);
  }
  void validate() override {
    BaseAttention::validate();
    check(o_.score_mode == "dot" || o_.score_mode == "concat",
          "Invalid value for argument score_mode. Expected one of {'dot', 'concat'}. "
          "Received: score_mode=",
          o_.score_mode);
  }

 protected:
  void build_weights(int64_t) override {
    if (o_.use_scale) scale_ = add_weight("scale", {}, {.initializer = "ones"});
    if (o_.score_mode == "concat")
      concat_ = add_weight("concat_score_weight", {}, {.initializer = "ones"});
  }
  Tensor scores(const Tensor& query, const Tensor& key) override {
    if (o_.score_mode == "dot") {
      const Tensor s = ops::matmul(query, ops::swapaxes(key, -2, -1));
      return scale_ ? s * compute(scale_) : s;
    }
    const Tensor pairs = pairwise_sum(query, key);
    return compute(concat_) * ops::sum(ops::tanh(scale_ ? compute(scale_) * pairs : pairs), -1);
  }

 private:
  Variable scale_, concat_;
};

class AdditiveAttentionImpl final : public BaseAttention<AdditiveAttentionOptions> {
 public:
  using BaseAttention::BaseAttention;
  ClassInfo class_info() const override { return {"AdditiveAttention", "keras.layers"}; }
  void fields(Fields& f) override {
    f("use_scale", o_.use_scale);
    f("dropout", o_.dropout);
    seed_field(f);
  }

 protected:
  void build_weights(int64_t size) override {
    if (o_.use_scale) scale_ = add_weight("scale", {size}, {.initializer = "glorot_uniform"});
  }
  Tensor scores(const Tensor& query, const Tensor& key) override {
    const Tensor t = ops::tanh(pairwise_sum(query, key));
    return ops::sum(scale_ ? compute(scale_) * t : t, -1);
  }

 private:
  Variable scale_;
};

}  // namespace

Tensor causal_mask(int64_t targets, int64_t sources) {
  return ops::greater_equal(ops::reshape(ops::arange(targets), {1, targets, 1}),
                            ops::reshape(ops::arange(sources), {1, 1, sources}));
}

Tensor window_mask(int64_t targets, int64_t sources, int64_t width) {
  return ops::less(ops::abs(ops::reshape(ops::arange(targets), {1, targets, 1}) -
                            ops::reshape(ops::arange(sources), {1, 1, sources})),
                   width);
}

Tensor both(const Tensor& a, const Tensor& b) {
  return !a.defined() ? b : !b.defined() ? a : ops::logical_and(a, b);
}

Attention::Attention(AttentionOptions o) : Layer(make_layer<AttentionImpl>(std::move(o))) {}
AdditiveAttention::AdditiveAttention(AdditiveAttentionOptions o)
    : Layer(make_layer<AdditiveAttentionImpl>(std::move(o))) {}

std::shared_ptr<Object> makers::attention() { return make_object<AttentionImpl>(); }
std::shared_ptr<Object> makers::additive_attention() {
  return make_object<AdditiveAttentionImpl>();
}

}  // namespace kcpp::layers
