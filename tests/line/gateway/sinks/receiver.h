// A web server that takes batches, on a thread of its own, and misbehaves on command.
#pragma once
#include <atomic>
#include <mutex>
#include <random>
#include <thread>

#include "line/gateway/sinks/http_sink.h"
#include "net/http/server.h"
#include "sink_bench.h"

namespace bondline::gateway {

class Receiver {
 public:
  /// What is done with a request: its answer. Called under `mutex`; `takes` says whether the samples count as
  /// received, whatever the answer. Status 0: hang; -1: hang up without an answer; -2: cut the answer.
  struct Fate {
    int status = 204;
    bool takes = true;
    std::string retry_after, body, location;
  };
  std::function<Fate(const net::http::Request&)> fate = [](const net::http::Request&) { return Fate(); };
  net::http::ServerOptions options;  ///< set before start()

  void start(std::uint16_t port = 0) {
    std::error_code error;
    for (int i = 0; i < 200 && !listening_; ++i) {
      listening_ = net::Listener::open(loop_, "127.0.0.1", port, &error);
      if (!listening_) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ASSERT_TRUE(listening_) << error.message();
    port_ = listening_->port();
    options.grace = std::chrono::milliseconds(1);
    options.linger = std::chrono::milliseconds(20);
    options.limits.body = 64u << 20;
    server_ = std::make_unique<net::http::Server>(
        std::move(listening_), [this](net::http::Exchange& exchange) { return take(exchange); }, options);
    thread_ = std::thread([this] { loop_.run(serve()); });
  }
  void stop() {
    if (!thread_.joinable()) return;
    loop_.post([this] { stop_.notify(); });
    thread_.join();
  }
  ~Receiver() { stop(); }
  std::uint16_t port() const { return port_; }

  std::mutex mutex;
  Received received;                        ///< under `mutex`, or after stop()
  std::map<std::string, std::string> keys;  ///< Idempotency-Key -> the sequences it came with
  std::uint64_t changed_under_a_key = 0, requests = 0;
  std::vector<std::string> types;

 private:
  net::Task<> serve() {
    net::Group group(loop_);
    group.spawn(server_->run());
    co_await stop_.wait();
    group.cancel();
    co_await group.join();
  }
  net::Task<> take(net::http::Exchange& exchange) {
    const net::http::Request& request = exchange.request();
    Fate chosen;
    {
      const std::lock_guard lock(mutex);
      ++requests;
      chosen = fate(request);
      types.emplace_back(request.headers.get("content-type"));
      note_key(request);
      if (chosen.takes) take_lines(request.body);
    }
    if (chosen.status == 0) co_await net::sleep_for(std::chrono::hours(1));
    if (chosen.status == -2) co_await exchange.begin(net::http::text_response(200, "half of it"));
    if (chosen.status <= 0) throw std::runtime_error("on command");
    net::http::Response answer = net::http::text_response(chosen.status, chosen.body);
    if (!chosen.retry_after.empty()) answer.headers.add("Retry-After", chosen.retry_after);
    if (!chosen.location.empty()) answer.headers.add("Location", chosen.location);
    co_await exchange.respond(answer);
  }
  void take_lines(std::string_view body) {
    while (!body.empty()) {
      const std::size_t end = body.find('\n');
      ASSERT_NE(end, std::string_view::npos) << "every document ends with a line feed";
      received.take(body.substr(0, end));
      body.remove_prefix(end + 1);
    }
  }
  void note_key(const net::http::Request& request) {
    if (!request.body.starts_with('{')) return;
    std::string sequences;
    std::string_view body = request.body;
    while (!body.empty()) {
      const auto document = nlohmann::json::parse(body.substr(0, body.find('\n')));
      for (const auto& run : document.at("runs"))
        for (const auto& [name, value] : run.at("v").items()) sequences += name + "=" + value.dump() + " ";
      body.remove_prefix(body.find('\n') + 1);
    }
    const auto [it, fresh] = keys.emplace(request.headers.get("idempotency-key"), sequences);
    if (!fresh && it->second != sequences) ++changed_under_a_key;
  }
  net::Loop loop_;
  net::Signal stop_;
  std::unique_ptr<net::Listener> listening_;
  std::unique_ptr<net::http::Server> server_;
  std::thread thread_;
  std::uint16_t port_ = 0;
};

inline HttpSinkConfig post_to(std::uint16_t port) {
  HttpSinkConfig config;
  config.name = "plant";
  config.line = "l1";
  config.url.host = "127.0.0.1";
  config.url.port = port;
  config.url.target = "/ingest";
  config.client.answer_within = std::chrono::milliseconds(100);
  config.most_samples = 64;
  config.first_pause = std::chrono::milliseconds(2);
  config.most_pause = std::chrono::milliseconds(10);
  return config;
}

}  // namespace bondline::gateway
