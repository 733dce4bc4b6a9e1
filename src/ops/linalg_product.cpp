// Products of vectors, matrices and tensors.
#include <algorithm>
#include <numeric>

#include "kcpp/ops/index.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/ops/describe.h"
#include "src/ops/movement.h"
#include "src/ops/product.h"

namespace kcpp::ops {

using namespace detail;
using symbolic::no_arguments;

namespace detail {
namespace {

Shape product_shape(const Shape& a, const Shape& b, bool transpose_a, bool transpose_b) {
  const int ra = a.rank(), rb = b.rank();
  const int64_t m = a[transpose_a ? ra - 1 : ra - 2], k = a[transpose_a ? ra - 2 : ra - 1];
  const int64_t k2 = b[transpose_b ? rb - 1 : rb - 2], n = b[transpose_b ? rb - 2 : rb - 1];
  check(k == k2 || k == -1 || k2 == -1,
        "[matmul] Inner dimensions (`x1.shape[-1]` and `x2.shape[-2]`) must be equal, but "
        "received x1.shape=",
        a, " and x2.shape=", b, ".");
  Shape batch = ra == 2 && rb == 2
                    ? Shape{}
                    : broadcast_shapes(a.slice(0, ra - 2), b.slice(0, rb - 2), "matmul");
  batch.push_back(m);
  batch.push_back(n);
  return batch;
}

/// x [.., R, C] as [rows, C].
Tensor rows_of(const Tensor& x) {
  return view(x, {x.size() / std::max<int64_t>(x.shape().back(), 1), x.shape().back()});
}

}  // namespace

Tensor matrix_product(const Tensor& a, const Tensor& b, bool ta, bool tb) {
  const Shape shape = product_shape(a.shape(), b.shape(), ta, tb);
  if (any_symbolic(a, b)) return symbolic_result(shape, a.dtype());
  Tensor y = backend().matmul(a, b, ta, tb);
  if (autodiff::recording(a, b) && is_floating(a.dtype())) {
    // Each gradient needs the other operand only.
    autodiff::record(
        "matmul", {&a, &b}, y,
        [a = b.impl()->node ? a : Tensor(), b = a.impl()->node ? b : Tensor(), shape_a = a.shape(),
         shape_b = b.shape(), ta, tb](Vjp& v) {
          const Tensor& dy = v.grad();
          if (v.needs(0)) {
            v.set(0, sum_to_shape(
                         ta ? matrix_product(b, dy, tb, true) : matrix_product(dy, b, false, !tb),
                         shape_a));
          }
          if (!v.needs(1)) return;
          if (shape_b.rank() == 2 && shape_a.rank() > 2 && !ta && a.size() > 0) {
            // One product over all rows instead of a batch of products summed up.
            const Tensor x = rows_of(a), g = rows_of(dy);
            v.set(1, tb ? matrix_product(g, x, true, false) : matrix_product(x, g, true, false));
          } else {
            v.set(1, sum_to_shape(
                         tb ? matrix_product(dy, a, true, ta) : matrix_product(a, dy, !ta, false),
                         shape_b));
          }
        });
  }
  return y;
}

Tensor contract(const Tensor& a, const Tensor& b, const std::vector<int>& axes_a,
                const std::vector<int>& axes_b, const char* op) {
  Shape free_shape;
  std::vector<int> order_a, order_b(axes_b);
  int64_t rows = 1, columns = 1, inner = 1;
  const auto free_axis = [&](const Tensor& t, const std::vector<int>& axes, int i, int64_t& size) {
    if (std::find(axes.begin(), axes.end(), i) != axes.end()) return false;
    free_shape.push_back(t.shape()[i]);
    size *= t.shape()[i];
    return true;
  };
  for (int i = 0; i < a.rank(); ++i) {
    if (free_axis(a, axes_a, i, rows)) order_a.push_back(i);
  }
  order_a.insert(order_a.end(), axes_a.begin(), axes_a.end());
  for (int i = 0; i < b.rank(); ++i) {
    if (free_axis(b, axes_b, i, columns)) order_b.push_back(i);
  }
  for (size_t k = 0; k < axes_a.size(); ++k) {
    const int64_t da = a.shape()[axes_a[k]], db = b.shape()[axes_b[k]];
    check(da == db || da == -1 || db == -1, "[", op,
          "] the summed axes must have the same length. Received: x1.shape=", a.shape(), " (axis ",
          axes_a[k], ") and x2.shape=", b.shape(), " (axis ", axes_b[k], ").");
    inner *= da;
  }
  if (any_symbolic(a, b)) return symbolic_result(free_shape, a.dtype());
  const Tensor left = view(permute(a, order_a), {rows, inner}),
               right = view(permute(b, order_b), {inner, columns});
  return view(matrix_product(left, right, false, false), free_shape);
}

}  // namespace detail

namespace {

void check_both(const Tensor& a, const Tensor& b, const char* op) {
  check_defined(a, op);
  check_defined(b, op);
}

Tensor matmul_body(const Tensor& x1, const Tensor& x2) {
  const DType dtype = product_dtype(x1, x2);
  // Booleans multiply as numbers and the sum is true when it is not 0.
  const DType compute = dtype == DType::bool_ ? DType::int32 : dtype;
  Tensor a = as_dtype(x1, compute), b = as_dtype(x2, compute);
  check(a.rank() > 0 && b.rank() > 0,
        "[matmul] inputs must have at least 1 dimension. Received: x1.shape=", a.shape(),
        ", x2.shape=", b.shape());
  const bool row = a.rank() == 1, column = b.rank() == 1;
  if (!row && !column) [[likely]] {
    const Tensor y = matrix_product(a, b, false, false);
    return dtype == compute ? y : as_dtype(y, dtype);
  }
  if (row) a = expand_dims(a, 0);
  if (column) b = expand_dims(b, -1);
  Tensor y = matrix_product(a, b, false, false);
  Shape shape = y.shape();
  if (column) shape.erase(shape.rank() - 1);
  if (row) shape.erase(shape.rank() - (column ? 1 : 2));
  y = y.is_symbolic() ? symbolic_result(shape, y.dtype()) : view(y, shape);
  return as_dtype(y, dtype);
}

Tensor outer_body(const Tensor& x1, const Tensor& x2) {
  return multiply(expand_dims(reshape(x1, {-1}), 1), expand_dims(reshape(x2, {-1}), 0));
}

/// Both operands in the dtype of their product.
std::pair<Tensor, Tensor> promoted(const Tensor& a, const Tensor& b) {
  const DType dtype = result_of(a, b);
  return {as_dtype(a, dtype), as_dtype(b, dtype)};
}

Tensor tensordot_body(const Tensor& x1, const Tensor& x2, const std::vector<int>& axes_a,
                      const std::vector<int>& axes_b) {
  const auto [a, b] = promoted(x1, x2);
  if (a.dtype() == DType::bool_) {
    return as_dtype(
        contract(as_dtype(a, DType::int32), as_dtype(b, DType::int32), axes_a, axes_b, "tensordot"),
        DType::bool_);
  }
  return contract(a, b, axes_a, axes_b, "tensordot");
}

Tensor cross_body(const Tensor& x1, const Tensor& x2, int axisa, int axisb, int axisc) {
  const auto [p, q] = promoted(x1, x2);
  const int at_a = canonical_axis(axisa, p.rank(), "cross"),
            at_b = canonical_axis(axisb, q.rank(), "cross");
  const int64_t na = p.shape()[at_a], nb = q.shape()[at_b];
  check(na == 2 || na == 3 || na == -1, "`x1`'s dim on `axis=", axisa,
        "` must be either 2 or 3, but received: ", na);
  check(nb == 2 || nb == 3 || nb == -1, "`x2`'s dim on `axis=", axisb,
        "` must be either 2 or 3, but received: ", nb);
  const Tensor a = moveaxis(p, at_a, -1), b = moveaxis(q, at_b, -1);
  if (any_symbolic(a, b)) {
    Shape shape = broadcast_shapes(a.shape().slice(0, a.rank() - 1),
                                   b.shape().slice(0, b.rank() - 1), "cross");
    if (na == 2 && nb == 2) return symbolic_result(shape, a.dtype());
    shape.insert(canonical_axis(axisc, shape.rank() + 1, "cross"), 3);
    return symbolic_result(shape, a.dtype());
  }
  const auto part = [](const Tensor& t, int64_t i) {  // component i, 0 when the vector has only two
    if (i >= t.shape().back()) return Tensor::zeros(t.shape().slice(0, t.rank() - 1), t.dtype());
    return view(slice_axis(t, t.rank() - 1, i, 1), t.shape().slice(0, t.rank() - 1));
  };
  const Tensor z = part(a, 0) * part(b, 1) - part(a, 1) * part(b, 0);
  if (na == 2 && nb == 2) return z;
  const Tensor x = part(a, 1) * part(b, 2) - part(a, 2) * part(b, 1);
  const Tensor y = part(a, 2) * part(b, 0) - part(a, 0) * part(b, 2);
  return stack({x, y, z}, axisc);
}

}  // namespace

Tensor matmul(const Tensor& x1, const Tensor& x2) {
  check_both(x1, x2, "matmul");
  return symbolic::op("Matmul", no_arguments, matmul_body, x1, x2);
}
Tensor dot(const Tensor& x1, const Tensor& x2) {
  check_both(x1, x2, "dot");
  return named_op(
      "Dot",
      [](const Tensor& p, const Tensor& q) {
        if (p.rank() == 0 || q.rank() == 0) return multiply(p, q);
        const bool vector = q.rank() == 1;
        const int64_t da = p.shape().back(), db = q.shape()[vector ? 0 : q.rank() - 2];
        check(da == db || da == -1 || db == -1,
              "Shape must match on the last axis of `x1` and second last axis of `x2` when `x1` is "
              "N-d array while `x2` is M-D, "
              "but received `x1.shape=",
              p.shape(), "` and x2.shape=`", q.shape(), "`.");
        return tensordot_body(p, q, {p.rank() - 1}, {vector ? 0 : q.rank() - 2});
      },
      x1, x2);
}
Tensor inner(const Tensor& x1, const Tensor& x2) {
  check_both(x1, x2, "inner");
  return named_op(
      "Inner",
      [](const Tensor& p, const Tensor& q) {
        if (p.rank() == 0 || q.rank() == 0) return multiply(p, q);
        return tensordot_body(p, q, {p.rank() - 1}, {q.rank() - 1});
      },
      x1, x2);
}
Tensor outer(const Tensor& x1, const Tensor& x2) {
  check_both(x1, x2, "outer");
  return named_op("Outer", outer_body, x1, x2);
}
Tensor vdot(const Tensor& x1, const Tensor& x2) {
  check_both(x1, x2, "vdot");
  return named_op(
      "Vdot",
      [](const Tensor& p, const Tensor& q) {
        return tensordot_body(reshape(p, {-1}), reshape(q, {-1}), {0}, {0});
      },
      x1, x2);
}
Tensor tensordot(const Tensor& x1, const Tensor& x2, int axes) {
  check_both(x1, x2, "tensordot");
  check(axes >= 0 && axes <= x1.rank() && axes <= x2.rank(),
        "[tensordot] axes must be between 0 and the rank of both tensors. Received: axes=", axes,
        ", x1.shape=", x1.shape(), ", x2.shape=", x2.shape());
  return symbolic::op(
      "Tensordot", [&](Config& a) { Describe{a}("axes", axes); },
      [axes](const Tensor& p, const Tensor& q) {
        std::vector<int> of_a(static_cast<size_t>(axes)), of_b(static_cast<size_t>(axes));
        std::iota(of_a.begin(), of_a.end(), p.rank() - axes);
        std::iota(of_b.begin(), of_b.end(), 0);
        return tensordot_body(p, q, of_a, of_b);
      },
      x1, x2);
}
Tensor tensordot(const Tensor& x1, const Tensor& x2, Axes axes1, Axes axes2) {
  check_both(x1, x2, "tensordot");
  check(axes1.size() == axes2.size(), "[tensordot] different numbers of axes. Received: axes=[",
        axes1.to_config(), ", ", axes2.to_config(), "]");
  return symbolic::op(
      "Tensordot",
      [&](Config& a) {
        Describe{a}("axes", Config::list({axes1.to_config(), axes2.to_config()}));
      },
      [=](const Tensor& p, const Tensor& q) {
        std::vector<int> of_a, of_b;
        for (int i : axes1) of_a.push_back(canonical_axis(i, p.rank(), "tensordot"));
        for (int i : axes2) of_b.push_back(canonical_axis(i, q.rank(), "tensordot"));
        return tensordot_body(p, q, of_a, of_b);
      },
      x1, x2);
}
Tensor cross(const Tensor& x1, const Tensor& x2, int axisa, int axisb, int axisc,
             std::optional<int> axis) {
  check_both(x1, x2, "cross");
  return symbolic::op(
      "Cross",
      [&](Config& a) {
        Describe{a}("axisa", axis.value_or(axisa))("axisb", axis.value_or(axisb))(
            "axisc", axis.value_or(axisc));
      },
      [=](const Tensor& p, const Tensor& q) {
        return cross_body(p, q, axis.value_or(axisa), axis.value_or(axisb), axis.value_or(axisc));
      },
      x1, x2);
}
Tensor kron(const Tensor& x1, const Tensor& x2) {
  check_both(x1, x2, "kron");
  return named_op(
      "Kron",
      [](const Tensor& p, const Tensor& q) {
        const int rank = std::max(p.rank(), q.rank());
        const Shape a = Shape::filled(rank - p.rank(), 1) + p.shape(),
                    b = Shape::filled(rank - q.rank(), 1) + q.shape();
        Shape result, wide_a, wide_b;
        for (int i = 0; i < rank; ++i) {
          result.push_back(a[i] == -1 || b[i] == -1 ? -1 : a[i] * b[i]);
          for (int64_t d : {a[i], int64_t{1}}) wide_a.push_back(d);
          for (int64_t d : {int64_t{1}, b[i]}) wide_b.push_back(d);
        }
        if (any_symbolic(p, q)) return symbolic_result(result, result_of(p, q));
        return view(multiply(view(p, wide_a), view(q, wide_b)), result);
      },
      x1, x2);
}
Tensor trace(const Tensor& x, int offset, int axis1, int axis2) {
  check_defined(x, "trace");
  return symbolic::op(
      "Trace", [&](Config& a) { Describe{a}("offset", offset)("axis1", axis1)("axis2", axis2); },
      [=](const Tensor& t) { return sum(diagonal(t, offset, axis1, axis2), -1); }, x);
}
Tensor cdist(const Tensor& x, const Tensor& y) {
  check_both(x, y, "cdist");
  check(x.rank() >= 2 && y.rank() >= 2, "`cdist` inputs must have rank >= 2");
  check(x.shape().back() == y.shape().back() || x.shape().back() == -1 || y.shape().back() == -1,
        "Last dimension of inputs to `cdist` must match");
  return named_op(
      "CDist",
      [](const Tensor& p, const Tensor& q) {
        return sqrt(sum(square(expand_dims(p, -2) - expand_dims(q, -3)), -1));
      },
      x, y);
}

}  // namespace kcpp::ops
