// A step bound to its kernel: checked once, then called with memory. Internal to the runtime.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "line/inference/artefact/plan.h"
#include "line/inference/kernels/kernels.h"
#include "line/inference/ops/ops.h"
#include "line/inference/runtime/delegate.h"

namespace bondline::inference::runtime {

/// A generic step with its types resolved.
struct Generic {
  const OpInfo* op = nullptr;
  std::vector<Shape> shapes;
};

struct Bound {
  const Step* step = nullptr;
  std::variant<std::monostate, kernels::ConvInt8, kernels::ConvF32, kernels::ConvPairInt8, kernels::Pool,
               kernels::Elementwise, kernels::Unary, kernels::Convert, kernels::Resize, kernels::Softmax,
               kernels::Dfl, kernels::LayerNorm, kernels::ConvTransposeF32, Generic>
      description;
  std::int64_t items = 1;          ///< work items
  std::int64_t chunks = 1;         ///< parts offered to threads
  const Operand* ahead = nullptr;  ///< the packed weights of the next convolution, if there is one
};

/// Tells every step which weights are needed after it.
void look_ahead(std::span<Bound> steps);

/// Empty when the step is sound: description of the right size and accepted by the kernel, instruction set
/// there, operands as many and as large as the kernel touches, outputs not in read-only memory, generic nodes
/// with the types inference gives. Else why not.
std::string bind(const Step& step, std::span<const std::byte> weights, Bound* bound);

/// Scratch of one thread and, for generic steps, room for operands.
struct Workspace {
  std::span<std::byte> scratch;
  std::vector<OpTensor> tensors;  ///< as many as the widest generic step has operands
};

/// Runs work items [first, last) of the step. false with *problem when the data breaks a generic operator.
bool execute(const Bound& bound, const RunMemory& memory, std::int64_t first, std::int64_t last,
             Workspace& workspace, std::string* problem) noexcept;

}  // namespace bondline::inference::runtime
