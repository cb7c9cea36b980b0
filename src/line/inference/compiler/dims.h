// How ONNX's order of axes (N, C, spatial) maps to planes.
#pragma once
#include <cstdint>
#include <optional>

#include "line/inference/graph/graph.h"

namespace bondline::inference::lowering {

struct Dims {
  std::int64_t n = 1, h = 1, w = 1, c = 1;
};
/// Rank 2: [n, c], rank 3: [n, c, w], rank 4: [n, c, h, w]; nullopt for other ranks.
std::optional<Dims> dims_of(const Shape& shape);

}  // namespace bondline::inference::lowering
