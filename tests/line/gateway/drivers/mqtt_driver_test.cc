// A broker's topics as a machine, against mosquitto.
#include "line/gateway/drivers/mqtt/mqtt_driver.h"

#include <gtest/gtest.h>

#include "../mosquitto.h"
#include "line/gateway/engine/engine.h"

using namespace bondline;
using namespace bondline::gateway;
using namespace bondline::peers;
using namespace std::chrono_literals;
using tags::Quality;

namespace {

bool wait_for(const std::function<bool()>& holds) {
  for (int i = 0; i < 1000 && !holds(); ++i) std::this_thread::sleep_for(5ms);
  return holds();
}

/// A line of one broker: a counter at p/n, a member at p/j.
struct Line {
  explicit Line(const LoopbackBroker& broker, base::Files& files, mqtt::Version version, std::uint8_t qos,
                bool commits = true) {
    store::LogOptions options;
    options.folder = "log";
    options.window = 1ms;
    options.background = commits;
    base::Diagnostics problems;
    log = store::Log::open(files, options,
                           {{"b.n", "", tags::ValueType::u64}, {"b.j", "", tags::ValueType::f64}}, problems);
    EngineOptions quick;
    quick.first_pause = 5ms;
    quick.most_pause = 50ms;
    engine = std::make_unique<Engine>(*log, nullptr, quick);
    MqttConfig config;
    config.machine = "b";
    config.qos = qos;
    config.connect = [port = broker.port]() -> net::Task<net::Opened> {
      return net::connect_tcp("127.0.0.1", port);
    };
    config.session.version = version;
    config.session.client_id = "edge";
    config.first_pause = 5ms;
    config.most_pause = 50ms;
    MqttPoint n;
    n.filter = "p/n";
    n.format = *fields::format_of("uint64");
    n.write_to = "p/set";
    MqttPoint j;
    j.tag = 1;
    j.filter = "p/j";
    j.whole = false;
    j.field = "a.v";
    j.format = *fields::format_of("float64");
    j.write_to = "p/jset";
    config.points = {n, j};
    engine->add(make_mqtt_driver(config));
  }
  void start() {
    engine->start();
    EXPECT_TRUE(wait_for([&] { return state() == DriverState::connected; }));
    std::this_thread::sleep_for(100ms);  // the subscription's answer
  }
  DriverState state() const {
    DriverState found = DriverState::starting;
    engine->each_driver([&](const Driver& d) { found = d.status().state; });
    return found;
  }
  /// Values and qualities of a tag in the log.
  std::vector<std::pair<std::uint64_t, Quality>> stored(tags::TagId tag) const {
    std::vector<std::pair<std::uint64_t, Quality>> all;
    store::Log::Reader reader(*log, log->begin());
    tags::Batch batch;
    while (const auto read = reader.next(batch))
      for (std::size_t i = read->skip; i < batch.size(); ++i)
        if (batch.tag()[i] == tag && !tags::is_bad(batch.quality()[i]))
          all.emplace_back(batch.bits()[i], batch.quality()[i]);
    return all;
  }
  std::unique_ptr<store::Log> log;
  std::unique_ptr<Engine> engine;
};

}  // namespace

TEST(MqttDriver, TakesWhatIsPublishedInEveryVersionAndQos) {
  if (!have_mosquitto()) GTEST_SKIP() << "mosquitto is not installed";
  for (const mqtt::Version version : {mqtt::Version::v311, mqtt::Version::v5})
    for (const int qos : {0, 1, 2}) {
      LoopbackBroker broker("mqttdrv" + std::to_string(qos));
      base::MemoryFiles files;
      Line line(broker, files, version, static_cast<std::uint8_t>(qos));
      broker.publish("p/n", "1", 1, true);
      line.start();
      broker.publish("p/n", "2", qos);
      broker.publish("p/j", R"({"a":{"v":2.5}})", qos);
      broker.publish("p/n", "three", qos);
      broker.publish("p/n", "4", qos);
      EXPECT_TRUE(wait_for([&] { return line.stored(0).size() >= 3 && !line.stored(1).empty(); }));
      line.engine->stop();
      EXPECT_EQ(line.stored(0), (std::vector<std::pair<std::uint64_t, Quality>>{
                                    {1, Quality::good_retained}, {2, Quality::good}, {4, Quality::good}}));
      ASSERT_EQ(line.stored(1).size(), 1u);
      EXPECT_EQ(line.stored(1)[0].first, tags::bits_of(2.5));
      line.engine->each_driver([&](const Driver& d) {
        EXPECT_EQ(d.status().errors, 1u);
        EXPECT_NE(d.status().last_problem().find("three"), std::string::npos);
      });
    }
}

