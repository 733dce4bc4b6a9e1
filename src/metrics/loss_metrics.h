/// Losses as metrics: their mean over the samples.
#pragma once

#include <cmath>
#include <optional>

#include "kcpp/losses.h"
#include "kcpp/ops/math.h"
#include "src/losses/reduction.h"
#include "src/metrics/mean.h"

namespace kcpp {

#define KCPP_LOSS_METRIC(Class, default_name, function)                         \
  struct Class##MetricImpl : MeanMetric {                                       \
    Class##MetricImpl() { name_ = default_name; }                               \
    ClassInfo class_info() const override { return {#Class, "keras.metrics"}; } \
    Tensor values(const Tensor& t, const Tensor& p) const override {            \
      return losses::function(t, p);                                            \
    }                                                                           \
  }
KCPP_LOSS_METRIC(MeanSquaredError, "mean_squared_error", mean_squared_error);
KCPP_LOSS_METRIC(MeanAbsoluteError, "mean_absolute_error", mean_absolute_error);
KCPP_LOSS_METRIC(MeanAbsolutePercentageError, "mean_absolute_percentage_error",
                 mean_absolute_percentage_error);
KCPP_LOSS_METRIC(MeanSquaredLogarithmicError, "mean_squared_logarithmic_error",
                 mean_squared_logarithmic_error);
KCPP_LOSS_METRIC(LogCoshError, "logcosh", log_cosh);
KCPP_LOSS_METRIC(Hinge, "hinge", hinge);
KCPP_LOSS_METRIC(SquaredHinge, "squared_hinge", squared_hinge);
KCPP_LOSS_METRIC(CategoricalHinge, "categorical_hinge", categorical_hinge);
KCPP_LOSS_METRIC(KLDivergence, "kl_divergence", kl_divergence);
KCPP_LOSS_METRIC(Poisson, "poisson", poisson);
#undef KCPP_LOSS_METRIC

struct CosineSimilarityMetricImpl : MeanMetric {
  int axis = -1;
  CosineSimilarityMetricImpl() { name_ = "cosine_similarity"; }
  ClassInfo class_info() const override { return {"CosineSimilarity", "keras.metrics"}; }
  void fields(Fields& f) override {
    MetricImpl::fields(f);
    if (f.reading() || axis != -1)
      f("axis", axis);  // Keras forgets the axis when it writes; this reads in Keras too
  }
  /// The similarity itself: the loss with the other sign.
  Tensor values(const Tensor& t, const Tensor& p) const override {
    return -losses::cosine_similarity(t, p, axis);
  }
};

struct BinaryCrossentropyMetricImpl : MeanMetric {
  bool from_logits = false;
  double label_smoothing = 0.0;
  BinaryCrossentropyMetricImpl() { name_ = "binary_crossentropy"; }
  ClassInfo class_info() const override { return {"BinaryCrossentropy", "keras.metrics"}; }
  void fields(Fields& f) override {
    MetricImpl::fields(f);
    f("from_logits", from_logits);
    f("label_smoothing", label_smoothing);
  }
  Tensor values(const Tensor& t, const Tensor& p) const override {
    return losses::binary_crossentropy(t, p, from_logits, label_smoothing);
  }
};

struct CategoricalCrossentropyMetricImpl : MeanMetric {
  bool from_logits = false;
  double label_smoothing = 0.0;
  int axis = -1;
  CategoricalCrossentropyMetricImpl() { name_ = "categorical_crossentropy"; }
  ClassInfo class_info() const override { return {"CategoricalCrossentropy", "keras.metrics"}; }
  void fields(Fields& f) override {
    MetricImpl::fields(f);
    f("from_logits", from_logits);
    f("label_smoothing", label_smoothing);
    f("axis", axis);
  }
  Tensor values(const Tensor& t, const Tensor& p) const override {
    return losses::categorical_crossentropy(t, p, from_logits, label_smoothing, axis);
  }
};

struct SparseCategoricalCrossentropyMetricImpl : MeanMetric {
  bool from_logits = false;
  std::optional<int> ignore_class;
  int axis = -1;
  SparseCategoricalCrossentropyMetricImpl() { name_ = "sparse_categorical_crossentropy"; }
  ClassInfo class_info() const override {
    return {"SparseCategoricalCrossentropy", "keras.metrics"};
  }
  void fields(Fields& f) override {
    MetricImpl::fields(f);
    f("from_logits", from_logits);
    f("ignore_class", ignore_class);
    f("axis", axis);
  }
  Tensor values(const Tensor& t, const Tensor& p) const override {
    return losses::sparse_categorical_crossentropy(t, p, from_logits, ignore_class, axis);
  }
};

/// The root of the mean of the squares, not the mean of roots.
struct RootMeanSquaredErrorImpl : MeanMetric {
  RootMeanSquaredErrorImpl() { name_ = "root_mean_squared_error"; }
  ClassInfo class_info() const override { return {"RootMeanSquaredError", "keras.metrics"}; }
  /// The squares themselves: sample_weight may have one entry an element.
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    Tensor t = ops::cast(y_true, y_pred.dtype()), p = y_pred;
    squeeze_or_expand_to_same_rank(t, p);
    return ops::square(p - t);
  }
  Tensor result() override { return Tensor::scalar(std::sqrt(mean())); }
};

}  // namespace kcpp
