// Sliding windows, as convolutions and pools share them: where the window starts along each spatial dimension
// and how many steps it takes.
#pragma once
#include "line/inference/ops/support.h"

namespace bondline::inference {

struct Window {
  std::size_t dims = 0;  ///< spatial dimensions
  Indices in{}, out{}, kernel{}, stride{}, dilation{}, before{}, after{};

  std::int64_t in_size() const { return product(Ints(in.data(), dims)); }
  std::int64_t out_size() const { return product(Ints(out.data(), dims)); }
  std::int64_t taps() const { return product(Ints(kernel.data(), dims)); }
  Ints out_shape() const { return {out.data(), dims}; }
  Ints kernel_shape() const { return {kernel.data(), dims}; }
};

/// Reads strides, dilations, pads, auto_pad, ceil_mode of the node for an input of shape [N, C, spatial...]
/// and a kernel; false with a problem when they do not fit. Allocates nothing when it succeeds.
bool read_window(const Node& node, Ints input, Ints kernel, bool ceil_allowed, Window* window,
                 std::string* problem);

/// Offset in the input plane of tap `tap` at output position `at`; -1 when it lies in the padding.
inline std::int64_t tap_offset(const Window& w, const Indices& at, const Indices& tap) {
  std::int64_t offset = 0;
  for (std::size_t d = 0; d < w.dims; ++d) {
    const std::int64_t i = at[d] * w.stride[d] - w.before[d] + tap[d] * w.dilation[d];
    if (i < 0 || i >= w.in[d]) return -1;
    offset = offset * w.in[d] + i;
  }
  return offset;
}

}  // namespace bondline::inference
