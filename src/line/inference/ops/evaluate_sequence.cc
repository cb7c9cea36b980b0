// Sequences of tensors and optionals: only evaluated, never compiled.
#include <memory>
#include <utility>

#include "line/inference/ops/evaluate_graph.h"
#include "line/inference/ops/invoke.h"
#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

struct Call {
  Evaluation& evaluation;
  const Graph& graph;
  const Node& node;
  Arguments in, captures;
  std::vector<RuntimeValue>* out;

  bool fail(std::string what) const { return evaluation.fail(to_string(node) + ": " + std::move(what)); }
  bool has(std::size_t i) const { return i < in.size() && in[i] != nullptr; }
  const std::vector<Tensor>* list(std::size_t i) const {
    return has(i) && in[i]->kind == ValueKind::sequence ? &in[i]->sequence : nullptr;
  }
  /// One integer of a tensor input.
  std::optional<std::int64_t> number(std::size_t i) const {
    if (!has(i) || in[i]->kind != ValueKind::tensor || in[i]->tensor.elements() != 1) return std::nullopt;
    const Tensor& t = in[i]->tensor;
    if (t.dtype != DType::i32 && t.dtype != DType::i64) return std::nullopt;
    return int_at(view_of(t), 0);
  }
  void give(Tensor tensor) const {
    out->emplace_back();
    out->back().tensor = std::move(tensor);
  }
  void give(std::vector<Tensor> sequence) const {
    out->emplace_back();
    out->back().kind = ValueKind::sequence;
    out->back().sequence = std::move(sequence);
  }
  /// A position in the list, counted from its end when negative; end itself only when allowed.
  bool position(std::size_t i, std::size_t size, bool end, std::size_t* at) const {
    const auto raw = number(i);
    if (!raw) return fail("the position must be one integer");
    const auto n = static_cast<std::int64_t>(size);
    const std::int64_t settled = *raw < 0 ? *raw + n : *raw;
    if (settled < 0 || settled > n || (settled == n && !end))
      return fail("position " + std::to_string(*raw) + " is out of range for " + std::to_string(n) +
                  " elements");
    *at = static_cast<std::size_t>(settled);
    return true;
  }
};

bool insert(const Call& call) {
  const auto* list = call.list(0);
  if (list == nullptr || !call.has(1)) return call.fail("takes a sequence and a tensor");
  std::size_t at = list->size();
  if (call.has(2) && !call.position(2, list->size(), true, &at)) return false;
  std::vector<Tensor> result = *list;
  result.insert(result.begin() + static_cast<std::ptrdiff_t>(at), call.in[1]->tensor);
  call.give(std::move(result));
  return true;
}

bool erase(const Call& call) {
  const auto* list = call.list(0);
  if (list == nullptr || list->empty()) return call.fail("takes a sequence with elements");
  std::size_t at = list->size() - 1;
  if (call.has(1) && !call.position(1, list->size(), false, &at)) return false;
  std::vector<Tensor> result = *list;
  result.erase(result.begin() + static_cast<std::ptrdiff_t>(at));
  call.give(std::move(result));
  return true;
}

bool at(const Call& call) {
  const auto* list = call.list(0);
  std::size_t place = 0;
  if (list == nullptr) return call.fail("takes a sequence");
  if (!call.position(1, list->size(), false, &place)) return false;
  call.give((*list)[place]);
  return true;
}

bool concat(const Call& call) {
  const auto* list = call.list(0);
  if (list == nullptr || list->empty()) return call.fail("takes a sequence with elements");
  const bool fresh = call.node.integer("new_axis", 0) != 0;
  const std::int64_t axis = call.node.integer("axis", 0);
  std::vector<Tensor> parts = *list;
  if (fresh)
    for (Tensor& part : parts) {
      std::size_t a = 0;
      std::string problem;
      if (!settle_axis(axis, part.shape.size() + 1, &a, &problem)) return call.fail(problem);
      part.shape.insert(part.shape.begin() + static_cast<std::ptrdiff_t>(a), 1);
    }
  Node join = call.node;
  join.op = "Concat";
  std::vector<const Tensor*> pointers;
  for (const Tensor& part : parts) pointers.push_back(&part);
  std::vector<Tensor> results;
  std::string problem;
  if (!invoke(join, call.graph.opset, pointers, {call.evaluation.options.max_bytes, &call.evaluation.work},
              &results, &problem))
    return call.fail(problem);
  call.give(std::move(results[0]));
  return true;
}

