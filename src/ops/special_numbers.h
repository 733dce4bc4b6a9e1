/// Special functions of real numbers, in double.
#pragma once

namespace kcpp::ops::detail {

/// A value and its derivative with respect to one number.
struct Dual {
  double value = 0, slope = 0;
};

/// P(a, x) with its derivative to a; `upper`: Q(a, x).
Dual incomplete_gamma(double a, double x, bool upper);
/// I_x(a, b).
double incomplete_beta(double a, double b, double x);
/// Sum of (q + k)^-x over k >= 0, by Euler's and Maclaurin's formula.
double hurwitz_zeta(double x, double q);
/// Derivative n of digamma.
double polygamma_number(double n, double x);
/// exp(-|x|) I_order(x), of order 0 or 1.
double scaled_bessel_i(int order, double x);

}  // namespace kcpp::ops::detail
