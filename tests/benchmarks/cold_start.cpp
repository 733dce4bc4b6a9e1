/// W8: the wall time of a whole process that loads ResNet-50 and predicts one image.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "kcpp/applications.h"
#include "kcpp/kcpp.h"
#include "tests/benchmarks/measure.h"
#include "tests/benchmarks/workloads.h"

namespace bench {

using namespace kcpp;

void predict_cold(const std::string& path) {
  const Model model = load_model(path, {.compile = false});
  Session session = model.session({.batch_size = 1, .threads = num_threads()});
  const Tensor y = session(random::uniform({1, 224, 224, 3}));
  std::printf("%g\n", y.to_vector<float>()[0]);
}

namespace {

/// Runs `kcpp_bench --cold path`; gives its peak of memory in MB.
double run_cold(const std::string& path) {
  const pid_t child = fork();
  check<IOError>(child >= 0, "Cannot start a process.");
  if (child == 0) {
    if (!std::freopen("/dev/null", "w", stdout)) _exit(126);
    execl("/proc/self/exe", "kcpp_bench", "--cold", path.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  check<IOError>(wait4(child, &status, 0, &usage) == child && status == 0,
                 "The process that loads ", path, " failed.");
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

}  // namespace

void w8_cold_start() {
  namespace fs = std::filesystem;
  const char* exported = std::getenv("ANCHORS_TMP");  // where w7_infer.py --net export writes
  const fs::path own = fs::temp_directory_path() / ("kcpp_bench_" + std::to_string(getpid()));
  for (const char* suffix : {".keras", ".h5"}) {
    fs::path file = exported ? fs::path(exported) / (std::string("resnet50") + suffix) : fs::path();
    if (!fs::exists(file)) {
      fs::create_directories(own);
      file = own / (std::string("resnet50") + suffix);
      applications::ResNet50().save(file.string());
    }
    double rss = 0;
    Seconds times =
        repeat([&] { rss = std::max(rss, run_cold(file.string())); }, 1, repeats_or(5), 60);
    report("W8 cold start ResNet-50", std::string("kcpp ") + suffix, std::move(times), "s", 1, rss);
  }
  fs::remove_all(own);
}

}  // namespace bench
