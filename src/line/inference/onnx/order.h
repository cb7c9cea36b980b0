// The order of nodes in a graph just parsed.
#pragma once
#include <vector>

#include "line/inference/onnx/raw_model.h"

namespace bondline::inference {

/// Indices of the nodes in an order in which every value is made before it is used, the file's order where it
/// is one; false with an error that names a node when they depend on each other in a circle.
bool order_nodes(ReadContext& context, const RawGraph& graph, std::vector<std::size_t>* order);

/// Names a graph uses without making them (of a subgraph: what it captures), each once.
std::vector<std::string> free_names(const RawGraph& graph);

}  // namespace bondline::inference
