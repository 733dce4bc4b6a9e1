#include "src/metrics/mean.h"

#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/losses/reduction.h"

namespace kcpp {
namespace {

Tensor reduce_from(const Tensor& t, int first, bool mean) {
  if (t.rank() <= first) return t;
  std::vector<int> axes;
  for (int d = first; d < t.rank(); ++d) axes.push_back(d);
  return mean ? ops::mean(t, ops::Axes(axes)) : ops::sum(t, ops::Axes(axes));
}

/// The sum of all elements in double: what a counter needs, without another tensor.
double total_of(const Tensor& t) {
  double out = 0;
  if (t.dtype() == DType::float32) {
    for (float v : t.data<float>()) out += static_cast<double>(v);
    return out;
  }
  for (double v : t.to_vector<double>()) out += v;
  return out;
}

}  // namespace

std::pair<Tensor, Tensor> reduce_to_samplewise_values(Tensor values, Tensor sample_weight,
                                                      bool mean, DType dtype) {
  const Tensor mask = values.keras_mask();
  if (values.dtype() != dtype) values = ops::cast(values, dtype);
  if (sample_weight.defined()) {
    sample_weight = ops::cast(sample_weight, dtype);
    sample_weight = apply_mask(std::move(sample_weight), mask, dtype, "sum");
    squeeze_or_expand_to_same_rank(values, sample_weight);
    const int weight_rank = sample_weight.rank();
    values = reduce_from(values, weight_rank, mean);
    sample_weight = ops::broadcast_to(sample_weight, values.shape());
    values = values * sample_weight;
    if (weight_rank > 1) sample_weight = reduce_from(sample_weight, 1, mean);
  }
  return {reduce_from(values, 1, mean), std::move(sample_weight)};
}

void MeanImpl::add(const Tensor& input, const Tensor& weight) {
  const auto [values, sample_weight] =
      reduce_to_samplewise_values(input, weight, true, dtype_.compute_dtype());
  total_ += total_of(values);
  if (sample_weight.defined()) {
    count_ += total_of(sample_weight);
  } else {
    count_ += values.rank() >= 1 ? static_cast<double>(values.dim(0)) : 1.0;
  }
}

void SumImpl::update_state(const Tensor& values, const Tensor& sample_weight, const Tensor&) {
  total_ += total_of(
      reduce_to_samplewise_values(values, sample_weight, false, dtype_.compute_dtype()).first);
}

void MeanMetric::update_state(const Tensor& y_true, const Tensor& y_pred,
                              const Tensor& sample_weight) {
  add(values(y_true, y_pred),
      apply_mask(sample_weight, y_pred.keras_mask(), dtype_.compute_dtype(), "sum"));
}

Config FunctionMetric::get_config() const {
  throw ValueError(
      "A metric given as a lambda cannot be saved: it has no name. Give it one by register_custom, "
      "and compile with that name.");
}

}  // namespace kcpp
