#include "line/inference/compiler/lowering.h"

#include <fmt/format.h>

#include <algorithm>

#include "line/inference/ops/ops.h"

namespace bondline::inference::lowering {

Lowering::Lowering(const Graph& graph, const CompileOptions& options, const QuantisedConstants& quantised,
                   base::Diagnostics& diagnostics)
    : graph_(graph), options_(options), quantised_(quantised), diagnostics_(diagnostics) {
  program.isa = options.isa;
  consumers_.resize(graph.values.size());
  done_.resize(graph.nodes.size());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const ValueId id : graph.nodes[i].inputs) {
      if (id != kNone) consumers_[static_cast<std::size_t>(id)].push_back(static_cast<NodeId>(i));
    }
  }
}

const Tensor* Lowering::constant_of(ValueId id) const {
  if (id == kNone) return nullptr;
  const auto& constant = graph_.value(id).constant;
  return constant ? &*constant : nullptr;
}

std::vector<const Node*> Lowering::consumers(ValueId id) const {
  std::vector<const Node*> out;
  for (const NodeId n : consumers_[static_cast<std::size_t>(id)]) {
    out.push_back(&graph_.nodes[static_cast<std::size_t>(n)]);
  }
  return out;
}

bool Lowering::is_output(ValueId id) const {
  return std::find(graph_.outputs.begin(), graph_.outputs.end(), id) != graph_.outputs.end();
}

/// Whether a value is known to have no element.
bool Lowering::is_empty(ValueId id) const {
  return id != kNone && graph_.value(id).shape && elements_of(*graph_.value(id).shape) == 0;
}

/// A node all of whose outputs are empty needs no step: its outputs have nothing to be computed.
bool Lowering::lower_empty(const Node& node) {
  for (const ValueId id : node.outputs) {
    if (id == kNone) continue;
    const Id nothing = program.make(value(id).dtype, 1, 1, 1, 0);
    (value(id).dtype == DType::i8 ? value(id).raw : value(id).plain) = nothing;
  }
  return true;
}

bool Lowering::lower(const Node& node) {
  if (std::any_of(node.outputs.begin(), node.outputs.end(), [&](ValueId o) { return is_empty(o); })) {
    const bool all = std::all_of(node.outputs.begin(), node.outputs.end(),
                                 [&](ValueId o) { return o == kNone || is_empty(o); });
    return all ? lower_empty(node) : lower_generic(node);
  }
  if (std::any_of(node.inputs.begin(), node.inputs.end(), [&](ValueId i) { return is_empty(i); }))
    return lower_generic(node);  // the fast forms work on planes of at least one element
  static const std::map<std::string, Method, std::less<>> kMethods = {
      {"QuantizeLinear", &Lowering::lower_quantize},
      {"DequantizeLinear", &Lowering::lower_dequantize},
      {"Conv", &Lowering::lower_conv},
      {"FusedConv", &Lowering::lower_conv},
      {"ConvTranspose", &Lowering::lower_conv_transpose},
      {"Gemm", &Lowering::lower_product},
      {"MatMul", &Lowering::lower_product},
      {"FusedGemm", &Lowering::lower_product},
      {"MaxPool", &Lowering::lower_pool},
      {"AveragePool", &Lowering::lower_pool},
      {"GlobalAveragePool", &Lowering::lower_pool},
      {"GlobalMaxPool", &Lowering::lower_pool},
      {"ReduceMean", &Lowering::lower_pool},
      {"Resize", &Lowering::lower_resize},
      {"Upsample", &Lowering::lower_resize},
      {"Softmax", &Lowering::lower_softmax},
      {"LogSoftmax", &Lowering::lower_softmax},
      {"LayerNormalization", &Lowering::lower_layer_norm},
      {"Concat", &Lowering::lower_concat},
      {"Split", &Lowering::lower_split},
      {"Slice", &Lowering::lower_slice},
      {"Reshape", &Lowering::lower_reshape},
      {"Flatten", &Lowering::lower_reshape},
      {"Squeeze", &Lowering::lower_reshape},
      {"Unsqueeze", &Lowering::lower_reshape},
      {"Identity", &Lowering::lower_reshape},
      {"Dropout", &Lowering::lower_reshape},
      {"Transpose", &Lowering::lower_transpose},
      {"Add", &Lowering::lower_binary},
      {"Sub", &Lowering::lower_binary},
      {"Mul", &Lowering::lower_binary},
      {"Div", &Lowering::lower_binary},
      {"Max", &Lowering::lower_binary},
      {"Min", &Lowering::lower_binary},
      {"Pow", &Lowering::lower_binary},
  };
  if (node.op != "QuantizeLinear" && node.op != "DequantizeLinear" && fold_into_table(node)) return true;
  // The fast forms make the first output; only a Split makes more.
  const bool single =
      !node.outputs.empty() && node.outputs[0] != kNone &&
      std::all_of(node.outputs.begin() + 1, node.outputs.end(), [](ValueId o) { return o == kNone; });
  const auto method = kMethods.find(node.op);
  if (method != kMethods.end() && (single || node.op == "Split") && (this->*method->second)(node))
    return true;
  if (lower_unary(node)) return true;
  return lower_generic(node);
}

