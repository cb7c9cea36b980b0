// The file as it stands: messages turned into structs, names still names. functions.cc rewrites it, build.cc
// joins it into a Graph.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "line/inference/onnx/tensor_proto.h"

namespace bondline::inference {

struct RawGraph;

struct RawAttribute {
  std::string name;
  std::string reference;  ///< in a function: the attribute of the call that stands here
  Attribute value;        ///< unless graph
  std::shared_ptr<RawGraph> graph;
};

struct RawNode {
  std::string op, domain, name;
  std::vector<std::string> inputs, outputs;  ///< "": left out
  std::vector<RawAttribute> attributes;
  std::size_t offset = 0;
};

struct RawValue {
  std::string name;
  ValueKind kind = ValueKind::tensor;
  DType dtype = DType::undefined;
  std::optional<Shape> shape;
  std::size_t offset = 0;
};

struct RawGraph {
  std::string name;
  std::vector<RawNode> nodes;
  std::vector<NamedTensor> initializers;
  std::vector<RawValue> inputs, outputs, others;
};

using Opsets = std::vector<std::pair<std::string, std::int64_t>>;

struct RawFunction {
  std::string name, domain;
  std::vector<std::string> inputs, outputs;
  std::vector<RawNode> nodes;
  std::vector<RawAttribute> defaults;
  Opsets opsets;
};

struct RawModel {
  std::int64_t ir_version = 0;
  std::string producer;
  Opsets opsets;
  bool has_graph = false;
  RawGraph graph;
  std::vector<RawFunction> functions;
};

/// `node "conv1" (Conv)`.
std::string to_string(const RawNode& node);

/// parse_*: false with errors in the context.
bool parse_model(ReadContext& context, std::span<const std::byte> bytes, RawModel* model);
bool parse_graph(ReadContext& context, const Field& field, int depth, RawGraph* graph);
bool parse_node(ReadContext& context, const Field& field, int depth, RawNode* node);
bool parse_attribute(ReadContext& context, const Field& field, int depth, const std::string& owner,
                     RawAttribute* attribute);
bool parse_value(ReadContext& context, const Field& field, RawValue* value);

/// Replaces every call of a model's own function by the function's nodes, values renamed apart.
bool inline_functions(ReadContext& context, RawModel* model);

/// The graph with indices for names, nodes in order; everything checked.
bool build_graph(ReadContext& context, const RawModel& model, Graph* graph);

}  // namespace bondline::inference
