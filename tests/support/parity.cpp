#include "tests/support/parity.h"

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <random>

namespace kcpp::test {
namespace {

std::mt19937_64& generator() {
  static std::mt19937_64 g(20240607);
  return g;
}

/// Row-major position as an index tuple: "[1, 0, 2]".
std::string index_of(int64_t position, const Shape& shape) {
  std::vector<int64_t> index(static_cast<size_t>(shape.rank()));
  for (int i = shape.rank() - 1; i >= 0; --i) {
    index[static_cast<size_t>(i)] = position % shape[i];
    position /= shape[i];
  }
  return text(index);
}

}  // namespace

Backend& reference() {
  const KeepBackend keep;
  set_backend("reference");
  return backend();
}

std::vector<Backend*> other_backends() {
  const KeepBackend keep;
  std::vector<Backend*> result;
  for (const BackendInfo& info : backends()) {
    if (!info.available || info.name == "reference") continue;
    set_backend(info.name);
    result.push_back(&backend());
  }
  return result;
}

std::string difference(const Tensor& got, const Tensor& expected, Accuracy accuracy) {
  if (got.defined() != expected.defined()) {
    return got.defined() ? "a tensor where none is expected" : "no tensor where one is expected";
  }
  if (!got.defined()) return "";
  if (got.dtype() != expected.dtype()) {
    return text("dtype ", got.dtype(), ", expected ", expected.dtype());
  }
  if (got.shape() != expected.shape()) {
    return text("shape ", got.shape(), ", expected ", expected.shape());
  }
  const Tolerance t = tolerance(accuracy, got.dtype());
  const std::vector<double> a = got.to_vector<double>(), e = expected.to_vector<double>();
  double scale = 1;
  for (double v : e) {
    if (std::isfinite(v)) scale = std::max(scale, std::abs(v));
  }
  size_t wrong = 0, first = 0;
  for (size_t i = 0; i < e.size(); ++i) {
    const bool same = a[i] == e[i] || (std::isnan(a[i]) && std::isnan(e[i])) ||
                      std::abs(a[i] - e[i]) <= t.relative * std::abs(e[i]) + t.absolute * scale;
    if (!same && wrong++ == 0) first = i;
  }
  if (wrong == 0) return "";
  return text(wrong, " of ", e.size(), " elements differ; the first is ",
              index_of(static_cast<int64_t>(first), expected.shape()), ": got ", a[first],
              ", expected ", e[first], " (shape ", expected.shape(), ", ", expected.dtype(), ")");
}

void parity(const std::string& what, Accuracy accuracy,
            const std::function<Tensors(Backend&)>& kernel) {
  const Tensors expected = kernel(reference());
  for (Backend* other : other_backends()) {
    INFO(what << " on " << std::string(other->name()));
    const Tensors got = kernel(*other);
    REQUIRE(got.size() == expected.size());
    for (size_t k = 0; k < got.size(); ++k) {
      INFO("tensor " << k << ": " << difference(got[k], expected[k], accuracy));
      CHECK(difference(got[k], expected[k], accuracy).empty());
    }
  }
}

void check_values(const Tensor& got, const std::vector<double>& expected, double tolerance) {
  const std::vector<double> values = got.to_vector<double>();
  REQUIRE(values.size() == expected.size());
  for (size_t i = 0; i < values.size(); ++i) {
    INFO("element " << i << ": got " << values[i] << ", expected " << expected[i]);
    const bool same =
        values[i] == expected[i] || (std::isnan(values[i]) && std::isnan(expected[i])) ||
        std::abs(values[i] - expected[i]) <= tolerance * std::max(1.0, std::abs(expected[i]));
    CHECK(same);
  }
}

Tensor tensor(const Shape& shape, const std::vector<double>& values, DType dtype) {
  return reference().cast(Tensor::from(values, shape), dtype);
}

Tensor data(const Shape& shape, double low, double high, DType dtype) {
  std::uniform_real_distribution<double> distribution(low, high);
  std::vector<double> values(static_cast<size_t>(shape.size()));
  for (double& v : values) v = distribution(generator());
  return tensor(shape, values, dtype);
}

Tensor integers(const Shape& shape, int64_t low, int64_t high, DType dtype) {
  std::uniform_int_distribution<int64_t> distribution(low, high - 1);
  std::vector<double> values(static_cast<size_t>(shape.size()));
  for (double& v : values) v = static_cast<double>(distribution(generator()));
  return tensor(shape, values, dtype);
}

Tensor leading(const Tensor& x, int64_t n) {
  Shape sizes = x.shape();
  sizes[0] = n;
  return reference().slice(x, Shape::filled(x.rank(), 0), sizes, Shape::filled(x.rank(), 1));
}

void check_gradient(const std::string& what, const std::function<Tensors(const Tensor&)>& f,
                    const Tensor& x, const Tensors& w, const Tensor& analytic) {
  REQUIRE(analytic.shape() == x.shape());
  const auto target = [&](const Tensor& at) {
    const Tensors y = f(at);
    double sum = 0;
    for (size_t k = 0; k < w.size(); ++k) {
      if (!w[k].defined()) continue;
      REQUIRE(y[k].shape() == w[k].shape());
      const auto a = y[k].data<double>(), b = w[k].data<double>();
      for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    }
    return sum;
  };
  const double step = 1e-6;
  size_t wrong = 0;
  for (int64_t i = 0; i < x.size(); ++i) {
    Tensor up = x.clone(), down = x.clone();
    up.mutable_data<double>()[static_cast<size_t>(i)] += step;
    down.mutable_data<double>()[static_cast<size_t>(i)] -= step;
    const double numeric = (target(up) - target(down)) / (2 * step);
    const double got = analytic.data<double>()[static_cast<size_t>(i)];
    if (std::abs(numeric - got) <= 1e-5 + 1e-4 * std::abs(numeric)) continue;
    if (wrong++ > 2) continue;
    INFO(what << ": element " << i << ": analytic " << got << ", numeric " << numeric);
    CHECK(got == numeric);
  }
  INFO(what << ": " << wrong << " elements wrong");
  CHECK(wrong == 0);
}

}  // namespace kcpp::test
