// Which of the kernels' activations a node stands for.
#pragma once
#include "line/inference/graph/graph.h"
#include "line/inference/kernels/kernels.h"

namespace bondline::inference::lowering {

struct ActivationOfNode {
  bool known = true;
  kernels::ActivationOf of;
};

/// Of an elementwise node of one variable input; `graph` gives Clip's constant bounds. known is false for
/// others.
ActivationOfNode activation_of(const Graph& graph, const Node& node);
/// Of the "activation" attribute of com.microsoft's FusedConv and FusedGemm.
ActivationOfNode fused_activation(const Node& node);

}  // namespace bondline::inference::lowering
