// Maxima over windows, a row at a time: first down the columns, then along the row.
#pragma once
#include "line/inference/kernels/body/small.h"

namespace bondline::inference::kernels {
namespace {

/// to[i] = the larger of both. Places may be done twice: a maximum does not mind.
template <class T>
INLINE void raise(long n, const T* from, T* to) {
  constexpr long kManyBytes = 256 / sizeof(T), kFewBytes = 16 / sizeof(T);
  const auto some = [&](long at, auto count) {
    T a[kManyBytes], b[kManyBytes];
    copy_in(a, from + at, count() * static_cast<long>(sizeof(T)));
    copy_in(b, to + at, count() * static_cast<long>(sizeof(T)));
    for (long i = 0; i < count(); ++i) b[i] = b[i] < a[i] ? a[i] : b[i];
    copy_in(to + at, b, count() * static_cast<long>(sizeof(T)));
  };
  long i = 0;
  for (; i + kManyBytes <= n; i += kManyBytes) some(i, [] { return kManyBytes; });
  for (; i + kFewBytes <= n; i += kFewBytes) some(i, [] { return kFewBytes; });
  if (i < n && n >= kFewBytes)
    some(n - kFewBytes, [] { return kFewBytes; });
  else
    for (; i < n; ++i) to[i] = to[i] < from[i] ? from[i] : to[i];
}

constexpr long kMaxBuffer = 4096;  // elements
INLINE bool max_by_rows(const Pool& p) {
  return p.kind == Pool::Kind::max && p.dilation_w == 1 && long{p.kernel_w} * p.out.c <= kMaxBuffer;
}

/// Output row y of one image; least: what a window without places holds.
template <class T>
void max_row(const Pool& p, const T* image, long y, T* out, T least) {
  const long c = p.out.c, room = kMaxBuffer / c;
  T best[kMaxBuffer];
  for (long x = 0; x < p.out.w;) {
    long count = (room - p.kernel_w) / p.stride_w + 1;
    if (count > p.out.w - x) count = p.out.w - x;
    const Window first = window_of(p, y, x), last = window_of(p, y, x + count - 1);
    const long from = first.x0, to = last.x1 > from ? last.x1 : from, n = (to - from) * c;
    for (long i = 0; i < n; ++i) best[i] = least;
    for (long iy = first.y0; iy < first.y1; iy += p.dilation_h) {
      const T* row = image + iy * p.in.row + from * p.in.pixel;
      if (p.in.pixel == c)
        raise(n, row, best);
      else
        for (long i = 0; i < to - from; ++i) raise(c, row + i * p.in.pixel, best + i * c);
    }
    for (const long end = x + count; x < end; ++x) {
      const Window w = window_of(p, y, x);
      T* at = out + x * p.out.pixel;
      for (long i = 0; i < c; ++i) at[i] = least;
      for (long ix = w.x0; ix < w.x1; ++ix) raise(c, best + (ix - from) * c, at);
    }
  }
}

}  // namespace
}  // namespace bondline::inference::kernels
