// Awaits one Asio operation that can be cancelled; nobody outside net/*.cc includes it.
#pragma once
#include <asio/cancellation_signal.hpp>

#include "net/asio_stream.h"
#include "net/loop.h"

namespace bondline::net {

/// `start(slot, done)` begins the operation; `done(error)` ends it.
template <class Start>
class Operation : Cancellable {
 public:
  explicit Operation(Start start) : start_(std::move(start)) {}
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> handle) {
    Scope& scope = *handle.promise().scope;
    if (scope.cancelled()) {
      error_ = std::make_error_code(std::errc::operation_canceled);
      return false;
    }
    scope.enter(*this);
    start_(signal_.slot(), [this, handle, &scope](const std::error_code& error) {
      Scope::leave(*this);
      error_ = plain(error);
      scope.loop().ready(handle);
      scope.loop().drain();
    });
    return true;
  }
  std::error_code await_resume() const { return error_; }

 private:
  void cancel_wait() override { signal_.emit(asio::cancellation_type::terminal); }
  Start start_;
  asio::cancellation_signal signal_;
  std::error_code error_;
};

}  // namespace bondline::net
