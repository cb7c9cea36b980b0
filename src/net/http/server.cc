#include "net/http/server.h"

#include "net/http/connection.h"

namespace bondline::net::http {

Task<> serve(Stream& stream, const Handler& handler, const ServerOptions& options) {
  ServerCounters counters;
  Served served(stream, handler, options, counters, nullptr);
  co_await served.run();
}

struct Server::Impl {
  std::unique_ptr<Listener> listener;
  Handler handler;
  ServerOptions options;
  ServerCounters counters;
  std::uint16_t port = 0;
  std::size_t turning_away = 0;
  Signal ended;

  Task<> one(std::unique_ptr<Stream> stream, Scope& going_away);
  Task<> turn_away(std::unique_ptr<Stream> stream);
};

Server::Server(std::unique_ptr<Listener> listener, Handler handler, ServerOptions options)
    : impl_(std::make_unique<Impl>()) {
  impl_->port = listener->port();
  impl_->listener = std::move(listener);
  impl_->handler = std::move(handler);
  impl_->options = std::move(options);
}

Server::~Server() = default;

std::uint16_t Server::port() const {
  return impl_->port;
}

const ServerCounters& Server::counters() const {
  return impl_->counters;
}

Task<> Server::Impl::one(std::unique_ptr<Stream> stream, Scope& going_away) {
  try {
    if (options.tls) {
      Deadline deadline(going_away, options.head_within);
      Opened opened = co_await deadline.run(accept_tls(options.tls, std::move(stream)));
      counters.late += deadline.passed() ? 1 : 0;
      stream = std::move(opened.stream);
    }
    if (stream) {
      Served served(*stream, handler, options, counters, &going_away);
      co_await served.run();
      stream->close();
    }
  } catch (...) {
    // Out of memory, at worst: this connection is lost, the server goes on.
    ++counters.failed;
  }
  --counters.open;
  ended.notify();
}

/// Says 503, and listens for a moment: who hangs up on unread bytes takes the answer back.
Task<> Server::Impl::turn_away(std::unique_ptr<Stream> stream) {
  Scope& scope = co_await current_scope();
  Deadline deadline(scope, std::chrono::seconds(1));
  constexpr std::string_view kBusy =
      "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  co_await deadline.run(stream->write(kBusy));
  std::uint8_t bytes[1024];
  co_await deadline.run(stream->read_some(bytes));
  --turning_away;
}

Task<> Server::run() {
  Impl& s = *impl_;
  Scope& scope = co_await current_scope();
  Loop& loop = scope.loop();
  Group connections(loop);  // of its own: it ends after the scope, in good order
  Scope going_away(loop, &connections.scope());
  while (!scope.cancelled()) {
    Opened opened = co_await s.listener->accept();
    if (scope.cancelled()) break;
    if (!opened.stream) {
      // No file descriptors, most likely: connections that end give some back.
      co_await sleep_for(std::chrono::milliseconds(50));
      continue;
    }
    if (s.counters.open >= s.options.most_connections) {
      ++s.counters.turned_away;
      constexpr std::size_t kMostTurningAway = 64;
      if (s.options.tls || s.turning_away >= kMostTurningAway) continue;
      ++s.turning_away;
      connections.spawn(s.turn_away(std::move(opened.stream)));
      continue;
    }
    ++s.counters.accepted;
    ++s.counters.open;
    connections.spawn(s.one(std::move(opened.stream), going_away));
  }
  s.listener.reset();
  going_away.cancel();
  {
    Scope last(loop);
    Deadline deadline(last, s.options.grace);
    while (s.counters.open > 0 && !deadline.passed()) {
      Signal::Wait wait(s.ended);
      co_await deadline.run(wait);
    }
  }
  connections.cancel();
  co_await connections.join();
}

}  // namespace bondline::net::http
