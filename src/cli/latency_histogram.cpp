#include "src/cli/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace kcpp::cli {
namespace {

constexpr int fine_bits = 11;  // values below 2^11 have a bucket each
constexpr int64_t half = int64_t{1} << (fine_bits - 1);

/// How many low bits of a value its bucket leaves out.
int dropped_bits(int64_t value) {
  return std::max(0, static_cast<int>(std::bit_width(static_cast<uint64_t>(value))) - fine_bits);
}

}  // namespace

LatencyHistogram::LatencyHistogram() : buckets_(static_cast<size_t>((65 - fine_bits) * half)) {}

void LatencyHistogram::add(int64_t nanoseconds) {
  const int64_t value = std::max<int64_t>(nanoseconds, 0);
  const int dropped = dropped_bits(value);
  ++buckets_[static_cast<size_t>(dropped * half + (value >> dropped))];
  min_ = count_ == 0 ? value : std::min(min_, value);
  max_ = std::max(max_, value);
  ++count_;
}

double LatencyHistogram::percentile(double p) const {
  const double exact = p / 100 * static_cast<double>(count_);
  const auto rank =
      static_cast<int64_t>(std::ceil(exact - 1e-9 * exact));  // 99.9 has no exact binary
  int64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen < std::max<int64_t>(rank, 1)) continue;
    const auto index = static_cast<int64_t>(i);
    const int64_t dropped = std::max<int64_t>(0, index / half - 1);
    const double low =
        std::ldexp(static_cast<double>(index - dropped * half), static_cast<int>(dropped));
    const double middle = low + (std::ldexp(1.0, static_cast<int>(dropped)) - 1) / 2;
    return std::clamp(middle, static_cast<double>(min_), static_cast<double>(max_));
  }
  return 0;
}

}  // namespace kcpp::cli
