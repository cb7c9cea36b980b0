#include "line/inference/ops/evaluate.h"

#include <exception>
#include <utility>

#include "line/inference/ops/evaluate_graph.h"

namespace bondline::inference {

namespace {

bool fits(const Value& input, const RuntimeValue& given) {
  if (input.kind != given.kind) return false;
  if (input.kind != ValueKind::tensor) return true;
  if (input.dtype != given.tensor.dtype) return false;
  if (!input.shape) return true;
  if (input.shape->size() != given.tensor.shape.size()) return false;
  for (std::size_t i = 0; i < input.shape->size(); ++i)
    if ((*input.shape)[i] >= 0 && (*input.shape)[i] != given.tensor.shape[i]) return false;
  return true;
}

std::string describe(DType dtype, const std::optional<Shape>& shape) {
  return std::string(name_of(dtype)) + (shape ? " " + to_string(*shape) : "");
}

bool check_inputs(const Graph& graph, std::span<const RuntimeValue> inputs, base::Diagnostics& diagnostics) {
  if (inputs.size() != graph.inputs.size()) {
    diagnostics.error({}, "the model takes " + std::to_string(graph.inputs.size()) + " inputs, " +
                              std::to_string(inputs.size()) + " are given");
    return false;
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Value& input = graph.value(graph.inputs[i]);
    if (fits(input, inputs[i])) continue;
    diagnostics.error({},
                      "input \"" + input.name + "\" is " + describe(input.dtype, input.shape) + ", " +
                          describe(inputs[i].tensor.dtype, inputs[i].tensor.shape) + " is given",
                      "convert or resize the input");
    return false;
  }
  return true;
}

}  // namespace

std::optional<std::vector<RuntimeValue>> evaluate(const Graph& graph, std::span<const RuntimeValue> inputs,
                                                  base::Diagnostics& diagnostics,
                                                  const EvaluateOptions& options) {
  if (!check_inputs(graph, inputs, diagnostics)) return std::nullopt;
  try {
    Evaluation evaluation{options};
    std::vector<RuntimeValue> outputs;
    if (evaluate_graph(evaluation, graph, inputs, {}, true, &outputs)) return outputs;
    diagnostics.error({}, evaluation.problem);
  } catch (const std::exception& problem) {
    diagnostics.error({}, std::string("the model cannot be evaluated: ") + problem.what());
  }
  return std::nullopt;
}

std::optional<std::vector<Tensor>> evaluate(const Graph& graph, std::span<const Tensor> inputs,
                                            base::Diagnostics& diagnostics, const EvaluateOptions& options) {
  std::vector<RuntimeValue> values(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) values[i].tensor = inputs[i];
  auto results = evaluate(graph, std::span<const RuntimeValue>(values), diagnostics, options);
  if (!results) return std::nullopt;
  std::vector<Tensor> tensors;
  for (RuntimeValue& result : *results) {
    if (result.kind != ValueKind::tensor) {
      diagnostics.error({}, "the model has an output that is not a tensor");
      return std::nullopt;
    }
    tensors.push_back(std::move(result.tensor));
  }
  return tensors;
}

}  // namespace bondline::inference
