/// Mean and the metrics that average a function of (y_true, y_pred)
/// (keras.src.metrics.reduction_metrics).
#pragma once

#include "kcpp/metrics.h"

namespace kcpp {

/// {values, weights} with one value a sample: weights worked in, inner axes reduced by mean or sum.
std::pair<Tensor, Tensor> reduce_to_samplewise_values(Tensor values, Tensor sample_weight,
                                                      bool mean, DType dtype);

class MeanImpl : public MetricImpl {
 public:
  MeanImpl() { name_ = "mean"; }
  ClassInfo class_info() const override { return {"Mean", "keras.metrics"}; }
  /// values in the place of y_true, weights in that of y_pred: Mean takes (values, sample_weight).
  void update_state(const Tensor& values, const Tensor& sample_weight,
                    const Tensor& = {}) override {
    add(values, sample_weight);
  }
  Tensor result() override { return Tensor::scalar(mean()); }
  void reset_state() override { total_ = count_ = 0; }
  double mean() const { return count_ == 0 ? 0 : total_ / count_; }

 protected:
  void add(const Tensor& values, const Tensor& sample_weight);

  double total_ = 0, count_ = 0;
};

class SumImpl : public MetricImpl {
 public:
  SumImpl() { name_ = "sum"; }
  ClassInfo class_info() const override { return {"Sum", "keras.metrics"}; }
  void update_state(const Tensor& values, const Tensor& sample_weight, const Tensor& = {}) override;
  Tensor result() override { return Tensor::scalar(total_); }
  void reset_state() override { total_ = 0; }

 private:
  double total_ = 0;
};

/// Averages `values(y_true, y_pred)`.
class MeanMetric : public MeanImpl {
 public:
  void update_state(const Tensor& y_true, const Tensor& y_pred,
                    const Tensor& sample_weight) override;

  /// What is averaged: one value a sample, or finer.
  virtual Tensor values(const Tensor& y_true, const Tensor& y_pred) const = 0;
};

/// Around a user's function.
class FunctionMetric final : public MeanMetric {
 public:
  FunctionMetric(Metric::Function function, std::string name) : function_(std::move(function)) {
    name_ = std::move(name);
  }
  ClassInfo class_info() const override { return {"MeanMetricWrapper", "keras.metrics"}; }
  Config get_config() const override;
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return function_(y_true, y_pred);
  }

 private:
  Metric::Function function_;
};

}  // namespace kcpp
