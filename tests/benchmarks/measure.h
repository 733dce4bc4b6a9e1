/// Timing and the JSON lines of kcpp_bench: the names and keys of the peers' harness.py.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace bench {

using Seconds = std::vector<double>;

double seconds_of(const std::function<void()>& run);
/// Peak memory of the process so far, in MB.
double peak_mb();

/// One run after another, each timed: at least 3, at most `repeats` within `budget` seconds, after
/// `warm` that do not count.
Seconds repeat(const std::function<void()>& run, int warm, int repeats, double budget);

/// {"workload": .., "peer": "kcpp", "threads": .., "metric": "time", "value": the median, "unit":
/// .., "rss_mb": .., "min": .., "n": ..}. `scale` turns seconds into `unit`; rss_mb of 0: the peak
/// of this process.
void report(const std::string& workload, const std::string& peer, Seconds times, const char* unit,
            double scale = 1, double rss_mb = 0);

/// `--repeats`, or what the workload wants.
int repeats_or(int wanted);
void set_repeats(int repeats);

}  // namespace bench
