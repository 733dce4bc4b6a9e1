#include "kcpp/core/config.h"

#include <cmath>
#include <cstdio>

namespace kcpp {
namespace {

std::string_view kind_name(const Config& c) {
  if (c.is_null()) return "null";
  if (c.is_bool()) return "bool";
  if (c.is_int()) return "int";
  if (c.is_number()) return "float";
  if (c.is_string()) return "string";
  return c.is_list() ? "list" : "dict";
}

[[noreturn]] void wrong_kind(const Config& c, std::string_view what, std::string_view expected) {
  std::string shown = c.to_json();
  if (shown.size() > 80) shown = shown.substr(0, 77) + "...";
  throw TypeError(text("`", what, "` must be a ", expected, ". Received: ", shown, " (of type ",
                       kind_name(c), ")"));
}

/// One code point of UTF-8 at `i`, which moves past it; a broken byte is its own code point.
uint32_t next_code_point(std::string_view s, size_t& i) {
  const auto byte = [&](size_t k) { return static_cast<unsigned char>(s[k]); };
  const unsigned char lead = byte(i);
  const int length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
  if (length <= 1 || i + static_cast<size_t>(length) > s.size()) return byte(i++);
  uint32_t code = lead & (0x7fu >> length);
  for (int k = 1; k < length; ++k) code = (code << 6) | (byte(i + static_cast<size_t>(k)) & 0x3fu);
  i += static_cast<size_t>(length);
  return code;
}

/// As json.dumps with ensure_ascii: everything beyond ASCII is \uXXXX, in surrogate pairs where
/// needed.
void write_string(std::string& out, std::string_view s) {
  const auto escape = [&](uint32_t code) {
    char buffer[16];
    std::snprintf(buffer, sizeof(buffer), "\\u%04x", code);
    out += buffer;
  };
  out += '"';
  for (size_t i = 0; i < s.size();) {
    const uint32_t code = next_code_point(s, i);
    switch (code) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      default:
        if (code >= 0x20 && code < 0x7f) {
          out += static_cast<char>(code);
        } else if (code < 0x10000) {
          escape(code);
        } else {
          escape(0xd800 + ((code - 0x10000) >> 10));
          escape(0xdc00 + ((code - 0x10000) & 0x3ff));
        }
    }
  }
  out += '"';
}

void write_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value < 0 ? "-Infinity" : "Infinity";
  } else {
    detail::append_text(out, value);
  }
}

void write(std::string& out, const Config& c, int indent, int depth) {
  const auto new_line = [&](int level) {
    if (indent < 0) return;
    out += '\n';
    out.append(static_cast<size_t>(indent * level), ' ');
  };
  const std::string_view comma = indent < 0 ? ", " : ",";
  if (c.is_null()) {
    out += "null";
  } else if (c.is_bool()) {
    out += c.as_bool() ? "true" : "false";
  } else if (c.is_int()) {
    out += std::to_string(c.as_int());
  } else if (c.is_number()) {
    write_number(out, c.as_double());
  } else if (c.is_string()) {
    write_string(out, c.as_string());
  } else if (c.is_list()) {
    out += '[';
    bool first = true;
    for (const Config& item : c.as_list()) {
      if (!first) out += comma;
      first = false;
      new_line(depth + 1);
      write(out, item, indent, depth + 1);
    }
    if (!first) new_line(depth);
    out += ']';
  } else {
    out += '{';
    bool first = true;
    for (const auto& [key, value] : c.as_dict()) {
      if (!first) out += comma;
      first = false;
      new_line(depth + 1);
      write_string(out, key);
      out += ": ";
      write(out, value, indent, depth + 1);
    }
    if (!first) new_line(depth);
    out += '}';
  }
}

}  // namespace

bool Config::as_bool(std::string_view what) const {
  if (const bool* v = std::get_if<bool>(&value_)) return *v;
  if (const int64_t* v = std::get_if<int64_t>(&value_); v && (*v == 0 || *v == 1)) return *v == 1;
  wrong_kind(*this, what, "bool");
}

int64_t Config::as_int(std::string_view what) const {
  if (const int64_t* v = std::get_if<int64_t>(&value_)) return *v;
  if (const double* v = std::get_if<double>(&value_);
      v && std::fabs(*v) < 9e15 && *v == std::floor(*v)) {
    return static_cast<int64_t>(*v);
  }
  wrong_kind(*this, what, "whole number");
}

double Config::as_double(std::string_view what) const {
  if (const double* v = std::get_if<double>(&value_)) return *v;
  if (const int64_t* v = std::get_if<int64_t>(&value_)) return static_cast<double>(*v);
  wrong_kind(*this, what, "number");
}

const std::string& Config::as_string(std::string_view what) const {
  if (const auto* v = std::get_if<std::string>(&value_)) return *v;
  wrong_kind(*this, what, "string");
}

const Config::List& Config::as_list(std::string_view what) const {
  if (const auto* v = std::get_if<List>(&value_)) return *v;
  wrong_kind(*this, what, "list");
}
Config::List& Config::as_list(std::string_view what) {
  return const_cast<List&>(std::as_const(*this).as_list(what));
}

const Config::Dict& Config::as_dict(std::string_view what) const {
  if (const auto* v = std::get_if<Dict>(&value_)) return *v;
  wrong_kind(*this, what, "dict");
}
Config::Dict& Config::as_dict(std::string_view what) {
  return const_cast<Dict&>(std::as_const(*this).as_dict(what));
}

const Config* Config::find(std::string_view key) const {
  if (const auto* dict = std::get_if<Dict>(&value_)) {
    for (const auto& item : *dict) {
      if (item.first == key) return &item.second;
    }
  }
  return nullptr;
}
Config* Config::find(std::string_view key) {
  return const_cast<Config*>(std::as_const(*this).find(key));
}

const Config& Config::at(std::string_view key) const {
  if (const Config* found = find(key)) return *found;
  throw ValueError(text("The entry `", key, "` is missing in the config."));
}

Config& Config::operator[](std::string_view key) {
  if (is_null()) value_ = Dict{};
  if (Config* found = find(key)) return *found;
  Dict& dict = as_dict("config");
  dict.emplace_back(std::string(key), Config());
  return dict.back().second;
}

bool Config::erase(std::string_view key) {
  auto* dict = std::get_if<Dict>(&value_);
  return dict && std::erase_if(*dict, [&](const Item& item) { return item.first == key; }) > 0;
}

void Config::push_back(Config value) {
  if (is_null()) value_ = List{};
  as_list("config").push_back(std::move(value));
}

size_t Config::size() const {
  if (const auto* list = std::get_if<List>(&value_)) return list->size();
  if (const auto* dict = std::get_if<Dict>(&value_)) return dict->size();
  return 0;
}

bool operator==(const Config& a, const Config& b) {
  if (a.is_number() && b.is_number()) {
    const double x = a.as_double(), y = b.as_double();
    return a.is_int() && b.is_int() ? a.as_int() == b.as_int()
                                    : x == y || (std::isnan(x) && std::isnan(y));
  }
  if (a.is_dict() && b.is_dict()) {
    if (a.size() != b.size()) return false;
    for (const auto& [key, value] : a.as_dict()) {
      const Config* other = b.find(key);
      if (!other || !(value == *other)) return false;
    }
    return true;
  }
  return a.value_ == b.value_;
}

std::string Config::to_json(int indent) const {
  std::string out;
  write(out, *this, indent, 0);
  return out;
}

}  // namespace kcpp
