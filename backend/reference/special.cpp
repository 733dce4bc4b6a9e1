#include "backend/reference/special.h"

#include <math.h>

#include <cmath>
#include <limits>
#include <numbers>

namespace kcpp::reference::special {

double erfinv(double x) {
  if (!(std::abs(x) <= 1)) return std::numeric_limits<double>::quiet_NaN();
  if (std::abs(x) == 1) return std::copysign(std::numeric_limits<double>::infinity(), x);
  // A first guess (Winitzki 2008, good to 2e-3), then Newton steps, which double the digits.
  const double l = std::log1p(-x * x);
  const double a = 0.147, b = 2 / (std::numbers::pi * a) + l / 2;
  double y = std::copysign(std::sqrt(std::sqrt(b * b - l / a) - b), x);
  for (int i = 0; i < 4; ++i) {
    // In the tails erfc keeps the digits that erf loses.
    const double error = x > 0.5    ? (1 - x) - std::erfc(y)
                         : x < -0.5 ? std::erfc(-y) - (1 + x)
                                    : std::erf(y) - x;
    const double step = error / (2 * std::numbers::inv_sqrtpi * std::exp(-y * y));
    y -= step / (1 + y * step);  // Halley's correction: erf'' / erf' = -2 y
  }
  return y;
}

double lgamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}

double digamma(double x) {
  if (x <= 0 && x == std::floor(x)) return std::numeric_limits<double>::quiet_NaN();
  if (x < 0) return digamma(1 - x) - std::numbers::pi / std::tan(std::numbers::pi * x);
  double sum = 0;
  for (; x < 10; ++x) sum -= 1 / x;
  // Asymptotic series: ln x - 1/(2x) - sum of B_2k / (2k x^2k).
  const double i = 1 / (x * x);
  return sum + std::log(x) - 0.5 / x -
         i * (1.0 / 12 -
              i * (1.0 / 120 -
                   i * (1.0 / 252 -
                        i * (1.0 / 240 - i * (1.0 / 132 - i * (691.0 / 32760 - i / 12))))));
}

double trigamma(double x) {
  if (x <= 0 && x == std::floor(x)) return std::numeric_limits<double>::infinity();
  if (x < 0) {
    const double s = std::sin(std::numbers::pi * x);
    return std::numbers::pi * std::numbers::pi / (s * s) - trigamma(1 - x);
  }
  double sum = 0;
  for (; x < 10; ++x) sum += 1 / (x * x);
  // Asymptotic series: 1/x + 1/(2x^2) + sum of B_2k / x^(2k+1).
  const double i = 1 / (x * x);
  return sum + 1 / x + i / 2 +
         i / x *
             (1.0 / 6 -
              i * (1.0 / 30 - i * (1.0 / 42 - i * (1.0 / 30 - i * (5.0 / 66 - i * 691.0 / 2730)))));
}

}  // namespace kcpp::reference::special
