// Bytes to and from somebody: a TCP connection, TLS over one, a serial line, one end of a pipe in memory.
// Reads and writes are awaited; at most one of each is under way at a time.
#pragma once
#include <coroutine>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <system_error>

#include "net/loop.h"
#include "net/task.h"

namespace bondline::net {

struct Moved {
  std::error_code error;  ///< operation_canceled: the scope ended; net::end_of_stream(): the peer has closed
  std::size_t bytes = 0;
};

/// What reads say when the other side has closed in good order.
std::error_code end_of_stream();

class Stream {
 public:
  virtual ~Stream() = default;

  class Transfer;
  /// At least one byte into `into`, or an error.
  Transfer read_some(std::span<std::uint8_t> into);
  /// All of `bytes`, or an error. The bytes must stay until then.
  Transfer write(std::span<const std::uint8_t> bytes);
  Transfer write(std::string_view bytes);

  /// Both directions, now; whoever waits is told operation_canceled.
  virtual void close() = 0;
  /// "10.0.3.21:502", "/dev/ttyS0", for messages.
  virtual std::string peer() const = 0;

  // What an implementation gives. The transfer must be completed exactly once, from the loop (not from within
  // the call).
  virtual void start_read(std::span<std::uint8_t> into, Transfer& transfer) = 0;
  virtual void start_write(std::span<const std::uint8_t> bytes, Transfer& transfer) = 0;
  virtual void cancel_read() = 0;
  virtual void cancel_write() = 0;
};

class Stream::Transfer : Cancellable {
 public:
  Transfer(Stream& stream, std::span<std::uint8_t> into) : stream_(stream), into_(into), reads_(true) {}
  Transfer(Stream& stream, std::span<const std::uint8_t> from)
      : stream_(stream), from_(from), reads_(false) {}
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> handle) {
    return start(*handle.promise().scope, handle);
  }
  Moved await_resume() const { return moved_; }
  bool start(Scope& scope, std::coroutine_handle<> handle);
  /// For implementations.
  void complete(std::error_code error, std::size_t bytes);

 private:
  void cancel_wait() override;
  Stream& stream_;
  std::span<std::uint8_t> into_;
  std::span<const std::uint8_t> from_;
  bool reads_;
  Scope* scope_ = nullptr;
  std::coroutine_handle<> handle_;
  Moved moved_;
};

inline Stream::Transfer Stream::read_some(std::span<std::uint8_t> into) {
  return Transfer(*this, into);
}
inline Stream::Transfer Stream::write(std::span<const std::uint8_t> bytes) {
  return Transfer(*this, bytes);
}
inline Stream::Transfer Stream::write(std::string_view bytes) {
  return Transfer(*this, std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

/// A stream, or why there is none.
struct Opened {
  std::unique_ptr<Stream> stream;
  std::error_code error;
};

}  // namespace bondline::net