bool split(const Call& call) {
  if (!call.has(0) || call.in[0]->kind != ValueKind::tensor) return call.fail("takes a tensor");
  const Tensor& tensor = call.in[0]->tensor;
  std::size_t axis = 0;
  std::string problem;
  if (!settle_axis(call.node.integer("axis", 0), tensor.shape.size(), &axis, &problem))
    return call.fail(problem);
  const std::int64_t whole = tensor.shape[axis];
  std::vector<std::int64_t> sizes;
  const bool given = call.has(1);
  if (given && !call.in[1]->tensor.shape.empty()) {
    const OpTensor list = view_of(call.in[1]->tensor);
    if (list.dtype != DType::i64 && list.dtype != DType::i32) return call.fail("split must hold integers");
    for (std::int64_t i = 0; i < list.elements(); ++i) sizes.push_back(int_at(list, i));
  } else {
    const std::int64_t chunk = given ? call.number(1).value_or(0) : 1;
    if (chunk < 1) return call.fail("split must be positive");
    for (std::int64_t left = whole; left > 0; left -= std::min(left, chunk))
      sizes.push_back(std::min(left, chunk));
  }
  Node cut = call.node;
  cut.op = "Split";
  cut.outputs.assign(sizes.size(), 0);
  const Tensor list =
      Tensor::make(DType::i64, {static_cast<std::int64_t>(sizes.size())}, sizes.data(), sizes.size());
  const Tensor* pointers[] = {&tensor, &list};
  std::vector<Tensor> results;
  if (!invoke(cut, 13, pointers, {call.evaluation.options.max_bytes, &call.evaluation.work}, &results,
              &problem))
    return call.fail(problem);
  if (!given && call.node.integer("keepdims", 1) == 0)
    for (Tensor& part : results) part.shape.erase(part.shape.begin() + static_cast<std::ptrdiff_t>(axis));
  call.give(std::move(results));
  return true;
}

// The body runs once per element of the first sequence; other sequences go along, tensors are the same each
// time.
bool map(const Call& call) {
  const Attribute* found = call.node.find("body");
  const auto* body = found ? std::get_if<std::shared_ptr<const Graph>>(found) : nullptr;
  const auto* list = call.list(0);
  if (body == nullptr || list == nullptr) return call.fail("takes a sequence and a body");
  std::vector<std::vector<Tensor>> collected((*body)->outputs.size());
  std::vector<RuntimeValue> inputs, results;
  for (std::size_t i = 0; i < list->size(); ++i) {
    inputs.clear();
    for (std::size_t k = 0; k < call.in.size(); ++k) {
      inputs.emplace_back();
      const auto* other = call.list(k);
      if (!call.has(k) || (other != nullptr && i >= other->size()))
        return call.fail("its sequences differ in length");
      inputs.back().tensor = other ? (*other)[i] : call.in[k]->tensor;
    }
    if (++call.evaluation.iterations > call.evaluation.options.max_iterations)
      return call.fail("does not end within the limit of iterations");
    if (!evaluate_graph(call.evaluation, **body, inputs, call.captures, false, &results)) return false;
    for (std::size_t k = 0; k < collected.size(); ++k) collected[k].push_back(std::move(results[k].tensor));
  }
  for (auto& sequence : collected) call.give(std::move(sequence));
  return true;
}

bool construct(const Call& call) {
  std::vector<Tensor> list;
  for (std::size_t i = 0; i < call.in.size(); ++i) {
    if (!call.has(i) || call.in[i]->kind != ValueKind::tensor) return call.fail("takes tensors");
    list.push_back(call.in[i]->tensor);
  }
  call.give(std::move(list));
  return true;
}

bool length(const Call& call) {
  const auto* list = call.list(0);
  if (list == nullptr) return call.fail("takes a sequence");
  const auto n = static_cast<std::int64_t>(list->size());
  call.give(Tensor::make(DType::i64, {}, &n, 1));
  return true;
}

bool make_optional(const Call& call) {
  call.out->emplace_back();
  RuntimeValue& value = call.out->back();
  value.kind = ValueKind::optional;
  value.has_value = call.has(0);
  if (!call.has(0)) return true;
  value.holds_sequence = call.in[0]->kind == ValueKind::sequence;
  value.tensor = call.in[0]->tensor;
  value.sequence = call.in[0]->sequence;
  return true;
}

bool optional_has(const Call& call) {
  const std::uint8_t present =
      call.has(0) && (call.in[0]->kind != ValueKind::optional || call.in[0]->has_value) ? 1 : 0;
  call.give(Tensor::make(DType::boolean, {}, &present, 1));
  return true;
}

bool optional_get(const Call& call) {
  if (!call.has(0) || !call.in[0]->has_value) return call.fail("the optional is empty");
  call.out->push_back(*call.in[0]);
  RuntimeValue& value = call.out->back();
  if (value.kind == ValueKind::optional)
    value.kind = value.holds_sequence ? ValueKind::sequence : ValueKind::tensor;
  return true;
}

bool empty(const Call& call) {
  call.give(std::vector<Tensor>());
  return true;
}

bool identity(const Call& call) {
  call.out->push_back(*call.in[0]);
  return true;
}

struct Row {
  std::string_view op;
  bool (*run)(const Call&);
};
constexpr Row kRows[] = {{"SequenceEmpty", empty},
                         {"SequenceConstruct", construct},
                         {"SequenceInsert", insert},
                         {"SequenceErase", erase},
                         {"SequenceAt", at},
                         {"SequenceLength", length},
                         {"ConcatFromSequence", concat},
                         {"SplitToSequence", split},
                         {"SequenceMap", map},
                         {"Optional", make_optional},
                         {"OptionalHasElement", optional_has},
                         {"OptionalGetElement", optional_get}};

}  // namespace

std::optional<bool> evaluate_sequence(Evaluation& evaluation, const Graph& graph, const Node& node,
                                      Arguments in, Arguments captures, std::vector<RuntimeValue>* out) {
  if (!node.domain.empty()) return std::nullopt;
  const Call call{evaluation, graph, node, in, captures, out};
  if (node.op == "Identity" && call.has(0) && in[0]->kind != ValueKind::tensor) return identity(call);
  for (const Row& row : kRows)
    if (row.op == node.op) return row.run(call);
  return std::nullopt;
}

}  // namespace bondline::inference
