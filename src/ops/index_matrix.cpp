// Triangles, diagonals, grids, and searches by value.
#include <algorithm>

#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/ops/describe.h"
#include "src/ops/movement.h"

namespace kcpp::ops {

using namespace detail;

namespace {

/// x where the triangle is, else 0.
Tensor triangle(const char* class_name, const char* name, const Tensor& x, int k, bool lower) {
  check_defined(x, name);
  check(x.rank() >= 2, "[", name,
        "] x must have at least 2 dimensions. Received: x.shape=", x.shape());
  return symbolic::op(
      class_name, [&](Config& a) { Describe{a}("k", k); },
      [=](const Tensor& t) {
        if (t.is_symbolic()) return symbolic_result(t.shape(), t.dtype());
        const int64_t rows = t.shape()[t.rank() - 2], columns = t.shape().back();
        Tensor inside = Tensor::empty({rows, columns}, DType::bool_);
        auto out = inside.mutable_data<bool>();
        for (int64_t i = 0; i < rows; ++i) {
          for (int64_t j = 0; j < columns; ++j)
            out[static_cast<size_t>(i * columns + j)] = lower ? j - i <= k : j - i >= k;
        }
        return t.dtype() == DType::bool_ ? logical_and(inside, t) : where(inside, t, 0);
      },
      x);
}

/// A square matrix with the vector on diagonal k.
Tensor diagonal_matrix(const Tensor& x, int k) {
  if (x.shape()[0] == -1) return symbolic_result({-1, -1}, x.dtype());
  const int64_t n = x.shape()[0] + std::abs(k);
  if (x.is_symbolic()) return symbolic_result({n, n}, x.dtype());
  if (x.size() == 0) return Tensor::zeros({n, n}, x.dtype());
  const bool boolean = x.dtype() == DType::bool_;
  // Element i stands at start + i (n + 1) of the flat matrix.
  const Tensor flat = unslice_block(boolean ? as_dtype(x, DType::uint8) : x, {n * n},
                                    {k >= 0 ? k : -k * n}, {n + 1});
  const Tensor y = view(flat, {n, n});
  return boolean ? as_dtype(y, DType::bool_) : y;
}

Tensor diagonal_body(const Tensor& x, int offset, int axis1, int axis2) {
  check(x.rank() >= 2,
        "`diagonal` requires an array of at least two dimensions, but `x` is of shape ", x.shape(),
        ".");
  const int a1 = canonical_axis(axis1, x.rank(), "diagonal"),
            a2 = canonical_axis(axis2, x.rank(), "diagonal");
  check(a1 != a2, "`axis1` and `axis2` cannot be the same. Received: axis1=", axis1,
        ", axis2=", axis2);
  const Tensor moved = moveaxis(x, {a1, a2}, {-2, -1});
  const int64_t rows = moved.shape()[x.rank() - 2], columns = moved.shape().back();
  const int64_t count = std::max<int64_t>(
      offset >= 0 ? std::min(rows, columns - offset) : std::min(rows + offset, columns), 0);
  const Shape lead = moved.shape().slice(0, x.rank() - 2);
  if (x.is_symbolic())
    return symbolic_result(lead + Shape{rows == -1 || columns == -1 ? -1 : count}, x.dtype());
  const Tensor flat = view(moved, lead + Shape{rows * columns});
  Shape starts = Shape::filled(flat.rank(), 0), strides = Shape::filled(flat.rank(), 1);
  starts[flat.rank() - 1] = count == 0 ? 0 : offset >= 0 ? offset : -offset * columns;
  strides[flat.rank() - 1] = columns + 1;
  return slice_block(flat, starts, lead + Shape{count}, strides);
}

/// Per value its place in the sorted sequence, counted with `before(element, value)`.
template <class Before>
Tensor places(const Tensor& values, const std::vector<double>& sorted, Before before) {
  Tensor out = Tensor::empty(values.shape(), DType::int32);
  auto place = out.mutable_data<int32_t>().begin();
  for (double v : values.to_vector<double>()) {
    const auto it =
        std::partition_point(sorted.begin(), sorted.end(), [&](double e) { return before(e, v); });
    *place++ = static_cast<int32_t>(it - sorted.begin());
  }
  return out;
}

Tensors nonzero_body(const Tensor& x) {
  if (x.is_symbolic()) {
    Tensors out;
    for (int axis = 0; axis < x.rank(); ++axis)
      out.push_back(symbolic_result({Shape::unknown}, DType::int32));  // how many, nobody knows
    return out;
  }
  const std::vector<double> values = x.to_vector<double>();
  std::vector<int64_t> found;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] != 0) found.push_back(static_cast<int64_t>(i));
  }
  Tensors out(static_cast<size_t>(x.rank()));
  int64_t stride = 1;
  for (int axis = x.rank() - 1; axis >= 0; --axis) {
    Tensor& column = out[static_cast<size_t>(axis)];
    column = Tensor::empty({static_cast<int64_t>(found.size())}, DType::int32);
    auto to = column.mutable_data<int32_t>().begin();
    for (int64_t f : found) *to++ = static_cast<int32_t>(f / stride % x.shape()[axis]);
    stride *= x.shape()[axis];
  }
  return out;
}

}  // namespace

