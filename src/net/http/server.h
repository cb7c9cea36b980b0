// An HTTP/1.1 server (RFC 9110, 9112) on one loop: keep-alive, pipelining, chunked bodies both ways,
// Expect: 100-continue, TLS, WebSockets. Routes are the handler's business:
//
//   using namespace bondline::net;
//   std::error_code error;
//   auto listener = Listener::open(loop, "127.0.0.1", 8080, &error);
//   http::Server server(std::move(listener), [&](http::Exchange& exchange) -> Task<> {
//     const http::Request& request = exchange.request();
//     if (request.path == "/health") {
//       co_await exchange.respond(http::json_response(200, R"({"ok": true})"));
//     } else if (request.path == "/metrics") {             // piece by piece
//       co_await exchange.begin(http::text_response(200, "", "text/plain; version=0.0.4"));
//       for (const std::string& piece : pieces) {
//         const std::error_code gone = co_await exchange.write(piece);
//         if (gone) co_return;
//       }
//     } else if (request.path == "/live") {
//       const auto talk = [&](websocket::Connection& live) -> Task<> {
//         live.send_text(R"({"hello": 1})");               // queued, never waits; see websocket/connection.h
//         for (;;) {
//           const std::optional<websocket::Message> got = co_await live.receive();
//           if (!got) co_return;                           // the connection has ended
//         }
//       };
//       co_await exchange.upgrade(websocket::Options(), talk);
//     } else {
//       co_await exchange.respond(http::text_response(404, "no such thing\n"));
//     }
//   });
//   group.spawn(server.run());      // ends in good order when the group is cancelled
//
// What protects it: a bound on connections, on the time a head or a body may take (slowloris), on silence
// between requests, on the time a client may leave its answer unread, and on every length (Limits). A
// handler is a coroutine on the server's loop: it must not block.
#pragma once
#include <memory>

#include "net/http/exchange.h"
#include "net/http/parser.h"
#include "net/tcp.h"
#include "net/tls.h"

namespace bondline::net::http {

struct ServerOptions {
  Limits limits;
  std::size_t most_connections = 256;                       ///< more are told 503 and closed
  Clock::duration head_within = std::chrono::seconds(10);   ///< from a request's first byte to its head's end
  Clock::duration body_within = std::chrono::seconds(30);   ///< for the body behind it
  Clock::duration idle_within = std::chrono::seconds(60);   ///< without a request
  Clock::duration write_within = std::chrono::seconds(30);  ///< for one piece of an answer to be taken
  Clock::duration grace = std::chrono::seconds(5);   ///< at the end: for requests that are being answered
  Clock::duration linger = std::chrono::seconds(1);  ///< who is refused is listened to for so long, so that
                                                     ///< the answer is not lost with the connection
  std::shared_ptr<TlsServerContext> tls;             ///< null: plain TCP
  /// Called with the head, before a body is waited for or 100 Continue is said: 0 to go on, else the status
  /// to refuse with (401, 404, 413 ...). Null: every request is taken.
  std::function<int(const Request&)> admit;
};

struct ServerCounters {
  std::uint64_t accepted = 0, requests = 0;
  std::uint64_t turned_away = 0;  ///< connections beyond the limit
  std::uint64_t bad = 0;          ///< requests that were refused by the parser or by admit
  std::uint64_t late = 0;         ///< connections closed by a deadline (but idle ones)
  std::uint64_t failed = 0;       ///< handlers that threw or did not answer
  std::uint64_t open = 0;         ///< connections now
};

/// Serves one connection until it ends: for streams that come from elsewhere.
Task<> serve(Stream& stream, const Handler& handler, const ServerOptions& options);

class Server {
 public:
  Server(std::unique_ptr<Listener> listener, Handler handler, ServerOptions options = {});
  ~Server();
  std::uint16_t port() const;
  /// Accepts and serves until the scope is cancelled. Then: no more connections, idle ones are closed,
  /// WebSockets are told 1001, requests under way are answered (up to `grace`), and what is left is cut.
  Task<> run();
  const ServerCounters& counters() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bondline::net::http
