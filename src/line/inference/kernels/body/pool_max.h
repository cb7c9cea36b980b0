// Maxima over windows, a row at a time: first down the columns, then along the row.
#pragma once
#include "line/inference/kernels/body/small.h"

namespace bondline::inference::kernels {
namespace {

template <class T, long n>
struct Lanes {
  typedef T v __attribute__((vector_size(n * sizeof(T))));
};
template <class T, long n>
INLINE void max_of_lanes(long count, const T* from, long step, T* to, T least) {
  typename Lanes<T, n>::v best = typename Lanes<T, n>::v{} + least, x;
  for (long i = 0; i < count; ++i) {
    copy_in(&x, from + i * step, sizeof x);
    best = best < x ? x : best;
  }
  copy_in(to, &best, sizeof best);
}
/// to[0 ... n) = the largest of `count` runs, `step` apart; least if there are none.
template <class T>
INLINE void max_of(long count, const T* from, long step, long n, T* to, T least) {
  constexpr long kMost = 64 / sizeof(T), kLeast = 16 / sizeof(T);
  long i = 0;
  for (; i + kMost <= n; i += kMost) max_of_lanes<T, kMost>(count, from + i, step, to + i, least);
  for (; i + kLeast <= n; i += kLeast) max_of_lanes<T, kLeast>(count, from + i, step, to + i, least);
  if (i < n && n >= kLeast)  // the last lanes once more
    max_of_lanes<T, kLeast>(count, from + n - kLeast, step, to + n - kLeast, least);
  else
    for (; i < n; ++i) max_of_lanes<T, 1>(count, from + i, step, to + i, least);
}

constexpr long kMaxBuffer = 4096;  // elements
INLINE bool max_by_rows(const Pool& p) {
  return p.kind == Pool::Kind::max && p.dilation_w == 1 && long{p.kernel_w} * p.out.c <= kMaxBuffer;
}

/// Output row y of one image; least: what a window without places holds.
template <class T>
void max_row(const Pool& p, const T* image, long y, T* out, T least) {
  const long c = p.out.c, width = p.in.w, room = kMaxBuffer / c;
  T best[kMaxBuffer];
  const auto start = [&](long x) { return x * p.stride_w - p.pad_left; };
  const auto inside = [&](long x) { return x < 0 ? 0 : x > width ? width : x; };
  for (long x = 0; x < p.out.w;) {
    long count = (room - p.kernel_w) / p.stride_w + 1;
    if (count > p.out.w - x) count = p.out.w - x;
    const Window w = window_of(p, y, x);
    const long rows = w.y1 > w.y0 ? (w.y1 - w.y0 + p.dilation_h - 1) / p.dilation_h : 0;
    const long from = inside(start(x)), to = inside(start(x + count - 1) + p.kernel_w);
    // A window beyond the input has no place, so it gets no address either.
    const T* first = rows > 0 && to > from ? image + w.y0 * p.in.row + from * p.in.pixel : image;
    const long step = p.dilation_h * p.in.row;
    if (p.in.pixel == c)
      max_of(rows, first, step, (to - from) * c, best, least);
    else
      for (long i = 0; i < to - from; ++i) max_of(rows, first + i * p.in.pixel, step, c, best + i * c, least);
    for (const long end = x + count; x < end; ++x) {
      const long x0 = inside(start(x)), x1 = inside(start(x) + p.kernel_w);
      max_of(x1 - x0, best + (x0 - from) * c, c, c, out + x * p.out.pixel, least);
    }
  }
}

}  // namespace
}  // namespace bondline::inference::kernels
