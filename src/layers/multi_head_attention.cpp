#include "kcpp/layers/multi_head_attention.h"

#include <algorithm>
#include <cmath>

#include "kcpp/layers/activation.h"
#include "kcpp/layers/dropout.h"
#include "kcpp/layers/einsum_dense.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/shape.h"
#include "src/layers/attention_masks.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

/// A fresh initializer with the same config: several kernels shall not be equal.
Initializer fresh(const Initializer& initializer) {
  const Config config = kcpp::to_config(initializer);
  Initializer out;
  kcpp::from_config(config, out, "initializer");
  return out;
}

template <class Options>
class HeadsImpl : public OptionsLayer<Options> {
 public:
  HeadsImpl() { this->takes_positional_ = true; }
  explicit HeadsImpl(Options o) : OptionsLayer<Options>(std::move(o)) {
    this->takes_positional_ = true;
  }

  void validate() override {
    this->supports_masking_ = true;
    this->computes_mask_ = false;
    const auto& window = this->o_.sliding_window;
    check(!window || *window > 0,
          "`sliding_window` must be `None` or a positive integer. Received: sliding_window=",
          window.value_or(0));
    check(!this->o_.flash_attention.value_or(false) || this->o_.dropout == 0,
          "Dropout is not supported when flash attention is enabled. Please set dropout to 0.0 to "
          "use flash attention.");
  }
  Config get_build_config() const override {
    if (this->build_shapes_.empty()) return {};
    static const char* const names[] = {"query_shape", "value_shape", "key_shape"};
    Config shapes = Config::dict();
    for (size_t i = 0; i < this->build_shapes_.size(); ++i)
      shapes.set(names[i], kcpp::to_config(this->build_shapes_[i]));
    return Config::dict({{"shapes_dict", shapes}});
  }
  void build_from_config(const Config& config) override {
    const Config* dict = config.find("shapes_dict");
    if (!dict) dict = &config;
    Shapes shapes;
    for (const char* name : {"query_shape", "value_shape", "key_shape"}) {
      const Config* c = dict->find(name);
      if (c && !c->is_null()) kcpp::from_config(*c, shapes.emplace_back(), name);
    }
    if (shapes.size() >= 2) this->ensure_built(shapes);
  }

 protected:
  using Base = OptionsLayer<Options>;

  void check_count(size_t n) const {
    check(n == 2 || n == 3, this->class_info().name,
          " must be called with query and value, or query, value and key. Received ", n,
          " inputs.");
  }
  /// The inputs' ranks, before anything is read from their shapes.
  void check_shapes(const Shapes& in, int least, int most) const {
    check_count(in.size());
    for (const Shape& s : in) {
      check(s.rank() >= least && s.rank() <= most, "[Layer '", this->name(),
            "'] query, value and key must have ", least, " dimensions",
            most > least ? " or more" : "", ". Received: shape=", s);
    }
  }
  Layer projection(const std::string& attribute, const std::string& name,
                   const std::string& equation, const Shape& output, const std::string& bias_axes,
                   const Shape& input, const char* activation = nullptr) {
    const Options& o = this->o_;
    EinsumDenseOptions e{.kernel_initializer = fresh(o.kernel_initializer),
                         .bias_initializer = fresh(o.bias_initializer),
                         .kernel_regularizer = o.kernel_regularizer,
                         .bias_regularizer = o.bias_regularizer,
                         .kernel_constraint = o.kernel_constraint,
                         .bias_constraint = o.bias_constraint,
                         .activity_regularizer = o.activity_regularizer,
                         .name = name,
                         .dtype = this->dtype_policy()};
    if (activation) e.activation = activation;
    if (o.use_bias) e.bias_axes = bias_axes;
    Layer layer = EinsumDense(equation, output, e);
    this->track(attribute, layer);
    layer->ensure_built({input});
    return layer;
  }
  void make_softmax(const ops::Axes& axes) {
    softmax_ = Softmax({.axis = axes, .dtype = this->dtype_policy()});
    dropout_ =
        Dropout(this->o_.dropout, {.seed = this->o_.dropout > 0 ? this->seed() : std::nullopt,
                                   .dtype = this->dtype_policy()});
    this->track("_softmax", softmax_);
    this->track("_dropout_layer", dropout_);
  }

