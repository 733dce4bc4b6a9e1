/// The discrete Fourier transform of rows: what all the transforms are made of.
#pragma once

#include "kcpp/ops/fft.h"

namespace kcpp::ops::detail {

/// Along the last axis, not normalised: sum over k of x[k] exp(-+ 2 pi i k j / n), + for the
/// inverse. Each direction is the other's gradient.
Complex dft(const Complex& x, bool inverse);

}  // namespace kcpp::ops::detail
