// Keeping a graph's cross references right after its nodes changed.
#pragma once
#include "line/inference/graph/graph.h"

namespace bondline::inference::lowering {

/// Sets every value's producer from the nodes' outputs.
void link_producers(Graph& graph);

}  // namespace bondline::inference::lowering
