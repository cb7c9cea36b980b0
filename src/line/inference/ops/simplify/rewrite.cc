#include "line/inference/ops/simplify/rewrite.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <queue>
#include <utility>

#include "line/inference/graph/check.h"
#include "line/inference/ops/invoke.h"
#include "line/inference/ops/support.h"

namespace bondline::inference {

Rewrite::Rewrite(Graph& whole) : graph(whole), uses_(whole.values.size(), 0), users_(whole.values.size()) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto note = [&](const std::vector<ValueId>& ids) {
      for (const ValueId id : ids)
        if (id != kNone) {
          ++uses_[static_cast<std::size_t>(id)];
          users_[static_cast<std::size_t>(id)].push_back(static_cast<NodeId>(i));
        }
    };
    note(graph.nodes[i].inputs);
    note(graph.nodes[i].captures);
    // Appending must not move nodes that callers hold; see append().
  }
  for (const ValueId id : graph.outputs) ++uses_[static_cast<std::size_t>(id)];
  graph.nodes.reserve(2 * graph.nodes.size() + 64);
}

Node* Rewrite::producer(ValueId id) {
  if (id == kNone) return nullptr;
  const NodeId node = graph.value(id).producer;
  if (node == kNone || !alive(graph.nodes[static_cast<std::size_t>(node)])) return nullptr;
  return &graph.nodes[static_cast<std::size_t>(node)];
}

bool Rewrite::is_output(ValueId id) const {
  return std::find(graph.outputs.begin(), graph.outputs.end(), id) != graph.outputs.end();
}

std::vector<Node*> Rewrite::users(ValueId id) {
  std::vector<Node*> result;
  for (const NodeId index : users_[static_cast<std::size_t>(id)]) {
    Node& node = graph.nodes[static_cast<std::size_t>(index)];
    const bool still = std::find(node.inputs.begin(), node.inputs.end(), id) != node.inputs.end() ||
                       std::find(node.captures.begin(), node.captures.end(), id) != node.captures.end();
    if (alive(node) && still && std::find(result.begin(), result.end(), &node) == result.end())
      result.push_back(&node);
  }
  return result;
}

Node* Rewrite::only_user(ValueId id) {
  if (is_output(id)) return nullptr;
  const auto all = users(id);
  return all.size() == 1 ? all[0] : nullptr;
}

const Tensor* Rewrite::constant(ValueId id) const {
  return id != kNone && graph.value(id).constant ? &*graph.value(id).constant : nullptr;
}

ValueId Rewrite::add_value(const std::string& name, DType dtype, Shape shape) {
  Value value;
  value.name = name;
  value.dtype = dtype;
  value.shape = std::move(shape);
  uses_.push_back(0);
  users_.emplace_back();
  return graph.add(std::move(value));
}

ValueId Rewrite::add_constant(const std::string& name, Tensor tensor) {
  const ValueId id = add_value(name, tensor.dtype, tensor.shape);
  graph.value(id).constant = std::move(tensor);
  return id;
}

ValueId Rewrite::add_ints(const std::string& name, const std::vector<std::int64_t>& values) {
  return add_constant(name, Tensor::make(DType::i64, {static_cast<std::int64_t>(values.size())},
                                         values.data(), values.size()));
}

void Rewrite::set_input(Node& node, std::size_t i, ValueId id) {
  if (node.inputs.size() <= i) node.inputs.resize(i + 1, kNone);
  if (node.inputs[i] != kNone) --uses_[static_cast<std::size_t>(node.inputs[i])];
  node.inputs[i] = id;
  if (id == kNone) return;
  ++uses_[static_cast<std::size_t>(id)];
  users_[static_cast<std::size_t>(id)].push_back(static_cast<NodeId>(&node - graph.nodes.data()));
}

void Rewrite::set_inputs(Node& node, std::vector<ValueId> ids) {
  for (std::size_t i = 0; i < node.inputs.size(); ++i) set_input(node, i, kNone);
  node.inputs.clear();
  for (std::size_t i = 0; i < ids.size(); ++i) set_input(node, i, ids[i]);
}

