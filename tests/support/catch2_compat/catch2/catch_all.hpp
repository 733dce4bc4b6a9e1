#pragma once

// Catch2 3's headers for a machine that has Catch2 2.13 (Debian 12). The build puts this folder on
// the include path only then. Everything lies in the one header of version 2; what version 3
// renamed gets its new name here.
#include <catch2/catch.hpp>

namespace Catch {
using Detail::Approx;

namespace Matchers {
/// Version 3's name of Contains.
inline StdString::ContainsMatcher ContainsSubstring(
    const std::string& text, CaseSensitive::Choice sensitivity = CaseSensitive::Yes) {
  return Contains(text, sensitivity);
}
}  // namespace Matchers
}  // namespace Catch

#ifndef SKIP
/// Version 2 cannot skip: the test says why and ends.
#define SKIP(...)                        \
  do {                                   \
    WARN("skipped: " << __VA_ARGS__ ""); \
    return;                              \
  } while (false)
#endif
