// A line in memory with its API on loopback, and a client.
#pragma once
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "../gateway/peers.h"
#include "line/service/api.h"
#include "net/http/client.h"
#include "net/websocket/client.h"

namespace bondline::service {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

constexpr const char* kReadToken = "readreadreadread";
constexpr const char* kWriteToken = "writewritewritewrite";

struct ApiBench {
  explicit ApiBench(
      const std::string& machines =
          "  c: {sim: counter, size: 4, poll: 10 ms}\n  oven: {sim: reflow_oven, size: 3, poll: 10 ms}\n",
      station::ApiAccess wanted = {}) {
    text = "bondline: line/1\nname: l\nstore: {path: s, window: 2 ms}\nmachines:\n" + machines;
    files.write_atomic("l.yaml", text);
    base::Diagnostics diagnostics;
    auto line = station::load_line(files, "l.yaml", diagnostics);
    EXPECT_TRUE(line) << (diagnostics.empty() ? "" : base::to_text(diagnostics.all()[0]));
    station = station::Station::make(files, std::move(*line), diagnostics);
    access = std::move(wanted);
    access.port = peers::free_port();
    station->start();
    api = std::make_unique<Api>(*station, access, [this](const std::string& said) {
      const std::lock_guard lock(mutex);
      log += said + "\n";
    });
    peers::wait_for_port(access.port);
  }
  ~ApiBench() {
    api.reset();
    station->stop();
  }

  net::http::Url url(const std::string& target) const {
    std::string problem;
    return *net::http::read_url("http://127.0.0.1:" + std::to_string(access.port) + target, &problem);
  }
  net::http::Response ask(const std::string& method, const std::string& target, const std::string& token = "",
                          const std::string& body = "",
                          const std::vector<std::pair<std::string, std::string>>& fields = {}) const {
    net::Loop loop;
    net::http::Answer answer;
    net::http::Request request;
    request.method = method;
    request.target = target;
    request.body = body;
    if (!token.empty()) request.headers.add("Authorization", net::http::bearer_credentials(token));
    for (const auto& [name, value] : fields) request.headers.add(name, value);
    auto asking = [&]() -> net::Task<> {
      net::http::ClientOptions options;
      options.limits.body = 64u << 20;
      net::http::Client client(url(target), options);
      answer = co_await client.send(request);
    };
    loop.run(asking());
    EXPECT_EQ(answer.problem, "") << method << " " << target;
    return answer.response;
  }
  Json json(const std::string& target, const std::string& token = "") const {
    const net::http::Response response = ask("GET", target, token);
    EXPECT_EQ(response.status, 200) << target << " " << response.body;
    return Json::parse(response.body);
  }
  template <class Done>
  bool wait_for(Done done) const {
    for (int i = 0; i < 1000 && !done(); ++i) std::this_thread::sleep_for(10ms);
    return done();
  }
  double value(const std::string& name) const {
    const auto id = station->line().tags->find(name);
    const auto sample = id ? station->live().get(*id) : std::nullopt;
    return sample ? tags::number_of((*station->line().tags)[*id].type, sample->bits) : -1;
  }

  base::MemoryFiles files;
  std::string text, log;
  std::mutex mutex;
  station::ApiAccess access;
  std::unique_ptr<station::Station> station;
  std::unique_ptr<Api> api;
};

}  // namespace bondline::service
