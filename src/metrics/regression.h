/// R2Score and the correlations (keras.src.metrics.regression_metrics, correlation_metrics).
#pragma once

#include <optional>

#include "src/metrics/mean.h"

namespace kcpp {

struct R2ScoreImpl : MetricImpl {
  std::optional<std::string> class_aggregation = "uniform_average";
  int num_regressors = 0;

  R2ScoreImpl() { name_ = "r2_score"; }
  ClassInfo class_info() const override { return {"R2Score", "keras.metrics"}; }
  void fields(Fields& f) override;
  void validate() override;
  void update_state(const Tensor& y_true, const Tensor& y_pred,
                    const Tensor& sample_weight) override;
  Tensor result() override;
  void reset_state() override;

 private:
  std::vector<double> sum_, squared_sum_, residual_, count_;  ///< by column
  double samples_ = 0;
};

struct CorrelationImpl : MeanMetric {
  int axis = -1;
  void fields(Fields& f) override {
    MetricImpl::fields(f);
    f("axis", axis);
  }
};
struct PearsonCorrelationImpl : CorrelationImpl {
  PearsonCorrelationImpl() { name_ = "pearson_correlation"; }
  ClassInfo class_info() const override { return {"PearsonCorrelation", "keras.metrics"}; }
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};
struct ConcordanceCorrelationImpl : CorrelationImpl {
  ConcordanceCorrelationImpl() { name_ = "concordance_correlation"; }
  ClassInfo class_info() const override { return {"ConcordanceCorrelation", "keras.metrics"}; }
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

}  // namespace kcpp
