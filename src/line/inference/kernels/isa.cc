#include <array>

#include "line/inference/kernels/kernels.h"
#include "line/inference/kernels/tables.h"

#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#elif defined(__x86_64__)
#include <cpuid.h>
#endif

namespace bondline::inference::kernels {
namespace {

constexpr std::array<std::string_view, kIsas> kNames = {"portable", "neon-dot", "avx2", "avx-vnni",
                                                        "avx512-vnni"};

#if defined(__x86_64__)
bool has_avx_vnni() {  // CPUID leaf 7, sub-leaf 1, EAX bit 4 (Intel SDM vol. 2A, table 3-8)
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a >> 4 & 1) != 0;
}
#endif

}  // namespace

bool runs_here(Isa isa) {
  switch (isa) {
    case Isa::portable:
      return true;
#if defined(__x86_64__)
    case Isa::avx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case Isa::avx_vnni:
      return runs_here(Isa::avx2) && has_avx_vnni();
    case Isa::avx512_vnni:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512vnni") && runs_here(Isa::avx2);
#elif defined(__aarch64__)
    case Isa::neon_dot:
      return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#endif
    default:
      return false;
  }
}

Isa best_isa() {
  for (int i = kIsas - 1; i > 0; --i)
    if (runs_here(static_cast<Isa>(i))) return static_cast<Isa>(i);
  return Isa::portable;
}

std::string_view name_of(Isa isa) {
  return static_cast<int>(isa) < kIsas ? kNames[static_cast<std::size_t>(isa)] : "unknown";
}

std::optional<Isa> isa_named(std::string_view name) {
  for (int i = 0; i < kIsas; ++i)
    if (kNames[static_cast<std::size_t>(i)] == name) return static_cast<Isa>(i);
  return std::nullopt;
}

const KernelTable& table_of(Isa isa) {
  switch (isa) {
#if defined(__x86_64__)
    case Isa::avx2:
      return table_avx2();
    case Isa::avx_vnni:
      return table_avx_vnni();
    case Isa::avx512_vnni:
      return table_avx512_vnni();
#elif defined(__aarch64__)
    case Isa::neon_dot:
      return table_neon_dot();
#endif
    default:
      return table_portable();
  }
}

}  // namespace bondline::inference::kernels
