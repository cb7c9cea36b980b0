// Nodes that do nothing, and constants that are there twice.
#include <algorithm>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "line/inference/ops/invoke.h"
#include "line/inference/ops/simplify/rewrite.h"
#include "line/inference/ops/simplify/simplify.h"
#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

bool same_type(const Rewrite& rewrite, ValueId a, ValueId b) {
  return rewrite.dtype(a) == rewrite.dtype(b) && rewrite.shape(a) == rewrite.shape(b);
}

bool all_equal(const Tensor& tensor, double value) {
  const std::int64_t n = tensor.elements();
  const OpTensor view = view_of(tensor);
  if (n == 0 || !is_number(tensor.dtype)) return false;
  for (std::int64_t i = 0; i < n; ++i)
    if (real_at(view, i) != value) return false;
  return true;
}

bool identity_permutation(const Node& node, const Shape& shape) {
  const auto perm = node.integers("perm");
  if (perm.empty()) return shape.size() < 2;
  // What counts is the order of dimensions larger than 1.
  std::int64_t before = -1;
  for (const std::int64_t p : perm) {
    const auto rank = static_cast<std::int64_t>(perm.size());
    const std::int64_t d = p < 0 ? p + rank : p;
    if (shape[static_cast<std::size_t>(d)] == 1) continue;
    if (d < before) return false;
    before = d;
  }
  return true;
}

// Add of 0, Mul by 1 and their like, with a result like the operand: float only, where -0 + 0 differs in sign
// alone.
ValueId neutral(const Rewrite& rewrite, const Node& node) {
  if (node.inputs.size() != 2 || node.inputs[0] == kNone || node.inputs[1] == kNone) return kNone;
  const Tensor *a = rewrite.constant(node.inputs[0]), *b = rewrite.constant(node.inputs[1]);
  const bool sum = node.op == "Add", product = node.op == "Mul";
  if (!sum && !product && node.op != "Sub" && node.op != "Div") return kNone;
  const double unit = sum || node.op == "Sub" ? 0 : 1;
  if (b != nullptr && all_equal(*b, unit) && same_type(rewrite, node.inputs[0], node.outputs[0]))
    return node.inputs[0];
  if (a != nullptr && (sum || product) && all_equal(*a, unit) &&
      same_type(rewrite, node.inputs[1], node.outputs[0]))
    return node.inputs[1];
  return kNone;
}

// The input that the node hands through unchanged; kNone: it does something.
ValueId passes(const Rewrite& rewrite, const Node& node) {
  if (!node.domain.empty() || node.inputs.empty() || node.inputs[0] == kNone || node.outputs.empty())
    return kNone;
  if (node.outputs.size() > 1 && node.op != "Split") return kNone;
  const ValueId in = node.inputs[0], out = node.outputs[0];
  if (out == kNone) return kNone;
  const bool alike = same_type(rewrite, in, out);
  constexpr std::string_view kByShape[] = {"Identity", "Cast",      "CastLike", "Reshape",
                                           "Squeeze",  "Unsqueeze", "Flatten",  "Expand",
                                           "Tile",     "Slice",     "Concat",   "Split"};
  for (const std::string_view op : kByShape) {
    if (node.op != op || !alike) continue;
    if (op == "Concat" && node.inputs.size() != 1) return kNone;
    if (op == "Split" && node.outputs.size() != 1) return kNone;
    if (op == "Slice" && node.inputs.size() > 4 && node.inputs[4] != kNone) {
      const Tensor* steps = rewrite.constant(node.inputs[4]);
      if (steps == nullptr) return kNone;
      for (const std::int64_t step : ints_of(*steps))
        if (step < 0) return kNone;
    }
    return in;
  }
  if (node.op == "Pad" && alike && node.inputs.size() > 1) {
    // Equal shapes may still come from +1 and -1.
    const Tensor* pads = rewrite.constant(node.inputs[1]);
    if (pads == nullptr) return kNone;
    const auto values = ints_of(*pads);
    return std::all_of(values.begin(), values.end(), [](std::int64_t p) { return p == 0; }) ? in : kNone;
  }
  if (node.op == "Transpose" && alike && identity_permutation(node, rewrite.shape(in))) return in;
  return neutral(rewrite, node);
}

