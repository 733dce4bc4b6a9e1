/// Replays tests/golden/regularizers.json.
#include <catch2/catch_all.hpp>

#include "kcpp/core/tape.h"
#include "kcpp/regularizers.h"
#include "tests/support/closeness.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

TEST_CASE("regularizers compute what Keras computes", "[regularizers][golden]") {
  const GoldenFile& golden = GoldenFile::get("regularizers");
  for (const Config& c : golden.cases()) {
    INFO(c.at("name").as_string());
    Regularizer regularizer;
    from_config(c.at("regularizer"), regularizer, "regularizer");
    CHECK(to_config(regularizer) == c.at("regularizer"));
    const Tensor x = golden.array(c.at("x"));
    GradientTape tape;
    tape.watch(x);
    const Tensor penalty = regularizer(x);
    tape.stop();
    CHECK(difference(penalty, golden.array(c.at("value")), 1e-5) == "");
    CHECK(difference(tape.gradient(penalty, x), golden.array(c.at("grad")), 1e-4) == "");
  }
}

TEST_CASE("a penalty that older Keras summed over the batch says so beside its config",
          "[regularizers]") {
  const Config words = Config::list({"penalty_summed"});
  const Config entry = Config::dict(
      {{"class_name", "L2"}, {"config", Config::dict({{"l2", 0.5}})}, {"older_keras", words}});
  Regularizer summed;
  from_config(entry, summed, "regularizer");
  const Config written = to_config(summed);
  CHECK(written.at("class_name") == Config("L2"));
  CHECK(written.at("config") == entry.at("config"));
  CHECK(written.at("older_keras") == words);
  // A layer divides by the three samples.
  const Tensor x = Tensor::full({3, 2}, 2.0);
  CHECK(summed(x).item() / 3 == Catch::Approx(regularizers::L2(0.5)(x).item()));
}

}  // namespace
}  // namespace kcpp::test
