// Helpers of one stream. The caller offers a step in chunks and works itself; a helper that is awake takes
// chunks too, and one that has not started is never waited for. What to claim is one 64-bit ticket
// (generation, step, next chunk), so a helper that was off the processor for long cannot take part in the
// wrong step: its compare-and-swap fails. Idle helpers spin for some microseconds, then sleep on a futex.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace bondline::inference::runtime {

class Team {
 public:
  /// work(helper, step, chunk): runs a chunk; helper is 0 for the caller. chunks_of(step): how many it has.
  using Work = std::function<void(int helper, std::uint32_t step, std::uint32_t chunk)>;
  Team(int threads, std::vector<std::uint32_t> chunks, Work work);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  /// Runs all chunks of a step; returns when they are done.
  void run(std::uint32_t step);
  /// To be called once before the steps of an inference: decides whether helpers take part, wakes them.
  void begin();
  /// Whether steps are run by the caller alone for now, because helpers were kept off the processor.
  bool alone() const { return alone_runs_ > 0; }

 private:
  void help(int helper);
  bool claim(int helper);
  void wake();

  std::vector<std::uint32_t> chunks_;
  Work work_;
  alignas(64) std::atomic<std::uint64_t> ticket_{0};
  alignas(64) std::atomic<std::uint32_t> done_{0};
  alignas(64) std::atomic<std::uint32_t> sleepers_{0};
  alignas(64) std::atomic<std::uint32_t> epoch_{0};
  std::atomic<bool> stop_{false};
  std::atomic<int> ready_{0};
  std::uint64_t generation_ = 0;
  std::uint32_t alone_runs_ = 0, penalty_ = 0;
  bool stalled_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace bondline::inference::runtime
