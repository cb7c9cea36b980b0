// A Pad before a window is the window's own padding, when the values padded are what the window takes for
// them.
#include <algorithm>
#include <limits>
#include <utility>

#include "line/inference/ops/simplify/rewrite.h"
#include "line/inference/ops/simplify/simplify.h"

namespace bondline::inference {

namespace {

// The pads of the spatial dimensions if the node pads nothing else and nothing is cut.
std::optional<std::vector<std::int64_t>> spatial_pads(const Rewrite& rewrite, const Node& pad,
                                                      std::size_t rank) {
  if (pad.op != "Pad" || !pad.domain.empty() || pad.text("mode", "constant") != "constant")
    return std::nullopt;
  std::vector<std::int64_t> pads = pad.integers("pads");
  if (pad.inputs.size() > 1) {
    const Tensor* given = rewrite.constant(pad.inputs[1]);
    if (given == nullptr) return std::nullopt;
    pads = ints_of(*given);
  }
  if (pad.inputs.size() > 3 && pad.inputs[3] != kNone) return std::nullopt;
  if (pads.size() != 2 * rank || rank < 3) return std::nullopt;
  for (const std::int64_t p : pads)
    if (p < 0) return std::nullopt;
  if (pads[0] != 0 || pads[1] != 0 || pads[rank] != 0 || pads[rank + 1] != 0) return std::nullopt;
  std::vector<std::int64_t> spatial(pads.begin() + 2, pads.begin() + static_cast<std::ptrdiff_t>(rank));
  spatial.insert(spatial.end(), pads.begin() + static_cast<std::ptrdiff_t>(rank) + 2, pads.end());
  return spatial;
}

std::optional<double> padded_value(const Rewrite& rewrite, const Node& pad) {
  if (pad.inputs.size() > 2 && pad.inputs[2] != kNone) return scalar_of(rewrite.constant(pad.inputs[2]));
  return pad.real("value", 0);
}

bool fold(Rewrite& rewrite, Node& node) {
  if (!node.domain.empty() || node.inputs.empty() || node.text("auto_pad", "NOTSET") != "NOTSET")
    return false;
  const bool conv = node.op == "Conv", average = node.op == "AveragePool", largest = node.op == "MaxPool";
  if (!conv && !average && !largest) return false;
  Node* pad = rewrite.producer(node.inputs[0]);
  if (pad == nullptr) return false;
  const std::size_t rank = rewrite.shape(node.inputs[0]).size();
  const auto more = spatial_pads(rewrite, *pad, rank);
  const auto value = padded_value(rewrite, *pad);
  if (!more || !value) return false;
  std::vector<std::int64_t> pads = node.integers("pads", std::vector<std::int64_t>(more->size(), 0));
  const bool none = std::all_of(pads.begin(), pads.end(), [](std::int64_t p) { return p == 0; });
  if (largest && !(*value <= std::numeric_limits<float>::lowest())) return false;
  if (!largest && *value != 0) return false;
  // An average over its own pads counts them or not; only without any is the folded form the same.
  if (average && (!none || node.integer("ceil_mode", 0) != 0)) return false;
  if (largest && (node.outputs.size() > 1 || node.integer("ceil_mode", 0) != 0)) return false;
  for (std::size_t i = 0; i < pads.size(); ++i) pads[i] += (*more)[i];
  if (!conv) {
    // A window that sees nothing but padding: the smallest number would become the lowest one, and ORT
    // refuses pads as large as the kernel.
    const auto kernel = node.integers("kernel_shape");
    for (std::size_t i = 0; i < pads.size(); ++i)
      if (pads[i] >= kernel[i % kernel.size()]) return false;
  }
  if (average) set_attribute(node, "count_include_pad", std::int64_t{1});
  set_attribute(node, "pads", pads);
  rewrite.set_input(node, 0, pad->inputs[0]);
  return true;
}

}  // namespace

int fold_pads(Graph& graph) {
  Rewrite rewrite(graph);
  int changed = 0;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (Rewrite::alive(graph.nodes[i]) && fold(rewrite, graph.nodes[i])) ++changed;
  rewrite.sweep();
  return changed;
}

}  // namespace bondline::inference
