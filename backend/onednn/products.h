/// Pieces that several kernels of this backend are built from.
#pragma once

#include <cstdint>

#include "kcpp/backend.h"

namespace kcpp::onednn {

/// C [m, n] = op(A) op(B), row-major; op transposes where the flag says so. A is [m, k] (or [k,
/// m]).
struct Gemm {
  bool transpose_a = false, transpose_b = false;
  int64_t m = 0, n = 0, k = 0;
  const float* a = nullptr;
  int64_t lda = 0;
  const float* b = nullptr;
  int64_t ldb = 0;
  float* c = nullptr;
  int64_t ldc = 0;
  bool accumulate = false;  ///< add to C
};
/// Small products run on the calling thread, larger ones through oneDNN.
void gemm(const Gemm& g);

/// out[j] = the sum of column j of x [rows, cols]. The same bits for the same thread count.
void column_sums(const float* x, int64_t rows, int64_t cols, float* out);

/// The activation has an own kernel that may run in place.
bool has_activation_kernel(UnaryOp op);
/// y = op(y), in place.
void apply_activation(const Activation& activation, float* y, int64_t n);
/// y [rows, cols] = op(y + bias), in place; bias may be nullptr.
void apply_bias_activation(const Activation& activation, const float* bias, float* y, int64_t rows,
                           int64_t cols);

}  // namespace kcpp::onednn
