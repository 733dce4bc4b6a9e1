#include "kcpp/applications/transformer.h"

#include "kcpp/layers/dense.h"
#include "kcpp/layers/embedding.h"
#include "kcpp/layers/global_pooling.h"
#include "kcpp/layers/input.h"
#include "kcpp/layers/layer_normalization.h"
#include "kcpp/layers/merge.h"
#include "kcpp/layers/multi_head_attention.h"
#include "kcpp/saving.h"
#include "models/src/common.h"

namespace kcpp::applications {

namespace {

constexpr const char* positions_name = "anchors>Positions";

class PositionsImpl : public LayerImpl {
 public:
  PositionsImpl() : PositionsImpl(PositionsOptions()) {}
  explicit PositionsImpl(const PositionsOptions& options) : initializer_(options.initializer) {
    set_base(options);
  }
  ClassInfo class_info() const override { return {"Positions", {}, positions_name}; }
  void fields(Fields& f) override {
    // What Keras writes for a class without a get_config of its own.
    f("autocast", autocast_);
    if (!activity_regularizer_) f.write("activity_regularizer", Config());
  }
  void build(const Shape& in) override {
    pos_ = add_weight("pos", {in[1], in[2]}, {.initializer = initializer_});
  }
  Tensor call(const Tensor& x, CallContext&) override { return x + compute(pos_); }

 private:
  Initializer initializer_;
  Variable pos_;
};

}  // namespace

Positions::Positions(const PositionsOptions& options) : Layer(make_layer<PositionsImpl>(options)) {}

void register_layers() { register_custom<PositionsImpl>(positions_name); }

Model Transformer(const TransformerOptions& o) {
  check_weights(o.weights);
  check(o.heads > 0 && o.features % o.heads == 0,
        "`features` must be a multiple of `heads`. Received: features=", o.features,
        ", heads=", o.heads);
  FreshNames name;
  const auto add_norm = [&](const Tensor& x, const Tensor& y) {
    const Tensor sum = layers::Add({.name = name("add")})({x, y});
    return layers::LayerNormalization({.epsilon = 1e-6, .name = name("layer_normalization")})(sum);
  };

  const Tensor ids =
      layers::Input({o.sequence_length}, {.dtype = DType::int32, .name = name("input_layer")});
  Tensor x = layers::Embedding(o.vocabulary, o.features, {.name = name("embedding")})(ids);
  x = Positions({.name = name("positions")})(x);
  for (int i = 0; i < o.layers; ++i) {
    const Tensor attended = layers::MultiHeadAttention(
        o.heads, o.features / o.heads, {.name = name("multi_head_attention")})({x, x});
    x = add_norm(x, attended);
    // Python's L.Dense(d)(L.Dense(ff)(x)) makes the outer layer first: it has the lower number.
    const std::string outer = name("dense"), inner = name("dense");
    Tensor y = layers::Dense(o.feed_forward, {.activation = "relu", .name = inner})(x);
    y = layers::Dense(o.features, {.name = outer})(y);
    x = add_norm(x, y);
  }
  x = layers::GlobalAveragePooling1D({.name = name("global_average_pooling1d")})(x);
  x = layers::Dense(o.classes, {.activation = o.classifier_activation, .name = name("dense")})(x);
  return finish(ids, x, o.name.empty() ? "functional" : o.name, o.weights);
}

}  // namespace kcpp::applications
