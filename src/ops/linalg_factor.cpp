// Decompositions: QR, SVD, eigenvalues, and what is made of them.
#include <algorithm>
#include <cmath>
#include <limits>

#include "kcpp/ops/create.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/ops/describe.h"
#include "src/ops/matrix.h"
#include "src/ops/movement.h"

namespace kcpp::ops {

using namespace detail;
using symbolic::no_arguments;

namespace {

double epsilon_of(DType dtype) {
  switch (dtype) {
    case DType::float16:
      return 0x1p-10;
    case DType::bfloat16:
      return 0x1p-7;
    case DType::float64:
      return std::numeric_limits<double>::epsilon();
    default:
      return std::numeric_limits<float>::epsilon();
  }
}

/// The first n columns.
Tensor columns(const Tensor& x, int64_t n) {
  return n == x.shape().back() ? x : slice_axis(x, x.rank() - 1, 0, n);
}

/// 1 / (d_j - d_i) off the diagonal, 0 on it, for a vector d.
Tensor inverse_differences(const Tensor& d) {
  const Tensor gap = expand_dims(d, -2) - expand_dims(d, -1);
  const Tensor same = cast(eye(d.shape().back(), {}, 0, d.dtype()), DType::bool_);
  return where(same, 0.0, divide_no_nan(1.0, gap));
}

Tensor diagonal_of(const Tensor& d) {
  return expand_dims(d, -2) * eye(d.shape().back(), {}, 0, d.dtype());
}

Tensors qr_body(const Tensor& x, bool complete) {
  const Shape batch = x.shape().slice(0, x.rank() - 2);
  const int64_t m = x.shape()[x.rank() - 2], n = x.shape().back();
  if (x.is_symbolic()) {
    check(m != -1 && n != -1,
          "Input should have its last 2 dimensions fully-defined. Received: x.shape = ", x.shape());
    const int64_t k = complete ? m : std::min(m, n);
    return {symbolic_result(batch + Shape{m, k}, x.dtype()),
            symbolic_result(batch + Shape{k, n}, x.dtype())};
  }
  Tensors out = backend().linalg(LinalgOp::qr, {x}, complete);
  if (autodiff::recording(x)) {
    autodiff::record(
        "qr", {&x}, out, [q = out[0].detach(), r = out[1].detach(), m, n, complete](Vjp& v) {
          check<RuntimeError>(
              m >= n && (!complete || m == n),
              "[qr] the gradient of a wide matrix, or of complete mode, is not defined.");
          const Tensor Q = v.output(q, 0), R = v.output(r, 1);
          // Walter and Lehmann (2012): dA = (dQ + Q copyltu(R dR^T - dQ^T Q)) R^-T.
          const Tensor inner = matmul(R, transposed(v.grad(1))) - matmul(transposed(v.grad(0)), Q);
          const Tensor symmetric = tril(inner) + transposed(tril(inner, -1));
          v.set(0, transposed(
                       solve_triangular(R, transposed(v.grad(0) + matmul(Q, symmetric)), false)));
        });
  }
  return out;
}

Tensors svd_body(const Tensor& x, bool full) {
  const Shape batch = x.shape().slice(0, x.rank() - 2);
  const int64_t m = x.shape()[x.rank() - 2], n = x.shape().back(), k = std::min(m, n);
  if (x.is_symbolic()) {
    return {symbolic_result(batch + Shape{m, full ? m : k}, x.dtype()),
            symbolic_result(batch + Shape{k}, x.dtype()),
            symbolic_result(batch + Shape{full ? n : k, n}, x.dtype())};
  }
  Tensors out = backend().linalg(LinalgOp::svd, {x}, full);
  if (autodiff::recording(x)) {
    autodiff::record(
        "svd", {&x}, out,
        [u = out[0].detach(), s = out[1].detach(), vt = out[2].detach(), m, n, k, full](Vjp& v) {
          const Tensor U = columns(v.output(u, 0), k), S = v.output(s, 1),
                       V = columns(transposed(v.output(vt, 2)), k);
          Tensor middle = diagonal_of(v.grad(1));
          Tensor da;
          if (v.has_grad(0) || v.has_grad(2)) {
            check<RuntimeError>(!full || m == n,
                                "[svd] the gradient of full matrices is not defined for a matrix "
                                "that is not square; ",
                                "use full_matrices=false.");
            // Townsend (2016), "Differentiating the singular value decomposition".
            const Tensor F = inverse_differences(square(S)), wide = expand_dims(S, -2),
                         inverse = divide_no_nan(1.0, wide);
            const Tensor dU = v.grad(0), dV = transposed(v.grad(2));
            const Tensor a = F * matmul(transposed(U), dU), b = F * matmul(transposed(V), dV);
            middle = middle + (a + transposed(a)) * wide + expand_dims(S, -1) * (b + transposed(b));
            const Tensor pu = (dU - matmul(U, matmul(transposed(U), dU))) * inverse;
            const Tensor pv = (dV - matmul(V, matmul(transposed(V), dV))) * inverse;
            da = matmul(pu, transposed(V)) + matmul(U, transposed(pv));
          }
          const Tensor inside = matmul(matmul(U, middle), transposed(V));
          v.set(0, da.defined() ? inside + da : inside);
        });
  }
  return out;
}

Tensors eigh_body(const Tensor& x) {
  if (x.is_symbolic()) return {symbolic_result(x.shape().slice(0, x.rank() - 1), x.dtype()), x};
  Tensors out = backend().linalg(LinalgOp::eigh, {x}, false);
  if (autodiff::recording(x)) {
    autodiff::record("eigh", {&x}, out, [w = out[0].detach(), q = out[1].detach()](Vjp& v) {
      const Tensor W = v.output(w, 0), Q = v.output(q, 1), Qt = transposed(Q);
      Tensor middle = diagonal_of(v.grad(0));
      if (v.has_grad(1)) middle = middle + inverse_differences(W) * matmul(Qt, v.grad(1));
      const Tensor da = matmul(matmul(Q, middle), Qt);
      v.set(0, (da + transposed(da)) * 0.5);
    });
  }
  return out;
}

Tensor lstsq_body(const Tensor& a, const Tensor& given, std::optional<double> rcond) {
  check(a.rank() == 2, a.rank(), "-dimensional array given. Array must be two-dimensional");
  check(given.rank() == 1 || given.rank() == 2, given.rank(),
        "-dimensional array given. Array must be one or two-dimensional");
  check(a.shape()[0] == given.shape()[0], "Leading dimensions of input arrays must match");
  const int64_t m = a.shape()[0], n = a.shape()[1];
  if (any_symbolic(a, given)) return symbolic_result(Shape{n} + given.shape().slice(1), a.dtype());
  const Tensor b = given.rank() == 1 ? expand_dims(given, 1) : given;
  const Tensors usv = svd_body(a, false);
  const double limit = !rcond       ? epsilon_of(a.dtype()) * static_cast<double>(std::max(m, n))
                       : *rcond < 0 ? epsilon_of(a.dtype())
                                    : *rcond;
  const Tensor mask = greater_equal(usv[1], slice_axis(usv[1], 0, 0, 1) * limit);
  const Tensor inverse = where(mask, 1.0 / where(mask, usv[1], 1.0), 0.0);
  const Tensor y =
      matmul(transposed(usv[2]), expand_dims(inverse, 1) * matmul(transposed(usv[0]), b));
  return given.rank() == 1 ? reshape(y, {-1}) : y;
}

Tensor vector_norm(const Tensor& x, const NormOrder& ord, const Axes& axis, bool keepdims) {
  check(ord.name.empty(), "Invalid `ord` argument for vector norm. Received: ord=", ord.name);
  const double p = ord.number.value_or(2);
  if (p == 2) return sqrt(sum(square(x), axis, keepdims));
  if (std::isinf(p)) return p > 0 ? max(abs(x), axis, keepdims) : min(abs(x), axis, keepdims);
  if (p == 0) return sum(cast(not_equal(x, 0), x.dtype()), axis, keepdims);
  if (p == 1) return sum(abs(x), axis, keepdims);
  return power(sum(power(abs(x), p), axis, keepdims), 1.0 / p);
}

Tensor matrix_norm(const Tensor& x, const NormOrder& ord, int row, int column, bool keepdims) {
  const Axes both{row, column};
  if (ord.name == "fro" || (ord.name.empty() && !ord.number))
    return sqrt(sum(square(x), both, keepdims));
  const double p = ord.number.value_or(0);
  const bool one = std::abs(p) == 1, infinite = std::isinf(p);
  if (ord.name.empty() && (one || infinite)) {
    // The greatest (or least) sum of a column (or a row).
    const Tensor sums = sum(abs(x), one ? row : column, true);
    const Tensor y = p > 0 ? max(sums, both, true) : min(sums, both, true);
    return keepdims ? y : squeeze(y, both);
  }
  check(ord.name == "nuc" || (ord.name.empty() && std::abs(p) == 2),
        "Invalid `ord` argument for matrix norm. Received: ord=",
        ord.name.empty() ? text(p) : ord.name);
  const Tensor s = svd(moveaxis(x, {row, column}, {-2, -1}), false, false)[0];
  const Tensor y = ord.name == "nuc" ? sum(s, -1) : p > 0 ? max(s, -1) : min(s, -1);
  return keepdims ? expand_dims(y, both) : y;
}

}  // namespace

std::pair<Tensor, Tensor> qr(const Tensor& x, const std::string& mode) {
  check_matrix(x, "qr");
  check(mode == "reduced" || mode == "complete",
        "`mode` argument value not supported. Expected one of {'reduced', 'complete'}. ",
        "Received: mode=", mode);
  const Tensors out = symbolic::op_list(
      "Qr", [&](Config& a) { Describe{a}("mode", mode); },
      [complete = mode == "complete"](const Tensors& in) {
        return qr_body(as_float(in[0]), complete);
      },
      {x});
  return {out[0], out[1]};
}
Tensors svd(const Tensor& x, bool full_matrices, bool compute_uv) {
  check_matrix(x, "svd");
  return symbolic::op_list(
      "SVD",
      [&](Config& a) { Describe{a}("full_matrices", full_matrices)("compute_uv", compute_uv); },
      [=](const Tensors& in) {
        Tensors usv = svd_body(as_float(in[0]), full_matrices && compute_uv);
        return compute_uv ? usv : Tensors{usv[1]};
      },
      {x});
}
std::pair<Tensor, Tensor> eigh(const Tensor& x) {
  check_square(x, "eigh");
  const Tensors out = symbolic::op_list(
      "Eigh", no_arguments, [](const Tensors& in) { return eigh_body(as_float(in[0])); }, {x});
  return {out[0], out[1]};
}
std::pair<Tensor, Tensor> eig(const Tensor& x) {
  check_square(x, "eig");
  const Tensors out = symbolic::op_list(
      "Eig", no_arguments,
      [](const Tensors& in) {
        const Tensor t = as_float(in[0]);
        if (t.is_symbolic())
          return Tensors{symbolic_result(t.shape().slice(0, t.rank() - 1), t.dtype()), t};
        return backend().linalg(LinalgOp::eig, {t}, false);
      },
      {x});
  return {out[0], out[1]};
}
std::pair<Tensor, Tensor> lu_factor(const Tensor& x) {
  check_square(x, "lu_factor");
  const Tensors out = symbolic::op_list(
      "LuFactor", no_arguments,
      [](const Tensors& in) {
        const Tensor t = as_float(in[0]);
        if (t.is_symbolic())
          return Tensors{t, symbolic_result(t.shape().slice(0, t.rank() - 1), DType::int32)};
        const Tensors lu = backend().linalg(LinalgOp::lu_factor, {t}, false);
        return Tensors{lu[0], as_dtype(lu[1], DType::int32)};
      },
      {x});
  return {out[0], out[1]};
}
Tensor pinv(const Tensor& x, std::optional<double> rcond) {
  check_matrix(x, "pinv");
  return symbolic::op(
      "Pinv", [&](Config& a) { Describe{a}("rcond", to_config(rcond)); },
      [rcond](const Tensor& input) {
        const Tensor t = as_float(input);
        const int64_t m = t.shape()[t.rank() - 2], n = t.shape().back();
        if (t.is_symbolic())
          return symbolic_result(t.shape().slice(0, t.rank() - 2) + Shape{n, m}, t.dtype());
        const Tensors usv = svd_body(t, false);
        const double limit =
            rcond.value_or(10.0 * static_cast<double>(std::max(m, n)) * epsilon_of(t.dtype()));
        const Tensor mask = greater(usv[1], max(usv[1], -1, true) * limit);
        const Tensor inverse = where(mask, 1.0 / where(mask, usv[1], 1.0), 0.0);
        return matmul(transposed(usv[2]) * expand_dims(inverse, -2), transposed(usv[0]));
      },
      x);
}
Tensor lstsq(const Tensor& a, const Tensor& b, std::optional<double> rcond) {
  check_defined(a, "lstsq");
  check_defined(b, "lstsq");
  return symbolic::op(
      "Lstsq", [&](Config& c) { Describe{c}("rcond", to_config(rcond)); },
      [rcond](const Tensor& p, const Tensor& q) {
        const DType dtype = float_of(result_of(p, q));
        return lstsq_body(as_dtype(p, dtype), as_dtype(q, dtype), rcond);
      },
      a, b);
}
Tensor matrix_rank(const Tensor& x, const Tensor& tol) {
  check_matrix(x, "matrix_rank");
  const std::optional<double> limit = tol.defined() ? std::optional(tol.item()) : std::nullopt;
  return symbolic::op(
      "MatrixRank", [&](Config& a) { Describe{a}("tol", to_config(limit)); },
      [limit](const Tensor& input) {
        const Tensor t = as_float(input);
        if (t.is_symbolic()) return symbolic_result(t.shape().slice(0, t.rank() - 2), DType::int32);
        const Tensor s = svd_body(t.detach(), false)[1];
        const double relative =
            epsilon_of(t.dtype()) *
            static_cast<double>(std::max(t.shape()[t.rank() - 2], t.shape().back()));
        const Tensor least =
            limit ? Tensor::scalar(*limit, t.dtype()) : max(s, -1, true) * relative;
        return sum(cast(greater(s, least), DType::int32), -1);
      },
      x);
}
Tensor norm(const Tensor& x, const NormOrder& ord, Axes axis, bool keepdims) {
  check_defined(x, "norm");
  return symbolic::op(
      "Norm",
      [&](Config& a) {
        Describe{a}("ord", ord.number ? Config(*ord.number)
                           : ord.name.empty()
                               ? Config()
                               : Config(ord.name))("axis", axis.to_config())("keepdims", keepdims);
      },
      [=](const Tensor& t) {
        const int rank = t.rank();
        const Tensor v = as_float(t);
        for (int a : axis) {
          check(a >= -rank && a < rank,
                "All `axis` values must be in the range [-ndim, ndim). Received inputs with ndim=",
                rank, ", while axis=", axis.to_config());
        }
        // Without axis and order: the 2-norm of the flattened tensor, whatever its rank.
        if (axis.is_none() && !ord.number && ord.name.empty())
          return sqrt(sum(square(v), {}, keepdims));
        const int count = axis.is_none() ? rank : axis.size();
        check(count == 1 || count == 2, "Invalid axis values. Received: axis=", axis.to_config());
        if (count == 1) return vector_norm(v, ord, axis.is_none() ? 0 : axis[0], keepdims);
        const int row = canonical_axis(axis.is_none() ? 0 : axis[0], rank, "norm");
        return matrix_norm(v, ord, row, canonical_axis(axis.is_none() ? 1 : axis[1], rank, "norm"),
                           keepdims);
      },
      x);
}

}  // namespace kcpp::ops
