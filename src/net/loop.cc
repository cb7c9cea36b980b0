#include "net/loop.h"

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>

#include "net/io.h"

namespace bondline::net {

Loop::Loop() : io_(std::make_unique<Io>()) {}
Loop::~Loop() = default;

void Loop::run() {
  auto guard = asio::make_work_guard(io_->context);
  io_->context.restart();
  io_->context.run();
}

void Loop::stop() {
  io_->context.stop();
}

void Loop::post(std::function<void()> work) {
  asio::post(io_->context, [this, work = std::move(work)] {
    work();
    drain();
  });
}

void Loop::ready(std::coroutine_handle<> handle) {
  io_->ready.push_back(handle);
}

void Loop::drain() {
  if (io_->draining) return;
  io_->draining = true;
  while (!io_->ready.empty()) {
    const auto handle = io_->ready.front();
    io_->ready.pop_front();
    handle.resume();
  }
  io_->draining = false;
}

namespace {
/// Owns itself: a coroutine that starts a task and is gone at its end.
struct Root {
  struct promise_type : detail::PromiseBase {
    Root get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
  };
  std::coroutine_handle<promise_type> handle;
};

Root start_root(Task<> task) {
  co_await std::move(task);
}
}  // namespace

void Loop::run(Task<> task) {
  Scope scope(*this);
  Group group(*this, &scope);
  group.spawn(std::move(task));
  std::exception_ptr error;
  auto end = [](Group& all, Loop& loop, std::exception_ptr& failed) -> Task<> {
    try {
      co_await all.join();
      loop.stop();
    } catch (...) {
      failed = std::current_exception();
      loop.stop();
    }
  };
  post([&] {
    auto root = start_root(end(group, *this, error));
    root.handle.promise().scope = &scope;
    root.handle.resume();
  });
  run();
  if (error) std::rethrow_exception(error);
}

struct Group::Runner {
  static Root start(Group& group, Task<> task) {
    try {
      co_await std::move(task);
    } catch (...) {
      if (!group.error_) group.error_ = std::current_exception();
      group.cancel();
    }
    --group.running_;
    group.ended_.notify();
  }
};

Group::Group(Loop& loop, Scope* parent) : loop_(loop), scope_(loop, parent) {}

Group::~Group() {
  if (running_ != 0) std::terminate();  // a group that was not joined: its tasks would run on into nothing
}

void Group::spawn(Task<> task) {
  ++running_;
  auto root = Runner::start(*this, std::move(task));
  root.handle.promise().scope = &scope_;
  loop_.ready(root.handle);
  // Someone who spawns from within a task is drained anyway; from outside, the loop has to be told.
  loop_.post([] {});
}

Task<> Group::join() {
  // Not cancellable: under a scope of its own.
  Scope own(loop_);
  while (running_ != 0) {
    Signal::Wait wait(ended_);
    Deadline::Under<Signal::Wait> alone(own, wait);
    co_await alone;
  }
  if (error_) std::rethrow_exception(error_);
}

}  // namespace bondline::net
