// If, Loop, Scan: nodes whose work is a subgraph.
#include <limits>
#include <memory>
#include <utility>

#include "line/inference/ops/evaluate_graph.h"
#include "line/inference/ops/invoke.h"
#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

const Graph* graph_of(const Node& node, std::string_view attribute) {
  const Attribute* found = node.find(attribute);
  const auto* graph = found ? std::get_if<std::shared_ptr<const Graph>>(found) : nullptr;
  return graph ? graph->get() : nullptr;
}

Tensor scalar(DType dtype, const void* value) {
  return Tensor::make(dtype, {}, value, 1);
}

std::optional<bool> truth(const RuntimeValue* value) {
  if (value == nullptr || value->kind != ValueKind::tensor || value->tensor.dtype != DType::boolean ||
      value->tensor.elements() != 1)
    return std::nullopt;
  return *value->tensor.data<std::uint8_t>() != 0;
}

// Tensors of one type laid behind each other along `axis`, a new dimension; none: an empty float tensor.
bool stack(const std::vector<Tensor>& parts, std::int64_t axis, bool backwards, Tensor* out,
           std::string* problem) {
  if (parts.empty()) {
    *out = Tensor::make(DType::f32, {0}, nullptr, 0);
    return true;
  }
  const Tensor& first = parts[0];
  std::size_t a = 0;
  if (!settle_axis(axis, first.shape.size() + 1, &a, problem)) return false;
  for (const Tensor& part : parts)
    if (part.dtype != first.dtype || part.shape != first.shape)
      return fail(problem, "iterations make different shapes");
  out->dtype = first.dtype;
  out->shape = first.shape;
  out->shape.insert(out->shape.begin() + static_cast<std::ptrdiff_t>(a),
                    static_cast<std::int64_t>(parts.size()));
  const auto outer = static_cast<std::size_t>(product(first.shape, 0, a));
  const auto inner = static_cast<std::size_t>(product(first.shape, a, first.shape.size()));
  const auto part_of = [&](std::size_t i) -> const Tensor& {
    return parts[backwards ? parts.size() - 1 - i : i];
  };
  if (first.dtype == DType::string) {
    for (std::size_t o = 0; o < outer; ++o)
      for (std::size_t i = 0; i < parts.size(); ++i)
        out->strings.insert(out->strings.end(),
                            part_of(i).strings.begin() + static_cast<std::ptrdiff_t>(o * inner),
                            part_of(i).strings.begin() + static_cast<std::ptrdiff_t>((o + 1) * inner));
    return true;
  }
  auto bytes = std::make_shared<std::vector<std::byte>>();
  const std::size_t row = inner * size_of(first.dtype);
  bytes->reserve(outer * row * parts.size());
  for (std::size_t o = 0; o < outer; ++o)
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto* from = part_of(i).bytes->data() + o * row;
      bytes->insert(bytes->end(), from, from + row);
    }
  out->bytes = std::move(bytes);
  return true;
}

Tensor slice(const Tensor& tensor, std::size_t axis, std::int64_t index) {
  Tensor out;
  out.dtype = tensor.dtype;
  out.shape = tensor.shape;
  out.shape.erase(out.shape.begin() + static_cast<std::ptrdiff_t>(axis));
  const std::int64_t outer = product(tensor.shape, 0, axis), n = tensor.shape[axis];
  const std::int64_t inner = product(tensor.shape, axis + 1, tensor.shape.size());
  auto bytes = std::make_shared<std::vector<std::byte>>();
  const auto row = static_cast<std::size_t>(inner) * size_of(tensor.dtype);
  for (std::int64_t o = 0; o < outer; ++o) {
    if (tensor.dtype == DType::string) {
      const auto from = tensor.strings.begin() + static_cast<std::ptrdiff_t>((o * n + index) * inner);
      out.strings.insert(out.strings.end(), from, from + static_cast<std::ptrdiff_t>(inner));
      continue;
    }
    const auto* from = tensor.bytes->data() + static_cast<std::size_t>(o * n + index) * row;
    bytes->insert(bytes->end(), from, from + row);
  }
  out.bytes = std::move(bytes);
  return out;
}

