#include "src/metrics/regression.h"

#include <algorithm>
#include <cmath>

#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/losses/reduction.h"

namespace kcpp {
namespace {

constexpr double epsilon = 1e-7;  // keras.config.epsilon()

std::pair<Tensor, Tensor> match(const Tensor& y_true, const Tensor& y_pred) {
  std::pair<Tensor, Tensor> out{ops::cast(y_true, y_pred.dtype()), y_pred};
  squeeze_or_expand_to_same_rank(out.first, out.second);
  return out;
}

}  // namespace

void R2ScoreImpl::fields(Fields& f) {
  MetricImpl::fields(f);
  f("class_aggregation", class_aggregation);
  f("num_regressors", num_regressors);
}

void R2ScoreImpl::validate() {
  check(!class_aggregation || *class_aggregation == "uniform_average" ||
            *class_aggregation == "variance_weighted_average",
        "Invalid value for argument `class_aggregation`. Expected one of (None, 'uniform_average', "
        "'variance_weighted_average'). "
        "Received: class_aggregation=",
        class_aggregation.value_or("None"));
  check(num_regressors >= 0,
        "Invalid value for argument `num_regressors`. Expected a value >= 0. Received: "
        "num_regressors=",
        num_regressors);
}

void R2ScoreImpl::reset_state() {
  for (auto* v : {&sum_, &squared_sum_, &residual_, &count_}) std::fill(v->begin(), v->end(), 0.0);
  samples_ = 0;
}

void R2ScoreImpl::update_state(const Tensor& y_true, const Tensor& y_pred,
                               const Tensor& sample_weight) {
  const auto [t, p] =
      match(y_true, y_pred.dtype() == DType::float64 ? y_pred : ops::cast(y_pred, DType::float32));
  check(t.rank() == 2 && p.rank() == 2 && t.shape() == p.shape(),
        "R2Score expects 2D inputs with shape (batch_size, output_dim). Received input shapes: "
        "y_pred.shape=",
        p.shape(), " and y_true.shape=", t.shape(), ".");
  const size_t columns = static_cast<size_t>(p.dim(1));
  if (sum_.empty()) {
    for (auto* v : {&sum_, &squared_sum_, &residual_, &count_}) v->assign(columns, 0.0);
  }
  check(sum_.size() == columns, "R2Score has counted ", sum_.size(),
        " columns. Received: y_pred.shape=", p.shape());
  const std::vector<double> actual = t.to_vector<double>(), predicted = p.to_vector<double>();
  std::vector<double> w(actual.size(), 1.0);
  if (sample_weight.defined()) {
    const Tensor column =
        sample_weight.rank() == 1 ? ops::expand_dims(sample_weight, 1) : sample_weight;
    w = ops::broadcast_to(column, t.shape()).to_vector<double>();
  }
  for (size_t i = 0; i < actual.size(); ++i) {
    const size_t c = i % columns;
    const double error = actual[i] - predicted[i];
    sum_[c] += w[i] * actual[i];
    squared_sum_[c] += w[i] * actual[i] * actual[i];
    residual_[c] += w[i] * error * error;
    count_[c] += w[i];
  }
  samples_ += static_cast<double>(actual.size());  // as Keras: the elements, not the rows
}

Tensor R2ScoreImpl::result() {
  check(!sum_.empty(), "R2Score has no result before the first update.");
  std::vector<double> scores(sum_.size());
  double sum = 0, weighted = 0, weights = 0;
  for (size_t c = 0; c < sum_.size(); ++c) {
    const double total = squared_sum_[c] - sum_[c] * (sum_[c] / count_[c]);
    const double score = 1.0 - residual_[c] / total;
    scores[c] = std::isinf(score) ? 0.0 : score;
    sum += scores[c];
    weighted += total * scores[c];
    weights += total;
  }
  if (class_aggregation) {
    scores = {class_aggregation == "uniform_average" ? sum / static_cast<double>(scores.size())
                                                     : weighted / weights};
  }
  // Adjusted for the number of regressors where there are samples enough.
  const double freedom = samples_ - num_regressors - 1;
  if (num_regressors != 0 && freedom > 0) {
    for (double& s : scores) s = 1.0 - (1.0 - s) * (samples_ - 1) / freedom;
  }
  if (class_aggregation) return Tensor::scalar(scores[0]);
  return Tensor::from(std::vector<float>(scores.begin(), scores.end()));
}

Tensor PearsonCorrelationImpl::values(const Tensor& y_true, const Tensor& y_pred) const {
  const auto [t, p] = match(y_true, y_pred);
  const Tensor a = t - ops::mean(t, axis, true), b = p - ops::mean(p, axis, true);
  return ops::mean(a / ops::std(a, axis, true) * (b / ops::std(b, axis, true)), axis);
}

Tensor ConcordanceCorrelationImpl::values(const Tensor& y_true, const Tensor& y_pred) const {
  const auto [t, p] = match(y_true, y_pred);
  const Tensor mean_t = ops::mean(t, axis, true), mean_p = ops::mean(p, axis, true);
  const Tensor var_t = ops::var(t - mean_t, axis, true), var_p = ops::var(p - mean_p, axis, true);
  // Both factors less the mean of the predictions: so Keras has it, and the products sum up to the
  // same.
  const Tensor covariance = (t - mean_p) * (p - mean_p);
  return ops::mean(2.0 * covariance / (var_t + var_p + ops::square(mean_t - mean_p) + epsilon),
                   axis);
}

}  // namespace kcpp
