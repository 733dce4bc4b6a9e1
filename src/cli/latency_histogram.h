/// Latencies counted in buckets that widen with the value, as HdrHistogram does: each holds 0.1 %
/// or better. Counting touches the same few cache lines however long it goes on, where a growing
/// list would fault in a new page every few hundred calls and so make the slowest calls slower
/// itself.
#pragma once

#include <cstdint>
#include <vector>

namespace kcpp::cli {

class LatencyHistogram {
 public:
  LatencyHistogram();

  void add(int64_t nanoseconds);
  int64_t count() const { return count_; }
  int64_t min() const { return min_; }
  int64_t max() const { return max_; }
  /// The nearest-rank percentile, in nanoseconds; exact below 2 us. 0 when nothing was counted.
  double percentile(double p) const;

 private:
  std::vector<uint32_t> buckets_;
  int64_t count_ = 0, min_ = 0, max_ = 0;
};

}  // namespace kcpp::cli
