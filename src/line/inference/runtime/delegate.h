// How an accelerator takes part: when a model is loaded, each delegate is offered the steps in order, and
// takes runs of neighbouring steps it supports. Everything else stays on the processor. A delegate reads and
// writes the same arena, so nothing is copied between it and its neighbours unless it copies itself.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "line/inference/artefact/plan.h"

namespace bondline::inference {

/// Memory of one run: operand places are offsets into these.
struct RunMemory {
  std::byte* arena = nullptr;
  const std::byte* weights = nullptr;
  const void* const* inputs = nullptr;
  void* const* outputs = nullptr;

  /// First byte of an operand; null when it is absent. Inputs and weights must only be read.
  std::byte* at(const Operand& operand) const;
};

/// A subgraph made ready by a delegate. Shared by all streams of a model.
class DelegateProgram {
 public:
  virtual ~DelegateProgram() = default;
  /// Runs the subgraph; false when the device failed, which fails the run. Called from one thread per stream,
  /// possibly from several streams at once; must not allocate.
  virtual bool run(const RunMemory& memory) noexcept = 0;
};

class Delegate {
 public:
  virtual ~Delegate() = default;
  virtual std::string_view name() const = 0;
  /// Whether the delegate could run this step at all.
  virtual bool supports(const Step& step) const = 0;
  /// Takes neighbouring supported steps; null: not worth it, they stay on the processor. `steps` live as long
  /// as the model.
  virtual std::unique_ptr<DelegateProgram> take(std::span<const Step> steps) = 0;
};

/// The processor as a delegate's program: runs the steps with the kernels on the calling thread, for one
/// stream at a time. The reference for others. Null with *problem when a step is not valid. `weights`: the
/// artefact's.
std::unique_ptr<DelegateProgram> make_cpu_program(std::span<const Step> steps,
                                                  std::span<const std::byte> weights, std::string* problem);

}  // namespace bondline::inference
