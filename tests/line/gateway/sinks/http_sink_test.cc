// The HTTP sink against a server of our own that misbehaves on command. What balances: every sample of the
// log has arrived, or is pending, or was dropped as refused and counted; what arrived twice was marked.
#include "line/gateway/sinks/http_sink.h"

#include "../peers.h"
#include "receiver.h"

using namespace bondline;
using namespace bondline::gateway;
using namespace std::chrono_literals;

namespace {

bool wait_for(std::function<bool()> holds) {
  for (int i = 0; i < 4000 && !holds(); ++i) std::this_thread::sleep_for(5ms);
  return holds();
}

struct Told {
  std::string problem;
  std::uint64_t acknowledged = 0, refused = 0, resent = 0, errors = 0, connects = 0;
};

Told told(const Engine& engine) {
  Told all;
  engine.each_sink([&](const Sink& sink, std::uint64_t) {
    const SinkStatus& s = sink.status();
    all = {s.last_problem(), s.acknowledged, s.refused, s.resent, s.errors, s.connects};
  });
  return all;
}

std::uint64_t pending(const Engine& engine) {
  return engine.counters().pending.at("plant");
}

/// Stores `rounds` of samples, and waits until the sink has nothing left to send.
Told send_all(NumberedLog& numbered, HttpSinkConfig config, int rounds, bool slowly = true) {
  Engine engine(*numbered.log, nullptr, quick_engine());
  engine.add(make_http_sink(std::move(config)));
  engine.start();
  for (int i = 0; i < rounds; ++i) {
    numbered.append(10);
    if (slowly) std::this_thread::sleep_for(1ms);
  }
  numbered.log->commit();
  EXPECT_TRUE(wait_for([&] { return pending(engine) == 0; })) << told(engine).problem;
  engine.stop();
  return told(engine);
}

}  // namespace

TEST(HttpSink, EverySampleArrivesOnceInOrderAndIsAcknowledged) {
  base::MemoryFiles files;
  NumberedLog numbered(files);
  Receiver receiver;
  receiver.start();
  HttpSinkConfig config = post_to(receiver.port());
  config.client.answer_within = 20s;
  const Told end = send_all(numbered, config, 30);
  receiver.stop();
  EXPECT_EQ(receiver.received.samples, numbered.made());
  EXPECT_EQ(receiver.received.sequences.size(), numbered.made());
  EXPECT_EQ(receiver.received.wrong + receiver.received.out_of_order + receiver.received.unmarked_twice, 0u);
  EXPECT_EQ(end.acknowledged, numbered.made());
  EXPECT_EQ(end.resent, 0u);
  EXPECT_EQ(end.connects, 1u) << "the connection is kept";
  EXPECT_EQ(numbered.log->cursor("plant"), numbered.next);
  EXPECT_EQ(receiver.types.front(), "application/x-ndjson");
  EXPECT_EQ(receiver.keys.begin()->first.substr(0, 12),
            "\"l1/plant/" + std::to_string(numbered.log->epoch()) + "-");
}

TEST(HttpSink, NothingIsLostOverFaultsAndWhatComesTwiceIsMarked) {
  base::MemoryFiles files;
  NumberedLog numbered(files);
  Receiver receiver;
  std::mt19937 random(5);
  receiver.fate = [&](const net::http::Request&) {
    Receiver::Fate fate;
    fate.takes = random() % 2;
    switch (random() % 10) {
      case 0:
        fate.status = 500;
        break;
      case 1:
        fate.status = 503;
        fate.retry_after = "0";
        break;
      case 2:
        fate.status = 408;
        break;
      case 3:
        fate.status = random() % 4 ? 429 : 0;
        break;  // a few hang
      case 4:
        fate.status = -1;
        break;
      case 5:
        fate.status = -2;
        break;
      default:
        fate.takes = true;
    }
    return fate;
  };
  receiver.start();
  const Told end = send_all(numbered, post_to(receiver.port()), 40);
  receiver.stop();
  EXPECT_EQ(receiver.received.sequences.size(), numbered.made()) << "lost";
  EXPECT_EQ(receiver.received.unmarked_twice, 0u);
  EXPECT_EQ(receiver.received.wrong + receiver.received.out_of_order, 0u);
  EXPECT_EQ(receiver.changed_under_a_key, 0u) << "the same key, the same samples";
  EXPECT_EQ(end.acknowledged, numbered.made());
  EXPECT_EQ(end.refused, 0u);
  EXPECT_GT(end.errors, 10u);
  EXPECT_GT(receiver.received.samples, numbered.made()) << "something did arrive twice";
}

