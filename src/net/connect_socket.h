// Connecting, for TCP and for what goes over it; nobody outside net/*.cc includes it.
#pragma once
#include <asio/ip/tcp.hpp>

#include "net/tcp.h"

namespace bondline::net {

/// Resolves, tries every address, sets the options.
Task<std::error_code> connect_socket(asio::ip::tcp::socket& socket, std::string host, std::uint16_t port,
                                     TcpOptions options);

}  // namespace bondline::net
