#include "tests/support/closeness.h"

#include <algorithm>
#include <cmath>

namespace kcpp::test {

std::string difference(const Tensor& actual, const Tensor& expected, double tolerance,
                       double floor) {
  if (!actual.defined() || !expected.defined()) {
    if (actual.defined() == expected.defined()) return "";
    const std::vector<double> values = (actual.defined() ? actual : expected)
                                           .to_vector<double>();  // no gradient is a zero gradient
    const bool zero = std::all_of(values.begin(), values.end(), [](double v) { return v == 0; });
    return zero ? "" : actual.defined() ? "expected None" : "got None";
  }
  if (actual.shape() != expected.shape())
    return text("shape ", actual.shape(), " instead of ", expected.shape());
  const std::vector<double> a = actual.to_vector<double>(), b = expected.to_vector<double>();
  double scale = floor;
  for (double v : b) {
    if (std::isfinite(v)) scale = std::max(scale, std::abs(v));
  }
  if (scale == 0) scale = 1;
  double worst = 0;
  size_t at = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    const double d = std::abs(a[i] - b[i]) / scale;
    if (std::isnan(d) || d > worst) {
      worst = std::isnan(d) ? INFINITY : d;
      at = i;
    }
  }
  if (worst <= tolerance) return "";
  return text("element ", at, ": ", a[at], " instead of ", b[at], " (relative error ", worst,
              ", scale ", scale, ")");
}

}  // namespace kcpp::test
