// A server on loopback and a client that speaks bytes.
#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "net/http/server.h"

namespace bondline::net {

inline Task<std::string> hear_all(Stream& stream) {
  std::string heard;
  std::vector<std::uint8_t> bytes(65536);
  for (;;) {
    const Moved moved = co_await stream.read_some(std::span(bytes));
    if (moved.error) break;
    heard.append(reinterpret_cast<const char*>(bytes.data()), moved.bytes);
  }
  co_return heard;
}

class Serving {
 public:
  explicit Serving(http::Handler handler, http::ServerOptions options = {}) {
    std::error_code error;
    options.grace = std::chrono::milliseconds(200);
    options.linger = std::chrono::milliseconds(20);
    server_ = std::make_unique<http::Server>(Listener::open(loop_, "127.0.0.1", 0, &error),
                                             std::move(handler), std::move(options));
  }
  /// Runs `client` beside the server.
  void run(const std::function<Task<>(std::uint16_t port)>& client) {
    auto main = [&]() -> Task<> {
      Group group(loop_);
      running_ = &group;
      group.spawn(server_->run());
      co_await client(server_->port());
      group.cancel();
      co_await group.join();
    };
    loop_.run(main());
    const http::ServerCounters counters = server_->counters();
    EXPECT_EQ(counters.open, 0u);
  }
  /// Within run(): the server begins to end.
  void stop() { running_->cancel(); }
  /// Says some bytes (each part after something was heard of the one before) and hears until the server hangs
  /// up.
  std::string say_parts(std::vector<std::string> parts) {
    std::string heard;
    talk([&](std::uint16_t port) -> Task<> {
      Opened opened = co_await connect_tcp("127.0.0.1", port);
      for (std::size_t i = 0; i < parts.size(); ++i) {
        co_await opened.stream->write(parts[i]);
        if (i + 1 == parts.size()) break;
        std::uint8_t bytes[4096];
        const Moved moved = co_await opened.stream->read_some(bytes);
        heard.append(reinterpret_cast<const char*>(bytes), moved.bytes);
      }
      heard += co_await hear_all(*opened.stream);
    });
    return heard;
  }
  std::string say(std::string bytes) { return say_parts({std::move(bytes)}); }
  const http::ServerCounters& counters() const { return server_->counters(); }
  Loop& loop() { return loop_; }

 private:
  /// Like run(), but the server goes on.
  void talk(const std::function<Task<>(std::uint16_t port)>& client) {
    if (!serving_) {
      serving_ = std::make_unique<Group>(loop_);
      serving_->spawn(server_->run());
    }
    loop_.run(client(server_->port()));
  }
  Loop loop_;
  Group* running_ = nullptr;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<Group> serving_;

 public:
  ~Serving() {
    if (!serving_) return;
    auto end = [&]() -> Task<> {
      serving_->cancel();
      co_await serving_->join();
    };
    loop_.run(end());
  }
};

}  // namespace bondline::net
