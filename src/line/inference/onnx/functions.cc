// Functions of the model (IR 8 on): a call is replaced by the function's nodes, their values renamed
// "CALL/VALUE" so that no two calls meet, their attribute references filled from the call or the defaults.
#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include "line/inference/onnx/raw_model.h"

namespace bondline::inference {

namespace {

constexpr int kDeepestCall = 16;
constexpr std::size_t kMostInlined = 100'000;                   ///< nodes that calls of functions grow to
constexpr std::size_t kMostNameBytes = std::size_t{256} << 20;  ///< of all renamed values together

using Names = std::unordered_map<std::string, std::string>;

struct Inliner {
  ReadContext& context;
  const RawModel& model;
  std::unordered_map<std::string, const RawFunction*> functions = {};
  std::size_t name_bytes = 0, inlined = 0;

  bool expand(std::vector<RawNode>* nodes, int depth);
  bool call(const RawNode& node, const RawFunction& function, int depth, std::vector<RawNode>* out);
  bool rename_graph(RawGraph* graph, Names names, const RawNode& site, const RawFunction& function);
  bool fill(RawNode* node, const RawNode& site, const RawFunction& function);
  std::string renamed(const Names& names, const std::string& name) {
    const auto found = names.find(name);
    const std::string& result = found == names.end() ? name : found->second;
    name_bytes += result.size();
    return result;
  }
};

const RawAttribute* find(const std::vector<RawAttribute>& attributes, const std::string& name) {
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [&](const RawAttribute& attribute) { return attribute.name == name; });
  return found == attributes.end() ? nullptr : &*found;
}

// Attribute references of a body node become the call's attributes; one the call leaves out is left out.
bool Inliner::fill(RawNode* node, const RawNode& site, const RawFunction& function) {
  std::vector<RawAttribute> filled;
  for (RawAttribute& attribute : node->attributes) {
    if (!attribute.reference.empty()) {
      const RawAttribute* given = find(site.attributes, attribute.reference);
      if (given == nullptr) given = find(function.defaults, attribute.reference);
      if (given == nullptr) continue;
      RawAttribute copy = *given;
      copy.name = attribute.name;
      copy.reference.clear();
      filled.push_back(std::move(copy));
    } else {
      filled.push_back(std::move(attribute));
    }
  }
  node->attributes = std::move(filled);
  return true;
}

// A subgraph in a function's body: what it makes itself keeps its name, what it captures is renamed.
bool Inliner::rename_graph(RawGraph* graph, Names names, const RawNode& site, const RawFunction& function) {
  for (const RawValue& input : graph->inputs) names.erase(input.name);
  for (const NamedTensor& tensor : graph->initializers) names.erase(tensor.name);
  for (const RawNode& node : graph->nodes)
    for (const std::string& output : node.outputs) names.erase(output);
  for (RawNode& node : graph->nodes) {
    if (++inlined > kMostInlined || ++context.nodes > kMostNodes)
      return context.fail(node.offset, "functions grow to over a hundred thousand nodes");
    for (std::string& input : node.inputs) input = renamed(names, input);
    if (!fill(&node, site, function)) return false;
    for (RawAttribute& attribute : node.attributes)
      if (attribute.graph) {
        attribute.graph = std::make_shared<RawGraph>(*attribute.graph);
        if (!rename_graph(attribute.graph.get(), names, site, function)) return false;
      }
  }
  for (RawValue& output : graph->outputs) output.name = renamed(names, output.name);
  return true;
}

bool Inliner::call(const RawNode& node, const RawFunction& function, int depth, std::vector<RawNode>* out) {
  if (depth > kDeepestCall)
    return context.fail(node.offset, to_string(node) + ": functions call each other more than 16 deep");
  if (node.inputs.size() > function.inputs.size() || node.outputs.size() > function.outputs.size())
    return context.fail(node.offset, to_string(node) + " has more inputs or outputs than its function");
  for (const auto& [domain, version] : function.opsets)
    for (const auto& [other, other_version] : model.opsets)
      if (domain == other && version != other_version)
        return context.fail(node.offset,
                            to_string(node) + ": its function imports version " + std::to_string(version) +
                                " of operators \"" + (domain.empty() ? "ai.onnx" : domain) +
                                "\", the model " + std::to_string(other_version) + ", which is not supported",
                            "convert the model to one operator set version");
  Names names;
  for (std::size_t i = 0; i < function.inputs.size(); ++i)
    names[function.inputs[i]] = i < node.inputs.size() ? node.inputs[i] : "";
  for (const RawNode& inner : function.nodes)
    for (const std::string& output : inner.outputs)
      if (!output.empty()) names[output] = node.name + "/" + output;
  for (std::size_t i = 0; i < node.outputs.size(); ++i)
    if (!node.outputs[i].empty()) names[function.outputs[i]] = node.outputs[i];
  std::vector<RawNode> body;
  for (const RawNode& inner : function.nodes) {
    if (++inlined > kMostInlined || ++context.nodes > kMostNodes || name_bytes > kMostNameBytes)
      return context.fail(node.offset, to_string(node) + ": functions grow to over a hundred thousand nodes");
    RawNode copy = inner;
    copy.name = node.name + "/" + inner.name;
    copy.offset = node.offset;
    name_bytes += copy.name.size();
    for (std::string& input : copy.inputs) input = renamed(names, input);
    for (std::string& output : copy.outputs) output = renamed(names, output);
    if (!fill(&copy, node, function)) return false;
    for (RawAttribute& attribute : copy.attributes)
      if (attribute.graph) {
        attribute.graph = std::make_shared<RawGraph>(*attribute.graph);
        if (!rename_graph(attribute.graph.get(), names, node, function)) return false;
      }
    body.push_back(std::move(copy));
  }
  // An output that is an input handed through, or a second name of one body value, needs a node of its own.
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    const auto position = std::find(function.inputs.begin(), function.inputs.end(), function.outputs[i]);
    if (position == function.inputs.end() || node.outputs[i].empty()) continue;
    const auto index = static_cast<std::size_t>(position - function.inputs.begin());
    RawNode pass;
    pass.op = "Identity";
    pass.name = node.name + "/" + function.outputs[i];
    pass.inputs = {index < node.inputs.size() ? node.inputs[index] : ""};
    pass.outputs = {node.outputs[i]};
    pass.offset = node.offset;
    body.push_back(std::move(pass));
  }
  if (!expand(&body, depth + 1)) return false;
  std::move(body.begin(), body.end(), std::back_inserter(*out));
  return true;
}

bool Inliner::expand(std::vector<RawNode>* nodes, int depth) {
  std::vector<RawNode> out;
  for (RawNode& node : *nodes) {
    for (RawAttribute& attribute : node.attributes)
      if (attribute.graph && !expand(&attribute.graph->nodes, depth)) return false;
    const auto found = functions.find(node.domain + "\n" + node.op);
    if (found == functions.end())
      out.push_back(std::move(node));
    else if (!call(node, *found->second, depth, &out))
      return false;
  }
  *nodes = std::move(out);
  return true;
}

}  // namespace

bool inline_functions(ReadContext& context, RawModel* model) {
  if (model->functions.empty()) return true;
  Inliner inliner{context, *model};
  for (const RawFunction& function : model->functions)
    inliner.functions[(function.domain == "ai.onnx" ? "" : function.domain) + "\n" + function.name] =
        &function;
  return inliner.expand(&model->graph.nodes, 0);
}

}  // namespace bondline::inference
