/// JSON text into a Config. Config::to_json is the way back.
#pragma once

#include <string_view>

#include "kcpp/core/config.h"
#include "src/saving/containers/limits.h"

namespace kcpp::io {

/// Parses JSON as Python's json module does: NaN, Infinity and -Infinity are numbers, an integer
/// beyond 64 bits becomes a floating number. Stricter than Python: a key may stand only once in a
/// dict, and length, depth and number of values are limited.
/// `what` names the text in errors. Throws ValueError with line and column.
KCPP_API Config parse_json(std::string_view text, std::string_view what = "JSON",
                           const JsonLimits& limits = {});

}  // namespace kcpp::io
