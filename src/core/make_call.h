/// Where calls come from.
#pragma once

#include <memory>

#include "kcpp/core/symbolic.h"

namespace kcpp::symbolic {

/// An empty call. Chains of any length are let go of without recursion.
std::shared_ptr<Call> make_call();

}  // namespace kcpp::symbolic