  /// The mask of query, value or key: the argument of the call, else what travels with the input.
  Tensor input_mask(const CallContext& context, size_t i) const {
    static constexpr const char* names[] = {"query_mask", "value_mask", "key_mask"};
    const Tensor given = i == 0 && !takes_query_mask() ? Tensor() : context.tensor(names[i]);
    return given.defined() ? given : context.mask(i);
  }
  /// Whether the scores need a mask beside the causal one.
  bool is_masked(const CallContext& context) const {
    return input_mask(context, 0).defined() || input_mask(context, 1).defined() ||
           input_mask(context, 2).defined() || context.tensor("attention_mask").defined() ||
           this->o_.sliding_window;
  }

  /// The masks of the inputs, causality, the window and `attention_mask`, as one.
  Tensor attention_mask(const Tensors& inputs, const CallContext& context, bool causal) const {
    const auto as_bool = [](const Tensor& m) {
      return m.defined() ? ops::cast(m, DType::bool_) : m;
    };
    const int64_t targets = inputs[0].dim(1), sources = inputs[1].dim(1);
    Tensor mask;
    if (const Tensor q = as_bool(input_mask(context, 0)); q.defined())
      mask = ops::expand_dims(q, -1);
    if (const Tensor v = as_bool(input_mask(context, 1)); v.defined())
      mask = both(mask, ops::expand_dims(v, -2));
    if (const Tensor k = as_bool(input_mask(context, 2)); k.defined())
      mask = both(mask, ops::expand_dims(k, -2));
    if (causal) mask = both(mask, causal_mask(targets, sources));
    if (this->o_.sliding_window)
      mask = both(mask, window_mask(targets, sources, *this->o_.sliding_window));
    return both(as_bool(context.tensor("attention_mask")), mask);
  }

  /// Keras's MultiHeadAttention overwrites the argument `query_mask` by the mask of the query.
  virtual bool takes_query_mask() const { return true; }

  Layer softmax_, dropout_;
};

/// "abc", "bcd" ...: `count` letters from the `first`-th on.
std::string letters(int first, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += static_cast<char>('a' + first + i);
  return out;
}

class MultiHeadAttentionImpl final : public HeadsImpl<MultiHeadAttentionOptions> {
 public:
  MultiHeadAttentionImpl() = default;
  MultiHeadAttentionImpl(int64_t heads, int64_t key_dim, MultiHeadAttentionOptions o)
      : HeadsImpl(std::move(o)), heads_(heads), key_dim_(key_dim) {}

  ClassInfo class_info() const override { return {"MultiHeadAttention", "keras.layers"}; }
  void fields(Fields& f) override {
    f.required("num_heads", heads_);
    f.required("key_dim", key_dim_);
    f("value_dim", o_.value_dim);
    f("dropout", o_.dropout);
    f("use_bias", o_.use_bias);
    f("use_gate", o_.use_gate);
    f("output_shape", o_.output_shape);
    if (f.reading()) {
      f("attention_axes", o_.attention_axes);
    } else {  // a tuple once built
      f.write("attention_axes", o_.attention_axes.is_none()
                                    ? Config()
                                    : kcpp::to_config(std::vector<int>(o_.attention_axes.begin(),
                                                                       o_.attention_axes.end())));
    }
    f("sliding_window", o_.sliding_window);
    f("kernel_initializer", o_.kernel_initializer);
    f("bias_initializer", o_.bias_initializer);
    f("kernel_regularizer", o_.kernel_regularizer);
    f("bias_regularizer", o_.bias_regularizer);
    f("activity_regularizer", o_.activity_regularizer);
    f("kernel_constraint", o_.kernel_constraint);
    f("bias_constraint", o_.bias_constraint);
    seed_field(f);
    f.raw("flash_attention");
  }
  void validate() override {
    check(heads_ > 0,
          "Received an invalid value for argument `num_heads`, expected a positive integer. "
          "Received: num_heads=",
          heads_);
    check(key_dim_ > 0,
          "Received an invalid value for argument `key_dim`, expected a positive integer. "
          "Received: key_dim=",
          key_dim_);
    check(!o_.value_dim || *o_.value_dim > 0,
          "Received an invalid value for argument `value_dim`, expected a positive integer or "
          "`None`. "
          "Received: value_dim=",
          o_.value_dim.value_or(0));
    HeadsImpl::validate();
    o_.value_dim = o_.value_dim.value_or(key_dim_);
    activity_regularizer_ = {};  // that of the projections, not of the whole
  }

