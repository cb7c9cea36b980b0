// From a network as ONNX means it to a plan that runs without decisions: nodes fused into kernels,
// activations laid out channels-last, concatenations and splits turned into views, every byte of the arena
// placed, weights packed for the instruction set. docs/inference.md walks through it with one model.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "line/inference/artefact/plan.h"
#include "line/inference/graph/graph.h"
#include "line/inference/kernels/kernels.h"

namespace bondline::inference {

struct CompileOptions {
  std::string file = "model.onnx";            ///< for messages
  std::map<std::string, Shape> input_shapes;  ///< by input name; fixes unknown dimensions
  kernels::Isa isa = kernels::Isa::portable;  ///< what the artefact is made for; see kernels::best_isa()
  /// Time the kernel variants on this machine (one that runs `isa`) instead of using the cost model, and run
  /// an integer convolution in float32 where that, conversions included, is faster here.
  bool tune = false;
  bool fuse = true;  ///< false: one step per node, for finding a fault
};

struct Compiled {
  Plan plan;
  std::vector<std::byte> weights;  ///< constants the plan's operands point into
};

/// nullopt with one error per node that cannot be compiled: its name, operator, attribute and where the model
/// could be cut. The same graph and options give the same bytes, unless `tune` is set.
std::optional<Compiled> compile(Graph graph, const CompileOptions& options, base::Diagnostics& diagnostics);

}  // namespace bondline::inference
