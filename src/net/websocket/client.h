// Opening a WebSocket as a client (RFC 6455, 4.1).
#pragma once
#include <memory>
#include <string>

#include "net/http/text.h"
#include "net/tls.h"
#include "net/websocket/connection.h"

namespace bondline::net::websocket {

struct Call {
  http::Url url;                    ///< ws://, wss:// (http://, https:// mean the same)
  std::shared_ptr<TlsContext> tls;  ///< needed for wss
  http::Headers headers;            ///< Authorization, Origin ...
  Options options;
  Clock::duration within = std::chrono::seconds(10);  ///< until the handshake is over
};

/// Connects, shakes hands, runs `talk` until it returns or the connection ends, and closes. "" or why there
/// was no connection: a server that answers with another status than 101 is told with it.
Task<std::string> connect(Call call, Talk talk);

}  // namespace bondline::net::websocket
