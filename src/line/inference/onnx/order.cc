// The order of nodes: every input made before it is used. Files should come so (onnx/docs/IR.md); those that
// do not are sorted, those that cannot be are refused.
#include "line/inference/onnx/order.h"

#include <functional>
#include <queue>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace bondline::inference {

namespace {

void note_free(const RawGraph& graph, std::vector<std::string>* out, std::unordered_set<std::string>* seen) {
  std::unordered_set<std::string> made;
  for (const RawValue& input : graph.inputs) made.insert(input.name);
  for (const NamedTensor& tensor : graph.initializers) made.insert(tensor.name);
  for (const RawNode& node : graph.nodes)
    for (const std::string& output : node.outputs) made.insert(output);
  const auto use = [&](const std::string& name) {
    if (!name.empty() && !made.contains(name) && seen->insert(name).second) out->push_back(name);
  };
  for (const RawNode& node : graph.nodes) {
    for (const std::string& input : node.inputs) use(input);
    for (const RawAttribute& attribute : node.attributes)
      if (attribute.graph)
        for (const std::string& name : free_names(*attribute.graph)) use(name);
  }
  for (const RawValue& output : graph.outputs) use(output.name);
}

std::vector<std::string> names_used(const RawNode& node) {
  std::vector<std::string> names = node.inputs;
  for (const RawAttribute& attribute : node.attributes)
    if (attribute.graph)
      for (std::string& name : free_names(*attribute.graph)) names.push_back(std::move(name));
  return names;
}

}  // namespace

std::vector<std::string> free_names(const RawGraph& graph) {
  std::vector<std::string> out;
  std::unordered_set<std::string> seen;
  note_free(graph, &out, &seen);
  return out;
}

bool order_nodes(ReadContext& context, const RawGraph& graph, std::vector<std::size_t>* order) {
  const std::size_t count = graph.nodes.size();
  std::unordered_map<std::string, std::size_t> producer;
  for (std::size_t i = 0; i < count; ++i)
    for (const std::string& output : graph.nodes[i].outputs)
      if (!output.empty()) producer.emplace(output, i);
  std::vector<std::vector<std::size_t>> users(count), makers(count);
  std::vector<std::size_t> waiting(count, 0);
  for (std::size_t i = 0; i < count; ++i)
    for (const std::string& name : names_used(graph.nodes[i])) {
      const auto found = producer.find(name);
      if (found == producer.end()) continue;
      users[found->second].push_back(i);
      makers[i].push_back(found->second);
      ++waiting[i];
    }
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < count; ++i)
    if (waiting[i] == 0) ready.push(i);
  while (!ready.empty()) {
    const std::size_t next = ready.top();
    ready.pop();
    order->push_back(next);
    for (const std::size_t user : users[next])
      if (--waiting[user] == 0) ready.push(user);
  }
  if (order->size() == count) return true;
  // Walking from any waiting node to a waiting maker must come back to a node already met: the cycle.
  std::size_t at = 0;
  while (waiting[at] == 0) ++at;
  std::unordered_set<std::size_t> met;
  while (met.insert(at).second)
    for (const std::size_t maker : makers[at])
      if (waiting[maker] != 0) {
        at = maker;
        break;
      }
  return context.fail(graph.nodes[at].offset, to_string(graph.nodes[at]) + " depends on its own output",
                      "break the cycle; loops are written with Loop or Scan");
}

}  // namespace bondline::inference
