/// The matrix product with its flags, and contraction of any axes: what dot, tensordot and einsum
/// are made of.
#pragma once

#include "src/ops/common.h"

namespace kcpp::ops::detail {

/// [.., M, K] x [.., K, N]; the flags swap the last two axes of an operand first. Both of rank >= 2
/// and one dtype.
Tensor matrix_product(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b);

/// The sum over pairs of axes: free axes of a, then free axes of b. Both of one dtype.
Tensor contract(const Tensor& a, const Tensor& b, const std::vector<int>& axes_a,
                const std::vector<int>& axes_b, const char* op);

/// The dtype that products are computed in: 8-bit integers add up in int32, as in Keras.
inline DType product_dtype(const Tensor& a, const Tensor& b) {
  if (a.dtype() == DType::int8 && b.dtype() == DType::int8) return DType::int32;
  return result_of(a, b);
}

}  // namespace kcpp::ops::detail