bool run_if(Evaluation& evaluation, const Node& node, Arguments in, Arguments captures,
            std::vector<RuntimeValue>* out) {
  const auto condition = truth(in.empty() ? nullptr : in[0]);
  if (!condition) return evaluation.fail(to_string(node) + ": the condition must be one bool");
  const Graph* branch = graph_of(node, *condition ? "then_branch" : "else_branch");
  if (branch == nullptr) return evaluation.fail(to_string(node) + " has no branch");
  return evaluate_graph(evaluation, *branch, {}, captures, false, out);
}

// Loop(M, cond, carried...) -> carried..., scan outputs; the body takes (i, cond, carried...) and makes
// (cond, carried..., scan elements...).
bool run_loop(Evaluation& evaluation, const Node& node, Arguments in, Arguments captures,
              std::vector<RuntimeValue>* out) {
  const Graph* body = graph_of(node, "body");
  if (body == nullptr || body->inputs.size() < 2 || in.size() < 2 || body->inputs.size() != in.size())
    return evaluation.fail(to_string(node) + ": its body and its inputs do not fit together");
  const std::size_t carried = in.size() - 2;
  if (body->outputs.size() < carried + 1)
    return evaluation.fail(to_string(node) + ": its body has too few outputs");
  std::int64_t trips = std::numeric_limits<std::int64_t>::max();
  if (in[0] != nullptr) {
    if (in[0]->tensor.dtype != DType::i64 || in[0]->tensor.elements() != 1)
      return evaluation.fail(to_string(node) + ": the trip count must be one int64");
    trips = *in[0]->tensor.data<std::int64_t>();
  }
  bool go = in[1] == nullptr || truth(in[1]).value_or(true);
  std::vector<RuntimeValue> state(carried), inputs, results;
  for (std::size_t i = 0; i < carried; ++i) {
    if (in[i + 2] == nullptr) return evaluation.fail(to_string(node) + ": a carried value is missing");
    state[i] = *in[i + 2];
  }
  const std::size_t scans = body->outputs.size() - 1 - carried;
  std::vector<std::vector<Tensor>> collected(scans);
  std::size_t held = 0;
  for (std::int64_t i = 0; go && i < trips; ++i) {
    if (++evaluation.iterations > evaluation.options.max_iterations)
      return evaluation.fail(to_string(node) + " does not end within the limit of iterations");
    const std::uint8_t on = 1;
    inputs.assign(2, {});
    inputs[0].tensor = scalar(DType::i64, &i);
    inputs[1].tensor = scalar(DType::boolean, &on);
    inputs.insert(inputs.end(), state.begin(), state.end());
    if (!evaluate_graph(evaluation, *body, inputs, captures, false, &results)) return false;
    go = truth(&results[0]).value_or(false);
    for (std::size_t k = 0; k < carried; ++k) state[k] = results[k + 1];
    for (std::size_t k = 0; k < scans; ++k) {
      held += results[carried + 1 + k].tensor.bytes ? results[carried + 1 + k].tensor.bytes->size() : 64;
      collected[k].push_back(std::move(results[carried + 1 + k].tensor));
    }
    if (held > evaluation.options.max_bytes)
      return evaluation.fail(to_string(node) + ": what its iterations make needs more memory than the limit");
  }
  *out = std::move(state);
  for (std::size_t k = 0; k < scans; ++k) {
    out->emplace_back();
    std::string problem;
    if (!stack(collected[k], 0, false, &out->back().tensor, &problem))
      return evaluation.fail(to_string(node) + ": " + problem);
    // Without an iteration the type and shape are the body's own.
    const Value& element = body->value(body->outputs[carried + 1 + k]);
    if (collected[k].empty() && element.dtype != DType::undefined) {
      Shape shape = element.shape.value_or(Shape{});
      for (std::int64_t& size : shape) size = std::max<std::int64_t>(size, 0);
      shape.insert(shape.begin(), 0);
      out->back().tensor = Tensor::make(element.dtype, shape, nullptr, 0);
    }
  }
  return true;
}

