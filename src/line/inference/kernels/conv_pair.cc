// Two convolutions over bands of rows: what lies between them stays in cache.
#include <algorithm>

#include "line/inference/kernels/conv_plan.h"

namespace bondline::inference::kernels {
namespace {

constexpr long kBandBytes = 96 << 10;  // of the plane between: well inside L2, beside the weights

long band_rows(const ConvPairInt8& pair) {  // of the second output
  const ConvShape& s = pair.second.shape;
  const long row = long{s.in.w} * s.in.c;
  const long halo = std::max<long>(0, long{s.kernel_h - 1} * s.dilation_h + 1 - s.stride_h);
  const long rows = std::max<long>(halo + s.stride_h, kBandBytes / row);
  return std::clamp<long>((rows - halo) / s.stride_h, 1, s.out.h);
}

struct Rows {
  long first, last;
};
/// Input rows that the output rows [first, last) need.
Rows rows_needed(const ConvShape& s, Rows out) {
  const long first = out.first * s.stride_h - s.pad_top;
  const long last = (out.last - 1) * s.stride_h - s.pad_top + long{s.kernel_h - 1} * s.dilation_h + 1;
  const long from = std::clamp<long>(first, 0, s.in.h - 1);
  return {from, std::clamp<long>(last, from + 1, s.in.h)};
}

/// The description that makes output rows `out` of one image from the input rows `in`.
ConvInt8 part_of(const ConvInt8& c, Rows in, Rows out) {
  ConvInt8 part = c;
  ConvShape& s = part.shape;
  s.in.n = s.out.n = part.residual_at.n = 1;
  s.in.h = static_cast<std::int32_t>(in.last - in.first);
  s.out.h = part.residual_at.h = static_cast<std::int32_t>(out.last - out.first);
  s.pad_top = static_cast<std::int32_t>(s.pad_top - out.first * s.stride_h + in.first);
  return part;
}

struct Band {
  ConvInt8 first, second;
  Rows in, middle, out;
};
Band band_of(const ConvPairInt8& pair, long band) {
  Band b{};
  const long rows = band_rows(pair);
  b.out = {band * rows, std::min<long>((band + 1) * rows, pair.second.shape.out.h)};
  b.middle = rows_needed(pair.second.shape, b.out);
  b.in = rows_needed(pair.first.shape, b.middle);
  b.first = part_of(pair.first, b.in, b.middle);
  b.second = part_of(pair.second, b.middle, b.out);
  const Plane& p = pair.first.shape.out;
  b.first.shape.out = b.second.shape.in = dense(1, b.first.shape.out.h, p.w, p.c);
  return b;
}

long bands(const ConvPairInt8& pair) {
  const long rows = band_rows(pair);
  return (pair.second.shape.out.h + rows - 1) / rows;
}

long middle_bytes(const ConvPairInt8& pair) {
  const ConvShape& s = pair.second.shape;
  const long rows = (band_rows(pair) - 1) * s.stride_h + long{s.kernel_h - 1} * s.dilation_h + 1;
  return round_up(std::min<long>(rows, s.in.h) * s.in.w * s.in.c, 64) + 64;
}

}  // namespace

const char* problem(const ConvPairInt8& pair) {
  if (const char* why = problem(pair.first)) return why;
  if (const char* why = problem(pair.second)) return why;
  const Plane &a = pair.first.shape.out, &b = pair.second.shape.in;
  if (a.n != b.n || a.h != b.h || a.w != b.w || a.c != b.c) return "the first output is not the second input";
  if (a.pixel != a.c || b.pixel != b.c) return "the plane between must be dense";
  if (pair.first.float_out) return "the plane between must be u8";
  return nullptr;
}

double cost(const ConvPairInt8& pair) {
  const ConvShape& s = pair.second.shape;
  const double needed =
      static_cast<double>((band_rows(pair) - 1) * s.stride_h + long{s.kernel_h - 1} * s.dilation_h + 1);
  const double repeated = std::max(1.0, needed / static_cast<double>(band_rows(pair) * s.stride_h));
  // What is saved: the plane between is not written to and read from beyond L2. A plane that stays there
  // costs the same either way (measured).
  constexpr double kStays = 768 << 10;
  const double saved =
      2.0 * std::max(0.0, static_cast<double>(span_of(pair.first.shape.out)) - kStays) / 40.0;  // 40 B/ns
  return cost(pair.first) * repeated + cost(pair.second) - saved;
}

std::size_t scratch_bytes(const ConvPairInt8& pair) {
  std::size_t most = 0;
  for (long band = 0; band < bands(pair); ++band) {
    const Band b = band_of(pair, band);
    most = std::max({most, scratch_bytes(b.first), scratch_bytes(b.second)});
  }
  return static_cast<std::size_t>(middle_bytes(pair)) + most;
}

std::int64_t work_items(const ConvPairInt8& pair) {
  return pair.second.shape.out.n * bands(pair);
}

void run(const ConvPairInt8& pair, const ConvPairBuffers& buffers, std::int64_t first, std::int64_t last,
         void* scratch) {
  unsigned char* middle = static_cast<unsigned char*>(scratch);
  unsigned char* rest = middle + middle_bytes(pair);
  const long per_image = bands(pair);
  const ConvShape &s1 = pair.first.shape, &s2 = pair.second.shape;
  const auto rows_at = [](const void* p, const Plane& plane, std::int64_t image, long row) {
    return p ? static_cast<const unsigned char*>(p) + image * plane.image + row * plane.row : nullptr;
  };
  for (std::int64_t item = first; item < last; ++item) {
    const std::int64_t image = item / per_image;
    const Band b = band_of(pair, item % per_image);
    ConvBuffers one;
    one.in = rows_at(buffers.in, s1.in, image, b.in.first);
    one.packed = buffers.first_packed;
    one.out = middle;
    one.residual = rows_at(buffers.first_residual, pair.first.residual_at, image, b.middle.first);
    one.table = buffers.first_table;
    run(b.first, one, 0, work_items(b.first), rest);
    ConvBuffers two = buffers.second;
    two.in = middle;
    if (two.ahead) {  // every band asks for its share
      const std::size_t part = static_cast<std::size_t>(item),
                        all = static_cast<std::size_t>(work_items(pair));
      const std::size_t lines = std::min<std::size_t>(two.ahead_bytes, kAheadBytes) / 64,
                        from = lines * part / all;
      two.ahead = static_cast<const unsigned char*>(two.ahead) + 64 * from;
      two.ahead_bytes = 64 * (lines * (part + 1) / all - from);
    }
    two.out = static_cast<unsigned char*>(two.out) +
              (image * s2.out.image + b.out.first * s2.out.row) * (pair.second.float_out ? 4 : 1);
    two.residual = rows_at(two.residual, pair.second.residual_at, image, b.out.first);
    run(b.second, two, 0, work_items(b.second), rest);
  }
}

}  // namespace bondline::inference::kernels