// Transpose after Transpose, Reshape after anything that only renames dimensions.
bool join(Rewrite& rewrite, Node& node) {
  Node* before = node.inputs.empty() ? nullptr : rewrite.producer(node.inputs[0]);
  if (before == nullptr || !before->domain.empty() || !node.domain.empty()) return false;
  if (node.op == "Transpose" && before->op == "Transpose") {
    const std::size_t rank = rewrite.shape(node.inputs[0]).size();
    const auto full = [&](const Node& n) {
      auto perm = n.integers("perm");
      if (perm.empty())
        for (std::size_t i = rank; i-- > 0;) perm.push_back(static_cast<std::int64_t>(i));
      return perm;
    };
    const auto first = full(*before), second = full(node);
    std::vector<std::int64_t> joined;
    for (const std::int64_t p : second) joined.push_back(first[static_cast<std::size_t>(p)]);
    set_attribute(node, "perm", joined);
    rewrite.set_input(node, 0, before->inputs[0]);
    return true;
  }
  const auto renames = [](const Node& n) {
    return n.op == "Reshape" || n.op == "Flatten" || n.op == "Squeeze" || n.op == "Unsqueeze";
  };
  if (!renames(node) || !renames(*before)) return false;
  const Shape shape = rewrite.shape(node.outputs[0]);
  node.op = "Reshape";
  node.attributes.clear();
  set_attribute(node, "allowzero", std::int64_t{1});
  rewrite.set_inputs(node, {before->inputs[0], rewrite.add_ints(node.name + "/shape", shape)});
  return true;
}

}  // namespace

int remove_noops(Graph& graph) {
  Rewrite rewrite(graph);
  int changed = 0;
  const std::size_t count = graph.nodes.size();
  for (std::size_t i = 0; i < count; ++i) {
    Node& node = graph.nodes[i];
    if (!Rewrite::alive(node)) continue;
    if (graph.opset >= 14 && join(rewrite, node)) ++changed;
    const ValueId through = passes(rewrite, node);
    if (through == kNone) continue;
    const ValueId out = node.outputs[0];
    // A graph's input or a constant cannot take an output's name; such a node stays.
    if (rewrite.is_output(out) && (rewrite.producer(through) == nullptr || rewrite.is_output(through)))
      continue;
    rewrite.replace(out, through);
    rewrite.kill(node);
    ++changed;
  }
  rewrite.sweep();
  return changed;
}

int share_constants(Graph& graph) {
  Rewrite rewrite(graph);
  int changed = 0;
  std::unordered_multimap<std::size_t, ValueId> seen;
  const auto content = [](const Tensor& tensor) {
    return std::string_view(reinterpret_cast<const char*>(tensor.bytes->data()), tensor.bytes->size());
  };
  const auto equal = [&](const Tensor& a, const Tensor& b) {
    return a.dtype == b.dtype && a.shape == b.shape && content(a) == content(b);
  };
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    const auto id = static_cast<ValueId>(i);
    const auto& constant = graph.values[i].constant;
    if (!constant || !constant->bytes || rewrite.is_output(id) || rewrite.uses(id) == 0) continue;
    const std::size_t key = std::hash<std::string_view>()(content(*constant));
    const auto [first, last] = seen.equal_range(key);
    const auto twin = std::find_if(
        first, last, [&](const auto& other) { return equal(*rewrite.constant(other.second), *constant); });
    if (twin == last) {
      seen.emplace(key, id);
      continue;
    }
    rewrite.replace(id, twin->second);
    ++changed;
  }
  rewrite.sweep();
  return changed;
}

int remove_dead_nodes(Graph& graph) {
  const auto before = static_cast<int>(graph.nodes.size());
  Rewrite(graph).sweep();
  return before - static_cast<int>(graph.nodes.size());
}

}  // namespace bondline::inference
