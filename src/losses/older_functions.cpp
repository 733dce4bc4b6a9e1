#include "src/losses/older_functions.h"

#include "kcpp/core/defaults.h"
#include "kcpp/ops/create.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/shape.h"
#include "src/losses/reduction.h"

namespace kcpp {
namespace {

struct OlderLoss final : LossImpl {
  OlderLoss(const Loss& loss, OlderKeras w) : today(loss), words(std::move(w)) {
    name_ = today->name();
    reduction_ = today->reduction();
  }
  Loss today;
  OlderKeras words;
  ClassInfo class_info() const override { return today->class_info(); }
  Config get_config() const override { return today->get_config(); }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) override {
    const OlderArguments older = older_arguments(words, y_true, y_pred);
    const Tensor values = today->call(older.y_true, older.y_pred);
    return older.factor == 1 ? values : values * older.factor;
  }
};

}  // namespace

OlderArguments older_arguments(const OlderKeras& words, const Tensor& y_true,
                               const Tensor& y_pred) {
  using Words = OlderKeras;
  OlderArguments out{y_true, y_pred};
  Tensor &t = out.y_true, &p = out.y_pred;
  if (words.says(Words::of_probabilities)) p = ops::reshape(p, p.shape());  // without its logits
  if (words.says(Words::epsilon_in_logs)) {
    const double e = epsilon();
    p = ops::clip(p, e, 1.0 - e);
    p = p + ops::where(ops::greater(p, 0.5), Tensor::full({}, -e), Tensor::full({}, e));
  }
  if (words.says(Words::plain_labels) || words.says(Words::rounded)) {
    t = ops::cast(t, p.dtype());
    squeeze_or_expand_to_same_rank(t, p);
    // A hinge takes 1 for 1, an accuracy takes it for a hit.
    p = words.says(Words::plain_labels) ? t * p
                                        : ops::cast(ops::equal(t, ops::round(p)), p.dtype());
    t = ops::ones_like(p);
  }
  if (words.says(Words::mean_of_products) && p.rank() && p.shape().back() > 0)
    out.factor /= static_cast<double>(p.shape().back());
  if (words.says(Words::negated)) out.factor = -out.factor;
  return out;
}

Loss as_in_older_keras(const Loss& today, const OlderKeras& words) {
  return Loss(std::make_shared<OlderLoss>(today, words));
}
OlderKeras older_words_of(const Loss& loss) {
  const auto* older = dynamic_cast<const OlderLoss*>(loss.impl().get());
  return older ? older->words : OlderKeras();
}

}  // namespace kcpp
