#include "line/gateway/engine/engine.h"

#include <gtest/gtest.h>

#include <thread>

using namespace bondline;
using namespace bondline::gateway;
using namespace std::chrono_literals;

namespace {

/// Offers `per_round` samples every `period`, or misbehaves as told.
class FakeDriver : public Driver {
 public:
  enum class Manner { good, hangs, throws };
  FakeDriver(std::string machine, tags::TagId first, int per_round, Manner manner)
      : Driver(std::move(machine)), first_(first), per_round_(per_round), manner_(manner) {}
  net::Task<> run(Outlet& outlet) override {
    status_.state = DriverState::connected;
    tags::Batch batch;
    for (;;) {
      const std::error_code ended = co_await net::sleep_for(1ms);
      if (ended) co_return;
      if (manner_ == Manner::throws) throw std::runtime_error("the bus is on fire");
      if (manner_ == Manner::hangs) co_await net::sleep_for(1h);
      batch.clear();
      batch.begin(times_now());
      for (int i = 0; i < per_round_; ++i)
        batch.add(first_ + static_cast<tags::TagId>(i), tags::bits_of(static_cast<double>(value_++)));
      status_.received += batch.size();
      outlet.offer(batch);
    }
  }
  net::Task<std::string> write(Setting setting) override {
    if (manner_ == Manner::hangs) co_await net::sleep_for(1h);
    last_written = setting.bits;
    co_return "";
  }
  std::string retag(std::vector<tags::TagId> tags) override {
    first_ = tags.front();
    per_round_ = static_cast<int>(tags.size());
    return "";
  }
  std::atomic<std::uint64_t> last_written{0};

 private:
  tags::TagId first_;
  int per_round_;
  Manner manner_;
  int value_ = 0;
};

/// Takes everything over; may throw between reading and acknowledging.
class FakeSink : public Sink {
 public:
  FakeSink(std::string name, int throws_every) : Sink(std::move(name)), throws_every_(throws_every) {}
  net::Task<> run(Feed& feed) override {
    status_.state = DriverState::connected;
    tags::Batch batch;
    for (;;) {
      std::optional<store::Read> read = co_await feed.next(batch);
      if (!read) co_return;
      if (throws_every_ > 0 && ++reads_ % throws_every_ == 0) throw std::runtime_error("link cut");
      for (std::size_t i = read->skip; i < batch.size(); ++i) seen.push_back(read->first_sequence + i);
      status_.acknowledged += batch.size() - read->skip;
      feed.acknowledge(read->first_sequence + batch.size());
    }
  }
  std::vector<std::uint64_t> seen;

 private:
  int throws_every_, reads_ = 0;
};

store::Dictionary dictionary_of(int n) {
  store::Dictionary dictionary;
  for (int i = 0; i < n; ++i) dictionary.push_back({"m.t" + std::to_string(i), "", tags::ValueType::f64});
  return dictionary;
}

struct Line {
  explicit Line(int tags) {
    base::Diagnostics problems;
    store::LogOptions options;
    options.folder = "log";
    options.window = 1ms;
    log = store::Log::open(files, options, dictionary_of(tags), problems);
  }
  base::MemoryFiles files;
  std::unique_ptr<store::Log> log;
};

EngineOptions quick(int shards) {
  EngineOptions options;
  options.shards = shards;
  options.first_pause = 2ms;
  options.most_pause = 10ms;
  return options;
}

}  // namespace

TEST(Engine, WhatDriversOfferIsStoredAcknowledgedAndBalances) {
  Line line(100);
  Engine engine(*line.log, nullptr, quick(2));
  for (tags::TagId m = 0; m < 4; ++m)
    engine.add(std::make_unique<FakeDriver>("m" + std::to_string(m), m * 25, 25, FakeDriver::Manner::good));
  auto sink_made = std::make_unique<FakeSink>("all", 0);
  FakeSink& sink = *sink_made;
  engine.add(std::move(sink_made));
  engine.start();
  std::this_thread::sleep_for(100ms);
  engine.stop();
  const Counters counters = engine.counters();
  EXPECT_GT(counters.received, 1000u);
  EXPECT_EQ(counters.received, counters.stored);
  EXPECT_EQ(counters.waiting, 0u);
  EXPECT_EQ(counters.acknowledged.at("all"), counters.stored);
  EXPECT_EQ(counters.pending.at("all"), 0u);
  EXPECT_TRUE(counters.dropped.empty());
  EXPECT_GT(counters.latency_p99_s, 0.0);
  ASSERT_EQ(sink.seen.size(), counters.stored);
  for (std::size_t i = 1; i < sink.seen.size(); ++i) ASSERT_EQ(sink.seen[i], sink.seen[i - 1] + 1);
}

// A window's result is true of its end, which may lie up to a tick back; that is no time it waited for disk.
TEST(Engine, WhatTimeMakesIsOnItsWayToDiskSinceItWasMade) {
  class LooksBack : public Stage {
   public:
    Effect process(const tags::Batch&, tags::Batch&) override { return {}; }
    Effect tick(const tags::Times& now, tags::Batch& out) override {
      constexpr std::int64_t kBack = 3'600'000'000'000;
      out.begin({now.source_ns - kBack, now.receive_ns - kBack, now.mono_ns - kBack});
      out.add(0, 1);
      return {0, 1};
    }
    std::chrono::nanoseconds interval() const override { return 2ms; }
  } stage;
  Line line(1);
  Engine engine(*line.log, &stage, quick(1));
  engine.start();
  std::this_thread::sleep_for(50ms);
  engine.stop();
  const Counters counters = engine.counters();
  EXPECT_GT(counters.stored, 0u);
  EXPECT_GT(counters.latency_p99_s, 0.0);
  EXPECT_LT(counters.latency_p99_s, 1800.0) << "half of how far the results look back";
}

