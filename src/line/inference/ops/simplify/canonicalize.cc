// One way to write each operator: that of opset 21.
#include <utility>

#include "line/inference/ops/number.h"
#include "line/inference/ops/ops.h"
#include "line/inference/ops/simplify/rewrite.h"
#include "line/inference/ops/simplify/simplify.h"

namespace bondline::inference {

namespace {

struct Lift {
  Rewrite& rewrite;
  std::int64_t opset;
  int changed = 0;

  // Attribute `name` becomes input i, when it is there.
  bool ints_to_input(Node& node, const std::string& name, std::size_t i) {
    if (node.find(name) == nullptr) return false;
    rewrite.set_input(node, i, rewrite.add_ints(node.name + "/" + name, node.integers(name)));
    remove_attribute(node, name);
    ++changed;
    return true;
  }
  // Attribute `name` becomes a scalar input of the type of input 0.
  void real_to_input(Node& node, const std::string& name, std::size_t i) {
    if (node.find(name) == nullptr) return;
    const float value = node.real(name, 0);
    const DType type = rewrite.dtype(node.inputs[0]);
    if (type == DType::f32) {
      rewrite.set_input(node, i,
                        rewrite.add_constant(node.name + "/" + name, Tensor::make(type, {}, &value, 1)));
    } else if (type == DType::f64) {
      const double wide = value;
      rewrite.set_input(node, i,
                        rewrite.add_constant(node.name + "/" + name, Tensor::make(type, {}, &wide, 1)));
    } else if (const std::optional<Tensor> typed = convert(value, type)) {
      rewrite.set_input(node, i, rewrite.add_constant(node.name + "/" + name, *typed));
    } else {
      return;
    }
    remove_attribute(node, name);
    ++changed;
  }
  static std::optional<Tensor> convert(float value, DType type);
  void node(Node& node);
  void softmax(Node& node);
  void resize(Node& node);
};

std::optional<Tensor> Lift::convert(float value, DType type) {
  std::optional<Tensor> result;
  with_number(type, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T typed = static_cast<T>(static_cast<Arithmetic<T>>(value));
    result = Tensor::make(type, {}, &typed, 1);
    return true;
  });
  return result;
}

// Before opset 13 everything from axis on is one run: the same over a reshaped tensor.
void Lift::softmax(Node& node) {
  const Shape shape = rewrite.shape(node.inputs[0]);
  const auto rank = static_cast<std::int64_t>(shape.size());
  std::int64_t axis = node.integer("axis", 1);
  if (axis < 0) axis += rank;
  ++changed;
  std::int64_t outer = 1, run = 1;
  for (std::int64_t d = 0; d < rank; ++d) (d < axis ? outer : run) *= shape[static_cast<std::size_t>(d)];
  std::int64_t last = rank == 0 ? 1 : shape.back();
  if (run == last && rank > 0) {
    set_attribute(node, "axis", std::int64_t{-1});
    return;
  }
  // Copies first: append() may be handed what it moves.
  const std::string name = node.name;
  const ValueId input = node.inputs[0], output = node.outputs[0];
  const DType type = rewrite.dtype(input);
  const ValueId flat = rewrite.add_value(name + "/flat", type, {outer, run});
  const ValueId done = rewrite.add_value(name + "/done", type, {outer, run});
  Node before, after;
  before.op = after.op = "Reshape";
  before.name = name + "/flatten";
  after.name = name + "/restore";
  before.byte_offset = after.byte_offset = node.byte_offset;
  before.inputs = {input, rewrite.add_ints(name + "/flat_shape", {outer, run})};
  after.inputs = {done, rewrite.add_ints(name + "/shape", shape)};
  set_attribute(after, "allowzero", std::int64_t{1});
  before.outputs = {flat};
  after.outputs = {output};
  set_attribute(node, "axis", std::int64_t{-1});
  rewrite.set_input(node, 0, flat);
  node.outputs[0] = done;
  rewrite.graph.value(done).producer = static_cast<NodeId>(&node - rewrite.graph.nodes.data());
  rewrite.append(std::move(before));
  rewrite.append(std::move(after));
}

// Upsample's and old Resize's scales: rounding went up where they shrink, down where they grow.
struct Scales {
  bool known = false, smaller = false, larger = false;
};
Scales former_scales(const Graph& graph, const Node& node) {
  Scales scales;
  std::vector<float> given = node.reals("scales");
  if (given.empty() && node.inputs.size() > 1 && node.inputs[1] != kNone &&
      graph.value(node.inputs[1]).constant)
    given = floats_of(*graph.value(node.inputs[1]).constant);
  scales.known = !given.empty();
  for (const float scale : given) {
    scales.smaller = scales.smaller || scale < 1;
    scales.larger = scales.larger || scale > 1;
  }
  return scales;
}

void Lift::resize(Node& node) {
  if (node.op == "Resize" && opset >= 11) {
    if (node.text("mode", "nearest") == "bilinear") set_attribute(node, "mode", std::string("linear"));
    return;
  }
  ++changed;
  const bool shrinks = former_scales(rewrite.graph, node).smaller;
  std::vector<ValueId> inputs = {node.inputs[0], kNone, kNone};
  if (node.find("scales") != nullptr) {
    const auto scales = node.reals("scales");
    inputs[2] = rewrite.add_constant(
        node.name + "/scales",
        Tensor::make(DType::f32, {static_cast<std::int64_t>(scales.size())}, scales.data(), scales.size()));
    remove_attribute(node, "scales");
  } else {
    inputs[2] = node.inputs[1];
  }
  rewrite.set_inputs(node, inputs);
  node.op = "Resize";
  if (node.text("mode", "nearest") == "bilinear") set_attribute(node, "mode", std::string("linear"));
  set_attribute(node, "coordinate_transformation_mode", std::string("asymmetric"));
  set_attribute(node, "nearest_mode", std::string(shrinks ? "ceil" : "floor"));
}

void Lift::node(Node& node) {
  if (!node.domain.empty()) return;
  const std::string& op = node.op;
  if (op == "Clip" && opset < 11) {
    real_to_input(node, "min", 1);
    real_to_input(node, "max", 2);
  } else if (op == "Pad" && opset < 11) {
    ints_to_input(node, "pads", 1);
    real_to_input(node, "value", 2);
  } else if (op == "Slice" && opset < 10) {
    ints_to_input(node, "starts", 1);
    ints_to_input(node, "ends", 2);
    ints_to_input(node, "axes", 3);
  } else if ((op == "Squeeze" || op == "Unsqueeze") && opset < 13) {
    ints_to_input(node, "axes", 1);
  } else if (op == "Split" && opset < 18) {
    if (opset < 13) ints_to_input(node, "split", 1);
    if (node.inputs.size() < 2 || node.inputs[1] == kNone)
      set_attribute(node, "num_outputs", static_cast<std::int64_t>(node.outputs.size()));
  } else if (op.starts_with("Reduce") && opset < 18 && !(op == "ReduceSum" && opset >= 13)) {
    ints_to_input(node, "axes", 1);
  } else if (op == "TopK" && opset < 10) {
    const std::int64_t k = node.integer("k", 1);
    rewrite.set_input(node, 1, rewrite.add_ints(node.name + "/k", {k}));
    remove_attribute(node, "k");
    ++changed;
  } else if (op == "RoiAlign" && opset < 16) {
    set_attribute(node, "coordinate_transformation_mode", std::string("output_half_pixel"));
    ++changed;
  } else if (op == "Scatter") {
    node.op = "ScatterElements";
    ++changed;
  } else if (op == "Upsample" || op == "Resize") {
    resize(node);
  } else if ((op == "Softmax" || op == "LogSoftmax" || op == "Hardmax") && opset < 13) {
    softmax(node);
  } else if (op == "Dropout" &&
             (node.outputs.size() < 2 || node.outputs[1] == kNone || rewrite.uses(node.outputs[1]) == 0)) {
    node.op = "Identity";
    node.outputs.resize(1);
    rewrite.set_inputs(node, {node.inputs[0]});
    node.attributes.clear();
    ++changed;
  }
}

// GroupNormalization of opset 18 has scales per group, an old Resize rounds by dimension, Dropout's mask
// changed type before opset 10: graphs that hold such a node keep their opset.
bool can_lift(const Graph& graph) {
  if (graph.opset < 7 || graph.opset > kNewestOpset) return false;
  for (const Node& node : graph.nodes) {
    if (!node.domain.empty()) continue;
    if (node.op == "GroupNormalization" && graph.opset < 21) return false;
    if (node.op == "BatchNormalization" && graph.opset < 9 && node.integer("spatial", 1) == 0) return false;
    if (node.op == "Upsample" || (node.op == "Resize" && graph.opset < 11)) {
      const Scales scales = former_scales(graph, node);
      if (!scales.known || (scales.smaller && scales.larger)) return false;
    }
    if (node.op == "Dropout" && graph.opset < 10 && node.outputs.size() > 1) return false;
    if (find_op(node.domain,
                node.op == "Upsample"  ? "Resize"
                : node.op == "Scatter" ? "ScatterElements"
                                       : node.op,
                kNewestOpset) == nullptr)
      return false;
  }
  return true;
}

}  // namespace

int canonicalize(Graph& graph) {
  if (graph.opset == kNewestOpset || !can_lift(graph)) return 0;
  Rewrite rewrite(graph);
  Lift lift{rewrite, graph.opset};
  const std::size_t count = graph.nodes.size();
  graph.nodes.reserve(3 * count + 64);
  for (std::size_t i = 0; i < count; ++i) lift.node(graph.nodes[i]);
  graph.opset = kNewestOpset;
  rewrite.sweep();
  return lift.changed + 1;
}

}  // namespace bondline::inference
