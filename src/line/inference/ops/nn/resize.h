// Resize in all its modes as a list of taps per dimension: which input positions an output position is made
// of and with which weights. The reference runs it; a compiler can make the tables ahead of time.
#pragma once
#include "line/inference/ops/support.h"

namespace bondline::inference {

enum class ResizeMode : std::uint8_t { nearest, linear, cubic };

/// What the node says, and per dimension the scale and the region of interest.
struct ResizePlan {
  ResizeMode mode = ResizeMode::nearest;
  std::string_view coordinates = "half_pixel", nearest = "round_prefer_floor";
  bool antialias = false, exclude_outside = false;
  bool by_scale = false;  ///< scales were given, not sizes
  float cubic = -0.75f, extrapolation = 0;
  std::size_t rank = 0;
  Indices in{}, out{};
  std::array<double, kMaxRank> scale{}, roi_begin{}, roi_end{};
};

/// Reads Resize (opset 10, 11, 13, 18, 19) and Upsample (7, 9) for tensors of these shapes. scales, sizes and
/// roi are read from the inputs' data when they are there. Allocates nothing.
bool read_resize(const OpCall& call, ResizePlan* plan, std::string* problem);

inline constexpr int kMostTaps = 4;

/// Taps along dimension d at output position i, without antialiasing: positions are inside the input; false:
/// the position lies outside and takes the extrapolation value.
struct ResizeTaps {
  int count = 0;
  std::array<std::int64_t, kMostTaps> at{};
  std::array<float, kMostTaps> weight{};
};
bool resize_taps(const ResizePlan& plan, std::size_t d, std::int64_t i, ResizeTaps* taps);

/// With antialiasing: calls f(position, weight) for every tap.
double original_position(const ResizePlan& plan, std::size_t d, std::int64_t i);

}  // namespace bondline::inference
