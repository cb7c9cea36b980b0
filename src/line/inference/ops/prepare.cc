#include "line/inference/ops/prepare.h"

#include <algorithm>
#include <deque>
#include <exception>
#include <set>
#include <utility>

#include "line/inference/graph/check.h"
#include "line/inference/ops/evaluate_graph.h"
#include "line/inference/ops/invoke.h"
#include "line/inference/ops/support.h"
#include "line/inference/ops/work.h"

namespace bondline::inference {

namespace {

constexpr std::size_t kMostInlined = 1'000'000;  ///< nodes of branches taken

class Preparation {
 public:
  Preparation(Graph& graph, const PrepareOptions& options, base::Diagnostics& diagnostics)
      : graph_(graph), options_(options), diagnostics_(diagnostics) {}

  bool run() {
    if (!fix_inputs()) return false;
    std::deque<Node> waiting(std::make_move_iterator(graph_.nodes.begin()),
                             std::make_move_iterator(graph_.nodes.end()));
    graph_.nodes.clear();
    while (!waiting.empty()) {
      Node node = std::move(waiting.front());
      waiting.pop_front();
      if (!take_branch(node, &waiting)) settle(std::move(node));
    }
    note_producers();
    check_outputs();
    if (errors_ != 0) return false;
    compact(graph_);
    return true;
  }

 private:
  bool fix_inputs();
  bool take_branch(const Node& node, std::deque<Node>* waiting);
  void settle(Node node);
  bool fold(const Node& node);
  void refuse(const Node& node, const std::string& why);
  void note_producers();
  void check_outputs();

  bool constant(ValueId id) const { return id == kNone || graph_.value(id).constant.has_value(); }
  bool all_constant(const Node& node) const {
    for (const ValueId id : node.inputs)
      if (!constant(id)) return false;
    for (const ValueId id : node.captures)
      if (!constant(id)) return false;
    return true;
  }
  void error(const std::string& what, const std::string& mend) {
    ++errors_;
    diagnostics_.error({options_.file, 0, 0}, what, mend);
  }

