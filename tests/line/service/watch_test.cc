// Live views: everything arrives, and who is slow harms nobody.
#include <set>

#include "api_bench.h"

using namespace bondline;
using namespace bondline::service;

namespace {

/// Opens a view and calls `take` with every message until it returns false.
std::string look(const ApiBench& bench, const std::string& query,
                 const std::function<bool(const Json&)>& take, const std::string& origin = "") {
  net::Loop loop;
  std::string problem;
  auto looking = [&]() -> net::Task<> {
    net::websocket::Call call;
    call.url = bench.url("/api/v1/watch" + query);
    call.options.most_message = 8u << 20;
    call.options.inbox_bytes = 16u << 20;
    if (!origin.empty()) call.headers.add("Origin", origin);
    const net::websocket::Talk talk = [&](net::websocket::Connection& connection) -> net::Task<> {
      for (;;) {
        const std::optional<net::websocket::Message> message = co_await connection.receive();
        if (!message) co_return;
        const bool more = take(Json::parse(message->data));
        if (!more) co_return;
      }
    };
    problem = co_await net::websocket::connect(std::move(call), talk);
  };
  loop.run(looking());
  return problem;
}

}  // namespace

TEST(Watch, TellsEverySampleOfWhatIsWanted) {
  ApiBench bench;
  std::uint64_t last = 0, gaps = 0, n = 0;
  std::set<std::string> names;
  bool first = true;
  EXPECT_EQ(look(bench, "?tags=c.n0,c.n1&every=20ms",
                 [&](const Json& message) {
                   EXPECT_EQ(message.at("snapshot"), first);
                   first = false;
                   for (const auto& sample : message.at("samples")) {
                     names.insert(sample.at("name").get<std::string>());
                     if (sample.at("name") != "c.n0" || sample.at("value").is_null()) continue;
                     const std::uint64_t value = sample.at("value");
                     if (last > 0 && value > last + 1) ++gaps;
                     last = std::max(last, value);
                     ++n;
                   }
                   return n < 30;
                 }),
            "");
  EXPECT_EQ(gaps, 0u);
  EXPECT_EQ(names, (std::set<std::string>{"c.n0", "c.n1"}));
}

TEST(Watch, LooksAnewWhenTheLineFileHasBeenReadAgain) {
  ApiBench bench;
  int messages = 0;
  bool seen = false;
  EXPECT_EQ(look(bench, "?tags=d.*&every=20ms",
                 [&](const Json& message) {
                   if (messages++ == 0) {
                     EXPECT_TRUE(message.at("samples").empty());
                     bench.files.write_atomic("l.yaml",
                                              bench.text + "  d: {sim: counter, size: 1, poll: 10 ms}\n");
                     base::Diagnostics diagnostics;
                     EXPECT_TRUE(bench.station->reload(diagnostics));
                     bench.api->reloaded();
                   }
                   for (const auto& sample : message.at("samples"))
                     seen |= sample.at("name") == "d.n0" && !sample.at("value").is_null();
                   return !seen && messages < 200;
                 }),
            "");
  EXPECT_TRUE(seen);
}

TEST(Watch, IsNotForPagesOfOtherOrigins) {
  ApiBench bench;
  EXPECT_NE(look(
                bench, "", [](const Json&) { return false; }, "http://evil.example"),
            "");
  EXPECT_EQ(look(
                bench, "", [](const Json&) { return false; },
                "http://127.0.0.1:" + std::to_string(bench.access.port)),
            "");
}

