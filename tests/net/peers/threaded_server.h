// Our server on a thread of its own, for programs that talk to it from outside.
#pragma once
#include <thread>

#include "net/http/server.h"

namespace bondline::net {

class ThreadedServer {
 public:
  explicit ThreadedServer(http::Handler handler, http::ServerOptions options = {}) {
    std::error_code error;
    options.grace = std::chrono::milliseconds(200);
    server_ = std::make_unique<http::Server>(Listener::open(loop_, "127.0.0.1", 0, &error),
                                             std::move(handler), std::move(options));
    port_ = server_->port();
    thread_ = std::thread([this] {
      auto main = [this]() -> Task<> {
        Group group(loop_);
        group.spawn(server_->run());
        co_await stop_.wait();
        group.cancel();
        co_await group.join();
      };
      loop_.run(main());
    });
  }
  ~ThreadedServer() { stop(); }
  void stop() {
    if (!thread_.joinable()) return;
    loop_.post([this] { stop_.notify(); });
    thread_.join();
  }
  std::uint16_t port() const { return port_; }
  /// After stop().
  const http::ServerCounters& counters() const { return server_->counters(); }

 private:
  Loop loop_;
  Signal stop_;
  std::unique_ptr<http::Server> server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace bondline::net