TEST(Engine, ADriverThatHangsOrThrowsDelaysNoOther) {
  Line line(30);
  Engine engine(*line.log, nullptr, quick(1));
  engine.add(std::make_unique<FakeDriver>("good", 0, 10, FakeDriver::Manner::good));
  engine.add(std::make_unique<FakeDriver>("hangs", 10, 10, FakeDriver::Manner::hangs));
  engine.add(std::make_unique<FakeDriver>("throws", 20, 10, FakeDriver::Manner::throws));
  engine.start();
  std::this_thread::sleep_for(150ms);
  std::map<std::string, std::uint64_t> received, restarts;
  std::string problem;
  engine.each_driver([&](const Driver& driver) {
    received[driver.machine()] = driver.status().received;
    restarts[driver.machine()] = driver.status().restarts;
    if (driver.machine() == "throws") problem = driver.status().last_problem();
  });
  engine.stop();
  EXPECT_GT(received["good"], 200u);
  EXPECT_EQ(received["hangs"], 0u);
  EXPECT_GT(restarts["throws"], 2u);
  EXPECT_EQ(restarts["good"], 0u);
  EXPECT_EQ(problem, "the bus is on fire");
}

TEST(Engine, ASinkThatBreaksOffGetsEverythingOnceMoreFromItsCursor) {
  Line line(10);
  Engine engine(*line.log, nullptr, quick(1));
  engine.add(std::make_unique<FakeDriver>("m", 0, 10, FakeDriver::Manner::good));
  auto sink_made = std::make_unique<FakeSink>("flaky", 3);
  FakeSink& sink = *sink_made;
  engine.add(std::move(sink_made));
  engine.start();
  std::this_thread::sleep_for(200ms);
  engine.remove_driver("m");
  line.log->commit();
  for (int i = 0; i < 500 && engine.counters().pending.at("flaky") > 0; ++i) std::this_thread::sleep_for(5ms);
  engine.stop();
  const Counters counters = engine.counters();
  EXPECT_EQ(counters.pending.at("flaky"), 0u);
  std::set<std::uint64_t> distinct(sink.seen.begin(), sink.seen.end());
  EXPECT_EQ(distinct.size(), counters.stored) << "every stored sample must have come, breaks or not";
  EXPECT_GT(sink.status().restarts, 1u);
}

TEST(Engine, WritesReachTheDeviceAndAHangingOneIsGivenUp) {
  Line line(2);
  Engine engine(*line.log, nullptr, quick(1));
  auto made = std::make_unique<FakeDriver>("good", 0, 1, FakeDriver::Manner::good);
  FakeDriver& driver = *made;
  engine.add(std::move(made));
  engine.add(std::make_unique<FakeDriver>("hangs", 1, 1, FakeDriver::Manner::hangs));
  EXPECT_EQ(engine.write("good", {0, 5, ""}).get(), "the line is not running");
  engine.start();
  EXPECT_EQ(engine.write("good", {0, 77, ""}).get(), "");
  EXPECT_EQ(driver.last_written, 77u);
  EXPECT_EQ(engine.write("hangs", {1, 5, ""}, 20ms).get(), "timed out");
  EXPECT_EQ(engine.write("nobody", {0, 5, ""}).get(), "there is no machine \"nobody\"");
  engine.stop();
}

TEST(Engine, MachinesComeAndGoAndChangeTagsWhileItRuns) {
  Line line(40);
  Engine engine(*line.log, nullptr, quick(2));
  engine.add(std::make_unique<FakeDriver>("a", 0, 10, FakeDriver::Manner::good));
  engine.start();
  std::this_thread::sleep_for(20ms);
  engine.add(std::make_unique<FakeDriver>("b", 10, 10, FakeDriver::Manner::good));
  std::this_thread::sleep_for(20ms);
  EXPECT_TRUE(engine.newest(10));
  EXPECT_FALSE(engine.newest(30));
  EXPECT_EQ(engine.retag("a", {30, 31}), "");
  std::this_thread::sleep_for(20ms);
  EXPECT_TRUE(engine.newest(30));
  EXPECT_TRUE(engine.remove_driver("a"));
  EXPECT_FALSE(engine.remove_driver("a"));
  engine.stop();
  EXPECT_EQ(engine.counters().received, engine.counters().stored);
}

TEST(Engine, AFullLogIsCountedNotLostSilently) {
  Line line(10);
  Engine engine(*line.log, nullptr, quick(1));
  engine.add(std::make_unique<FakeDriver>("m", 0, 10, FakeDriver::Manner::good));
  engine.start();
  std::this_thread::sleep_for(30ms);
  line.files.set_capacity(1);
  std::this_thread::sleep_for(60ms);
  engine.stop();
  const Counters counters = engine.counters();
  std::uint64_t dropped = 0;
  for (const auto& [reason, n] : counters.dropped) dropped += n;
  EXPECT_EQ(counters.received, counters.stored + counters.waiting + dropped);
  EXPECT_GT(counters.waiting + dropped, 0u);
}
