// The product with packed weights on pairs of bfloat16, for CPUs that have the instructions.
#include "backend/onednn/kernels/includes.h"

#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4,avx512bf16"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4,avx512bf16,prefer-vector-width=512")
#endif

#define KCPP_LANES 16
#define KCPP_PAIRS

namespace kcpp::onednn::isa_bf16 {
namespace {

#include "backend/onednn/kernels/vec.inl"
//
#include "backend/onednn/kernels/packed.inl"

}  // namespace

void packed_product(const PackedProduct& p) { packed_product_kernel(p); }

void to_bfloat16(const float* x, uint16_t* y, int64_t n) {
  int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const __m256bh v = _mm512_cvtneps_pbh(_mm512_loadu_ps(x + i));
    __builtin_memcpy(y + i, &v, sizeof(v));
  }
  if (i == n) return;
  float rest[16] = {};
  __builtin_memcpy(rest, x + i, static_cast<size_t>(n - i) * sizeof(float));
  const __m256bh v = _mm512_cvtneps_pbh(_mm512_loadu_ps(rest));
  __builtin_memcpy(y + i, &v, static_cast<size_t>(n - i) * sizeof(uint16_t));
}

}  // namespace kcpp::onednn::isa_bf16

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
