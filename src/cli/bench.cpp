/// bench: latency, throughput, load time and memory of a user's own model.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "kcpp/backend.h"
#include "kcpp/ops/random.h"
#include "kcpp/session.h"
#include "src/cli/files.h"
#include "src/cli/latency_histogram.h"

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

/// Name and microseconds of the figures, ascending.
std::vector<std::pair<std::string, double>> latencies(const LatencyHistogram& calls) {
  std::vector<std::pair<std::string, double>> out{{"min", static_cast<double>(calls.min()) / 1e3}};
  for (const auto& [name, p] :
       {std::pair("p50", 50.0), {"p90", 90.0}, {"p99", 99.0}, {"p99.9", 99.9}})
    out.emplace_back(name, calls.percentile(p) / 1e3);
  out.emplace_back("max", static_cast<double>(calls.max()) / 1e3);
  return out;
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

  LatencyHistogram calls;
  const auto begun = Clock::now();
  const auto deadline =
      begun + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(a.seconds));
  auto finished = begun;
  do {
    const auto start = Clock::now();
    run();
    finished = Clock::now();
    calls.add(std::chrono::nanoseconds(finished - start).count());
  } while (finished < deadline || calls.count() < 10);
  const double total = std::chrono::duration<double>(finished - begun).count();
  const double rate = static_cast<double>(calls.count() * a.batch_size) / total;
  Config latency = Config::dict();
  for (const auto& [name, microseconds] : latencies(calls)) latency.set(name, microseconds);

  const Config result = Config::dict({{"model", a.model},
                                      {"backend", std::string(backend().name())},
                                      {"threads", threads},
                                      {"batch_size", a.batch_size},
                                      {"precision", a.precision},
                                      {"calls", calls.count()},
                                      {"load_ms", load_ms},
                                      {"first_call_ms", first_ms},
                                      {"latency_us", latency},
                                      {"samples_per_s", rate},
                                      {"weights_mb", megabytes(session.weight_bytes())},
                                      {"arena_mb", megabytes(session.arena_bytes())},
                                      {"peak_mb", peak_megabytes()}});
  if (!a.json.empty()) write_text(a.json, result.to_json(2));
  std::printf("%s: backend %s, %d thread%s, batch %lld, %s, %lld calls\n", a.model.c_str(),
              std::string(backend().name()).c_str(), threads, threads == 1 ? "" : "s",
              static_cast<long long>(a.batch_size), a.precision.c_str(),
              static_cast<long long>(calls.count()));
  std::printf("load          %.1f ms, session and first call %.1f ms\n", load_ms, first_ms);
  std::printf("latency (us)");
  for (const auto& [name, microseconds] : latencies(calls))
    std::printf("  %s %.*f", name.c_str(), microseconds < 10 ? 2 : 1, microseconds);
  std::printf("\nthroughput    %.1f samples/s\n", rate);
  std::printf(
      "memory        packed weights %.1f MB, activations %.1f MB, peak of the process %.1f MB\n",
      megabytes(session.weight_bytes()), megabytes(session.arena_bytes()), peak_megabytes());
}

}  // namespace kcpp::cli
