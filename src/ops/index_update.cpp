// Placing by index: scatter, updates of slices, segments, bincount.
#include <algorithm>
#include <limits>

#include "kcpp/ops/create.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/ops/describe.h"
#include "src/ops/indices.h"
#include "src/ops/movement.h"

namespace kcpp::ops {

using namespace detail;

namespace detail {
namespace {

Tensor index_tensor(const std::vector<int64_t>& values) { return Tensor::from(values); }

/// x with rows replaced; every target occurs once at most.
Tensor replace_rows(const Tensor& x, const Tensor& updates, const std::vector<int64_t>& targets) {
  // Each row of the result is a row of x or of the updates: one gather from both.
  const int64_t rows = x.shape()[0];
  std::vector<int64_t> source(static_cast<size_t>(rows));
  for (int64_t i = 0; i < rows; ++i) source[static_cast<size_t>(i)] = i;
  for (size_t i = 0; i < targets.size(); ++i) {
    if (targets[i] >= 0) source[static_cast<size_t>(targets[i])] = rows + static_cast<int64_t>(i);
  }
  return gather_axis(concatenate({x, updates}, 0), index_tensor(source), 0);
}

Tensor combine(RowReduction reduction, const Tensor& a, const Tensor& b) {
  switch (reduction) {
    case RowReduction::maximum:
      return maximum(a, b);
    case RowReduction::minimum:
      return minimum(a, b);
    case RowReduction::multiply:
      return a * b;
    default:
      return a + b;
  }
}

}  // namespace

Tensor update_rows(const Tensor& x, const Tensor& updates, const std::vector<int64_t>& targets,
                   RowReduction reduction) {
  if (reduction == RowReduction::replace)
    return replace_rows(x, updates, targets);  // the last of several wins
  if (reduction == RowReduction::add) {
    // Rows to drop go to one more row, which is cut off.
    const int64_t rows = x.shape()[0];
    std::vector<int64_t> to = targets;
    for (int64_t& t : to) t = t < 0 ? rows : t;
    return x + slice_axis(scatter_axis(updates, index_tensor(to), {rows + 1, x.shape()[1]}, 0), 0,
                          0, rows);
  }
  // The first update of every row, then the second ...
  std::vector<int> seen(static_cast<size_t>(x.shape()[0]));
  std::vector<std::vector<int64_t>> rounds;
  for (size_t i = 0; i < targets.size(); ++i) {
    if (targets[i] < 0) continue;
    const auto round = static_cast<size_t>(seen[static_cast<size_t>(targets[i])]++);
    if (round == rounds.size()) rounds.emplace_back();
    rounds[round].push_back(static_cast<int64_t>(i));
  }
  Tensor y = x;
  for (const std::vector<int64_t>& members : rounds) {
    std::vector<int64_t> to;
    for (int64_t m : members) to.push_back(targets[static_cast<size_t>(m)]);
    const Tensor rows = gather_axis(y, index_tensor(to), 0),
                 with = gather_axis(updates, index_tensor(members), 0);
    y = replace_rows(y, combine(reduction, rows, with), to);
  }
  return y;
}

}  // namespace detail

namespace {

/// Indices (.., k) into the first k axes of `shape` as numbers of rows, the rows being the axes
/// behind.
std::vector<int64_t> flat_rows(const Tensor& indices, const Shape& shape, const char* op) {
  check(indices.rank() >= 1 && indices.shape().back() <= shape.rank(), "[", op,
        "] the last axis of indices has one index an axis of shape, ", shape.rank(),
        " at most. Received: indices.shape=", indices.shape(), ", shape=", shape);
  const int64_t k = indices.shape().back();
  const std::vector<int64_t> values = indices.to_vector<int64_t>();
  std::vector<int64_t> rows(values.size() / static_cast<size_t>(std::max<int64_t>(k, 1)));
  for (size_t i = 0; i < rows.size(); ++i) {
    for (int64_t j = 0; j < k; ++j) {
      const int64_t at = values[i * static_cast<size_t>(k) + static_cast<size_t>(j)],
                    length = shape[static_cast<int>(j)];
      check<IndexError>(at >= 0 && at < length, "[", op, "] indices[", i, "] = ", at,
                        " is not in [0, ", length, ") of axis ", j);
      rows[i] = rows[i] * length + at;
    }
  }
  return rows;
}

/// {number of rows, length of a row} when the first k axes count rows.
std::pair<int64_t, int64_t> row_counts(const Shape& shape, int64_t k) {
  const int at = static_cast<int>(k);
  return {shape.slice(0, at).size(), shape.slice(at).size()};
}

Tensor updated(const Tensor& x, const Tensor& indices, const Tensor& values, RowReduction reduction,
               const char* op) {
  const std::vector<int64_t> rows = flat_rows(indices, x.shape(), op);
  const auto [count, length] = row_counts(x.shape(), indices.shape().back());
  const Shape expected = indices.shape().slice(0, indices.rank() - 1) +
                         x.shape().slice(static_cast<int>(indices.shape().back()));
  check(values.shape() == expected, "[", op,
        "] updates must have shape indices.shape[:-1] + shape[indices.shape[-1]:] = ", expected,
        ". Received: shape=", values.shape());
  const Tensor updates =
      view(as_dtype(values, x.dtype()), {static_cast<int64_t>(rows.size()), length});
  return view(update_rows(view(x, {count, length}), updates, rows, reduction), x.shape());
}

RowReduction reduction_of(const std::string& name) {
  if (name.empty()) return RowReduction::replace;
  if (name == "add") return RowReduction::add;
  if (name == "max") return RowReduction::maximum;
  if (name == "min") return RowReduction::minimum;
  if (name == "mul") return RowReduction::multiply;
  throw ValueError(
      "[scatter_update] reduction must be one of None, 'add', 'max', 'min', 'mul'. Received: "
      "reduction='" +
      name + "'");
}

/// shape with -1 as all that is left behind the start.
Shape block_shape(const Shape& x, const Shape& start, const Shape& shape, const char* op) {
  check(start.rank() == x.rank() && shape.rank() == x.rank(), "[", op,
        "] start_indices and shape must have one number an axis. ", "Received: inputs.shape=", x,
        ", start_indices=", start.to_vector(), ", shape=", shape);
  Shape out = shape;
  for (int i = 0; i < x.rank(); ++i) {
    if (x[i] == -1) continue;
    if (out[i] == -1) out[i] = x[i] - start[i];
    check(start[i] >= 0 && out[i] >= 0 && start[i] + out[i] <= x[i], "[", op,
          "] the block is outside of the tensor. Received: ", "inputs.shape=", x,
          ", start_indices=", start.to_vector(), ", shape=", shape);
  }
  return out;
}

/// Reduces rows of data by segment; empty segments hold `empty`.
Tensor segment(const char* class_name, const char* name, const Tensor& data, const Tensor& ids,
               std::optional<int64_t> num, bool sorted, RowReduction reduction) {
  check_defined(data, name);
  check_defined(ids, name);
  check(!sorted || !num,
        "Argument `num_segments` cannot be set when sorted is True when using the tensorflow "
        "backend. "
        "Received: num_segments=",
        num.value_or(0), ", sorted=True.");
  check(ids.rank() == 1, "Argument `segment_ids` should be an 1-D vector, got shape: ", ids.shape(),
        ". Consider either flatten input with segment_ids.reshape((-1)) and data.reshape((-1, ) + "
        "data.shape[len(segment_ids.shape):]) "
        "or vectorize with vmap.");
  return symbolic::op(
      class_name, [&](Config& a) { Describe{a}("num_segments", to_config(num))("sorted", sorted); },
      [=](const Tensor& x, const Tensor& segment_ids) {
        if (any_symbolic(x, segment_ids)) {
          return symbolic_result(Shape{num.value_or(-1)} + x.shape().slice(1), x.dtype());
        }
        check(x.rank() >= 1 && x.shape()[0] == segment_ids.shape()[0], "[", name,
              "] data and segment_ids must have the same length. ",
              "Received: data.shape=", x.shape(), ", segment_ids.shape=", segment_ids.shape());
        std::vector<int64_t> targets = segment_ids.to_vector<int64_t>();
        int64_t count = num.value_or(0);
        if (!num) {
          for (int64_t t : targets) count = std::max(count, t + 1);
        }
        for (int64_t& t : targets) {
          if (t >= count) t = -1;  // dropped, as TensorFlow does
        }
        const Shape shape = Shape{count} + x.shape().slice(1);
        const int64_t length = x.shape().slice(1).size();
        double initial = reduction == RowReduction::multiply ? 1 : 0;
        if (reduction == RowReduction::maximum || reduction == RowReduction::minimum) {
          const double high = x.dtype() == DType::float64   ? std::numeric_limits<double>::max()
                              : x.dtype() == DType::float16 ? 65504.0
                              : is_floating(x.dtype())      ? std::numeric_limits<float>::max()
                              : x.dtype() == DType::int64   ? 0x1.fffffffffffffp62
                                                            : std::numeric_limits<int32_t>::max();
          initial = reduction == RowReduction::maximum ? -high : high;
        }
        const Tensor base = Tensor::full({count, length}, initial, x.dtype());
        return view(update_rows(base, view(x, {x.shape()[0], length}), targets, reduction), shape);
      },
      data, ids);
}

}  // namespace

Tensor scatter(const Tensor& indices, const Tensor& values, const Shape& shape) {
  check_defined(indices, "scatter");
  check_defined(values, "scatter");
  return symbolic::op(
      "Scatter", [&](Config& a) { Describe{a}("shape", to_config(shape)); },
      [shape](const Tensor& i, const Tensor& v) {
        if (any_symbolic(i, v)) return symbolic_result(shape, v.dtype());
        return updated(Tensor::zeros(shape, v.dtype()), i, v, RowReduction::add, "scatter");
      },
      indices, values);
}
Tensor scatter_update(const Tensor& inputs, const Tensor& indices, const Tensor& updates,
                      const std::string& reduction) {
  check_defined(inputs, "scatter_update");
  check_defined(indices, "scatter_update");
  check_defined(updates, "scatter_update");
  const RowReduction kind = reduction_of(reduction);
  return symbolic::op(
      "ScatterUpdate",
      [&](Config& a) {
        Describe{a}("reduction", reduction.empty() ? Config() : Config(reduction));
      },
      [kind](const Tensor& x, const Tensor& i, const Tensor& v) {
        if (any_symbolic(x, i, v)) return symbolic_result(x.shape(), x.dtype());
        return updated(x, i, v, kind, "scatter_update");
      },
      inputs, indices, updates);
}
Tensor slice(const Tensor& inputs, const Shape& start_indices, const Shape& shape) {
  check_defined(inputs, "slice");
  return symbolic::op(
      "Slice",
      [&](Config& a) {
        Describe{a}("shape", to_config(shape));
        a["args"] = Config::list({tensor_input(0), to_config(start_indices)});
      },
      [=](const Tensor& x) {
        return slice_block(x, start_indices, block_shape(x.shape(), start_indices, shape, "slice"),
                           Shape::filled(x.rank(), 1));
      },
      inputs);
}
Tensor slice_update(const Tensor& inputs, const Shape& start_indices, const Tensor& updates) {
  check_defined(inputs, "slice_update");
  check_defined(updates, "slice_update");
  return symbolic::op(
      "SliceUpdate",
      [&](Config& a) {
        a["args"] = Config::list({tensor_input(0), to_config(start_indices), tensor_input(1)});
      },
      [=](const Tensor& x, const Tensor& given) {
        const Shape block = block_shape(x.shape(), start_indices, given.shape(), "slice_update");
        if (any_symbolic(x, given)) return symbolic_result(x.shape(), x.dtype());
        const Tensor v = as_dtype(given, x.dtype());
        const Shape ones = Shape::filled(x.rank(), 1);
        const Tensor inside = backend().slice_grad(Tensor::ones(block, DType::float32), x.shape(),
                                                   start_indices, ones);
        return where(as_dtype(inside, DType::bool_),
                     unslice_block(v, x.shape(), start_indices, ones), x);
      },
      inputs, updates);
}

Tensor segment_sum(const Tensor& data, const Tensor& segment_ids,
                   std::optional<int64_t> num_segments, bool sorted) {
  return segment("SegmentSum", "segment_sum", data, segment_ids, num_segments, sorted,
                 RowReduction::add);
}
Tensor segment_prod(const Tensor& data, const Tensor& segment_ids,
                    std::optional<int64_t> num_segments, bool sorted) {
  return segment("SegmentProd", "segment_prod", data, segment_ids, num_segments, sorted,
                 RowReduction::multiply);
}
Tensor segment_max(const Tensor& data, const Tensor& segment_ids,
                   std::optional<int64_t> num_segments, bool sorted) {
  return segment("SegmentMax", "segment_max", data, segment_ids, num_segments, sorted,
                 RowReduction::maximum);
}
Tensor segment_min(const Tensor& data, const Tensor& segment_ids,
                   std::optional<int64_t> num_segments, bool sorted) {
  return segment("SegmentMin", "segment_min", data, segment_ids, num_segments, sorted,
                 RowReduction::minimum);
}

Tensor bincount(const Tensor& x, const Tensor& weights, int64_t minlength) {
  check_defined(x, "bincount");
  check(x.rank() == 1 || x.rank() == 2,
        "[bincount] x must be 1-d or 2-d. Received: x.shape=", x.shape());
  const bool weighted = weights.defined();
  Tensors inputs{x};
  if (weighted) inputs.push_back(weights);
  return symbolic::op_list(
      "Bincount",
      [&](Config& a) {
        Describe{a}("weights", weighted ? tensor_input(1) : Config())("minlength", minlength)(
            "sparse", false);
        a["args"] = tensor_inputs(0, 1);
      },
      [=](const Tensors& in) {
        const Tensor& t = in[0];
        const DType dtype = weighted ? result_of(t, in[1]) : DType::int32;
        const Shape lead = t.shape().slice(0, t.rank() - 1);
        if (any_symbolic(in)) return Tensors{symbolic_result(lead + Shape{-1}, dtype)};
        std::vector<int64_t> targets = t.to_vector<int64_t>();
        int64_t bins = minlength;
        for (int64_t v : targets) {
          check(v >= 0, "[bincount] x must not have negative values. Received: ", v);
          check(v < std::numeric_limits<int64_t>::max(),
                "[bincount] x is out of range. Received: ", v);
          bins = std::max(bins, v + 1);
        }
        const int64_t all = Shape{lead.size(), bins}.size();  // throws when it overflows
        const int64_t row = t.rank() == 2 ? t.shape()[1] : std::max<int64_t>(t.size(), 1);
        for (size_t i = 0; i < targets.size(); ++i)
          targets[i] += static_cast<int64_t>(i) / row * bins;
        check(!weighted || in[1].shape() == t.shape(), "[bincount] weights must have x's shape, ",
              t.shape(), ". Received: shape=", weighted ? in[1].shape() : Shape{});
        const Tensor amounts = weighted ? as_dtype(in[1], dtype) : Tensor::ones(t.shape(), dtype);
        const Tensor flat = update_rows(Tensor::zeros({all, 1}, dtype),
                                        view(amounts, {t.size(), 1}), targets, RowReduction::add);
        return Tensors{view(flat, lead + Shape{bins})};
      },
      inputs)[0];
}

}  // namespace kcpp::ops
