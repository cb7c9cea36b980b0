#include "line/inference/compiler/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "line/inference/compiler/lowering.h"
#include "line/inference/compiler/passes.h"
#include "line/inference/ops/prepare.h"
#include "line/inference/ops/simplify/simplify.h"

namespace bondline::inference {

namespace {

/// A weight that is not a number makes every result one: better said now, with the node's name.
bool refuse_nan_weights(const Graph& graph, const std::string& file, base::Diagnostics& diagnostics) {
  static const std::set<std::string, std::less<>> kWeighted = {
      "Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "FusedConv", "FusedGemm"};
  bool fine = true;
  for (const Node& node : graph.nodes) {
    if (!kWeighted.contains(node.op)) continue;
    for (std::size_t i = 1; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == kNone) continue;
      const Value& v = graph.value(node.inputs[i]);
      if (!v.constant || v.constant->dtype != DType::f32) continue;
      const float* first = v.constant->data<float>();
      const auto n = v.constant->elements();
      const float* bad = std::find_if(first, first + n, [](float w) { return std::isnan(w); });
      if (bad == first + n) continue;
      diagnostics.error({file},
                        fmt::format("{} at byte {}: element {} of its weights \"{}\" is NaN", to_string(node),
                                    node.byte_offset, bad - first, v.name),
                        "export the model again from sound weights");
      fine = false;
    }
  }
  return fine;
}

/// Kernels count the elements of a plane in 32 bits.
bool refuse_huge_values(const Graph& graph, const std::string& file, base::Diagnostics& diagnostics) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  const auto refuse = [&](ValueId id, const std::string& whose) {
    const Value& v = graph.value(id);
    diagnostics.error({file},
                      fmt::format("{}\"{}\" of shape {} has more than {} elements", whose, v.name,
                                  to_string(*v.shape), kMost),
                      "compile the model with a smaller --shape, or cut it before");
    return false;
  };
  const auto huge = [&](ValueId id) {
    return id != kNone && graph.value(id).shape && elements_of(*graph.value(id).shape) > kMost;
  };
  for (const ValueId id : graph.inputs) {
    if (huge(id)) return refuse(id, "input ");
  }
  for (const Node& node : graph.nodes) {
    for (const ValueId id : node.outputs) {
      if (huge(id)) return refuse(id, to_string(node) + ": its output ");
    }
  }
  return true;
}

}  // namespace

std::optional<Compiled> compile(Graph graph, const CompileOptions& options, base::Diagnostics& diagnostics) {
  const std::size_t nodes = graph.nodes.size();
  lowering::expand_quantised_operators(graph);
  // Preparing folds constants, the integer weights of quantised models among them: remember those first.
  const auto quantised = lowering::find_quantised_constants(graph);
  PrepareOptions prepare_options;
  prepare_options.file = options.file;
  prepare_options.input_shapes = options.input_shapes;
  if (!prepare(graph, prepare_options, diagnostics)) return std::nullopt;
  for (const ValueId id : graph.inputs) {
    const auto& v = graph.value(id);
    if (size_of(v.dtype) != 0 && v.shape && elements_of(*v.shape) >= 0) continue;
    diagnostics.error({options.file}, fmt::format("input \"{}\" has no fixed numeric type and shape", v.name),
                      fmt::format("give it one: --shape {}=1,3,224,224", v.name));
  }
  if (!refuse_nan_weights(graph, options.file, diagnostics)) return std::nullopt;
  for (const ValueId id : graph.outputs) {
    if (size_of(graph.value(id).dtype) != 0) continue;
    diagnostics.error({options.file}, fmt::format("output \"{}\" is {}, not numbers", graph.value(id).name,
                                                  name_of(graph.value(id).dtype)));
  }
  if (diagnostics.has_errors() || !refuse_huge_values(graph, options.file, diagnostics)) return std::nullopt;
  if (options.fuse) {
    simplify(graph);
    lowering::fold_into_convolutions(graph);
    lowering::distribute_over_concats(graph);
    lowering::join_siblings(graph, quantised, options.isa);
  }
  lowering::Lowering lowered(graph, options, quantised, diagnostics);
  if (!lowered.run() || diagnostics.has_errors()) return std::nullopt;
  lowering::Program& program = lowered.program;
  lowering::drop_dead(program);
  if (options.fuse) {
    lowering::fuse(program);
    lowering::fuse_pairs(program);
    lowering::sum_in_place(program);
  }
  Compiled out;
  out.plan.model = graph.name;
  out.plan.producer = graph.producer;
  out.plan.isa = std::string(kernels::name_of(options.isa));
  out.plan.layout = kernels::kLayoutVersion;
  out.plan.inputs = program.inputs;
  out.plan.outputs = program.outputs;
  out.plan.arena_bytes = lowering::plan_memory(program, &out.plan.lower_bound_bytes);
  out.plan.steps = lowering::emit_steps(program, options.tune, &out.plan.scratch_bytes);
  if (const auto most = std::max(out.plan.arena_bytes, out.plan.scratch_bytes); most > kMostArenaBytes) {
    diagnostics.error(
        {options.file},
        fmt::format("the model needs {} bytes of working memory; {} is the most", most, kMostArenaBytes),
        "compile it with a smaller --shape");
    return std::nullopt;
  }
  for (const Step& step : out.plan.steps) out.plan.macs += step.macs;
  out.plan.nodes = nodes;
  out.plan.fused = nodes > out.plan.steps.size() ? nodes - out.plan.steps.size() : 0;
  out.weights = std::move(program.weights);
  return out;
}

}  // namespace bondline::inference
