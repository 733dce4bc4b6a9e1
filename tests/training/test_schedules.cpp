/// Replays tests/golden/schedules.json: configs and learning rates as Keras has them.
#include <catch2/catch_all.hpp>

#include "kcpp/schedules.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

TEST_CASE("schedules give Keras's learning rates", "[schedules][golden]") {
  const GoldenFile& golden = GoldenFile::get("schedules");
  for (const Config& c : golden.cases()) {
    INFO(c.at("name").as_string());
    LearningRate rate;
    from_config(c.at("schedule"), rate, "learning_rate");
    REQUIRE(rate.is_schedule());
    CHECK(to_config(rate) == c.at("schedule"));
    const std::vector<double> expected = golden.array(c.at("values")).to_vector<double>();
    const Config::List& steps = c.at("steps").as_list();
    REQUIRE(steps.size() == expected.size());
    for (size_t i = 0; i < steps.size(); ++i) {
      INFO("step " << steps[i].as_int());
      // Near a zero of the wave the cosine's last bit is all that there is.
      CHECK_THAT(rate.schedule()(steps[i].as_int()),
                 Catch::Matchers::WithinRel(expected[i], 1e-5) ||
                     Catch::Matchers::WithinAbs(expected[i], 1e-8));
    }
  }
}

TEST_CASE("schedules of C++ are those of the files", "[schedules]") {
  const schedules::CosineDecay cosine(0.1, 20, {.alpha = 0.2});
  LearningRate rate;
  from_config(to_config(LearningRate(cosine)), rate, "learning_rate");
  CHECK(rate.schedule()(7) == cosine(7));
  CHECK_THROWS_WITH(
      schedules::ExponentialDecay(0.1, 0, 0.9),
      "[ExponentialDecay] Argument `decay_steps` must be > 0. Received: decay_steps=0");
  CHECK_THROWS_AS(schedules::PiecewiseConstantDecay({1, 2}, {0.1, 0.2}), ValueError);
}

}  // namespace
}  // namespace kcpp::test
