#include "backend/onednn/kernels/includes.h"

#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4,prefer-vector-width=512")
#endif

#define KCPP_ISA isa_v4
#define KCPP_ISA_NAME "avx512"
#define KCPP_LANES 16
#include "backend/onednn/kernels/all.inl"

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
