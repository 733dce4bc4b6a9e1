/// Replays tests/golden/constraints.json.
#include <catch2/catch_all.hpp>

#include "kcpp/constraints.h"
#include "tests/support/closeness.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

TEST_CASE("constraints project as Keras's do", "[constraints][golden]") {
  const GoldenFile& golden = GoldenFile::get("constraints");
  for (const Config& c : golden.cases()) {
    INFO(c.at("name").as_string());
    Constraint constraint;
    from_config(c.at("constraint"), constraint, "constraint");
    CHECK(to_config(constraint) == c.at("constraint"));
    CHECK(difference(constraint(golden.array(c.at("x"))), golden.array(c.at("y")), 1e-5) == "");
  }
}

}  // namespace
}  // namespace kcpp::test
