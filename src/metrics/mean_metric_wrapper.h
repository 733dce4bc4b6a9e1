/// MeanMetricWrapper around a function that has a name (keras.metrics.MeanMetricWrapper).
#pragma once

#include <functional>

#include "src/metrics/mean.h"

namespace kcpp {

/// `fn` in its config is the name of a loss, else of a metric, as Keras looks it up; all keys but
/// `name` and `dtype` are arguments of that function.
class MeanMetricWrapperImpl final : public MeanMetric {
 public:
  MeanMetricWrapperImpl() { name_ = "mean_metric_wrapper"; }
  ClassInfo class_info() const override { return {"MeanMetricWrapper", "keras.metrics"}; }
  Config get_config() const override;
  std::vector<std::string> set_config(const Config& config) override;
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return function_(y_true, y_pred);
  }

 private:
  std::string fn_;
  Config arguments_ = Config::dict();
  std::function<Tensor(const Tensor&, const Tensor&)> function_;
};

}  // namespace kcpp
