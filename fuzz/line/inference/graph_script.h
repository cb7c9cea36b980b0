// A network from bytes: every input of the fuzzer is some graph of the operators the compiler has passes for,
// joined at random and mostly well shaped, so that few bytes reach what lies behind the reader's checks.
#pragma once
#include <cstdint>
#include <span>

#include "line/inference/graph/graph.h"

namespace bondline::inference::fuzz {

/// Reads operators until the bytes end, at most 24 of them. The graph keeps the promises of graph.h; its
/// shapes and attributes may be wrong.
Graph graph_from_script(std::span<const std::uint8_t> script);

}  // namespace bondline::inference::fuzz
