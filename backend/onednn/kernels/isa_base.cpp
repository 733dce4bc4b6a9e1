#include "backend/onednn/kernels/includes.h"

#define KCPP_ISA isa_base
#define KCPP_ISA_NAME "baseline"
#define KCPP_LANES 4
#include "backend/onednn/kernels/all.inl"

namespace kcpp::onednn {

const Kernels& kernels() {
  static const Kernels& chosen = []() -> const Kernels& {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512cd")) {
      return isa_v4::table();
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        __builtin_cpu_supports("bmi2")) {
      return isa_v3::table();
    }
#endif
    return isa_base::table();
  }();
  return chosen;
}

}  // namespace kcpp::onednn
