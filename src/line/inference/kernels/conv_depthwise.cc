#include "line/inference/kernels/conv_depthwise.h"

#include <algorithm>
#include <cstring>

#include "line/inference/kernels/conv_f32.h"
#include "line/inference/kernels/conv_plan.h"

namespace bondline::inference::kernels {

namespace {
/// Of the taps and steps of one run.
long run_bytes(const DepthwisePlan& p) {
  return round_up(p.taps * static_cast<long>(sizeof(void*) + sizeof(long)), 64);
}
}  // namespace

DepthwisePlan depthwise_plan(const ConvShape& s, long unit, bool quads, bool staged) {
  DepthwisePlan p{};
  p.shape = s;
  p.unit = unit;
  p.taps = long{s.kernel_h} * s.kernel_w;
  p.channels = s.in.c;
  p.quads = quads && unit == 1;
  p.channels_padded = round_up(s.in.c, p.quads ? 64 : 16);
  p.bias_bytes = p.channels_padded * 4;
  const long quads_of_block = s.kernel_w == 3 ? 2 * s.kernel_h : (p.taps + 3) / 4;
  p.weight_bytes = p.quads ? p.channels_padded * 4 * quads_of_block : p.channels_padded * p.taps * unit;
  p.packed_bytes = round_up(64 + 2 * p.bias_bytes + p.weight_bytes, 64);
  p.rows = long{s.out.n} * s.out.h;
  const double row_macs = static_cast<double>(s.out.w) * p.channels * static_cast<double>(p.taps);
  p.rows_per_item = std::max({1L, static_cast<long>(200e3 / row_macs), (p.rows + 63) / 64});
  p.items = (p.rows + p.rows_per_item - 1) / p.rows_per_item;
  p.chunk = staged ? 32 : s.out.w;
  p.stripe = s.out.w;
  if (unit == 4) {  // the rows of a window and of the output stay in L1 while a stripe goes down the plane
    constexpr long kStripeBytes = 24 << 10, kLeast = 8;
    const long pixel = (long{s.kernel_h} * s.stride_w + 1) * p.channels * unit;
    const long stripes = std::max(1L, (s.out.w * pixel + kStripeBytes - 1) / kStripeBytes);
    const long width = (s.out.w + stripes - 1) / stripes;
    if (width >= kLeast) p.stripe = width;
  }
  p.stage_bytes = staged ? round_up(p.chunk * p.channels * unit, 64) : 0;
  p.runs = staged ? 1 : kDepthwiseRuns;
  p.scratch_bytes = p.runs * run_bytes(p) + round_up(p.channels_padded * unit, 64) + p.stage_bytes;
  return p;
}

void pack_depthwise_i8(const DepthwisePlan& p, const std::int8_t* weights, const std::int32_t* bias,
                       const float* multiplier, void* packed) {
  unsigned char* blob = static_cast<unsigned char*>(packed) + 64;
  std::int32_t* biases = reinterpret_cast<std::int32_t*>(blob);
  float* multipliers = reinterpret_cast<float*>(blob + p.bias_bytes);
  std::int8_t* w = reinterpret_cast<std::int8_t*>(blob + 2 * p.bias_bytes);
  const long kw = p.shape.kernel_w, kh = p.shape.kernel_h;
  if (!p.quads) {
    for (long c = 0; c < p.channels; ++c) {
      biases[c] = bias[c];
      multipliers[c] = multiplier[c];
      for (long t = 0; t < p.taps; ++t) w[t * p.channels_padded + c] = weights[c * p.taps + t];
    }
    return;
  }
  const long quads = kw == 3 ? 2 * kh : (p.taps + 3) / 4;
  for (long place = 0; place < p.channels_padded; ++place) {
    const long block = place / 64, j = place % 64 / 16, l = place % 16;
    const long lane_channel = block * 64 + 16 * (l / 4) + 4 * j + l % 4;
    const bool repeated = p.channels < 64 && 64 % p.channels == 0;  // several pixels fill a vector
    const long c = repeated ? lane_channel % p.channels : lane_channel;
    if (c >= p.channels) continue;
    biases[place] = bias[c];
    multipliers[place] = multiplier[c];
    for (long q = 0; q < quads; ++q) {
      std::int8_t* four = w + ((block * quads + q) * 64 + j * 16 + l) * 4;
      for (long i = 0; i < 4; ++i) {
        const long tap = kw == 3 ? i - q % 2 : 4 * q + i;
        if (kw == 3 ? tap >= 0 && tap < 3 : tap < p.taps)
          four[i] = weights[c * p.taps + (kw == 3 ? q / 2 * 3 + tap : tap)];
      }
    }
  }
}

void pack_depthwise_f32(const DepthwisePlan& p, const float* weights, const float* bias, void* packed) {
  float* biases = reinterpret_cast<float*>(static_cast<unsigned char*>(packed) + 64);
  float* w = biases + p.bias_bytes / 2;
  for (long c = 0; c < p.channels; ++c) {
    biases[c] = bias ? bias[c] : 0;
    for (long t = 0; t < p.taps; ++t) w[t * p.channels_padded + c] = weights[c * p.taps + t];
  }
}

namespace {

// Cuts the rows [first, last), stripe by stripe, into runs and calls work(runs, count, image, y, x of the
// first). Runs follow each other in the row.
template <class Work>
void walk(const DepthwisePlan& p, const unsigned char* in, int padding, std::int64_t first, std::int64_t last,
          void* scratch, DepthwiseRow row, Work work) {
  const ConvShape& s = p.shape;
  unsigned char* zeros = static_cast<unsigned char*>(scratch) + p.runs * run_bytes(p);
  std::memset(zeros, padding, static_cast<std::size_t>(p.channels_padded * p.unit));
  row.channels = p.channels;
  row.kernel_h = s.kernel_h;
  row.kernel_w = s.kernel_w;
  row.overlapping = s.stride_w == 1 && s.dilation_w == 1;
  const long reach = (s.kernel_w - 1) * s.dilation_w;
  const long inner0 = std::min<long>(s.out.w, (std::max(0, s.pad_left) + s.stride_w - 1) / s.stride_w);
  const long room = s.in.w - 1 - reach + s.pad_left;
  const long inner1 = std::clamp<long>(room < 0 ? 0 : room / s.stride_w + 1, inner0, s.out.w);
  DepthwiseRow runs[kDepthwiseRuns];
  const auto one_row = [&](long image, long y, long x0, long x1) {
    long count = 0, start = x0;
    for (long x = x0; x < x1;) {
      DepthwiseRow& run = runs[count];
      const unsigned char** taps = reinterpret_cast<const unsigned char**>(
          static_cast<unsigned char*>(scratch) + count * run_bytes(p));
      long* steps = reinterpret_cast<long*>(taps + p.taps);
      run = row;
      run.taps = taps;
      run.steps = steps;
      run.pixels = x >= inner0 && x < inner1 ? std::min({inner1 - x, p.chunk, x1 - x}) : 1;
      for (long ky = 0; ky < s.kernel_h; ++ky) {
        const long iy = y * s.stride_h - s.pad_top + ky * s.dilation_h;
        const bool real_row = iy >= 0 && iy < s.in.h;
        const unsigned char* line = real_row ? in + (image * s.in.image + iy * s.in.row) * p.unit : zeros;
        for (long kx = 0; kx < s.kernel_w; ++kx, ++taps, ++steps) {
          const long ix = x * s.stride_w - s.pad_left + kx * s.dilation_w;
          const bool real = real_row && ix >= 0 && ix < s.in.w;
          *taps = real ? line + ix * s.in.pixel * p.unit : zeros;
          *steps = real ? s.stride_w * s.in.pixel * p.unit : 0;
        }
      }
      x += run.pixels;
      if (++count < p.runs && x < x1) continue;
      work(runs, count, image, y, start);
      count = 0;
      start = x;
    }
  };
  for (long x = 0; x < s.out.w; x += p.stripe) {
    long image = first / s.out.h, y = first % s.out.h;
    for (std::int64_t r = first; r < last; ++r) {
      one_row(image, y, x, std::min<long>(x + p.stripe, s.out.w));
      if (++y == s.out.h) {
        y = 0;
        ++image;
      }
    }
  }
}

}  // namespace

void run_depthwise_i8(const ConvInt8& c, const DepthwisePlan& p, const KernelTable& k, const ConvBuffers& b,
                      std::int64_t first, std::int64_t last, void* scratch, int flags) {
  const unsigned char* blob = static_cast<const unsigned char*>(b.packed) + 64;
  DepthwiseRow row{};
  row.bias = reinterpret_cast<const int*>(blob);
  row.multiplier = reinterpret_cast<const float*>(blob + p.bias_bytes);
  row.weights = blob + 2 * p.bias_bytes;
  row.flags = flags;
  row.zero = c.out_zero;
  row.lo = c.lo;
  row.hi = c.hi;
  const bool staged = p.stage_bytes != 0;
  TableHalves halves;
  if (c.table && k.finishes) row.table = interleave_halves(b.table, halves);
  unsigned char* stage = static_cast<unsigned char*>(scratch) + p.scratch_bytes - p.stage_bytes;
  const Plane &o = p.shape.out, &at = c.residual_at;
  const long size = c.float_out ? 4 : 1;
  const auto work = [&](DepthwiseRow* runs, long count, long image, long y, long x) {
    unsigned char* out =
        static_cast<unsigned char*>(b.out) + (image * o.image + y * o.row + x * o.pixel) * size;
    long pixels = 0;
    for (long i = 0; i < count; pixels += runs[i++].pixels) {
      runs[i].out_stride = staged ? p.channels : o.pixel * size;
      runs[i].out = (staged ? stage : out) + pixels * runs[i].out_stride;
    }
    k.depthwise_i8(runs, count);
    if (!staged) return;
    const unsigned char* residual = c.residual ? static_cast<const unsigned char*>(b.residual) +
                                                     image * at.image + y * at.row + x * at.pixel
                                               : nullptr;
    const unsigned char* table = c.table && !k.finishes ? b.table : nullptr;
    const bool dense = o.pixel == p.channels && (!residual || at.pixel == p.channels);
    for (long i = 0; i < (dense ? 1 : pixels); ++i)
      k.finish_u8(dense ? pixels * p.channels : p.channels, stage + i * p.channels, table,
                  residual ? residual + i * at.pixel : nullptr, c.add, out + i * o.pixel);
  };
  walk(p, static_cast<const unsigned char*>(b.in), c.in_zero, first * p.rows_per_item,
       std::min<std::int64_t>(p.rows, last * p.rows_per_item), scratch, row, work);
}

void run_depthwise_f32(const ConvF32& c, const DepthwisePlan& p, const KernelTable& k, const ConvBuffers& b,
                       std::int64_t first, std::int64_t last, void* scratch) {
  const unsigned char* blob = static_cast<const unsigned char*>(b.packed) + 64;
  DepthwiseRow row{};
  row.bias = reinterpret_cast<const int*>(blob);
  row.weights = blob + 2 * p.bias_bytes;
  const F32Finish finish = finish_of(c);
  row.low = finish.low;
  row.high = finish.high;
  unsigned char* stage = static_cast<unsigned char*>(scratch) + p.scratch_bytes - p.stage_bytes;
  const Plane &o = p.shape.out, &at = c.residual_at;
  const auto work = [&](DepthwiseRow* runs, long count, long image, long y, long x) {
    for (DepthwiseRow* next = runs; next < runs + count; x += next++->pixels) {
      DepthwiseRow& run = *next;
      float* out = static_cast<float*>(b.out) + image * o.image + y * o.row + x * o.pixel;
      run.out = finish.staged ? stage : reinterpret_cast<unsigned char*>(out);
      run.out_stride = (finish.staged ? p.channels : o.pixel) * 4;
      k.depthwise_f32(run);
      if (!finish.staged) continue;
      const float* residual =
          c.residual ? static_cast<const float*>(b.residual) + image * at.image + y * at.row + x * at.pixel
                     : nullptr;
      const bool dense = o.pixel == p.channels && (!residual || at.pixel == p.channels);
      for (long i = 0; i < (dense ? 1 : run.pixels); ++i)
        k.finish_f32(dense ? run.pixels * p.channels : p.channels,
                     reinterpret_cast<const float*>(stage) + i * p.channels,
                     residual ? residual + i * at.pixel : nullptr, c.residual_after, c.activation,
                     out + i * o.pixel);
    }
  };
  walk(p, static_cast<const unsigned char*>(b.in), 0, first * p.rows_per_item,
       std::min<std::int64_t>(p.rows, last * p.rows_per_item), scratch, row, work);
}

}  // namespace bondline::inference::kernels
