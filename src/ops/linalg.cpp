// Solvers and determinants, with their gradients.
#include "kcpp/ops/linalg.h"

#include <cmath>
#include <numeric>

#include "kcpp/ops/create.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/ops/describe.h"
#include "src/ops/matrix.h"

namespace kcpp::ops {

using namespace detail;
using symbolic::no_arguments;

namespace detail {

void check_matrix(const Tensor& x, const char* op) {
  check_defined(x, op);
  check(x.rank() >= 2, "[", op, "] Expected input to have rank >= 2. Received input with shape ",
        x.shape(), ".");
}
void check_square(const Tensor& x, const char* op) {
  check_matrix(x, op);
  check(x.shape()[x.rank() - 2] == x.shape().back() || x.shape()[x.rank() - 2] == -1 ||
            x.shape().back() == -1,
        "[", op, "] Expected a square matrix. Received non-square input with shape ", x.shape());
}
Tensor transposed(const Tensor& x) { return swapaxes(x, -1, -2); }
Tensor eye_like(const Tensor& x) { return eye(x.shape().back(), {}, 0, x.dtype()); }

}  // namespace detail

namespace {

/// The lower triangle with half of the diagonal.
Tensor half_lower(const Tensor& x) {
  return tril(x) - where(cast(eye_like(x), DType::bool_), x * 0.5, 0.0);
}

Tensor cholesky_body(const Tensor& x) {
  if (x.is_symbolic()) return x;
  Tensor y = backend().linalg(LinalgOp::cholesky, {x}, false)[0];
  check(all(isfinite(y)).item() != 0,
        "[cholesky] The matrix is not positive definite. Received: x.shape=", x.shape());
  if (autodiff::recording(x)) {
    autodiff::record("cholesky", {&x}, y, [y = y.detach()](Vjp& v) {
      // Murray (2016), "Differentiation of the Cholesky decomposition", equation 10.
      const Tensor l = v.output(y), lt = transposed(l);
      const Tensor middle = half_lower(matmul(lt, tril(v.grad())));
      const Tensor left = solve_triangular(lt, middle, false);                     // L^-T P
      const Tensor s = transposed(solve_triangular(lt, transposed(left), false));  // L^-T P L^-1
      v.set(0, (s + transposed(s)) * 0.5);
    });
  }
  return y;
}

Tensor inverse_body(const Tensor& x) {
  if (x.is_symbolic()) return x;
  Tensor y = backend().linalg(LinalgOp::inverse, {x}, false)[0];
  if (autodiff::recording(x)) {
    autodiff::record("inv", {&x}, y, [y = y.detach()](Vjp& v) {
      const Tensor t = transposed(v.output(y));
      v.set(0, -matmul(matmul(t, v.grad()), t));
    });
  }
  return y;
}

Tensor per_matrix(const Tensor& scalar) { return expand_dims(scalar, {-2, -1}); }

Tensor determinant_body(const Tensor& x) {
  if (x.is_symbolic()) return symbolic_result(x.shape().slice(0, x.rank() - 2), x.dtype());
  Tensor y = backend().linalg(LinalgOp::determinant, {x}, false)[0];
  if (autodiff::recording(x)) {
    autodiff::record("det", {&x}, y, [x, y = y.detach()](Vjp& v) {
      v.set(0, per_matrix(v.grad() * v.output(y)) * transposed(inv(x)));
    });
  }
  return y;
}

/// {sign, log|det|} from the LU decomposition, so that a large determinant does not overflow.
Tensors slogdet_body(const Tensor& x) {
  const Shape batch = x.shape().slice(0, x.rank() - 2);
  if (x.is_symbolic())
    return {symbolic_result(batch, x.dtype()), symbolic_result(batch, x.dtype())};
  const int64_t n = x.shape().back();
  const Tensors lu = backend().linalg(LinalgOp::lu_factor, {x}, false);
  const Tensor diagonal_of_u = diagonal(lu[0], 0, -2, -1);
  // The sign of the permutation: one change for every cycle of even length.
  std::vector<double> parity;
  const std::vector<int64_t> order = lu[1].to_vector<int64_t>();
  for (size_t start = 0; start < order.size(); start += static_cast<size_t>(n)) {
    std::vector<bool> seen(static_cast<size_t>(n));
    double sign = 1;
    for (size_t i = 0; i < seen.size(); ++i) {
      int64_t length = 0;
      for (size_t at = i; !seen[at]; at = static_cast<size_t>(order[start + at])) {
        seen[at] = true;
        ++length;
      }
      if (length > 0 && length % 2 == 0) sign = -sign;
    }
    parity.push_back(sign);
  }
  Tensors out{prod(sign(diagonal_of_u), -1) * as_dtype(Tensor::from(parity, batch), x.dtype()),
              sum(log(abs(diagonal_of_u)), -1)};
  if (autodiff::recording(x)) {
    autodiff::record("slogdet", {&x}, out,
                     [x](Vjp& v) { v.set(0, per_matrix(v.grad(1)) * transposed(inv(x))); });
  }
  return out;
}

/// a^-1 b; with `triangle` only the upper (or lower) triangle of a counts.
enum class Triangle : uint8_t { none, upper, lower };

Tensor solve_matrix(const Tensor& a, const Tensor& b, Triangle triangle, bool vector) {
  if (any_symbolic(a, b)) return symbolic_result(b.shape(), a.dtype());
  const bool lower = triangle == Triangle::lower;
  Tensor y = backend().linalg(
      triangle == Triangle::none ? LinalgOp::solve : LinalgOp::solve_triangular, {a, b}, lower)[0];
  if (autodiff::recording(a, b)) {
    autodiff::record("solve", {&a, &b}, y,
                     [a, shape_b = b.shape(), y = y.detach(), triangle, vector, lower](Vjp& v) {
                       const Tensor at = transposed(a), x = v.output(y);
                       const Triangle turned = triangle == Triangle::none ? triangle
                                               : lower                    ? Triangle::upper
                                                                          : Triangle::lower;
                       const Tensor db = solve_matrix(at, v.grad(), turned, vector);
                       if (v.needs(1)) v.set(1, sum_to_shape(db, shape_b));
                       if (!v.needs(0)) return;
                       const Tensor product = vector
                                                  ? matmul(expand_dims(db, -1), expand_dims(x, -2))
                                                  : matmul(db, transposed(x));
                       const Tensor da = triangle == Triangle::none ? product
                                         : lower                    ? tril(product)
                                                                    : triu(product);
                       v.set(0, -sum_to_shape(da, a.shape()));
                     });
  }
  return y;
}

Tensor solve_body(const Tensor& p, const Tensor& q, Triangle triangle, const char* op) {
  check_square(p, op);
  const bool vector = q.rank() == p.rank() - 1;
  check(q.rank() >= 1 && (vector || q.rank() == p.rank()), "[", op,
        "] Incompatible shapes between `a` and `b`. Received: a.shape=", p.shape(),
        ", b.shape=", q.shape());
  const int64_t n = p.shape().back(), m = q.shape()[vector ? q.rank() - 1 : q.rank() - 2];
  check(n == m || n == -1 || m == -1, "[", op,
        "] Incompatible shapes between `a` and `b`. Expected `a.shape[-2] == b.shape[-2]`. ",
        "Received: a.shape=", p.shape(), ", b.shape=", q.shape());
  const DType dtype = float_of(result_of(p, q));
  return solve_matrix(as_dtype(p, dtype), as_dtype(q, dtype), triangle, vector);
}

}  // namespace

Tensor cholesky(const Tensor& x, bool upper) {
  check_square(x, "cholesky");
  return symbolic::op(
      "Cholesky", [&](Config& a) { Describe{a}("upper", upper); },
      [upper](const Tensor& t) {
        const Tensor l = cholesky_body(as_float(t));
        return upper ? transposed(l) : l;
      },
      x);
}
Tensor cholesky_inverse(const Tensor& x, bool upper) {
  check_square(x, "cholesky_inverse");
  return symbolic::op(
      "CholeskyInverse", [&](Config& a) { Describe{a}("upper", upper); },
      [upper](const Tensor& t) {
        if (t.is_symbolic()) return as_float(t);
        const Tensor v = as_float(t);
        const Tensor identity = broadcast_to(eye_like(v), v.shape());
        const Tensor i = solve_triangular(v, identity, !upper);
        return upper ? matmul(i, transposed(i)) : matmul(transposed(i), i);
      },
      x);
}
Tensor inv(const Tensor& x) {
  check_square(x, "inv");
  return symbolic::op(
      "Inv", no_arguments, [](const Tensor& t) { return inverse_body(as_float(t)); }, x);
}
Tensor det(const Tensor& x) {
  check_square(x, "det");
  return symbolic::op(
      "Det", no_arguments, [](const Tensor& t) { return determinant_body(as_float(t)); }, x);
}
std::pair<Tensor, Tensor> slogdet(const Tensor& x) {
  check_square(x, "slogdet");
  const Tensors out =
      symbolic::op_list("Slogdet", no_arguments,
                        [](const Tensors& in) { return slogdet_body(as_float(in[0])); }, {x});
  return {out[0], out[1]};
}
Tensor logdet(const Tensor& x) {
  check_square(x, "logdet");
  return symbolic::op(
      "Logdet", no_arguments,
      [](const Tensor& t) { return sum(log(diagonal(cholesky(t), 0, -2, -1)), -1) * 2.0; }, x);
}
Tensor solve(const Tensor& a, const Tensor& b) {
  check_defined(a, "solve");
  check_defined(b, "solve");
  return symbolic::op(
      "Solve", no_arguments,
      [](const Tensor& p, const Tensor& q) { return solve_body(p, q, Triangle::none, "solve"); }, a,
      b);
}
Tensor solve_triangular(const Tensor& a, const Tensor& b, bool lower) {
  check_defined(a, "solve_triangular");
  check_defined(b, "solve_triangular");
  return symbolic::op(
      "SolveTriangular", [&](Config& c) { Describe{c}("lower", lower); },
      [lower](const Tensor& p, const Tensor& q) {
        return solve_body(p, q, lower ? Triangle::lower : Triangle::upper, "solve_triangular");
      },
      a, b);
}

}  // namespace kcpp::ops
