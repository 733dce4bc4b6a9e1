/// keras.metrics.AUC.
#include <algorithm>
#include <cmath>

#include "kcpp/ops/math.h"
#include "kcpp/ops/nn.h"
#include "src/metrics/confusion.h"

namespace kcpp {
namespace {

constexpr double epsilon = 1e-7;  // keras.config.epsilon()

double ratio(double a, double b) { return b == 0 ? 0 : a / b; }

/// A list or null.
void list_field(Fields& f, const char* key, std::optional<std::vector<double>>& values) {
  if (!f.reading()) {
    f.write(key, values ? to_config(*values) : Config());
  } else if (const Config* c = f.raw(key)) {
    values.reset();
    const Config* list =
        c->is_dict() ? c->at("config").find("value") : c;  // Keras writes label_weights as a tensor
    check(list, "`", key, "` must be a list. Received: ", *c);
    if (!list->is_null()) from_config(*list, values.emplace(), key);
  }
}

/// A list of float32 numbers. Keras writes them as a tensor, which it cannot read again.
Config weights_config(const std::optional<std::vector<double>>& values) {
  if (!values) return {};
  Config list = Config::list();
  for (double v : *values) list.push_back(static_cast<double>(static_cast<float>(v)));
  return list;
}

}  // namespace

void AUCImpl::fields(Fields& f) {
  MetricImpl::fields(f);
  f("num_thresholds", num_thresholds);
  f("curve", curve);
  f("summation_method", summation_method);
  f("multi_label", multi_label);
  f("num_labels", num_labels);
  if (f.reading()) {
    list_field(f, "label_weights", label_weights);
  } else {
    f.write("label_weights", weights_config(label_weights));
  }
  f("from_logits", from_logits);
  if (f.reading() || thresholds) list_field(f, "thresholds", thresholds);
}

void AUCImpl::validate() {
  if (curve == "pr") curve = "PR";
  if (curve == "roc") curve = "ROC";
  if (curve == "prgain") curve = "PRGAIN";
  check(curve == "PR" || curve == "ROC" || curve == "PRGAIN", "Invalid AUC curve value: \"", curve,
        "\". Expected values are [\"PR\", \"ROC\", \"PRGAIN\"]");
  if (!summation_method.empty() && summation_method[0] >= 'A' && summation_method[0] <= 'Z') {
    summation_method[0] = static_cast<char>(summation_method[0] - 'A' + 'a');
  }
  check(summation_method == "interpolation" || summation_method == "majoring" ||
            summation_method == "minoring",
        "Invalid AUC summation method value: \"", summation_method,
        "\". Expected values are [\"interpolation\", \"majoring\", \"minoring\"]");
  check(multi_label || !num_labels.value_or(0),
        "`num_labels` is needed only when `multi_label` is True.");
  take_default_name();

  std::vector<double> inner;
  bool evenly = true;
  if (thresholds) {
    std::sort(thresholds->begin(), thresholds->end());
    inner = *thresholds;
    num_thresholds = static_cast<int>(inner.size()) + 2;
    std::vector<double> all = inner;
    all.insert(all.begin(), 0.0);
    all.push_back(1.0);
    evenly = evenly_distributed(all);
  } else {
    check(num_thresholds > 1,
          "Argument `num_thresholds` must be an integer > 1. Received: num_thresholds=",
          num_thresholds);
    check(num_thresholds <= 10000000,
          "Argument `num_thresholds` is out of range. Received: num_thresholds=", num_thresholds);
    for (int i = 1; i + 1 < num_thresholds; ++i)
      inner.push_back(static_cast<double>(i) / (num_thresholds - 1));
  }
  inner.insert(inner.begin(), -epsilon);
  inner.push_back(1.0 + epsilon);
  set_thresholds(std::move(inner), evenly);
  if (multi_label)
    counts_.resize(thresholds_.size(), static_cast<size_t>(std::max(0, num_labels.value_or(0))));
}

void AUCImpl::update_state(const Tensor& y_true, const Tensor& y_pred,
                           const Tensor& sample_weight) {
  if (multi_label) {
    check(y_pred.rank() == 2, "`y_pred` must have rank 2 when `multi_label=True`. Found rank ",
          y_pred.rank(), ". Full shape received for `y_pred`: ", y_pred.shape());
    const size_t columns = static_cast<size_t>(y_pred.dim(1));
    if (counts_.labels == 0) counts_.resize(thresholds_.size(), columns);
    check(counts_.labels == columns, "y_pred has ", columns, " labels where AUC has counted ",
          counts_.labels, ". Received: y_pred.shape=", y_pred.shape());
    check(!label_weights || label_weights->size() == columns,
          "`label_weights` must have one entry a label. Received: label_weights=",
          label_weights.value_or(std::vector<double>()), " with y_pred.shape=", y_pred.shape());
  }
  const Tensor p = from_logits ? ops::sigmoid(y_pred) : y_pred;
  counts_.update(
      y_true, p, sample_weight, thresholds_, evenly_,
      {.multi_label = multi_label, .label_weights = label_weights.value_or(std::vector<double>())});
}

double AUCImpl::interpolated_pr_area(size_t label) const {
  const size_t width = counts_.labels;
  double sum = 0;
  for (size_t k = 0; k + 1 < thresholds_.size(); ++k) {
    const size_t a = k * width + label, b = a + width;
    const double dtp = counts_.tp[a] - counts_.tp[b];
    const double p = counts_.tp[a] + counts_.fp[a], next = counts_.tp[b] + counts_.fp[b];
    const double slope = ratio(dtp, std::max(p - next, 0.0));
    const double intercept = counts_.tp[b] - slope * next;
    const double safe_ratio = p > 0 && next > 0 ? p / next : 1.0;
    sum += ratio(slope * (dtp + intercept * std::log(safe_ratio)),
                 std::max(counts_.tp[b] + counts_.fn[b], 0.0));
  }
  return sum;
}

double AUCImpl::area(size_t label) const {
  if (curve == "PR" && summation_method == "interpolation") return interpolated_pr_area(label);
  const auto point = [&](size_t k) -> std::pair<double, double> {
    const size_t i = k * counts_.labels + label;
    const double tp = counts_.tp[i], fp = counts_.fp[i], tn = counts_.tn[i], fn = counts_.fn[i];
    const double recall = ratio(tp, tp + fn);
    if (curve == "ROC") return {ratio(fp, fp + tn), recall};
    if (curve == "PR") return {recall, ratio(tp, tp + fp)};
    // Both gains diverge without true positives; a recall below the label average has a negative
    // gain.
    if (tp == 0) return {0.0, 1.0};
    const double scale = ratio(tp + fn, tn + fp);
    return {std::max(1.0 - scale * fn / tp, 0.0), 1.0 - scale * fp / tp};
  };
  double sum = 0;
  for (size_t k = 0; k + 1 < thresholds_.size(); ++k) {
    const auto [x, y] = point(k);
    const auto [next_x, next_y] = point(k + 1);
    const double height = summation_method == "interpolation" ? (y + next_y) / 2
                          : summation_method == "minoring"    ? std::min(y, next_y)
                                                              : std::max(y, next_y);
    sum += (x - next_x) * height;
  }
  return sum;
}

Tensor AUCImpl::result() {
  if (!multi_label) return Tensor::scalar(area(0));
  double sum = 0, weights = 0;
  for (size_t label = 0; label < counts_.labels; ++label) {
    const double weight = label_weights ? (*label_weights)[label] : 1.0;
    sum += weight * area(label);
    weights += weight;
  }
  return Tensor::scalar(ratio(sum, weights));
}

}  // namespace kcpp
