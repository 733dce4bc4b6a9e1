/// Kernels on plain arrays that several files of the reference backend share. T is float or double
/// (apply_unary: or int64_t).
#pragma once

#include <cstdint>

#include "kcpp/backend.h"

namespace kcpp::reference {

/// y[i] = op(x[i]); x and y may be the same array.
template <class T>
void apply_unary(UnaryOp op, const UnaryAttrs& attrs, const T* x, T* y, int64_t n);

/// dx[i] = dy[i] op'(x[i]), where y = op(x); dx may be any of the others. One of x, y may be null,
/// as unary_grad_uses_output says.
template <class T>
void apply_unary_grad(UnaryOp op, const UnaryAttrs& attrs, const T* dy, const T* x, const T* y,
                      T* dx, int64_t n);

/// A row-major matrix in a larger array: `stride` elements from one row to the next.
template <class T>
struct Matrix {
  const T* data;
  int64_t stride;
  bool transposed = false;
};

/// c[m, n] = op(a)[m, k] x op(b)[k, n], added to c if `add`. Strides count elements between rows.
template <class T>
void gemm(int64_t m, int64_t n, int64_t k, Matrix<T> a, Matrix<T> b, T* c, int64_t c_stride,
          bool add);

/// y[rows, n] += bias[n] in every row.
template <class T>
void add_bias(const T* bias, T* y, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t j = 0; j < n; ++j) y[r * n + j] += bias[j];
  }
}

}  // namespace kcpp::reference
