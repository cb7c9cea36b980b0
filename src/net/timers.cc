// Sleep, Deadline, Signal: what a task waits for that is not I/O.
#include <asio/steady_timer.hpp>

#include "net/io.h"
#include "net/loop.h"

namespace bondline::net {

namespace {
std::error_code cancelled() {
  return std::make_error_code(std::errc::operation_canceled);
}
}  // namespace

struct Sleep::Timer {
  explicit Timer(Loop& on) : loop(on), timer(on.io().context) {}
  Loop& loop;
  asio::steady_timer timer;
  Sleep* owner = nullptr;
  std::coroutine_handle<> handle;
};

bool Sleep::start(Scope& scope, std::coroutine_handle<> handle) {
  if (scope.cancelled()) {
    error_ = cancelled();
    return false;
  }
  timer_ = std::make_shared<Timer>(scope.loop());
  timer_->owner = this;
  timer_->handle = handle;
  timer_->timer.expires_at(until_);
  scope.enter(*this);
  timer_->timer.async_wait([timer = timer_](const std::error_code& error) {
    if (!timer->owner) return;
    Scope::leave(*timer->owner);
    if (error) timer->owner->error_ = cancelled();
    timer->owner = nullptr;
    timer->loop.ready(timer->handle);
    timer->loop.drain();
  });
  return true;
}

void Sleep::cancel_wait() {
  error_ = cancelled();
  timer_->timer.cancel();
}

Sleep::~Sleep() {
  Scope::leave(*this);
  if (timer_) timer_->owner = nullptr;
}

struct Deadline::Timer {
  explicit Timer(Loop& loop) : timer(loop.io().context) {}
  asio::steady_timer timer;
  Scope* scope = nullptr;
  bool passed = false;
};

Deadline::Deadline(Scope& parent, Clock::time_point until)
    : scope_(parent.loop(), &parent), timer_(std::make_shared<Timer>(parent.loop())) {
  timer_->scope = &scope_;
  timer_->timer.expires_at(until);
  timer_->timer.async_wait([timer = timer_, &loop = parent.loop()](const std::error_code& error) {
    if (error || !timer->scope) return;
    timer->passed = true;
    timer->scope->cancel();
    loop.drain();
  });
}

Deadline::~Deadline() {
  timer_->scope = nullptr;
  timer_->timer.cancel();
}

bool Deadline::passed() const {
  return timer_->passed;
}

void Signal::notify() {
  if (!waiter_) {
    told_ = true;
    return;
  }
  Wait& wait = *waiter_;
  waiter_ = nullptr;
  Scope::leave(wait);
  wait.scope_->loop().ready(wait.handle_);
}

bool Signal::Wait::await_ready() noexcept {
  return std::exchange(signal_.told_, false);
}

bool Signal::Wait::start(Scope& scope, std::coroutine_handle<> handle) {
  if (scope.cancelled()) {
    error_ = cancelled();
    return false;
  }
  scope_ = &scope;
  handle_ = handle;
  signal_.waiter_ = this;
  scope.enter(*this);
  return true;
}

void Signal::Wait::cancel_wait() {
  error_ = cancelled();
  signal_.waiter_ = nullptr;
  scope_->loop().ready(handle_);
}

Signal::Wait::~Wait() {
  Scope::leave(*this);
  if (signal_.waiter_ == this) signal_.waiter_ = nullptr;
}

}  // namespace bondline::net
