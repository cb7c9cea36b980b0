// int8 convolutions: constants into blobs, work items into tiles.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "line/inference/kernels/conv_depthwise.h"
#include "line/inference/kernels/conv_plan.h"
#include "line/inference/kernels/copy_pixels.h"

namespace bondline::inference::kernels {
namespace {

/// Whether results pass through a stage in scratch on their way to table and residual.
bool staged(const ConvInt8& c) {
  const bool finishes = table_of(c.isa).finishes;
  return (c.table && !finishes) || (c.residual && (!finishes || is_depthwise(c.shape)));
}

ConvPlan plan_of(const ConvInt8& c) {
  const KernelTable& k = table_of(c.isa);
  return plan_conv(c.shape, 1, k.rows, k.columns, c.residual ? &c.residual_at : nullptr, staged(c),
                   c.variant == 1);
}

struct BlobHead {
  std::uint32_t layout, flags;
};

}  // namespace

const char* problem(const ConvInt8& c) {
  if (static_cast<int>(c.isa) >= kIsas) return "unknown instruction set";
  if (const char* why = problem_of_shape(c.shape)) return why;
  if (c.variant >= variants(c)) return "unknown variant";
  if (c.lo > c.hi || c.add.lo > c.add.hi) return "the clamp is empty";
  if (c.float_out && (c.table || c.residual)) return "a float output has no table and no residual";
  if (c.residual) {
    const Plane &r = c.residual_at, &o = c.shape.out;
    if (const char* why = problem_of_plane(r)) return why;
    if (r.n != o.n || r.h != o.h || r.w != o.w || r.c != o.c)
      return "the residual has another shape than the output";
  }
  return nullptr;
}

int variants(const ConvInt8& c) {
  if (is_depthwise(c.shape)) return 1;
  return 2;
}

const char* variant_name(const ConvInt8& c) {
  if (is_depthwise(c.shape)) return "depthwise";
  return c.variant == 1 ? "copied tiles" : "direct tiles";
}

std::size_t packed_bytes(const ConvInt8& c) {
  if (is_depthwise(c.shape))
    return static_cast<std::size_t>(depthwise_plan(c.shape, 1, table_of(c.isa).quads, false).packed_bytes);
  return static_cast<std::size_t>(plan_of(c).packed_bytes);
}

void pack(const ConvInt8& c, const ConvInt8Constants& constants, void* packed) {
  const ConvShape& s = c.shape;
  const KernelTable& k = table_of(c.isa);
  const bool depthwise = is_depthwise(s);
  std::memset(packed, 0, packed_bytes(c));
  // Bias with the input's zero point folded in, and whether the scaled sum may leave the range of int32.
  const long per_output = static_cast<long>(s.in.c / s.groups) * s.kernel_h * s.kernel_w;
  std::vector<std::int32_t> bias(static_cast<std::size_t>(s.out.c));
  bool overflow = false;
  for (long o = 0; o < s.out.c; ++o) {
    std::int64_t sum = 0, magnitude = 0;
    for (long i = 0; i < per_output; ++i) {
      const int w = constants.weights[o * per_output + i];
      sum += w;
      magnitude += std::abs(w);
    }
    const std::int64_t b = constants.bias ? constants.bias[o] : 0;
    const std::int64_t shift = static_cast<std::int64_t>(c.in_zero) - (depthwise ? 0 : k.in_shift);
    bias[static_cast<std::size_t>(o)] =
        static_cast<std::int32_t>(static_cast<std::uint32_t>(b - shift * sum));
    const double most = 255.0 * static_cast<double>(magnitude) + std::fabs(static_cast<double>(b));
    const double scaled =
        std::min(most, 2147483648.0) * std::fabs(static_cast<double>(constants.multiplier[o]));
    overflow = overflow || !(scaled < 1073741824.0);
  }
  const BlobHead head{kLayoutVersion, static_cast<std::uint32_t>(overflow ? kMayOverflow : 0)};
  std::memcpy(packed, &head, sizeof head);
  if (depthwise) {
    pack_depthwise_i8(depthwise_plan(s, 1, k.quads, false), constants.weights, bias.data(),
                      constants.multiplier, packed);
    return;
  }
  const ConvPlan p = plan_of(c);
  for (long g = 0; g < s.groups; ++g) {
    unsigned char* at = static_cast<unsigned char*>(packed) + 64 + g * p.group_bytes;
    std::memcpy(at, bias.data() + g * p.group_out, static_cast<std::size_t>(p.group_out) * 4);
    std::memcpy(at + p.bias_bytes, constants.multiplier + g * p.group_out,
                static_cast<std::size_t>(p.group_out) * 4);
    pack_weights(p, k.columns, constants.weights + g * p.group_out * per_output, at + 2 * p.bias_bytes);
  }
}

std::size_t scratch_bytes(const ConvInt8& c) {
  if (is_depthwise(c.shape))
    return static_cast<std::size_t>(
        depthwise_plan(c.shape, 1, table_of(c.isa).quads, staged(c)).scratch_bytes);
  return static_cast<std::size_t>(plan_of(c).scratch_bytes);
}

std::int64_t work_items(const ConvInt8& c) {
  if (is_depthwise(c.shape)) return depthwise_plan(c.shape, 1, table_of(c.isa).quads, staged(c)).items;
  const ConvPlan p = plan_of(c);
  return p.pixel_items * p.column_blocks;
}

namespace {

struct Pixels {
  long count;
  long offset, residual;  ///< elements, of the first pixel
};

// Table and residual over the pixels of a tile that were staged side by side.
void finish_half(const ConvInt8& c, const ConvPlan& p, const KernelTable& k, const ConvBuffers& b,
                 const Pixels& half, unsigned char* stage, long stage_stride, long columns) {
  unsigned char* out = static_cast<unsigned char*>(b.out) + half.offset;
  const unsigned char* residual =
      c.residual ? static_cast<const unsigned char*>(b.residual) + half.residual : nullptr;
  const unsigned char* table = c.table ? b.table : nullptr;
  const long out_pixel = p.shape.out.pixel, residual_pixel = c.residual_at.pixel;
  if (stage_stride == columns && out_pixel == columns && (!residual || residual_pixel == columns)) {
    k.finish_u8(columns * half.count, stage, table, residual, c.add, out);
    return;
  }
  if (!residual && stage_stride == columns) {  // the table in place, for whole vectors
    k.finish_u8(columns * half.count, stage, table, nullptr, c.add, stage);
    copy_pixels(half.count, columns, stage, columns, out, out_pixel);
    return;
  }
  for (long i = 0; i < half.count; ++i)
    k.finish_u8(columns, stage + i * stage_stride, table, residual ? residual + i * residual_pixel : nullptr,
                c.add, out + i * out_pixel);
}

/// What all tiles of one group and one block of columns share.
ConvTile block_of(const ConvInt8& c, const ConvPlan& p, const ConvBuffers& b, const unsigned char* halves,
                  long group, long column0, long columns, int flags) {
  const unsigned char* blob = static_cast<const unsigned char*>(b.packed) + 64 + group * p.group_bytes;
  ConvTile t{};
  t.segments = p.segments;
  t.steps = p.steps;
  t.flags = flags;
  t.columns = columns;
  t.bias = reinterpret_cast<const int*>(blob) + column0;
  t.multiplier = reinterpret_cast<const float*>(blob + p.bias_bytes) + column0;
  t.weights = blob + 2 * p.bias_bytes + column0 * p.segments * p.steps * 4;
  t.zero = c.out_zero;
  t.lo = c.lo;
  t.hi = c.hi;
  t.add = &c.add;
  t.table = halves;
  t.residual_stride = c.residual_at.pixel;
  return t;
}

void run_tile(const ConvInt8& c, const ConvPlan& p, const KernelTable& k, const ConvBuffers& b,
              const TilePlace& at, ConvTile& t, long channel, unsigned char* stage, Ahead& ahead) {
  const ConvShape& s = p.shape;
  t.a0 = at.a0;
  t.a1 = at.a1;
  t.offsets = at.offsets;
  t.astride = at.astride;
  t.rows = at.rows;
  t.tiles = at.tiles;
  t.a_step = p.pixels * at.astride;
  t.residual_step = p.pixels * c.residual_at.pixel;
  ahead.give(t, pairs_of(p, t.columns, k.columns) * at.tiles);
  const bool second_row = p.two_rows && at.rows > p.pixels;
  const long offset = at.image * s.out.image + at.y * s.out.row + at.x * s.out.pixel + channel;
  const long offset1 = second_row ? offset + s.out.row : offset + at.half * s.out.pixel;
  // The residual has the output's shape but its own strides; a flattened shape has flattened it too.
  const Plane& r = c.residual_at;
  const bool flat = s.out.h != c.shape.out.h || s.out.n != c.shape.out.n;
  const long residual =
      flat ? at.x * r.pixel + channel : at.image * r.image + at.y * r.row + at.x * r.pixel + channel;
  const long residual1 = second_row ? residual + r.row : residual + at.half * r.pixel;
  if (!staged(c)) {
    const long size = c.float_out ? 4 : 1;
    t.out0 = static_cast<unsigned char*>(b.out) + offset * size;
    t.out1 = static_cast<unsigned char*>(b.out) + offset1 * size;
    t.out_stride = s.out.pixel * size;
    t.out_step = p.pixels * t.out_stride;
    if (c.residual) {
      t.residual0 = static_cast<const unsigned char*>(b.residual) + residual;
      t.residual1 = static_cast<const unsigned char*>(b.residual) + residual1;
    }
    k.conv_i8(t);
    return;
  }
  t.out0 = stage;
  t.out1 = stage + at.half * t.columns;
  t.out_stride = t.columns;
  k.conv_i8(t);
  if (second_row) {
    finish_half(c, p, k, b, {at.half, offset, residual}, stage, t.columns, t.columns);
    finish_half(c, p, k, b, {at.rows - at.half, offset1, residual1}, t.out1, t.columns, t.columns);
  } else {
    finish_half(c, p, k, b, {at.rows, offset, residual}, stage, t.columns, t.columns);
  }
}

}  // namespace

void run(const ConvInt8& c, const ConvBuffers& b, std::int64_t first, std::int64_t last, void* scratch) {
  const KernelTable& k = table_of(c.isa);
  BlobHead head;
  std::memcpy(&head, b.packed, sizeof head);
  const bool plain = c.out_zero == 0 && c.lo == 0 && c.hi == 255;
  const int flags =
      static_cast<int>(head.flags & kMayOverflow) | (c.float_out ? kFloatOut : 0) | (plain ? kPlain : 0);
  if (is_depthwise(c.shape)) {
    run_depthwise_i8(c, depthwise_plan(c.shape, 1, k.quads, staged(c)), k, b, first, last, scratch, flags);
    return;
  }
  const ConvPlan p = plan_of(c);
  TableHalves halves;
  const unsigned char* table = c.table && k.finishes ? interleave_halves(b.table, halves) : nullptr;
  Placer placer(p, b.in, c.in_zero, scratch);
  for (std::int64_t item = first; item < last;) {
    const ItemRun r = run_of(p, item, last);
    item += r.end_chunk - r.chunk;
    const long column0 = r.block * p.column_block, columns = std::min(p.column_block, p.group_out - column0);
    for (long g = 0; g < p.shape.groups && columns > 0; ++g) {
      ConvTile block = block_of(c, p, b, table, g, column0, columns, flags);
      placer.start_at(r.begin, g);
      const Ahead after = ahead_of(p, b, r.block, g);
      for (long tile = r.begin; tile < r.end;) {
        const long end = std::min(tile + r.tiles_per_share, r.end);
        Ahead ahead = after.share(tile, end, p.tiles);
        while (tile < end) {
          const TilePlace at = placer.next(staged(c) ? 1 : end - tile);
          run_tile(c, p, k, b, at, block, g * p.group_out + column0, placer.stage(), ahead);
          tile += at.tiles;
        }
      }
    }
  }
}

}  // namespace bondline::inference::kernels
