#include <fmt/format.h>
#include <time.h>

#include <algorithm>

#include "base/parallel.h"
#include "line/inference/runtime/model_impl.h"
#include "line/inference/runtime/runtime.h"
#include "line/inference/runtime/team.h"

namespace bondline::inference {
namespace {

std::uint64_t aligned(std::uint64_t bytes) {
  return (bytes + 63) / 64 * 64;
}

/// Parts of a step: enough that a slow thread does not hold up the rest, few where the step is short.
std::uint32_t chunks_of(const runtime::Bound& bound, int threads) {
  const Step& step = *bound.step;
  if (threads == 1 || bound.items <= 1) return 1;
  // Below some 10 us on one core a hand-off costs more than it gains.
  if (step.macs < 500'000 && step.bytes < 100'000) return 1;
  return static_cast<std::uint32_t>(std::min<std::int64_t>(bound.items, 4 * threads));
}

}  // namespace

struct Stream::Impl {
  std::shared_ptr<const Model> model;
  runtime::Pages memory_pages;
  std::vector<runtime::Workspace> workspaces;
  std::vector<std::uint32_t> chunks;
  RunMemory memory;
  StreamCounters counters;
  std::string problem;
  std::unique_ptr<runtime::Team> team;

  bool chunk(int helper, std::uint32_t step, std::uint32_t chunk) {
    const runtime::Bound& bound = model->impl().bound[step];
    const std::int64_t n = chunks[step];
    const std::int64_t first = bound.items * chunk / n, last = bound.items * (chunk + 1) / n;
    return runtime::execute(bound, memory, first, last, workspaces[static_cast<std::size_t>(helper)],
                            &problem);
  }

  bool step(std::size_t i) {
    if (chunks[i] == 1 || team == nullptr) {
      const runtime::Bound& bound = model->impl().bound[i];
      return runtime::execute(bound, memory, 0, bound.items, workspaces[0], &problem);
    }
    if (team->alone()) ++counters.alone;
    team->run(static_cast<std::uint32_t>(i));
    return true;
  }

  template <class AfterStep>
  bool steps(AfterStep after) {
    const Model::Impl& loaded = model->impl();
    if (team != nullptr) team->begin();
    for (std::size_t i = 0; i < loaded.bound.size();) {
      const int taken = loaded.taken[i];
      std::size_t next = i + 1;
      bool good = true;
      if (taken >= 0) {
        const auto& part = loaded.programs[static_cast<std::size_t>(taken)];
        next = part.last;
        good = part.program->run(memory);
      } else {
        good = step(i);
      }
      if (!good) return false;
      after(i);
      i = next;
    }
    return true;
  }

  /// No null pointer where there are bytes to read or write.
  template <class Pointer>
  static bool all_there(std::span<Pointer> buffers, const std::vector<Port>& ports) {
    if (buffers.data() == nullptr && !ports.empty()) return false;
    for (std::size_t i = 0; i < ports.size(); ++i) {
      if (buffers[i] == nullptr && ports[i].bytes() > 0) return false;
    }
    return true;
  }

