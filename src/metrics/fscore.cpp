#include "src/metrics/fscore.h"

#include <algorithm>
#include <cmath>

#include "kcpp/ops/math.h"

namespace kcpp {
namespace {
constexpr double epsilon = 1e-7;  // keras.config.epsilon()
}

void FBetaScoreImpl::fields(Fields& f) {
  MetricImpl::fields(f);
  f("average", average);
  f("beta", beta);
  f("threshold", threshold);
}

void F1ScoreImpl::fields(Fields& f) {
  MetricImpl::fields(f);
  f("average", average);
  f("threshold", threshold);
}

void FBetaScoreImpl::validate() {
  check(!average || *average == "micro" || *average == "macro" || *average == "weighted",
        "Invalid `average` argument value. Expected one of: {None, 'micro', 'macro', 'weighted'}. "
        "Received: average=",
        average.value_or("None"));
  check(beta > 0, "Invalid `beta` argument value. It should be > 0. Received: beta=", beta);
  check(!threshold || (*threshold > 0 && *threshold <= 1),
        "Invalid `threshold` argument value. It should verify 0 < threshold <= 1. Received: "
        "threshold=",
        threshold.value_or(0));
}

void FBetaScoreImpl::reset_state() {
  for (auto* v : {&tp_, &fp_, &fn_, &weights_}) std::fill(v->begin(), v->end(), 0.0);
}

void FBetaScoreImpl::update_state(const Tensor& y_true, const Tensor& y_pred,
                                  const Tensor& sample_weight) {
  check(y_true.rank() == 2 && y_pred.rank() == 2 && y_true.shape() == y_pred.shape(),
        "FBetaScore expects 2D inputs with shape (batch_size, output_dim). Received input shapes: "
        "y_pred.shape=",
        y_pred.shape(), " and y_true.shape=", y_true.shape(), ".");
  const size_t rows = static_cast<size_t>(y_pred.dim(0)),
               classes = static_cast<size_t>(y_pred.dim(1));
  const bool micro = average == "micro";
  const size_t slots = micro ? 1 : classes;
  if (tp_.empty()) {
    for (auto* v : {&tp_, &fp_, &fn_, &weights_}) v->assign(slots, 0.0);
  }
  check(tp_.size() == slots, "FBetaScore has counted ", tp_.size(),
        " classes. Received: y_pred.shape=", y_pred.shape());
  const auto t = y_true.to_vector<double>();
  const auto p = ops::cast(y_pred, DType::float32).to_vector<float>();
  std::vector<double> w;
  if (sample_weight.defined()) w = sample_weight.to_vector<double>();
  check(w.empty() || w.size() == rows,
        "sample_weight must have one entry a sample. Received: ", w.size(), " for ", rows,
        " samples");
  for (size_t r = 0; r < rows; ++r) {
    const float* row = p.data() + r * classes;
    const float limit =
        threshold ? static_cast<float>(*threshold) : *std::max_element(row, row + classes);
    const double weight = w.empty() ? 1.0 : w[r];
    for (size_t c = 0; c < classes; ++c) {
      // A row of zeros predicts nothing.
      const double predicted =
          (threshold ? row[c] > limit : row[c] >= limit && std::abs(row[c]) > 1e-9f) ? 1.0 : 0.0;
      const double actual = t[r * classes + c];
      const size_t slot = micro ? 0 : c;
      tp_[slot] += weight * predicted * actual;
      fp_[slot] += weight * predicted * (1.0 - actual);
      fn_[slot] += weight * (1.0 - predicted) * actual;
      weights_[slot] += weight * actual;
    }
  }
}

Tensor FBetaScoreImpl::result() {
  check(!tp_.empty(), "FBetaScore has no result before the first update.");
  const double square = beta * beta;
  std::vector<float> scores;
  double sum = 0, weighted = 0, weights = 0;
  for (size_t i = 0; i < tp_.size(); ++i) {
    const double precision = tp_[i] / (tp_[i] + fp_[i] + epsilon),
                 recall = tp_[i] / (tp_[i] + fn_[i] + epsilon);
    const double score =
        precision * recall / (square * precision + recall + epsilon) * (1.0 + square);
    scores.push_back(static_cast<float>(score));
    sum += score;
    weighted += score * weights_[i];
    weights += weights_[i];
  }
  if (!average) return Tensor::from(scores);
  return Tensor::scalar(average == "weighted" ? weighted / (weights + epsilon)
                                              : sum / static_cast<double>(tp_.size()));
}

}  // namespace kcpp
