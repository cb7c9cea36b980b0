#include "line/inference/runtime/execute.h"

#include <cstring>

namespace bondline::inference {

std::byte* RunMemory::at(const Operand& operand) const {
  switch (operand.space) {
    case Space::none:
      return nullptr;
    case Space::arena:
      return arena + operand.offset;
    case Space::weights:
      return const_cast<std::byte*>(weights) + operand.offset;
    case Space::input:
      return const_cast<std::byte*>(static_cast<const std::byte*>(inputs[operand.index])) + operand.offset;
    case Space::output:
      return static_cast<std::byte*>(outputs[operand.index]) + operand.offset;
  }
  return nullptr;
}

namespace runtime {
namespace {

bool run_generic(const Bound& bound, const Generic& g, const RunMemory& memory, Workspace& workspace,
                 std::string* problem) {
  const Step& step = *bound.step;
  const std::size_t n = step.operands.size();
  for (std::size_t i = 0; i < n; ++i) {
    const Operand& o = step.operands[i];
    workspace.tensors[i] = o.space == Space::none ? OpTensor{} : OpTensor{o.dtype, g.shapes[i], memory.at(o)};
  }
  const std::span<const OpTensor> all(workspace.tensors.data(), n);
  if (g.op->run({step.node, step.opset, all.first(step.generic_inputs), all.subspan(step.generic_inputs),
                 workspace.scratch},
                problem)) {
    return true;
  }
  problem->insert(0, to_string(step.node) + ": ");
  return false;
}

bool has_weights(StepKind kind) {
  return kind == StepKind::conv_int8 || kind == StepKind::conv_f32 || kind == StepKind::conv_pair_int8;
}

}  // namespace

void look_ahead(std::span<Bound> steps) {
  const Operand* next = nullptr;
  for (std::size_t i = steps.size(); i-- > 0;) {
    steps[i].ahead = next;
    if (has_weights(steps[i].step->kind)) next = &steps[i].step->operands[1];
  }
}

bool execute(const Bound& bound, const RunMemory& memory, std::int64_t first, std::int64_t last,
             Workspace& workspace, std::string* problem) noexcept {
  const std::vector<Operand>& o = bound.step->operands;
  const auto at = [&](std::size_t i) { return memory.at(o[i]); };
  const auto table = [&](std::size_t i) { return reinterpret_cast<const std::uint8_t*>(at(i)); };
  void* scratch = workspace.scratch.data();
  const void* ahead = bound.ahead ? memory.at(*bound.ahead) : nullptr;
  const std::size_t ahead_bytes = bound.ahead ? bound.ahead->bytes : 0;
  switch (bound.step->kind) {
    case StepKind::conv_int8:
      kernels::run(std::get<kernels::ConvInt8>(bound.description),
                   {at(0), at(1), at(2), at(3), table(4), ahead, ahead_bytes}, first, last, scratch);
      return true;
    case StepKind::conv_f32:
      kernels::run(std::get<kernels::ConvF32>(bound.description),
                   {at(0), at(1), at(2), at(3), nullptr, ahead, ahead_bytes}, first, last, scratch);
      return true;
    case StepKind::conv_pair_int8: {
      kernels::ConvPairBuffers b;
      b.in = at(0);
      b.first_packed = at(1);
      b.first_table = table(4);
      b.second = {nullptr, at(2), at(3), at(6), table(5), ahead, ahead_bytes};
      kernels::run(std::get<kernels::ConvPairInt8>(bound.description), b, first, last, scratch);
      return true;
    }
    case StepKind::pool:
      kernels::run(std::get<kernels::Pool>(bound.description), at(0), at(1), first, last);
      return true;
    case StepKind::elementwise:
      kernels::run(std::get<kernels::Elementwise>(bound.description), at(0), at(1), at(2), first, last);
      return true;
    case StepKind::unary:
      kernels::run(std::get<kernels::Unary>(bound.description), at(0), table(2), at(1), first, last);
      return true;
    case StepKind::convert:
      kernels::run(std::get<kernels::Convert>(bound.description), at(0), at(1), first, last);
      return true;
    case StepKind::resize: {
      kernels::ResizeTables tables;
      tables.lower = reinterpret_cast<const std::int32_t*>(at(2));
      tables.upper = reinterpret_cast<const std::int32_t*>(at(3));
      tables.weight = reinterpret_cast<const float*>(at(4));
      kernels::run(std::get<kernels::Resize>(bound.description), at(0), tables, at(1), first, last);
      return true;
    }
    case StepKind::softmax:
      kernels::run(std::get<kernels::Softmax>(bound.description), at(0), at(1), first, last);
      return true;
    case StepKind::dfl:
      kernels::run(std::get<kernels::Dfl>(bound.description), at(0), reinterpret_cast<float*>(at(1)), first,
                   last);
      return true;
    case StepKind::layer_norm:
      kernels::run(std::get<kernels::LayerNorm>(bound.description), reinterpret_cast<const float*>(at(0)),
                   reinterpret_cast<const float*>(at(2)), reinterpret_cast<const float*>(at(3)),
                   reinterpret_cast<float*>(at(1)), first, last);
      return true;
    case StepKind::conv_transpose:
      kernels::run(std::get<kernels::ConvTransposeF32>(bound.description),
                   reinterpret_cast<const float*>(at(0)), reinterpret_cast<const float*>(at(1)),
                   reinterpret_cast<const float*>(at(3)), reinterpret_cast<float*>(at(2)), first, last);
      return true;
    case StepKind::lookup:
      kernels::run(std::get<kernels::Convert>(bound.description), at(0), at(2), first, last,
                   reinterpret_cast<const float*>(at(1)));
      return true;
    case StepKind::copy:
      if (o[0].bytes != 0) std::memmove(at(1), at(0), o[0].bytes);  // of nothing there may be no address
      return true;
    case StepKind::generic:
      return run_generic(bound, std::get<Generic>(bound.description), memory, workspace, problem);
    case StepKind::arg_max:
      break;
  }
  return false;
}

}  // namespace runtime
}  // namespace bondline::inference
