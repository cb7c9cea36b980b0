#include "numerics/conduction_kernels.h"

namespace bondline::numerics {

const ConductionKernels& conduction_kernels() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
    return conduction_kernels_avx512();
  if (__builtin_cpu_supports("avx2")) return conduction_kernels_avx2();
#endif
  return conduction_kernels_portable();
}

}  // namespace bondline::numerics
