#include "src/saving/containers/hdf5/convert.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

namespace kcpp::hdf5 {
namespace {

/// Calls `f` with an element of the dtype's C++ type.
template <class F>
void with_type(DType dtype, F f) {
  switch (dtype) {
    case DType::bool_:
      return f(uint8_t{});  // 0 or 1
    case DType::uint8:
      return f(uint8_t{});
    case DType::uint16:
      return f(uint16_t{});
    case DType::uint32:
      return f(uint32_t{});
    case DType::uint64:
      return f(uint64_t{});
    case DType::int8:
      return f(int8_t{});
    case DType::int16:
      return f(int16_t{});
    case DType::int32:
      return f(int32_t{});
    case DType::int64:
      return f(int64_t{});
    case DType::float16:
      return f(float16{});
    case DType::bfloat16:
      return f(bfloat16{});
    case DType::float32:
      return f(float{});
    case DType::float64:
      return f(double{});
    case DType::string:
      break;
  }
  KCPP_ASSERT(false);
}

template <class T>
constexpr bool is_half = std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>;

/// Like NumPy, but an out-of-range number becomes the nearest integer instead of anything.
template <class T>
T from_double(double v) {
  if constexpr (is_half<T>) {
    return T(static_cast<float>(v));
  } else if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(v);
  } else {
    using Range = std::numeric_limits<T>;
    if (!(v > static_cast<double>(Range::min()))) return v != v ? T{0} : Range::min();
    return v >= static_cast<double>(Range::max()) ? Range::max() : static_cast<T>(v);
  }
}

/// By way of Middle, which holds every value of both sides: int64 between integers, else double.
template <class Middle>
void convert_by(DType from, std::span<const std::byte> data, DType to, std::span<std::byte> out) {
  const size_t count = data.size() / size_of(from);
  std::vector<Middle> block(4096);
  for (size_t at = 0; at < count; at += block.size()) {
    const size_t n = std::min(block.size(), count - at);
    with_type(from, [&]<class T>(T) {
      for (size_t i = 0; i < n; ++i) {
        T v;
        std::memcpy(&v, data.data() + (at + i) * sizeof(T), sizeof(T));
        if constexpr (is_half<T>)
          block[i] = static_cast<Middle>(static_cast<float>(v));
        else
          block[i] = static_cast<Middle>(v);
      }
    });
    with_type(to, [&]<class T>(T) {
      for (size_t i = 0; i < n; ++i) {
        T v{};
        if constexpr (std::is_same_v<Middle, double>)
          v = from_double<T>(block[i]);
        else if constexpr (is_half<T>)
          v = T(static_cast<float>(block[i]));
        else
          v = static_cast<T>(block[i]);
        if (to == DType::bool_) v = static_cast<T>(block[i] != 0);
        std::memcpy(out.data() + (at + i) * sizeof(T), &v, sizeof(T));
      }
    });
  }
}

}  // namespace

void tidy(DType dtype, bool swapped, std::span<std::byte> data) {
  const size_t width = size_of(dtype);
  if (swapped && width > 1)
    for (size_t at = 0; at + width <= data.size(); at += width)
      std::reverse(data.begin() + static_cast<ptrdiff_t>(at),
                   data.begin() + static_cast<ptrdiff_t>(at + width));
  if (dtype == DType::bool_)
    for (std::byte& b : data) b = std::byte{b != std::byte{0}};
}

void convert(DType from, std::span<const std::byte> data, DType to, std::span<std::byte> out) {
  if (is_floating(from) || is_floating(to))
    convert_by<double>(from, data, to, out);
  else
    convert_by<int64_t>(from, data, to, out);
}

}  // namespace kcpp::hdf5
