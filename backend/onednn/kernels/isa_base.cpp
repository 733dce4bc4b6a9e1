#include <cstdlib>
#include <string_view>

#include "backend/onednn/kernels/includes.h"

#define KCPP_ISA isa_base
#define KCPP_ISA_NAME "baseline"
#define KCPP_LANES 4
#include "backend/onednn/kernels/all.inl"

namespace kcpp::onednn {

namespace {

const Kernels& choose() {
#if defined(__x86_64__)
  const char* wish = std::getenv("KCPP_CPU_ISA");
  const std::string_view most = wish ? wish : "avx512";
  __builtin_cpu_init();
  if (most == "avx512" && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512cd")) {
    return isa_v4::table();
  }
  if (most != "baseline" && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("bmi2")) {
    return isa_v3::table();
  }
#endif
  return isa_base::table();
}

}  // namespace

const Bfloat16Kernels* bfloat16_kernels() {
#if defined(__x86_64__)
  static const Bfloat16Kernels own = {isa_bf16::packed_product, isa_bf16::to_bfloat16};
  __builtin_cpu_init();
  static const bool there = kernels().vector_floats == 16 && __builtin_cpu_supports("avx512bf16");
  return there ? &own : nullptr;
#else
  return nullptr;
#endif
}

const Kernels& kernels() {
  static const Kernels& chosen = choose();
  return chosen;
}

}  // namespace kcpp::onednn
