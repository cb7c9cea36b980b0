#include "line/inference/ops/evaluate_graph.h"

#include <utility>

#include "line/inference/ops/invoke.h"

namespace bondline::inference {

namespace {

constexpr int kDeepest = 24;

std::size_t bytes_of(const Tensor& tensor) {
  std::size_t bytes = tensor.bytes ? tensor.bytes->size() : 0;
  for (const std::string& text : tensor.strings) bytes += sizeof(std::string) + text.size();
  return bytes;
}

std::size_t bytes_of(const RuntimeValue& value) {
  std::size_t bytes = bytes_of(value.tensor);
  for (const Tensor& tensor : value.sequence) bytes += bytes_of(tensor) + sizeof(tensor);
  return bytes;
}

// How often each value is still needed, so that it can go when its last user has run.
std::vector<int> count_uses(const Graph& graph) {
  std::vector<int> uses(graph.values.size(), 0);
  const auto count = [&](const std::vector<ValueId>& ids) {
    for (const ValueId id : ids)
      if (id != kNone) ++uses[static_cast<std::size_t>(id)];
  };
  for (const Node& node : graph.nodes) {
    count(node.inputs);
    count(node.captures);
  }
  count(graph.outputs);
  return uses;
}

struct Frame {
  const Graph& graph;
  Slots slots;
  std::vector<int> uses;
  std::size_t bytes = 0;
};

const RuntimeValue* slot(Frame& frame, ValueId id) {
  if (id == kNone) return nullptr;
  auto& place = frame.slots[static_cast<std::size_t>(id)];
  if (!place) {
    const Value& value = frame.graph.value(id);
    if (!value.constant) return nullptr;
    place.emplace();
    place->tensor = *value.constant;
  }
  return &*place;
}

bool run_node(Evaluation& evaluation, Frame& frame, const Node& node, std::vector<RuntimeValue>* out) {
  std::vector<const RuntimeValue*> in, captures;
  for (const ValueId id : node.inputs) {
    in.push_back(slot(frame, id));
    if (id != kNone && in.back() == nullptr)
      return evaluation.fail(to_string(node) + ": value \"" + frame.graph.value(id).name + "\" is not there");
  }
  for (const ValueId id : node.captures) captures.push_back(slot(frame, id));
  if (const auto done = evaluate_control(evaluation, frame.graph, node, in, captures, out)) return *done;
  if (const auto done = evaluate_sequence(evaluation, frame.graph, node, in, captures, out)) return *done;
  std::vector<const Tensor*> tensors;
  for (const RuntimeValue* value : in) {
    if (value != nullptr && value->kind != ValueKind::tensor)
      return evaluation.fail(to_string(node) + " takes tensors only");
    tensors.push_back(value ? &value->tensor : nullptr);
  }
  std::vector<Tensor> results;
  std::string problem;
  const std::size_t left =
      evaluation.options.max_bytes - std::min(evaluation.options.max_bytes, evaluation.bytes);
  if (!invoke(node, frame.graph.opset_of(node.domain), tensors, {left, &evaluation.work}, &results, &problem))
    return evaluation.fail(to_string(node) + ": " + problem);
  out->resize(results.size());
  for (std::size_t i = 0; i < results.size(); ++i) (*out)[i].tensor = std::move(results[i]);
  return true;
}

bool run_all(Evaluation& evaluation, Frame& frame, bool outermost) {
  const auto release = [&](ValueId id) {
    if (id == kNone || --frame.uses[static_cast<std::size_t>(id)] != 0) return;
    auto& place = frame.slots[static_cast<std::size_t>(id)];
    if (!place || frame.graph.value(id).producer == kNone) return;
    const std::size_t bytes = bytes_of(*place);
    evaluation.bytes -= bytes;
    frame.bytes -= bytes;
    place.reset();
  };
  std::vector<RuntimeValue> out;
  for (const Node& node : frame.graph.nodes) {
    out.clear();
    if (!run_node(evaluation, frame, node, &out)) return false;
    out.resize(node.outputs.size());
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      const ValueId id = node.outputs[i];
      if (id == kNone || frame.uses[static_cast<std::size_t>(id)] == 0) {
        if (id != kNone && outermost && evaluation.options.watch && out[i].kind == ValueKind::tensor)
          evaluation.options.watch(frame.graph, id, out[i].tensor);
        continue;
      }
      const std::size_t bytes = bytes_of(out[i]);
      evaluation.bytes += bytes;
      frame.bytes += bytes;
      if (evaluation.bytes > evaluation.options.max_bytes)
        return evaluation.fail(to_string(node) + ": the values alive need more memory than the limit");
      if (outermost && evaluation.options.watch && out[i].kind == ValueKind::tensor)
        evaluation.options.watch(frame.graph, id, out[i].tensor);
      frame.slots[static_cast<std::size_t>(id)] = std::move(out[i]);
    }
    for (const ValueId id : node.inputs) release(id);
    for (const ValueId id : node.captures) release(id);
  }
  return true;
}

}  // namespace

bool evaluate_graph(Evaluation& evaluation, const Graph& graph, std::span<const RuntimeValue> inputs,
                    std::span<const RuntimeValue* const> captured, bool outermost,
                    std::vector<RuntimeValue>* outputs) {
  if (evaluation.depth >= kDeepest) return evaluation.fail("subgraphs are nested too deep");
  if (inputs.size() != graph.inputs.size())
    return evaluation.fail("subgraph \"" + graph.name + "\" takes " + std::to_string(graph.inputs.size()) +
                           " inputs, not " + std::to_string(inputs.size()));
  Frame frame{graph, Slots(graph.values.size()), count_uses(graph)};
  for (std::size_t i = 0; i < inputs.size(); ++i)
    frame.slots[static_cast<std::size_t>(graph.inputs[i])] = inputs[i];
  for (std::size_t i = 0; i < graph.captured.size(); ++i)
    if (graph.captured[i] != kNone && i < captured.size() && captured[i] != nullptr)
      frame.slots[static_cast<std::size_t>(graph.captured[i])] = *captured[i];
  ++evaluation.depth;
  const bool fine = run_all(evaluation, frame, outermost);
  --evaluation.depth;
  evaluation.bytes -= frame.bytes;
  if (!fine) return false;
  outputs->clear();
  for (const ValueId id : graph.outputs) {
    const RuntimeValue* value = slot(frame, id);
    if (value == nullptr) return evaluation.fail("output \"" + graph.value(id).name + "\" is not there");
    outputs->push_back(*value);
  }
  return true;
}

}  // namespace bondline::inference
