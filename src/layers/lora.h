/// LoRA, low-rank adaptation (https://arxiv.org/abs/2106.09685), of the layers that have it.
#pragma once

#include "src/layers/options_layer.h"

namespace kcpp {

/// The state of Keras's `enable_lora`: a frozen weight and the two matrices that learn its update.
struct Lora {
  Variable weight;           ///< the kernel (.., in, out), or a table of embeddings
  Variable a, b;             ///< (.., in, rank) and (rank, out)
  Regularizer regularizer;   ///< of the weight, and so of `a` and `b`
  bool constrained = false;  ///< a constrained weight cannot be adapted
  std::optional<int64_t> rank = {};
  std::optional<double> alpha = {};

  /// Config entries, which stand there only when there is a rank.
  void fields(Fields& f) {
    if (!f.reading() && rank.value_or(0) == 0) return;
    f("lora_rank", rank);
    if (!alpha && rank) alpha = static_cast<double>(*rank);
    f("lora_alpha", alpha);
  }
  bool enabled() const { return a.defined(); }
  /// weight + alpha / rank * a b, in the dtype of `w`; the arguments are their values.
  Tensor merge(const Tensor& w, const Tensor& left, const Tensor& right) const;
  /// What a file of weights holds: the weight with its update.
  Tensor merged() const { return merge(weight.value(), a.value(), b.value()); }
};

namespace layers {

/// The base of layers with a weight that LoRA can adapt. Their `build` calls `adapt` at its end,
/// and their `call` uses `adapted()`.
template <class Options>
class LoraLayer : public OptionsLayer<Options> {
 public:
  LoraLayer() = default;
  explicit LoraLayer(Options options) : OptionsLayer<Options>(std::move(options)) {
    lora_.rank = this->o_.lora_rank;
    lora_.alpha = this->o_.lora_alpha;
  }

  void enable_lora(int64_t rank, const LoraOptions& o) final {
    check(!lora_.constrained, "Lora is incompatible with ", noun_,
          " constraints. In order to enable lora on this layer, remove the `", noun_,
          "_constraint` argument.");
    check(lora_.weight.defined(), "Cannot enable lora on a layer that isn't yet built.");
    check(!lora_.enabled(), "lora is already enabled. This can only be done once per layer.");
    check(rank > 0, "`rank` must be a positive integer. Received: rank=", rank);
    const Shape shape = lora_.weight.shape();
    // Float32, whatever the weight is: small updates must not vanish.
    lora_.a =
        this->add_weight("lora_" + noun_ + "_a", shape.slice(0, shape.rank() - 1) + Shape{rank},
                         {.initializer = o.a_initializer,
                          .dtype = DType::float32,
                          .regularizer = lora_.regularizer});
    lora_.b = this->add_weight("lora_" + noun_ + "_b", {rank, shape.back()},
                               {.initializer = o.b_initializer,
                                .dtype = DType::float32,
                                .regularizer = lora_.regularizer});
    lora_.weight.set_trainable(false);
    lora_.rank = rank;
    lora_.alpha = o.lora_alpha.value_or(static_cast<double>(rank));
  }
  const Lora* lora() const final { return lora_.enabled() ? &lora_ : nullptr; }

 protected:
  /// Says which weight it is, and enables LoRA when the config has a rank. Keras keeps the config's
  /// alpha in some layers and takes the rank for it in others.
  void adapt(const Variable& weight, std::string noun, const Regularizer& regularizer,
             const Constraint& constraint, bool keeps_alpha) {
    lora_.weight = weight;
    noun_ = std::move(noun);
    lora_.regularizer = regularizer;
    lora_.constrained = static_cast<bool>(constraint);
    if (lora_.rank.value_or(0) != 0)
      enable_lora(*lora_.rank, {.lora_alpha = keeps_alpha ? lora_.alpha : std::nullopt});
  }
  /// The weight's value with its update, in the compute dtype.
  Tensor adapted() const {
    const Tensor w = this->compute(lora_.weight);
    if (!lora_.enabled()) return w;
    // Under a mixed policy all weights of a call are in the compute dtype; else these stay float32.
    const bool mixed = this->compute_dtype() != this->variable_dtype();
    return lora_.merge(w, mixed ? this->compute(lora_.a) : lora_.a.value(),
                       mixed ? this->compute(lora_.b) : lora_.b.value());
  }

  Lora lora_;

 private:
  std::string noun_ = "kernel";
};

}  // namespace layers
}  // namespace kcpp