  void build_list(const Shapes& in) override {
    check_shapes(in, 2, Shape::max_rank);
    const Shape &query = in[0], &value = in[1], &key = in.size() > 2 ? in[2] : value;
    check(value.slice(1, value.rank() - 1) == key.slice(1, key.rank() - 1),
          "All dimensions of `value` and `key`, except the last one, must be equal. Received: "
          "value_shape=",
          value, " and key_shape=", key);
    query_ = project("query_dense", "query", query, key_dim_);
    key_ = project("key_dense", "key", key, key_dim_);
    if (o_.use_gate) gate_ = project("_gate_dense", "gate", query, *o_.value_dim, "sigmoid");
    value_ = project("value_dense", "value", value, *o_.value_dim);
    build_attention(value.rank() + 1);
    const Shape output = o_.output_shape.value_or(Shape{query.back()});
    const int free = query.rank() - 1, out = output.rank();
    const std::string a = letters(0, free), bound = letters(free, 2), o = letters(free + 2, out);
    output_ =
        projection("output_dense", "attention_output", a + bound + "," + bound + o + "->" + a + o,
                   Shape::filled(free - 1, Shape::unknown) + output, o,
                   query.slice(0, free) + Shape{heads_, *o_.value_dim});
  }

  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs,
                                              CallContext& context) override {
    check_count(inputs.size());
    const Shape& query = inputs[0].shape();
    const Shape out = o_.output_shape ? query.slice(0, query.rank() - 1) + *o_.output_shape : query;
    std::vector<TensorSpec> specs = {{out, compute_dtype()}};
    if (context.flag("return_attention_scores"))
      specs.push_back({{query[0], heads_, query[1], query[1]}, compute_dtype()});
    return specs;
  }

  bool takes_query_mask() const override { return false; }

  Tensors call_list(const Tensors& inputs, CallContext& context) override {
    check_count(inputs.size());
    const bool causal = context.flag("use_causal_mask"),
               want_scores = context.flag("return_attention_scores");
    const CallOptions options{.training = context.training};
    const Tensor q = query_(bare(inputs[0]), options), v = value_(bare(inputs[1]), options);
    const Tensor k = key_(bare(inputs.size() > 2 ? inputs[2] : inputs[1]), options);
    const bool any_mask = is_masked(context);
    const bool fused = o_.dropout == 0 && !want_scores && q.rank() == 4;
    const double scale = 1 / std::sqrt(static_cast<double>(key_dim_));
    Tensor mask = fused && causal && !any_mask ? Tensor() : attention_mask(inputs, context, causal);
    const int axes = o_.attention_axes.size();
    if (mask.defined()) {
      const int rank =
          2 * axes + (q.rank() - axes - 1);  // of the scores: batch axes, then targets and sources
      while (mask.rank() < rank) mask = ops::expand_dims(mask, -2 * axes - 1);
    }
    Tensor attended, scores;
    if (fused) {
      attended = ops::dot_product_attention(
          q, k, v, {.mask = mask, .scale = scale, .is_causal = causal && !any_mask});
    } else {
      scores = softmax_(ops::einsum(dot_equation_, k, q * Tensor::scalar(scale, q.dtype())),
                        {.mask = mask});
      attended =
          ops::einsum(combine_equation_, o_.dropout > 0 ? dropout_(scores, options) : scores, v);
    }
    if (gate_) attended = attended * gate_(bare(inputs[0]), options);
    Tensor out = output_(attended, options);
    return want_scores ? Tensors{out, scores} : Tensors{out};
  }
  Tensors compute_mask(const Tensors&, const Tensors& masks, const Tensors&) override {
    return {masks.empty() ? Tensor() : masks[0]};
  }

 private:
  /// Without its mask: the projections shall not see it.
  static Tensor bare(const Tensor& x) {
    return x.keras_mask().defined() && !x.is_symbolic() ? x.reshape(x.shape()) : x;
  }

  /// [.., in] x [in, heads, size] -> [.., heads, size]
  Layer project(const char* attribute, const char* name, const Shape& in, int64_t size,
                const char* activation = nullptr) {
    const int free = in.rank() - 1;
    const std::string a = letters(0, free), bound = letters(free, 1), o = letters(free + 1, 2);
    return projection(attribute, name, a + bound + "," + bound + o + "->" + a + o,
                      Shape::filled(free - 1, Shape::unknown) + Shape{heads_, size}, o, in,
                      activation);
  }

  /// Keras's _build_attention_equation for projected values of this rank.
  void build_attention(int rank) {
    std::vector<int> axes;
    if (o_.attention_axes.is_none()) {
      for (int i = 1; i < rank - 2; ++i) axes.push_back(i);
    } else {
      for (int a : o_.attention_axes) {
        axes.push_back(a >= 0 ? a : rank - 1 + a);
        check(axes.back() >= 0 && axes.back() < rank - 1, "[Layer '", name(),
              "'] `attention_axes` is out of range for ", rank - 1,
              " dimensions. Received: attention_axes=", a);
      }
    }
    o_.attention_axes = ops::Axes(axes);
    const auto attended = [&](int i) {
      return std::find(axes.begin(), axes.end(), i) != axes.end();
    };
    const std::string target = letters(0, rank);
    std::string source, product;
    int next = rank;
    for (int i = 0; i < rank; ++i)
      source += attended(i) ? letters(next++, 1) : target.substr(static_cast<size_t>(i), 1);
    for (int i = 0; i < rank - 1; ++i) {
      if (!attended(i)) product += target[static_cast<size_t>(i)];
    }
    for (int a : axes) product += target[static_cast<size_t>(a)];
    for (int a : axes) product += source[static_cast<size_t>(a)];
    dot_equation_ = source + "," + target + "->" + product;
    combine_equation_ = product + "," + source + "->" + target;
    std::vector<int> last;
    for (int i = static_cast<int>(product.size() - axes.size());
         i < static_cast<int>(product.size()); ++i)
      last.push_back(i);
    make_softmax(ops::Axes(last));
  }

  int64_t heads_ = 0, key_dim_ = 0;
  std::string dot_equation_, combine_equation_;
  Layer query_, key_, value_, gate_, output_;
};

