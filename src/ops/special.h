/// Functions of TensorFlow that Keras's ops do not have; models of older Keras call them. The table
/// of operations holds them, so that what is read can be saved again, by kcpp alone.
#pragma once

#include "src/ops/op_table.h"

namespace kcpp::ops {

/// The regularized incomplete gamma functions, P(a, x) and Q(a, x) = 1 - P(a, x). NaN unless a > 0
/// and x >= 0.
Tensor igamma(const Tensor& a, const Tensor& x);
Tensor igammac(const Tensor& a, const Tensor& x);
/// The regularized incomplete beta function; a gradient flows to x only, as in TensorFlow.
Tensor betainc(const Tensor& a, const Tensor& b, const Tensor& x);
/// Hurwitz's zeta function, the sum of (q + k)^-x. A gradient flows to q only.
Tensor zeta(const Tensor& x, const Tensor& q);
/// Derivative `order` (a whole number) of digamma at x > 0. A gradient flows to x only.
Tensor polygamma(const Tensor& order, const Tensor& x);
/// The modified Bessel functions of the first kind, and exp(-|x|) times them.
Tensor bessel_i1(const Tensor& x);
Tensor bessel_i0e(const Tensor& x);
Tensor bessel_i1e(const Tensor& x);

/// Their entries in the table of operations.
std::span<const OpEntry> op_table_special();

}  // namespace kcpp::ops
