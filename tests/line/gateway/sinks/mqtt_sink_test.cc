// The MQTT sink against a broker of our own that misbehaves on command.
#include "../unruly_broker.h"
#include "sink_bench.h"

using namespace bondline;
using namespace bondline::gateway;
using namespace std::chrono_literals;

namespace {

bool wait_for(std::function<bool()> holds) {
  for (int i = 0; i < 4000 && !holds(); ++i) std::this_thread::sleep_for(5ms);
  return holds();
}

}  // namespace

TEST(MqttSink, EverySampleArrivesOnceInOrderAndIsAcknowledged) {
  for (const std::uint8_t qos : {0, 1, 2}) {
    base::MemoryFiles files;
    NumberedLog numbered(files);
    UnrulyBroker<Received> broker;
    broker.start();
    Engine engine(*numbered.log, nullptr, quick_engine());
    engine.add(make_mqtt_sink(sink_to([&] { return broker.port(); }, qos)));
    engine.start();
    for (int i = 0; i < 50; ++i) {
      numbered.append(10);
      std::this_thread::sleep_for(1ms);
    }
    numbered.log->commit();
    EXPECT_TRUE(wait_for([&] { return engine.counters().pending.at("plant") == 0; }));
    engine.stop();
    if (qos == 0)
      wait_for([&] {
        const std::lock_guard lock(broker.mutex);
        return broker.received.samples == numbered.made();
      });
    const std::lock_guard lock(broker.mutex);
    EXPECT_EQ(broker.received.samples, numbered.made());
    EXPECT_EQ(broker.received.sequences.size(), numbered.made());
    EXPECT_EQ(broker.received.wrong + broker.received.out_of_order + broker.received.unmarked_twice, 0u);
    EXPECT_EQ(numbered.log->cursor("plant"), numbered.next);
  }
}

TEST(MqttSink, NothingIsLostOverManyCutsAndWhatComesTwiceIsMarked) {
  for (const std::uint8_t qos : {1, 2})
    for (const bool forgets : {false, true}) {
      base::MemoryFiles files;
      NumberedLog numbered(files);
      UnrulyBroker<Received> broker;
      broker.breaks_every =
          forgets && qos == 2 ? 60 : 8;  // QoS 2 to a forgetful broker needs a whole window to get on
      broker.forgets_sessions = forgets;
      broker.start();
      Engine engine(*numbered.log, nullptr, quick_engine());
      engine.add(make_mqtt_sink(sink_to([&] { return broker.port(); }, qos)));
      engine.start();
      for (int i = 0; i < 100; ++i) {
        numbered.append(10);
        std::this_thread::sleep_for(1ms);
      }
      numbered.log->commit();
      EXPECT_TRUE(wait_for([&] { return engine.counters().pending.at("plant") == 0; }));
      engine.stop();
      const std::lock_guard lock(broker.mutex);
      EXPECT_EQ(broker.received.sequences.size(), numbered.made()) << "lost at QoS " << int{qos};
      EXPECT_EQ(broker.received.unmarked_twice, 0u) << "QoS " << int{qos} << " forgets " << forgets;
      EXPECT_EQ(broker.received.wrong + broker.received.out_of_order, 0u);
      EXPECT_GT(broker.connections, 10);
      if (qos == 2 && !forgets) {
        EXPECT_EQ(broker.received.samples, numbered.made()) << "QoS 2 with a session: exactly once";
      }
    }
}

TEST(MqttSink, WithoutAcknowledgementTheCursorStays) {
  base::MemoryFiles files;
  NumberedLog numbered(files);
  UnrulyBroker<Received> broker;
  broker.acknowledges = false;
  broker.start();
  Engine engine(*numbered.log, nullptr, quick_engine());
  engine.add(make_mqtt_sink(sink_to([&] { return broker.port(); }, 1)));
  engine.start();
  numbered.append(10);
  numbered.log->commit();
  EXPECT_TRUE(wait_for([&] {
    const std::lock_guard lock(broker.mutex);
    return broker.received.samples == 200;
  }));
  EXPECT_EQ(engine.counters().pending.at("plant"), 200u);
  EXPECT_EQ(numbered.log->cursor("plant"), numbered.first);
  engine.stop();
  EXPECT_EQ(numbered.log->cursor("plant"), numbered.first);
}