TEST(Watch, AClientThatTakesNothingDisturbsNeitherTheLineNorOtherClients) {
  // 20,000 samples a second and a client that reads none of them.
  ApiBench bench("  c: {sim: counter, size: 200, poll: 10 ms}\n");
  ASSERT_TRUE(bench.wait_for([&] { return bench.value("c.n0") > 3; }));
  net::Loop loop;
  std::thread slow([&] {
    auto holding = [&]() -> net::Task<> {
      net::Opened opened = co_await net::connect_tcp("127.0.0.1", bench.access.port);
      const std::string request =
          "GET /api/v1/watch?every=20ms HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
          "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
      const net::Moved moved = co_await opened.stream->write(request);
      EXPECT_FALSE(moved.error);
      co_await net::sleep_for(std::chrono::hours(1));
    };
    net::Group group(loop);
    loop.post([&] { group.spawn(holding()); });
    loop.run();
    group.cancel();
    auto end = [&]() -> net::Task<> { co_await group.join(); };
    loop.run(end());
  });
  const auto metric = [&](const std::string& name) {
    const std::string page = bench.ask("GET", "/metrics").body;
    const std::size_t at = page.find("\n" + name + " ");
    return at == std::string::npos ? -1.0 : std::stod(page.substr(at + name.size() + 2));
  };
  ASSERT_TRUE(bench.wait_for([&] { return metric("bondline_api_watchers") == 1; }));
  // Kernel buffers fill first, then the queue, then samples are dropped for this view alone.
  const double before = bench.value("c.n0");
  EXPECT_TRUE(bench.wait_for([&] { return bench.value("c.n0") > before + 250; }));
  std::uint64_t seen = 0;
  EXPECT_EQ(look(bench, "?tags=c.n0&every=20ms",
                 [&](const Json& message) {
                   EXPECT_EQ(message.at("dropped"), 0);
                   return ++seen < 10;
                 }),
            "");
  loop.stop();
  slow.join();
  EXPECT_TRUE(bench.wait_for([&] { return metric("bondline_api_watchers") == 0; }));
  const Json counters = bench.json("/api/v1/counters").at("counters");
  EXPECT_TRUE(counters.at("balanced").get<bool>());
  EXPECT_TRUE(counters.at("dropped").empty());
  bench.station->engine().each_driver(
      [](const gateway::Driver& driver) { EXPECT_EQ(driver.status().errors, 0u); });
}

TEST(LiveView, DropsAndCountsWhatDoesNotFit) {
  using gateway::Watch;
  int woken = 0;
  Watch view({Watch::Want::number, Watch::Want::no, Watch::Want::text}, 5, [&] { ++woken; });
  tags::Batch batch, taken;
  batch.begin({});
  batch.add(0, 7);
  batch.add(1, 8);
  batch.add(5, 9);
  batch.add_text(2, "warm");
  for (int i = 0; i < 4; ++i) view.offer(batch);
  EXPECT_EQ(woken, 1) << "once until it is taken";
  EXPECT_EQ(view.take(taken), 3u);
  ASSERT_EQ(taken.size(), 5u);
  EXPECT_EQ(taken.bits()[0], 7u);
  EXPECT_EQ(taken.text_of(1), "warm");
  EXPECT_EQ(view.take(taken), 0u);
  EXPECT_TRUE(taken.empty());
  view.offer(batch);
  EXPECT_EQ(woken, 2);
}

TEST(LiveTable, NeverShowsHalfOfOneSampleAndHalfOfAnother) {
  gateway::LiveTable table;
  EXPECT_FALSE(table.get(70'000));
  std::atomic<bool> ending{false};
  std::thread writer([&] {
    for (std::int64_t i = 1; !ending; ++i)
      table.set(70'000, static_cast<std::uint64_t>(i), tags::Quality::good, {i, i, 0});
  });
  std::uint64_t reads = 0, torn = 0;
  while (reads < 20'000) {
    const auto sample = table.get(70'000);
    if (!sample) continue;
    ++reads;
    torn += sample->times.source_ns != static_cast<std::int64_t>(sample->bits) ||
            sample->times.receive_ns != sample->times.source_ns;
  }
  ending = true;
  writer.join();
  EXPECT_EQ(torn, 0u);
  table.clear(70'000);
  EXPECT_FALSE(table.get(70'000));
}
