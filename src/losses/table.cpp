/// The loss classes: their fields, their handles, and the table.
#include "kcpp/losses.h"
#include "src/losses/reduction.h"
#include "src/tables.h"

namespace kcpp {
namespace {

/// A class around a function without arguments of its own.
#define KCPP_PLAIN(Class, function)                                                           \
  struct Class##Impl : LossImpl {                                                             \
    Class##Impl() { name_ = #function; }                                                      \
    ClassInfo class_info() const override { return {#Class, "keras.losses"}; }                \
    Tensor call(const Tensor& t, const Tensor& p) override { return losses::function(t, p); } \
  }
KCPP_PLAIN(MeanSquaredError, mean_squared_error);
KCPP_PLAIN(MeanAbsoluteError, mean_absolute_error);
KCPP_PLAIN(MeanAbsolutePercentageError, mean_absolute_percentage_error);
KCPP_PLAIN(MeanSquaredLogarithmicError, mean_squared_logarithmic_error);
KCPP_PLAIN(LogCosh, log_cosh);
KCPP_PLAIN(Hinge, hinge);
KCPP_PLAIN(SquaredHinge, squared_hinge);
KCPP_PLAIN(CategoricalHinge, categorical_hinge);
KCPP_PLAIN(KLDivergence, kl_divergence);
KCPP_PLAIN(Poisson, poisson);
KCPP_PLAIN(CTC, ctc);
#undef KCPP_PLAIN

struct CosineSimilarityImpl : LossImpl {
  int axis = -1;
  CosineSimilarityImpl() { name_ = "cosine_similarity"; }
  ClassInfo class_info() const override { return {"CosineSimilarity", "keras.losses"}; }
  void fields(Fields& f) override {
    LossImpl::fields(f);
    if (f.reading() || axis != -1)
      f("axis", axis);  // Keras forgets the axis when it writes; this reads in Keras too
  }
  Tensor call(const Tensor& t, const Tensor& p) override {
    return losses::cosine_similarity(t, p, axis);
  }
};

struct HuberImpl : LossImpl {
  double delta = 1.0;
  HuberImpl() { name_ = "huber_loss"; }
  ClassInfo class_info() const override { return {"Huber", "keras.losses"}; }
  void fields(Fields& f) override {
    LossImpl::fields(f);
    if (f.reading() || delta != 1.0) f("delta", delta);  // as with the axis above
  }
  Tensor call(const Tensor& t, const Tensor& p) override { return losses::huber(t, p, delta); }
};

/// What the crossentropies share.
struct Crossentropy : LossImpl {
  bool from_logits = false;
  double label_smoothing = 0.0;
  int axis = -1;
  void fields(Fields& f) override {
    LossImpl::fields(f);
    f("from_logits", from_logits);
    f("label_smoothing", label_smoothing);
    f("axis", axis);
  }
};
struct BinaryCrossentropyImpl : Crossentropy {
  BinaryCrossentropyImpl() { name_ = "binary_crossentropy"; }
  ClassInfo class_info() const override { return {"BinaryCrossentropy", "keras.losses"}; }
  Tensor call(const Tensor& t, const Tensor& p) override {
    return losses::binary_crossentropy(t, p, from_logits, label_smoothing, axis);
  }
};
struct CategoricalCrossentropyImpl : Crossentropy {
  CategoricalCrossentropyImpl() { name_ = "categorical_crossentropy"; }
  ClassInfo class_info() const override { return {"CategoricalCrossentropy", "keras.losses"}; }
  Tensor call(const Tensor& t, const Tensor& p) override {
    return losses::categorical_crossentropy(t, p, from_logits, label_smoothing, axis);
  }
};
struct BinaryFocalCrossentropyImpl : Crossentropy {
  bool apply_class_balancing = false;
  double alpha = 0.25, gamma = 2.0;
  BinaryFocalCrossentropyImpl() { name_ = "binary_focal_crossentropy"; }
  ClassInfo class_info() const override { return {"BinaryFocalCrossentropy", "keras.losses"}; }
  void fields(Fields& f) override {
    Crossentropy::fields(f);
    f("apply_class_balancing", apply_class_balancing);
    f("alpha", alpha);
    f("gamma", gamma);
  }
  Tensor call(const Tensor& t, const Tensor& p) override {
    return losses::binary_focal_crossentropy(t, p, apply_class_balancing, alpha, gamma, from_logits,
                                             label_smoothing, axis);
  }
};
struct CategoricalFocalCrossentropyImpl : Crossentropy {
  Numbers alpha = 0.25;
  double gamma = 2.0;
  CategoricalFocalCrossentropyImpl() { name_ = "categorical_focal_crossentropy"; }
  ClassInfo class_info() const override { return {"CategoricalFocalCrossentropy", "keras.losses"}; }
  void fields(Fields& f) override {
    Crossentropy::fields(f);
    f("alpha", alpha);
    f("gamma", gamma);
  }
  Tensor call(const Tensor& t, const Tensor& p) override {
    return losses::categorical_focal_crossentropy(t, p, alpha, gamma, from_logits, label_smoothing,
                                                  axis);
  }
};
struct SparseCategoricalCrossentropyImpl : LossImpl {
  bool from_logits = false;
  std::optional<int> ignore_class;
  int axis = -1;
  SparseCategoricalCrossentropyImpl() { name_ = "sparse_categorical_crossentropy"; }
  ClassInfo class_info() const override {
    return {"SparseCategoricalCrossentropy", "keras.losses"};
  }
  void fields(Fields& f) override {
    LossImpl::fields(f);
    f("from_logits", from_logits);
    f("ignore_class", ignore_class);
    if (f.reading() || axis != -1) f("axis", axis);  // Keras forgets it too
  }
  Tensor call(const Tensor& t, const Tensor& p) override {
    return losses::sparse_categorical_crossentropy(t, p, from_logits, ignore_class, axis);
  }
};

/// The axes to sum over: null, a number or a list, as it was given.
void axis_field(Fields& f, ops::Axes& axis) {
  if (!f.reading()) {
    f.write("axis", axis.to_config());
  } else if (const Config* c = f.raw("axis")) {
    axis = ops::Axes::from_config(*c);
  }
}
struct DiceImpl : LossImpl {
  ops::Axes axis;
  DiceImpl() { name_ = "dice"; }
  ClassInfo class_info() const override { return {"Dice", "keras.losses"}; }
  void fields(Fields& f) override {
    LossImpl::fields(f);
    axis_field(f, axis);
  }
  Tensor call(const Tensor& t, const Tensor& p) override { return losses::dice(t, p, axis); }
};
struct TverskyImpl : LossImpl {
  double alpha = 0.5, beta = 0.5;
  ops::Axes axis;
  TverskyImpl() { name_ = "tversky"; }
  ClassInfo class_info() const override { return {"Tversky", "keras.losses"}; }
  void fields(Fields& f) override {
    LossImpl::fields(f);
    f("alpha", alpha);
    f("beta", beta);
    axis_field(f, axis);
  }
  Tensor call(const Tensor& t, const Tensor& p) override {
    return losses::tversky(t, p, alpha, beta, axis);
  }
};
struct CircleImpl : LossImpl {
  double gamma = 80.0, margin = 0.4;
  bool remove_diagonal = true;
  CircleImpl() { name_ = "circle"; }
  ClassInfo class_info() const override { return {"Circle", "keras.losses"}; }
  void fields(Fields& f) override {
    LossImpl::fields(f);
    f("gamma", gamma);
    f("margin", margin);
    f("remove_diagonal", remove_diagonal);
  }
  Tensor call(const Tensor& t, const Tensor& p) override {
    return losses::circle(t, p, remove_diagonal, gamma, margin);
  }
};
struct CategoricalGeneralizedCrossEntropyImpl : LossImpl {
  double q = 0.5;
  CategoricalGeneralizedCrossEntropyImpl() { name_ = "categorical_generalized_cross_entropy"; }
  ClassInfo class_info() const override {
    return {"CategoricalGeneralizedCrossEntropy", "keras.losses"};
  }
  void fields(Fields& f) override {
    LossImpl::fields(f);
    f("q", q);
  }
  void validate() override {
    LossImpl::validate();
    check(q > 0 && q < 1, "q must be in the interval (0, 1). Received: q=", q);
  }
  Tensor call(const Tensor& t, const Tensor& p) override {
    return losses::categorical_generalized_cross_entropy(t, p, q);
  }
};

constexpr Factory table[] = {
    {"MeanSquaredError", make_object<MeanSquaredErrorImpl>},
    {"MeanAbsoluteError", make_object<MeanAbsoluteErrorImpl>},
    {"MeanAbsolutePercentageError", make_object<MeanAbsolutePercentageErrorImpl>},
    {"MeanSquaredLogarithmicError", make_object<MeanSquaredLogarithmicErrorImpl>},
    {"CosineSimilarity", make_object<CosineSimilarityImpl>},
    {"Huber", make_object<HuberImpl>},
    {"LogCosh", make_object<LogCoshImpl>},
    {"Hinge", make_object<HingeImpl>},
    {"SquaredHinge", make_object<SquaredHingeImpl>},
    {"CategoricalHinge", make_object<CategoricalHingeImpl>},
    {"KLDivergence", make_object<KLDivergenceImpl>},
    {"Poisson", make_object<PoissonImpl>},
    {"BinaryCrossentropy", make_object<BinaryCrossentropyImpl>},
    {"BinaryFocalCrossentropy", make_object<BinaryFocalCrossentropyImpl>},
    {"CategoricalCrossentropy", make_object<CategoricalCrossentropyImpl>},
    {"CategoricalFocalCrossentropy", make_object<CategoricalFocalCrossentropyImpl>},
    {"SparseCategoricalCrossentropy", make_object<SparseCategoricalCrossentropyImpl>},
    {"CategoricalGeneralizedCrossEntropy", make_object<CategoricalGeneralizedCrossEntropyImpl>},
    {"CTC", make_object<CTCImpl>},
    {"Dice", make_object<DiceImpl>},
    {"Tversky", make_object<TverskyImpl>},
    {"Circle", make_object<CircleImpl>},
};

/// Short names and function names whose class is called otherwise.
constexpr Alias alias_table[] = {
    {"mse", "MeanSquaredError"},
    {"mae", "MeanAbsoluteError"},
    {"mape", "MeanAbsolutePercentageError"},
    {"msle", "MeanSquaredLogarithmicError"},
    {"bce", "BinaryCrossentropy"},
    {"kld", "KLDivergence"},
    {"kl_divergence", "KLDivergence"},
    {"kullback_leibler_divergence", "KLDivergence"},
    {"logcosh", "LogCosh"},
    {"cosine_proximity", "CosineSimilarity"},
    {"crossentropy", "CategoricalCrossentropy"},
    {"ce", "CategoricalCrossentropy"},
};

/// Impl has name_ and reduction_ protected: options reach them through the config that every loss
/// takes.
template <class Impl, class Options, class Set>
std::shared_ptr<LossImpl> built(const Options& o, Set&& set) {
  struct Open : Impl {
    void take(const Options& options) {
      if (!options.name.empty()) this->name_ = options.name;
      this->reduction_ = options.reduction;
    }
  };
  auto impl = std::make_shared<Open>();
  impl->take(o);
  set(*impl);
  impl->check_fields();
  return impl;
}

}  // namespace

std::span<const Factory> tables::losses() { return table; }
std::span<const Alias> tables::loss_aliases() { return alias_table; }

namespace losses {

#define KCPP_PLAIN_HANDLE(Class) \
  Class::Class(LossOptions o) : Loss(built<Class##Impl>(o, [](auto&) {})) {}
KCPP_PLAIN_HANDLE(MeanSquaredError)
KCPP_PLAIN_HANDLE(MeanAbsoluteError)
KCPP_PLAIN_HANDLE(MeanAbsolutePercentageError)
KCPP_PLAIN_HANDLE(MeanSquaredLogarithmicError)
KCPP_PLAIN_HANDLE(LogCosh)
KCPP_PLAIN_HANDLE(Hinge)
KCPP_PLAIN_HANDLE(SquaredHinge)
KCPP_PLAIN_HANDLE(CategoricalHinge)
KCPP_PLAIN_HANDLE(KLDivergence)
KCPP_PLAIN_HANDLE(Poisson)
KCPP_PLAIN_HANDLE(CTC)
#undef KCPP_PLAIN_HANDLE

CosineSimilarity::CosineSimilarity(CosineSimilarityOptions o)
    : Loss(built<CosineSimilarityImpl>(o, [&](auto& l) { l.axis = o.axis; })) {}
Huber::Huber(HuberOptions o) : Loss(built<HuberImpl>(o, [&](auto& l) { l.delta = o.delta; })) {}

namespace {
template <class L, class O>
void set_crossentropy(L& l, const O& o) {
  l.from_logits = o.from_logits;
  l.label_smoothing = o.label_smoothing;
  l.axis = o.axis;
}
}  // namespace

BinaryCrossentropy::BinaryCrossentropy(CrossentropyOptions o)
    : Loss(built<BinaryCrossentropyImpl>(o, [&](auto& l) { set_crossentropy(l, o); })) {}
CategoricalCrossentropy::CategoricalCrossentropy(CrossentropyOptions o)
    : Loss(built<CategoricalCrossentropyImpl>(o, [&](auto& l) { set_crossentropy(l, o); })) {}
SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions o)
    : Loss(built<SparseCategoricalCrossentropyImpl>(o, [&](auto& l) {
        l.from_logits = o.from_logits, l.ignore_class = o.ignore_class, l.axis = o.axis;
      })) {}
BinaryFocalCrossentropy::BinaryFocalCrossentropy(BinaryFocalCrossentropyOptions o)
    : Loss(built<BinaryFocalCrossentropyImpl>(o, [&](auto& l) {
        set_crossentropy(l, o);
        l.apply_class_balancing = o.apply_class_balancing, l.alpha = o.alpha, l.gamma = o.gamma;
      })) {}
CategoricalFocalCrossentropy::CategoricalFocalCrossentropy(CategoricalFocalCrossentropyOptions o)
    : Loss(built<CategoricalFocalCrossentropyImpl>(o, [&](auto& l) {
        set_crossentropy(l, o);
        l.alpha = o.alpha, l.gamma = o.gamma;
      })) {}
Dice::Dice(DiceOptions o) : Loss(built<DiceImpl>(o, [&](auto& l) { l.axis = o.axis; })) {}
Tversky::Tversky(TverskyOptions o)
    : Loss(built<TverskyImpl>(
          o, [&](auto& l) { l.alpha = o.alpha, l.beta = o.beta, l.axis = o.axis; })) {}
Circle::Circle(CircleOptions o)
    : Loss(built<CircleImpl>(o, [&](auto& l) {
        l.gamma = o.gamma, l.margin = o.margin, l.remove_diagonal = o.remove_diagonal;
      })) {}
CategoricalGeneralizedCrossEntropy::CategoricalGeneralizedCrossEntropy(
    CategoricalGeneralizedCrossEntropyOptions o)
    : Loss(built<CategoricalGeneralizedCrossEntropyImpl>(o, [&](auto& l) { l.q = o.q; })) {}

}  // namespace losses
}  // namespace kcpp