TEST(MqttSink, ARefusedMessageStaysPendingAndTheReasonIsTold) {
  base::MemoryFiles files;
  NumberedLog numbered(files);
  UnrulyBroker<Received> broker;
  broker.refuses_with = 0x87;
  broker.start();
  Engine engine(*numbered.log, nullptr, quick_engine());
  engine.add(make_mqtt_sink(sink_to([&] { return broker.port(); }, 1)));
  engine.start();
  numbered.append(1);
  numbered.log->commit();
  std::string problem;
  EXPECT_TRUE(wait_for([&] {
    engine.each_sink([&](const Sink& sink, std::uint64_t) { problem = sink.status().last_problem(); });
    return !problem.empty();
  }));
  EXPECT_EQ(problem, "the broker refuses a message: not authorized");
  EXPECT_EQ(engine.counters().pending.at("plant"), 20u);
  engine.stop();
}

TEST(MqttSink, AfterARestartWhatMayHaveBeenSentIsMarked) {
  base::MemoryFiles files;
  UnrulyBroker<Received> broker;
  broker.acknowledges = false;
  broker.start();
  {
    NumberedLog numbered(files);
    Engine engine(*numbered.log, nullptr, quick_engine());
    engine.add(make_mqtt_sink(sink_to([&] { return broker.port(); }, 1)));
    engine.start();
    numbered.append(10);
    numbered.log->commit();
    EXPECT_TRUE(wait_for([&] {
      const std::lock_guard lock(broker.mutex);
      return broker.received.samples == 200;
    }));
    engine.stop();
  }
  UnrulyBroker<Received> second;
  second.start();
  NumberedLog numbered(files);
  Engine engine(*numbered.log, nullptr, quick_engine());
  auto config = sink_to([&] { return second.port(); }, 1);
  config.maybe_sent_below = numbered.log->durable_end();
  engine.add(make_mqtt_sink(config));
  engine.start();
  numbered.append(10);
  numbered.log->commit();
  EXPECT_TRUE(wait_for([&] { return engine.counters().pending.at("plant") == 0; }));
  engine.stop();
  const std::lock_guard lock(second.mutex);
  EXPECT_EQ(second.received.sequences.size(), 400u);
  Received both = broker.received;
  EXPECT_EQ(both.unmarked_twice, 0u);
}

// With QoS 2 a message that was once too large is under way for as long as the broker keeps the session.
TEST(MqttSink, ABrokerThatTakesLittlePerConnectionGetsSmallerMessagesUntilTheyFit) {
  for (const std::uint8_t qos : {1, 2}) {
    base::MemoryFiles files;
    NumberedLog numbered(files);
    UnrulyBroker<Received> broker;
    broker.bytes_per_connection = 3000;  // one message of all samples would have some 20,000
    broker.start();
    numbered.append(50);
    numbered.log->commit();
    Engine engine(*numbered.log, nullptr, quick_engine());
    auto config = sink_to([&] { return broker.port(); }, qos);
    config.most_samples = 2000;
    engine.add(make_mqtt_sink(config));
    engine.start();
    EXPECT_TRUE(wait_for([&] { return engine.counters().pending.at("plant") == 0; })) << "QoS " << int{qos};
    engine.stop();
    const std::lock_guard lock(broker.mutex);
    EXPECT_EQ(broker.received.sequences.size(), numbered.made());
    EXPECT_EQ(broker.received.wrong + broker.received.out_of_order + broker.received.unmarked_twice, 0u);
  }
}