TEST(HttpSink, AReceiverThatIsAbsentAndRestartedLosesNothing) {
  base::MemoryFiles files;
  NumberedLog numbered(files);
  const std::uint16_t port = peers::free_port();
  Engine engine(*numbered.log, nullptr, quick_engine());
  engine.add(make_http_sink(post_to(port)));
  engine.start();
  Received both;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 10; ++i) numbered.append(5);
    numbered.log->commit();
    std::this_thread::sleep_for(10ms);
    Receiver receiver;
    receiver.received = both;
    receiver.start(port);
    const std::uint64_t seen = told(engine).acknowledged;
    EXPECT_TRUE(wait_for([&] { return told(engine).acknowledged > seen; }));
    receiver.stop();
    both = receiver.received;
  }
  Receiver last;
  last.received = both;
  last.start(port);
  EXPECT_TRUE(wait_for([&] { return pending(engine) == 0; }));
  engine.stop();
  last.stop();
  EXPECT_EQ(last.received.sequences.size(), numbered.made());
  EXPECT_EQ(last.received.wrong + last.received.out_of_order + last.received.unmarked_twice, 0u);
}

TEST(HttpSink, AfterARestartWhatMayHaveBeenSentIsMarked) {
  base::MemoryFiles files;
  Receiver receiver;
  receiver.fate = [](const net::http::Request&) { return Receiver::Fate{-1, true, "", "", ""}; };
  receiver.start();
  std::uint64_t first = 0;
  {
    NumberedLog numbered(files);
    Engine engine(*numbered.log, nullptr, quick_engine());
    engine.add(make_http_sink(post_to(receiver.port())));
    engine.start();
    numbered.append(10);
    numbered.log->commit();
    EXPECT_TRUE(wait_for([&] {
      const std::lock_guard lock(receiver.mutex);
      return receiver.received.samples > 0;
    }));
    EXPECT_EQ(numbered.log->cursor("plant"), numbered.first);
    engine.stop();
    first = numbered.made();
  }
  {
    const std::lock_guard lock(receiver.mutex);
    receiver.fate = [](const net::http::Request&) { return Receiver::Fate(); };
  }
  NumberedLog numbered(files);
  HttpSinkConfig config = post_to(receiver.port());
  config.maybe_sent_below = numbered.log->durable_end();
  send_all(numbered, config, 1);
  receiver.stop();
  EXPECT_EQ(receiver.received.sequences.size(), first + numbered.made());
  EXPECT_EQ(receiver.received.unmarked_twice, 0u);
}

TEST(HttpSink, WaitsAsLongAsItIsAsked) {
  base::MemoryFiles files;
  NumberedLog numbered(files);
  Receiver receiver;
  std::vector<net::Clock::time_point> times;
  receiver.fate = [&](const net::http::Request&) {
    times.push_back(net::Clock::now());
    Receiver::Fate fate;
    if (times.size() == 1) fate = {429, false, "1", "", ""};
    return fate;
  };
  receiver.start();
  send_all(numbered, post_to(receiver.port()), 1);
  receiver.stop();
  ASSERT_GE(times.size(), 2u);
  EXPECT_GE(times[1] - times[0], 1s);
}

