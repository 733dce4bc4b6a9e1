/// Config: a JSON-like value, the common tongue of get_config, from_config and every file format.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "kcpp/core/error.h"

namespace kcpp {

/// null, bool, integer, number, string, list or dict. A dict keeps the order of its keys, as
/// Python's does.
class KCPP_API Config {
 public:
  using List = std::vector<Config>;
  using Item = std::pair<std::string, Config>;
  using Dict = std::vector<Item>;

  Config() = default;
  Config(std::nullptr_t) {}
  Config(bool v) : value_(v) {}
  Config(int v) : value_(static_cast<int64_t>(v)) {}
  Config(long v) : value_(static_cast<int64_t>(v)) {}
  Config(long long v) : value_(static_cast<int64_t>(v)) {}
  Config(double v) : value_(v) {}
  Config(const char* v) : value_(std::string(v)) {}
  Config(std::string v) : value_(std::move(v)) {}
  Config(std::string_view v) : value_(std::string(v)) {}
  Config(List v) : value_(std::move(v)) {}
  Config(Dict v) : value_(std::move(v)) {}
  static Config list(std::initializer_list<Config> v = {}) { return Config(List(v)); }
  static Config dict(std::initializer_list<Item> v = {}) { return Config(Dict(v)); }

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_int() const { return std::holds_alternative<int64_t>(value_); }
  /// An integer or a floating number.
  bool is_number() const { return is_int() || std::holds_alternative<double>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_list() const { return std::holds_alternative<List>(value_); }
  bool is_dict() const { return std::holds_alternative<Dict>(value_); }

  /// The value as that type; throws TypeError naming `what` when it is another kind.
  /// as_bool takes 0/1 too, as_int takes a whole number, as_double takes an integer.
  bool as_bool(std::string_view what = "value") const;
  int64_t as_int(std::string_view what = "value") const;
  double as_double(std::string_view what = "value") const;
  const std::string& as_string(std::string_view what = "value") const;
  const List& as_list(std::string_view what = "value") const;
  List& as_list(std::string_view what = "value");
  const Dict& as_dict(std::string_view what = "value") const;
  Dict& as_dict(std::string_view what = "value");

  /// The entry of a dict, or nullptr (also when this is no dict).
  const Config* find(std::string_view key) const;
  Config* find(std::string_view key);
  /// The entry of a dict; throws ValueError when it is missing.
  const Config& at(std::string_view key) const;
  /// The entry of a dict, made (as null) when missing; a null becomes a dict.
  Config& operator[](std::string_view key);
  void set(std::string_view key, Config value) { (*this)[key] = std::move(value); }
  bool erase(std::string_view key);
  /// Appends to a list; a null becomes a list.
  void push_back(Config value);
  /// Number of entries of a list or dict, else 0.
  size_t size() const;

  /// Equal values; an integer equals a number of the same value, and a dict's order does not
  /// matter.
  friend KCPP_API bool operator==(const Config& a, const Config& b);

  /// JSON text as Python's json.dumps writes it (", " and ": "; NaN, Infinity); indent < 0: one
  /// line.
  std::string to_json(int indent = -1) const;

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, List, Dict> value_;
};

/// A config's part of an error message: its JSON text.
inline void append_text(std::string& out, const Config& config) { out += config.to_json(); }

}  // namespace kcpp
