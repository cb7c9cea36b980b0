// The MQTT sink against a broker of our own that misbehaves on command.
#include <random>

#include "sink_bench.h"

using namespace bondline;
using namespace bondline::gateway;
using namespace std::chrono_literals;

namespace {

/// Takes connections on a thread of its own; speaks as much MQTT as a publisher needs.
class UnrulyBroker {
 public:
  bool acknowledges = true;  ///< set before start()
  int breaks_every = 0;      ///< packets until it hangs up; 0: never (random around it)
  bool forgets_sessions = false;
  std::uint8_t refuses_with = 0;

  void start() {
    std::error_code error;
    listener_ = net::Listener::open(loop_, "127.0.0.1", 0, &error);
    port_ = listener_->port();
    thread_ = std::thread([this] { loop_.run(serve()); });
  }
  ~UnrulyBroker() {
    if (!thread_.joinable()) return;
    loop_.post([this] { stop_.notify(); });
    thread_.join();
  }
  std::uint16_t port() const { return port_; }
  Received received;  ///< read after the broker is stopped, or under `mutex`
  std::mutex mutex;
  std::atomic<int> connections{0};

 private:
  net::Task<> serve() {
    net::Group group(loop_);
    group.spawn(accept(group));
    co_await stop_.wait();
    group.cancel();
    co_await group.join();
  }
  net::Task<> accept(net::Group& group) {
    for (;;) {
      net::Opened opened = co_await listener_->accept();
      if (!opened.stream) co_return;
      ++connections;
      group.spawn(talk(std::move(opened.stream)));
    }
  }
  net::Task<> talk(std::unique_ptr<net::Stream> stream) {
    std::vector<std::uint8_t> in, out, bytes(65536);
    int left = breaks_every ? 1 + static_cast<int>(random_() % static_cast<unsigned>(2 * breaks_every)) : -1;
    for (;;) {
      const net::Moved moved = co_await stream->read_some(std::span(bytes));
      if (moved.error) co_return;
      in.insert(in.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(moved.bytes));
      std::size_t at = 0;
      for (;;) {
        const auto rest = std::span<const std::uint8_t>(in).subspan(at);
        const auto length = mqtt::packet_length(rest);
        if (!length || *length == 0 || *length > rest.size()) break;
        mqtt::Packet packet;
        EXPECT_EQ(mqtt::decode(rest.first(*length), mqtt::Version::v5, packet), "");
        take(packet, out);
        at += *length;
        if (left > 0 && --left == 0) {
          // Half of the answers were already on their way.
          if (random_() % 2) co_await stream->write(std::span<const std::uint8_t>(out));
          co_return;
        }
      }
      in.erase(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(at));
      const net::Moved sent = co_await stream->write(std::span<const std::uint8_t>(out));
      if (sent.error) co_return;
      out.clear();
    }
  }
  void take(const mqtt::Packet& packet, std::vector<std::uint8_t>& out) {
    mqtt::Packet answer;
    answer.id = packet.id;
    switch (packet.type) {
      case mqtt::Type::connect:
        answer.type = mqtt::Type::connack;
        answer.session_present = known_ && !forgets_sessions;
        if (!answer.session_present) half_.clear();
        known_ = true;
        answer.properties.receive_maximum = 20;
        break;
      case mqtt::Type::publish: {
        answer.type = packet.qos == 2 ? mqtt::Type::pubrec : mqtt::Type::puback;
        answer.reason = refuses_with;
        if (refuses_with == 0 && (packet.qos < 2 || half_.insert(packet.id).second)) {
          const std::lock_guard lock(mutex);
          received.take(
              std::string_view(reinterpret_cast<const char*>(packet.payload.data()), packet.payload.size()));
        }
        if (packet.qos == 0 || !acknowledges) return;
        break;
      }
      case mqtt::Type::pubrel:
        half_.erase(packet.id);
        answer.type = mqtt::Type::pubcomp;
        break;
      case mqtt::Type::pingreq:
        answer.type = mqtt::Type::pingresp;
        break;
      default:
        return;
    }
    mqtt::encode(answer, mqtt::Version::v5, out);
  }
  net::Loop loop_;
  net::Signal stop_;
  std::unique_ptr<net::Listener> listener_;
  std::thread thread_;
  std::uint16_t port_ = 0;
  std::mt19937 random_{17};
  bool known_ = false;
  std::set<std::uint16_t> half_;
};

bool wait_for(std::function<bool()> holds) {
  for (int i = 0; i < 4000 && !holds(); ++i) std::this_thread::sleep_for(5ms);
  return holds();
}

}  // namespace

TEST(MqttSink, EverySampleArrivesOnceInOrderAndIsAcknowledged) {
  for (const std::uint8_t qos : {0, 1, 2}) {
    base::MemoryFiles files;
    NumberedLog numbered(files);
    UnrulyBroker broker;
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
      UnrulyBroker broker;
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
  UnrulyBroker broker;
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
  UnrulyBroker broker;
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
  UnrulyBroker broker;
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
  UnrulyBroker second;
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
