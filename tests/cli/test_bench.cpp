/// kcpp bench, and the profile of a whole program.
#include <catch2/catch_all.hpp>

#include "kcpp/kcpp.h"
#include "src/cli/latency_histogram.h"
#include "src/saving/containers/json.h"
#include "tests/cli/program.h"
#include "tests/support/files.h"

namespace kcpp::test {
namespace {

std::string save_small_model(const TemporaryFolder& folder) {
  const Tensor a = layers::Input({6, 3}, {.name = "steps"});
  const Tensor ids = layers::Input({2}, {.dtype = DType::int32, .name = "ids"});
  const Tensor from_a = layers::GlobalAveragePooling1D()(layers::Dense(4)(a));
  const Tensor from_ids = layers::Flatten()(layers::Embedding(5, 4)(ids));
  const Tensor joined = layers::Concatenate()({from_a, from_ids});
  const Model model(Tensors{a, ids}, Tensors{layers::Dense(2, {.name = "out"})(joined)});
  const std::string path = folder / "model.keras";
  model.save(path);
  return path;
}

TEST_CASE("kcpp bench gives latency, throughput, load time and memory") {
  TemporaryFolder folder;
  const std::string model = save_small_model(folder), json = folder / "bench.json";
  const ProgramResult r =
      run_program("bench " + model + " --batch-size 3 --threads 1 --seconds 0" + " --json " + json);
  INFO(r.output);
  REQUIRE(r.code == 0);
  for (const char* word :
       {"p50", "p90", "p99", "p99.9", "min", "max", "samples/s", "load", "memory"})
    CHECK(r.output.find(word) != std::string::npos);
  const Config result = io::parse_json(slurp(json));
  CHECK(result.at("batch_size").as_int() == 3);
  CHECK(result.at("threads").as_int() == 1);
  CHECK(result.at("calls").as_int() >= 10);
  const Config& latency = result.at("latency_us");
  double last = 0;
  for (const char* p : {"min", "p50", "p90", "p99", "p99.9", "max"}) {
    CHECK(latency.at(p).as_double() >= last);
    last = latency.at(p).as_double();
  }
  CHECK(last > 0);
  CHECK(result.at("samples_per_s").as_double() > 0);
  CHECK(result.at("load_ms").as_double() > 0);
  CHECK(result.at("peak_mb").as_double() > 0);
}

TEST_CASE("a histogram of latencies gives percentiles to 0.1 %") {
  cli::LatencyHistogram few;
  CHECK(few.percentile(50) == 0);
  for (int64_t ns : {300, 310, 305, 2000}) few.add(ns);
  CHECK(few.percentile(50) == 305);
  CHECK(few.percentile(99.9) == 2000);
  CHECK(few.min() == 300);
  CHECK(few.max() == 2000);
  for (int64_t unit : {1'000, 1'000'000, 1'000'000'000}) {
    cli::LatencyHistogram many;
    for (int64_t i = 1; i <= 1000; ++i) many.add(i * unit);
    for (double p : {0.1, 50.0, 99.9, 100.0})
      CHECK(many.percentile(p) == Catch::Approx(p * 10 * static_cast<double>(unit)).epsilon(1e-3));
  }
}

TEST_CASE("kcpp bench takes one sample a call unless told otherwise, and refuses nonsense") {
  TemporaryFolder folder;
  const std::string model = save_small_model(folder);
  const ProgramResult r = run_program("bench " + model + " --seconds 0");
  INFO(r.output);
  CHECK(r.code == 0);
  CHECK(r.output.find("batch 1,") != std::string::npos);
  CHECK(run_program("bench " + model + " --batch-size 0").code != 0);
  const ProgramResult missing = run_program("bench " + (folder / "none.keras"));
  CHECK(missing.code == 1);
  CHECK(missing.output.find("none.keras") != std::string::npos);
}

TEST_CASE("KCPP_PROFILE records a whole program and closes the file") {
  TemporaryFolder folder;
  const std::string model = save_small_model(folder), trace = folder / "trace.json";
  save_npz(folder / "in.npz",
           {{"steps", random::uniform({2, 6, 3})}, {"ids", Tensor::zeros({2, 2}, DType::int32)}});
  const ProgramResult r = run_program(
      "predict " + model + " --input " + (folder / "in.npz") + " --output " + (folder / "out.npz"),
      "KCPP_PROFILE=" + trace);
  INFO(r.output);
  REQUIRE(r.code == 0);
  const Config events = io::parse_json(slurp(trace));
  // The layer "out", by itself or as the note of a session's step.
  bool found = false;
  for (const Config& e : events.as_list())
    found = found || e.to_json().find("\"out\"") != std::string::npos;
  CHECK(found);
  const ProgramResult bad =
      run_program("backends", "KCPP_PROFILE=" + (folder / "no/such/folder.json"));
  CHECK(bad.code == 0);
  CHECK(bad.output.find("Cannot write the profile") != std::string::npos);
}

}  // namespace
}  // namespace kcpp::test
