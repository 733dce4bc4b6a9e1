#include "src/metrics/confusion.h"

#include <algorithm>

#include "kcpp/core/symbolic.h"

namespace kcpp {
namespace {

double ratio(double a, double b) { return b == 0 ? 0 : a / b; }

/// a / (a + b), element by element.
std::vector<double> share(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> out(a.size());
  for (size_t i = 0; i < a.size(); ++i) out[i] = ratio(a[i], a[i] + b[i]);
  return out;
}

}  // namespace

void ConfusionMetric::set_thresholds(std::vector<double> thresholds, bool evenly) {
  thresholds_ = std::move(thresholds);
  evenly_ = evenly;
  counts_.resize(thresholds_.size(), 1);
}

void ConfusionMetric::set_thresholds(const Config& given, double default_threshold) {
  std::vector<double> values;
  if (given.is_null()) {
    values = {default_threshold};
  } else if (given.is_list()) {
    from_config(given, values, "thresholds");
  } else {
    values = {given.as_double("thresholds")};
  }
  check(!values.empty(), "`thresholds` must hold one at least. Received: thresholds=[]");
  for (double v : values) {
    check(given.is_null() || (v >= 0 && v <= 1),
          "Threshold values must be in [0, 1]. Received: ", values);
  }
  const bool evenly = evenly_distributed(values);
  set_thresholds(std::move(values), evenly);
}

void ConfusionMetric::take_default_name() {
  if (name_.empty()) name_ = symbolic::auto_name(class_info().name);
}

Tensor ConfusionMetric::per_threshold(const std::vector<double>& values) const {
  if (values.size() == 1) return Tensor::scalar(values[0]);
  return Tensor::from(std::vector<float>(values.begin(), values.end()));
}

void ConditionCountImpl::fields(Fields& f) {
  MetricImpl::fields(f);
  f("thresholds", thresholds);
}

void ConditionCountImpl::validate() {
  take_default_name();
  set_thresholds(thresholds, 0.5);
}

void ConditionCountImpl::update_state(const Tensor& y_true, const Tensor& y_pred,
                                      const Tensor& sample_weight) {
  counts_.update(y_true, y_pred, sample_weight, thresholds_, evenly_, {});
}

void PrecisionRecallImpl::fields(Fields& f) {
  MetricImpl::fields(f);
  f("thresholds", thresholds);
  f("top_k", top_k);
  f("class_id", class_id);
}

void PrecisionRecallImpl::validate() {
  take_default_name();
  set_thresholds(thresholds, top_k ? -1e10 : 0.5);
}

void PrecisionRecallImpl::update_state(const Tensor& y_true, const Tensor& y_pred,
                                       const Tensor& sample_weight) {
  counts_.update(y_true, y_pred, sample_weight, thresholds_, evenly_,
                 {.top_k = top_k, .class_id = class_id});
}

Tensor PrecisionImpl::result() { return per_threshold(share(counts_.tp, counts_.fp)); }
Tensor RecallImpl::result() { return per_threshold(share(counts_.tp, counts_.fn)); }

void SensitivitySpecificityImpl::fields(Fields& f) {
  MetricImpl::fields(f);
  f("class_id", class_id);
  f("num_thresholds", num_thresholds);
  f.required(constraint(), value);
}

void SensitivitySpecificityImpl::validate() {
  take_default_name();
  check(value >= 0 && value <= 1, "Argument `", constraint(),
        "` must be in the range [0, 1]. Received: ", constraint(), "=", value);
  check(num_thresholds > 0,
        "Argument `num_thresholds` must be an integer > 0. Received: num_thresholds=",
        num_thresholds);
  check(num_thresholds <= 10000000,
        "Argument `num_thresholds` is out of range. Received: num_thresholds=", num_thresholds);
  if (num_thresholds == 1) return set_thresholds(std::vector<double>{0.5}, false);
  std::vector<double> even;
  for (int i = 0; i < num_thresholds; ++i)
    even.push_back(static_cast<double>(i) / (num_thresholds - 1));
  set_thresholds(std::move(even), true);
}

void SensitivitySpecificityImpl::update_state(const Tensor& y_true, const Tensor& y_pred,
                                              const Tensor& sample_weight) {
  counts_.update(y_true, y_pred, sample_weight, thresholds_, evenly_, {.class_id = class_id});
}

Tensor SensitivitySpecificityImpl::result() {
  const auto figure = [&](Figure which) {
    if (which == Figure::specificity) return share(counts_.tn, counts_.fp);
    return share(counts_.tp, which == Figure::precision ? counts_.fp : counts_.fn);
  };
  const std::vector<double> constrained = figure(figures().first),
                            wanted = figure(figures().second);
  double best = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    // In float, as Keras compares: 0.6 of ten samples is then at least 0.6.
    if (static_cast<float>(constrained[i]) >= static_cast<float>(value))
      best = std::max(best, wanted[i]);
  }
  return Tensor::scalar(best);
}

}  // namespace kcpp
