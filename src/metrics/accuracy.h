/// The accuracies (keras.src.metrics.accuracy_metrics).
#pragma once

#include "src/metrics/mean.h"

namespace kcpp {

struct AccuracyImpl : MeanMetric {
  AccuracyImpl() { name_ = "accuracy"; }
  ClassInfo class_info() const override { return {"Accuracy", "keras.metrics"}; }
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

struct BinaryAccuracyImpl : MeanMetric {
  double threshold = 0.5;
  BinaryAccuracyImpl() { name_ = "binary_accuracy"; }
  ClassInfo class_info() const override { return {"BinaryAccuracy", "keras.metrics"}; }
  void fields(Fields& f) override;
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

struct CategoricalAccuracyImpl : MeanMetric {
  CategoricalAccuracyImpl() { name_ = "categorical_accuracy"; }
  ClassInfo class_info() const override { return {"CategoricalAccuracy", "keras.metrics"}; }
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

struct SparseCategoricalAccuracyImpl : MeanMetric {
  SparseCategoricalAccuracyImpl() { name_ = "sparse_categorical_accuracy"; }
  ClassInfo class_info() const override { return {"SparseCategoricalAccuracy", "keras.metrics"}; }
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

struct TopKCategoricalAccuracyImpl : MeanMetric {
  int k = 5;
  TopKCategoricalAccuracyImpl() { name_ = "top_k_categorical_accuracy"; }
  ClassInfo class_info() const override { return {"TopKCategoricalAccuracy", "keras.metrics"}; }
  void fields(Fields& f) override;
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

struct SparseTopKCategoricalAccuracyImpl : MeanMetric {
  int k = 5;
  bool from_sorted_ids = false;
  SparseTopKCategoricalAccuracyImpl() { name_ = "sparse_top_k_categorical_accuracy"; }
  ClassInfo class_info() const override {
    return {"SparseTopKCategoricalAccuracy", "keras.metrics"};
  }
  void fields(Fields& f) override;
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

}  // namespace kcpp
