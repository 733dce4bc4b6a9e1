/// TensorFlow's special functions. The gamma function's logarithm and its derivative are formulas
/// of operations that Keras has; the rest are operations that only kcpp knows
/// (src/ops/special.cpp).
#include <cmath>
#include <numbers>

#include "src/saving/legacy/tf_value.h"

namespace kcpp::saving {
namespace {

using B = TfBuilder;

constexpr double pi = std::numbers::pi;
constexpr int64_t steps_up = 8;  // then four terms of Stirling's series are exact

/// x + 0, x + 1 .. along a new last axis.
TfValue steps(const TfValue& x) {
  Config numbers = Config::list();
  for (int64_t i = 0; i < steps_up; ++i) numbers.push_back(static_cast<double>(i));
  return x.expand(-1) + tf_tensor_argument(numbers, false);
}

/// Both functions are known from 1/2 upwards; below, at 1 - x.
struct Reflected {
  TfValue below, x;  ///< where x < 1/2; x or 1 - x
  explicit Reflected(const TfValue& given)
      : below(given.with("Less", 0.5)), x((1.0 - given).where(below, given)) {}
};

/// log|gamma(x)|: gamma(x) gamma(1 - x) = pi / sin(pi x).
TfValue lgamma(const TfValue& given) {
  const Reflected r(given);
  const TfValue w = r.x + steps_up, inverse = w.of("Reciprocal"), square = inverse.of("Square");
  const TfValue series =
      inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680))));
  const TfValue far = (w - 0.5) * w.of("Log") - w + 0.5 * std::log(2 * pi) + series;
  const TfValue y = far - steps(r.x).of("Log").over("Sum", -1);
  // Where it is not used the sine is 1: a gradient of 0 / 0 would not go away.
  const TfValue sine = (pi * given).of("Sin").of("Absolute").where(r.below, 1.0);
  return (std::log(pi) - sine.of("Log") - y).where(r.below, y);
}

/// The derivative of it: digamma(1 - x) - digamma(x) = pi / tan(pi x).
TfValue digamma(const TfValue& given) {
  const Reflected r(given);
  const TfValue w = r.x + steps_up, inverse = w.of("Reciprocal"), square = inverse.of("Square");
  const TfValue series = square * (1.0 / 12 - square * (1.0 / 120 - square * (1.0 / 252)));
  const TfValue y =
      w.of("Log") - 0.5 * inverse - series - steps(r.x).of("Reciprocal").over("Sum", -1);
  const TfValue angle = pi * given.where(r.below, 0.25);
  return (y - pi / angle.of("Tan")).where(r.below, y);
}

TfValue argument(B& b, const char* name, bool first = false) { return {b, b.tensor(name, first)}; }

/// log of the beta function over the last axis.
void lbeta(B& b) {
  const TfValue x = argument(b, "x", true);
  lgamma(x).over("Sum", -1) - lgamma(x.over("Sum", -1));
}

/// The running logarithm of sums of exponentials: row i of a matrix holds what comes up to i.
void cumulative_logsumexp(B& b) {
  const int64_t axis = b.integer("axis", 0);
  const bool reverse = b.flag("reverse");
  const Config last = Config::dict({{"axis", -1}});
  TfValue x = argument(b, "x", true);
  if (axis != -1) x = x.swap(axis, -1);
  if (reverse) x = x.of("Flip", last);
  const TfValue size = x.of("Shape").at({Config(-1)});
  const TfValue places{b, tf_numbers(b, size)};
  const TfValue up_to = places.expand(-1).with("GreaterEqual", places);
  constexpr double nothing = -3e38;  // an infinity would make the gradient of what it hides NaN
  TfValue y = x.expand(-2).where(up_to, nothing).over("Logsumexp", -1);
  if (b.flag("exclusive")) {
    const TfValue minus_infinity = x.at({tf_ellipsis(), tf_slice(0, 1)}).of("ZerosLike").of("Log");
    const TfValue before = y.at({tf_ellipsis(), tf_slice(0, -1)});
    y = {b, b.op("Concatenate", {Config::list({minus_infinity, before})}, last)};
  }
  if (reverse) y = y.of("Flip", last);
  if (axis != -1) y = y.swap(axis, -1);
}

/// The last term of Stirling's formula for log(targets!), where it is used, completes the loss.
void log_poisson_loss(B& b) {
  const TfValue targets = argument(b, "targets", true), log_input = argument(b, "log_input");
  const TfValue loss = log_input.of("Exp") - log_input * targets;
  if (!b.flag("compute_full_loss")) return;
  // Where it is not used its logarithm is that of 1: a gradient of infinity would not go away.
  const TfValue small = targets.with("LessEqual", 1.0);
  const TfValue t{b, b.op("Where", {small, 1.0, targets})};
  const TfValue stirling = t * t.of("Log") - t + 0.5 * (2 * pi * t).of("Log");
  loss + Config(b.op("Where", {small, 0.0, stirling}));
}

constexpr TfFunction table[] = {
    {"lgamma", [](B& b) { lgamma(argument(b, "x", true)); }},
    {"digamma", [](B& b) { digamma(argument(b, "x", true)); }},
    {"lbeta", lbeta},
    {"cumulative_logsumexp", cumulative_logsumexp},
    {"log_poisson_loss", log_poisson_loss},
};

}  // namespace

bool add_tf_special(std::string_view name, TfBuilder& builder) {
  return add_tf_function(table, name, builder);
}

}  // namespace kcpp::saving
