/// W7: latency of sessions, input in memory to output in memory.
#include <cstdio>

#include "kcpp/applications.h"
#include "kcpp/kcpp.h"
#include "tests/benchmarks/measure.h"
#include "tests/benchmarks/nets.h"
#include "tests/benchmarks/workloads.h"

namespace bench {

using namespace kcpp;

namespace {

Tensor random_input(const TensorSpec& spec) {
  if (is_floating(spec.dtype)) return random::uniform(spec.shape, 0, 1, spec.dtype);
  return ops::cast(random::uniform(spec.shape, 0, 100), spec.dtype);
}

void time_one(const std::string& workload, const std::string& peer, const Model& model,
              const SessionOptions& options, const char* unit, double scale, int repeats,
              double budget, int inner) {
  Session session = model.session(options);
  const Tensor x = random_input(session.inputs().at(0));
  std::vector<float> y(static_cast<size_t>(session.outputs().at(0).shape.size()));
  const auto calls = [&] {
    for (int i = 0; i < inner; ++i) {
      if (!session.run(x, y)) throw ValueError(session.error());
    }
  };
  Seconds times = repeat(calls, 3, repeats_or(repeats / inner), budget);
  for (double& t : times) t /= inner;
  report(workload, peer, std::move(times), unit, scale);
}

}  // namespace

void time_session(const std::string& workload, const Model& model, int64_t batch, const char* unit,
                  double scale, int repeats, double budget, int inner) {
  time_one(workload, "kcpp", model, {.batch_size = batch, .threads = num_threads()}, unit, scale,
           repeats, budget, inner);
}

void w7_inference(const std::string& net) {
  const Model model = net == "tinymlp"       ? tiny_mlp()
                      : net == "lstm"        ? recurrent("lstm")
                      : net == "mobilenetv2" ? applications::MobileNetV2()
                                             : applications::ResNet50();
  const bool tiny = net == "tinymlp";
  const char* unit = tiny ? "us" : "ms";
  const double scale = tiny ? 1e6 : 1e3;
  const int threads = num_threads(), inner = tiny ? 20 : 1;
  const std::vector<int64_t> batches =
      tiny || net == "lstm" ? std::vector<int64_t>{1} : std::vector<int64_t>{1, 32};
  const auto workload = [&](int64_t batch) { return "W7 " + net + " b" + std::to_string(batch); };
  const auto repeats = [&](int64_t batch) { return tiny ? 2000 : batch == 1 ? 200 : 30; };
  const auto budget = [&](int64_t batch) { return tiny ? 4.0 : batch == 1 ? 5.0 : 8.0; };

  // What W9 compares comes first: the peak of memory is that of all before.
  for (int64_t b : batches)
    time_session(workload(b), model, b, unit, scale, repeats(b), budget(b), inner);
  for (int64_t b : batches) {
    if (tiny) break;
    try {
      time_one(workload(b), "kcpp bfloat16", model,
               {.batch_size = b, .threads = threads, .precision = "bfloat16"}, unit, scale,
               repeats(b), budget(b), inner);
    } catch (const Error& e) {
      std::fprintf(stderr, "%s in bfloat16: %s\n", workload(b).c_str(), e.what());
    }
  }
  for (int64_t b : batches) {
    Shape shape = model.inputs()[0].shape();
    shape[0] = b;
    const Tensor x = random::uniform(shape);
    const auto calls = [&] {
      for (int i = 0; i < inner; ++i) model.predict(x, {.batch_size = b});
    };
    Seconds times = repeat(calls, 3, repeats_or(repeats(b) / inner), budget(b));
    for (double& t : times) t /= inner;
    report(workload(b), "kcpp predict", std::move(times), unit, scale);
  }
}

}  // namespace bench
