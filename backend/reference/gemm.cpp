// The one place that calls BLAS, through xtensor-blas's C++ face of it.
#include <algorithm>
#include <cassert>
#include <cmath>
#include <complex>
#include <iostream>
#include <limits>
#include <type_traits>

#define HAVE_CBLAS 1
#include <xflens/cxxblas/cxxblas.cxx>

#include "backend/reference/common.h"
#include "backend/reference/kernels.h"

extern "C" void openblas_set_num_threads(int threads);

namespace kcpp::reference {

template <class T>
void gemm(int64_t m, int64_t n, int64_t k, Matrix<T> a, Matrix<T> b, T* c, int64_t c_stride,
          bool add) {
  if (m == 0 || n == 0) return;
  if (k == 0) {  // an empty sum; BLAS refuses strides of 0
    for (int64_t i = 0; i < m && !add; ++i) std::fill_n(c + i * c_stride, n, T(0));
    return;
  }
  if constexpr (std::is_integral_v<T>) {
    for (int64_t i = 0; i < m; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        uint64_t sum = add ? static_cast<uint64_t>(c[i * c_stride + j]) : 0;
        for (int64_t p = 0; p < k; ++p) {
          const T x = a.transposed ? a.data[p * a.stride + i] : a.data[i * a.stride + p];
          const T y = b.transposed ? b.data[j * b.stride + p] : b.data[p * b.stride + j];
          sum += static_cast<uint64_t>(x) * static_cast<uint64_t>(y);
        }
        c[i * c_stride + j] = static_cast<T>(sum);
      }
    }
  } else {
    static thread_local int blas_threads = 0;
    if (blas_threads != num_threads()) openblas_set_num_threads(blas_threads = num_threads());
    const auto flag = [](bool t) { return t ? cxxblas::Trans : cxxblas::NoTrans; };
    cxxblas::gemm<int>(cxxblas::RowMajor, flag(a.transposed), flag(b.transposed),
                       static_cast<int>(m), static_cast<int>(n), static_cast<int>(k), T(1), a.data,
                       static_cast<int>(a.stride), b.data, static_cast<int>(b.stride),
                       add ? T(1) : T(0), c, static_cast<int>(c_stride));
  }
}
template void gemm(int64_t, int64_t, int64_t, Matrix<float>, Matrix<float>, float*, int64_t, bool);
template void gemm(int64_t, int64_t, int64_t, Matrix<double>, Matrix<double>, double*, int64_t,
                   bool);
template void gemm(int64_t, int64_t, int64_t, Matrix<int64_t>, Matrix<int64_t>, int64_t*, int64_t,
                   bool);

}  // namespace kcpp::reference
