#include "src/initializers/windows.h"

#include <cmath>
#include <functional>
#include <initializer_list>
#include <numbers>

#include "kcpp/core/error.h"
#include "kcpp/core/object.h"

namespace kcpp {
namespace {

constexpr double pi = std::numbers::pi;

/// x in [-1, 1] over the window.
using Shape1D = double (*)(double x);

/// Sum of a[k] cos(k pi (x + 1)) with alternating signs hidden in the phase.
double cosines(double x, std::initializer_list<double> a) {
  double sum = 0, k = 0;
  for (double c : a) sum += c * std::cos(pi * x * k++);
  return sum;
}

double boxcar(double) { return 1; }
double hann(double x) { return cosines(x, {0.5, 0.5}); }
double hamming(double x) { return cosines(x, {0.54, 0.46}); }
double blackman(double x) { return cosines(x, {0.42, 0.5, 0.08}); }
double nuttall(double x) { return cosines(x, {0.3635819, 0.4891775, 0.1365995, 0.0106411}); }
double blackmanharris(double x) { return cosines(x, {0.35875, 0.48829, 0.14128, 0.01168}); }
double flattop(double x) {
  return cosines(x, {0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368});
}
double bartlett(double x) { return 1 - std::abs(x); }
double bohman(double x) {
  const double a = std::abs(x);
  return a >= 1 ? 0 : (1 - a) * std::cos(pi * a) + std::sin(pi * a) / pi;
}
double barthann(double x) {
  const double a = std::abs(x) / 2;
  return 0.62 - 0.48 * a + 0.38 * std::cos(2 * pi * a);
}
double lanczos(double x) { return x == 0 ? 1 : std::sin(pi * x) / (pi * x); }
double tukey(double x) {
  const double a = std::abs(x);
  return a < 0.5 ? 1 : 0.5 * (1 + std::cos(pi * (2 * a - 1)));
}

struct Named {
  std::string_view name;
  Shape1D shape;
};
constexpr Named kWindows[] = {
    {"boxcar", boxcar},
    {"box", boxcar},
    {"ones", boxcar},
    {"rect", boxcar},
    {"rectangular", boxcar},
    {"hann", hann},
    {"han", hann},
    {"hamming", hamming},
    {"hamm", hamming},
    {"ham", hamming},
    {"blackman", blackman},
    {"black", blackman},
    {"blk", blackman},
    {"nuttall", nuttall},
    {"nutl", nuttall},
    {"nut", nuttall},
    {"flattop", flattop},
    {"flat", flattop},
    {"flt", flattop},
    {"bartlett", bartlett},
    {"bart", bartlett},
    {"brt", bartlett},
    {"bohman", bohman},
    {"bman", bohman},
    {"bmn", bohman},
    {"barthann", barthann},
    {"brthan", barthann},
    {"bth", barthann},
    {"lanczos", lanczos},
    {"sinc", lanczos},
    {"tukey", tukey},
    {"tuk", tukey},
    {"blackmanharris", blackmanharris},
    {"blackharr", blackmanharris},
    {"bkh", blackmanharris},
};

// These depend on the number of points, not on the place alone.
double cosine(double i, double n) { return std::sin(pi / n * (i + 0.5)); }
double triangle(double i, double n) {
  const double from_end = std::min(i, n - 1 - i) + 1;
  return std::fmod(n, 2) == 0 ? (2 * from_end - 1) / n : 2 * from_end / (n + 1);
}
double parzen(double i, double n) {
  const double at = std::abs(i - (n - 1) / 2), share = at / (n / 2);
  if (at <= (n - 1) / 4) return 1 - 6 * share * share + 6 * share * share * share;
  return 2 * std::pow(1 - share, 3);
}
double exponential(double i, double n) { return std::exp(-std::abs(i - (n - 1) / 2)); }

struct NamedByCount {
  std::string_view name;
  double (*value)(double i, double n);
};
constexpr NamedByCount kByCount[] = {
    {"cosine", cosine},       {"halfcosine", cosine}, {"triang", triangle},
    {"triangle", triangle},   {"tri", triangle},      {"parzen", parzen},
    {"parz", parzen},         {"par", parzen},        {"exponential", exponential},
    {"poisson", exponential},
};

/// f(i, n) of the window of that name; empty for an unknown one.
std::function<double(double, double)> find_window(std::string_view name) {
  for (const NamedByCount& w : kByCount) {
    if (w.name == name) return w.value;
  }
  for (const Named& w : kWindows) {
    if (w.name == name)
      return [shape = w.shape](double i, double n) { return shape(2 * i / (n - 1) - 1); };
  }
  return {};
}

}  // namespace

void check_signal_window(std::string_view name) {
  check(static_cast<bool>(find_window(name)), "Unknown window type: '", name, "'.");
}

std::vector<double> signal_window(std::string_view name, int64_t length, bool periodic) {
  check_signal_window(name);
  if (length == 1) return {1.0};
  const auto value = find_window(name);
  // A periodic window is the symmetric one of a point more, without its last.
  const auto points = static_cast<double>(length + (periodic ? 1 : 0));
  std::vector<double> out;
  for (int64_t i = 0; i < length; ++i) out.push_back(value(static_cast<double>(i), points));
  return out;
}

Config window_config(const ops::Window& window) {
  if (window.is_none()) return {};
  if (!window.name().empty()) return window.name();
  return to_config(window.values().to_vector<double>());
}

ops::Window window_from_config(const Config& config) {
  if (config.is_null()) return std::nullopt;
  if (config.is_string()) return config.as_string();
  std::vector<double> values;
  from_config(config, values, "window");
  return Tensor::from(values);
}

}  // namespace kcpp
