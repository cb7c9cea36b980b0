// The handshake of RFC 6455, 4: what is asked, what is answered.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "net/http/headers.h"

namespace bondline::net::websocket {

/// Whether a request asks to become a WebSocket: GET, HTTP/1.1, Upgrade: websocket, Connection: upgrade.
bool is_upgrade(std::string_view method, int minor, const http::Headers& headers);
/// 0 when it asks properly; else the status to refuse with: 400, or 426 (another version than 13).
int refusal_of(const http::Headers& headers);
/// What Sec-WebSocket-Accept must say to a Sec-WebSocket-Key.
std::string accept_of(std::string_view key);
/// A key nobody can foresee.
std::string make_key();

}  // namespace bondline::net::websocket
