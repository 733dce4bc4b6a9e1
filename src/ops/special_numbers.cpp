#include "src/ops/special_numbers.h"

#include <array>
#include <cmath>
#include <limits>
#include <numbers>

namespace kcpp::ops::detail {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double epsilon = 1e-16;
constexpr int most_terms = 10000;

Dual operator+(Dual a, Dual b) { return {a.value + b.value, a.slope + b.slope}; }
Dual operator-(Dual a, Dual b) { return {a.value - b.value, a.slope - b.slope}; }
Dual operator*(Dual a, Dual b) {
  return {a.value * b.value, a.slope * b.value + a.value * b.slope};
}
Dual operator/(Dual a, Dual b) {
  const double quotient = a.value / b.value;
  return {quotient, (a.slope - quotient * b.slope) / b.value};
}

/// B(2k) / (2k)! of Bernoulli's numbers.
constexpr std::array bernoulli = {1.0 / 12,         -1.0 / 720,     1.0 / 30240,
                                  -1.0 / 1209600,   1.0 / 47900160, -691.0 / 1307674368000,
                                  1.0 / 74724249600};

double digamma_number(double x) {
  double sum = 0;
  for (; x < 10; ++x) sum -= 1 / x;
  const double s = 1 / (x * x);
  return sum + std::log(x) - 0.5 / x -
         s * (1.0 / 12 - s * (1.0 / 120 - s * (1.0 / 252 - s * (1.0 / 240 - s / 132))));
}

/// x^a exp(-x) / gamma(a), and its derivative to a.
Dual gamma_factor(double a, double x) {
  const double value = std::exp(a * std::log(x) - x - std::lgamma(a));
  return {value, value * (std::log(x) - digamma_number(a))};
}

/// The power series of P, for x below a.
Dual gamma_series(double a, double x) {
  Dual term = Dual{1, 0} / Dual{a, 1}, sum = term;
  for (int n = 1; n < most_terms; ++n) {
    term = term * (Dual{x, 0} / Dual{a + n, 1});
    sum = sum + term;
    if (term.value <= epsilon * sum.value && std::abs(term.slope) <= epsilon) break;
  }
  return sum * gamma_factor(a, x);
}

/// The continued fraction of Q, for x above a (Lentz's way).
Dual gamma_fraction(double a, double x) {
  constexpr Dual one{1, 0}, two{2, 0};
  Dual b{x + 1 - a, -1};
  Dual c{1e300, 0}, d = one / b, h = d;
  for (int n = 1; n < most_terms; ++n) {
    const Dual i{static_cast<double>(n), 0};
    const Dual step = (Dual{0, 0} - i) * (i - Dual{a, 1});
    b = b + two;
    d = one / (step * d + b);
    c = b + step / c;
    const Dual change = c * d;
    h = h * change;
    if (std::abs(change.value - 1) < epsilon && std::abs(change.slope) < epsilon) break;
  }
  return h * gamma_factor(a, x);
}

/// The continued fraction of the incomplete beta function.
double beta_fraction(double a, double b, double x) {
  constexpr double tiny = 1e-300;
  const auto kept = [](double v) { return std::abs(v) < tiny ? tiny : v; };
  double c = 1, d = 1 / kept(1 - (a + b) * x / (a + 1)), h = d;
  for (int n = 1; n < most_terms; ++n) {
    const double m = n;
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / kept(1 + even * d);
    c = kept(1 + even / c);
    h *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / kept(1 + odd * d);
    c = kept(1 + odd / c);
    h *= d * c;
    if (std::abs(d * c - 1) < epsilon) break;
  }
  return h;
}

}  // namespace

Dual incomplete_gamma(double a, double x, bool upper) {
  if (!(a > 0) || !(x >= 0)) return {nan, nan};
  if (x == 0 || std::isinf(x)) return {(x == 0) == upper ? 1.0 : 0.0, 0};
  const bool series = x < a + 1;
  const Dual part = series ? gamma_series(a, x) : gamma_fraction(a, x);
  return series == upper ? Dual{1, 0} - part : part;
}

double incomplete_beta(double a, double b, double x) {
  if (!(a > 0) || !(b > 0) || !(x >= 0) || !(x <= 1)) return nan;
  if (x == 0 || x == 1) return x;
  const double factor = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) +
                                 a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return factor * beta_fraction(a, b, x) / a;
  return 1 - factor * beta_fraction(b, a, 1 - x) / b;
}

double hurwitz_zeta(double x, double q) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  if (!(x > 1)) return nan;
  if (q <= 0) {
    if (q == std::floor(q)) return std::numeric_limits<double>::infinity();
    if (x != std::floor(x)) return nan;  // a power of a negative number
  }
  constexpr int summed = 12;
  double sum = 0;
  if (q < -1e6) return nan;
  for (; q < summed; ++q) sum += std::pow(q, -x);
  const double power = std::pow(q, -x);
  sum += power * q / (x - 1) + power / 2;
  double rising = x, term = power / q;
  for (size_t k = 0; k < bernoulli.size(); ++k) {
    sum += bernoulli[k] * rising * term;
    const double n = x + 2 * static_cast<double>(k);
    rising *= (n + 1) * (n + 2);
    term /= q * q;
  }
  return sum;
}

double polygamma_number(double n, double x) {
  if (n < 0 || n != std::floor(n)) return nan;
  if (n == 0) {
    if (x > 0) return digamma_number(x);
    if (x == std::floor(x)) return nan;
    return digamma_number(1 - x) - std::numbers::pi / std::tan(std::numbers::pi * x);
  }
  const double sign = std::fmod(n, 2) == 0 ? -1 : 1;
  return sign * std::exp(std::lgamma(n + 1)) * hurwitz_zeta(n + 1, x);
}

double scaled_bessel_i(int order, double x) {
  const double size = std::abs(x);
  double y = 0;
  if (size < 30) {  // the power series, whose terms are all positive
    double term = order ? size / 2 : 1;
    for (int k = 1; k < most_terms && term > epsilon * y; ++k) {
      y += term;
      term *= size * size / (4.0 * k * (k + order));
    }
    y *= std::exp(-size);
  } else {  // Hankel's expansion
    double term = 1;
    const double mu = 4.0 * order;
    for (int k = 1; k < 20; ++k) {
      y += term;
      const double odd = 2.0 * k - 1;
      term *= -(mu - odd * odd) / (k * 8 * size);
    }
    y /= std::sqrt(2 * std::numbers::pi * size);
  }
  return order && x < 0 ? -y : y;
}

}  // namespace kcpp::ops::detail
