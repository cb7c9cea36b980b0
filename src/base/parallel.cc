// The hand-off. One word, `unclaimed`, counts chunks nobody has taken; taking some is one compare-exchange,
// and only a thread that took a chunk touches the job. run() returns when `unfinished` is zero, so it waits
// for chunks in progress and for nothing else; a worker that wakes late finds nothing unclaimed and goes back
// to sleep.
#include "base/parallel.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

namespace bondline::base {
namespace {

void pause_cpu() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Long enough to bridge the serial gaps between the small loops of a solver, short enough that an idle pool
// costs its neighbours nothing they would notice.
constexpr std::chrono::microseconds kSpin{20};

template <class Ready>
bool spin_until(const Ready& ready) {
  if (ready()) return true;
  const auto end = std::chrono::steady_clock::now() + kSpin;
  do {
    for (int i = 0; i < 32; ++i) {
      pause_cpu();
      if (ready()) return true;
    }
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

// Sleeping without losing a wake-up: the sleeper announces itself before it looks once more, the waker
// changes the state before it looks for sleepers; both in one total order (seq_cst), so one of them sees the
// other.
class Bell {
 public:
  template <class Ready>
  void sleep_until(const Ready& ready) {
    sleepers_.fetch_add(1);
    for (;;) {
      const std::uint32_t heard = rings_.load();
      if (ready()) break;
      rings_.wait(heard);
    }
    sleepers_.fetch_sub(1);
  }
  void ring_one() {
    if (sleepers_.load() == 0) return;
    rings_.fetch_add(1);
    rings_.notify_one();
  }
  void ring_all() {
    if (sleepers_.load() == 0) return;
    rings_.fetch_add(1);
    rings_.notify_all();
  }

 private:
  std::atomic<std::uint32_t> rings_{0};
  std::atomic<std::uint32_t> sleepers_{0};
};

// The failure of the lowest chunk number; later ones are dropped.
class FirstFailure {
 public:
  void keep(std::size_t chunk, std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    if (!failure_ || chunk < chunk_) {
      failure_ = std::move(failure);
      chunk_ = chunk;
    }
  }
  void rethrow() {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::size_t chunk_ = 0;
};

struct Job {
  const std::function<void(std::size_t)>* body = nullptr;
  std::size_t chunks = 0;
  FirstFailure* failure = nullptr;

  void run(std::size_t begin, std::size_t end) const {
    for (std::size_t chunk = begin; chunk < end; ++chunk) {
      try {
        (*body)(chunk);
      } catch (...) {
        failure->keep(chunk, std::current_exception());
      }
    }
  }
};

}  // namespace

struct Pool::Impl {
  alignas(64) std::atomic<std::size_t> unclaimed{0};
  alignas(64) std::atomic<std::size_t> unfinished{0};
  alignas(64) Bell work;  // rung when there are chunks to take
  alignas(64) Bell done;  // rung when the last chunk finished
  alignas(64) std::atomic<bool> busy{false};
  std::atomic<bool> closing{false};
  Job job;  // written only while nothing is unclaimed or unfinished
  std::vector<std::thread> workers;

  // Takes some chunks and runs them; false when none were left. Early takes are larger, to spare the shared
  // word.
  bool run_some() {
    std::size_t left = unclaimed.load();
    std::size_t take = 0;
    do {
      if (left == 0) return false;
      take = std::max<std::size_t>(1, left / (8 * (workers.size() + 1)));
    } while (!unclaimed.compare_exchange_weak(left, left - take));
    const std::size_t begin = job.chunks - left;
    job.run(begin, begin + take);
    if (unfinished.fetch_sub(take) == take) done.ring_all();
    return true;
  }

  void work_until_closed() {
    const auto something = [this] {
      return unclaimed.load(std::memory_order_relaxed) != 0 || closing.load();
    };
    while (!closing.load()) {
      if (!spin_until(something))
        work.sleep_until([this] { return unclaimed.load() != 0 || closing.load(); });
      // Wake the next one only if there is work for it: the caller pays for one wake-up, not for all.
      if (unclaimed.load() > 1) work.ring_one();
      while (run_some()) {
      }
    }
  }
};

Pool::Pool(int threads) : impl_(std::make_unique<Impl>()) {
  if (threads <= 0) threads = usable_cores();
  impl_->workers.reserve(static_cast<std::size_t>(threads - 1));
  // Workers read workers.size() only after they took a chunk's word, which is first set after this loop.
  for (int i = 1; i < threads; ++i) {
    try {
      impl_->workers.emplace_back([impl = impl_.get()] { impl->work_until_closed(); });
    } catch (const std::system_error&) {
      break;  // the system gives no more threads: run with those there are
    }
  }
}

Pool::~Pool() {
  impl_->closing.store(true);
  impl_->work.ring_all();
  for (std::thread& worker : impl_->workers) worker.join();
}

int Pool::threads() const {
  return static_cast<int>(impl_->workers.size()) + 1;
}

void Pool::run(std::size_t chunks, const std::function<void(std::size_t)>& body) {
  if (chunks == 0) return;
  FirstFailure failure;
  const Job job{&body, chunks, &failure};
  // Inline: nothing to share, no one to share with, or the pool is at work (a nested loop or another caller).
  if (chunks == 1 || impl_->workers.empty() || impl_->busy.exchange(true)) {
    job.run(0, chunks);
    failure.rethrow();
    return;
  }
  impl_->job = job;
  impl_->unfinished.store(chunks);
  impl_->unclaimed.store(chunks);
  impl_->work.ring_one();
  while (impl_->run_some()) {
  }
  const auto finished = [this] { return impl_->unfinished.load() == 0; };
  if (!spin_until(finished)) impl_->done.sleep_until(finished);
  impl_->busy.store(false);
  failure.rethrow();
}

void parallel_for(Pool& pool, std::size_t n, std::size_t block,
                  const std::function<void(std::size_t, std::size_t)>& body) {
  if (n == 0) return;
  block = std::max<std::size_t>(1, block);
  if (n <= block) return body(0, n);
  const auto one = [&](std::size_t chunk) { body(chunk * block, std::min(n, (chunk + 1) * block)); };
  pool.run((n - 1) / block + 1, std::ref(one));  // std::ref: no allocation per loop
}

double parallel_sum(Pool& pool, std::size_t n, std::size_t block,
                    const std::function<double(std::size_t, std::size_t)>& body) {
  if (n == 0) return 0;
  block = std::max<std::size_t>(1, block);
  const std::size_t blocks = (n - 1) / block + 1;
  std::array<double, 256> few;
  std::vector<double> many(blocks > few.size() ? blocks : 0);
  double* part = many.empty() ? few.data() : many.data();
  parallel_for(pool, n, block,
               [&](std::size_t begin, std::size_t end) { part[begin / block] = body(begin, end); });
  for (std::size_t half = 1; half < blocks; half *= 2)
    for (std::size_t i = 0; i + half < blocks; i += 2 * half) part[i] += part[i + half];
  return part[0];
}

}  // namespace bondline::base