TEST(HttpSink, AnAnswerThatSomebodyMustMendIsToldAndNothingIsDropped) {
  const std::pair<Receiver::Fate, std::string> cases[] = {
      {{401, false, "", "", ""}, "the receiver answers 401 Unauthorized"},
      {{404, false, "", "no such topic\nmore", ""}, "the receiver answers 404 Not Found: no such topic"},
      {{422, false, "", "", ""}, "the receiver answers 422 Unprocessable Content"},
      {{308, false, "", "", "/v2"},
       "the receiver answers 308 Permanent Redirect and names /v2: redirects are not followed"},
  };
  for (const auto& [fate, problem] : cases) {
    base::MemoryFiles files;
    NumberedLog numbered(files);
    Receiver receiver;
    std::atomic<bool> mended{false};
    receiver.fate = [&](const net::http::Request&) { return mended ? Receiver::Fate() : fate; };
    receiver.start();
    Engine engine(*numbered.log, nullptr, quick_engine());
    HttpSinkConfig config = post_to(receiver.port());
    config.client.answer_within = 20s;
    engine.add(make_http_sink(config));
    engine.start();
    numbered.append(1);
    numbered.log->commit();
    EXPECT_TRUE(wait_for([&] { return told(engine).errors > 2; }));
    EXPECT_EQ(told(engine).problem, problem);
    EXPECT_EQ(pending(engine), 20u);
    mended = true;
    EXPECT_TRUE(wait_for([&] { return pending(engine) == 0; }));
    engine.stop();
    receiver.stop();
    EXPECT_EQ(receiver.received.sequences.size(), 20u);
    EXPECT_EQ(told(engine).refused, 0u);
  }
}

TEST(HttpSink, WithRefusedDropOnlyTheSamplesAtFaultAreDroppedAndCounted) {
  base::MemoryFiles files;
  NumberedLog numbered(files);
  const std::set<std::uint64_t> poison = {numbered.first + 37, numbered.first + 512, numbered.first + 513};
  Receiver receiver;
  receiver.fate = [&](const net::http::Request& request) {
    Received probe;
    for (std::string_view body = request.body; !body.empty(); body.remove_prefix(body.find('\n') + 1))
      probe.take(body.substr(0, body.find('\n')));
    for (const std::uint64_t wrong : poison)
      if (probe.sequences.contains(wrong)) return Receiver::Fate{422, false, "", "wrong", ""};
    return Receiver::Fate();
  };
  receiver.start();
  HttpSinkConfig config = post_to(receiver.port());
  config.client.answer_within = 20s;
  config.refused = Refused::drop;
  const Told end = send_all(numbered, config, 5);
  receiver.stop();
  EXPECT_EQ(end.refused, 3u);
  EXPECT_EQ(end.acknowledged + end.refused, numbered.made());
  EXPECT_EQ(receiver.received.sequences.size() + 3, numbered.made());
  for (const std::uint64_t wrong : poison) EXPECT_FALSE(receiver.received.sequences.contains(wrong));
}

TEST(HttpSink, ABatchThatIsTooLargeIsHalved) {
  base::MemoryFiles files;
  NumberedLog numbered(files);
  Receiver receiver;
  receiver.fate = [](const net::http::Request& request) {
    return request.body.size() > 900 ? Receiver::Fate{413, false, "", "", ""} : Receiver::Fate();
  };
  receiver.start();
  HttpSinkConfig config = post_to(receiver.port());
  config.client.answer_within = 20s;
  const Told end = send_all(numbered, config, 20, false);
  receiver.stop();
  EXPECT_EQ(receiver.received.sequences.size(), numbered.made());
  EXPECT_EQ(end.acknowledged, numbered.made());
  EXPECT_LT(end.errors, 10u) << "what is too large is learned";
}

