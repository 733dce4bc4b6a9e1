/// Little-endian integers in byte buffers, with bounds checks.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>

namespace kcpp::io {

static_assert(std::endian::native == std::endian::little,
              "the containers assume a little-endian host");

/// The integer at the front of `bytes`, which must have that many.
template <class T>
T load(std::span<const std::byte> bytes, size_t at = 0) {
  static_assert(std::is_integral_v<T>);
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

template <class T>
void append(std::string& out, std::type_identity_t<T> value) {
  static_assert(std::is_integral_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

/// `bytes[at, at + count)` lies within.
inline bool fits(std::span<const std::byte> bytes, uint64_t at, uint64_t count) {
  return at <= bytes.size() && count <= bytes.size() - at;
}

}  // namespace kcpp::io