class GroupQueryAttentionImpl final : public HeadsImpl<GroupQueryAttentionOptions> {
 public:
  GroupQueryAttentionImpl() = default;
  GroupQueryAttentionImpl(int64_t head_dim, int64_t query_heads, int64_t value_heads,
                          GroupQueryAttentionOptions o)
      : HeadsImpl(std::move(o)),
        head_dim_(head_dim),
        query_heads_(query_heads),
        value_heads_(value_heads) {}

  ClassInfo class_info() const override {
    return {.name = "GroupQueryAttention",
            .module = "keras.layers",
            .python_name = "GroupedQueryAttention"};
  }
  void fields(Fields& f) override {
    f.required("head_dim", head_dim_);
    f.required("num_query_heads", query_heads_);
    f.required("num_key_value_heads", value_heads_);
    f("use_bias", o_.use_bias);
    f("use_gate", o_.use_gate);
    f("sliding_window", o_.sliding_window);
    f("dropout", o_.dropout);
    f("kernel_initializer", o_.kernel_initializer);
    f("bias_initializer", o_.bias_initializer);
    f("kernel_regularizer", o_.kernel_regularizer);
    f("bias_regularizer", o_.bias_regularizer);
    f("activity_regularizer", activity_regularizer_);
    f("kernel_constraint", o_.kernel_constraint);
    f("bias_constraint", o_.bias_constraint);
    seed_field(f);
    f.raw("flash_attention");
  }
  void validate() override {
    check(head_dim_ > 0 && query_heads_ > 0 && value_heads_ > 0,
          "`head_dim`, `num_query_heads` and `num_key_value_heads` must be positive. Received: ",
          head_dim_, ", ", query_heads_, ", ", value_heads_);
    check(query_heads_ % value_heads_ == 0,
          "`num_query_heads` must be divisible by `num_key_value_heads`.");
    HeadsImpl::validate();
    o_.activity_regularizer = activity_regularizer_;
  }
  void build_list(const Shapes& in) override {
    check_shapes(in, 3, 3);
    const Shape &query = in[0], &value = in[1], &key = in.size() > 2 ? in[2] : value;
    const Shape heads{Shape::unknown, query_heads_, head_dim_},
        shared{Shape::unknown, value_heads_, head_dim_};
    query_ = projection("_query_dense", "query", "bqm,muh->bquh", heads, "uh", query);
    key_ = projection("_key_dense", "key", "bkm,mvh->bkvh", shared, "vh", key);
    if (o_.use_gate)
      gate_ = projection("_gate_dense", "gate", "bqm,muh->bquh", heads, "uh", query, "sigmoid");
    value_ = projection("_value_dense", "value", "bkm,mvh->bkvh", shared, "vh", value);
    make_softmax(-1);
    output_ = projection("_output_dense", "attention_output", "bquh,uhm->bqm",
                         {Shape::unknown, query.back()}, "m",
                         {Shape::unknown, Shape::unknown, query_heads_, head_dim_});
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs,
                                              CallContext& context) override {
    check_count(inputs.size());
    const Shape& query = inputs[0].shape();
    std::vector<TensorSpec> specs = {{query, compute_dtype()}};
    if (context.flag("return_attention_scores")) {
      specs.push_back({{query[0], query_heads_, query[1], inputs[inputs.size() > 2 ? 2 : 1].dim(1)},
                       compute_dtype()});
    }
    return specs;
  }
  Tensors call_list(const Tensors& inputs, CallContext& context) override {
    check_count(inputs.size());
    const bool causal = context.flag("use_causal_mask"),
               want_scores = context.flag("return_attention_scores");
    const CallOptions options{.training = context.training};
    const Tensor q = query_(inputs[0], options);
    const int64_t repeats = query_heads_ / value_heads_;
    const Tensor k = ops::repeat(key_(inputs[inputs.size() > 2 ? 2 : 1], options), repeats, 2);
    const Tensor v = ops::repeat(value_(inputs[1], options), repeats, 2);
    const bool any_mask = is_masked(context);
    const bool fused = o_.dropout == 0 && !want_scores;
    const double scale = 1 / std::sqrt(static_cast<double>(head_dim_));
    Tensor mask = fused && causal && !any_mask ? Tensor() : attention_mask(inputs, context, causal);
    while (mask.defined() && mask.rank() < 4) mask = ops::expand_dims(mask, -3);
    Tensor attended, scores;
    if (fused) {
      attended = ops::dot_product_attention(
          q, k, v, {.mask = mask, .scale = scale, .is_causal = causal && !any_mask});
    } else {
      scores = softmax_(ops::einsum("bquh,bkuh->buqk", q * Tensor::scalar(scale, q.dtype()), k),
                        {.mask = mask});
      attended =
          ops::einsum("buqk,bkuh->bquh", o_.dropout > 0 ? dropout_(scores, options) : scores, v);
    }
    if (gate_) attended = attended * gate_(inputs[0], options);
    const Tensor out = output_(attended, options);
    return want_scores ? Tensors{out, scores} : Tensors{out};
  }

 private:
  int64_t head_dim_ = 0, query_heads_ = 0, value_heads_ = 1;
  Layer query_, key_, value_, gate_, output_;
};

}  // namespace

MultiHeadAttention::MultiHeadAttention(int64_t num_heads, int64_t key_dim,
                                       MultiHeadAttentionOptions o)
    : Layer(make_layer<MultiHeadAttentionImpl>(num_heads, key_dim, std::move(o))) {}
GroupQueryAttention::GroupQueryAttention(int64_t head_dim, int64_t num_query_heads,
                                         int64_t num_key_value_heads, GroupQueryAttentionOptions o)
    : Layer(make_layer<GroupQueryAttentionImpl>(head_dim, num_query_heads, num_key_value_heads,
                                                std::move(o))) {}

std::shared_ptr<Object> makers::multi_head_attention() {
  return make_object<MultiHeadAttentionImpl>();
}
std::shared_ptr<Object> makers::group_query_attention() {
  return make_object<GroupQueryAttentionImpl>();
}

}  // namespace kcpp::layers
