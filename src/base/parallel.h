// Parallel loops that behave on a busy box. Threads come from one pool that is made by the caller and passed
// down (no global state). Idle workers spin for a few microseconds, then sleep; a loop never waits for a
// worker that has not started: the caller does the work itself, so a loaded machine is never slower than one
// thread by more than the hand-off. Chunks are fixed by the problem, not by the number of threads, so
// reductions give the same bits always.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace bondline::base {

/// Cores this process may use (affinity mask and cgroup quota respected), at least 1.
int usable_cores();

class Pool {
 public:
  /// threads: including the caller; 0 means usable_cores(). 1 runs everything on the caller, with no thread
  /// made.
  explicit Pool(int threads = 0);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  int threads() const;

  /// Calls body(chunk) for every chunk in [0, chunks), in any order, each once; returns when all are done. An
  /// exception from a body is rethrown here (the first by chunk number) after the others have finished. Not
  /// re-entrant: a body that calls run() on the same pool runs that inner loop on its own thread.
  void run(std::size_t chunks, const std::function<void(std::size_t chunk)>& body);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// body(begin, end) over [0, n) in blocks of `block` (the last may be shorter).
void parallel_for(Pool& pool, std::size_t n, std::size_t block,
                  const std::function<void(std::size_t begin, std::size_t end)>& body);

/// Sum of body(begin, end) over fixed blocks, added in a fixed binary tree: the same bits for any number of
/// threads.
double parallel_sum(Pool& pool, std::size_t n, std::size_t block,
                    const std::function<double(std::size_t begin, std::size_t end)>& body);

}  // namespace bondline::base