bool Lowering::lower_generic(const Node& node) {
  const auto refuse = [&](const std::string& what) {
    diagnostics_.error({options_.file}, fmt::format("{}: {}", to_string(node), what),
                       "cut the model before this node and compute it outside");
    return false;
  };
  const OpInfo* op = find_op(node.domain, node.op, graph_.opset_of(node.domain));
  if (op == nullptr || op->run == nullptr) return refuse("the operator is not supported");
  if (!op->compilable) return refuse("the operator cannot be a step of a compiled model");
  Op made;
  made.kind = StepKind::generic;
  made.name = node.name;
  made.words = node.op;
  made.node = &node;
  made.opset = graph_.opset_of(node.domain);
  std::vector<OpTensor> in, out;
  for (const ValueId id : node.inputs) {
    if (id == kNone) {
      made.in.push_back(kNone);
      made.shapes.push_back({});
      in.push_back({});
      continue;
    }
    const Id view_id = as_plain(id);
    if (view_id == kNone)
      return refuse(fmt::format("its input \"{}\" has no compiled form", graph_.value(id).name));
    made.in.push_back(view_id);
    made.shapes.push_back(value(id).shape);
  }
  for (const ValueId id : node.outputs) {
    if (id == kNone) {
      made.out.push_back(kNone);
      made.shapes.push_back({});
      continue;
    }
    if (!graph_.value(id).shape)
      return refuse(fmt::format("the shape of \"{}\" is not known", graph_.value(id).name));
    const Id view_id = program.make(value(id).dtype, 1, 1, 1, elements_of(value(id).shape));
    if (value(id).dtype == DType::i8) {
      value(id).raw = view_id;
    } else {
      set_plain(id, view_id);
    }
    made.out.push_back(view_id);
    made.shapes.push_back(value(id).shape);
  }
  if (op->scratch != nullptr) {
    in.clear();
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      in.push_back(node.inputs[i] == kNone ? OpTensor{}
                                           : OpTensor{value(node.inputs[i]).dtype, made.shapes[i], nullptr});
    }
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      const auto& shape = made.shapes[node.inputs.size() + i];
      out.push_back(node.outputs[i] == kNone ? OpTensor{}
                                             : OpTensor{value(node.outputs[i]).dtype, shape, nullptr});
    }
    made.scratch = op->scratch(node, made.opset, in, out);
  }
  emit(std::move(made));
  return true;
}

bool Lowering::finish_outputs() {
  std::vector<Id> taken;
  for (std::size_t i = 0; i < graph_.outputs.size(); ++i) {
    const ValueId id = graph_.outputs[i];
    const Id view_id = as_plain(id);
    if (view_id == kNone) {
      diagnostics_.error({options_.file},
                         fmt::format("output \"{}\" has no compiled form", graph_.value(id).name));
      return false;
    }
    const View v = program.view(view_id);
    Buffer& memory = program.buffer(v.buffer);
    const bool free = memory.parent == kNone && memory.space == Space::arena &&
                      std::find(taken.begin(), taken.end(), v.buffer) == taken.end();
    if (free && program.settle(view_id) && program.is_whole(program.view(view_id))) {
      memory.space = Space::output;
      memory.index = static_cast<std::uint32_t>(i);
      memory.dense = true;
      taken.push_back(v.buffer);
      continue;
    }
    Op copy;
    copy.kind = StepKind::copy;
    copy.name = graph_.value(id).name;
    copy.words = "output";
    const Id out = program.make(value(id).dtype, 1, 1, 1, v.elements());
    program.buffer_of(out).space = Space::output;
    program.buffer_of(out).index = static_cast<std::uint32_t>(i);
    taken.push_back(program.view(out).buffer);
    copy.in = {view_id};
    copy.out = {out};
    emit(std::move(copy));
  }
  return true;
}

bool Lowering::run() {
  bool good = true;
  for (const auto& v : graph_.values) {
    add_value(v.dtype, v.shape.value_or(Shape{}));
    program.values.back().constant = v.constant ? &*v.constant : nullptr;
  }
  for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
    const ValueId id = graph_.inputs[i];
    const Id view_id = program.make(value(id).dtype, 1, 1, 1, elements_of(value(id).shape));
    program.buffer_of(view_id).space = Space::input;
    program.buffer_of(view_id).index = static_cast<std::uint32_t>(i);
    (value(id).dtype == DType::i8 ? value(id).raw : value(id).plain) = view_id;
    program.inputs.push_back({graph_.value(id).name, value(id).dtype, value(id).shape});
  }
  for (const ValueId id : graph_.outputs) {
    program.outputs.push_back({graph_.value(id).name, value(id).dtype, value(id).shape});
  }
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    if (!done_[i]) good = lower(graph_.nodes[i]) && good;
  }
  return good && finish_outputs();
}

}  // namespace bondline::inference::lowering
