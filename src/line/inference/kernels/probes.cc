// The roofs: what registers alone can do, and how fast memory is read.
#include <algorithm>
#include <chrono>
#include <vector>

#include "line/inference/kernels/kernels.h"
#include "line/inference/kernels/tables.h"

namespace bondline::inference::kernels {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Largest amount per second over short windows, so that some fall between interruptions.
template <class Work>
double best_rate(double seconds, Work work) {
  const double end = now() + seconds;
  double best = 0;
  do {
    const double start = now();
    const double amount = work();
    best = std::max(best, amount / (now() - start));
  } while (now() < end);
  return best;
}

}  // namespace

double peak_int8_ops(Isa isa, double seconds) {
  const KernelTable& k = table_of(isa);
  return best_rate(seconds, [&] { return k.peak_i8(5000); });
}

double peak_f32_flops(Isa isa, double seconds) {
  const KernelTable& k = table_of(isa);
  return best_rate(seconds, [&] { return k.peak_f32(5000); });
}

double read_bandwidth(std::size_t bytes, double seconds) {
  std::vector<unsigned char> block(std::max<std::size_t>(bytes, 4096) + 64, 1);
  const KernelTable& k = table_of(best_isa());
  const long length = static_cast<long>(block.size() - 64) / 1024 * 1024;
  const long repeats = std::max<long>(1, (1 << 20) / length);
  return best_rate(seconds, [&] {
    for (long i = 0; i < repeats; ++i) k.read_all(length, block.data());
    return static_cast<double>(length) * static_cast<double>(repeats);
  });
}

}  // namespace bondline::inference::kernels