// What a broker half received from an earlier process it would take other messages of the same numbers for.
TEST(MqttSink, AfterARestartNothingIsTakenForARepetitionOfWhatAnotherProcessSent) {
  base::MemoryFiles files;
  NumberedLog numbered(files);
  UnrulyBroker<Received> broker;
  broker.breaks_every = 7;
  broker.start();
  for (int life = 0; life < 12; ++life) {
    Engine engine(*numbered.log, nullptr, quick_engine());
    auto config = sink_to([&] { return broker.port(); }, 2);
    config.maybe_sent_below = numbered.log->durable_end();
    const int before = broker.connections;
    numbered.append(20 + life);
    engine.add(make_mqtt_sink(config));
    engine.start();
    EXPECT_TRUE(wait_for([&] { return broker.connections >= before + 3; }));
    engine.stop();
  }
  broker.breaks_every = 0;
  Engine engine(*numbered.log, nullptr, quick_engine());
  auto config = sink_to([&] { return broker.port(); }, 2);
  config.maybe_sent_below = numbered.log->durable_end();
  engine.add(make_mqtt_sink(config));
  engine.start();
  EXPECT_TRUE(wait_for([&] { return engine.counters().pending.at("plant") == 0; }));
  engine.stop();
  const std::lock_guard lock(broker.mutex);
  EXPECT_EQ(broker.received.sequences.size(), numbered.made());
  EXPECT_EQ(broker.received.wrong + broker.received.unmarked_twice, 0u);
}

TEST(MqttSink, AStormOfHangUpsIsMetWithPausesAndLosesNothing) {
  using Broker = UnrulyBroker<Received>;
  for (const auto how : {Broker::HangsUp::at_once, Broker::HangsUp::after_connack}) {
    base::MemoryFiles files;
    NumberedLog numbered(files);
    Broker broker;
    broker.hangs_up = how;
    broker.start();
    Engine engine(*numbered.log, nullptr, quick_engine());
    auto config = sink_to([&] { return broker.port(); }, 1);
    config.first_pause = 1ms;
    config.most_pause = 4ms;
    const auto begun = std::chrono::steady_clock::now();
    engine.add(make_mqtt_sink(config));
    engine.start();
    numbered.append(20);
    EXPECT_TRUE(wait_for([&] { return broker.connections >= 200; }));
    const int connections = broker.connections;
    const std::chrono::duration<double, std::milli> passed = std::chrono::steady_clock::now() - begun;
    // 1 + 2 ms, then 4 ms each, all shortened by a fifth at most.
    EXPECT_LE(connections, 4 + passed.count() / (0.8 * 4));
    broker.hangs_up = Broker::HangsUp::never;
    numbered.append(20);
    numbered.log->commit();
    EXPECT_TRUE(wait_for([&] { return engine.counters().pending.at("plant") == 0; }));
    engine.stop();
    const std::lock_guard lock(broker.mutex);
    EXPECT_EQ(broker.received.sequences.size(), numbered.made());
    EXPECT_EQ(broker.received.wrong + broker.received.out_of_order + broker.received.unmarked_twice, 0u);
  }
}

TEST(MqttSink, AcknowledgementsThatFitNothingMoveNoCursor) {
  using Broker = UnrulyBroker<Received>;
  for (const auto lies : {Broker::Lies::strangers, Broker::Lies::misfits}) {
    base::MemoryFiles files;
    NumberedLog numbered(files);
    Broker broker;
    broker.lies = lies;
    broker.start();
    Engine engine(*numbered.log, nullptr, quick_engine());
    auto config = sink_to([&] { return broker.port(); }, 1);
    config.acknowledge_timeout = 30ms;
    engine.add(make_mqtt_sink(config));
    engine.start();
    numbered.append(20);
    numbered.log->commit();
    std::uint64_t errors = 0;
    std::string problem;
    EXPECT_TRUE(wait_for([&] {
      engine.each_sink([&](const Sink& sink, std::uint64_t) {
        errors = sink.status().errors;
        problem = sink.status().last_problem();
      });
      return errors >= 3;
    }));
    EXPECT_EQ(engine.counters().pending.at("plant"), numbered.made());
    EXPECT_EQ(numbered.log->cursor("plant"), numbered.first);
    EXPECT_EQ(problem, lies == Broker::Lies::strangers ? "the broker acknowledges nothing"
                                                       : "an acknowledgement that does not fit its message");
    broker.lies = Broker::Lies::no;
    EXPECT_TRUE(wait_for([&] { return engine.counters().pending.at("plant") == 0; }));
    engine.stop();
    const std::lock_guard lock(broker.mutex);
    EXPECT_EQ(broker.received.sequences.size(), numbered.made());
  }
}
