// TCP. A half-open connection (the other side lost its power) is found by keep-alive and the user timeout,
// not by luck.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "net/stream.h"

namespace bondline::net {

struct TcpOptions {
  bool no_delay = true;  ///< no Nagle: an answer is never held back
  std::chrono::milliseconds keep_idle{
      5000};  ///< silence before the first keep-alive probe (TCP_KEEPIDLE, whole seconds)
  std::chrono::milliseconds user_timeout{20000};  ///< unacknowledged bytes for so long: broken (RFC 5482)
};

/// Resolves and connects, trying every address. `host` is a name, "10.0.3.21" or "::1".
Task<Opened> connect_tcp(std::string host, std::uint16_t port, TcpOptions options = {});

class Listener {
 public:
  /// Listens on one address; `address` "" is every one, port 0 any free one. *error set and null when it
  /// can't.
  static std::unique_ptr<Listener> open(Loop& loop, const std::string& address, std::uint16_t port,
                                        std::error_code* error);
  virtual ~Listener() = default;
  virtual std::uint16_t port() const = 0;
  virtual Task<Opened> accept(TcpOptions options = {}) = 0;
};

}  // namespace bondline::net
