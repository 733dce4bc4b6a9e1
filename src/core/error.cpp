#include "kcpp/core/error.h"

#include <charconv>
#include <cmath>

namespace kcpp::detail {

void append_text(std::string& out, bool value) { out += value ? "True" : "False"; }
void append_text(std::string& out, long long value) { out += std::to_string(value); }
void append_text(std::string& out, unsigned long long value) { out += std::to_string(value); }

void append_text(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "nan";
    return;
  }
  if (std::isinf(value)) {
    out += value < 0 ? "-inf" : "inf";
    return;
  }
  char buffer[32];
  const double magnitude = std::fabs(value);
  // Python's repr: the shortest digits that read back, in exponent form outside [1e-4, 1e16).
  const bool fixed = magnitude == 0 || (magnitude >= 1e-4 && magnitude < 1e16);
  const auto result =
      std::to_chars(buffer, buffer + sizeof(buffer), value,
                    fixed ? std::chars_format::fixed : std::chars_format::scientific);
  std::string_view digits(buffer, static_cast<size_t>(result.ptr - buffer));
  out += digits;
  if (fixed && digits.find('.') == std::string_view::npos) out += ".0";
}

void internal_error(const char* condition, const char* file, int line) {
  throw std::logic_error(text("kcpp internal error: ", condition, " does not hold at ", file, ":",
                              line,
                              ". This is a bug of kcpp, not of your program: please report it."));
}

}  // namespace kcpp::detail
