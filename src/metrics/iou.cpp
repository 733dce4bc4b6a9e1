#include "src/metrics/iou.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kcpp/core/symbolic.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"

namespace kcpp {
namespace {
constexpr double epsilon = 1e-7;  // keras.config.epsilon()
}

void IoUImpl::fields(Fields& f) {
  MetricImpl::fields(f);
  f.required("num_classes", num_classes);
  f.required("target_class_ids", target_class_ids);
  f("ignore_class", ignore_class);
  f("sparse_y_true", sparse_y_true);
  f("sparse_y_pred", sparse_y_pred);
  f("axis", axis);
}

void IoUImpl::validate() {
  check(num_classes > 0 && num_classes <= 1 << 15,
        "`num_classes` must be a positive integer. Received: num_classes=", num_classes);
  check(!target_class_ids.empty(),
        "`target_class_ids` must name a class at least. Received: target_class_ids=[]");
  for (int id : target_class_ids) {
    check(id >= 0 && id < num_classes, "Target class id ", id, " is out of range, which is [0, ",
          num_classes, ").");
  }
  if (name_.empty()) name_ = symbolic::auto_name(class_info().name);
  matrix_.assign(static_cast<size_t>(num_classes) * static_cast<size_t>(num_classes), 0.0);
}

void IoUImpl::reset_state() { std::fill(matrix_.begin(), matrix_.end(), 0.0); }

void IoUImpl::update_state(const Tensor& y_true, const Tensor& y_pred,
                           const Tensor& sample_weight) {
  const std::vector<double> t =
      (sparse_y_true ? y_true : ops::argmax(y_true, axis)).to_vector<double>();
  const std::vector<double> p =
      (sparse_y_pred ? y_pred : ops::argmax(y_pred, axis)).to_vector<double>();
  check(t.size() == p.size(),
        "y_true and y_pred must hold as many classes. Received: y_true.shape=", y_true.shape(),
        ", y_pred.shape=", y_pred.shape());
  std::vector<double> w(1, 1.0);
  if (sample_weight.defined()) w = sample_weight.to_vector<double>();
  check(w.size() == t.size() || w.size() == 1,
        "sample_weight must have one entry a label. Received: sample_weight.shape=",
        sample_weight.defined() ? sample_weight.shape() : Shape(),
        ", y_true.shape=", y_true.shape());
  const bool whole = !is_floating(dtype_.compute_dtype());
  const auto rounded = [whole](double v) { return whole ? std::trunc(v) : v; };
  const auto is_class = [&](double v) { return v >= 0 && v < num_classes; };
  for (size_t i = 0; i < t.size(); ++i) {
    const double label = rounded(t[i]), prediction = rounded(p[i]);
    if (!is_class(label) || !is_class(prediction)) continue;
    if (ignore_class && label == static_cast<double>(*ignore_class)) continue;
    const size_t row = static_cast<size_t>(label), column = static_cast<size_t>(prediction);
    matrix_[row * static_cast<size_t>(num_classes) + column] +=
        rounded(w.size() == 1 ? w[0] : w[i]);
  }
}

Tensor IoUImpl::result() {
  const size_t n = static_cast<size_t>(num_classes);
  double sum = 0, valid = 0;
  for (int id : target_class_ids) {
    const size_t c = static_cast<size_t>(id);
    double united = -matrix_[c * n + c];
    for (size_t i = 0; i < n; ++i) united += matrix_[c * n + i] + matrix_[i * n + c];
    if (united <= 1e-9) continue;  // the class did not occur
    valid += 1;
    sum += matrix_[c * n + c] / (united + epsilon);
  }
  return Tensor::scalar(sum / (valid + epsilon));
}

BinaryIoUImpl::BinaryIoUImpl() {
  num_classes = 2;
  target_class_ids = {0, 1};
}

void BinaryIoUImpl::fields(Fields& f) {
  f("target_class_ids", target_class_ids);
  f("threshold", threshold);
  MetricImpl::fields(f);
}

void BinaryIoUImpl::update_state(const Tensor& y_true, const Tensor& y_pred,
                                 const Tensor& sample_weight) {
  IoUImpl::update_state(y_true, ops::greater_equal(ops::cast(y_pred, DType::float32), threshold),
                        sample_weight);
}

void MeanIoUImpl::fields(Fields& f) {
  f.required("num_classes", num_classes);
  MetricImpl::fields(f);
  f("ignore_class", ignore_class);
  f("sparse_y_true", sparse_y_true);
  f("sparse_y_pred", sparse_y_pred);
  f("axis", axis);
}

void MeanIoUImpl::validate() {
  target_class_ids.resize(static_cast<size_t>(std::clamp(num_classes, 0, 1 << 15)));
  std::iota(target_class_ids.begin(), target_class_ids.end(), 0);
  IoUImpl::validate();
}

void OneHotIoUImpl::fields(Fields& f) {
  f.required("num_classes", num_classes);
  f.required("target_class_ids", target_class_ids);
  MetricImpl::fields(f);
  f("ignore_class", ignore_class);
  f("sparse_y_pred", sparse_y_pred);
  f("axis", axis);
}

void OneHotMeanIoUImpl::fields(Fields& f) {
  f.required("num_classes", num_classes);
  MetricImpl::fields(f);
  f("ignore_class", ignore_class);
  f("sparse_y_pred", sparse_y_pred);
  f("axis", axis);
}

}  // namespace kcpp
