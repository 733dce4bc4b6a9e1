/// What is known of `training` inside a call.
#pragma once

#include <optional>

namespace kcpp {

/// What the call of a layer that is running on this thread, or one around it, was told. Unset while
/// nobody has said anything: then a layer's default counts.
std::optional<bool> given_training();

}  // namespace kcpp
