#pragma once

#include <string_view>

#include "kcpp/core/export.h"

namespace kcpp {

/// The version of the library that the program runs with, for example "0.1.0".
KCPP_API std::string_view version();

}  // namespace kcpp
