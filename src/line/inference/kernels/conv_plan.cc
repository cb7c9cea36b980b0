#include "line/inference/kernels/conv_plan.h"

#include <algorithm>
#include <cstring>

#include "line/inference/kernels/copy_pixels.h"

namespace bondline::inference::kernels {
namespace {

bool is_flat(const Plane& p) {
  return (p.h == 1 || p.row == p.w * p.pixel) && (p.n == 1 || p.image == p.h * p.row);
}

void flatten(Plane& p) {
  p.w *= p.n * p.h;
  p.n = p.h = 1;
  p.row = p.image = p.w * p.pixel;
}

long ceil_div(long a, long b) {
  return (a + b - 1) / b;
}

}  // namespace

bool is_depthwise(const ConvShape& s) {
  return s.groups > 1 && s.groups == s.in.c && s.groups == s.out.c;
}

const char* problem_of_plane(const Plane& p) {
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  if (p.n < 1 || p.h < 1 || p.w < 1 || p.c < 1) return "a plane is empty";
  if (p.pixel < 0 || p.row < 0 || p.image < 0) return "a stride is negative";
  if (p.pixel > kMost || p.row > kMost || p.image > kMost) return "a stride is out of range";
  if (static_cast<double>(p.n) * p.h * p.w * p.c > 1e11) return "a plane is too large";
  return nullptr;
}

const char* problem_of_shape(const ConvShape& s) {
  for (const Plane* p : {&s.in, &s.out}) {
    if (const char* why = problem_of_plane(*p)) return why;
    if (p->pixel < p->c) return "pixels overlap";
    if (p->h > 1 && p->row < (p->w - 1) * p->pixel + p->c) return "rows overlap";
    if (p->n > 1 && p->image < (p->h - 1) * p->row + (p->w - 1) * p->pixel + p->c) return "images overlap";
  }
  if (s.in.n != s.out.n) return "input and output differ in their number of images";
  if (s.groups < 1 || s.in.c % s.groups || s.out.c % s.groups)
    return "channels are not a multiple of the groups";
  for (const std::int32_t v : {s.kernel_h, s.kernel_w, s.stride_h, s.stride_w, s.dilation_h, s.dilation_w})
    if (v < 1 || v > (1 << 14)) return "a kernel size, stride or dilation is out of range";
  const long taps = static_cast<long>(s.kernel_h) * s.kernel_w;  // at most 2^28
  if (taps * (s.in.c / s.groups) > 100'000'000) return "the kernel is too large";
  if (s.pad_top < -(1 << 28) || s.pad_left < -(1 << 28) || s.pad_top > (1 << 20) || s.pad_left > (1 << 20))
    return "padding is out of range";
  return nullptr;
}

ConvPlan plan_conv(const ConvShape& shape, long unit, int rows, int columns, const Plane* residual,
                   bool staged, bool force_strip) {
  ConvPlan p{};
  p.shape = shape;
  ConvShape& s = p.shape;
  p.unit = unit;
  p.group_in = s.in.c / s.groups;
  p.group_out = s.out.c / s.groups;
  const bool pointwise = s.kernel_h == 1 && s.kernel_w == 1 && s.stride_h == 1 && s.stride_w == 1 &&
                         !s.pad_top && !s.pad_left && s.in.h == s.out.h && s.in.w == s.out.w;
  if (pointwise && is_flat(s.in) && is_flat(s.out) && (!residual || is_flat(*residual))) {
    flatten(s.in);
    flatten(s.out);
  }
  const bool dense_pixels = s.in.pixel == p.group_in;
  p.merged = s.dilation_w == 1 && s.kernel_w > 1 && (dense_pixels || (p.group_in * unit) % 4 != 0);
  p.run = (p.merged ? s.kernel_w : 1) * p.group_in * unit;
  p.steps = ceil_div(p.run, 4);
  p.segments = p.merged ? s.kernel_h : long{s.kernel_h} * s.kernel_w;
  p.direct = (!p.merged || dense_pixels) && !force_strip;

  p.two_rows = s.out.w * 2 <= rows && s.out.h > 1;
  p.tiles_x = ceil_div(s.out.w, rows);
  p.pixels = ceil_div(s.out.w, p.tiles_x);
  p.tiles_x = ceil_div(s.out.w, p.pixels);
  p.tiles_y = p.two_rows ? ceil_div(s.out.h, 2) : s.out.h;
  p.tiles = p.tiles_x * p.tiles_y * s.out.n;

  p.strip_pixel = p.merged ? p.group_in * unit : round_up(p.group_in * unit, 4);
  const long patch = (p.pixels - 1) * s.stride_w + (s.kernel_w - 1) * s.dilation_w + 1;
  // An odd number of cache lines: rows and pixels of a wide strip spread over the sets of the L1 cache.
  p.strip_row = round_up(patch * p.strip_pixel + 4, 64);
  if (p.strip_row % 128 == 0) p.strip_row += 64;
  p.strip_bytes = p.strip_row * s.kernel_h;

  p.columns_padded = round_up(p.group_out, columns);
  const long column_bytes = p.segments * p.steps * 4;
  constexpr long kBlockBytes = 256 << 10;  // of weights: a quarter of the L2 cache of the machines meant
  p.column_block = p.columns_padded;
  if (p.columns_padded * column_bytes > 2 * kBlockBytes)
    p.column_block = std::max<long>(columns, kBlockBytes / column_bytes / columns * columns);
  p.column_blocks = ceil_div(p.columns_padded, p.column_block);
  const double tile_macs = static_cast<double>(p.pixels) * p.column_block * column_bytes / unit;
  const long least = std::max<long>(1, static_cast<long>(1e6 / tile_macs));  // about 4 us of int8 work
  p.tiles_per_item = std::max(least, ceil_div(p.tiles, 64));
  constexpr long kStripBytes = 512 << 10;
  p.keeps_strips = p.column_blocks > 1 && s.groups == 1 && p.tiles * 2 * p.strip_bytes <= kStripBytes;
  if (p.keeps_strips) p.tiles_per_item = p.tiles;
  p.strips_bytes = 2 * p.strip_bytes * (p.keeps_strips ? p.tiles : 1);
  p.pixel_items = ceil_div(p.tiles, p.tiles_per_item);

  p.bias_bytes = round_up(p.columns_padded * 4, 64);
  p.weight_bytes = round_up(p.columns_padded * column_bytes, 64);
  p.group_bytes = 2 * p.bias_bytes + p.weight_bytes;
  p.packed_bytes = 64 + s.groups * p.group_bytes;
  p.stage_bytes = staged ? round_up(long{rows} * round_up(p.column_block, 64) * unit, 64) : 0;
  p.scratch_bytes =
      round_up(2 * p.segments * static_cast<long>(sizeof(long)), 64) + p.strips_bytes + 64 + p.stage_bytes;
  return p;
}

namespace {

void write_offsets(const ConvPlan& p, long* offsets) {
  const ConvShape& s = p.shape;
  const long taps = p.merged ? 1 : s.kernel_w;
  for (long segment = 0; segment < p.segments; ++segment) {
    const long ky = segment / taps, kx = segment % taps;
    offsets[segment] = (ky * s.dilation_h * s.in.row + kx * s.dilation_w * s.in.pixel) * p.unit;
    offsets[p.segments + segment] = ky * p.strip_row + kx * s.dilation_w * p.strip_pixel;
  }
}

// The patch of `count` output pixels at (y, x), dense, padding filled in.
void copy_patch(const ConvPlan& p, const unsigned char* image, long y, long x, long count, int padding,
                unsigned char* strip) {
  const ConvShape& s = p.shape;
  const long width = (count - 1) * s.stride_w + (s.kernel_w - 1) * s.dilation_w + 1;
  const long x0 = x * s.stride_w - s.pad_left;
  const long left = std::clamp<long>(-x0, 0, width), right = std::clamp<long>(s.in.w - x0, left, width);
  const long channels = p.group_in * p.unit, step = s.in.pixel * p.unit;
  for (long ky = 0; ky < s.kernel_h; ++ky, strip += p.strip_row) {
    const long iy = y * s.stride_h - s.pad_top + ky * s.dilation_h;
    if (iy < 0 || iy >= s.in.h || left >= right) {
      std::memset(strip, padding, static_cast<std::size_t>(width * p.strip_pixel));
      continue;
    }
    const unsigned char* from = image + (iy * s.in.row + (x0 + left) * s.in.pixel) * p.unit;
    if (left) std::memset(strip, padding, static_cast<std::size_t>(left * p.strip_pixel));
    if (channels == step && channels == p.strip_pixel) {
      std::memcpy(strip + left * channels, from, static_cast<std::size_t>((right - left) * channels));
    } else {
      copy_pixels(right - left, channels, from, step, strip + left * p.strip_pixel, p.strip_pixel);
    }
    if (right < width)
      std::memset(strip + right * p.strip_pixel, padding,
                  static_cast<std::size_t>((width - right) * p.strip_pixel));
  }
}

// Whether a tile's patch lies inside the input, and what is read past its last segment (up to a dword, which
// meets weights of zero) too. in_bytes: from `image` to the end of the input.
bool inside(const ConvPlan& p, long y, long x, long rows, long count, long in_bytes) {
  const ConvShape& s = p.shape;
  const long y0 = y * s.stride_h - s.pad_top,
             y1 = y0 + (rows - 1) * s.stride_h + (s.kernel_h - 1) * s.dilation_h;
  const long x0 = x * s.stride_w - s.pad_left,
             x1 = x0 + (count - 1) * s.stride_w + (s.kernel_w - 1) * s.dilation_w;
  if (y0 < 0 || x0 < 0 || y1 >= s.in.h || x1 >= s.in.w) return false;
  const long over = 4 * p.steps - p.run;
  return !over || (y1 * s.in.row + x1 * s.in.pixel + p.group_in) * p.unit + over <= in_bytes;
}

// How many of a row's tiles reach no further than the input's right edge; the last tile of all is not asked
// for what lies beyond it.
long tiles_inside(const ConvPlan& p) {
  const ConvShape& s = p.shape;
  const long reach =
      s.in.w - 1 + s.pad_left - (s.kernel_w - 1) * s.dilation_w;  // of the last pixel's first tap
  const long pixels = reach < 0 ? 0 : std::min<long>(reach / s.stride_w + 1, s.out.w);
  return pixels / p.pixels - (4 * p.steps != p.run ? 1 : 0);
}

}  // namespace

Placer::Placer(const ConvPlan& plan, const void* in, int padding, void* scratch)
    : plan_(plan),
      in_(static_cast<const unsigned char*>(in)),
      in_bytes_(span_of(plan.shape.in) * plan.unit),
      padding_(padding),
      inside_(tiles_inside(plan)) {
  unsigned char* memory = static_cast<unsigned char*>(scratch);
  offsets_ = reinterpret_cast<long*>(memory);
  strips_ = memory + round_up(2 * plan.segments * static_cast<long>(sizeof(long)), 64);
  stage_ = strips_ + plan.strips_bytes + 64;
  write_offsets(plan, offsets_);
}

Ahead ahead_of(const ConvPlan& p, const ConvBuffers& b, long block, long group) {
  const unsigned char* from = static_cast<const unsigned char*>(b.ahead);
  long bytes = std::min<long>(static_cast<long>(b.ahead_bytes), kAheadBytes);
  if (block + 1 < p.column_blocks) {
    const long step = p.column_block * p.segments * p.steps * 4, at = (block + 1) * step;
    from = static_cast<const unsigned char*>(b.packed) + 64 + group * p.group_bytes + 2 * p.bias_bytes + at;
    bytes = std::min(step, p.weight_bytes - at);
  }
  return {from, bytes};
}

void Placer::start_at(long tile, long group) {
  const long row = tile / plan_.tiles_x;
  tile_ = tile;
  group_ = group;
  image_ = row / plan_.tiles_y;
  y_ = row % plan_.tiles_y * (plan_.two_rows ? 2 : 1);
  column_ = tile % plan_.tiles_x;
}

TilePlace Placer::next(long most) {
  const ConvPlan& p = plan_;
  const ConvShape& s = p.shape;
  TilePlace t{};
  t.x = column_ * p.pixels;
  t.image = image_;
  t.y = y_;
  const long count = std::min<long>(p.pixels, s.out.w - t.x);
  const bool both = p.two_rows && t.y + 1 < s.out.h;
  t.rows = static_cast<int>(both ? 2 * count : count);
  t.half = (t.rows + 1) / 2;
  t.tiles = 1;
  const long tile = tile_, start = (t.image * s.in.image + group_ * p.group_in) * p.unit;
  const unsigned char* image = in_ + start;
  const bool direct = p.direct && inside(p, t.y, t.x, both ? 2 : 1, count, in_bytes_ - start);
  if (direct && !p.two_rows && count == p.pixels)
    t.tiles = std::max<long>(1, std::min(inside_ - column_, most));
  tile_ += t.tiles;
  column_ += t.tiles;
  if (column_ >= p.tiles_x) {
    column_ = 0;
    y_ += p.two_rows ? 2 : 1;
    if (y_ >= s.out.h) {
      y_ = 0;
      ++image_;
    }
  }
  const bool known = p.keeps_strips && tile < copied_;
  if (p.keeps_strips && tile_ > copied_) copied_ = tile_;
  if (direct) {
    t.offsets = offsets_;
    t.astride = s.stride_w * s.in.pixel * p.unit;
    t.a0 =
        image +
        ((t.y * s.stride_h - s.pad_top) * s.in.row + (t.x * s.stride_w - s.pad_left) * s.in.pixel) * p.unit;
    t.a1 = both ? t.a0 + s.stride_h * s.in.row * p.unit : t.a0 + t.half * t.astride;
    return t;
  }
  unsigned char* strip = strips_ + (p.keeps_strips ? 2 * p.strip_bytes * tile : 0);
  t.offsets = offsets_ + p.segments;
  t.astride = s.stride_w * p.strip_pixel;
  t.a0 = strip;
  if (!known) copy_patch(p, image, t.y, t.x, count, padding_, strip);
  if (both) {
    if (!known) copy_patch(p, image, t.y + 1, t.x, count, padding_, strip + p.strip_bytes);
    t.a1 = strip + p.strip_bytes;
  } else {
    t.a1 = t.a0 + t.half * t.astride;
  }
  return t;
}

namespace {

// Element (segment, place in its run) of the right side, and where it stands in OIHW.
template <class T>
void pack_as(const ConvPlan& p, int columns, const T* weights, T* packed) {
  const ConvShape& s = p.shape;
  const long lanes = 4 / static_cast<long>(sizeof(T)), window = long{s.kernel_h} * s.kernel_w;
  const long length = p.run / static_cast<long>(sizeof(T));
  for (long column = 0; column < p.columns_padded;) {
    const long width = p.group_out - column > columns / 2 ? columns : columns / 2;
    T* tile = packed + column * p.segments * p.steps * lanes;
    for (long segment = 0; segment < p.segments; ++segment) {
      for (long k = 0; k < p.steps * lanes; ++k) {
        const long tap = p.merged ? segment * s.kernel_w + k / p.group_in : segment;
        const long channel = k % p.group_in;
        for (long j = 0; j < width; ++j) {
          const bool real = k < length && column + j < p.group_out;
          tile[((segment * p.steps + k / lanes) * width + j) * lanes + k % lanes] =
              real ? weights[((column + j) * p.group_in + channel) * window + tap] : T{0};
        }
      }
    }
    column += columns;
  }
}

}  // namespace

void pack_weights(const ConvPlan& plan, int columns, const void* weights, void* packed) {
  std::memset(packed, 0, static_cast<std::size_t>(plan.weight_bytes));
  if (plan.unit == 1)
    pack_as(plan, columns, static_cast<const signed char*>(weights), static_cast<signed char*>(packed));
  else
    pack_as(plan, columns, static_cast<const float*>(weights), static_cast<float*>(packed));
}

}  // namespace bondline::inference::kernels
