#include "line/inference/runtime/team.h"

#include <algorithm>

namespace bondline::inference::runtime {
namespace {

constexpr int kStepBits = 20, kChunkBits = 16;
constexpr std::uint64_t kChunkMask = (1u << kChunkBits) - 1, kStepMask = (1u << kStepBits) - 1;
constexpr std::uint32_t kMostSkipped = 32;  ///< inferences between two attempts with helpers on a crowded box

std::uint32_t step_of(std::uint64_t ticket) {
  return static_cast<std::uint32_t>((ticket >> kChunkBits) & kStepMask);
}
std::uint32_t chunk_of(std::uint64_t ticket) {
  return static_cast<std::uint32_t>(ticket & kChunkMask);
}

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Pages of the stack that kernels will use, so that no run faults them in.
void touch_stack() {
  constexpr std::size_t kBytes = 128 << 10, kPage = 4096;
  char pages[kBytes];
  for (std::size_t i = 0; i < kBytes; i += kPage) pages[i] = 0;
  asm volatile("" : : "r"(pages) : "memory");  // the writes happen
}

}  // namespace

Team::Team(int threads, std::vector<std::uint32_t> chunks, Work work)
    : chunks_(std::move(chunks)), work_(std::move(work)) {
  chunks_.push_back(0);  // the step nobody works on
  ticket_.store(static_cast<std::uint64_t>(chunks_.size() - 1) << kChunkBits);
  for (int i = 1; i < threads; ++i) threads_.emplace_back([this, i] { help(i); });
  while (ready_.load() + 1 < threads) std::this_thread::yield();  // what starting costs is paid here
}

Team::~Team() {
  stop_.store(true);
  epoch_.fetch_add(1);
  epoch_.notify_all();
  for (auto& thread : threads_) thread.join();
}

bool Team::claim(int helper) {
  std::uint64_t ticket = ticket_.load(std::memory_order_acquire);
  for (;;) {
    const std::uint32_t step = step_of(ticket), chunk = chunk_of(ticket);
    if (chunk >= chunks_[step]) return false;
    if (ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel,
                                      std::memory_order_acquire)) {
      work_(helper, step, chunk);
      done_.fetch_add(1, std::memory_order_acq_rel);
      return true;
    }
  }
}

void Team::help(int helper) {
  constexpr int kSpins = 400;  // some 10 to 30 us, about what a futex round trip costs
  int idle = 0;
  touch_stack();
  ready_.fetch_add(1);
  while (!stop_.load(std::memory_order_relaxed)) {
    if (claim(helper)) {
      idle = 0;
      continue;
    }
    if (++idle < kSpins) {
      pause();
      continue;
    }
    sleepers_.fetch_add(1);
    const std::uint32_t epoch = epoch_.load();
    const std::uint64_t ticket = ticket_.load();
    if (chunk_of(ticket) >= chunks_[step_of(ticket)] && !stop_.load()) epoch_.wait(epoch);
    sleepers_.fetch_sub(1);
    idle = 0;
  }
}

void Team::wake() {
  if (sleepers_.load() == 0) return;
  epoch_.fetch_add(1);
  epoch_.notify_all();
}

void Team::begin() {
  if (alone_runs_ > 0) {
    --alone_runs_;
  } else if (stalled_) {  // helpers were kept off the processor: leave them out, longer each time
    penalty_ = std::min(kMostSkipped, penalty_ * 2 + 1);
    alone_runs_ = penalty_;
  } else {
    penalty_ /= 2;
  }
  stalled_ = false;
}

void Team::run(std::uint32_t step) {
  const std::uint32_t chunks = chunks_[step];
  if (alone_runs_ > 0 || stalled_ || threads_.empty()) {
    for (std::uint32_t c = 0; c < chunks; ++c) work_(0, step, c);
    return;
  }
  using Clock = std::chrono::steady_clock;
  done_.store(0, std::memory_order_relaxed);
  ++generation_;
  ticket_.store((generation_ << (kStepBits + kChunkBits)) | (static_cast<std::uint64_t>(step) << kChunkBits));
  wake();
  const auto start = Clock::now();
  while (claim(0)) {
  }
  if (done_.load(std::memory_order_acquire) == chunks) return;
  const auto own = Clock::now();
  for (int spin = 0; done_.load(std::memory_order_acquire) != chunks; ++spin) {
    if (spin < 4000) {
      pause();
    } else {
      std::this_thread::yield();
    }
  }
  // A helper that held its last chunk for longer than all of our own work was not running.
  const auto waited = Clock::now() - own;
  if (waited > std::chrono::microseconds(100) && waited > (own - start)) stalled_ = true;
}

}  // namespace bondline::inference::runtime
