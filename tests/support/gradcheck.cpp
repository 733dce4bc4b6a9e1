#include "tests/support/gradcheck.h"

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <cmath>
#include <random>

#include "kcpp/core/tape.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"

namespace kcpp::test {
namespace {

using Function = std::function<Tensor(const Tensors&)>;

Tensors copies(const Tensors& xs) {
  Tensors out;
  for (const Tensor& x : xs) out.push_back(x.defined() ? x.clone() : x);
  return out;
}

Tensor loss_of(const Function& f, const Tensors& xs, uint64_t seed) {
  const Tensor y = f(xs);
  return ops::sum(y * random_tensor(y.shape(), -1, 1, seed).astype(y.dtype()));
}

bool is_checked(const Tensor& x) { return x.defined() && x.dtype() == DType::float64; }

void first_order(const Function& f, const Tensors& xs, const GradcheckOptions& o,
                 const char* what) {
  Tensors sources;
  std::vector<size_t> which;
  Tensors watched = copies(xs);
  GradientTape tape;
  for (size_t k = 0; k < watched.size(); ++k) {
    if (!is_checked(watched[k])) continue;
    tape.watch(watched[k]);
    sources.push_back(watched[k]);
    which.push_back(k);
  }
  const Tensor loss = loss_of(f, watched, 77);
  const Tensors gradients = tape.gradient(loss, sources);
  tape.stop();
  for (size_t s = 0; s < sources.size(); ++s) {
    const size_t k = which[s];
    const int64_t n = xs[k].size();
    std::vector<double> analytic(static_cast<size_t>(n), 0.0);
    if (gradients[s].defined()) {
      INFO(what << ": input " << k);
      REQUIRE(gradients[s].shape() == xs[k].shape());
      analytic = gradients[s].to_vector<double>();
    }
    for (int64_t i = 0; i < n; ++i) {
      const auto at = [&](double step) {
        Tensors moved = copies(xs);
        moved[k].mutable_data<double>()[static_cast<size_t>(i)] += step;
        return loss_of(f, moved, 77).item();
      };
      const double numeric = (at(o.eps) - at(-o.eps)) / (2 * o.eps);
      const double a = analytic[static_cast<size_t>(i)];
      const bool close = std::abs(numeric - a) <= o.atol + o.rtol * std::abs(numeric);
      if (!close) {
        INFO(what << ": input " << k << " element " << i << ": analytic " << a << " numeric "
                  << numeric);
        CHECK(close);
        return;  // one element tells; the others would drown it
      }
    }
  }
  SUCCEED();
}

}  // namespace

Tensor random_tensor(const Shape& shape, double low, double high, uint64_t seed) {
  const size_t n = static_cast<size_t>(shape.size());
  std::vector<double> values(n);
  for (size_t i = 0; i < n; ++i)
    values[i] = low + (static_cast<double>(i) + 0.5) / static_cast<double>(n) * (high - low);
  std::mt19937_64 engine(seed * 1000003 + n);
  for (size_t i = n; i > 1; --i) std::swap(values[i - 1], values[engine() % i]);
  return Tensor::from(values, shape);
}

Tensor away_from(const Shape& shape, std::initializer_list<double> points, double low, double high,
                 double margin, uint64_t seed) {
  std::vector<double> values = random_tensor(shape, low, high, seed).to_vector<double>();
  for (double& v : values) {
    for (double p : points) {
      if (std::abs(v - p) < margin) v = p + (v < p ? -margin : margin);
    }
  }
  return Tensor::from(values, shape);
}

void gradcheck(const Function& f, const Tensors& xs, const GradcheckOptions& options) {
  first_order(f, xs, options, "gradient");
  if (!options.second) return;
  // The gradient of a nonlinear function of y, so that the cotangent of the inner pass depends on
  // the inputs too.
  const Function gradient = [&f](const Tensors& in) {
    GradientTape tape;
    Tensors sources;
    for (const Tensor& t : in) {
      if (!is_checked(t)) continue;
      tape.watch(t);
      sources.push_back(t);
    }
    const Tensor y = f(in);
    const Tensor w = random_tensor(y.shape(), -1, 1, 5).astype(y.dtype());
    const Tensor target = ops::sum(y * w + ops::square(y) * 0.5);
    Tensor total;
    uint64_t seed = 11;
    for (const Tensor& g : tape.gradient(target, sources)) {
      if (!g.defined()) continue;
      const Tensor part = ops::sum(g * random_tensor(g.shape(), -1, 1, seed++));
      total = total.defined() ? total + part : part;
    }
    REQUIRE(total.defined());
    return total;
  };
  first_order(gradient, xs, {.eps = 1e-5, .atol = 1e-4, .rtol = 1e-3}, "second derivative");
}

}  // namespace kcpp::test