  bool begin(std::span<const void* const> inputs, std::span<void* const> outputs) {
    problem.clear();
    if (inputs.size() != model->inputs().size() || outputs.size() != model->outputs().size()) {
      problem.assign("another number of inputs or outputs than the model has");
      return false;
    }
    if (!all_there(inputs, model->inputs()) || !all_there(outputs, model->outputs())) {
      problem.assign("a buffer of an input or output is a null pointer");
      return false;
    }
    memory.inputs = inputs.data();
    memory.outputs = outputs.data();
    return true;
  }
};

Stream::Stream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Stream::~Stream() = default;
const StreamCounters& Stream::counters() const {
  return impl_->counters;
}
const std::string& Stream::problem() const {
  return impl_->problem;
}
const Model& Stream::model() const {
  return *impl_->model;
}
int Stream::threads() const {
  return static_cast<int>(impl_->workspaces.size());
}

std::uint64_t stream_bytes(const Model& model, int threads) {
  return aligned(model.plan().arena_bytes) +
         static_cast<std::uint64_t>(threads) * aligned(model.plan().scratch_bytes);
}

std::unique_ptr<Stream> Stream::make(std::shared_ptr<const Model> model, const StreamOptions& options,
                                     base::Diagnostics& diagnostics) {
  const int cores = base::usable_cores();
  if (options.threads < 1 || options.threads > cores) {
    diagnostics.error(
        {}, fmt::format("{} threads asked for; this process may use {} cores", options.threads, cores),
        fmt::format("use 1 to {} threads", cores));
    return nullptr;
  }
  auto impl = std::make_unique<Impl>();
  const Plan& plan = model->plan();
  const std::uint64_t arena = aligned(plan.arena_bytes), scratch = aligned(plan.scratch_bytes);
  try {
    impl->memory_pages = runtime::Pages(stream_bytes(*model, options.threads));
  } catch (const std::bad_alloc&) {
    diagnostics.error(
        {}, fmt::format("no memory for an arena of {} bytes", stream_bytes(*model, options.threads)),
        "use fewer streams or a smaller model");
    return nullptr;
  }
  std::size_t widest = 0;
  for (const Step& step : plan.steps) widest = std::max(widest, step.operands.size());
  impl->workspaces.resize(static_cast<std::size_t>(options.threads));
  for (std::size_t i = 0; i < impl->workspaces.size(); ++i) {
    impl->workspaces[i].scratch = {impl->memory_pages.data() + arena + i * scratch, scratch};
    impl->workspaces[i].tensors.resize(widest);
  }
  impl->problem.reserve(256);
  impl->memory.arena = impl->memory_pages.data();
  impl->memory.weights = model->impl().artefact.weights.data();
  for (const auto& bound : model->impl().bound) impl->chunks.push_back(chunks_of(bound, options.threads));
  impl->model = std::move(model);
  if (options.threads > 1) {
    Impl* raw = impl.get();
    impl->team = std::make_unique<runtime::Team>(
        options.threads, impl->chunks,
        [raw](int helper, std::uint32_t step, std::uint32_t chunk) { raw->chunk(helper, step, chunk); });
  }
  return std::unique_ptr<Stream>(new Stream(std::move(impl)));
}

RunStatus Stream::run(std::span<const void* const> inputs, std::span<void* const> outputs,
                      std::optional<Clock::time_point> deadline) noexcept {
  StreamCounters& counters = impl_->counters;
  if (deadline && Clock::now() > *deadline) {
    ++counters.dropped;
    return RunStatus::dropped;
  }
  ++counters.runs;
  if (!impl_->begin(inputs, outputs) || !impl_->steps([](std::size_t) {})) {
    ++counters.failed;
    return RunStatus::failed;
  }
  if (deadline && Clock::now() > *deadline) {
    ++counters.late;
    return RunStatus::late;
  }
  return RunStatus::done;
}

RunStatus Stream::run_timed(std::span<const void* const> inputs, std::span<void* const> outputs,
                            std::span<std::uint64_t> step_ns) noexcept {
  StreamCounters& counters = impl_->counters;
  ++counters.runs;
  std::fill(step_ns.begin(), step_ns.end(), 0);
  const clockid_t clock = impl_->team == nullptr ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
  const auto read = [clock] {
    timespec t{};
    ::clock_gettime(clock, &t);
    return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(t.tv_nsec);
  };
  std::uint64_t before = read();
  const auto note = [&](std::size_t i) {
    const std::uint64_t now = read();
    if (i < step_ns.size()) step_ns[i] = now - before;
    before = now;
  };
  if (!impl_->begin(inputs, outputs) || !impl_->steps(note)) {
    ++counters.failed;
    return RunStatus::failed;
  }
  return RunStatus::done;
}

}  // namespace bondline::inference
