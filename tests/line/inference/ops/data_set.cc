#include "data_set.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

#include "line/inference/graph/check.h"
#include "line/inference/onnx/read.h"
#include "line/inference/onnx/wire.h"
#include "line/inference/ops/invoke.h"
#include "line/inference/ops/prepare.h"
#include "line/inference/ops/simplify/simplify.h"
#include "line/inference/ops/support.h"

namespace bondline::inference::testing {

namespace {

namespace fs = std::filesystem;

std::span<const std::byte> as_bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

// SequenceProto: name 1, elem_type 2, tensor_values 3. OptionalProto: name 1, elem_type 2, tensor 3,
// sequence 5.
bool read_sequence(std::span<const std::byte> bytes, RuntimeValue* value) {
  base::Diagnostics ignored;
  Message message(bytes, 0);
  value->kind = ValueKind::sequence;
  for (Field f; message.next(&f);)
    if (f.number == 3) {
      auto tensor = read_tensor_proto(f.bytes, {}, ignored);
      if (!tensor) return false;
      value->sequence.push_back(std::move(*tensor));
    }
  return message.problem() == nullptr;
}

bool read_optional(std::span<const std::byte> bytes, RuntimeValue* value) {
  base::Diagnostics ignored;
  Message message(bytes, 0);
  value->kind = ValueKind::optional;
  value->has_value = false;
  for (Field f; message.next(&f);) {
    if (f.number == 3) {
      auto tensor = read_tensor_proto(f.bytes, {}, ignored);
      if (!tensor) return false;
      value->tensor = std::move(*tensor);
      value->has_value = true;
    } else if (f.number == 5) {
      if (!read_sequence(f.bytes, value)) return false;
      value->holds_sequence = value->has_value = true;
    }
    value->kind = ValueKind::optional;
  }
  return message.problem() == nullptr;
}

bool read_value(const std::string& path, const Value& declared, RuntimeValue* value, std::string* why) {
  const ValueKind kind = declared.kind;
  const std::string bytes = slurp(path);
  bool fine = true;
  if (kind == ValueKind::sequence) {
    fine = read_sequence(as_bytes(bytes), value);
  } else if (kind == ValueKind::optional) {
    fine = read_optional(as_bytes(bytes), value);
  } else {
    base::Diagnostics diagnostics;
    auto tensor = read_tensor_proto(as_bytes(bytes), {}, diagnostics);
    fine = tensor.has_value();
    if (fine) value->tensor = std::move(*tensor);
    if (!fine) *why = base::to_text(diagnostics.all().at(0));
  }
  // numpy, which wrote the files, has no bfloat16: they hold its bits as uint16.
  if (declared.dtype == DType::bf16 && value->tensor.dtype == DType::u16) value->tensor.dtype = DType::bf16;
  if (!fine && why->empty()) *why = "a test file cannot be read";
  return fine;
}

void note_ops(const Graph& graph, std::set<std::string>* ops) {
  for (const Node& node : graph.nodes) {
    ops->insert(node.domain.empty() ? node.op : node.domain + "." + node.op);
    for (const NamedAttribute& attribute : node.attributes)
      if (const auto* sub = std::get_if<std::shared_ptr<const Graph>>(&attribute.value)) note_ops(**sub, ops);
  }
}

// All inputs but the first become constants, as exporters write shapes and weights.
void bind(std::vector<RuntimeValue>* inputs, Graph* graph) {
  for (std::size_t i = inputs->size(); i-- > 0;) {
    const ValueId id = graph->inputs[i];
    const RuntimeValue& given = (*inputs)[i];
    if (given.kind != ValueKind::tensor) continue;
    graph->value(id).shape = given.tensor.shape;
    if (i == 0) continue;
    graph->value(id).constant = given.tensor;
    graph->inputs.erase(graph->inputs.begin() + static_cast<std::ptrdiff_t>(i));
    inputs->erase(inputs->begin() + static_cast<std::ptrdiff_t>(i));
  }
}

Answer evaluated(const Graph& graph, std::span<const RuntimeValue> inputs) {
  base::Diagnostics diagnostics;
  const auto outputs = evaluate(graph, inputs, diagnostics);
  if (outputs) return {*outputs, "", false};
  const std::string why = base::to_text(diagnostics.all().back());
  return {{}, why, why.find("not supported") != std::string::npos};
}

Answer prepared(Graph graph, std::span<const RuntimeValue> inputs, bool simplified) {
  base::Diagnostics diagnostics;
  if (!prepare(graph, {}, diagnostics)) return {{}, base::to_text(diagnostics.all().at(0)), true};
  if (simplified) simplify(graph);
  const std::string broken = broken_promise(graph);
  if (!broken.empty()) return {{}, "a pass broke a promise: " + broken, false};
  return evaluated(graph, inputs);
}

std::string compare(const RuntimeValue& got, const RuntimeValue& wanted, bool random) {
  if (got.kind != wanted.kind) return "another kind of value";
  if (got.kind == ValueKind::optional) {
    if (got.has_value != wanted.has_value || got.holds_sequence != wanted.holds_sequence)
      return "another optional";
    if (!got.has_value) return "";
  }
  if (got.kind == ValueKind::sequence || got.holds_sequence) {
    if (got.sequence.size() != wanted.sequence.size()) return "a sequence of another length";
    for (std::size_t i = 0; i < got.sequence.size(); ++i)
      if (std::string why = difference(got.sequence[i], wanted.sequence[i], 1e-3, 1e-5); !why.empty())
        return why;
    return "";
  }
  if (random) {
    const bool alike = got.tensor.dtype == wanted.tensor.dtype && got.tensor.shape == wanted.tensor.shape;
    return alike ? "" : "another type or shape of random numbers";
  }
  // ONNX's tests allow 1e-3 relative and ONNX Runtime's 1e-5 absolute; binary16 has 11 bits, bfloat16 8,
  // which the files' writer cut off where we round.
  if (wanted.tensor.dtype == DType::bf16) return difference(got.tensor, wanted.tensor, 8e-3, 1e-3);
  return difference(got.tensor, wanted.tensor, 1e-3, wanted.tensor.dtype == DType::f16 ? 1e-3 : 1e-5);
}

}  // namespace

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string difference(const Tensor& got, const Tensor& wanted, double relative, double absolute) {
  if (got.dtype != wanted.dtype)
    return "type " + std::string(name_of(got.dtype)) + " instead of " + std::string(name_of(wanted.dtype));
  if (got.shape != wanted.shape)
    return "shape " + to_string(got.shape) + " instead of " + to_string(wanted.shape);
  if (got.dtype == DType::string) return got.strings == wanted.strings ? "" : "other strings";
  if (!is_float(got.dtype)) relative = absolute = 0;
  const OpTensor a = view_of(got), b = view_of(wanted);
  for (std::int64_t i = 0; i < got.elements(); ++i) {
    const double x = real_at(a, i), y = real_at(b, i);
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    if (!(std::abs(x - y) <= absolute + relative * std::abs(y)))
      return "element " + std::to_string(i) + " is " + std::to_string(x) + " instead of " + std::to_string(y);
  }
  return "";
}

Way way_of(Route route) {
  if (route == Route::read) return {false, evaluated};
  const bool simplified = route == Route::simplified;
  return {true, [simplified](const Graph& graph, std::span<const RuntimeValue> inputs) {
            return prepared(graph, inputs, simplified);
          }};
}

CaseResult run_case(const std::string& folder, const Way& way) {
  CaseResult result;
  base::Diagnostics diagnostics;
  ReadOptions options;
  options.file = folder;
  options.oldest_opset = 1;
  const std::string file = slurp(folder + "/model.onnx");
  auto graph = read_onnx(as_bytes(file), options, diagnostics);
  const auto stop = [&](const std::string& why, bool refused) {
    result.outcome = refused ? Outcome::refused : Outcome::failed;
    result.why = why;
    return result;
  };
  if (!graph) {
    const std::string why = base::to_text(diagnostics.all().at(0));
    return stop(why, why.find("not supported") != std::string::npos);
  }
  // Some files declare other shapes than their data have.
  for (const ValueId id : graph->inputs) graph->value(id).shape.reset();
  std::set<std::string> ops;
  note_ops(*graph, &ops);
  result.ops.assign(ops.begin(), ops.end());
  const bool random = ops.contains("Bernoulli") || ops.contains("RandomUniformLike");
  for (int set = 0; fs::exists(folder + "/test_data_set_" + std::to_string(set)); ++set) {
    const std::string data = folder + "/test_data_set_" + std::to_string(set);
    std::vector<RuntimeValue> inputs(graph->inputs.size());
    std::string why;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (!read_value(data + "/input_" + std::to_string(i) + ".pb", graph->value(graph->inputs[i]),
                      &inputs[i], &why))
        return stop(why, false);
    Graph ready = *graph;
    if (way.bind) bind(&inputs, &ready);
    const Answer answer = way.run(ready, inputs);
    if (!answer.why.empty()) return stop(answer.why, answer.refused);
    for (std::size_t i = 0; i < answer.outputs.size(); ++i) {
      const std::string path = data + "/output_" + std::to_string(i) + ".pb";
      if (!fs::exists(path)) continue;
      RuntimeValue wanted;
      if (!read_value(path, graph->value(graph->outputs[i]), &wanted, &why)) return stop(why, false);
      why = compare(answer.outputs[i], wanted, random);
      if (!why.empty()) return stop("output " + std::to_string(i) + ": " + why, false);
    }
  }
  result.outcome = Outcome::passed;
  return result;
}

}  // namespace bondline::inference::testing
