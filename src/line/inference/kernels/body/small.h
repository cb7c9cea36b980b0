// What the small operations share: where a row of a plane starts, and pooling over windows.
#pragma once
#include "line/inference/kernels/body/vector.h"

namespace bondline::inference::kernels {
namespace {

INLINE long row_start(const Plane& p, long row, long height) {
  return row / height * p.image + row % height * p.row;
}

struct Window {
  long y0, y1, x0, x1;  // inside the input, in steps of the dilation
  long count;           // places an average divides by
};
INLINE long first_inside(long start, long dilation) {
  return start < 0 ? start + (-start + dilation - 1) / dilation * dilation : start;
}
INLINE Window window_of(const Pool& p, long y, long x) {
  const long ys = y * p.stride_h - p.pad_top, xs = x * p.stride_w - p.pad_left;
  const long ye = ys + (p.kernel_h - 1) * p.dilation_h + 1, xe = xs + (p.kernel_w - 1) * p.dilation_w + 1;
  Window w{first_inside(ys, p.dilation_h), ye < p.in.h ? ye : p.in.h, first_inside(xs, p.dilation_w),
           xe < p.in.w ? xe : p.in.w, 0};
  const auto places = [](long from, long to, long step) {
    return to <= from ? 0 : step == 1 ? to - from : (to - from + step - 1) / step;  // divisions take long
  };
  if (p.count_padding) {  // places beyond the padded input (ceil mode) are not counted
    const long yp = p.in.h + p.pad_bottom, xp = p.in.w + p.pad_right;
    w.count = places(ys, ye < yp ? ye : yp, p.dilation_h) * places(xs, xe < xp ? xe : xp, p.dilation_w);
  } else {
    w.count = places(w.y0, w.y1, p.dilation_h) * places(w.x0, w.x1, p.dilation_w);
  }
  return w;
}

// Calls work(element offset of the pixel) for each place of the window.
template <class F>
INLINE void each_place(const Pool& p, const Window& w, F work) {
  for (long y = w.y0; y < w.y1; y += p.dilation_h)
    for (long x = w.x0; x < w.x1; x += p.dilation_w) work(y * p.in.row + x * p.in.pixel);
}

}  // namespace
}  // namespace bondline::inference::kernels
