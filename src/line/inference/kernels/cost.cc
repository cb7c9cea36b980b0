// A model of time, for ranking where nothing can be measured: padded work at the set's rate, outputs at the
// epilogue's, weights and planes at memory's. Rates are those measured on one machine of each class
// (AVX-512), or scaled from it by vector width (the others: typical values, low confidence).
#include <algorithm>

#include "line/inference/kernels/conv_depthwise.h"
#include "line/inference/kernels/conv_f32.h"
#include "line/inference/kernels/conv_plan.h"
#include "line/inference/kernels/conv_winograd.h"

namespace bondline::inference::kernels {
namespace {

struct Rates {
  double int8, f32, depthwise;  ///< multiply-accumulates per ns of full tiles
  double outputs;               ///< outputs of an epilogue per ns
  double bytes;                 ///< of weights per ns beyond L2
};
Rates rates_of(Isa isa) {
  switch (isa) {
    case Isa::avx512_vnni:
      return {400, 100, 90, 24, 12};
    case Isa::avx_vnni:
      return {190, 50, 25, 10, 12};
    case Isa::avx2:
      return {60, 50, 25, 10, 12};
    case Isa::neon_dot:
      return {60, 15, 10, 4, 8};
    case Isa::portable:
      break;
  }
  return {3, 6, 2, 1, 8};
}

double tiles_time(const ConvPlan& p, int columns, double rate, const Rates& r) {
  const long half = columns / 2;
  const double column_work = static_cast<double>(round_up(p.group_out, half));
  const double pixels = static_cast<double>(p.shape.out.n) * p.shape.out.h * p.shape.out.w;
  const double macs =
      pixels * column_work * static_cast<double>(p.segments * p.steps) * (4.0 / static_cast<double>(p.unit));
  // A tile of few pixels waits for its weights: about 7 pixels hide them.
  const double filling =
      p.pixels * (p.two_rows ? 2 : 1) >= 7 ? 1.0 : 7.0 / static_cast<double>(p.pixels * (p.two_rows ? 2 : 1));
  const double weights = static_cast<double>(p.weight_bytes) / r.bytes;
  const double copies =
      p.direct ? 0.0 : static_cast<double>(p.tiles) * static_cast<double>(p.strip_bytes) / 40.0;
  const double compute =
      macs / rate * filling + pixels * column_work / r.outputs + copies + 20.0 * static_cast<double>(p.tiles);
  return static_cast<double>(p.shape.groups) * std::max(compute, weights);
}

double depthwise_time(const DepthwisePlan& p, const Rates& r) {
  const bool narrow = p.quads && p.channels < 64 && 64 % p.channels == 0;  // several pixels fill a vector
  const double outputs = static_cast<double>(p.rows) * p.shape.out.w *
                         static_cast<double>(narrow ? p.channels : p.channels_padded);
  return outputs * static_cast<double>(p.taps) / r.depthwise * static_cast<double>(p.unit == 4 ? 3 : 1) +
         outputs / r.outputs;
}

}  // namespace

double cost(const ConvInt8& c) {
  const Rates r = rates_of(c.isa);
  const KernelTable& k = table_of(c.isa);
  if (is_depthwise(c.shape)) return depthwise_time(depthwise_plan(c.shape, 1, k.quads, false), r);
  const bool staged = c.table || c.residual;
  const ConvPlan p =
      plan_conv(c.shape, 1, k.rows, k.columns, c.residual ? &c.residual_at : nullptr, staged, c.variant == 1);
  const double outputs = static_cast<double>(macs_of(c.shape)) /
                         static_cast<double>(p.group_in * c.shape.kernel_h * c.shape.kernel_w);
  return tiles_time(p, k.columns, r.int8, r) + (staged ? outputs / r.outputs : 0.0);
}

double cost(const ConvF32& c) {
  const Rates r = rates_of(c.isa);
  const KernelTable& k = table_of(c.isa);
  const bool staged = finish_of(c).staged;
  if (is_depthwise(c.shape)) return depthwise_time(depthwise_plan(c.shape, 4, false, staged), r);
  if (c.variant == 2 && takes_winograd(c)) {
    // Both transformations take about 130 ns per tile and 16 channels, each pixel's way out 20 ns (measured).
    const ConvShape& w = c.shape;
    const double pixels = static_cast<double>(w.out.n) * w.out.h * w.out.w;
    const double vectors = static_cast<double>(round_up(w.in.c, 16) + round_up(w.out.c, 16)) / 16;
    const std::int32_t high = (w.out.h + 3) / 4, wide = (w.out.w + 3) / 4;
    const double tiles = static_cast<double>(w.out.n) * high * wide;
    return std::max(winograd_macs(c) / (0.8 * r.f32),
                    static_cast<double>(winograd_packed_bytes(c)) / r.bytes) +
           100.0 / r.f32 * (130 * tiles * vectors + 20 * pixels);
  }
  const ConvPlan p = plan_conv(c.shape, 4, k.rows_f32, k.columns_f32, c.residual ? &c.residual_at : nullptr,
                               staged, c.variant == 1);
  const double outputs = static_cast<double>(macs_of(c.shape)) /
                         static_cast<double>(p.group_in * c.shape.kernel_h * c.shape.kernel_w);
  return tiles_time(p, k.columns_f32, r.f32, r) + (staged ? outputs * 2 / r.outputs : 0.0);
}

}  // namespace bondline::inference::kernels
