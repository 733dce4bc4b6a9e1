/// Timing and the JSON lines of kcpp_bench.
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "kcpp/backend.h"

namespace bench {

inline double seconds_of(const std::function<void()>& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Peak memory of the process so far, in MB.
inline double peak_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

/// Median, minimum and count, in the form of the peers' lines; `scale` turns seconds into `unit`.
inline void report(const std::string& workload, std::vector<double> seconds, double scale,
                   const char* unit) {
  std::sort(seconds.begin(), seconds.end());
  const double median = seconds[seconds.size() / 2] * scale, least = seconds.front() * scale;
  std::printf(
      "{\"workload\": \"%s\", \"peer\": \"kcpp\", \"threads\": %d, \"metric\": \"time\", "
      "\"value\": %.4g, \"unit\": \"%s\", "
      "\"rss_mb\": %.0f, \"min\": %.4g, \"n\": %zu}\n",
      workload.c_str(), kcpp::num_threads(), median, unit, peak_mb(), least, seconds.size());
  std::fflush(stdout);
}

/// One warm-up run, then `repeats` that count.
inline std::vector<double> repeat(int repeats, const std::function<void()>& run) {
  run();
  std::vector<double> out;
  for (int i = 0; i < repeats; ++i) out.push_back(seconds_of(run));
  return out;
}

}  // namespace bench