  Graph& graph_;
  const PrepareOptions& options_;
  base::Diagnostics& diagnostics_;
  std::set<ValueId> unknown_;  ///< made by refused nodes
  std::size_t errors_ = 0, inlined_ = 0;
  double work_left_ = options_.max_folded_work;
  std::map<ValueId, Shape> declared_;
};

bool Preparation::fix_inputs() {
  for (const auto& [name, shape] : options_.input_shapes) {
    bool found = false;
    for (const ValueId id : graph_.inputs) found = found || graph_.value(id).name == name;
    if (!found) error("the model has no input \"" + name + "\"", "");
  }
  for (const ValueId id : graph_.inputs) {
    Value& input = graph_.value(id);
    if (input.kind != ValueKind::tensor) {
      error("input \"" + input.name + "\" is a sequence or optional, which cannot be compiled",
            "export the model with plain tensors");
      continue;
    }
    const auto given = options_.input_shapes.find(input.name);
    if (given != options_.input_shapes.end()) {
      bool fits = !input.shape || input.shape->size() == given->second.size();
      for (std::size_t d = 0; fits && input.shape && d < given->second.size(); ++d)
        fits = given->second[d] >= 0 && ((*input.shape)[d] < 0 || (*input.shape)[d] == given->second[d]);
      if (!fits)
        error("input \"" + input.name + "\" has shape " + to_string(*input.shape) + ", not " +
                  to_string(given->second),
              "only what the model leaves free (?) can be given; export it with free dimensions for others");
      input.shape = given->second;
      continue;
    }
    if (!input.shape) {
      error("input \"" + input.name + "\" has no shape", "give its shape");
      continue;
    }
    for (std::size_t d = 0; d < input.shape->size(); ++d) {
      std::int64_t& size = (*input.shape)[d];
      if (size >= 0) continue;
      if (d == 0 && options_.dynamic_dimension > 0) {
        size = options_.dynamic_dimension;
        diagnostics_.note({options_.file, 0, 0}, "input \"" + input.name + "\" has a free batch dimension; " +
                                                     std::to_string(size) + " is taken");
      } else {
        error("input \"" + input.name + "\" of shape " + to_string(*input.shape) + " leaves dimension " +
                  std::to_string(d) + " free",
              "give its shape");
        break;
      }
    }
  }
  for (const ValueId id : graph_.outputs)
    if (graph_.value(id).shape) declared_[id] = *graph_.value(id).shape;
  return errors_ == 0;
}

// An If whose condition is known becomes the nodes of its branch, then an Identity per output.
bool Preparation::take_branch(const Node& node, std::deque<Node>* waiting) {
  if (node.op != "If" || !node.domain.empty() || node.inputs.size() != 1 || node.inputs[0] == kNone)
    return false;
  const auto& condition = graph_.value(node.inputs[0]).constant;
  if (!condition || condition->dtype != DType::boolean || condition->elements() != 1) return false;
  const Attribute* found = node.find(*condition->data<std::uint8_t>() != 0 ? "then_branch" : "else_branch");
  const auto* held = found ? std::get_if<std::shared_ptr<const Graph>>(found) : nullptr;
  if (held == nullptr || (*held)->outputs.size() != node.outputs.size() || inlined_ > kMostInlined)
    return false;
  const Graph& branch = **held;
  inlined_ += branch.nodes.size();
  std::vector<ValueId> to(branch.values.size(), kNone);
  for (std::size_t i = 0; i < branch.captured.size(); ++i)
    if (branch.captured[i] != kNone) to[static_cast<std::size_t>(branch.captured[i])] = node.captures[i];
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (to[i] != kNone) continue;
    Value copy = branch.values[i];
    copy.producer = kNone;
    to[i] = graph_.add(std::move(copy));
  }
  const auto mapped = [&](std::vector<ValueId> ids) {
    for (ValueId& id : ids)
      if (id != kNone) id = to[static_cast<std::size_t>(id)];
    return ids;
  };
  for (std::size_t i = node.outputs.size(); i-- > 0;) {
    if (node.outputs[i] == kNone) continue;
    Node pass;
    pass.op = "Identity";
    pass.name = node.name + "/output_" + std::to_string(i);
    pass.inputs = mapped({branch.outputs[i]});
    pass.outputs = {node.outputs[i]};
    pass.byte_offset = node.byte_offset;
    waiting->push_front(std::move(pass));
  }
  for (std::size_t i = branch.nodes.size(); i-- > 0;) {
    Node copy = branch.nodes[i];
    copy.name = node.name + "/" + copy.name;
    copy.inputs = mapped(copy.inputs);
    copy.outputs = mapped(copy.outputs);
    copy.captures = mapped(copy.captures);
    waiting->push_front(std::move(copy));
  }
  return true;
}

void Preparation::refuse(const Node& node, const std::string& why) {
  std::string mend;
  for (const ValueId id : node.inputs)
    if (id != kNone && !constant(id)) {
      mend = "cut the model at tensor \"" + graph_.value(id).name + "\", before " + to_string(node) +
             ", and run the rest outside";
      break;
    }
  error(to_string(node) + " at byte " + std::to_string(node.byte_offset) + ": " + why, mend);
  for (const ValueId id : node.outputs)
    if (id != kNone) unknown_.insert(id);
}

// Runs a node all of whose inputs are constants; false when that fails, which refuses the node.
bool Preparation::fold(const Node& node) {
  std::vector<RuntimeValue> values(node.inputs.size() + node.captures.size());
  std::vector<const RuntimeValue*> in, captures;
  std::vector<const Tensor*> tensors;
  const auto argument = [&](ValueId id, RuntimeValue* place) -> const RuntimeValue* {
    if (id == kNone) return nullptr;
    place->tensor = *graph_.value(id).constant;
    return place;
  };
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    in.push_back(argument(node.inputs[i], &values[i]));
    tensors.push_back(in.back() ? &in.back()->tensor : nullptr);
  }
  for (std::size_t i = 0; i < node.captures.size(); ++i)
    captures.push_back(argument(node.captures[i], &values[node.inputs.size() + i]));
  EvaluateOptions limits;
  limits.max_bytes = options_.max_folded_bytes;
  limits.max_iterations = 100'000;
  limits.max_work = work_left_;
  Evaluation evaluation{limits};
  std::vector<RuntimeValue> made;
  std::vector<Tensor> results;
  std::string problem;
  if (const auto done = evaluate_control(evaluation, graph_, node, in, captures, &made)) {
    if (!*done) {
      refuse(node, evaluation.problem);
      return false;
    }
    work_left_ = evaluation.work;
    for (RuntimeValue& value : made) results.push_back(std::move(value.tensor));
  } else if (!invoke(node, graph_.opset_of(node.domain), tensors, {options_.max_folded_bytes, &work_left_},
                     &results, &problem)) {
    refuse(node, problem);
    return false;
  }
  for (std::size_t i = 0; i < node.outputs.size() && i < results.size(); ++i) {
    if (node.outputs[i] == kNone) continue;
    Value& value = graph_.value(node.outputs[i]);
    value.dtype = results[i].dtype;
    value.shape = results[i].shape;
    value.constant = std::move(results[i]);
  }
  return true;
}