std::int64_t entry(Ints list, std::size_t i) {
  return i < list.size() ? list[i] : 0;
}

// Scan (opset 9 on): state values, then inputs that are cut into slices along an axis.
bool run_scan(Evaluation& evaluation, const Node& node, Arguments in, Arguments captures,
              std::vector<RuntimeValue>* out) {
  const Graph* body = graph_of(node, "body");
  const std::int64_t scanned = node.integer("num_scan_inputs", 0);
  if (body == nullptr || scanned < 1 || scanned > static_cast<std::int64_t>(in.size()) ||
      body->inputs.size() != in.size())
    return evaluation.fail(to_string(node) + ": its body and its inputs do not fit together");
  const std::size_t states = in.size() - static_cast<std::size_t>(scanned);
  if (body->outputs.size() < states)
    return evaluation.fail(to_string(node) + ": its body has too few outputs");
  const Ints axes = ints_of(node, "scan_input_axes"), directions = ints_of(node, "scan_input_directions");
  std::vector<RuntimeValue> state, inputs, results;
  std::vector<std::size_t> axis(static_cast<std::size_t>(scanned), 0);
  std::int64_t length = -1;
  std::string problem;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (in[i] == nullptr || in[i]->kind != ValueKind::tensor)
      return evaluation.fail(to_string(node) + ": an input is missing");
    if (i < states) {
      state.push_back(*in[i]);
      continue;
    }
    const Shape& shape = in[i]->tensor.shape;
    if (!settle_axis(entry(axes, i - states), shape.size(), &axis[i - states], &problem))
      return evaluation.fail(to_string(node) + ": " + problem);
    const std::int64_t n = shape[axis[i - states]];
    if (length >= 0 && n != length)
      return evaluation.fail(to_string(node) + ": its inputs have different lengths");
    length = n;
  }
  const std::size_t made = body->outputs.size() - states;
  std::vector<std::vector<Tensor>> collected(made);
  for (std::int64_t t = 0; t < length; ++t) {
    if (++evaluation.iterations > evaluation.options.max_iterations)
      return evaluation.fail(to_string(node) + " does not end within the limit of iterations");
    inputs = state;
    for (std::size_t k = 0; k < axis.size(); ++k) {
      inputs.emplace_back();
      inputs.back().tensor =
          slice(in[states + k]->tensor, axis[k], entry(directions, k) != 0 ? length - 1 - t : t);
    }
    if (!evaluate_graph(evaluation, *body, inputs, captures, false, &results)) return false;
    for (std::size_t k = 0; k < states; ++k) state[k] = results[k];
    for (std::size_t k = 0; k < made; ++k) collected[k].push_back(std::move(results[states + k].tensor));
  }
  *out = std::move(state);
  const Ints out_axes = ints_of(node, "scan_output_axes"),
             out_directions = ints_of(node, "scan_output_directions");
  for (std::size_t k = 0; k < made; ++k) {
    out->emplace_back();
    if (!stack(collected[k], entry(out_axes, k), entry(out_directions, k) != 0, &out->back().tensor,
               &problem))
      return evaluation.fail(to_string(node) + ": " + problem);
  }
  return true;
}

}  // namespace

std::optional<bool> evaluate_control(Evaluation& evaluation, const Graph& graph, const Node& node,
                                     Arguments in, Arguments captures, std::vector<RuntimeValue>* out) {
  if (!node.domain.empty()) return std::nullopt;
  if (node.op == "If") return run_if(evaluation, node, in, captures, out);
  if (node.op == "Loop") return run_loop(evaluation, node, in, captures, out);
  if (node.op == "Scan") {
    if (graph.opset < 9)
      return evaluation.fail(to_string(node) +
                             ": Scan of opset 8 is not supported; export with opset 9 or later");
    return run_scan(evaluation, node, in, captures, out);
  }
  return std::nullopt;
}

}  // namespace bondline::inference
