#include "src/saving/containers/json.h"

#include <charconv>
#include <limits>
#include <unordered_set>

#include "src/saving/containers/utf8.h"

namespace kcpp::io {
namespace {

class Parser {
 public:
  Parser(std::string_view text, std::string_view what, const JsonLimits& limits)
      : begin_(text.data()),
        at_(begin_),
        end_(begin_ + text.size()),
        what_(what),
        limits_(limits) {}

  Config parse() {
    if (std::string_view(at_, end_).substr(0, 3) == "\xef\xbb\xbf") at_ += 3;  // byte order mark
    Config value = parse_value(0);
    skip_space();
    if (at_ != end_) fail("there is text after the end of the value");
    return value;
  }

 private:
  [[noreturn]] void fail(std::string_view problem) const { fail_at(at_, problem); }

  [[noreturn]] void fail_at(const char* where, std::string_view problem) const {
    size_t line = 1;
    const char* start = begin_;
    for (const char* p = begin_; p < where; ++p) {
      if (*p == '\n') {
        ++line;
        start = p + 1;
      }
    }
    throw ValueError(kcpp::text(what_, " is not valid: ", problem, " at line ", line, ", column ",
                                static_cast<size_t>(where - start) + 1, "."));
  }

  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
  }

  bool take(char c) {
    skip_space();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  bool take_word(std::string_view word) {
    if (std::string_view(at_, end_).substr(0, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  Config parse_value(int depth) {
    skip_space();
    if (at_ == end_) fail("a value is missing");
    if (++values_ > limits_.values) fail("it holds too many values");
    switch (*at_) {
      case '{':
        return parse_dict(depth + 1);
      case '[':
        return parse_list(depth + 1);
      case '"':
        return Config(parse_string());
      case 't':
        if (take_word("true")) return Config(true);
        break;
      case 'f':
        if (take_word("false")) return Config(false);
        break;
      case 'n':
        if (take_word("null")) return Config();
        break;
      case 'N':
        if (take_word("NaN")) return Config(std::numeric_limits<double>::quiet_NaN());
        break;
      case 'I':
        if (take_word("Infinity")) return Config(std::numeric_limits<double>::infinity());
        break;
      default:
        if (*at_ == '-' || is_digit(*at_)) return parse_number();
    }
    fail("a value is expected");
  }

  Config parse_list(int depth) {
    if (depth > limits_.depth) fail("it is nested too deeply");
    ++at_;
    Config::List list;
    if (take(']')) return Config(std::move(list));
    do {
      list.push_back(parse_value(depth));
    } while (take(','));
    if (!take(']')) fail("',' or ']' is expected");
    return Config(std::move(list));
  }

  Config parse_dict(int depth) {
    if (depth > limits_.depth) fail("it is nested too deeply");
    ++at_;
    Config::Dict dict;
    if (take('}')) return Config(std::move(dict));
    std::unordered_set<std::string> seen;  // used once the dict is no longer small
    do {
      skip_space();
      if (at_ == end_ || *at_ != '"') fail("a key in double quotes is expected");
      const char* key_at = at_;
      std::string key = parse_string();
      if (is_repeated(dict, seen, key))
        fail_at(key_at, kcpp::text("the key \"", key, "\" stands there twice"));
      if (!take(':')) fail("':' is expected");
      Config value = parse_value(depth);
      dict.emplace_back(std::move(key), std::move(value));
    } while (take(','));
    if (!take('}')) fail("',' or '}' is expected");
    squared_keys_ += dict.size() * dict.size();
    if (squared_keys_ > limits_.squared_keys) fail("its dicts have too many keys");
    return Config(std::move(dict));
  }

  static bool is_repeated(const Config::Dict& dict, std::unordered_set<std::string>& seen,
                          const std::string& key) {
    constexpr size_t small = 16;
    if (dict.size() < small) {
      for (const auto& item : dict)
        if (item.first == key) return true;
      return false;
    }
    if (dict.size() == small)
      for (const auto& item : dict) seen.insert(item.first);
    return !seen.insert(key).second;
  }

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  Config parse_number() {
    const char* start = at_;
    const bool negative = *at_ == '-';
    if (negative) {
      ++at_;
      if (take_word("Infinity")) return Config(-std::numeric_limits<double>::infinity());
    }
    if (at_ == end_ || !is_digit(*at_)) fail("a digit is expected");
    const bool leading_zero = *at_ == '0';
    const char* digits = at_;
    skip_digits();
    if (leading_zero && at_ - digits > 1) fail_at(digits, "a number may not begin with 0");
    bool whole = true;
    bool tiny = leading_zero;  // which way an out-of-range number went
    if (at_ != end_ && *at_ == '.') {
      whole = false;
      ++at_;
      if (at_ == end_ || !is_digit(*at_)) fail("a digit is expected after '.'");
      skip_digits();
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      whole = false;
      ++at_;
      tiny = at_ != end_ && *at_ == '-';
      if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
      if (at_ == end_ || !is_digit(*at_)) fail("a digit is expected in the exponent");
      skip_digits();
    }
    if (whole) {
      int64_t integer = 0;
      if (std::from_chars(start, at_, integer).ec == std::errc()) return Config(integer);
    }
    double number = 0;
    if (std::from_chars(start, at_, number).ec == std::errc::result_out_of_range) {
      number = tiny ? 0.0 : std::numeric_limits<double>::infinity();
      if (negative) number = -number;
    }
    return Config(number);
  }

  void skip_digits() {
    while (at_ != end_ && is_digit(*at_)) ++at_;
  }

  std::string parse_string() {
    const char* start = at_++;
    std::string out;
    for (;;) {
      const char* plain = at_;
      while (at_ != end_ && *at_ != '"' && *at_ != '\\' && static_cast<unsigned char>(*at_) >= 0x20)
        ++at_;
      out.append(plain, at_);
      if (at_ == end_) fail_at(start, "a string that begins here has no end");
      if (*at_ == '"') break;
      if (*at_ != '\\') fail("a control character stands in a string");
      parse_escape(out);
    }
    ++at_;
    if (!is_utf8(out)) fail_at(start, "a string is not valid UTF-8");
    return out;
  }

  void parse_escape(std::string& out) {
    const char* start = at_++;
    const char c = at_ == end_ ? '\0' : *at_++;
    switch (c) {
      case '"':
      case '\\':
      case '/':
        out += c;
        return;
      case 'b':
        out += '\b';
        return;
      case 'f':
        out += '\f';
        return;
      case 'n':
        out += '\n';
        return;
      case 'r':
        out += '\r';
        return;
      case 't':
        out += '\t';
        return;
      case 'u':
        break;
      default:
        fail_at(start, "an unknown escape stands in a string");
    }
    uint32_t code = parse_hex4(start);
    if (code >= 0xd800 && code < 0xdc00 && take_word("\\u")) {
      const uint32_t low = parse_hex4(start);
      if (low < 0xdc00 || low > 0xdfff) fail_at(start, "half a surrogate pair stands in a string");
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    if (code >= 0xd800 && code < 0xe000) fail_at(start, "half a surrogate pair stands in a string");
    append_utf8(out, code);
  }

  uint32_t parse_hex4(const char* start) {
    uint32_t code = 0;
    if (end_ - at_ < 4) fail_at(start, "an escape in a string is cut off");
    const auto [stop, error] = std::from_chars(at_, at_ + 4, code, 16);
    if (error != std::errc() || stop != at_ + 4)
      fail_at(start, "an escape in a string is not four hex digits");
    at_ += 4;
    return code;
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  std::string_view what_;
  const JsonLimits& limits_;
  size_t values_ = 0, squared_keys_ = 0;
};

}  // namespace

Config parse_json(std::string_view text, std::string_view what, const JsonLimits& limits) {
  check(text.size() <= limits.bytes, what, " is refused: it has ", text.size(), " bytes. At most ",
        limits.bytes, " are accepted.");
  return Parser(text, what, limits).parse();
}

}  // namespace kcpp::io
