// Whether a graph keeps the promises of graph.h: the reader checks what it made, tests check what a pass
// left.
#pragma once
#include <string>

#include "line/inference/graph/graph.h"

namespace bondline::inference {

/// Empty when every index is in range, every value has at most one producer and that producer agrees, nodes
/// stand in topological order, outputs are made by somebody, constants have as many bytes as their shape
/// says, and subgraphs keep the same promises; else the first broken promise in words.
std::string broken_promise(const Graph& graph);

/// Drops values nobody refers to and renumbers the rest (outputs, inputs and captures follow). Passes call it
/// last.
void compact(Graph& graph);

}  // namespace bondline::inference
