// From a graph to a running stream in a line, for tests.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "line/inference/compiler/compile.h"
#include "line/inference/runtime/runtime.h"

namespace bondline::inference::testing {

/// Instruction sets this processor runs, the portable one first.
std::vector<kernels::Isa> sets_here();

/// The artefact's bytes; empty with *why when the graph is refused.
std::vector<std::byte> artefact_of(const Graph& graph, const CompileOptions& options,
                                   std::string* why = nullptr);

/// Null with *why when it is refused.
std::shared_ptr<const Model> load(std::span<const std::byte> bytes, std::string* why = nullptr,
                                  const LoadOptions& options = {});
/// Compiled for the best set here and loaded; fails the test otherwise.
std::shared_ptr<const Model> model_of(const Graph& graph,
                                      const CompileOptions& options = {
                                          "test.onnx", {}, kernels::best_isa(), false, true});

/// Outputs for dense inputs; empty when the run fails (*why).
std::vector<Tensor> run(Stream& stream, std::span<const Tensor> inputs, std::string* why = nullptr);
std::vector<Tensor> run(const std::shared_ptr<const Model>& model, std::span<const Tensor> inputs,
                        int threads = 1);

/// The portable evaluator's answer; fails the test when it refuses.
std::vector<Tensor> reference(const Graph& graph, std::span<const Tensor> inputs);

/// Largest and mean |a - b| over all outputs, and largest |b|.
struct Gap {
  double error = 0, mean = 0, largest = 0;
};
Gap gap(std::span<const Tensor> a, std::span<const Tensor> b);
bool same_bits(std::span<const Tensor> a, std::span<const Tensor> b);

}  // namespace bondline::inference::testing
