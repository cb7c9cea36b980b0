// One request and its answer, as a server's handler sees them.
#pragma once
#include <functional>
#include <memory>
#include <string_view>

#include "net/http/message.h"
#include "net/task.h"
#include "net/websocket/connection.h"

namespace bondline::net::http {

class Exchange {
 public:
  virtual ~Exchange() = default;
  /// Complete, body included.
  const Request& request() const { return request_; }

  /// Answers with a body of known length; Content-Length and Date are added, and nothing of a body is sent to
  /// HEAD. An error: the client is gone (nothing more to do).
  virtual Task<std::error_code> respond(const Response& response) = 0;

  /// Answers piece by piece, for bodies that are long or endless: begin(), any number of write(), and the
  /// answer ends when the handler returns. `head.body` is the first piece. Every write goes out at once and
  /// waits until the client's side has room, so that nothing piles up; one that takes nothing for
  /// ServerOptions::write_within is cut off (an error).
  virtual Task<std::error_code> begin(const Response& head) = 0;
  virtual Task<std::error_code> write(std::string_view piece) = 0;

  /// Whether the client asks for a WebSocket.
  bool wants_websocket() const {
    return websocket::is_upgrade(request_.method, request_.minor, request_.headers);
  }
  /// Shakes hands (or answers 400 or 426, and returns) and runs `talk` beside the connection until either
  /// ends; then the connection is closed. Whoever serves browsers should look at the Origin field first.
  virtual Task<> upgrade(websocket::Options options, websocket::Talk talk) = 0;

  /// An answer has begun.
  bool answered() const { return answered_; }

 protected:
  Request request_;
  bool answered_ = false;
};

/// Answers a request. What it throws becomes a 500 (or cuts the connection, when the answer had begun).
/// Cancelled at the end of the server's grace.
using Handler = std::function<Task<>(Exchange&)>;

}  // namespace bondline::net::http
