/// bench: latency, throughput, load time and memory of a user's own model.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "kcpp/backend.h"
#include "kcpp/ops/random.h"
#include "kcpp/session.h"
#include "src/cli/files.h"

namespace kcpp::cli {

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double megabytes(size_t bytes) { return static_cast<double>(bytes) / (1024 * 1024); }

/// Peak memory of the process so far.
double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// The nearest-rank percentile of sorted times.
double percentile(const std::vector<double>& sorted, double p) {
  const auto rank = static_cast<size_t>(std::ceil(p / 100 * static_cast<double>(sorted.size())));
  return sorted[std::clamp<size_t>(rank, 1, sorted.size()) - 1];
}

/// The shape of each input without the batch; a size that the model leaves open is `open_size`.
Shapes input_shapes(const Model& model, int64_t open_size) {
  Shapes out;
  for (const Tensor& input : model.inputs()) {
    std::vector<int64_t> dims;
    for (int d = 1; d < input.rank(); ++d) {
      const int64_t size = input.shape()[d];
      dims.push_back(size == Shape::unknown ? open_size : size);
    }
    out.emplace_back(dims);
  }
  return out;
}

Tensor random_input(const TensorSpec& spec) {
  if (is_floating(spec.dtype)) return random::uniform(spec.shape, 0.0, 1.0, spec.dtype);
  return Tensor::zeros(spec.shape, spec.dtype);  // an id that every table has
}

}  // namespace

void bench(const Arguments& a) {
  if (a.threads > 0) set_num_threads(a.threads);
  const int threads = num_threads();

  const auto loading = Clock::now();
  const Model model = open_model(a, false);
  const double load_ms = milliseconds_since(loading);
  check(!model.inputs().empty(), "The model in ", a.model, " has no defined inputs.");

  const auto preparing = Clock::now();
  Session session = model.session({.batch_size = a.batch_size,
                                   .threads = threads,
                                   .precision = a.precision,
                                   .input_shapes = input_shapes(model, a.open_size)});
  Tensors x;
  std::vector<InputData> in;
  for (const TensorSpec& spec : session.inputs()) x.push_back(random_input(spec));
  for (const Tensor& t : x) in.emplace_back(t);
  std::vector<std::vector<std::byte>> y;
  std::vector<OutputData> out;
  for (const TensorSpec& spec : session.outputs()) {
    y.emplace_back(static_cast<size_t>(spec.shape.size()) * size_of(spec.dtype));
    OutputData o;
    o.data = y.back().data();
    o.size = static_cast<size_t>(spec.shape.size());
    o.dtype = spec.dtype;
    out.push_back(o);
  }
  const auto run = [&] {
    if (!session.run(in, out)) throw ValueError(session.error());
  };
  run();
  const double first_ms = milliseconds_since(preparing);
  for (int i = 0; i < 2; ++i) run();

  std::vector<double> times;  // microseconds
  times.reserve(1 << 16);
  const auto begun = Clock::now();
  do {
    const auto start = Clock::now();
    run();
    times.push_back(milliseconds_since(start) * 1e3);
  } while (milliseconds_since(begun) < 1e3 * static_cast<double>(a.seconds) || times.size() < 10);
  const double total = milliseconds_since(begun) / 1e3;
  std::sort(times.begin(), times.end());
  const double rate = static_cast<double>(times.size()) * static_cast<double>(a.batch_size) / total;

  const Config result =
      Config::dict({{"model", a.model},
                    {"backend", std::string(backend().name())},
                    {"threads", threads},
                    {"batch_size", a.batch_size},
                    {"precision", a.precision},
                    {"calls", static_cast<int64_t>(times.size())},
                    {"load_ms", load_ms},
                    {"first_call_ms", first_ms},
                    {"latency_us", Config::dict({{"min", times.front()},
                                                 {"p50", percentile(times, 50)},
                                                 {"p90", percentile(times, 90)},
                                                 {"p99", percentile(times, 99)},
                                                 {"p99.9", percentile(times, 99.9)},
                                                 {"max", times.back()}})},
                    {"samples_per_s", rate},
                    {"weights_mb", megabytes(session.weight_bytes())},
                    {"arena_mb", megabytes(session.arena_bytes())},
                    {"peak_mb", peak_megabytes()}});
  if (!a.json.empty()) write_text(a.json, result.to_json(2));
  std::printf("%s: backend %s, %d thread%s, batch %lld, %s, %zu calls\n", a.model.c_str(),
              std::string(backend().name()).c_str(), threads, threads == 1 ? "" : "s",
              static_cast<long long>(a.batch_size), a.precision.c_str(), times.size());
  std::printf("load          %.1f ms, session and first call %.1f ms\n", load_ms, first_ms);
  std::printf("latency (us)  min %.1f  p50 %.1f  p90 %.1f  p99 %.1f  p99.9 %.1f  max %.1f\n",
              times.front(), percentile(times, 50), percentile(times, 90), percentile(times, 99),
              percentile(times, 99.9), times.back());
  std::printf("throughput    %.1f samples/s\n", rate);
  std::printf(
      "memory        packed weights %.1f MB, activations %.1f MB, peak of the process %.1f MB\n",
      megabytes(session.weight_bytes()), megabytes(session.arena_bytes()), peak_megabytes());
}

}  // namespace kcpp::cli
