#include "net/stream.h"

namespace bondline::net {

namespace {
struct EndCategory : std::error_category {
  const char* name() const noexcept override { return "stream"; }
  std::string message(int) const override { return "the other side has closed the connection"; }
};
}  // namespace

std::error_code end_of_stream() {
  static const EndCategory category;
  return {1, category};
}

bool Stream::Transfer::start(Scope& scope, std::coroutine_handle<> handle) {
  if (scope.cancelled()) {
    moved_.error = std::make_error_code(std::errc::operation_canceled);
    return false;
  }
  scope_ = &scope;
  handle_ = handle;
  scope.enter(*this);
  if (reads_)
    stream_.start_read(into_, *this);
  else
    stream_.start_write(from_, *this);
  return true;
}

void Stream::Transfer::complete(std::error_code error, std::size_t bytes) {
  Scope::leave(*this);
  moved_ = {error, bytes};
  Loop& loop = scope_->loop();
  loop.ready(handle_);
  loop.drain();
}

void Stream::Transfer::cancel_wait() {
  if (reads_)
    stream_.cancel_read();
  else
    stream_.cancel_write();
}

}  // namespace bondline::net
