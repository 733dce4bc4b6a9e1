#include "tests/benchmarks/measure.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "kcpp/backend.h"

namespace bench {

namespace {
int forced_repeats = 0;
}

double seconds_of(const std::function<void()>& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double peak_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

Seconds repeat(const std::function<void()>& run, int warm, int repeats, double budget) {
  for (int i = 0; i < warm; ++i) run();
  Seconds out;
  double spent = 0;
  while (static_cast<int>(out.size()) < repeats && (out.size() < 3 || spent < budget)) {
    out.push_back(seconds_of(run));
    spent += out.back();
  }
  return out;
}

void report(const std::string& workload, const std::string& peer, Seconds times, const char* unit,
            double scale, double rss_mb) {
  std::sort(times.begin(), times.end());
  const size_t n = times.size(), middle = n / 2;
  const double median = n % 2 ? times[middle] : (times[middle - 1] + times[middle]) / 2;
  std::printf(
      "{\"workload\": \"%s\", \"peer\": \"%s\", \"threads\": %d, \"metric\": \"time\", "
      "\"value\": %.5g, \"unit\": \"%s\", \"rss_mb\": %.0f, \"min\": %.5g, \"n\": %zu}\n",
      workload.c_str(), peer.c_str(), kcpp::num_threads(), median * scale, unit,
      rss_mb > 0 ? rss_mb : peak_mb(), times.front() * scale, n);
  std::fflush(stdout);
}

int repeats_or(int wanted) { return forced_repeats > 0 ? forced_repeats : wanted; }
void set_repeats(int repeats) { forced_repeats = repeats; }

}  // namespace bench
