// ModelProto, GraphProto, NodeProto, FunctionProto: field numbers from onnx.proto3.
#include <utility>

#include "line/inference/onnx/raw_model.h"

namespace bondline::inference {

std::string to_string(const RawNode& node) {
  return "node \"" + node.name + "\" (" + (node.domain.empty() ? "" : node.domain + ".") + node.op + ")";
}

namespace {

bool parse_opset(ReadContext& context, const Field& field, Opsets* opsets) {
  Message message(field);
  std::pair<std::string, std::int64_t> entry;
  for (Field f; message.next(&f);) {
    if (f.number == 1) {
      if (!context.typed(f, WireType::bytes, "an opset import")) return false;
      entry.first = f.text() == "ai.onnx" ? "" : std::string(f.text());
    } else if (f.number == 2) {
      if (!context.typed(f, WireType::varint, "an opset import")) return false;
      entry.second = f.integer();
    }
  }
  if (opsets->size() >= 256) return context.fail(field.offset, "more than 256 opset imports");
  opsets->push_back(std::move(entry));
  return context.whole(message, "an opset import");
}

bool take_name(ReadContext& context, const Field& field, std::vector<std::string>* names) {
  if (!context.typed(field, WireType::bytes, "a list of names")) return false;
  if (++context.values > 8 * kMostNodes) return context.fail(field.offset, "more than 8 million names");
  names->emplace_back(field.text());
  return true;
}

bool take_node(ReadContext& context, const Field& field, int depth, std::vector<RawNode>* nodes) {
  if (!context.typed(field, WireType::bytes, "a graph")) return false;
  if (++context.nodes > kMostNodes) return context.fail(field.offset, "more than a million nodes");
  return parse_node(context, field, depth, &nodes->emplace_back());
}

bool parse_function(ReadContext& context, const Field& field, RawFunction* function) {
  Message message(field);
  for (Field f; message.next(&f);) {
    bool fine = true;
    switch (f.number) {
      case 1:
      case 10:
        fine = context.typed(f, WireType::bytes, "a function");
        (f.number == 1 ? function->name : function->domain) = f.text();
        break;
      case 4:
        fine = take_name(context, f, &function->inputs);
        break;
      case 5:
        fine = take_name(context, f, &function->outputs);
        break;
      case 7:
        fine = take_node(context, f, 1, &function->nodes);
        break;
      case 9:
        fine = context.typed(f, WireType::bytes, "a function") && parse_opset(context, f, &function->opsets);
        break;
      case 11:
        fine = context.typed(f, WireType::bytes, "a function") &&
               parse_attribute(context, f, 1, "function \"" + function->name + "\"",
                               &function->defaults.emplace_back());
        break;
      default:
        break;
    }
    if (!fine) return false;
  }
  return context.whole(message, "a function");
}

}  // namespace

bool parse_node(ReadContext& context, const Field& field, int depth, RawNode* node) {
  node->offset = field.offset;
  Message message(field);
  std::vector<Field> attributes;
  for (Field f; message.next(&f);) {
    if (f.number == 1 || f.number == 2) {
      if (!take_name(context, f, f.number == 1 ? &node->inputs : &node->outputs)) return false;
      continue;
    }
    if (f.number != 3 && f.number != 4 && f.number != 5 && f.number != 7) continue;
    if (!context.typed(f, WireType::bytes, "a node")) return false;
    if (f.number == 3) node->name = f.text();
    if (f.number == 4) node->op = f.text();
    if (f.number == 7) node->domain = f.text() == "ai.onnx" ? "" : std::string(f.text());
    if (f.number == 5) attributes.push_back(f);
  }
  if (!context.whole(message, "a node")) return false;
  if (attributes.size() > 1000)
    return context.fail(node->offset, to_string(*node) + " has over 1000 attributes");
  // A node without a name is called after its place; functions inlined later keep these names apart.
  if (node->name.empty()) node->name = node->op + "_" + std::to_string(context.nodes - 1);
  for (const Field& f : attributes) {
    RawAttribute attribute;
    if (!parse_attribute(context, f, depth, to_string(*node), &attribute)) return false;
    for (const RawAttribute& other : node->attributes)
      if (other.name == attribute.name)
        return context.fail(f.offset, to_string(*node) + " has attribute " + attribute.name + " twice");
    node->attributes.push_back(std::move(attribute));
  }
  return true;
}

bool parse_graph(ReadContext& context, const Field& field, int depth, RawGraph* graph) {
  if (depth > kDeepestNesting)
    return context.fail(field.offset, "subgraphs are nested more than 16 deep",
                        "unroll or simplify the model");
  Message message(field);
  for (Field f; message.next(&f);) {
    bool fine = true;
    switch (f.number) {
      case 1:
        fine = take_node(context, f, depth, &graph->nodes);
        break;
      case 2:
        fine = context.typed(f, WireType::bytes, "a graph");
        graph->name = f.text();
        break;
      case 5:
        fine = context.typed(f, WireType::bytes, "a graph");
        if (auto tensor = fine ? decode_tensor(context, f, "the graph") : std::nullopt)
          graph->initializers.push_back(std::move(*tensor));
        else
          fine = false;
        break;
      case 11:
      case 12:
      case 13: {
        auto& list = f.number == 11 ? graph->inputs : f.number == 12 ? graph->outputs : graph->others;
        if (++context.values > 8 * kMostNodes) return context.fail(f.offset, "more than 8 million names");
        fine = context.typed(f, WireType::bytes, "a graph") && parse_value(context, f, &list.emplace_back());
        break;
      }
      case 15:
        return context.fail(f.offset, "the graph has a sparse initializer, which is not supported",
                            "export the model with dense weights");
      default:
        break;
    }
    if (!fine) return false;
  }
  return context.whole(message, "the graph");
}

bool parse_model(ReadContext& context, std::span<const std::byte> bytes, RawModel* model) {
  Message message(bytes, 0);
  for (Field f; message.next(&f);) {
    bool fine = true;
    switch (f.number) {
      case 1:
        fine = context.typed(f, WireType::varint, "the model");
        model->ir_version = f.integer();
        break;
      case 2:
        fine = context.typed(f, WireType::bytes, "the model");
        model->producer = f.text();
        break;
      case 7:
        fine = context.typed(f, WireType::bytes, "the model");
        if (fine && model->has_graph) return context.fail(f.offset, "the model has two graphs");
        model->has_graph = true;
        fine = fine && parse_graph(context, f, 0, &model->graph);
        break;
      case 8:
        fine = context.typed(f, WireType::bytes, "the model") && parse_opset(context, f, &model->opsets);
        break;
      case 25:
        if (model->functions.size() >= 100'000) return context.fail(f.offset, "more than 100000 functions");
        fine = context.typed(f, WireType::bytes, "the model") &&
               parse_function(context, f, &model->functions.emplace_back());
        break;
      default:
        break;
    }
    if (!fine) return false;
  }
  return context.whole(message, "the model");
}

}  // namespace bondline::inference
