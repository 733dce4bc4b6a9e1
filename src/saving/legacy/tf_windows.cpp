/// TensorFlow's windows with the arguments that they have by themselves.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "src/ops/special_numbers.h"
#include "src/saving/legacy/tf_signal.h"

namespace kcpp::saving {
namespace {

using Numbers = std::vector<double>;

constexpr double pi = std::numbers::pi;

template <class F>
Numbers made(int64_t length, F f) {
  Numbers out(static_cast<size_t>(length));
  for (size_t i = 0; i < out.size(); ++i) out[i] = f(static_cast<double>(i));
  return out;
}

/// Periodic, but for an odd length.
Numbers raised_cosine(int64_t length, double base) {
  const double period = static_cast<double>(length - length % 2);
  return made(length, [&](double i) {
    return length == 1 ? 1.0 : base - (1 - base) * std::cos(2 * pi * i / period);
  });
}
Numbers vorbis(int64_t length) {
  return made(length, [&](double i) {
    const double sine = std::sin(pi * (i + 0.5) / static_cast<double>(length));
    return std::sin(pi / 2 * sine * sine);
  });
}
Numbers kaiser(int64_t length) {
  constexpr double beta = 12;
  const double half = static_cast<double>(length - 1) / 2;
  return made(length, [&](double i) {
    if (length == 1) return 1.0;
    const double at = (i - half) / half;
    const double x = beta * std::sqrt(std::max(0.0, 1 - at * at));
    return std::exp(x - beta) * ops::detail::scaled_bessel_i(0, x) /
           ops::detail::scaled_bessel_i(0, beta);
  });
}
/// The roots of the running sums of a Kaiser window, forwards and backwards.
Numbers kaiser_bessel_derived(int64_t length) {
  Numbers sums = kaiser(length / 2 + 1);
  for (size_t i = 1; i < sums.size(); ++i) sums[i] += sums[i - 1];
  Numbers half(sums.begin(), sums.end() - 1);
  for (double& v : half) v = std::sqrt(v / sums.back());
  Numbers out = half;
  out.insert(out.end(), half.rbegin(), half.rend());
  return out;
}

constexpr std::pair<std::string_view, Numbers (*)(int64_t)> windows[] = {
    {"hann_window", [](int64_t length) { return raised_cosine(length, 0.5); }},
    {"hamming_window", [](int64_t length) { return raised_cosine(length, 0.54); }},
    {"vorbis_window", vorbis},
    {"kaiser_window", kaiser},
    {"kaiser_bessel_derived_window", kaiser_bessel_derived},
};

}  // namespace

std::vector<double> tf_window(const TfBuilder& b, int64_t length, std::string_view otherwise) {
  if (length < 1 || length > tf_longest_frame) b.refuse("with an absurd length of its window");
  const Config* given = b.given("window_fn");
  if (given && given->is_null()) return {};
  const Config name = given ? *given : Config(otherwise);
  for (const auto& [known, window] : windows)
    if (name == Config(known)) return window(length);
  b.refuse(text("with window_fn=", name, ", whose numbers TensorFlow left out of the file"));
}

Config tf_constant(const std::vector<double>& numbers) {
  Config out = Config::list();
  for (double v : numbers) out.push_back(v);
  return tf_tensor_argument(out, false);
}

}  // namespace kcpp::saving
