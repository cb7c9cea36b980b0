#include "line/inference/kernels/conv_winograd.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "line/inference/kernels/conv_plan.h"
#include "line/inference/kernels/tables.h"

namespace bondline::inference::kernels {
namespace {

struct Blocks {
  long in, out;                ///< channels
  long in_stride, out_stride;  ///< floats of a tile's channels before and after the products
  long tiles_x, tiles_y, tiles, block, blocks;
  long bias_bytes, matrix_bytes;
};

Blocks blocks_of(const ConvF32& c) {
  const ConvShape& s = c.shape;
  Blocks b{};
  b.in = s.in.c;
  b.out = s.out.c;
  b.in_stride = round_up(b.in, 16) + 16;  // not a power of two: rows spread over the sets of the L1 cache
  b.out_stride = round_up(b.out, 16);
  b.tiles_x = (s.out.w + 3) / 4;
  b.tiles_y = (s.out.h + 3) / 4;
  b.tiles = b.tiles_x * b.tiles_y * s.out.n;
  constexpr long kBlockBytes = 1200 << 10;
  const long rows = table_of(c.isa).rows_f32;
  const long fitting = kBlockBytes / (36 * 4 * (b.in_stride + b.out_stride));
  const long most = std::clamp<long>(fitting, rows, 4 * rows);
  b.blocks = (b.tiles + most - 1) / most;
  b.block = (b.tiles + b.blocks - 1) / b.blocks;
  b.blocks = (b.tiles + b.block - 1) / b.block;
  const long columns = table_of(c.isa).columns_f32;
  b.bias_bytes = round_up(round_up(b.out, std::max(16L, columns)) * 4, 64);
  b.matrix_bytes = round_up(round_up(b.out, columns) * b.in * 4, 64);
  return b;
}

// G g G^T of one kernel (Lavin and Gray 2016).
void transform_kernel(const float* g, double* u) {
  static const double kG[6][3] = {{1.0 / 4, 0, 0},
                                  {-1.0 / 6, -1.0 / 6, -1.0 / 6},
                                  {-1.0 / 6, 1.0 / 6, -1.0 / 6},
                                  {1.0 / 24, 1.0 / 12, 1.0 / 6},
                                  {1.0 / 24, -1.0 / 12, 1.0 / 6},
                                  {0, 0, 1}};
  double half[6][3];
  for (int i = 0; i < 6; ++i)
    for (int x = 0; x < 3; ++x) {
      half[i][x] = 0;
      for (int k = 0; k < 3; ++k) half[i][x] += kG[i][k] * static_cast<double>(g[k * 3 + x]);
    }
  for (int i = 0; i < 6; ++i)
    for (int j = 0; j < 6; ++j) {
      u[i * 6 + j] = 0;
      for (int k = 0; k < 3; ++k) u[i * 6 + j] += half[i][k] * kG[j][k];
    }
}

struct Scratch {
  float *patch, *left, *products, *stage;
  std::size_t bytes;
};
Scratch scratch_of(const Blocks& b, void* memory) {
  float* p = static_cast<float*>(memory);
  const long patch = 36 * b.in_stride, left = 36 * b.block * b.in_stride,
             products = 36 * b.block * b.out_stride;
  const long stage = 16 * b.out_stride;
  Scratch s{};
  s.bytes = static_cast<std::size_t>(patch + left + products + stage) * 4;
  if (!p) return s;
  s.patch = p;
  s.left = p + patch;
  s.products = s.left + left;
  s.stage = s.products + products;
  return s;
}

struct TileAt {
  long image, y, x;
};
TileAt tile_at(const Blocks& b, long tile) {
  const long row = tile / b.tiles_x;
  return {row / b.tiles_y, row % b.tiles_y * 4, tile % b.tiles_x * 4};
}

void transform_tile(const ConvShape& s, const Blocks& b, const KernelTable& k, const float* in,
                    const TileAt& t, float* patch, float* out) {
  const long y0 = t.y - s.pad_top, x0 = t.x - s.pad_left, padded = round_up(b.in, 16);
  const float* image = in + t.image * s.in.image;
  const long plane = b.block * b.in_stride;
  if (y0 >= 0 && x0 >= 0 && y0 + 6 <= s.in.h && x0 + 6 <= s.in.w && b.in % 16 == 0) {
    k.winograd_in(padded, image + y0 * s.in.row + x0 * s.in.pixel, s.in.row, s.in.pixel, out, plane);
    return;
  }
  for (long i = 0; i < 36; ++i) {
    const long y = y0 + i / 6, x = x0 + i % 6;
    float* to = patch + i * padded;
    const bool real = y >= 0 && x >= 0 && y < s.in.h && x < s.in.w;
    if (real) std::memcpy(to, image + y * s.in.row + x * s.in.pixel, static_cast<std::size_t>(b.in) * 4);
    const long filled = real ? b.in : 0;
    std::memset(to + filled, 0, static_cast<std::size_t>(padded - filled) * 4);
  }
  k.winograd_in(padded, patch, 6 * padded, padded, out, plane);
}

void multiply(const Blocks& b, const KernelTable& k, const unsigned char* matrices, const float* zeros,
              const Scratch& s, long count, const ConvBuffers* after) {
  const long groups = (count + k.rows_f32 - 1) / k.rows_f32, rows = (count + groups - 1) / groups;
  const long offset = 0;
  ConvTile t{};
  t.offsets = &offset;
  t.segments = 1;
  t.tiles = 1;
  t.steps = b.in;
  t.astride = b.in_stride * 4;
  t.columns = b.out;
  t.bias = reinterpret_cast<const int*>(zeros);
  t.out_stride = b.out_stride * 4;
  t.low = -std::numeric_limits<float>::infinity();
  t.high = std::numeric_limits<float>::infinity();
  const long column_tiles = (b.out + k.columns_f32 - 1) / k.columns_f32;
  for (long e = 0; e < 36; ++e) {
    t.weights = matrices + e * b.matrix_bytes;
    // The next matrix; after the last one this item's again, or what comes after all.
    const void* next = e < 35 ? matrices + (e + 1) * b.matrix_bytes : after ? after->ahead : matrices;
    Ahead ahead(next, next && e == 35 && after
                          ? std::min<long>(static_cast<long>(after->ahead_bytes), kAheadBytes)
                          : b.matrix_bytes);
    for (long row = 0; row < count; row += rows) {
      t.rows = static_cast<int>(std::min(rows, count - row));
      const long half = (t.rows + 1) / 2;
      t.a0 = reinterpret_cast<const unsigned char*>(s.left + (e * b.block + row) * b.in_stride);
      t.a1 = t.a0 + half * t.astride;
      t.out0 = reinterpret_cast<unsigned char*>(s.products + (e * b.block + row) * b.out_stride);
      t.out1 = t.out0 + half * t.out_stride;
      ahead.give(t, b.in * column_tiles);
      k.conv_f32(t);
    }
  }
}

void store_tile(const ConvF32& c, const Blocks& b, const KernelTable& k, const ConvBuffers& buffers,
                const float* bias, const float* products, const TileAt& t, float* stage) {
  const ConvShape& s = c.shape;
  k.winograd_out(b.out_stride, products, b.block * b.out_stride, bias, stage, b.out_stride);
  if (!c.residual) k.finish_f32(16 * b.out_stride, stage, nullptr, false, c.activation, stage);
  for (long y = 0; y < 4 && t.y + y < s.out.h; ++y)
    for (long x = 0; x < 4 && t.x + x < s.out.w; ++x) {
      const auto at = [&](const Plane& p) {
        return t.image * p.image + (t.y + y) * p.row + (t.x + x) * p.pixel;
      };
      float* out = static_cast<float*>(buffers.out) + at(s.out);
      const float* from = stage + (y * 4 + x) * b.out_stride;
      if (c.residual)
        k.finish_f32(b.out, from, static_cast<const float*>(buffers.residual) + at(c.residual_at),
                     c.residual_after, c.activation, out);
      else
        std::memcpy(out, from, static_cast<std::size_t>(b.out) * 4);
    }
}

}  // namespace

bool takes_winograd(const ConvF32& c) {
  const ConvShape& s = c.shape;
  return s.groups == 1 && s.kernel_h == 3 && s.kernel_w == 3 && s.stride_h == 1 && s.stride_w == 1 &&
         s.dilation_h == 1 && s.dilation_w == 1;
}

double winograd_macs(const ConvF32& c) {
  const Blocks b = blocks_of(c);
  return static_cast<double>(b.tiles) * 36 * static_cast<double>(b.in) * static_cast<double>(b.out);
}

std::size_t winograd_packed_bytes(const ConvF32& c) {
  const Blocks b = blocks_of(c);
  return static_cast<std::size_t>(64 + 2 * b.bias_bytes + 36 * b.matrix_bytes);
}

void winograd_pack(const ConvF32& c, const ConvF32Constants& constants, void* packed) {
  const Blocks b = blocks_of(c);
  unsigned char* blob = static_cast<unsigned char*>(packed) + 64;
  std::memset(packed, 0, winograd_packed_bytes(c));
  if (constants.bias) std::memcpy(blob, constants.bias, static_cast<std::size_t>(b.out) * 4);
  const std::size_t count = static_cast<std::size_t>(b.in * b.out);
  std::vector<float> all(36 * count);  // [36][out][in]
  for (std::size_t i = 0; i < count; ++i) {
    double u[36];
    transform_kernel(constants.weights + i * 9, u);
    for (std::size_t e = 0; e < 36; ++e) all[e * count + i] = static_cast<float>(u[e]);
  }
  const int columns = table_of(c.isa).columns_f32;
  const ConvPlan product = plan_conv(product_shape(1, c.shape.in.c, c.shape.out.c), 4,
                                     table_of(c.isa).rows_f32, columns, nullptr, false, false);
  for (std::size_t e = 0; e < 36; ++e)
    pack_weights(product, columns, all.data() + e * count,
                 blob + 2 * b.bias_bytes + static_cast<long>(e) * b.matrix_bytes);
}

std::size_t winograd_scratch_bytes(const ConvF32& c) {
  return scratch_of(blocks_of(c), nullptr).bytes;
}

std::int64_t winograd_work_items(const ConvF32& c) {
  return blocks_of(c).blocks;
}

void winograd_run(const ConvF32& c, const ConvBuffers& buffers, std::int64_t first, std::int64_t last,
                  void* memory) {
  const Blocks b = blocks_of(c);
  const KernelTable& k = table_of(c.isa);
  const Scratch s = scratch_of(b, memory);
  const unsigned char* blob = static_cast<const unsigned char*>(buffers.packed) + 64;
  const float *bias = reinterpret_cast<const float*>(blob),
              *zeros = reinterpret_cast<const float*>(blob + b.bias_bytes);
  for (std::int64_t item = first; item < last; ++item) {
    const long tile0 = item * b.block, count = std::min(b.block, b.tiles - tile0);
    for (long i = 0; i < count; ++i)
      transform_tile(c.shape, b, k, static_cast<const float*>(buffers.in), tile_at(b, tile0 + i), s.patch,
                     s.left + i * b.in_stride);
    multiply(b, k, blob + 2 * b.bias_bytes, zeros, s, count, item + 1 == b.blocks ? &buffers : nullptr);
    for (long i = 0; i < count; ++i)
      store_tile(c, b, k, buffers, bias, s.products + i * b.out_stride, tile_at(b, tile0 + i), s.stage);
  }
}

}  // namespace bondline::inference::kernels
