// Ops of order.
#include "kcpp/ops/sort.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/ops/describe.h"
#include "src/ops/indices.h"
#include "src/ops/movement.h"

namespace kcpp::ops {

using namespace detail;

namespace {

/// x, or x flattened when there is no axis; a boolean as numbers, which have an order.
Tensor ordered(const Tensor& x, std::optional<int> axis) {
  const Tensor t = axis ? x : reshape(x, {-1});
  return t.dtype() == DType::bool_ ? as_dtype(t, DType::uint8) : t;
}
int axis_of(std::optional<int> axis, int rank, const char* op) {
  return axis ? canonical_axis(*axis, rank, op) : 0;
}

Tensor argsort_body(const Tensor& x, std::optional<int> axis) {
  const Tensor t = ordered(x, axis);
  if (t.is_symbolic()) return symbolic_result(t.shape(), DType::int32);
  if (t.rank() == 0) return Tensor::zeros({}, DType::int32);
  return backend().argsort(t, axis_of(axis, t.rank(), "argsort"), false);
}

}  // namespace

Tensor sort(const Tensor& x, std::optional<int> axis) {
  check_defined(x, "sort");
  return symbolic::op(
      "Sort", [&](Config& a) { Describe{a}("axis", to_config(axis)); },
      [axis](const Tensor& input) {
        const Tensor t = ordered(input, axis);
        if (t.is_symbolic()) return symbolic_result(t.shape(), input.dtype());
        if (t.rank() == 0) return input;
        const int at = axis_of(axis, t.rank(), "sort");
        if (autodiff::recording(t)) return gather_along(t, backend().argsort(t, at, false), at);
        return as_dtype(backend().sort(t, at, false), input.dtype());
      },
      x);
}
Tensor argsort(const Tensor& x, std::optional<int> axis) {
  check_defined(x, "argsort");
  return symbolic::op(
      "Argsort", [&](Config& a) { Describe{a}("axis", to_config(axis)); },
      [axis](const Tensor& t) { return argsort_body(t, axis); }, x);
}
Tensor argpartition(const Tensor& x, int kth, std::optional<int> axis) {
  check_defined(x, "argpartition");
  // A whole sort puts every element in its place, the kth too.
  return symbolic::op(
      "Argpartition", [&](Config& a) { Describe{a}("kth", kth)("axis", to_config(axis)); },
      [axis](const Tensor& t) { return argsort_body(t, axis); }, x);
}
std::pair<Tensor, Tensor> top_k(const Tensor& x, int64_t k, bool sorted) {
  check_defined(x, "top_k");
  check(x.rank() > 0 && k >= 0 && (x.shape().back() == -1 || k <= x.shape().back()),
        "[top_k] input must have at least k columns. Received: k=", k, ", x.shape=", x.shape());
  const Tensors out = symbolic::op_list(
      "TopK", [&](Config& a) { Describe{a}("k", k)("sorted", sorted); },
      [k](const Tensors& in) {
        const Tensor& t = in[0];
        Shape shape = t.shape();
        shape[t.rank() - 1] = k;
        if (t.is_symbolic())
          return Tensors{symbolic_result(shape, t.dtype()), symbolic_result(shape, DType::int32)};
        const auto [values, indices] = backend().top_k(t, k);
        if (autodiff::recording(t)) return Tensors{gather_along(t, indices, t.rank() - 1), indices};
        return Tensors{values, indices};
      },
      {x});
  return {out[0], out[1]};
}
Tensor in_top_k(const Tensor& targets, const Tensor& predictions, int64_t k) {
  check_defined(targets, "in_top_k");
  check_defined(predictions, "in_top_k");
  return symbolic::op(
      "InTopK", [&](Config& a) { Describe{a}("k", k); },
      [k](const Tensor& t, const Tensor& p) {
        check(p.rank() == 2 && t.rank() == 1,
              "[in_top_k] predictions must be 2-d and targets 1-d. Received: predictions.shape=",
              p.shape(), ", targets.shape=", t.shape());
        if (any_symbolic(t, p)) return symbolic_result(t.shape(), DType::bool_);
        check(t.shape()[0] == p.shape()[0], "[in_top_k] first dimension of predictions ",
              p.shape()[0], " must match length of targets ", t.shape()[0]);
        // A target outside of the classes, or a prediction that is not finite, is not among the k.
        const int64_t classes = p.shape()[1];
        const Tensor index = is_integer(t.dtype()) ? t : as_dtype(t, DType::int32);
        const Tensor valid = logical_and(greater_equal(index, 0), less(index, classes));
        const Tensor at = expand_dims(where(valid, index, 0), 1);
        const Tensor score = take_along_axis(p, at, 1);
        const Tensor better = sum(as_dtype(greater(p, score), DType::int32), 1);
        return logical_and(logical_and(valid, isfinite(squeeze(score, 1))), less(better, k));
      },
      targets, predictions);
}

namespace {

/// How many values there are is known only with `size`.
Tensors unique_spec(const Tensor& x, const UniqueOptions& options) {
  const Shape found = {options.size.value_or(Shape::unknown)};
  Shape values = found, inverse = x.shape();
  if (options.axis) {
    const int axis = canonical_axis(*options.axis, x.rank(), "unique");
    values = x.shape();
    values[axis] = found[0];
    inverse = {x.shape()[axis]};
  }
  Tensors out{symbolic_result(values, x.dtype())};
  if (options.return_index) out.push_back(symbolic_result(found, DType::int32));
  if (options.return_inverse) out.push_back(symbolic_result(inverse, DType::int32));
  if (options.return_counts) out.push_back(symbolic_result(found, DType::int32));
  return out;
}

Tensors unique_body(const Tensor& x, const UniqueOptions& options) {
  const bool flat = !options.axis;
  const Tensor front = flat ? reshape(x, {-1}) : moveaxis(x, *options.axis, 0);
  const int64_t n = front.shape()[0], length = n == 0 ? 0 : front.size() / n;
  const std::vector<double> values = front.to_vector<double>();

  std::map<std::vector<double>, int64_t> ids;  // by value, numbered by appearance
  std::vector<int64_t> first, counts, inverse;
  for (int64_t i = 0; i < n; ++i) {
    const auto begin = values.begin() + i * length;
    const auto [it, is_new] = ids.try_emplace(std::vector<double>(begin, begin + length),
                                              static_cast<int64_t>(first.size()));
    if (is_new) {
      first.push_back(i);
      counts.push_back(0);
    }
    ++counts[static_cast<size_t>(it->second)];
    inverse.push_back(it->second);
  }
  std::vector<int64_t> order;  // of the results, as numbers by appearance
  if (options.sorted) {
    for (const auto& [value, id] : ids) order.push_back(id);
  } else {
    order.resize(first.size());
    std::iota(order.begin(), order.end(), 0);
  }
  std::vector<int64_t> place(order.size());
  for (size_t i = 0; i < order.size(); ++i)
    place[static_cast<size_t>(order[i])] = static_cast<int64_t>(i);
  for (int64_t& i : inverse) i = place[static_cast<size_t>(i)];
  if (options.size)
    order.resize(
        static_cast<size_t>(std::min<int64_t>(*options.size, static_cast<int64_t>(order.size()))));

  std::vector<int64_t> index, count;
  for (int64_t id : order) {
    index.push_back(first[static_cast<size_t>(id)]);
    count.push_back(counts[static_cast<size_t>(id)]);
  }
  Tensor y = gather_axis(front, Tensor::from(index), 0);
  if (options.size && *options.size > static_cast<int64_t>(order.size())) {
    const int64_t missing = *options.size - static_cast<int64_t>(order.size());
    y = concatenate({y, Tensor::full(Shape{missing} + y.shape().slice(1),
                                     options.fill_value.value_or(0), y.dtype())},
                    0);
    index.resize(static_cast<size_t>(*options.size), 1);
    count.resize(static_cast<size_t>(*options.size), 0);
  }
  const auto as_int32 = [](const std::vector<int64_t>& v) {
    return as_dtype(Tensor::from(v), DType::int32);
  };
  Tensors out{flat ? y : moveaxis(y, 0, *options.axis)};
  if (options.return_index) out.push_back(as_int32(index));
  if (options.return_inverse)
    out.push_back(flat ? view(as_int32(inverse), x.shape()) : as_int32(inverse));
  if (options.return_counts) out.push_back(as_int32(count));
  return out;
}

}  // namespace

Tensors unique(const Tensor& x, const UniqueOptions& options) {
  check_defined(x, "unique");
  return symbolic::op_list(
      "Unique",
      [&](Config& a) {
        Describe{a}("sorted", options.sorted)("return_index", options.return_index)(
            "return_inverse", options.return_inverse)("return_counts", options.return_counts)(
            "axis", to_config(options.axis))("size", to_config(options.size))(
            "fill_value", to_config(options.fill_value));
      },
      [options](const Tensors& in) {
        return in[0].is_symbolic() ? unique_spec(in[0], options) : unique_body(in[0], options);
      },
      {x});
}

}  // namespace kcpp::ops
