#include "kcpp/layers/embedding.h"

#include "kcpp/ops/linalg.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/shape.h"
#include "src/layers/lora.h"
#include "src/layers/makers.h"
#include "src/layers/quantization_field.h"

namespace kcpp::layers {
namespace {

class EmbeddingImpl : public LoraLayer<EmbeddingOptions> {
 public:
  EmbeddingImpl() { autocast_ = false; }
  EmbeddingImpl(int64_t input_dim, int64_t output_dim, EmbeddingOptions o)
      : LoraLayer(std::move(o)), input_dim_(input_dim), output_dim_(output_dim) {
    autocast_ = false;
  }
  ClassInfo class_info() const override { return {"Embedding", "keras.layers"}; }
  void fields(Fields& f) override {
    f.required("input_dim", input_dim_);
    f.required("output_dim", output_dim_);
    f("embeddings_initializer", o_.embeddings_initializer);
    f("embeddings_regularizer", o_.embeddings_regularizer);
    f("activity_regularizer", activity_regularizer_);
    f("embeddings_constraint", o_.embeddings_constraint);
    f("mask_zero", o_.mask_zero);
    quantization_field(f);
    lora_.fields(f);
    f.raw("input_length");  // of older versions; without effect
  }
  void validate() override {
    check(input_dim_ > 0,
          "`input_dim` must be a positive integer. Received: input_dim=", input_dim_,
          " (of type int).");
    check(output_dim_ > 0,
          "`output_dim` must be a positive integer. Received: output_dim=", output_dim_,
          " (of type int).");
    supports_masking_ = computes_mask_ = o_.mask_zero;
    if (o_.weights.defined()) {
      const Shape want{input_dim_, output_dim_};
      check(o_.weights.shape() == want, "Layer ", name(), " weight shape ", want,
            " is not compatible with provided weight shape ", o_.weights.shape(), ".");
    }
  }
  void build(const Shape&) override {
    embeddings_ = add_weight("embeddings", {input_dim_, output_dim_},
                             {.initializer = o_.embeddings_initializer,
                              .regularizer = o_.embeddings_regularizer,
                              .constraint = o_.embeddings_constraint});
    if (o_.weights.defined()) embeddings_.assign(o_.weights);
    adapt(embeddings_, "embeddings", o_.embeddings_regularizer, o_.embeddings_constraint, false);
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext&) override {
    return {{inputs[0].shape() + Shape{output_dim_}, compute_dtype()}};
  }
  // [..] -> [.., output_dim]
  Tensor call(const Tensor& inputs, CallContext&) override {
    const bool index = inputs.dtype() == DType::int32 || inputs.dtype() == DType::int64;
    return ops::cast(
        ops::detail::embedding(table(), index ? inputs : ops::cast(inputs, DType::int32)),
        compute_dtype());
  }
  Tensors compute_mask(const Tensors& inputs, const Tensors&, const Tensors&) override {
    return {ops::not_equal(inputs[0], 0)};
  }

 protected:
  /// The table in its own dtype, as Keras looks it up, unless LoRA adapts it.
  Tensor table() const { return lora() ? adapted() : embeddings_.value(); }

  int64_t input_dim_ = 0, output_dim_ = 0;
  Variable embeddings_;
};

class ReversibleEmbeddingImpl final : public EmbeddingImpl {
 public:
  ReversibleEmbeddingImpl() = default;
  ReversibleEmbeddingImpl(int64_t input_dim, int64_t output_dim,
                          const ReversibleEmbeddingOptions& o)
      : EmbeddingImpl(input_dim, output_dim,
                      {.embeddings_initializer = o.embeddings_initializer,
                       .embeddings_regularizer = o.embeddings_regularizer,
                       .embeddings_constraint = o.embeddings_constraint,
                       .mask_zero = o.mask_zero,
                       .activity_regularizer = o.activity_regularizer,
                       .name = o.name,
                       .dtype = o.dtype,
                       .trainable = o.trainable}),
        tie_weights_(o.tie_weights),
        reverse_dtype_(o.reverse_dtype),
        soft_cap_(o.logit_soft_cap) {}
  ClassInfo class_info() const override { return {"ReversibleEmbedding", "keras.layers"}; }
  void fields(Fields& f) override {
    EmbeddingImpl::fields(f);
    f("tie_weights", tie_weights_);
    f("reverse_dtype", reverse_dtype_);
    f("logit_soft_cap", soft_cap_);
  }
  void build(const Shape& in) override {
    EmbeddingImpl::build(in);
    if (!tie_weights_)
      reverse_ = add_weight("reverse_embeddings", {output_dim_, input_dim_},
                            {.initializer = o_.embeddings_initializer});
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs,
                                              CallContext& context) override {
    if (!context.flag("reverse")) return EmbeddingImpl::compute_output_spec(inputs, context);
    Shape out = inputs[0].shape();
    out[out.rank() - 1] = input_dim_;
    return {{out, compute_dtype()}};
  }
  Tensor call(const Tensor& inputs, CallContext& context) override {
    reversed() = context.flag("reverse");
    if (!reversed()) return EmbeddingImpl::call(inputs, context);
    Tensor x = inputs, kernel = tie_weights_ ? ops::transpose(table()) : reverse_.value();
    if (reverse_dtype_) {
      x = ops::cast(x, *reverse_dtype_);
      kernel = ops::cast(kernel, *reverse_dtype_);
    }
    const Tensor logits = ops::matmul(x, kernel);
    return soft_cap_ ? ops::tanh(logits / *soft_cap_) * *soft_cap_ : logits;
  }
  Tensors compute_mask(const Tensors& inputs, const Tensors& masks,
                       const Tensors& outputs) override {
    return reversed() ? Tensors{} : EmbeddingImpl::compute_mask(inputs, masks, outputs);
  }

 private:
  /// Which way this thread's call goes: `compute_mask` is asked right after `call`.
  static bool& reversed() {
    thread_local bool value = false;
    return value;
  }
  bool tie_weights_ = true;
  std::optional<DType> reverse_dtype_;
  std::optional<double> soft_cap_;
  Variable reverse_;
};

}  // namespace

Embedding::Embedding(int64_t input_dim, int64_t output_dim, EmbeddingOptions o)
    : Layer(make_layer<EmbeddingImpl>(input_dim, output_dim, std::move(o))) {}
ReversibleEmbedding::ReversibleEmbedding(int64_t input_dim, int64_t output_dim,
                                         ReversibleEmbeddingOptions o)
    : Layer(make_layer<ReversibleEmbeddingImpl>(input_dim, output_dim, o)) {}
std::shared_ptr<Object> makers::reversible_embedding() {
  return make_object<ReversibleEmbeddingImpl>();
}
std::shared_ptr<Object> makers::embedding() { return make_object<EmbeddingImpl>(); }

}  // namespace kcpp::layers
