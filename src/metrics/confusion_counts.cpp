/// keras.src.metrics.metrics_utils.update_confusion_matrix_variables.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "kcpp/ops/math.h"
#include "kcpp/ops/shape.h"
#include "src/losses/reduction.h"
#include "src/metrics/confusion.h"

namespace kcpp {
namespace {

constexpr double epsilon = 1e-7;  // keras.config.epsilon()
constexpr float minus_infinity = -1e10f;

std::vector<float> floats(const Tensor& t) {
  return ops::cast(t, DType::float32).to_vector<float>();
}

/// Leaves the k greatest of each row; the first of equal ones counts.
void keep_top_k(std::vector<float>& p, int64_t width, int k) {
  check(k >= 1 && k <= width,
        "`top_k` must be between 1 and the number of classes. Received: top_k=", k, " with ", width,
        " classes");
  std::vector<size_t> order(static_cast<size_t>(width));
  for (size_t row = 0; row + order.size() <= p.size(); row += order.size()) {
    std::iota(order.begin(), order.end(), row);
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p[a] > p[b]; });
    for (size_t i = static_cast<size_t>(k); i < order.size(); ++i) p[order[i]] = minus_infinity;
  }
}

/// One column of rows of `width`.
void keep_column(std::vector<float>& v, int64_t width, int column) {
  const int64_t c = column < 0 ? column + width : column;
  check<IndexError>(c >= 0 && c < width, "`class_id` is out of range. Received: class_id=", column,
                    " with ", width, " classes");
  std::vector<float> out;
  for (size_t i = static_cast<size_t>(c); i < v.size(); i += static_cast<size_t>(width))
    out.push_back(v[i]);
  v = std::move(out);
}

}  // namespace

bool evenly_distributed(std::span<const double> thresholds) {
  if (thresholds.size() < 3) return false;
  for (size_t i = 0; i < thresholds.size(); ++i) {
    const double even = static_cast<double>(i) / static_cast<double>(thresholds.size() - 1);
    if (std::abs(thresholds[i] - even) > epsilon + 1e-5 * even) return false;
  }
  return true;
}

void Confusion::resize(size_t thresholds, size_t label_count) {
  labels = label_count;
  for (auto* v : {&tp, &fp, &tn, &fn}) v->assign(thresholds * labels, 0.0);
}

void Confusion::reset() {
  for (auto* v : {&tp, &fp, &tn, &fn}) std::fill(v->begin(), v->end(), 0.0);
}

void Confusion::update(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                       std::span<const double> thresholds, bool evenly, const Options& options) {
  Tensor t = y_true, p = y_pred, w = sample_weight;
  squeeze_or_expand_to_same_rank(p, t);
  check(t.shape() == p.shape(),
        "y_true and y_pred must have the same shape. Received: y_true.shape=", t.shape(),
        ", y_pred.shape=", p.shape());
  const int64_t width = p.rank() ? p.dim(-1) : 1;
  std::vector<float> labels_of = floats(t), predictions = floats(p);
  Shape shape = p.shape();
  if (options.top_k) keep_top_k(predictions, width, *options.top_k);
  if (options.class_id) {
    check(p.rank() > 1,
          "When class_id is provided, y_pred must be a 2D array with shape (num_samples, "
          "num_classes), found shape: ",
          p.shape());
    keep_column(labels_of, width, *options.class_id);
    keep_column(predictions, width, *options.class_id);
    shape[shape.rank() - 1] = 1;
  }
  for (float& v : labels_of) v = v != 0 ? 1.0f : 0.0f;

  std::vector<float> weights;
  if (w.defined()) {
    w = ops::expand_dims(ops::cast(w, DType::float32), -1);
    squeeze_or_expand_to_same_rank(t, w, false);
    weights = floats(ops::broadcast_to(w, shape));
  }
  if (!options.label_weights.empty() && !options.multi_label) {
    std::vector<float> row(options.label_weights.begin(), options.label_weights.end());
    const Tensor each = Tensor::from(row, {1, static_cast<int64_t>(row.size())});
    const std::vector<float> of_labels = floats(ops::broadcast_to(each, shape));
    if (weights.empty()) weights.assign(of_labels.size(), 1.0f);
    for (size_t i = 0; i < weights.size(); ++i) weights[i] *= of_labels[i];
  }
  if (evenly) {
    count_in_buckets(labels_of, predictions, weights, thresholds.size(),
                     thresholds.front() < 0 || thresholds.back() > 1);
  } else {
    count_each(labels_of, predictions, weights, thresholds);
  }
}

void Confusion::count_in_buckets(std::span<const float> t, std::span<const float> p,
                                 std::span<const float> w, size_t thresholds,
                                 bool epsilon_at_ends) {
  std::vector<double> positive(thresholds * labels), negative(thresholds * labels),
      all_positive(labels), all_negative(labels);
  const float steps = static_cast<float>(thresholds - 1);
  for (size_t i = 0; i < p.size(); ++i) {
    const size_t label = i % labels;
    const double weight = w.empty() ? 1.0 : static_cast<double>(w[i]);
    (t[i] != 0 ? all_positive : all_negative)[label] += weight;
    // A prediction must exceed a threshold: ceil - 1 puts one that equals it into the bucket below.
    float bucket = std::ceil(std::clamp(p[i], 0.0f, 1.0f) * steps) - 1.0f;
    if (epsilon_at_ends) bucket = std::max(bucket, 0.0f);
    if (!(bucket >= 0)) continue;  // below the first threshold, or NaN
    (t[i] != 0 ? positive : negative)[static_cast<size_t>(bucket) * labels + label] += weight;
  }
  for (size_t label = 0; label < labels; ++label) {
    double above_positive = 0, above_negative = 0;
    for (size_t k = thresholds; k-- > 0;) {
      const size_t at = k * labels + label;
      tp[at] += above_positive += positive[at];
      fp[at] += above_negative += negative[at];
      fn[at] += all_positive[label] - above_positive;
      tn[at] += all_negative[label] - above_negative;
    }
  }
}

void Confusion::count_each(std::span<const float> t, std::span<const float> p,
                           std::span<const float> w, std::span<const double> thresholds) {
  for (size_t k = 0; k < thresholds.size(); ++k) {
    const float threshold = static_cast<float>(thresholds[k]);
    for (size_t i = 0; i < p.size(); ++i) {
      const bool predicted = p[i] > threshold, actual = t[i] != 0;
      auto& counter = actual ? (predicted ? tp : fn) : (predicted ? fp : tn);
      counter[k * labels + i % labels] += w.empty() ? 1.0 : static_cast<double>(w[i]);
    }
  }
}

}  // namespace kcpp