Tensor tril(const Tensor& x, int k) { return triangle("Tril", "tril", x, k, true); }
Tensor triu(const Tensor& x, int k) { return triangle("Triu", "triu", x, k, false); }
Tensor diag(const Tensor& x, int k) {
  check_defined(x, "diag");
  check(x.rank() == 1 || x.rank() == 2, "`x` must be 1-D or 2-D, but received shape ", x.shape(),
        ".");
  return symbolic::op(
      "Diag", [&](Config& a) { Describe{a}("k", k); },
      [k](const Tensor& t) {
        return t.rank() == 1 ? diagonal_matrix(t, k) : diagonal_body(t, k, 0, 1);
      },
      x);
}
Tensor diagonal(const Tensor& x, int offset, int axis1, int axis2) {
  check_defined(x, "diagonal");
  return symbolic::op(
      "Diagonal", [&](Config& a) { Describe{a}("offset", offset)("axis1", axis1)("axis2", axis2); },
      [=](const Tensor& t) { return diagonal_body(t, offset, axis1, axis2); }, x);
}
Tensor diagflat(const Tensor& x, int k) {
  check_defined(x, "diagflat");
  return symbolic::op(
      "Diagflat", [&](Config& a) { Describe{a}("k", k); },
      [k](const Tensor& t) { return diagonal_matrix(reshape(t, {-1}), k); }, x);
}
Tensors meshgrid(const Tensors& x, const std::string& indexing) {
  check(indexing == "xy" || indexing == "ij",
        "Valid values for `indexing` are 'xy' and 'ij', but received ", indexing, ".");
  for (const Tensor& t : x) check_defined(t, "meshgrid");
  return symbolic::op_list(
      "Meshgrid", [&](Config& a) { Describe{a}("indexing", indexing); },
      [=](const Tensors& in) {
        const bool swap = indexing == "xy" && in.size() > 1;
        const auto axis_of = [&](int i) { return swap && i < 2 ? 1 - i : i; };
        const int n = static_cast<int>(in.size());
        Shape shape = Shape::filled(n, 1);
        for (int i = 0; i < n; ++i)
          shape[axis_of(i)] =
              in[static_cast<size_t>(i)].rank() == 0 ? 1 : size(in[static_cast<size_t>(i)]);
        Tensors grids;
        for (int i = 0; i < n; ++i) {
          const Tensor& t = in[static_cast<size_t>(i)];
          if (any_symbolic(in)) {
            grids.push_back(symbolic_result(shape, t.dtype()));
            continue;
          }
          Shape line = Shape::filled(n, 1);
          line[axis_of(i)] = t.size();
          grids.push_back(broadcast_to(view(t, line), shape));
        }
        return grids;
      },
      x);
}

Tensors nonzero(const Tensor& x) {
  check_defined(x, "nonzero");
  check(x.rank() > 0, "[nonzero] a scalar has no indices.");
  return symbolic::op_list("Nonzero", symbolic::no_arguments,
                           [](const Tensors& in) { return nonzero_body(in[0]); }, {x});
}
Tensors where(const Tensor& condition) { return nonzero(condition); }
Tensors unravel_index(const Tensor& indices, const Shape& shape) {
  check_defined(indices, "unravel_index");
  check(shape.is_static(), "`shape` argument cannot contain `None`. Received: shape=", shape);
  return symbolic::op_list(
      "UnravelIndex", [&](Config& a) { Describe{a}("shape", to_config(shape)); },
      [shape](const Tensors& in) {
        Tensors out(static_cast<size_t>(shape.rank()));
        Tensor rest = in[0];
        for (int axis = shape.rank() - 1; axis >= 0; --axis) {
          const Tensor length = Tensor::scalar(static_cast<double>(shape[axis]), rest.dtype());
          out[static_cast<size_t>(axis)] = mod(rest, length);
          rest = floor_divide(rest, length);
        }
        return out;
      },
      {indices});
}
Tensor searchsorted(const Tensor& sorted_sequence, const Tensor& values, const std::string& side) {
  check_defined(sorted_sequence, "searchsorted");
  check_defined(values, "searchsorted");
  check(side == "left" || side == "right",
        "[searchsorted] side must be 'left' or 'right'. Received: side='", side, "'");
  check(sorted_sequence.rank() == 1,
        "`searchsorted` only supports 1-D sorted sequences. You can use `keras.ops.vectorized_map` "
        "to extend it to N-D sequences. Received: sorted_sequence.shape=",
        sorted_sequence.shape());
  return symbolic::op(
      "SearchSorted", [&](Config& a) { Describe{a}("side", side); },
      [left = side == "left"](const Tensor& sequence, const Tensor& v) {
        if (any_symbolic(sequence, v)) return symbolic_result(v.shape(), DType::int32);
        const std::vector<double> sorted = sequence.to_vector<double>();
        return left ? places(v, sorted, [](double e, double x) { return e < x; })
                    : places(v, sorted, [](double e, double x) { return e <= x; });
      },
      sorted_sequence, values);
}
Tensor digitize(const Tensor& x, const Tensor& bins) {
  check_defined(x, "digitize");
  check_defined(bins, "digitize");
  check(bins.rank() == 1,
        "`bins` must be a 1D array. Received: bins with shape bins.shape=", bins.shape());
  return symbolic::op(
      "Digitize", [](Config& a) { a.set("constants", "__numpy__"); },  // Keras iterates over bins
      [](const Tensor& t, const Tensor& edges) {
        if (any_symbolic(t, edges)) return symbolic_result(t.shape(), DType::int32);
        return places(t, edges.to_vector<double>(), [](double e, double v) { return e <= v; });
      },
      x, bins);
}
Tensor isin(const Tensor& x1, const Tensor& x2, bool assume_unique, bool invert) {
  check_defined(x1, "isin");
  check_defined(x2, "isin");
  return symbolic::op(
      "IsIn", [&](Config& a) { Describe{a}("assume_unique", assume_unique)("invert", invert); },
      [invert](const Tensor& a, const Tensor& b) {
        const Tensor found = any(equal(expand_dims(a, -1), reshape(b, {-1})), -1);
        return invert ? logical_not(found) : found;
      },
      x1, x2);
}

}  // namespace kcpp::ops
