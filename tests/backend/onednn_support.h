/// The oneDNN backend beside the reference: the same call on both, and how far the results are
/// apart.
#pragma once

#include <catch2/catch_all.hpp>
#include <cmath>
#include <cstring>
#include <string>

#include "kcpp/backend.h"

namespace kcpp::testing {

struct Both {
  Both() {
    set_backend("reference");
    slow = &backend();
    set_backend("onednn");
    fast = &backend();
  }
  Backend* fast = nullptr;
  Backend* slow = nullptr;
};

/// Numbers of [low, high) that look random and never change.
inline Tensor numbers(const Shape& shape, double low = -1, double high = 1, uint32_t seed = 1) {
  Tensor t = Tensor::empty(shape);
  uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
  for (float& v : t.mutable_data<float>()) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    v = static_cast<float>(low + (high - low) * static_cast<double>(state >> 40) * 0x1p-24);
  }
  return t;
}

/// Weights of [-1, 1) / sqrt(fan_in): sums of products with them stay near 1, and so do their
/// rounding errors.
inline Tensor weights(const Shape& shape, int64_t fan_in, uint32_t seed = 2) {
  const double limit = 1 / std::sqrt(static_cast<double>(fan_in));
  return numbers(shape, -limit, limit, seed);
}

/// The greatest difference, relative to the greatest element (1 at least); infinite where one is
/// NaN and the other isn't, or for different shapes.
inline double distance(const Tensor& a, const Tensor& b) {
  if (a.defined() != b.defined()) return INFINITY;
  if (!a.defined()) return 0;
  if (!(a.shape() == b.shape()) || a.dtype() != b.dtype()) return INFINITY;
  const std::vector<double> x = a.to_vector<double>(), y = b.to_vector<double>();
  double most = 1, worst = 0;
  for (double v : y) {
    if (std::isfinite(v)) most = std::max(most, std::fabs(v));
  }
  for (size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i]) && std::isnan(y[i])) continue;
    if (std::isnan(x[i]) || std::isnan(y[i])) return INFINITY;
    if (x[i] == y[i]) continue;
    worst = std::max(worst, std::fabs(x[i] - y[i]) / most);
  }
  return worst;
}

/// Every element within `relative` of the other (or within `absolute`).
inline double element_distance(const Tensor& a, const Tensor& b, double absolute) {
  const std::vector<double> x = a.to_vector<double>(), y = b.to_vector<double>();
  double worst = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i]) && std::isnan(y[i])) continue;
    if (std::isnan(x[i]) || std::isnan(y[i])) return INFINITY;
    const double d = std::fabs(x[i] - y[i]);
    if (x[i] == y[i] || d <= absolute) continue;
    worst = std::max(worst, d / std::fabs(y[i]));
  }
  return worst;
}

inline bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}

}  // namespace kcpp::testing
