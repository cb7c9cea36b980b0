// Runs a graph node by node with the portable operators: slow, simple, the reference for everything faster.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "line/inference/graph/graph.h"

namespace bondline::inference {

/// What a value is while a graph is evaluated: a tensor, a sequence of tensors, or an optional that holds one
/// or neither.
struct RuntimeValue {
  ValueKind kind = ValueKind::tensor;
  Tensor tensor;                 ///< of a tensor, or held by an optional
  std::vector<Tensor> sequence;  ///< of a sequence, or held by an optional
  bool has_value = true;         ///< false: an empty optional
  bool holds_sequence = false;   ///< an optional of a sequence
};

struct EvaluateOptions {
  /// Called for every tensor a node of the outer graph makes, in order: calibration, layer-by-layer
  /// comparison.
  std::function<void(const Graph&, ValueId, const Tensor&)> watch;
  /// Refused beyond this many bytes alive at once, so that a hostile Loop or Expand cannot exhaust the box.
  std::size_t max_bytes = std::size_t{4} << 30;
  /// Refused beyond this many loop iterations over all.
  std::int64_t max_iterations = 1'000'000;
  /// Refused beyond this many operations over all (work.h), about an hour of them.
  double max_work = 1e13;
};

/// Outputs in the order of graph.outputs for inputs in the order of graph.inputs; nullopt with an error
/// naming the node otherwise. Inputs of the wrong element type or shape are refused by name.
std::optional<std::vector<RuntimeValue>> evaluate(const Graph& graph, std::span<const RuntimeValue> inputs,
                                                  base::Diagnostics& diagnostics,
                                                  const EvaluateOptions& options = {});

/// The same for graphs of tensors only.
std::optional<std::vector<Tensor>> evaluate(const Graph& graph, std::span<const Tensor> inputs,
                                            base::Diagnostics& diagnostics,
                                            const EvaluateOptions& options = {});

}  // namespace bondline::inference
