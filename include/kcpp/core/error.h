/// Errors: one family of exceptions with Keras-like kinds, and `check`, which throws them.
///
/// Message grammar: `[op or Layer 'name'] what is wrong. Expected E. Received: name=value,
/// shape=(..).`
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "kcpp/core/export.h"

namespace kcpp {

/// Base of everything that kcpp throws.
class KCPP_API Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
/// A value (shape, name, range) that cannot be used. Python's ValueError.
class KCPP_API ValueError : public Error {
 public:
  using Error::Error;
};
/// A value of the wrong kind or dtype. Python's TypeError.
class KCPP_API TypeError : public Error {
 public:
  using Error::Error;
};
/// An index out of range. Python's IndexError.
class KCPP_API IndexError : public Error {
 public:
  using Error::Error;
};
/// A file that cannot be read or written, or must not be trusted. Python's OSError.
class KCPP_API IOError : public Error {
 public:
  using Error::Error;
};
/// A call in the wrong state, e.g. `fit` before `compile`. Python's RuntimeError.
class KCPP_API RuntimeError : public Error {
 public:
  using Error::Error;
};

namespace detail {
/// Text of one part of a message: numbers as Python prints them, ranges as `(1, 2)`.
KCPP_API void append_text(std::string& out, bool value);
KCPP_API void append_text(std::string& out, long long value);
KCPP_API void append_text(std::string& out, unsigned long long value);
KCPP_API void append_text(std::string& out, double value);
inline void append_text(std::string& out, std::string_view value) { out += value; }
inline void append_text(std::string& out, const std::string& value) { out += value; }
inline void append_text(std::string& out, const char* value) { out += value; }
inline void append_text(std::string& out, char value) { out += value; }

template <class T>
void append_text(std::string& out, const std::vector<T>& values);

template <class T>
void append_part(std::string& out, const T& part) {
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, char>) {
    append_text(out, part);
  } else if constexpr (std::is_floating_point_v<T>) {
    append_text(out, static_cast<double>(part));
  } else if constexpr (std::is_integral_v<T> && std::is_unsigned_v<T>) {
    append_text(out, static_cast<unsigned long long>(part));
  } else if constexpr (std::is_integral_v<T>) {
    append_text(out, static_cast<long long>(part));
  } else {
    append_text(out, part);  // also found by argument-dependent lookup: Shape, DType ...
  }
}

template <class T>
void append_text(std::string& out, const std::vector<T>& values) {
  out += '[';
  for (size_t i = 0; i < values.size(); ++i) {
    if (i) out += ", ";
    append_part(out, static_cast<const T&>(values[i]));
  }
  out += ']';
}
}  // namespace detail

/// Joins the parts into one string: text as it is, numbers and shapes as Python prints them.
template <class... Parts>
std::string text(const Parts&... parts) {
  std::string out;
  (detail::append_part(out, parts), ...);
  return out;
}

/// Throws `E` with the joined parts unless `condition` holds. For errors of the user.
template <class E = ValueError, class... Parts>
inline void check(bool condition, const Parts&... parts) {
  if (!condition) [[unlikely]]
    throw E(text(parts...));
}

namespace detail {
[[noreturn]] KCPP_API void internal_error(const char* condition, const char* file, int line);
}

/// For errors of ours: what cannot be false unless kcpp has a bug.
#define KCPP_ASSERT(condition) \
  ((condition) ? void(0) : ::kcpp::detail::internal_error(#condition, __FILE__, __LINE__))

}  // namespace kcpp
