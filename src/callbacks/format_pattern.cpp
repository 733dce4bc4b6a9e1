// The part of Python's str.format that file names use.
#include <algorithm>
#include <cctype>
#include <cstdio>

#include "src/callbacks/support.h"

namespace kcpp::callbacks {
namespace {

/// [[fill]align][sign][0][width][.precision][type]
struct Spec {
  char fill = ' ', align = 0, sign = '-', type = 0;
  int width = 0, precision = -1;
};

bool is_align(char c) { return c == '<' || c == '>' || c == '=' || c == '^'; }

int read_number(const std::string& s, size_t& at) {
  int out = 0;
  while (at < s.size() && std::isdigit(static_cast<unsigned char>(s[at]))) {
    out = out * 10 + (s[at++] - '0');
    check(out <= 200, "Too many decimal digits in format string");
  }
  return out;
}

Spec parse_spec(const std::string& s) {
  Spec out;
  size_t at = 0;
  if (s.size() >= 2 && is_align(s[1])) {
    out.fill = s[0];
    out.align = s[1];
    at = 2;
  } else if (!s.empty() && is_align(s[0])) {
    out.align = s[0];
    at = 1;
  }
  if (at < s.size() && (s[at] == '+' || s[at] == '-' || s[at] == ' ')) out.sign = s[at++];
  if (at < s.size() && s[at] == '0' && !out.align) {
    out.fill = '0';
    out.align = '=';
    ++at;
  }
  out.width = read_number(s, at);
  if (at < s.size() && s[at] == '.') {
    ++at;
    check(at < s.size() && std::isdigit(static_cast<unsigned char>(s[at])),
          "Format specifier missing precision");
    out.precision = read_number(s, at);
  }
  if (at < s.size()) out.type = s[at++];
  check(at == s.size(), "Invalid format specifier '", s, "'");
  return out;
}

std::string pad(std::string digits, bool negative, const Spec& spec) {
  const std::string sign = negative ? "-" : spec.sign == '-' ? "" : std::string(1, spec.sign);
  const int missing = std::max(0, spec.width - static_cast<int>(sign.size() + digits.size()));
  const auto fill = [&](int count) { return std::string(static_cast<size_t>(count), spec.fill); };
  switch (spec.align) {
    case '<':
      return sign + digits + fill(missing);
    case '=':
      return sign + fill(missing) + digits;
    case '^':
      return fill(missing / 2) + sign + digits + fill(missing - missing / 2);
    default:
      return fill(missing) + sign + digits;
  }
}

std::string format_value(const FormatValue& value, const std::string& spec_text) {
  const Spec spec = parse_spec(spec_text);
  const bool negative = value.number < 0;
  const double size = negative ? -value.number : value.number;
  if (value.is_integer && (spec.type == 'd' || spec.type == 0)) {
    check(spec.precision < 0, "Precision not allowed in integer format specifier");
    return pad(text(static_cast<int64_t>(size)), negative, spec);
  }
  if (spec.type == 0 && spec.precision < 0) return pad(text(size), negative, spec);
  const char type = spec.type == 0 ? 'g' : spec.type;
  check(std::string("eEfFgG%").find(type) != std::string::npos, "Unknown format code '", type,
        "' for object of type '", value.is_integer ? "int" : "float", "'");
  const bool percent = type == '%';
  const char pattern[] = {'%', '.', '*', percent ? 'f' : type, 0};
  char buffer[600];
  std::snprintf(buffer, sizeof(buffer), pattern, spec.precision < 0 ? 6 : spec.precision,
                percent ? size * 100 : size);
  return pad(buffer + std::string(percent ? "%" : ""), negative, spec);
}

}  // namespace

std::string format_pattern(const std::string& pattern, const std::vector<FormatValue>& values) {
  std::string out;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c != '{' && c != '}') {
      out += c;
      continue;
    }
    if (i + 1 < pattern.size() && pattern[i + 1] == c) {
      out += c;
      ++i;
      continue;
    }
    check(c == '{', "Single '}' encountered in format string");
    const size_t end = pattern.find('}', i);
    check(end != std::string::npos, "expected '}' before end of string");
    const std::string field = pattern.substr(i + 1, end - i - 1);
    const size_t colon = field.find(':');
    const std::string name = field.substr(0, colon);
    const auto it = std::find_if(values.begin(), values.end(),
                                 [&](const FormatValue& v) { return v.name == name; });
    if (it == values.end()) {
      std::vector<std::string> names;
      for (const FormatValue& v : values) names.push_back(v.name);
      throw ValueError(text("'", name, "' is unknown. Available: ", names));
    }
    out += format_value(*it, colon == std::string::npos ? "" : field.substr(colon + 1));
    i = end;
  }
  return out;
}

}  // namespace kcpp::callbacks
