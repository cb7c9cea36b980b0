#include "line/inference/graph/check.h"

#include <utility>

namespace bondline::inference {

namespace {

bool in_range(const Graph& graph, ValueId id) {
  return id >= 0 && static_cast<std::size_t>(id) < graph.values.size();
}

std::string broken_constant(const Value& value) {
  const Tensor& tensor = *value.constant;
  const std::int64_t count = tensor.elements();
  if (count < 0) return "constant \"" + value.name + "\" has an unknown dimension";
  if (tensor.dtype == DType::string)
    return static_cast<std::size_t>(count) == tensor.strings.size()
               ? ""
               : "constant \"" + value.name + "\" has another number of strings than its shape says";
  const std::size_t bytes = tensor.bytes ? tensor.bytes->size() : 0;
  if (static_cast<std::size_t>(count) * size_of(tensor.dtype) != bytes)
    return "constant \"" + value.name + "\" has another number of bytes than its shape says";
  return "";
}

// known[v]: value v is an input, a constant, captured, or made by a node already seen.
std::string broken_node(const Graph& graph, std::size_t index, std::vector<char>& known) {
  const Node& node = graph.nodes[index];
  const auto usable = [&](ValueId id) {
    return in_range(graph, id) && known[static_cast<std::size_t>(id)] != 0;
  };
  for (const ValueId id : node.inputs)
    if (id != kNone && !usable(id)) return to_string(node) + " uses a value that is not made before it";
  for (const ValueId id : node.captures)
    if (!usable(id)) return to_string(node) + " captures a value that is not made before it";
  for (const ValueId id : node.outputs) {
    if (id == kNone) continue;
    if (!in_range(graph, id)) return to_string(node) + " has an output out of range";
    if (known[static_cast<std::size_t>(id)] != 0)
      return "value \"" + graph.value(id).name + "\" is made twice, again by " + to_string(node);
    if (graph.value(id).producer != static_cast<NodeId>(index))
      return "value \"" + graph.value(id).name + "\" does not know its producer " + to_string(node);
    known[static_cast<std::size_t>(id)] = 1;
  }
  for (const NamedAttribute& attribute : node.attributes)
    if (const auto* sub = std::get_if<std::shared_ptr<const Graph>>(&attribute.value)) {
      if ((*sub)->captured.size() != node.captures.size())
        return "a subgraph of " + to_string(node) + " lists another number of captures than the node";
      const std::string inner = broken_promise(**sub);
      if (!inner.empty()) return "in a subgraph of " + to_string(node) + ": " + inner;
    }
  return "";
}

}  // namespace

std::string broken_promise(const Graph& graph) {
  std::vector<char> known(graph.values.size(), 0);
  for (const ValueId id : graph.inputs) {
    if (!in_range(graph, id)) return "an input is out of range";
    known[static_cast<std::size_t>(id)] = 1;
  }
  for (const ValueId id : graph.captured) {
    if (id == kNone) continue;
    if (!in_range(graph, id)) return "a captured value is out of range";
    known[static_cast<std::size_t>(id)] = 1;
  }
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    const Value& value = graph.values[i];
    if (!value.constant) continue;
    if (value.producer != kNone) return "constant \"" + value.name + "\" has a producer";
    std::string problem = broken_constant(value);
    if (!problem.empty()) return problem;
    known[i] = 1;
  }
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    std::string problem = broken_node(graph, i, known);
    if (!problem.empty()) return problem;
  }
  for (const ValueId id : graph.outputs)
    if (!in_range(graph, id) || known[static_cast<std::size_t>(id)] == 0)
      return in_range(graph, id) ? "output \"" + graph.value(id).name + "\" is made by nobody"
                                 : "an output is out of range";
  return "";
}

void compact(Graph& graph) {
  std::vector<ValueId> to(graph.values.size(), kNone);
  const auto keep = [&](const std::vector<ValueId>& ids) {
    for (const ValueId id : ids)
      if (id != kNone) to[static_cast<std::size_t>(id)] = 0;
  };
  keep(graph.inputs);
  keep(graph.outputs);
  keep(graph.captured);
  for (const Node& node : graph.nodes) {
    keep(node.inputs);
    keep(node.outputs);
    keep(node.captures);
  }
  std::vector<Value> kept;
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (to[i] == kNone) continue;
    to[i] = static_cast<ValueId>(kept.size());
    kept.push_back(std::move(graph.values[i]));
    kept.back().producer = kNone;
  }
  graph.values = std::move(kept);
  const auto renumber = [&](std::vector<ValueId>& ids) {
    for (ValueId& id : ids)
      if (id != kNone) id = to[static_cast<std::size_t>(id)];
  };
  renumber(graph.inputs);
  renumber(graph.outputs);
  renumber(graph.captured);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    Node& node = graph.nodes[i];
    renumber(node.inputs);
    renumber(node.outputs);
    renumber(node.captures);
    for (const ValueId id : node.outputs)
      if (id != kNone) graph.value(id).producer = static_cast<NodeId>(i);
  }
}

}  // namespace bondline::inference
