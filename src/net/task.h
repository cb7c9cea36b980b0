// A coroutine that somebody waits for. A Task starts when it is awaited and ends before its awaiter goes on,
// so that nothing is ever left running behind: work that shall run beside other work belongs to a Group
// (group.h), which is awaited in turn. Every task runs under a Scope; cancelling the scope makes whatever a
// task below it waits for end at once with std::errc::operation_canceled, and the task unwinds by its
// ordinary returns.
//
// Coroutines are never resumed from within one another: who is ready waits in the loop's queue (g++ 12 does
// no symmetric transfer without optimisation, and the stack would grow with every completed call).
//
// Never await in a condition (`if (co_await x)`): g++ 12 may then lay the coroutine's frame out wrongly.
// Await into a variable.
#pragma once
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace bondline::net {

class Loop;

/// What a scope tells when it is cancelled. Lives in the frame of the coroutine that waits.
class Cancellable {
 public:
  virtual void cancel_wait() = 0;  ///< must lead to the waiter's resumption, now or soon

 protected:
  ~Cancellable() = default;

 private:
  friend class Scope;
  Cancellable *before_ = nullptr, *after_ = nullptr;
  class Scope* scope_ = nullptr;
};

/// A region of work that can be told to end. Scopes form a tree; a child is cancelled with its parent.
/// Belongs to one loop's thread.
class Scope {
 public:
  explicit Scope(Loop& loop, Scope* parent = nullptr);
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  /// Ends every wait below this scope, and every later one at once. Repeating it does nothing.
  void cancel();
  bool cancelled() const { return cancelled_; }
  Loop& loop() const { return loop_; }

  void enter(Cancellable& wait);         ///< for awaitables: a wait begins
  static void leave(Cancellable& wait);  ///< and has ended; harmless for one that never entered

 private:
  Loop& loop_;
  Scope *parent_, *first_child_ = nullptr, *before_ = nullptr, *after_ = nullptr;
  Cancellable* first_wait_ = nullptr;
  bool cancelled_ = false;
};

namespace detail {
struct PromiseBase {
  std::coroutine_handle<> continuation;
  Scope* scope = nullptr;
  std::exception_ptr error;
  std::suspend_always initial_suspend() noexcept { return {}; }
  struct Final {
    bool await_ready() noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) noexcept;
    void await_resume() noexcept {}
    PromiseBase* promise;
  };
  Final final_suspend() noexcept { return {this}; }
  void unhandled_exception() { error = std::current_exception(); }
};
void make_ready(Scope& scope, std::coroutine_handle<> handle);

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  std::coroutine_handle<Promise> get_return_object() {
    return std::coroutine_handle<Promise>::from_promise(*this);
  }
  void return_value(T result) { value.emplace(std::move(result)); }
  T take() {
    if (error) std::rethrow_exception(error);
    return std::move(*value);
  }
};
template <>
struct Promise<void> : PromiseBase {
  std::coroutine_handle<Promise> get_return_object() {
    return std::coroutine_handle<Promise>::from_promise(*this);
  }
  void return_void() {}
  void take() {
    if (error) std::rethrow_exception(error);
  }
};
}  // namespace detail

template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  Task(std::coroutine_handle<promise_type> handle)
      : handle_(handle) {}  // NOLINT: made by the coroutine itself
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> waiter) {
    start(*waiter.promise().scope, waiter);
  }
  T await_resume() { return handle_.promise().take(); }

  /// Starts the task under a scope that is not its awaiter's (Group, Deadline); `waiter` is resumed at its
  /// end.
  void start(Scope& scope, std::coroutine_handle<> waiter) {
    handle_.promise().scope = &scope;
    handle_.promise().continuation = waiter;
    handle_.resume();
  }
  T take() { return handle_.promise().take(); }

 private:
  std::coroutine_handle<promise_type> handle_;
};

/// `co_await current_scope()`: the scope the calling task runs under.
struct CurrentScope {
  Scope* scope = nullptr;
  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> handle) noexcept {
    scope = handle.promise().scope;
    return false;
  }
  Scope& await_resume() const noexcept { return *scope; }
};
inline CurrentScope current_scope() {
  return {};
}

}  // namespace bondline::net
