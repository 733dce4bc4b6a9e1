/// Element-by-element ops, named as in keras.ops.
///
/// Operands broadcast as in NumPy and are promoted as keras.backend.result_type says; a bare number
/// takes the other operand's dtype. Functions of real numbers turn integers and booleans into
/// keras.config.floatx(). Errors: ValueError when shapes do not broadcast. All take symbolic
/// tensors too.
#pragma once

#include "kcpp/ops/types.h"

namespace kcpp::ops {

// --- arithmetic
// --------------------------------------------------------------------------------------
/// x1 + x2; of booleans: logical or.
KCPP_API Tensor add(const Tensor& x1, const Tensor& x2);
/// x1 - x2.
KCPP_API Tensor subtract(const Tensor& x1, const Tensor& x2);
/// x1 * x2; of booleans: logical and.
KCPP_API Tensor multiply(const Tensor& x1, const Tensor& x2);
/// x1 / x2, always floating.
KCPP_API Tensor divide(const Tensor& x1, const Tensor& x2);
/// The same as divide.
KCPP_API Tensor true_divide(const Tensor& x1, const Tensor& x2);
/// x1 / x2, and 0 where x2 is 0.
KCPP_API Tensor divide_no_nan(const Tensor& x1, const Tensor& x2);
/// The largest whole number not above x1 / x2.
KCPP_API Tensor floor_divide(const Tensor& x1, const Tensor& x2);
/// Remainder with the sign of x2 (Python's %).
KCPP_API Tensor mod(const Tensor& x1, const Tensor& x2);
/// Remainder with the sign of x1 (C's fmod).
KCPP_API Tensor fmod(const Tensor& x1, const Tensor& x2);
/// x1 to the power x2.
KCPP_API Tensor power(const Tensor& x1, const Tensor& x2);
/// The greater; NaN if either is.
KCPP_API Tensor maximum(const Tensor& x1, const Tensor& x2);
/// The smaller; NaN if either is.
KCPP_API Tensor minimum(const Tensor& x1, const Tensor& x2);
/// The greater, ignoring a NaN.
KCPP_API Tensor fmax(const Tensor& x1, const Tensor& x2);
/// The smaller, ignoring a NaN.
KCPP_API Tensor fmin(const Tensor& x1, const Tensor& x2);
/// (x1 - x2)^2 (tf.math.squared_difference).
KCPP_API Tensor squared_difference(const Tensor& x1, const Tensor& x2);
/// -x.
KCPP_API Tensor negative(const Tensor& x);
/// |x|.
KCPP_API Tensor abs(const Tensor& x);
/// The same as abs.
KCPP_API Tensor absolute(const Tensor& x);
/// |x|, always floating.
KCPP_API Tensor fabs(const Tensor& x);
/// -1, 0 or 1.
KCPP_API Tensor sign(const Tensor& x);
/// True where the sign bit is set (also for -0).
KCPP_API Tensor signbit(const Tensor& x);
/// x * x.
KCPP_API Tensor square(const Tensor& x);
/// Square root.
KCPP_API Tensor sqrt(const Tensor& x);
/// Cube root.
KCPP_API Tensor cbrt(const Tensor& x);
/// 1 / sqrt(x).
KCPP_API Tensor rsqrt(const Tensor& x);
/// 1 / x.
KCPP_API Tensor reciprocal(const Tensor& x);
/// x1 * 2^x2.
KCPP_API Tensor ldexp(const Tensor& x1, const Tensor& x2);
/// Greatest common divisor of integers.
KCPP_API Tensor gcd(const Tensor& x1, const Tensor& x2);
/// Least common multiple of integers.
KCPP_API Tensor lcm(const Tensor& x1, const Tensor& x2);
/// The next floating number after x1 towards x2.
KCPP_API Tensor nextafter(const Tensor& x1, const Tensor& x2);
/// 0 where x1 < 0, x2 where x1 is 0, 1 where x1 > 0.
KCPP_API Tensor heaviside(const Tensor& x1, const Tensor& x2);
/// sqrt(x1^2 + x2^2) without overflow.
KCPP_API Tensor hypot(const Tensor& x1, const Tensor& x2);

// --- exponentials and logarithms
// ---------------------------------------------------------------------
/// e^x.
KCPP_API Tensor exp(const Tensor& x);
/// 2^x.
KCPP_API Tensor exp2(const Tensor& x);
/// e^x - 1, exact near 0.
KCPP_API Tensor expm1(const Tensor& x);
/// Natural logarithm.
KCPP_API Tensor log(const Tensor& x);
/// log(1 + x), exact near 0.
KCPP_API Tensor log1p(const Tensor& x);
/// Logarithm to base 2.
KCPP_API Tensor log2(const Tensor& x);
/// Logarithm to base 10.
KCPP_API Tensor log10(const Tensor& x);
/// log(e^x1 + e^x2) without overflow.
KCPP_API Tensor logaddexp(const Tensor& x1, const Tensor& x2);
/// log2(2^x1 + 2^x2) without overflow.
KCPP_API Tensor logaddexp2(const Tensor& x1, const Tensor& x2);

// --- trigonometry (radians)
// --------------------------------------------------------------------------
/// Sine.
KCPP_API Tensor sin(const Tensor& x);
/// Cosine.
KCPP_API Tensor cos(const Tensor& x);
/// Tangent.
KCPP_API Tensor tan(const Tensor& x);
/// Inverse sine, in [-pi/2, pi/2].
KCPP_API Tensor arcsin(const Tensor& x);
/// Inverse cosine, in [0, pi].
KCPP_API Tensor arccos(const Tensor& x);
/// Inverse tangent, in [-pi/2, pi/2].
KCPP_API Tensor arctan(const Tensor& x);
/// The angle of the point (x2, x1), in [-pi, pi].
KCPP_API Tensor arctan2(const Tensor& x1, const Tensor& x2);
/// Hyperbolic sine.
KCPP_API Tensor sinh(const Tensor& x);
/// Hyperbolic cosine.
KCPP_API Tensor cosh(const Tensor& x);
/// Hyperbolic tangent.
KCPP_API Tensor tanh(const Tensor& x);
/// Inverse hyperbolic sine.
KCPP_API Tensor arcsinh(const Tensor& x);
/// Inverse hyperbolic cosine.
KCPP_API Tensor arccosh(const Tensor& x);
/// Inverse hyperbolic tangent.
KCPP_API Tensor arctanh(const Tensor& x);
/// Degrees to radians.
KCPP_API Tensor deg2rad(const Tensor& x);
/// Radians to degrees.
KCPP_API Tensor rad2deg(const Tensor& x);
/// sin(pi x) / (pi x), 1 at 0.
KCPP_API Tensor sinc(const Tensor& x);
/// Modified Bessel function of the first kind, order 0.
KCPP_API Tensor i0(const Tensor& x);

// --- rounding
// ----------------------------------------------------------------------------------------
/// Up to a whole number.
KCPP_API Tensor ceil(const Tensor& x);
/// Down to a whole number.
KCPP_API Tensor floor(const Tensor& x);
/// To the nearest number of `decimals` decimals, halves to even.
KCPP_API Tensor round(const Tensor& x, int decimals = 0);
/// Towards zero to a whole number.
KCPP_API Tensor trunc(const Tensor& x);
/// Limits x to [x_min, x_max].
KCPP_API Tensor clip(const Tensor& x, const Tensor& x_min, const Tensor& x_max);
/// NaN and infinities replaced; the greatest finite numbers stand for infinities unless given.
KCPP_API Tensor nan_to_num(const Tensor& x, double nan = 0.0, std::optional<double> posinf = {},
                           std::optional<double> neginf = {});

// --- special functions
// -------------------------------------------------------------------------------
/// Error function.
KCPP_API Tensor erf(const Tensor& x);
/// 1 - erf(x).
KCPP_API Tensor erfc(const Tensor& x);
/// Inverse of erf.
KCPP_API Tensor erfinv(const Tensor& x);

// --- comparisons, to bool
// ----------------------------------------------------------------------------
/// x1 == x2.
KCPP_API Tensor equal(const Tensor& x1, const Tensor& x2);
/// x1 != x2.
KCPP_API Tensor not_equal(const Tensor& x1, const Tensor& x2);
/// x1 < x2.
KCPP_API Tensor less(const Tensor& x1, const Tensor& x2);
/// x1 <= x2.
KCPP_API Tensor less_equal(const Tensor& x1, const Tensor& x2);
/// x1 > x2.
KCPP_API Tensor greater(const Tensor& x1, const Tensor& x2);
/// x1 >= x2.
KCPP_API Tensor greater_equal(const Tensor& x1, const Tensor& x2);
/// |x1 - x2| <= atol + rtol |x2|, element by element.
KCPP_API Tensor isclose(const Tensor& x1, const Tensor& x2, double rtol = 1e-5, double atol = 1e-8,
                        bool equal_nan = false);
/// Whether isclose holds everywhere.
KCPP_API Tensor allclose(const Tensor& x1, const Tensor& x2, double rtol = 1e-5, double atol = 1e-8,
                         bool equal_nan = false);
/// NaN?
KCPP_API Tensor isnan(const Tensor& x);
/// Infinite, of either sign?
KCPP_API Tensor isinf(const Tensor& x);
/// Neither NaN nor infinite?
KCPP_API Tensor isfinite(const Tensor& x);
/// +infinity?
KCPP_API Tensor isposinf(const Tensor& x);
/// -infinity?
KCPP_API Tensor isneginf(const Tensor& x);
/// Always true: there are no complex tensors.
KCPP_API Tensor isreal(const Tensor& x);

// --- logic and bits
// ----------------------------------------------------------------------------------
/// Both true (operands are cast to bool).
KCPP_API Tensor logical_and(const Tensor& x1, const Tensor& x2);
/// At least one true.
KCPP_API Tensor logical_or(const Tensor& x1, const Tensor& x2);
/// Exactly one true.
KCPP_API Tensor logical_xor(const Tensor& x1, const Tensor& x2);
/// Not true.
KCPP_API Tensor logical_not(const Tensor& x);
/// Bits set in both integers.
KCPP_API Tensor bitwise_and(const Tensor& x, const Tensor& y);
/// Bits set in either integer.
KCPP_API Tensor bitwise_or(const Tensor& x, const Tensor& y);
/// Bits set in exactly one integer.
KCPP_API Tensor bitwise_xor(const Tensor& x, const Tensor& y);
/// Every bit turned.
KCPP_API Tensor bitwise_not(const Tensor& x);
/// The same as bitwise_not.
KCPP_API Tensor bitwise_invert(const Tensor& x);
/// x * 2^y of integers.
KCPP_API Tensor bitwise_left_shift(const Tensor& x, const Tensor& y);
/// The same as bitwise_left_shift.
KCPP_API Tensor left_shift(const Tensor& x, const Tensor& y);
/// x / 2^y of integers, rounded down.
KCPP_API Tensor bitwise_right_shift(const Tensor& x, const Tensor& y);
/// The same as bitwise_right_shift.
KCPP_API Tensor right_shift(const Tensor& x, const Tensor& y);

// --- choice, conversion
// ------------------------------------------------------------------------------
/// x1 where the condition holds, else x2.
KCPP_API Tensor where(const Tensor& condition, const Tensor& x1, const Tensor& x2);
/// The choice of the first condition that holds, else `default_value`.
KCPP_API Tensor select(const Tensors& condlist, const Tensors& choicelist,
                       const Tensor& default_value = 0);
/// x as another dtype; floating to integer rounds towards zero.
KCPP_API Tensor cast(const Tensor& x, DType dtype);
/// cast, with values out of range limited to the dtype's range.
KCPP_API Tensor saturate_cast(const Tensor& x, DType dtype);
/// x, through which no gradient flows.
KCPP_API Tensor stop_gradient(const Tensor& x);
/// x itself: there are no complex tensors.
KCPP_API Tensor real(const Tensor& x);
/// Zeros.
KCPP_API Tensor imag(const Tensor& x);
/// x itself.
KCPP_API Tensor conj(const Tensor& x);
/// x itself.
KCPP_API Tensor conjugate(const Tensor& x);
/// pi where x is negative, else 0.
KCPP_API Tensor angle(const Tensor& x);

}  // namespace kcpp::ops
