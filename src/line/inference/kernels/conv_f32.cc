// float32 convolutions: direct tiles, depthwise rows, Winograd.
#include "line/inference/kernels/conv_f32.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "line/inference/kernels/conv_depthwise.h"
#include "line/inference/kernels/conv_plan.h"
#include "line/inference/kernels/conv_winograd.h"
#include "line/inference/kernels/copy_pixels.h"

namespace bondline::inference::kernels {

F32Finish finish_of(const ConvF32& c) {
  constexpr float kInfinite = std::numeric_limits<float>::infinity();
  F32Finish f{-kInfinite, kInfinite, c.residual};
  const bool before = !c.residual || c.residual_after;
  switch (c.activation.kind) {
    case Activation::none:
      break;
    case Activation::relu:
      if (before && !c.residual) f.low = 0;
      break;
    case Activation::clip:
      if (before && !c.residual) {
        f.low = c.activation.a;
        f.high = c.activation.b;
      }
      break;
    default:
      f.staged = true;
  }
  return f;
}

namespace {

ConvPlan plan_of(const ConvF32& c) {
  const KernelTable& k = table_of(c.isa);
  return plan_conv(c.shape, 4, k.rows_f32, k.columns_f32, c.residual ? &c.residual_at : nullptr,
                   finish_of(c).staged, c.variant == 1);
}

bool by_winograd(const ConvF32& c) {
  return c.variant == 2 && takes_winograd(c);
}

DepthwisePlan depthwise_of(const ConvF32& c) {
  return depthwise_plan(c.shape, 4, false, finish_of(c).staged);
}

}  // namespace

const char* problem(const ConvF32& c) {
  if (static_cast<int>(c.isa) >= kIsas) return "unknown instruction set";
  if (const char* why = problem_of_shape(c.shape)) return why;
  if (c.variant >= variants(c)) return "unknown variant";
  if (c.activation.kind > Activation::square) return "unknown activation";
  if (c.residual) {
    const Plane &r = c.residual_at, &o = c.shape.out;
    if (const char* why = problem_of_plane(r)) return why;
    if (r.n != o.n || r.h != o.h || r.w != o.w || r.c != o.c)
      return "the residual has another shape than the output";
  }
  return nullptr;
}

int variants(const ConvF32& c) {
  return is_depthwise(c.shape) ? 1 : takes_winograd(c) ? 3 : 2;
}

const char* variant_name(const ConvF32& c) {
  if (is_depthwise(c.shape)) return "depthwise";
  if (by_winograd(c)) return "winograd f(4x4)";
  return c.variant == 1 ? "copied tiles" : "direct tiles";
}

std::size_t packed_bytes(const ConvF32& c) {
  if (by_winograd(c)) return winograd_packed_bytes(c);
  return static_cast<std::size_t>(is_depthwise(c.shape) ? depthwise_of(c).packed_bytes
                                                        : plan_of(c).packed_bytes);
}

void pack(const ConvF32& c, const ConvF32Constants& constants, void* packed) {
  if (by_winograd(c)) return winograd_pack(c, constants, packed);
  std::memset(packed, 0, packed_bytes(c));
  if (is_depthwise(c.shape)) {
    pack_depthwise_f32(depthwise_of(c), constants.weights, constants.bias, packed);
    return;
  }
  const ConvPlan p = plan_of(c);
  const long per_output = p.group_in * p.shape.kernel_h * p.shape.kernel_w;
  for (long g = 0; g < p.shape.groups; ++g) {
    unsigned char* at = static_cast<unsigned char*>(packed) + 64 + g * p.group_bytes;
    if (constants.bias)
      std::memcpy(at, constants.bias + g * p.group_out, static_cast<std::size_t>(p.group_out) * 4);
    pack_weights(p, table_of(c.isa).columns_f32, constants.weights + g * p.group_out * per_output,
                 at + 2 * p.bias_bytes);
  }
}

std::size_t scratch_bytes(const ConvF32& c) {
  if (by_winograd(c)) return winograd_scratch_bytes(c);
  return static_cast<std::size_t>(is_depthwise(c.shape) ? depthwise_of(c).scratch_bytes
                                                        : plan_of(c).scratch_bytes);
}

std::int64_t work_items(const ConvF32& c) {
  if (by_winograd(c)) return winograd_work_items(c);
  if (is_depthwise(c.shape)) return depthwise_of(c).items;
  const ConvPlan p = plan_of(c);
  return p.pixel_items * p.column_blocks;
}

namespace {

void run_tile(const ConvF32& c, const ConvPlan& p, const KernelTable& k, const ConvBuffers& b,
              const TilePlace& at, long group, long column0, long columns, unsigned char* stage,
              const F32Finish& finish, Ahead& ahead) {
  const ConvShape& s = p.shape;
  const unsigned char* blob = static_cast<const unsigned char*>(b.packed) + 64 + group * p.group_bytes;
  ConvTile t{};
  t.a0 = at.a0;
  t.a1 = at.a1;
  t.offsets = at.offsets;
  t.segments = p.segments;
  t.steps = p.steps;
  t.astride = at.astride;
  t.rows = at.rows;
  t.tiles = at.tiles;
  t.a_step = p.pixels * at.astride;
  t.columns = columns;
  t.bias = reinterpret_cast<const int*>(blob) + column0;
  t.weights = blob + 2 * p.bias_bytes + column0 * p.segments * p.steps * 4;
  t.low = finish.low;
  t.high = finish.high;
  ahead.give(t, steps_of(p, columns, k.columns_f32) * at.tiles);
  const bool second_row = p.two_rows && at.rows > p.pixels;
  const long channel = group * p.group_out + column0;
  float* out0 =
      static_cast<float*>(b.out) + at.image * s.out.image + at.y * s.out.row + at.x * s.out.pixel + channel;
  float* out1 = out0 + (second_row ? s.out.row : at.half * s.out.pixel);
  if (!finish.staged) {
    t.out0 = reinterpret_cast<unsigned char*>(out0);
    t.out1 = reinterpret_cast<unsigned char*>(out1);
    t.out_stride = s.out.pixel * 4;
    t.out_step = p.pixels * t.out_stride;
    k.conv_f32(t);
    return;
  }
  t.out0 = stage;
  t.out1 = stage + at.half * columns * 4;
  t.out_stride = columns * 4;
  k.conv_f32(t);
  const Plane& r = c.residual_at;
  const bool flat = s.out.h != c.shape.out.h || s.out.n != c.shape.out.n;
  const float* residual0 = nullptr;
  if (c.residual)
    residual0 = static_cast<const float*>(b.residual) + channel +
                (flat ? at.x * r.pixel : at.image * r.image + at.y * r.row + at.x * r.pixel);
  float* staged = reinterpret_cast<float*>(stage);
  if (!c.residual) {  // the whole tile at once, side by side or on its way there
    const bool dense = s.out.pixel == columns && !second_row;
    k.finish_f32(at.rows * columns, staged, nullptr, false, c.activation, dense ? out0 : staged);
    if (dense) return;
    const auto copy = [&](long pixels, const float* from, float* to) {
      copy_pixels(pixels, columns * 4, reinterpret_cast<const unsigned char*>(from), columns * 4,
                  reinterpret_cast<unsigned char*>(to), s.out.pixel * 4);
    };
    copy(at.half, staged, out0);
    copy(at.rows - at.half, staged + at.half * columns, out1);
    return;
  }
  for (long i = 0; i < at.rows; ++i) {
    const bool upper = i >= at.half;
    const long j = upper ? i - at.half : i;
    const float* residual = residual0;
    if (residual) residual += (upper ? (second_row ? r.row : at.half * r.pixel) : 0) + j * r.pixel;
    k.finish_f32(columns, staged + i * columns, residual, c.residual_after, c.activation,
                 (upper ? out1 : out0) + j * s.out.pixel);
  }
}

}  // namespace

void run(const ConvF32& c, const ConvBuffers& b, std::int64_t first, std::int64_t last, void* scratch) {
  if (by_winograd(c)) return winograd_run(c, b, first, last, scratch);
  const KernelTable& k = table_of(c.isa);
  if (is_depthwise(c.shape)) {
    run_depthwise_f32(c, depthwise_of(c), k, b, first, last, scratch);
    return;
  }
  const F32Finish finish = finish_of(c);
  const ConvPlan p = plan_of(c);
  Placer placer(p, b.in, 0, scratch);
  for (std::int64_t item = first; item < last;) {
    const ItemRun r = run_of(p, item, last);
    item += r.end_chunk - r.chunk;
    const long column0 = r.block * p.column_block, columns = std::min(p.column_block, p.group_out - column0);
    for (long g = 0; g < p.shape.groups && columns > 0; ++g) {
      placer.start_at(r.begin, g);
      const Ahead after = ahead_of(p, b, r.block, g);
      for (long tile = r.begin; tile < r.end;) {
        const long end = std::min(tile + r.tiles_per_share, r.end);
        Ahead ahead = after.share(tile, end, p.tiles);
        while (tile < end) {
          const TilePlace at = placer.next(finish.staged ? 1 : end - tile);
          run_tile(c, p, k, b, at, g, column0, columns, placer.stage(), finish, ahead);
          tile += at.tiles;
        }
      }
    }
  }
}

}  // namespace bondline::inference::kernels
