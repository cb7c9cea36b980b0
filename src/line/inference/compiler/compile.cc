#include "line/inference/compiler/compile.h"

#include <fmt/format.h>

#include "line/inference/compiler/lowering.h"
#include "line/inference/compiler/passes.h"
#include "line/inference/ops/prepare.h"

namespace bondline::inference {

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
  if (diagnostics.has_errors()) return std::nullopt;
  if (options.fuse) {
    lowering::fold_into_convolutions(graph);
    lowering::distribute_over_concats(graph);
  }
  lowering::Lowering lowered(graph, options, quantised, diagnostics);
  if (!lowered.run() || diagnostics.has_errors()) return std::nullopt;
  lowering::Program& program = lowered.program;
  lowering::drop_dead(program);
  if (options.fuse) {
    lowering::fuse(program);
    lowering::fuse_pairs(program);
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
  for (const Step& step : out.plan.steps) out.plan.macs += step.macs;
  out.plan.nodes = nodes;
  out.plan.fused = nodes > out.plan.steps.size() ? nodes - out.plan.steps.size() : 0;
  out.weights = std::move(program.weights);
  return out;
}

}  // namespace bondline::inference