void Rewrite::replace(ValueId from, ValueId to) {
  for (Node* node : users(from)) {
    for (std::size_t i = 0; i < node->inputs.size(); ++i)
      if (node->inputs[i] == from) set_input(*node, i, to);
    for (ValueId& id : node->captures)
      if (id == from) {
        id = to;
        ++uses_[static_cast<std::size_t>(to)];
        users_[static_cast<std::size_t>(to)].push_back(static_cast<NodeId>(node - graph.nodes.data()));
      }
  }
  bool named = false;
  for (ValueId& id : graph.outputs) {
    if (id != from) continue;
    id = to;
    --uses_[static_cast<std::size_t>(from)];
    ++uses_[static_cast<std::size_t>(to)];
    if (!std::exchange(named, true)) std::swap(graph.value(to).name, graph.value(from).name);
  }
}

void Rewrite::kill(Node& node) {
  for (std::size_t i = 0; i < node.inputs.size(); ++i) set_input(node, i, kNone);
  node.op.clear();
}

Node& Rewrite::append(Node node) {
  const auto index = static_cast<NodeId>(graph.nodes.size());
  const std::vector<ValueId> inputs = std::exchange(node.inputs, {});
  graph.nodes.push_back(std::move(node));
  Node& placed = graph.nodes.back();
  for (std::size_t i = 0; i < inputs.size(); ++i) set_input(placed, i, inputs[i]);
  for (const ValueId id : placed.outputs)
    if (id != kNone) graph.value(id).producer = index;
  return placed;
}

void Rewrite::sweep() {
  // Nodes nobody needs, from the end: a node is needed when an output is used.
  for (bool again = true; again;) {
    again = false;
    for (std::size_t i = graph.nodes.size(); i-- > 0;) {
      Node& node = graph.nodes[i];
      if (!alive(node)) continue;
      bool needed = false;
      for (const ValueId id : node.outputs) needed = needed || (id != kNone && uses(id) > 0);
      if (needed) continue;
      for (const ValueId id : node.captures) --uses_[static_cast<std::size_t>(id)];
      kill(node);
      again = true;
    }
  }
  const std::size_t n = graph.nodes.size();
  std::vector<int> waiting(n, 0);
  std::vector<std::vector<std::size_t>> next(n);
  for (std::size_t i = 0; i < n; ++i) {
    const Node& node = graph.nodes[i];
    if (!alive(node)) continue;
    const auto need = [&](const std::vector<ValueId>& ids) {
      for (const ValueId id : ids) {
        const Node* maker = producer(id);
        if (maker == nullptr) continue;
        next[static_cast<std::size_t>(maker - graph.nodes.data())].push_back(i);
        ++waiting[i];
      }
    };
    need(node.inputs);
    need(node.captures);
  }
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < n; ++i)
    if (alive(graph.nodes[i]) && waiting[i] == 0) ready.push(i);
  std::vector<Node> sorted;
  while (!ready.empty()) {
    const std::size_t i = ready.top();
    ready.pop();
    sorted.push_back(graph.nodes[i]);
    for (const std::size_t user : next[i])
      if (--waiting[user] == 0) ready.push(user);
  }
  graph.nodes = std::move(sorted);
  compact(graph);
}

std::optional<double> scalar_of(const Tensor* tensor) {
  if (tensor == nullptr || tensor->elements() != 1 || !is_number(tensor->dtype)) return std::nullopt;
  return real_at(view_of(*tensor), 0);
}

std::vector<float> floats_of(const Tensor& tensor) {
  std::vector<float> result(static_cast<std::size_t>(tensor.elements()));
  const OpTensor view = view_of(tensor);
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = static_cast<float>(real_at(view, static_cast<std::int64_t>(i)));
  return result;
}

std::vector<std::int64_t> ints_of(const Tensor& tensor) {
  std::vector<std::int64_t> result(static_cast<std::size_t>(tensor.elements()));
  const OpTensor view = view_of(tensor);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = int_at(view, static_cast<std::int64_t>(i));
  return result;
}

void set_attribute(Node& node, const std::string& name, Attribute value) {
  remove_attribute(node, name);
  node.attributes.push_back({name, std::move(value)});
}

void remove_attribute(Node& node, const std::string& name) {
  std::erase_if(node.attributes, [&](const NamedAttribute& attribute) { return attribute.name == name; });
}

}  // namespace bondline::inference
