/// Element types, their names as in Keras, and the promotion rules of keras.backend.result_type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "kcpp/core/error.h"
#include "kcpp/core/float16.h"

namespace kcpp {

enum class DType : uint8_t {
  bool_,
  uint8,
  uint16,
  uint32,
  uint64,
  int8,
  int16,
  int32,
  int64,
  float16,
  bfloat16,
  float32,
  float64,
  string,  ///< std::string elements; only the text layers use it
};

/// Bytes of one element (of std::string for DType::string).
KCPP_API size_t size_of(DType dtype);
/// "float32", "bool", ... as Keras writes them.
KCPP_API std::string_view name_of(DType dtype);
/// The dtype of a Keras name; throws ValueError for an unknown one.
KCPP_API DType dtype_of(std::string_view name);

constexpr bool is_floating(DType t) { return t >= DType::float16 && t <= DType::float64; }
constexpr bool is_integer(DType t) { return t >= DType::uint8 && t <= DType::int64; }

/// keras.backend.result_type of two dtypes. A weak side is a bare C++ number (Python's int, float):
/// it takes the other side's dtype unless it is of a higher kind.
KCPP_API DType result_type(DType a, DType b, bool a_weak = false, bool b_weak = false);

/// The default floating dtype (keras.config.floatx): float32 unless changed.
KCPP_API DType floatx();
KCPP_API void set_floatx(DType dtype);

/// The DType of a C++ element type.
template <class T>
struct dtype_for;
#define KCPP_DTYPE_FOR(type, value)              \
  template <>                                    \
  struct dtype_for<type> {                       \
    static constexpr DType dtype = DType::value; \
  }
KCPP_DTYPE_FOR(bool, bool_);
KCPP_DTYPE_FOR(uint8_t, uint8);
KCPP_DTYPE_FOR(uint16_t, uint16);
KCPP_DTYPE_FOR(uint32_t, uint32);
KCPP_DTYPE_FOR(uint64_t, uint64);
KCPP_DTYPE_FOR(int8_t, int8);
KCPP_DTYPE_FOR(int16_t, int16);
KCPP_DTYPE_FOR(int32_t, int32);
KCPP_DTYPE_FOR(int64_t, int64);
KCPP_DTYPE_FOR(::kcpp::float16, float16);
KCPP_DTYPE_FOR(::kcpp::bfloat16, bfloat16);
KCPP_DTYPE_FOR(float, float32);
KCPP_DTYPE_FOR(double, float64);
KCPP_DTYPE_FOR(std::string, string);
#undef KCPP_DTYPE_FOR

/// A dtype's part of an error message.
inline void append_text(std::string& out, DType dtype) { out += name_of(dtype); }

}  // namespace kcpp
