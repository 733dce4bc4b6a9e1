// Binary loops: both operands arrays, or one of them one number.

#define KCPP_LOOPS(name, out_type, expression)                                             \
  static void name##_both(const float* pa, const float* pb, out_type* out, int64_t n) {    \
    _Pragma("omp simd") for (int64_t i = 0; i < n; ++i) {                                  \
      const float a = pa[i], b = pb[i];                                                    \
      out[i] = expression;                                                                 \
    }                                                                                      \
  }                                                                                        \
  static void name##_scalar_b(const float* pa, const float* pb, out_type* out, int64_t n) { \
    const float b = *pb;                                                                   \
    _Pragma("omp simd") for (int64_t i = 0; i < n; ++i) {                                  \
      const float a = pa[i];                                                               \
      out[i] = expression;                                                                 \
    }                                                                                      \
  }                                                                                        \
  static void name##_scalar_a(const float* pa, const float* pb, out_type* out, int64_t n) { \
    const float a = *pa;                                                                   \
    _Pragma("omp simd") for (int64_t i = 0; i < n; ++i) {                                  \
      const float b = pb[i];                                                               \
      out[i] = expression;                                                                 \
    }                                                                                      \
  }

KCPP_LOOPS(binary_add, float, a + b)
KCPP_LOOPS(binary_subtract, float, a - b)
KCPP_LOOPS(binary_multiply, float, a* b)
KCPP_LOOPS(binary_divide, float, a / b)
KCPP_LOOPS(binary_maximum, float, a > b || !(a == a) ? a : b)  // NaN wins
KCPP_LOOPS(binary_minimum, float, a < b || !(a == a) ? a : b)
KCPP_LOOPS(binary_squared_difference, float, (a - b) * (a - b))
KCPP_LOOPS(compare_equal, uint8_t, a == b)
KCPP_LOOPS(compare_not_equal, uint8_t, a != b)
KCPP_LOOPS(compare_less, uint8_t, a < b)
KCPP_LOOPS(compare_less_equal, uint8_t, a <= b)
KCPP_LOOPS(compare_greater, uint8_t, a > b)
KCPP_LOOPS(compare_greater_equal, uint8_t, a >= b)
#undef KCPP_LOOPS

static void where_kernel(const uint8_t* condition, const float* a, const float* b, float* out,
                         int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) out[i] = condition[i] ? a[i] : b[i];
}
static void from_int32(const int32_t* x, float* y, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) y[i] = static_cast<float>(x[i]);
}
static void from_uint8(const uint8_t* x, float* y, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) y[i] = static_cast<float>(x[i]);
}

static void fill_binary(Kernels& k) {
#define KCPP_SET(table, op)                                              \
  k.table[static_cast<size_t>(BinaryOp::op)] = {table##_##op##_both, table##_##op##_scalar_b, \
                                                table##_##op##_scalar_a};
  KCPP_SET(binary, add)
  KCPP_SET(binary, subtract)
  KCPP_SET(binary, multiply)
  KCPP_SET(binary, divide)
  KCPP_SET(binary, maximum)
  KCPP_SET(binary, minimum)
  KCPP_SET(binary, squared_difference)
  KCPP_SET(compare, equal)
  KCPP_SET(compare, not_equal)
  KCPP_SET(compare, less)
  KCPP_SET(compare, less_equal)
  KCPP_SET(compare, greater)
  KCPP_SET(compare, greater_equal)
#undef KCPP_SET
  k.where = where_kernel;
  k.convert_from_int32 = from_int32;
  k.convert_from_uint8 = from_uint8;
}
