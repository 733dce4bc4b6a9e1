#include "src/losses/reduction.h"

#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"

namespace kcpp {
namespace {

constexpr double epsilon = 1e-7;  // keras.config.epsilon()

bool is_mean(const std::string& reduction) {
  return reduction == "sum_over_batch_size" || reduction == "mean";
}

/// a / b, and 0 where b is 0.
Tensor divide_no_nan(const Tensor& a, const Tensor& b) {
  const Tensor zero = ops::equal(b, 0);
  return ops::where(zero, 0.0, a / ops::where(zero, 1.0, b));
}

}  // namespace

void squeeze_or_expand_to_same_rank(Tensor& a, Tensor& b, bool expand_rank_1) {
  if (a.rank() == b.rank()) return;
  if (a.rank() == b.rank() + 1 && a.shape().back() == 1) {
    if (b.rank() == 1 && expand_rank_1) {
      b = ops::expand_dims(b, -1);
    } else {
      a = ops::squeeze(a, -1);
    }
  } else if (b.rank() == a.rank() + 1 && b.shape().back() == 1) {
    if (a.rank() == 1 && expand_rank_1) {
      a = ops::expand_dims(a, -1);
    } else {
      b = ops::squeeze(b, -1);
    }
  }
}

Tensor apply_mask(Tensor sample_weight, const Tensor& mask, DType dtype,
                  const std::string& reduction) {
  if (!mask.defined()) return sample_weight;
  Tensor m = ops::cast(mask, dtype);
  if (is_mean(reduction)) m = m * (static_cast<double>(m.size()) / (ops::sum(m) + epsilon));
  if (!sample_weight.defined()) return m;
  sample_weight = ops::cast(sample_weight, dtype);
  squeeze_or_expand_to_same_rank(m, sample_weight);
  return sample_weight * m;
}

Tensor reduce_weighted_values(Tensor values, Tensor sample_weight, const Tensor& mask,
                              const std::string& reduction) {
  sample_weight = apply_mask(std::move(sample_weight), mask, values.dtype(), reduction);
  if (sample_weight.defined()) {
    sample_weight = ops::cast(sample_weight, values.dtype());
    squeeze_or_expand_to_same_rank(values, sample_weight);
    values = values * sample_weight;
  }
  if (reduction == "none" || values.rank() == 0) return values;
  if (reduction == "sum") return ops::sum(values);
  if (reduction == "mean_with_sample_weight" && sample_weight.defined())
    return divide_no_nan(ops::sum(values), ops::sum(sample_weight));
  return values.size() == 0 ? ops::sum(values) : ops::mean(values);
}

}  // namespace kcpp
