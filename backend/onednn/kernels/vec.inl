// Vectors of the instruction set in hand, as GCC and Clang vector types: loads, stores, partial ones.

#if KCPP_LANES == 16
typedef float vec __attribute__((vector_size(64)));
typedef float vec_u __attribute__((vector_size(64), aligned(4), may_alias));
#elif KCPP_LANES == 8
typedef float vec __attribute__((vector_size(32)));
typedef float vec_u __attribute__((vector_size(32), aligned(4), may_alias));
#else
typedef float vec __attribute__((vector_size(16)));
typedef float vec_u __attribute__((vector_size(16), aligned(4), may_alias));
#endif
constexpr int lanes = KCPP_LANES;

#define KCPP_INLINE static inline __attribute__((always_inline))

KCPP_INLINE vec load(const float* p) { return *reinterpret_cast<const vec_u*>(p); }
KCPP_INLINE void store(float* p, vec v) { *reinterpret_cast<vec_u*>(p) = v; }
KCPP_INLINE vec splat(float v) { return v - vec{}; }
#if KCPP_LANES == 16
KCPP_INLINE float sum_lanes(vec v) {
  // (the unmasked extraction makes GCC 12 warn about its own header)
  const __m256 w = _mm256_add_ps(_mm512_maskz_extractf32x8_ps(0xff, (__m512)v, 0),
                                 _mm512_maskz_extractf32x8_ps(0xff, (__m512)v, 1));
  __m128 h = _mm_add_ps(_mm256_castps256_ps128(w), _mm256_extractf128_ps(w, 1));
  h = _mm_add_ps(h, _mm_movehl_ps(h, h));
  return _mm_cvtss_f32(_mm_add_ss(h, _mm_shuffle_ps(h, h, 1)));
}
#elif KCPP_LANES == 8
KCPP_INLINE float sum_lanes(vec v) {
  __m128 h = _mm_add_ps(_mm256_castps256_ps128((__m256)v), _mm256_extractf128_ps((__m256)v, 1));
  h = _mm_add_ps(h, _mm_movehl_ps(h, h));
  return _mm_cvtss_f32(_mm_add_ss(h, _mm_shuffle_ps(h, h, 1)));
}
#else
KCPP_INLINE float sum_lanes(vec v) { return (v[0] + v[2]) + (v[1] + v[3]); }
#endif

// The first `count` (1 .. lanes) elements only; the others are zero, and memory is not touched there.
#if KCPP_LANES == 16
KCPP_INLINE vec load_n(const float* p, int count) {
  return (vec)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1u), p);
}
KCPP_INLINE void store_n(float* p, vec v, int count) {
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << count) - 1u), (__m512)v);
}
#elif KCPP_LANES == 8
KCPP_INLINE __m256i first_lanes(int count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
KCPP_INLINE vec load_n(const float* p, int count) {
  return (vec)_mm256_maskload_ps(p, first_lanes(count));
}
KCPP_INLINE void store_n(float* p, vec v, int count) {
  _mm256_maskstore_ps(p, first_lanes(count), (__m256)v);
}
#else
KCPP_INLINE vec load_n(const float* p, int count) {
  vec v{};
  for (int i = 0; i < count; ++i) v[i] = p[i];
  return v;
}
KCPP_INLINE void store_n(float* p, vec v, int count) {
  for (int i = 0; i < count; ++i) p[i] = v[i];
}
#endif