void Preparation::settle(Node node) {
  // A node without outputs does nothing.
  if (std::all_of(node.outputs.begin(), node.outputs.end(), [](ValueId id) { return id == kNone; })) return;
  const std::int64_t opset = graph_.opset_of(node.domain);
  const bool control = node.domain.empty() && (node.op == "If" || node.op == "Loop" || node.op == "Scan");
  const bool downstream =
      std::any_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) { return unknown_.contains(id); });
  if (downstream) {  // of a refused node: without types, but what no types could mend is said as well
    std::string why;
    if (!control && find_op(node.domain, node.op, opset) == nullptr) {
      refuse(node, "the operator is not supported");
    } else if (!control && !check_attributes(node, opset, &why)) {
      refuse(node, why);
    }
    for (const ValueId out : node.outputs)
      if (out != kNone) unknown_.insert(out);
    return;
  }
  if (control) {
    if (all_constant(node))
      fold(node);
    else
      refuse(node, "control flow that depends on data is not supported");
    return;
  }
  std::vector<ValueType> in, out;
  std::string problem;
  for (const ValueId id : node.inputs) {
    if (id == kNone) {
      in.emplace_back();
      continue;
    }
    const Value& value = graph_.value(id);
    in.push_back({value.dtype, value.shape.value_or(Shape{}), value.constant ? &*value.constant : nullptr});
  }
  const bool sequence = node.op.find("Sequence") != std::string::npos || node.op.starts_with("Optional");
  if (sequence && find_op(node.domain, node.op, opset) == nullptr && node.op != "ReverseSequence") {
    refuse(node, "sequences and optionals are not supported");
    return;
  }
  if (!infer_node(node, opset, in, &out, &problem)) {
    refuse(node, problem);
    return;
  }
  const OpInfo* info = find_op(node.domain, node.op, opset);
  // The shape is known here, whatever the data are.
  if (node.domain.empty() && (node.op == "Shape" || node.op == "Size") && !constant(node.inputs[0])) {
    std::vector<std::int64_t> shape = in[0].shape,
                              result(static_cast<std::size_t>(elements_of(out[0].shape)));
    const OpTensor argument{in[0].dtype, shape, nullptr};
    const OpTensor target{DType::i64, out[0].shape, result.data()};
    info->run({node, opset, {&argument, 1}, {&target, 1}, {}}, &problem);
    Value& value = graph_.value(node.outputs[0]);
    value.dtype = DType::i64;
    value.shape = out[0].shape;
    value.constant = Tensor::make(DType::i64, out[0].shape, result.data(), result.size());
    return;
  }
  std::int64_t bytes = 0;
  for (const ValueType& type : out)
    if (type.present()) bytes += elements_of(type.shape) * static_cast<std::int64_t>(size_of(type.dtype));
  const bool random = !info->compilable && (node.op.starts_with("Random") || node.op == "Bernoulli");
  const bool kept = options_.keep_quantized && node.op == "DequantizeLinear";
  const bool affordable = work_of(node, in, out) <= work_left_;
  if (all_constant(node) && !random && !kept && affordable &&
      static_cast<std::size_t>(bytes) <= options_.max_folded_bytes) {
    fold(node);
    return;
  }
  if (!info->compilable) {
    refuse(node, random ? "random numbers are not supported" : "its output's shape or text depends on data");
    return;
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (node.outputs[i] == kNone) continue;
    Value& value = graph_.value(node.outputs[i]);
    value.dtype = out[i].dtype;
    value.shape = std::move(out[i].shape);
  }
  graph_.nodes.push_back(std::move(node));
}

void Preparation::note_producers() {
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i)
    for (const ValueId id : graph_.nodes[i].outputs)
      if (id != kNone) graph_.value(id).producer = static_cast<NodeId>(i);
  for (Value& value : graph_.values)
    if (value.constant) value.producer = kNone;
}

void Preparation::check_outputs() {
  for (const auto& [id, declared] : declared_) {
    const Value& output = graph_.value(id);
    if (unknown_.contains(id) || !output.shape) continue;
    bool fits = declared.size() == output.shape->size();
    for (std::size_t d = 0; fits && d < declared.size(); ++d)
      fits = declared[d] < 0 || declared[d] == (*output.shape)[d];
    if (!fits && options_.input_shapes.empty())
      diagnostics_.warning({options_.file, 0, 0}, "output \"" + output.name + "\" is declared as " +
                                                      to_string(declared) + " but has shape " +
                                                      to_string(*output.shape));
  }
}

}  // namespace

bool prepare(Graph& graph, const PrepareOptions& options, base::Diagnostics& diagnostics) {
  try {
    return Preparation(graph, options, diagnostics).run();
  } catch (const std::exception& problem) {
    diagnostics.error({options.file, 0, 0}, std::string("the model cannot be prepared: ") + problem.what());
    return false;
  }
}

}  // namespace bondline::inference