TEST(MqttDriver, ABrokerKeepsWhatComesWhileTheLineIsAwayAndWhatWasNotOnDisk) {
  if (!have_mosquitto()) GTEST_SKIP() << "mosquitto is not installed";
  for (const int qos : {1, 2}) {
    LoopbackBroker broker("mqttkeep" + std::to_string(qos));
    {
      base::MemoryFiles files;
      Line line(broker, files, mqtt::Version::v5, static_cast<std::uint8_t>(qos), false);
      line.start();
      broker.publish("p/n", "1", qos);
      EXPECT_TRUE(wait_for([&] { return line.engine->counters().received == 1; }));
      // The log commits nothing before the driver has gone: the message must not have been acknowledged.
      line.engine->stop();
    }
    broker.publish("p/n", "2", qos);
    base::MemoryFiles files;
    Line line(broker, files, mqtt::Version::v5, static_cast<std::uint8_t>(qos));
    line.start();
    EXPECT_TRUE(wait_for([&] { return line.stored(0).size() == 2; }));
    EXPECT_EQ(line.stored(0),
              (std::vector<std::pair<std::uint64_t, Quality>>{{1, Quality::good_again}, {2, Quality::good}}));
    line.engine->stop();
    // All was acknowledged in the end: nothing comes a third time.
    base::MemoryFiles others;
    Line last(broker, others, mqtt::Version::v5, static_cast<std::uint8_t>(qos));
    last.start();
    broker.publish("p/n", "3", qos);
    EXPECT_TRUE(wait_for([&] { return !last.stored(0).empty(); }));
    last.engine->stop();
    EXPECT_EQ(last.stored(0).size(), 1u);
  }
}

TEST(MqttDriver, ALogThatIsFullLosesNothingTheBrokerKeeps) {
  if (!have_mosquitto()) GTEST_SKIP() << "mosquitto is not installed";
  LoopbackBroker broker("mqttfull");
  base::MemoryFiles files;
  store::LogOptions options;
  Line line(broker, files, mqtt::Version::v5, 1);
  line.start();
  files.set_capacity(1);  // the log can't write: what waits stays in memory, and nothing is acknowledged
  for (int i = 1; i <= 30; ++i) broker.publish("p/n", std::to_string(i));
  EXPECT_TRUE(wait_for([&] { return line.engine->counters().received >= 20; }));
  EXPECT_TRUE(line.stored(0).empty());
  files.set_capacity(UINT64_MAX);
  EXPECT_TRUE(wait_for([&] { return line.stored(0).size() >= 30; }));
  line.engine->stop();
  const auto stored = line.stored(0);
  ASSERT_EQ(stored.size(), 30u);
  for (std::size_t i = 0; i < stored.size(); ++i) EXPECT_EQ(stored[i].first, i + 1);
}

TEST(MqttDriver, TheBrokerRestartsAndTagsAreBadMeanwhile) {
  if (!have_mosquitto()) GTEST_SKIP() << "mosquitto is not installed";
  LoopbackBroker broker("mqttrestart");
  base::MemoryFiles files;
  Line line(broker, files, mqtt::Version::v5, 1);
  line.start();
  broker.publish("p/n", "1");
  EXPECT_TRUE(wait_for([&] { return line.stored(0).size() == 1; }));
  broker.broker.reset();
  EXPECT_TRUE(
      wait_for([&] { return line.engine->newest(1) && tags::is_bad(line.engine->newest(1)->quality); }));
  EXPECT_EQ(line.engine->newest(0)->quality, Quality::bad_not_connected);
  broker.start();
  EXPECT_TRUE(wait_for([&] { return line.state() == DriverState::connected; }));
  std::this_thread::sleep_for(100ms);
  broker.publish("p/n", "2");
  EXPECT_TRUE(wait_for([&] { return line.stored(0).size() == 2; }));
  line.engine->stop();
  EXPECT_EQ(line.stored(0)[1].first, 2u);
}

TEST(MqttDriver, AWrittenTagIsPublished) {
  if (!have_mosquitto()) GTEST_SKIP() << "mosquitto is not installed";
  LoopbackBroker broker("mqttwrite");
  auto listener = broker.listen("p/#");
  base::MemoryFiles files;
  Line line(broker, files, mqtt::Version::v5, 1);
  EXPECT_NE(line.engine->write("b", {0, 42, ""}).get(), "") << "not running";
  line.start();
  EXPECT_EQ(line.engine->write("b", {0, 42, ""}).get(), "");
  EXPECT_EQ(line.engine->write("b", {1, tags::bits_of(0.5), ""}).get(), "");
  EXPECT_NE(line.engine->write("b", {9, 1, ""}).get(), "");
  EXPECT_TRUE(wait_for([&] { return broker.heard().find("jset") != std::string::npos; }));
  EXPECT_EQ(broker.heard(), "p/set 42\np/jset {\"a\":{\"v\":0.5}}\n");
  line.engine->stop();
}
