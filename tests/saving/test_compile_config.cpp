/// The compile section of a file, in and out.
#include <catch2/catch_all.hpp>

#include "src/saving/compile_config.h"

namespace kcpp::test {
namespace {

Config compile_config(Config::Dict entries) {
  Config out = Config::dict({{"optimizer", "sgd"}, {"loss", "mse"}});
  for (auto& [key, value] : entries) out.set(key, std::move(value));
  return out;
}

TEST_CASE("a list of metrics may leave out an output", "[saving]") {
  const CompileOptions o = saving::read_compile_config(
      compile_config({{"metrics", Config::list({nullptr, "accuracy"})}}));
  REQUIRE(o.metrics.lists().size() == 2);
  CHECK(o.metrics.lists()[0].empty());
  REQUIRE(o.metrics.lists()[1].size() == 1);
  CHECK(o.metrics.lists()[1][0].name() == "accuracy");
}

TEST_CASE("how Keras shall run the model survives", "[saving]") {
  for (const bool value : {false, true}) {
    const Config out = saving::write_compile_config(saving::read_compile_config(compile_config(
        {{"run_eagerly", value}, {"jit_compile", value}, {"steps_per_execution", 3}})));
    CHECK(out.at("run_eagerly") == Config(value));
    CHECK(out.at("jit_compile") == Config(value));
    CHECK(out.at("steps_per_execution") == Config(3));
  }
}

}  // namespace
}  // namespace kcpp::test
