/// The workloads of docs/performance.md:  kcpp_bench [--threads N] [--repeats N] [w1 w4-lstm w7
/// ...] A name selects every workload that it begins; none: all. One JSON line a figure.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "kcpp/backend.h"
#include "kcpp/core/error.h"
#include "kcpp/core/random.h"
#include "kcpp/profile.h"
#include "tests/benchmarks/measure.h"
#include "tests/benchmarks/workloads.h"

namespace {

struct Workload {
  std::string name;
  std::function<void()> run;
  bool memory = false;  ///< part of W9, the peaks of memory
};

const std::vector<Workload>& workloads() {
  using namespace bench;
  static const std::vector<Workload> table = {
      {"w1", w1_tiny_fit},
      {"w2", w2_mlp},
      {"w3", w3_cnn, true},
      {"w4-simplernn", [] { w4_recurrent("simplernn"); }},
      {"w4-lstm", [] { w4_recurrent("lstm"); }},
      {"w4-gru", [] { w4_recurrent("gru"); }},
      {"w5-resnet20", w5_resnet20, true},
      {"w5-resnet50", w5_resnet50, true},
      {"w6", w6_transformer},
      {"w7-tinymlp", [] { w7_inference("tinymlp"); }},
      {"w7-lstm", [] { w7_inference("lstm"); }},
      {"w7-mobilenetv2", [] { w7_inference("mobilenetv2"); }},
      {"w7-resnet50", [] { w7_inference("resnet50"); }, true},
      {"w8", w8_cold_start},
  };
  return table;
}

bool selected(const Workload& w, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return true;
  return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& name) {
    return w.name.starts_with(name) || (name == "w9" && w.memory);
  });
}

/// Each workload in a process of its own: its peak of memory is its own.
int run_alone(const Workload& w) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    int code = 0;
    try {
      kcpp::set_random_seed(1);
      w.run();
    } catch (const std::exception& e) {
      std::fprintf(stderr, "kcpp_bench: %s: %s\n", w.name.c_str(), e.what());
      code = 1;
    }
    std::fflush(stdout);
    kcpp::profile::stop();
    _exit(code);
  }
  int status = 1;
  return child > 0 && waitpid(child, &status, 0) == child ? status : 1;
}

int usage() {
  std::fprintf(stderr, "usage: kcpp_bench [--threads N] [--repeats N] [WORKLOAD ...]\nworkloads:");
  for (const Workload& w : workloads()) std::fprintf(stderr, " %s", w.name.c_str());
  std::fprintf(stderr, " w9\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> wanted;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    if (arg == "--cold" && i + 1 < argc) {
      bench::predict_cold(argv[i + 1]);
      return 0;
    }
    if ((arg == "--repeats" || arg == "--threads") && i + 1 < argc) {
      const int n = std::max(1, std::atoi(argv[++i]));
      if (arg == "--threads") {
        kcpp::set_num_threads(n);
        setenv("OMP_NUM_THREADS", std::to_string(n).c_str(), 1);  // for W8's processes
      }
      if (arg == "--repeats") bench::set_repeats(n);
    } else if (std::none_of(workloads().begin(), workloads().end(),
                            [&](const Workload& w) { return selected(w, {arg}); })) {
      return usage();
    } else {
      wanted.push_back(arg);
    }
  }
  int failures = 0;
  for (const Workload& w : workloads()) {
    if (selected(w, wanted)) failures += run_alone(w) != 0;
  }
  return failures == 0 ? 0 : 1;
}
