#include "src/metrics/accuracy.h"

#include <algorithm>

#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "kcpp/ops/sort.h"
#include "src/losses/reduction.h"

namespace kcpp {
namespace {

Tensor as_float(const Tensor& matches) { return ops::cast(matches, floatx()); }

/// Is each row's greatest element at its label? One pass over the predictions. labels has one entry
/// a row.
Tensor rows_match(const Tensor& labels, const Tensor& y_pred) {
  const int64_t classes = y_pred.dim(-1), rows = classes ? y_pred.size() / classes : 0;
  check(labels.size() == rows, "[accuracy] y_true has ", labels.size(), " labels for ", rows,
        " rows of y_pred. Received: y_pred.shape=", y_pred.shape());
  Tensor out = Tensor::empty({rows});
  auto matches = out.mutable_data<float>();
  const auto compare = [&](auto element, const auto& label_at) {
    using T = decltype(element);
    const T* p = y_pred.data<T>().data();
    for (int64_t r = 0; r < rows; ++r, p += classes) {
      int64_t best = 0;
      for (int64_t c = 1; c < classes; ++c) best = p[c] > p[best] ? c : best;
      matches[static_cast<size_t>(r)] = label_at(r) == best ? 1.0f : 0.0f;
    }
  };
  const auto with_labels = [&](const auto& label_at) {
    if (y_pred.dtype() == DType::float32) {
      compare(float(), label_at);
    } else {
      const Tensor wide = ops::cast(y_pred, DType::float64);
      const auto values = wide.data<double>();
      for (int64_t r = 0; r < rows; ++r) {
        const auto row = values.begin() + r * classes;
        matches[static_cast<size_t>(r)] =
            label_at(r) == std::max_element(row, row + classes) - row ? 1.0f : 0.0f;
      }
    }
  };
  switch (labels.dtype()) {
    case DType::uint8:
      with_labels([d = labels.data<uint8_t>()](int64_t r) {
        return static_cast<int64_t>(d[static_cast<size_t>(r)]);
      });
      break;
    case DType::int32:
      with_labels([d = labels.data<int32_t>()](int64_t r) {
        return static_cast<int64_t>(d[static_cast<size_t>(r)]);
      });
      break;
    case DType::int64:
      with_labels([d = labels.data<int64_t>()](int64_t r) { return d[static_cast<size_t>(r)]; });
      break;
    case DType::float32:
      with_labels([d = labels.data<float>()](int64_t r) {
        return static_cast<int64_t>(d[static_cast<size_t>(r)]);
      });
      break;
    default: {
      const std::vector<int64_t> values = labels.to_vector<int64_t>();
      with_labels([&](int64_t r) { return values[static_cast<size_t>(r)]; });
    }
  }
  return out;
}

/// Rows whose label is among their k greatest.
Tensor rows_match_top_k(const Tensor& labels, const Tensor& y_pred, int k) {
  const Tensor flat = y_pred.rank() > 2 ? ops::reshape(y_pred, {-1, y_pred.dim(-1)}) : y_pred;
  const Tensor matches =
      as_float(ops::in_top_k(ops::cast(ops::reshape(labels, {-1}), DType::int32), flat, k));
  return ops::reshape(matches, labels.shape());
}

}  // namespace

Tensor AccuracyImpl::values(const Tensor& y_true, const Tensor& y_pred) const {
  Tensor t = ops::cast(y_true, y_pred.dtype()), p = y_pred;
  squeeze_or_expand_to_same_rank(t, p);
  return as_float(ops::equal(t, p));
}

void BinaryAccuracyImpl::fields(Fields& f) {
  MetricImpl::fields(f);
  f("threshold", threshold);
}

Tensor BinaryAccuracyImpl::values(const Tensor& y_true, const Tensor& y_pred) const {
  Tensor t = y_true, p = y_pred;
  squeeze_or_expand_to_same_rank(t, p);
  return as_float(ops::equal(t, ops::cast(ops::greater(p, threshold), t.dtype())));
}

Tensor CategoricalAccuracyImpl::values(const Tensor& y_true, const Tensor& y_pred) const {
  const Tensor labels = ops::argmax(y_true, -1);
  return ops::reshape(rows_match(labels, y_pred), labels.shape());
}

Tensor SparseCategoricalAccuracyImpl::values(const Tensor& y_true, const Tensor& y_pred) const {
  Shape shape = y_true.shape();
  if (shape.rank() > 1 && shape.back() == 1) shape.pop_back();
  return ops::reshape(rows_match(y_true, y_pred), shape);
}

void TopKCategoricalAccuracyImpl::fields(Fields& f) {
  MetricImpl::fields(f);
  f("k", k);
}

Tensor TopKCategoricalAccuracyImpl::values(const Tensor& y_true, const Tensor& y_pred) const {
  return rows_match_top_k(ops::argmax(y_true, -1), y_pred, k);
}

void SparseTopKCategoricalAccuracyImpl::fields(Fields& f) {
  MetricImpl::fields(f);
  f("k", k);
  if (f.reading() || from_sorted_ids) f("from_sorted_ids", from_sorted_ids);  // as Keras writes it
}

Tensor SparseTopKCategoricalAccuracyImpl::values(const Tensor& y_true, const Tensor& y_pred) const {
  if (!from_sorted_ids) return rows_match_top_k(y_true, y_pred, k);
  Tensor flat = y_pred.rank() > 2 ? ops::reshape(y_pred, {-1, y_pred.dim(-1)}) : y_pred;
  const int64_t width = std::min<int64_t>(k, flat.dim(-1));
  flat = ops::slice(flat, {0, 0}, {flat.dim(0), width});
  const Tensor labels = ops::cast(ops::reshape(y_true, {-1, 1}), flat.dtype());
  return ops::reshape(as_float(ops::any(ops::equal(labels, flat), 1)), y_true.shape());
}

}  // namespace kcpp
