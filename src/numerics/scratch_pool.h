// Working memory of the threads of a cycle, made when first needed and kept.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "numerics/flush_to_zero.h"

namespace bondline::numerics {

/// S: made by `make`, with forget() (called before each use) and bytes().
template <class S>
class ScratchPool {
 public:
  explicit ScratchPool(std::function<std::unique_ptr<S>()> make) : make_(std::move(make)) {
    with([](S&) {});
  }
  /// use(scratch) with denormals flushed.
  template <class F>
  void with(const F& use) {
    std::unique_ptr<S> s;
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        s = std::move(idle_.back());
        idle_.pop_back();
      }
    }
    if (!s) {
      s = make_();
      made_bytes_ += s->bytes();
    }
    s->forget();
    {
      const FlushToZero flush;
      use(*s);
    }
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(s));
  }
  std::size_t bytes() const { return made_bytes_; }

 private:
  std::function<std::unique_ptr<S>()> make_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<S>> idle_;
  std::atomic<std::size_t> made_bytes_{0};
};

}  // namespace bondline::numerics
