// Conversion between any two dtypes (strings excepted).
#include <cstring>

#include "backend/reference/common.h"
#include "backend/reference/reference_backend.h"

namespace kcpp {
namespace reference {
namespace {

/// Floats become integers by truncation; what does not fit gives the lowest int64, then wraps.
template <class To, class From>
To convert(From x) {
  constexpr bool from_half = std::is_same_v<From, float16> || std::is_same_v<From, bfloat16>;
  if constexpr (from_half) {
    return convert<To>(static_cast<float>(x));
  } else if constexpr (std::is_same_v<To, bool>) {
    return x != From(0);
  } else if constexpr (std::is_same_v<To, float16> || std::is_same_v<To, bfloat16>) {
    return To(static_cast<float>(x));
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    if (std::is_same_v<To, uint64_t> && x >= From(0x1p63) && x < From(0x1p64))
      return static_cast<To>(x);
    const bool fits = x >= From(-0x1p63) && x < From(0x1p63);
    return static_cast<To>(fits ? static_cast<int64_t>(x) : std::numeric_limits<int64_t>::min());
  } else {
    return static_cast<To>(x);
  }
}

}  // namespace

std::vector<int64_t> indices_of(const Tensor& x) {
  std::vector<int64_t> indices(static_cast<size_t>(x.size()));
  dispatch_all(x.dtype(), [&]<class T>() {
    for (size_t i = 0; i < indices.size(); ++i) indices[i] = convert<int64_t>(in<T>(x)[i]);
  });
  return indices;
}

}  // namespace reference

Tensor ReferenceBackend::cast(const Tensor& x, DType dtype) {
  using namespace reference;
  if (x.dtype() == dtype) return x;
  Tensor y = Tensor::empty(x.shape(), dtype);
  dispatch_all(x.dtype(), [&]<class From>() {
    dispatch_all(dtype, [&]<class To>() {
      const From* px = in<From>(x);
      To* py = out<To>(y);
      for (int64_t i = 0; i < x.size(); ++i) py[i] = convert<To>(px[i]);
    });
  });
  return y;
}

}  // namespace kcpp
