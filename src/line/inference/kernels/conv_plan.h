// How a convolution is cut into tiles, and where the tile kernels find their left sides: straight in the
// input where a tile lies inside it and its bytes are in order, else in a strip: a dense, padded copy of the
// tile's patch in scratch.
#pragma once
#include "line/inference/kernels/kernels.h"
#include "line/inference/kernels/tables.h"

namespace bondline::inference::kernels {

inline constexpr long round_up(long n, long to) {
  return (n + to - 1) / to * to;
}

struct ConvPlan {
  ConvShape shape;            ///< flattened to one row where every plane allows
  long unit;                  ///< bytes of an element
  long group_in, group_out;   ///< channels of a group
  bool merged;                ///< a kernel row is one segment of kernel_w * group_in elements
  bool direct;                ///< tiles inside the input read it in place
  long run, steps, segments;  ///< bytes of a segment, dwords, how many
  long pixels;                ///< of a tile, in one row
  bool two_rows;              ///< a tile is two output rows
  long tiles_x, tiles_y, tiles;
  long strip_pixel, strip_row,
      strip_bytes;  ///< bytes; strip_bytes: of one half of a tile (all of it if one row)
  long columns_padded, column_block, column_blocks;
  long tiles_per_item, pixel_items;
  long bias_bytes, weight_bytes, group_bytes,
      packed_bytes;   ///< of a blob: bias | multipliers | weights per group
  bool keeps_strips;  ///< the strips of an item's tiles stay for its other column blocks
  long strips_bytes;  ///< of all strips in scratch
  long stage_bytes, scratch_bytes;
};

/// rows, columns: of the set's tile. residual: its plane, or null. force_strip: never read in place.
ConvPlan plan_conv(const ConvShape& shape, long unit, int rows, int columns, const Plane* residual,
                   bool staged, bool force_strip);

/// Neighbouring items of one block of columns: their tiles, gone through in a few runs that ask for equal
/// shares of what is read next.
struct ItemRun {
  long block, chunk, end_chunk;  ///< items block * pixel_items + [chunk, end_chunk)
  long begin, end;               ///< tiles
  long tiles_per_share;
};
/// The first of the runs that make up items [first, last).
inline ItemRun run_of(const ConvPlan& p, long first, long last) {
  constexpr long kShares = 8;
  ItemRun r{};
  r.block = first / p.pixel_items;
  r.chunk = first - r.block * p.pixel_items;
  r.end_chunk = r.chunk + last - first < p.pixel_items ? r.chunk + last - first : p.pixel_items;
  r.begin = r.chunk * p.tiles_per_item;
  r.end = r.end_chunk * p.tiles_per_item < p.tiles ? r.end_chunk * p.tiles_per_item : p.tiles;
  r.tiles_per_share = (r.end - r.begin + kShares - 1) / kShares;
  return r;
}

/// What a tile's pixels are, once its patch has been found or copied.
struct TilePlace {
  const unsigned char *a0, *a1;
  const long* offsets;
  long astride;
  int rows;
  long image, y, x;  ///< first pixel; with two rows the second half is at y + 1, x
  long half;         ///< pixels of the first half
  long tiles;        ///< this one and those that follow in its row, all in place and as large
};

/// The places of an item's tiles, one after the other; strips are copied once where they are kept.
class Placer {
 public:
  /// scratch: of plan.scratch_bytes
  Placer(const ConvPlan& plan, const void* in, int padding, void* scratch);
  void start_at(long tile, long group);
  /// The place of the tile reached and of at most `most` - 1 that continue it; on to the one after them.
  TilePlace next(long most);
  unsigned char* stage() const { return stage_; }

 private:
  const ConvPlan& plan_;
  const unsigned char* in_;
  long in_bytes_;
  int padding_;
  long* offsets_;
  unsigned char *strips_, *stage_;
  long copied_ = 0;  ///< tiles [0, copied_) have their strips, where strips are kept
  long inside_;      ///< tiles of a row that the input's right edge allows to be read in place
  long tile_ = 0, group_ = 0, image_ = 0, y_ = 0, column_ = 0;  ///< column_: of tiles
};

/// A stretch of memory whose lines successive tiles ask for ahead of time.
class Ahead {
 public:
  /// from: may be null, then nothing is asked for.
  Ahead(const void* from, long bytes) : at_(static_cast<const char*>(from)), left_(from ? bytes : 0) {}
  /// Before a call of `steps` steps.
  void give(ConvTile& t, long steps) {
    t.ahead = at_ ? at_ : static_cast<const char*>(t.weights);
    t.ahead_step = left_ > 0 ? 64 : 0;
    at_ += left_ > 0 ? 64 * steps : 0;
    left_ -= 64 * steps;
  }
  /// Lines [part, end) of `parts` equal shares.
  Ahead share(long part, long end, long parts) const {
    const long lines = left_ / 64, first = lines * part / parts;
    return {at_ ? at_ + 64 * first : nullptr, 64 * (lines * end / parts - first)};
  }

 private:
  const char* at_;
  long left_;
};

/// Of what follows a convolution, at most so much is asked for: part of an L2 cache.
constexpr long kAheadBytes = 384 << 10;
/// What is read after a block of columns: the weights of the next block, or what the caller named.
Ahead ahead_of(const ConvPlan& plan, const ConvBuffers& buffers, long block, long group);
/// Lines that an int8 tile over `columns` columns asks for: one a step, in pairs.
inline long pairs_of(const ConvPlan& p, long columns, int tile_columns) {
  return p.segments * (p.steps / 2 * 2) * ((columns + tile_columns - 1) / tile_columns);
}
/// Steps of a tile over `columns` columns.
inline long steps_of(const ConvPlan& p, long columns, int tile_columns) {
  return p.segments * p.steps * ((columns + tile_columns - 1) / tile_columns);
}

/// A table of 256 bytes as vectors look it up: entries 0, 128, 1, 129 ...
struct TableHalves {
  alignas(64) unsigned char bytes[256];
};
inline const unsigned char* interleave_halves(const unsigned char* table, TableHalves& to) {
  for (int i = 0; i < 128; ++i) {
    to.bytes[2 * i] = table[i];
    to.bytes[2 * i + 1] = table[128 + i];
  }
  return to.bytes;
}

/// Copies weights [group_out][group_in][kernel_h][kernel_w] of one group into tiles of `columns`.
void pack_weights(const ConvPlan& plan, int columns, const void* weights, void* packed);

/// Null, or what is wrong with the shape.
const char* problem_of_shape(const ConvShape& shape);
const char* problem_of_plane(const Plane& plane);
bool is_depthwise(const ConvShape& shape);

}  // namespace bondline::inference::kernels
