// A whole line that posts to a web server in this process.
#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "line/station/station.h"
#include "net/http/server.h"

using namespace bondline;
using namespace bondline::station;
using namespace std::chrono_literals;

TEST(HttpLine, PostsWhatItStoresAndItsCountersBalance) {
  net::Loop loop;
  net::Signal stop;
  std::error_code error;
  std::atomic<std::uint64_t> heard{0}, wrong{0};
  net::http::Server server(
      net::Listener::open(loop, "127.0.0.1", 0, &error), [&](net::http::Exchange& exchange) -> net::Task<> {
        const net::http::Request& request = exchange.request();
        wrong += request.path != "/in" || request.headers.get("authorization") != "Bearer s3cret";
        for (std::string_view body = request.body; !body.empty(); body.remove_prefix(body.find('\n') + 1))
          heard += nlohmann::json::parse(body.substr(0, body.find('\n'))).at("n").get<std::uint64_t>();
        const net::http::Response taken = net::http::text_response(202, "");
        co_await exchange.respond(taken);
      });
  std::thread thread([&] {
    auto main = [&]() -> net::Task<> {
      net::Group group(loop);
      group.spawn(server.run());
      co_await stop.wait();
      group.cancel();
      co_await group.join();
    };
    loop.run(main());
  });
  base::MemoryFiles files;
  files.write_atomic("token", "s3cret\n");
  files.write_atomic("l.yaml",
                     "bondline: line/1\nname: l\nmachines:\n  c: {sim: counter, size: 10, poll: 5 ms}\n"
                     "sinks:\n  plant: {http: \"http://127.0.0.1:" +
                         std::to_string(server.port()) +
                         "/in\", token_file: token}\nstore: {path: s, window: 2 ms}\n");
  base::Diagnostics diagnostics;
  auto line = load_line(files, "l.yaml", diagnostics);
  ASSERT_TRUE(line) << base::to_text(diagnostics.all()[0]);
  EXPECT_NE(plan_text(*line).find("POST http://127.0.0.1:"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(plan_json(*line)).at("sinks").at("plant").at("protocol"), "http");
  const auto station = Station::make(files, std::move(*line), diagnostics);
  station->start();
  for (int i = 0; i < 1000 && heard < 200; ++i) std::this_thread::sleep_for(5ms);
  station->stop();
  const auto report = nlohmann::json::parse(station->report());
  const auto& counters = report.at("counters");
  EXPECT_TRUE(counters.at("balanced").get<bool>()) << counters.dump();
  EXPECT_EQ(counters.at("pending"), 0) << report.at("sinks").dump();
  EXPECT_EQ(counters.at("acknowledged"), counters.at("stored"));
  EXPECT_EQ(report.at("sinks").at("plant").at("refused"), 0);
  EXPECT_EQ(heard.load(), counters.at("stored").get<std::uint64_t>());
  EXPECT_EQ(wrong.load(), 0u);
  loop.post([&] { stop.notify(); });
  thread.join();
}
