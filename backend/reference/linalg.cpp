// Dense linear algebra by xtensor-blas (LAPACK), matrix by matrix. The only file with xtensor's
// templates: they compile slowly.
//
//   cholesky (flag: upper)        a -> factor; NaN where the matrix is not positive definite
//   inverse                       a -> a^-1
//   determinant                   a -> det
//   solve                         a, b -> x
//   solve_triangular (flag: lower) a, b -> x
//   qr (flag: complete)           a -> q, r
//   svd (flag: full matrices)     a -> u, s, v^H
//   eigh                          a -> eigenvalues (ascending), eigenvectors
//   eig                           a -> eigenvalues, eigenvectors; an error if they are not real
//   lstsq                         a, b -> x
//   lu_factor                     a -> l and u in one matrix, permutation (int32)
#include <algorithm>
#include <cmath>
#include <complex>

#define HAVE_CBLAS 1
#include <xtensor-blas/xlinalg.hpp>
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>

#include "backend/reference/common.h"
#include "backend/reference/reference_backend.h"

namespace kcpp {
namespace reference {
namespace {

template <class T>
using Array = xt::xarray<T, xt::layout_type::row_major>;

/// One matrix's results, in the order of keras.ops.linalg.
template <class T>
using Results = std::vector<Array<T>>;

/// Doolittle with partial pivoting; the last result is the permutation.
template <class T>
Results<T> lu_factor(Array<T> a) {
  const size_t m = a.shape(0), n = a.shape(1);
  Array<T> order = Array<T>::from_shape({m});
  for (size_t i = 0; i < m; ++i) order(i) = static_cast<T>(i);
  for (size_t k = 0; k < std::min(m, n); ++k) {
    size_t pivot = k;
    for (size_t i = k + 1; i < m; ++i) {
      if (std::abs(a(i, k)) > std::abs(a(pivot, k))) pivot = i;
    }
    if (pivot != k) {
      for (size_t j = 0; j < n; ++j) std::swap(a(k, j), a(pivot, j));
      std::swap(order(k), order(pivot));
    }
    if (a(k, k) == T(0)) continue;
    for (size_t i = k + 1; i < m; ++i) {
      a(i, k) /= a(k, k);
      for (size_t j = k + 1; j < n; ++j) a(i, j) -= a(i, k) * a(k, j);
    }
  }
  // Row i of a went to position inverse(i), as keras.ops.lu_factor tells it on TensorFlow.
  Array<T> inverse = order;
  for (size_t i = 0; i < m; ++i) inverse(static_cast<size_t>(order(i))) = static_cast<T>(i);
  return {a, inverse};
}

template <class T>
T determinant(const Array<T>& a) {
  const Results<T> lu = lu_factor(a);
  const size_t n = a.shape(0);
  T det = T(1);
  std::vector<size_t> order(n);
  for (size_t i = 0; i < n; ++i) {
    det *= lu[0](i, i);
    order[i] = static_cast<size_t>(lu[1](i));
  }
  for (size_t i = 0; i < n; ++i) {  // one change of sign for every swap that sorts the permutation
    while (order[i] != i) {
      std::swap(order[i], order[order[i]]);
      det = -det;
    }
  }
  return det;
}

template <class T>
Array<T> cholesky(const Array<T>& a, bool upper) {
  const size_t n = a.shape(0);
  Array<T> l = xt::zeros<T>({n, n});
  for (size_t j = 0; j < n; ++j) {
    for (size_t i = j; i < n; ++i) {
      double sum = a(i, j);
      for (size_t k = 0; k < j; ++k) sum -= static_cast<double>(l(i, k)) * l(j, k);
      l(i, j) = static_cast<T>(i == j ? std::sqrt(sum) : sum / l(j, j));
    }
  }
  if (!upper) return l;
  Array<T> u = xt::transpose(l);
  return u;
}

template <class T>
Array<T> solve_triangular(const Array<T>& a, Array<T> x, bool lower) {
  const size_t n = a.shape(0);
  for (size_t step = 0; step < n; ++step) {
    const size_t i = lower ? step : n - 1 - step;
    for (size_t j = 0; j < x.shape(1); ++j) {
      double sum = x(i, j);
      for (size_t k = lower ? 0 : i + 1; k < (lower ? i : n); ++k)
        sum -= static_cast<double>(a(i, k)) * x(k, j);
      x(i, j) = static_cast<T>(sum / a(i, i));
    }
  }
  return x;
}

/// By the singular values: those below the dtype's epsilon times the size count as 0, as in Keras.
template <class T>
Array<T> lstsq(const Array<T>& a, const Array<T>& b) {
  const auto usv = xt::linalg::svd(a, false, true);
  const Array<T> u = std::get<0>(usv), s = std::get<1>(usv), vt = std::get<2>(usv);
  const T limit =
      std::numeric_limits<T>::epsilon() * static_cast<T>(std::max(a.shape(0), a.shape(1)));
  const Array<T> ut = xt::transpose(u), v = xt::transpose(vt);
  Array<T> y = xt::linalg::dot(ut, b);
  for (size_t i = 0; i < y.shape(0); ++i) {
    const T inverse = s(i) >= limit * s(0) ? T(1) / s(i) : T(0);
    for (size_t j = 0; j < y.shape(1); ++j) y(i, j) *= inverse;
  }
  Array<T> x = xt::linalg::dot(v, y);
  return x;
}

template <class T>
Results<T> eig(const Array<T>& a) {
  const auto result = xt::linalg::eig(a);
  const xt::xarray<std::complex<T>> values = std::get<0>(result), vectors = std::get<1>(result);
  for (const std::complex<T>& v : values) {
    check(v.imag() == 0,
          "[eig] The matrix has complex eigenvalues, and kcpp has no complex dtype. ",
          "Use ops::eigh for a symmetric matrix.");
  }
  return {Array<T>(xt::real(values)), Array<T>(xt::real(vectors))};
}

template <class T>
Results<T> one(LinalgOp op, const Array<T>& a, const Array<T>& b, bool flag) {
  switch (op) {
    case LinalgOp::cholesky:
      return {cholesky(a, flag)};
    case LinalgOp::inverse:
      return {Array<T>(xt::linalg::inv(a))};
    case LinalgOp::determinant:
      return {Array<T>(determinant(a))};
    case LinalgOp::solve:
      return {Array<T>(xt::linalg::solve(a, b))};
    case LinalgOp::solve_triangular:
      return {solve_triangular(a, b, flag)};
    case LinalgOp::qr: {
      const auto qr =
          xt::linalg::qr(a, flag ? xt::linalg::qrmode::complete : xt::linalg::qrmode::reduced);
      return {Array<T>(std::get<0>(qr)), Array<T>(std::get<1>(qr))};
    }
    case LinalgOp::svd: {
      const auto usv = xt::linalg::svd(a, flag, true);
      return {Array<T>(std::get<0>(usv)), Array<T>(std::get<1>(usv)), Array<T>(std::get<2>(usv))};
    }
    case LinalgOp::eigh: {
      const auto we = xt::linalg::eigh(a);
      return {Array<T>(std::get<0>(we)), Array<T>(std::get<1>(we))};
    }
    case LinalgOp::eig:
      return eig(a);
    case LinalgOp::lstsq:
      return {lstsq(a, b)};
    case LinalgOp::lu_factor:
      return lu_factor(a);
  }
  return {};
}

std::string_view name_of(LinalgOp op) {
  static constexpr std::string_view names[] = {
      "cholesky", "inv",   "det",       "solve", "solve_triangular", "qr", "svd",
      "eigh",     "lstsq", "lu_factor", "eig"};
  return names[static_cast<int>(op)];
}

/// The matrix of index `i` in a batch.
template <class T>
Array<T> matrix(const Tensor& t, int64_t i) {
  const int64_t m = t.dim(-2), n = t.dim(-1);
  Array<T> a = Array<T>::from_shape({static_cast<size_t>(m), static_cast<size_t>(n)});
  std::copy_n(in<T>(t) + i * m * n, m * n, a.data());
  return a;
}

}  // namespace
}  // namespace reference

Tensors ReferenceBackend::linalg(LinalgOp op, const Tensors& inputs, bool flag) {
  using namespace reference;
  const DType dtype = inputs[0].dtype();
  if (dtype != DType::float32 && dtype != DType::float64) {
    Tensors wide;
    for (const Tensor& t : inputs)
      wide.push_back(cast(t, is_half(dtype) ? DType::float32 : floatx()));
    Tensors results = linalg(op, wide, flag);
    for (Tensor& r : results) {
      if (is_half(dtype) && is_floating(r.dtype())) r = cast(r, dtype);
    }
    return results;
  }

  // b of solve and its kin may be a vector a matrix, of shape [.., M].
  Tensor a = inputs[0], b = inputs.size() > 1 ? inputs[1] : Tensor();
  const bool vector = b.defined() && b.rank() < a.rank();
  if (vector) b = reshaped(b, b.shape() + Shape{1});
  Shape batch = a.shape().slice(0, a.rank() - 2);
  if (b.defined()) {
    batch = broadcast_shapes(batch, b.shape().slice(0, b.rank() - 2), reference::name_of(op));
    b = broadcast_to(b, batch + b.shape().slice(b.rank() - 2));
    a = broadcast_to(a, batch + a.shape().slice(a.rank() - 2));
  }

  Tensors results;
  dispatch_floating(dtype, [&]<class T>() {
    const int64_t count = batch.size();
    for (int64_t i = 0; i < count; ++i) {
      Results<T> r;
      try {
        r = one<T>(op, matrix<T>(a, i), b.defined() ? matrix<T>(b, i) : Array<T>(), flag);
      } catch (const Error&) {
        throw;
      } catch (const std::exception& e) {  // LAPACK: singular, or no convergence
        throw ValueError(
            text("[", reference::name_of(op), "] ", e.what(), " Received: a.shape=", a.shape()));
      }
      for (size_t k = 0; k < r.size(); ++k) {
        if (i == 0) {
          Shape shape = batch;
          for (size_t d : r[k].shape()) shape.push_back(static_cast<int64_t>(d));
          results.push_back(Tensor::empty(shape, dtype));
        }
        std::copy(r[k].begin(), r[k].end(),
                  out<T>(results[k]) + i * static_cast<int64_t>(r[k].size()));
      }
    }
  });
  if (batch.size() == 0) {  // an empty batch: an identity matrix tells the results' shapes
    const auto identity = [&](const Tensor& t) {
      Tensor eye = Tensor::empty(t.shape().slice(t.rank() - 2), dtype);
      dispatch_floating(dtype, [&]<class T>() {
        T* p = out<T>(eye);
        for (int64_t i = 0; i < eye.size(); ++i) p[i] = T(i / t.dim(-1) == i % t.dim(-1));
      });
      return eye;
    };
    Tensors example{identity(a)};
    if (b.defined()) example.push_back(identity(b));
    for (const Tensor& r : linalg(op, example, flag))
      results.push_back(Tensor::empty(batch + r.shape(), r.dtype()));
  }
  if (op == LinalgOp::lu_factor) results[1] = cast(results[1], DType::int32);
  if (vector) results[0] = reshaped(results[0], results[0].shape().slice(0, results[0].rank() - 1));
  return results;
}

}  // namespace kcpp
