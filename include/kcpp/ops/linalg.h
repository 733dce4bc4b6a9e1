/// Products and linear algebra, named as in keras.ops. Matrices are the last two axes; axes in
/// front are a batch.
#pragma once

#include <concepts>
#include <string_view>

#include "kcpp/ops/types.h"

namespace kcpp::ops {

// --- products
// ----------------------------------------------------------------------------------------
/// Matrix product (.., M, K) x (.., K, N) -> (.., M, N); a 1-d operand is a vector. Leading axes
/// broadcast.
KCPP_API Tensor matmul(const Tensor& x1, const Tensor& x2);
/// Sum over the last axis of x1 and the second to last of x2 (numpy.dot).
KCPP_API Tensor dot(const Tensor& x1, const Tensor& x2);
/// Sum over the last axes of both.
KCPP_API Tensor inner(const Tensor& x1, const Tensor& x2);
/// Every product of two elements of the flattened tensors: (n,) x (m,) -> (n, m).
KCPP_API Tensor outer(const Tensor& x1, const Tensor& x2);
/// dot of the flattened tensors.
KCPP_API Tensor vdot(const Tensor& x1, const Tensor& x2);
/// Sum over the last `axes` axes of x1 and the first `axes` of x2.
KCPP_API Tensor tensordot(const Tensor& x1, const Tensor& x2, int axes = 2);
/// Sum over paired axes.
KCPP_API Tensor tensordot(const Tensor& x1, const Tensor& x2, Axes axes1, Axes axes2);
/// Einstein summation: einsum("bij,bjk->bik", {a, b}); `...` broadcasts.
KCPP_API Tensor einsum(std::string_view subscripts, const Tensors& operands);
template <class... T>
requires(std::convertible_to<const T&, Tensor>&&...) Tensor
    einsum(std::string_view subscripts, const Tensor& first, const T&... rest) {
  return einsum(subscripts, Tensors{first, Tensor(rest)...});
}
/// Vector product of vectors of 2 or 3 elements along an axis.
KCPP_API Tensor cross(const Tensor& x1, const Tensor& x2, int axisa = -1, int axisb = -1,
                      int axisc = -1, std::optional<int> axis = {});
/// Kronecker product.
KCPP_API Tensor kron(const Tensor& x1, const Tensor& x2);
/// Sum of a diagonal of two axes.
KCPP_API Tensor trace(const Tensor& x, int offset = 0, int axis1 = 0, int axis2 = 1);
/// Distances of the rows of (.., n, d) and (.., m, d): (.., n, m).
KCPP_API Tensor cdist(const Tensor& x, const Tensor& y);

// --- decompositions and solvers
// ----------------------------------------------------------------------
/// L with L L^T = x; with `upper` U with U^T U = x. ValueError if x is not positive definite.
KCPP_API Tensor cholesky(const Tensor& x, bool upper = false);
/// The inverse of A from its Cholesky factor x.
KCPP_API Tensor cholesky_inverse(const Tensor& x, bool upper = false);
/// Inverse. ValueError if singular.
KCPP_API Tensor inv(const Tensor& x);
/// Pseudo-inverse of Moore and Penrose; singular values below rcond times the greatest count as 0.
KCPP_API Tensor pinv(const Tensor& x, std::optional<double> rcond = {});
/// Determinant.
KCPP_API Tensor det(const Tensor& x);
/// {sign, log of the absolute value} of the determinant.
KCPP_API std::pair<Tensor, Tensor> slogdet(const Tensor& x);
/// log(det(x)) of a positive definite x.
KCPP_API Tensor logdet(const Tensor& x);
/// y with a y = b; b is (.., N) or (.., N, K).
KCPP_API Tensor solve(const Tensor& a, const Tensor& b);
/// solve for a triangular a.
KCPP_API Tensor solve_triangular(const Tensor& a, const Tensor& b, bool lower = false);
/// {Q, R}; mode: reduced or complete.
KCPP_API std::pair<Tensor, Tensor> qr(const Tensor& x, const std::string& mode = "reduced");
/// {U, S, V^T}, or {S} without compute_uv.
KCPP_API Tensors svd(const Tensor& x, bool full_matrices = true, bool compute_uv = true);
/// {eigenvalues ascending, eigenvectors as columns} of a symmetric x.
KCPP_API std::pair<Tensor, Tensor> eigh(const Tensor& x);
/// {eigenvalues, eigenvectors as columns} of an x whose eigenvalues are real; ValueError otherwise.
KCPP_API std::pair<Tensor, Tensor> eig(const Tensor& x);
/// y that minimises |a y - b|^2.
KCPP_API Tensor lstsq(const Tensor& a, const Tensor& b, std::optional<double> rcond = {});
/// {LU in one matrix, int32 pivots}.
KCPP_API std::pair<Tensor, Tensor> lu_factor(const Tensor& x);
/// Number of singular values above `tol`.
KCPP_API Tensor matrix_rank(const Tensor& x, const Tensor& tol = {});
/// `ord` of norm: a number, "fro", "nuc", or nothing (2 for vectors, Frobenius for matrices).
struct NormOrder {
  NormOrder() = default;
  NormOrder(int v) : number(v) {}
  NormOrder(double v) : number(v) {}
  NormOrder(const char* v) : name(v) {}
  NormOrder(std::string v) : name(std::move(v)) {}
  std::optional<double> number = {};
  std::string name = {};
};
/// Norm of vectors (axis is an int or none) or matrices (two axes).
KCPP_API Tensor norm(const Tensor& x, const NormOrder& ord = {}, Axes axis = {},
                     bool keepdims = false);

}  // namespace kcpp::ops
