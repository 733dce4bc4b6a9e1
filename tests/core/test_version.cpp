#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "kcpp/core/version.h"

TEST_CASE("version is major.minor.patch") {
  const auto version = kcpp::version();
  CHECK(std::count(version.begin(), version.end(), '.') == 2);
}
