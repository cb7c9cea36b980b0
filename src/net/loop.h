// One thread's event loop. Everything of net happens on the thread that calls run(), except post() and
// stop(), which any thread may call. A loop with nothing to do sleeps in the kernel: it polls nothing.
#pragma once
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <system_error>
#include <type_traits>

#include "net/task.h"

namespace bondline::net {

using Clock = std::chrono::steady_clock;

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run();   ///< until stop()
  void stop();  ///< any thread
  /// Calls `work` soon on the loop's thread. Any thread.
  void post(std::function<void()> work);
  /// Runs a task to its end and returns; whatever it throws is thrown here. For main() and tests; not within
  /// run().
  void run(Task<> task);

  /// Resumes a coroutine once the one that runs now has let go. This thread only.
  void ready(std::coroutine_handle<> handle);
  /// Runs who is ready; called at the end of every completion. Harmless when it is running already.
  void drain();

  /// The asio::io_context, for net/*.cc.
  struct Io;
  Io& io() { return *io_; }

 private:
  std::unique_ptr<Io> io_;
};

/// `co_await sleep_until(t)`, `co_await sleep_for(d)`: operation_canceled when the scope ended first, else no
/// error.
class Sleep : Cancellable {
 public:
  explicit Sleep(Clock::time_point until) : until_(until) {}
  Sleep(const Sleep&) = delete;
  Sleep& operator=(const Sleep&) = delete;
  ~Sleep();
  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> handle) {
    return start(*handle.promise().scope, handle);
  }
  std::error_code await_resume() const { return error_; }

  bool start(Scope& scope, std::coroutine_handle<> handle);  ///< false: no need to wait

 private:
  void cancel_wait() override;
  struct Timer;
  Clock::time_point until_;
  std::error_code error_;
  std::shared_ptr<Timer> timer_;
};
inline Sleep sleep_until(Clock::time_point t) {
  return Sleep(t);
}
inline Sleep sleep_for(Clock::duration d) {
  return Sleep(Clock::now() + d);
}

/// Something one task waits for and others tell it. A notify() that comes while nobody waits is kept (once).
class Signal {
 public:
  void notify();  ///< the loop's thread only; from another: loop.post([&] { signal.notify(); })
  class Wait : Cancellable {
   public:
    explicit Wait(Signal& signal) : signal_(signal) {}
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    ~Wait();
    bool await_ready() noexcept;
    template <class P>
    bool await_suspend(std::coroutine_handle<P> handle) {
      return start(*handle.promise().scope, handle);
    }
    std::error_code await_resume() const { return error_; }  ///< operation_canceled, or none
    bool start(Scope& scope, std::coroutine_handle<> handle);

   private:
    friend class Signal;
    void cancel_wait() override;
    Signal& signal_;
    Scope* scope_ = nullptr;
    std::coroutine_handle<> handle_;
    std::error_code error_;
  };
  /// One waiter at a time.
  Wait wait() { return Wait(*this); }

 private:
  Wait* waiter_ = nullptr;
  bool told_ = false;
};

/// Tasks that run side by side and end together. The group must be joined before it is destroyed.
class Group {
 public:
  explicit Group(Loop& loop, Scope* parent = nullptr);
  ~Group();
  /// Starts a task now. What it throws ends up in join() (the first one; the group is cancelled then).
  void spawn(Task<> task);
  void cancel() { scope_.cancel(); }
  std::size_t running() const { return running_; }
  Scope& scope() { return scope_; }
  /// Waits until all have ended; does not cancel them, and is itself not cancellable: cancel the group.
  Task<> join();

 private:
  struct Runner;
  Loop& loop_;
  Scope scope_;
  std::size_t running_ = 0;
  Signal ended_;
  std::exception_ptr error_;
};

/// Cancels what is awaited under it when the time has come:
///   Deadline deadline(scope, 500ms);  auto read = co_await deadline.run(stream.read_some(buffer));
/// A wait that was cut short so shows operation_canceled while deadline.passed() is true.
class Deadline {
 public:
  Deadline(Scope& parent, Clock::time_point until);
  Deadline(Scope& parent, Clock::duration after) : Deadline(parent, Clock::now() + after) {}
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  bool passed() const;
  Scope& scope() { return scope_; }
  /// What is awaited so runs under this deadline: `co_await deadline.run(stream.read_some(buffer))`.
  template <class Awaitable>
  class Under {
   public:
    Under(Scope& scope, Awaitable& awaitable) : scope_(scope), awaitable_(awaitable) {}
    bool await_ready() { return awaitable_.await_ready(); }
    bool await_suspend(std::coroutine_handle<> handle) {
      if constexpr (std::is_void_v<decltype(awaitable_.start(scope_, handle))>) {
        awaitable_.start(scope_, handle);
        return true;
      } else {
        return awaitable_.start(scope_, handle);
      }
    }
    decltype(auto) await_resume() { return awaitable_.await_resume(); }

   private:
    Scope& scope_;
    Awaitable& awaitable_;
  };
  template <class Awaitable>
  Under<Awaitable> run(Awaitable&& awaitable) {
    return Under<Awaitable>(scope_, awaitable);
  }

 private:
  Scope scope_;
  struct Timer;
  std::shared_ptr<Timer> timer_;
};

}  // namespace bondline::net
