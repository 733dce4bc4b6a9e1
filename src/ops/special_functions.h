/// Further special functions of one number that Keras's ops do not have (see special.h).
#pragma once

#include "src/ops/op_table.h"

namespace kcpp::ops {

/// The exponential integral Ei; Dawson's integral; the dilogarithm of 1 - x; Fresnel's integrals.
Tensor expint(const Tensor& x);
Tensor dawsn(const Tensor& x);
Tensor spence(const Tensor& x);
Tensor fresnel_sin(const Tensor& x);
Tensor fresnel_cos(const Tensor& x);
/// Bessel's functions of the first and the second kind, and the modified ones of the second kind,
/// these times exp(x) too.
Tensor bessel_j0(const Tensor& x);
Tensor bessel_j1(const Tensor& x);
Tensor bessel_y0(const Tensor& x);
Tensor bessel_y1(const Tensor& x);
Tensor bessel_k0(const Tensor& x);
Tensor bessel_k1(const Tensor& x);
Tensor bessel_k0e(const Tensor& x);
Tensor bessel_k1e(const Tensor& x);

/// Their entries in the table of operations.
std::span<const OpEntry> op_table_special_functions();

}  // namespace kcpp::ops
