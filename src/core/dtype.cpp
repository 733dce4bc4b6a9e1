#include "kcpp/core/dtype.h"

#include <array>
#include <atomic>

namespace kcpp {
namespace {

struct Row {
  std::string_view name;
  size_t size;
};
constexpr std::array<Row, 14> rows{{{"bool", 1},
                                    {"uint8", 1},
                                    {"uint16", 2},
                                    {"uint32", 4},
                                    {"uint64", 8},
                                    {"int8", 1},
                                    {"int16", 2},
                                    {"int32", 4},
                                    {"int64", 8},
                                    {"float16", 2},
                                    {"bfloat16", 2},
                                    {"float32", 4},
                                    {"float64", 8},
                                    {"string", sizeof(std::string)}}};

std::atomic<DType> default_float{DType::float32};

bool is_unsigned(DType t) { return t >= DType::uint8 && t <= DType::uint64; }

DType signed_of_size(size_t bytes) {
  return bytes <= 1   ? DType::int8
         : bytes <= 2 ? DType::int16
         : bytes <= 4 ? DType::int32
                      : DType::int64;
}

DType promote_integers(DType a, DType b) {
  const size_t size_a = size_of(a), size_b = size_of(b);
  if (is_unsigned(a) == is_unsigned(b)) return size_a >= size_b ? a : b;
  const DType u = is_unsigned(a) ? a : b, s = is_unsigned(a) ? b : a;
  if (size_of(s) > size_of(u)) return s;
  if (size_of(u) == 8)
    return default_float.load();  // nothing holds both uint64 and a signed integer
  return signed_of_size(2 * size_of(u));
}

/// Kinds in the order in which a weak number yields: bool < integer < floating.
int kind_of(DType t) { return t == DType::bool_ ? 0 : is_integer(t) ? 1 : 2; }

DType promote(DType a, DType b) {
  if (a == b) return a;
  const int ka = kind_of(a), kb = kind_of(b);
  if (ka != kb) return ka > kb ? a : b;
  if (ka == 1) return promote_integers(a, b);
  // float16 and bfloat16 meet in float32.
  if (size_of(a) == 2 && size_of(b) == 2) return DType::float32;
  return size_of(a) >= size_of(b) ? a : b;
}

}  // namespace

size_t size_of(DType dtype) { return rows[static_cast<size_t>(dtype)].size; }
std::string_view name_of(DType dtype) { return rows[static_cast<size_t>(dtype)].name; }

DType dtype_of(std::string_view name) {
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].name == name) return static_cast<DType>(i);
  }
  if (name == "float") return floatx();
  if (name == "int") return DType::int32;
  throw ValueError(
      text("Invalid dtype: ", name,
           ". Expected one of: bool, uint8, uint16, uint32, uint64, int8, int16, int32, int64, "
           "float16, bfloat16, float32, float64, string."));
}

DType floatx() { return default_float.load(std::memory_order_relaxed); }
void set_floatx(DType dtype) {
  check(is_floating(dtype), "Unknown `floatx` value: ", dtype,
        ". Expected one of float16, bfloat16, float32, float64.");
  default_float.store(dtype);
}

DType result_type(DType a, DType b, bool a_weak, bool b_weak) {
  if (a == b) return a;
  check<TypeError>(a != DType::string && b != DType::string, "Invalid dtypes: ", a, " and ", b,
                   " cannot be combined.");
  if (a_weak == b_weak) return promote(a, b);
  const DType strong = a_weak ? b : a, weak = a_weak ? a : b;
  if (kind_of(strong) >= kind_of(weak)) return strong;
  return kind_of(weak) == 2 ? floatx() : DType::int32;
}

}  // namespace kcpp
