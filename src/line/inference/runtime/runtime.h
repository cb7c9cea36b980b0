// Runs compiled models. Loading checks the artefact once (checksums, every description against the kernels,
// the processor's features) and maps its weights; streams share them and own only an arena. After a stream is
// made nothing allocates, takes a lock or faults a page: a run is a list of calls of functions with pointers.
//
//   base::Diagnostics problems;
//   auto model = Model::load("yunet.blm", {}, problems);          // null: problems say why
//   auto stream = Stream::make(model, {.threads = 2}, problems);
//   stream->run(inputs, outputs);                                   // pointers to the caller's dense buffers
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "line/inference/artefact/plan.h"

namespace bondline::inference {

class Delegate;
struct LoadOptions {
  /// Accelerators that may take steps, asked in order; the processor runs what none takes. Not owned; must
  /// outlive the model.
  std::vector<Delegate*> delegates;
};

/// A loaded model: immutable, shared by any number of streams and threads.
class Model {
 public:
  /// Null with errors: unreadable, damaged, made for another version or another processor.
  static std::shared_ptr<const Model> load(const std::string& path, const LoadOptions& options,
                                           base::Diagnostics& diagnostics);
  /// The same from bytes that are copied.
  static std::shared_ptr<const Model> load(std::span<const std::byte> bytes, const std::string& name,
                                           const LoadOptions& options, base::Diagnostics& diagnostics);
  ~Model();
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  const Plan& plan() const;
  const std::vector<Port>& inputs() const { return plan().inputs; }
  const std::vector<Port>& outputs() const { return plan().outputs; }
  std::uint64_t weights_bytes() const;
  /// Who runs a step: "cpu" or a delegate's name.
  std::string_view runner_of(std::size_t step) const;

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  explicit Model(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct StreamOptions {
  int threads = 1;  ///< including the caller; more than the usable cores are refused
};

enum class RunStatus : std::uint8_t {
  done,
  late,     ///< done, but after its deadline
  dropped,  ///< not started: the deadline had passed
  failed,   ///< the data made an operator fail (an index out of range); see Stream::problem()
};

/// What a stream did so far.
struct StreamCounters {
  std::uint64_t runs = 0, late = 0, dropped = 0, failed = 0;
  std::uint64_t alone = 0;  ///< steps run without the helpers because the machine was crowded
};

/// One sequence of inferences. Not to be used by two threads at once; different streams are independent.
class Stream {
 public:
  using Clock = std::chrono::steady_clock;

  /// Null with an error when threads exceed the usable cores or memory is short. Touches every page of the
  /// arena and runs nothing.
  static std::unique_ptr<Stream> make(std::shared_ptr<const Model> model, const StreamOptions& options,
                                      base::Diagnostics& diagnostics);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Buffers in the order of the model's ports, dense, of Port::bytes() each, aligned to their element type.
  /// With a deadline a run that could only start late is dropped, and one that ends late is counted.
  RunStatus run(std::span<const void* const> inputs, std::span<void* const> outputs,
                std::optional<Clock::time_point> deadline = std::nullopt) noexcept;

  /// As run(), with the nanoseconds of every step of the plan in `step_ns` (as many as the plan has steps):
  /// of this thread's processor time where the stream has one thread, so that other programs do not count,
  /// else of wall time.
  RunStatus run_timed(std::span<const void* const> inputs, std::span<void* const> outputs,
                      std::span<std::uint64_t> step_ns) noexcept;

  const StreamCounters& counters() const;
  /// Why the last run failed; empty otherwise.
  const std::string& problem() const;
  const Model& model() const;
  int threads() const;

 private:
  struct Impl;
  explicit Stream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Memory a stream takes beside the shared weights, in bytes.
std::uint64_t stream_bytes(const Model& model, int threads);

}  // namespace bondline::inference
