#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <limits>

#include "line/inference/artefact/artefact.h"
#include "line/inference/artefact/mapped_file.h"
#include "line/inference/runtime/model_impl.h"

namespace bondline::inference {
namespace {

/// Neighbouring steps a delegate supports are offered to it together.
void offer(Model::Impl& impl, Delegate& delegate) {
  const std::vector<Step>& steps = impl.artefact.plan.steps;
  for (std::size_t first = 0; first < steps.size();) {
    std::size_t last = first;
    while (last < steps.size() && impl.taken[last] < 0 && delegate.supports(steps[last])) ++last;
    if (last == first) {
      ++first;
      continue;
    }
    if (auto program = delegate.take(std::span<const Step>(steps).subspan(first, last - first))) {
      const int index = static_cast<int>(impl.programs.size());
      impl.programs.push_back({std::string(delegate.name()), std::move(program), first, last});
      std::fill(impl.taken.begin() + static_cast<std::ptrdiff_t>(first),
                impl.taken.begin() + static_cast<std::ptrdiff_t>(last), index);
    }
    first = last;
  }
}

bool processor_fits(const Plan& plan, const std::string& name, base::Diagnostics& diagnostics) {
  if (plan.layout != kernels::kLayoutVersion) {
    diagnostics.error({name},
                      fmt::format("holds weights packed by layout {}; this program's kernels read layout {}",
                                  plan.layout, kernels::kLayoutVersion),
                      "compile the model again with this version");
    return false;
  }
  const auto isa = kernels::isa_named(plan.isa);
  if (isa && kernels::runs_here(*isa)) return true;
  diagnostics.error({name},
                    fmt::format("is made for {} and this processor has {} at best", plan.isa,
                                kernels::name_of(kernels::best_isa())),
                    fmt::format("compile the model with --isa {}, or on this machine",
                                kernels::name_of(kernels::best_isa())));
  return false;
}

}  // namespace

Model::Model(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Model::~Model() = default;
const Plan& Model::plan() const {
  return impl_->artefact.plan;
}
std::uint64_t Model::weights_bytes() const {
  return impl_->artefact.weights.size();
}

std::string_view Model::runner_of(std::size_t step) const {
  const int program = impl_->taken[step];
  return program < 0 ? std::string_view("cpu")
                     : std::string_view(impl_->programs[static_cast<std::size_t>(program)].name);
}

namespace {

std::unique_ptr<Model::Impl> prepare(std::unique_ptr<Model::Impl> impl, std::span<const std::byte> bytes,
                                     const std::string& name, const LoadOptions& options,
                                     base::Diagnostics& diagnostics) {
  auto artefact = read_artefact(bytes, name, diagnostics);
  if (!artefact || !processor_fits(artefact->plan, name, diagnostics)) return nullptr;
  impl->artefact = std::move(*artefact);
  const std::vector<Step>& steps = impl->artefact.plan.steps;
  impl->bound.resize(steps.size());
  impl->taken.assign(steps.size(), -1);
  std::size_t bad = 0;
  std::string first;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string why = runtime::bind(steps[i], impl->artefact.weights, &impl->bound[i]);
    if (why.empty()) continue;
    if (++bad == 1)
      first =
          fmt::format("step {} \"{}\" ({}) cannot run: {}", i, steps[i].name, name_of(steps[i].kind), why);
  }
  if (bad > 0) {  // one cause, most likely: a model of another build
    if (bad > 1) first += fmt::format("; {} more of {} steps cannot either", bad - 1, steps.size());
    diagnostics.error({name}, first, "compile the model again with this version");
    return nullptr;
  }
  runtime::look_ahead(impl->bound);
  for (Delegate* delegate : options.delegates) offer(*impl, *delegate);
  return impl;
}

}  // namespace

std::shared_ptr<const Model> Model::load(const std::string& path, const LoadOptions& options,
                                         base::Diagnostics& diagnostics) {
  auto impl = std::make_unique<Impl>();
  impl->file = MappedFile::open(path, diagnostics);
  if (impl->file == nullptr) return nullptr;
  const auto bytes = impl->file->bytes();
  impl = prepare(std::move(impl), bytes, path, options, diagnostics);
  return impl == nullptr ? nullptr : std::shared_ptr<const Model>(new Model(std::move(impl)));
}

std::shared_ptr<const Model> Model::load(std::span<const std::byte> bytes, const std::string& name,
                                         const LoadOptions& options, base::Diagnostics& diagnostics) {
  auto impl = std::make_unique<Impl>();
  impl->copy = runtime::Pages(bytes.size());
  if (!bytes.empty()) std::memcpy(impl->copy.data(), bytes.data(), bytes.size());
  const std::span<const std::byte> own(impl->copy.data(), bytes.size());
  impl = prepare(std::move(impl), own, name, options, diagnostics);
  return impl == nullptr ? nullptr : std::shared_ptr<const Model>(new Model(std::move(impl)));
}

std::unique_ptr<DelegateProgram> make_cpu_program(std::span<const Step> steps,
                                                  std::span<const std::byte> weights, std::string* problem) {
  class Program final : public DelegateProgram {
   public:
    bool run(const RunMemory& memory) noexcept override {
      for (const auto& bound : bound_) {
        if (!runtime::execute(bound, memory, 0, bound.items, workspace_, &problem_)) return false;
      }
      return true;
    }
    std::vector<runtime::Bound> bound_;
    runtime::Pages scratch_{0};
    runtime::Workspace workspace_;
    std::string problem_;
  };
  auto program = std::make_unique<Program>();
  program->bound_.resize(steps.size());
  std::size_t scratch = 0, widest = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    *problem = runtime::bind(steps[i], weights, &program->bound_[i]);
    if (!problem->empty()) return nullptr;
    scratch = std::max<std::size_t>(scratch, steps[i].scratch_bytes);
    widest = std::max(widest, steps[i].operands.size());
  }
  runtime::look_ahead(program->bound_);
  program->scratch_ = runtime::Pages(scratch);
  program->workspace_.scratch = {program->scratch_.data(), scratch};
  program->workspace_.tensors.resize(widest);
  return program;
}

namespace runtime {
namespace {

/// What may be touched before the system ends a program for want of memory: what it calls available, swap,
/// and no more than this group of processes may have. Unknown is without limit.
std::uint64_t memory_left() {
  std::uint64_t left = 0, most = std::numeric_limits<std::uint64_t>::max();
  std::ifstream info("/proc/meminfo");
  for (std::string key, unit; info >> key;) {
    std::uint64_t kilobytes = 0;
    if (!(info >> kilobytes)) break;
    std::getline(info, unit);
    if (key == "MemAvailable:" || key == "SwapFree:") left += 1024 * kilobytes;
  }
  if (left == 0) left = most;
  std::ifstream("/sys/fs/cgroup/memory.max") >> most;  // "max" leaves it at 0
  return most == 0 ? left : std::min(left, most);
}

}  // namespace

Pages::Pages(std::size_t bytes) : bytes_(bytes) {
  if (bytes == 0) return;
  constexpr std::size_t kLarge = std::size_t{1} << 28;  // below, a wrong guess costs little
  if (bytes > kLarge && bytes > memory_left()) throw std::bad_alloc();
  void* address =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (address == MAP_FAILED) throw std::bad_alloc();
  address_ = address;
}

Pages::~Pages() {
  if (address_ != nullptr) ::munmap(address_, bytes_);
}

Pages& Pages::operator=(Pages&& other) noexcept {
  std::swap(address_, other.address_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

}  // namespace runtime

}  // namespace bondline::inference
