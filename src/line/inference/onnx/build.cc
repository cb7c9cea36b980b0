// Names become indices. A scope is a graph under construction; a name not found in a subgraph is looked for
// in the graphs around it and becomes a captured value there.
#include <cmath>
#include <unordered_map>
#include <utility>

#include "line/inference/onnx/order.h"
#include "line/inference/onnx/raw_model.h"

namespace bondline::inference {

namespace {

struct Scope {
  Graph* graph;
  Scope* around = nullptr;
  std::unordered_map<std::string, ValueId> names = {};
  std::vector<std::pair<ValueId, ValueId>> captured = {};  ///< (in the graph around, here)
};

ValueId look_up(Scope* scope, const std::string& name) {
  if (const auto found = scope->names.find(name); found != scope->names.end()) return found->second;
  if (scope->around == nullptr) return kNone;
  const ValueId outer = look_up(scope->around, name);
  if (outer == kNone) return kNone;
  const Value& from = scope->around->graph->value(outer);
  Value value;
  value.name = name;
  value.kind = from.kind;
  value.dtype = from.dtype;
  value.shape = from.shape;
  const ValueId inner = scope->graph->add(std::move(value));
  scope->names[name] = inner;
  scope->captured.emplace_back(outer, inner);
  return inner;
}

template <class T, class IsNan>
std::pair<std::size_t, std::size_t> count_nan(const Tensor& tensor, IsNan is_nan) {
  std::size_t count = 0, first = 0;
  const auto n = static_cast<std::size_t>(tensor.elements());
  const T* data = tensor.data<T>();
  for (std::size_t i = 0; i < n; ++i)
    if (is_nan(data[i]) && count++ == 0) first = i;
  return {count, first};
}

// NaN among weights makes every output NaN: worth a warning, though the arithmetic is well defined.
void warn_of_nan(ReadContext& context, const NamedTensor& named) {
  const Tensor& tensor = named.tensor;
  std::pair<std::size_t, std::size_t> found = {0, 0};
  if (tensor.dtype == DType::f32) found = count_nan<float>(tensor, [](float x) { return std::isnan(x); });
  if (tensor.dtype == DType::f64) found = count_nan<double>(tensor, [](double x) { return std::isnan(x); });
  if (tensor.dtype == DType::f16)
    found = count_nan<std::uint16_t>(tensor, [](std::uint16_t x) { return (x & 0x7fff) > 0x7c00; });
  if (tensor.dtype == DType::bf16)
    found = count_nan<std::uint16_t>(tensor, [](std::uint16_t x) { return (x & 0x7fff) > 0x7f80; });
  if (found.first != 0)
    context.warn(named.offset,
                 "tensor \"" + named.name + "\" holds " + std::to_string(found.first) +
                     " NaN (not a number), the first at element " + std::to_string(found.second),
                 "train or export the model again; results that use it will be NaN");
}

Value value_of(const RawValue& raw) {
  Value value;
  value.name = raw.name;
  value.kind = raw.kind;
  value.dtype = raw.dtype;
  value.shape = raw.shape;
  return value;
}

bool agrees(const RawValue& declared, const Tensor& tensor) {
  if (declared.dtype != DType::undefined && declared.dtype != tensor.dtype) return false;
  if (!declared.shape) return true;
  if (declared.shape->size() != tensor.shape.size()) return false;
  for (std::size_t i = 0; i < tensor.shape.size(); ++i)
    if ((*declared.shape)[i] >= 0 && (*declared.shape)[i] != tensor.shape[i]) return false;
  return true;
}

bool add_initializers(ReadContext& context, const RawGraph& raw, Scope* scope) {
  for (const NamedTensor& named : raw.initializers) {
    Value value;
    value.name = named.name;
    value.dtype = named.tensor.dtype;
    value.shape = named.tensor.shape;
    value.constant = named.tensor;
    if (named.name.empty() || scope->names.contains(named.name))
      return context.fail(named.offset,
                          "initializer \"" + named.name + "\" has no name or one that is taken");
    scope->names[named.name] = scope->graph->add(std::move(value));
    warn_of_nan(context, named);
  }
  return true;
}

bool add_inputs(ReadContext& context, const RawGraph& raw, bool outermost, Scope* scope) {
  for (const RawValue& input : raw.inputs) {
    if (input.name.empty()) return context.fail(input.offset, "an input has no name");
    const auto found = scope->names.find(input.name);
    if (found == scope->names.end()) {
      if (outermost && input.dtype == DType::undefined && input.kind == ValueKind::tensor)
        return context.fail(input.offset, "input \"" + input.name + "\" has no element type");
      const ValueId id = scope->graph->add(value_of(input));
      scope->names[input.name] = id;
      scope->graph->inputs.push_back(id);
      continue;
    }
    const auto& constant = scope->graph->value(found->second).constant;
    if (!constant) return context.fail(input.offset, "input \"" + input.name + "\" is listed twice");
    // An initializer with a default for an input: files of IR 3 list all of them so.
    if (!agrees(input, *constant))
      return context.fail(input.offset,
                          "initializer \"" + input.name + "\" is " + std::string(name_of(constant->dtype)) +
                              " " + to_string(constant->shape) + ", but its declaration as an input says " +
                              std::string(name_of(input.dtype)) + " " +
                              (input.shape ? to_string(*input.shape) : ""));
  }
  return true;
}

bool add_graph(ReadContext& context, const RawGraph& raw, bool outermost, Scope* scope);

bool add_subgraphs(ReadContext& context, const RawNode& raw, Scope* scope, Node* node) {
  std::vector<std::pair<std::shared_ptr<Graph>, Scope>> made;
  std::unordered_map<ValueId, std::size_t> place;  // outer value -> index in node->captures
  for (const RawAttribute& attribute : raw.attributes) {
    if (!attribute.graph) continue;
    auto graph = std::make_shared<Graph>();
    graph->opset = scope->graph->opset;
    graph->other_opsets = scope->graph->other_opsets;
    graph->ir_version = scope->graph->ir_version;
    Scope inner{graph.get(), scope};
    if (!add_graph(context, *attribute.graph, false, &inner)) return false;
    for (const auto& [outer, here] : inner.captured)
      if (place.emplace(outer, node->captures.size()).second) node->captures.push_back(outer);
    made.emplace_back(std::move(graph), std::move(inner));
  }
  std::size_t next = 0;
  for (const RawAttribute& attribute : raw.attributes) {
    if (!attribute.graph) continue;
    auto& [graph, inner] = made[next++];
    graph->captured.assign(node->captures.size(), kNone);
    for (const auto& [outer, here] : inner.captured) graph->captured[place[outer]] = here;
    node->attributes.push_back({attribute.name, std::shared_ptr<const Graph>(graph)});
  }
  return true;
}

bool add_node(ReadContext& context, const RawNode& raw, Scope* scope) {
  Graph& graph = *scope->graph;
  Node node;
  node.op = raw.op;
  node.domain = raw.domain;
  node.name = raw.name;
  node.byte_offset = raw.offset;
  if (raw.op.empty()) return context.fail(raw.offset, "node \"" + raw.name + "\" has no operator");
  if (graph.opset_of(raw.domain) == 0)
    return context.fail(raw.offset, to_string(raw) + " is of the domain \"" +
                                        (raw.domain.empty() ? "ai.onnx" : raw.domain) +
                                        "\", which the model does not import");
  for (const std::string& name : raw.inputs) {
    const ValueId id = name.empty() ? kNone : look_up(scope, name);
    if (!name.empty() && id == kNone)
      return context.fail(raw.offset, to_string(raw) + " uses \"" + name + "\", which nobody makes",
                          "the model was cut or edited; export it again");
    node.inputs.push_back(id);
  }
  for (const RawAttribute& attribute : raw.attributes) {
    if (!attribute.reference.empty())
      return context.fail(raw.offset, to_string(raw) + " refers to an attribute of a function it is not in");
    if (!attribute.graph) node.attributes.push_back({attribute.name, attribute.value});
  }
  if (!add_subgraphs(context, raw, scope, &node)) return false;
  for (const std::string& name : raw.outputs) {
    if (name.empty()) {
      node.outputs.push_back(kNone);
      continue;
    }
    if (scope->names.contains(name))
      return context.fail(raw.offset, to_string(raw) + " makes \"" + name + "\", which is made already");
    Value value;
    value.name = name;
    value.producer = static_cast<NodeId>(graph.nodes.size());
    const ValueId id = graph.add(std::move(value));
    scope->names[name] = id;
    node.outputs.push_back(id);
  }
  graph.nodes.push_back(std::move(node));
  return true;
}

// value_info and outputs tell types the file's writer inferred; the passes infer them again.
void note_types(const std::vector<RawValue>& declared, Scope* scope) {
  for (const RawValue& raw : declared) {
    const auto found = scope->names.find(raw.name);
    if (found == scope->names.end()) continue;
    Value& value = scope->graph->value(found->second);
    if (value.constant) continue;
    if (value.producer == kNone) continue;
    value.kind = raw.kind;
    value.dtype = raw.dtype;
    value.shape = raw.shape;
  }
}

bool add_graph(ReadContext& context, const RawGraph& raw, bool outermost, Scope* scope) {
  scope->graph->name = raw.name;
  if (!add_initializers(context, raw, scope) || !add_inputs(context, raw, outermost, scope)) return false;
  std::vector<std::size_t> order;
  if (!order_nodes(context, raw, &order)) return false;
  for (const std::size_t index : order)
    if (!add_node(context, raw.nodes[index], scope)) return false;
  note_types(raw.others, scope);
  note_types(raw.outputs, scope);
  for (const RawValue& output : raw.outputs) {
    const ValueId id = look_up(scope, output.name);
    if (id == kNone)
      return context.fail(output.offset, "output \"" + output.name + "\" is made by no node",
                          "the model was cut or edited; export it again");
    scope->graph->outputs.push_back(id);
  }
  if (outermost && scope->graph->outputs.empty()) return context.fail(0, "the graph has no outputs");
  return true;
}

bool check_versions(ReadContext& context, const RawModel& model, Graph* graph) {
  const std::string mend = "export the model with an opset from " +
                           std::to_string(context.options.oldest_opset) +
                           " to 21 (torch.onnx.export(..., opset_version=17), onnx.version_converter)";
  if (model.ir_version < 3)
    return context.fail(
        0, "the file has IR version " + std::to_string(model.ir_version) + "; 3 and later are read", mend);
  for (const auto& [domain, version] : model.opsets) {
    if (domain.empty())
      graph->opset = version;
    else
      graph->other_opsets.emplace_back(domain, version);
  }
  if (graph->opset == 0 && graph->other_opsets.empty())
    return context.fail(0, "the model names no operator set", mend);
  const bool needed = graph->opset != 0;
  if (needed && (graph->opset < context.options.oldest_opset || graph->opset > 21))
    return context.fail(
        0, "the model is of operator set " + std::to_string(graph->opset) + ", which is not supported", mend);
  return true;
}

}  // namespace

bool build_graph(ReadContext& context, const RawModel& model, Graph* graph) {
  graph->producer = model.producer;
  graph->ir_version = model.ir_version;
  if (!check_versions(context, model, graph)) return false;
  Scope scope{graph};
  return add_graph(context, model.graph, true, &scope);
}

}  // namespace bondline::inference
