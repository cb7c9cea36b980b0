// The evaluator's inner parts: graphs in graphs (If, Loop, Scan) and values that are not tensors (sequences).
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "line/inference/ops/evaluate.h"

namespace bondline::inference {

/// One evaluation of an outer graph: what it may still use, and what went wrong.
struct Evaluation {
  explicit Evaluation(const EvaluateOptions& given) : options(given), work(given.max_work) {}

  const EvaluateOptions& options;
  double work;                  ///< operations left
  std::size_t bytes = 0;        ///< alive in the frames now open
  std::int64_t iterations = 0;  ///< of all loops so far
  int depth = 0;
  std::string problem;  ///< with the node's name

  bool fail(std::string what) {
    if (problem.empty()) problem = std::move(what);
    return false;
  }
};

using Slots = std::vector<std::optional<RuntimeValue>>;

/// captured: a value for each of graph.captured that is not kNone.
bool evaluate_graph(Evaluation& evaluation, const Graph& graph, std::span<const RuntimeValue> inputs,
                    std::span<const RuntimeValue* const> captured, bool outermost,
                    std::vector<RuntimeValue>* outputs);

/// nullopt: not one of these nodes. Inputs are null where left out.
using Arguments = std::span<const RuntimeValue* const>;
std::optional<bool> evaluate_control(Evaluation& evaluation, const Graph& graph, const Node& node,
                                     Arguments in, Arguments captures, std::vector<RuntimeValue>* out);
std::optional<bool> evaluate_sequence(Evaluation& evaluation, const Graph& graph, const Node& node,
                                      Arguments in, Arguments captures, std::vector<RuntimeValue>* out);

}  // namespace bondline::inference
