/// Special functions that the C++ library lacks, in double.
#pragma once

namespace kcpp::reference::special {

/// The inverse of erf on (-1, 1); +-infinity at the ends, NaN outside.
double erfinv(double x);
/// log |gamma(x)|, safe to call from several threads.
double lgamma(double x);
/// d lgamma / dx; NaN at 0, -1, -2 ...
double digamma(double x);
/// d digamma / dx.
double trigamma(double x);

}  // namespace kcpp::reference::special