TEST(HttpSink, WhoAcknowledgesBeforeItHasHeardTheBatchIsNotBelieved) {
  // A liar: says 200 at the first bytes and reads no further.
  net::Loop loop;
  std::error_code error;
  auto listener = net::Listener::open(loop, "127.0.0.1", 0, &error);
  const std::uint16_t port = listener->port();
  net::Signal stop;
  std::thread thread([&] {
    auto lie = [&]() -> net::Task<> {
      std::vector<std::unique_ptr<net::Stream>> kept;
      for (;;) {
        net::Opened opened = co_await listener->accept();
        if (!opened.stream) co_return;
        std::uint8_t bytes[1000];
        co_await opened.stream->read_some(bytes);
        co_await opened.stream->write(std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
        kept.push_back(std::move(opened.stream));
      }
    };
    auto main = [&]() -> net::Task<> {
      net::Group group(loop);
      group.spawn(lie());
      co_await stop.wait();
      group.cancel();
      co_await group.join();
    };
    loop.run(main());
  });
  base::MemoryFiles files;
  base::Diagnostics problems;
  store::LogOptions options;
  options.folder = "log";
  auto log = store::Log::open(files, options, {{"m.text", "", tags::ValueType::text}}, problems);
  const std::uint64_t first = log->durable_end();
  const std::string text(60000, 'x');
  for (int i = 0; i < 13; ++i) {
    tags::Batch batch;
    batch.begin(times_now());
    for (int k = 0; k < 10; ++k) batch.add_text(0, text);
    ASSERT_EQ(log->append(batch), 10u);
  }
  log->commit();
  Engine engine(*log, nullptr, quick_engine());
  HttpSinkConfig config = post_to(port);
  config.client.answer_within = 20s;
  config.most_samples = 600;
  config.most_bytes = 64u << 20;  // more than the sockets' buffers hold
  engine.add(make_http_sink(config));
  engine.start();
  EXPECT_TRUE(wait_for([&] { return told(engine).errors > 0; }));
  EXPECT_EQ(told(engine).problem, "the receiver answers 200 OK before it has heard the batch");
  EXPECT_EQ(log->cursor("plant"), first);
  EXPECT_EQ(told(engine).acknowledged, 0u);
  engine.stop();
  loop.post([&] { stop.notify(); });
  thread.join();
}

TEST(HttpSink, ByTlsBothSidesShowWhoTheyAre) {
  const auto folder = std::filesystem::temp_directory_path() / ("bondline-https" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  if (!peers::make_certificates(folder)) GTEST_SKIP() << "openssl is not installed";
  const std::string at = folder.string() + "/";
  Receiver receiver;
  std::string problem;
  receiver.options.tls =
      net::TlsServerContext::make({at + "broker.pem", at + "broker.key", at + "ca.pem"}, &problem);
  ASSERT_TRUE(receiver.options.tls) << problem;
  receiver.start();
  const auto run = [&](const net::TlsOptions& tls) {
    base::MemoryFiles files;
    NumberedLog numbered(files);
    Engine engine(*numbered.log, nullptr, quick_engine());
    HttpSinkConfig config = post_to(receiver.port());
    config.client.answer_within = 20s;
    config.url.tls = true;
    config.client.tls = net::TlsContext::make(tls, &problem);
    engine.add(make_http_sink(config));
    engine.start();
    numbered.append(20);
    numbered.log->commit();
    wait_for([&] { return pending(engine) == 0 || told(engine).errors > 0; });
    engine.stop();
    return told(engine);
  };
  const net::TlsOptions good = {at + "ca.pem", at + "edge.pem", at + "edge.key", "localhost"};
  EXPECT_EQ(run(good).acknowledged, 400u);
  net::TlsOptions stranger = good;
  stranger.ca = at + "other.pem";
  EXPECT_NE(run(stranger).problem.find("certificate"), std::string::npos);
  net::TlsOptions nobody = good;
  nobody.certificate = nobody.key = "";
  const Told refused = run(nobody);
  EXPECT_EQ(refused.acknowledged, 0u);
  EXPECT_NE(refused.problem, "");
  receiver.stop();
  std::filesystem::remove_all(folder);
}
