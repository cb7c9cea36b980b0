// Random networks of the kinds the compiler has passes for; sizes that fit no vector.
#pragma once
#include "builder.h"

namespace bondline::inference::testing {

struct Network {
  Graph graph;
  std::vector<Tensor> inputs;
};

/// float32: batch norm, activations, residuals, depthwise, concat, split, resize, pooling, shuffles, heads.
Network float_network(std::uint32_t seed);

/// QDQ with a detection head's joins; every activation has its own scale, steps of `step` at the outputs.
Network quantised_network(std::uint32_t seed, Flavour flavour);
inline constexpr float kOutputStep = 0.03f;

/// Levels joined along anchors, boxes as distributions, scores by sigmoid: the tail of YOLOv8.
Network detection_head(std::uint32_t seed, bool quantised);

}  // namespace bondline::inference::testing
