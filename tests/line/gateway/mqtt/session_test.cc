#include "line/gateway/mqtt/session.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

using namespace bondline::mqtt;
using Bytes = std::vector<std::uint8_t>;

namespace {

/// The other side: reads what the session sends and answers by the standard, as far as a test lets it.
class Broker {
 public:
  explicit Broker(Version version) : version_(version) {}
  /// Takes everything the session has to say; the answers go to `answers()`.
  void hear(Session& session) {
    std::span<const std::uint8_t> left(session.out());
    while (!left.empty()) {
      const auto length = packet_length(left);
      ASSERT_TRUE(length && *length > 0 && *length <= left.size());
      Packet packet;
      ASSERT_EQ(decode(left.first(*length), version_, packet), "");
      take(packet);
      left = left.subspan(*length);
    }
    session.out().clear();
  }
  Bytes answers;
  Packet connack = [] {
    Packet p;
    p.type = Type::connack;
    return p;
  }();
  bool acknowledges = true;
  std::vector<std::string> delivered;  ///< payloads, as a subscriber sees them
  std::vector<bool> marked_duplicate;
  std::vector<std::string> topics;
  int connects = 0, pings = 0;
  std::set<std::uint16_t> stored;  ///< QoS 2, not released

  void answer(Type type, std::uint16_t id, std::uint8_t reason = 0) {
    Packet packet;
    packet.type = type;
    packet.id = id;
    packet.reason = reason;
    encode(packet, version_, answers);
  }

 private:
  void take(const Packet& packet) {
    switch (packet.type) {
      case Type::connect:
        ++connects;
        encode(connack, version_, answers);
        break;
      case Type::publish:
        if (packet.qos == 2 && stored.contains(packet.id)) {
          answer(Type::pubrec, packet.id);
          break;
        }
        delivered.emplace_back(packet.payload.begin(), packet.payload.end());
        marked_duplicate.push_back(packet.duplicate);
        topics.emplace_back(packet.topic);
        if (packet.qos == 2) stored.insert(packet.id);
        if (acknowledges && packet.qos > 0) answer(packet.qos == 1 ? Type::puback : Type::pubrec, packet.id);
        break;
      case Type::pubrel:
        stored.erase(packet.id);
        if (acknowledges) answer(Type::pubcomp, packet.id);
        break;
      case Type::pingreq:
        ++pings;
        answer(Type::pingresp, 0);
        break;
      default:
        break;
    }
  }
  Version version_;
};

struct Pair {
  explicit Pair(SessionOptions options) : session(options), broker(options.version) {
    session.on_acknowledged = [this](std::uint64_t ticket, std::uint8_t reason) {
      acknowledged.push_back(ticket);
      reasons.push_back(reason);
    };
  }
  std::string exchange() {
    while (!session.out().empty() || !broker.answers.empty()) {
      broker.hear(session);
      Bytes answers;
      answers.swap(broker.answers);
      if (std::string problem = session.feed(answers); !problem.empty()) return problem;
    }
    return "";
  }
  std::string publish(std::uint64_t ticket, std::uint8_t qos) {
    const std::string payload = "m" + std::to_string(ticket);
    return session.publish(ticket, "plant/line",
                           std::span(reinterpret_cast<const std::uint8_t*>(payload.data()), payload.size()),
                           qos, false);
  }
  Session session;
  Broker broker;
  std::vector<std::uint64_t> acknowledged;
  std::vector<std::uint8_t> reasons;
};

SessionOptions options_of(Version version) {
  SessionOptions options;
  options.version = version;
  options.client_id = "edge";
  return options;
}

}  // namespace

TEST(MqttSession, AMessageIsTheBrokersWhenItHasSaidSo) {
  for (const Version version : {Version::v311, Version::v5})
    for (const std::uint8_t qos : {1, 2}) {
      Pair pair(options_of(version));
      EXPECT_FALSE(pair.session.may_publish());
      pair.session.connected();
      EXPECT_FALSE(pair.session.may_publish()) << "not before CONNACK";
      ASSERT_EQ(pair.exchange(), "");
      ASSERT_TRUE(pair.session.ready());
      EXPECT_EQ(pair.publish(5, qos), "");
      EXPECT_EQ(pair.session.lowest_unacknowledged(), 5u);
      EXPECT_TRUE(pair.acknowledged.empty());
      ASSERT_EQ(pair.exchange(), "");
      EXPECT_EQ(pair.acknowledged, std::vector<std::uint64_t>{5});
      EXPECT_EQ(pair.session.in_flight(), 0u);
      EXPECT_EQ(pair.broker.delivered, std::vector<std::string>{"m5"});
    }
}

TEST(MqttSession, KeepsToTheBrokersReceiveMaximum) {
  Pair pair(options_of(Version::v5));
  pair.broker.connack.properties.receive_maximum = 3;
  pair.broker.acknowledges = false;
  pair.session.connected();
  ASSERT_EQ(pair.exchange(), "");
  int sent = 0;
  for (; sent < 10 && pair.session.may_publish(); ++sent) pair.publish(static_cast<std::uint64_t>(sent), 1);
  EXPECT_EQ(sent, 3);
}

TEST(MqttSession, SendsAgainMarkedWhenTheBrokerStillKnowsIt) {
  for (const std::uint8_t qos : {1, 2}) {
    Pair pair(options_of(Version::v5));
    pair.session.connected();
    ASSERT_EQ(pair.exchange(), "");
    pair.broker.acknowledges = false;
    pair.publish(1, qos);
    pair.publish(2, qos);
    ASSERT_EQ(pair.exchange(), "");
    pair.session.disconnected();
    pair.broker.acknowledges = true;
    pair.broker.connack.session_present = true;
    pair.session.connected();
    ASSERT_EQ(pair.exchange(), "");
    EXPECT_EQ(pair.acknowledged, (std::vector<std::uint64_t>{1, 2}));
    EXPECT_EQ(pair.broker.connects, 2);
    if (qos == 1) {
      EXPECT_EQ(pair.broker.delivered, (std::vector<std::string>{"m1", "m2", "m1", "m2"}));
      EXPECT_EQ(pair.broker.marked_duplicate, (std::vector<bool>{false, false, true, true}));
    } else {
      EXPECT_EQ(pair.broker.delivered, (std::vector<std::string>{"m1", "m2"})) << "QoS 2 arrives once";
    }
  }
}

TEST(MqttSession, SendsAnewWhenTheBrokerHasForgottenIt) {
  Pair pair(options_of(Version::v5));
  pair.session.connected();
  ASSERT_EQ(pair.exchange(), "");
  pair.broker.acknowledges = false;
  pair.publish(1, 1);
  ASSERT_EQ(pair.exchange(), "");
  pair.session.disconnected();
  pair.broker.acknowledges = true;
  pair.session.connected();
  ASSERT_EQ(pair.exchange(), "");
  EXPECT_EQ(pair.acknowledged, std::vector<std::uint64_t>{1});
  EXPECT_EQ(pair.broker.marked_duplicate, (std::vector<bool>{false, false}));
}

TEST(MqttSession, ARefusalIsToldAsOne) {
  Pair pair(options_of(Version::v5));
  pair.session.connected();
  ASSERT_EQ(pair.exchange(), "");
  pair.broker.acknowledges = false;
  pair.publish(9, 1);
  pair.broker.hear(pair.session);
  pair.broker.answer(Type::puback, 1, 0x87);
  ASSERT_EQ(pair.exchange(), "");
  EXPECT_EQ(pair.reasons, std::vector<std::uint8_t>{0x87});
}

TEST(MqttSession, AForgedAcknowledgementAcknowledgesNothing) {
  Pair pair(options_of(Version::v5));
  pair.session.connected();
  ASSERT_EQ(pair.exchange(), "");
  pair.broker.acknowledges = false;
  pair.publish(1, 1);
  pair.broker.hear(pair.session);
  pair.broker.answer(Type::puback, 4711);
  EXPECT_EQ(pair.exchange(), "");
  EXPECT_TRUE(pair.acknowledged.empty());
  pair.broker.answer(Type::pubcomp, 1);
  EXPECT_NE(pair.exchange(), "") << "PUBCOMP for a message of QoS 1";
  EXPECT_TRUE(pair.acknowledged.empty());
}

TEST(MqttSession, UsesTopicAliasesTheBrokerAllows) {
  Pair pair(options_of(Version::v5));
  pair.broker.connack.properties.topic_alias_maximum = 1;
  pair.session.connected();
  ASSERT_EQ(pair.exchange(), "");
  pair.publish(1, 1);
  pair.publish(2, 1);
  ASSERT_EQ(pair.exchange(), "");
  EXPECT_EQ(pair.broker.topics, (std::vector<std::string>{"plant/line", ""}));
}

TEST(MqttSession, PingsAQuietBrokerAndGivesADeadOneUp) {
  Pair pair(options_of(Version::v5));
  pair.session.connected();
  ASSERT_EQ(pair.exchange(), "");
  EXPECT_TRUE(pair.session.keep_alive(0));
  EXPECT_TRUE(pair.session.keep_alive(10'000));
  EXPECT_TRUE(pair.session.keep_alive(23'000));
  ASSERT_EQ(pair.exchange(), "");
  EXPECT_EQ(pair.broker.pings, 1);
  EXPECT_TRUE(pair.session.keep_alive(24'000));
  EXPECT_TRUE(pair.session.keep_alive(60'000)) << "a second ping";
  EXPECT_FALSE(pair.session.keep_alive(80'000)) << "never answered";
}

TEST(MqttSession, SaysWhyTheBrokerRefuses) {
  Pair pair(options_of(Version::v311));
  pair.broker.connack.reason = 5;
  pair.session.connected();
  EXPECT_EQ(pair.exchange(), "the broker refuses: not authorized");
}

TEST(MqttSession, OverManyRandomBreaksEverythingArrivesAndTicketsRiseOnceAcknowledged) {
  std::mt19937 random(8);
  for (const std::uint8_t qos : {1, 2}) {
    Pair pair(options_of(Version::v5));
    std::uint64_t next = 0;
    bool up = false;
    for (int step = 0; step < 4000; ++step) {
      if (!up) {
        pair.broker.connack.session_present = random() % 3 != 0;
        if (!pair.broker.connack.session_present) pair.broker.stored.clear();
        pair.session.connected();
        up = true;
      }
      switch (random() % 5) {
        case 0:
        case 1:
          if (pair.session.may_publish()) pair.publish(next++, qos);
          break;
        case 2:
          pair.broker.hear(pair.session);
          break;
        case 3: {
          Bytes answers;
          answers.swap(pair.broker.answers);
          ASSERT_EQ(pair.session.feed(answers), "");
          break;
        }
        default:
          if (random() % 8 == 0) {
            pair.broker.answers.clear();
            pair.session.disconnected();
            up = false;
          }
      }
    }
    if (!up) pair.session.connected();
    ASSERT_EQ(pair.exchange(), "");
    std::set<std::uint64_t> told(pair.acknowledged.begin(), pair.acknowledged.end());
    EXPECT_EQ(told.size(), pair.acknowledged.size()) << "each acknowledged once";
    EXPECT_EQ(told.size(), next);
    std::set<std::string> seen(pair.broker.delivered.begin(), pair.broker.delivered.end());
    EXPECT_EQ(seen.size(), next) << "nothing lost";
    EXPECT_GT(next, 300u);
  }
}

namespace {

/// A session that holds messages, connected; `marks` are given out one by one.
struct Holder {
  explicit Holder(Version v) : version(v), session(options(v)), broker(v) {
    session.on_held_message = [this](const Packet& packet) -> std::optional<std::uint64_t> {
      if (refuses) return std::nullopt;
      payloads.emplace_back(packet.payload.begin(), packet.payload.end());
      return ++mark;
    };
    connect(false);
  }
  static SessionOptions options(Version v) {
    SessionOptions o;
    o.version = v;
    o.client_id = "holder";
    return o;
  }
  void connect(bool present) {
    session.disconnected();
    session.connected();
    broker.connack.session_present = present;
    broker.hear(session);
    EXPECT_EQ(session.feed(broker.answers), "");
    broker.answers.clear();
  }
  void send(std::uint16_t id, std::uint8_t qos, const std::string& payload, bool duplicate = false) {
    Packet packet;
    packet.type = Type::publish;
    packet.id = id;
    packet.qos = qos;
    packet.duplicate = duplicate;
    packet.topic = "t";
    packet.payload = std::span(reinterpret_cast<const std::uint8_t*>(payload.data()), payload.size());
    Bytes bytes;
    encode(packet, version, bytes);
    EXPECT_EQ(session.feed(bytes), "");
  }
  /// Types and identifiers of what the session says.
  std::vector<std::pair<Type, std::uint16_t>> said() {
    std::vector<std::pair<Type, std::uint16_t>> all;
    std::span<const std::uint8_t> left(session.out());
    while (!left.empty()) {
      Packet packet;
      const auto length = packet_length(left);
      EXPECT_EQ(decode(left.first(*length), version, packet), "");
      all.emplace_back(packet.type, packet.id);
      left = left.subspan(*length);
    }
    session.out().clear();
    return all;
  }
  Version version;
  Session session;
  Broker broker;
  std::vector<std::string> payloads;
  std::uint64_t mark = 0;
  bool refuses = false;
};
using Said = std::vector<std::pair<Type, std::uint16_t>>;

}  // namespace

TEST(MqttHolding, AcknowledgesInOrderAndNotBeforeItIsTold) {
  for (const Version version : {Version::v311, Version::v5}) {
    Holder h(version);
    h.send(7, 1, "a");
    h.send(8, 2, "b");
    h.send(0, 0, "c");
    h.send(9, 1, "d");
    EXPECT_EQ(h.said(), Said());
    EXPECT_EQ(h.session.held(), 3u);
    h.session.release(2);
    EXPECT_EQ(h.said(), (Said{{Type::puback, 7}, {Type::pubrec, 8}}));
    h.session.release(2);
    EXPECT_EQ(h.said(), Said());
    h.session.release(99);
    EXPECT_EQ(h.said(), (Said{{Type::puback, 9}}));
    EXPECT_EQ(h.payloads, (std::vector<std::string>{"a", "b", "c", "d"}));
  }
}

TEST(MqttHolding, WhatTheBrokerSendsAgainIsHandedOverOnce) {
  Holder h(Version::v5);
  h.send(7, 1, "a");
  h.send(8, 2, "b");
  h.send(9, 1, "c");
  h.session.release(1);
  h.said();
  h.connect(true);
  h.said();
  // PUBACK 7 may not have arrived: it is handed over again, marked, since 7 could be another message by now.
  h.send(7, 1, "a", true);
  h.send(8, 2, "b", true);
  h.send(9, 1, "c", true);
  EXPECT_EQ(h.payloads, (std::vector<std::string>{"a", "b", "c", "a"}));
  EXPECT_EQ(h.session.counters().known_again, 2u);
  h.session.release(99);
  EXPECT_EQ(h.said(), (Said{{Type::puback, 7}, {Type::pubrec, 8}, {Type::puback, 9}}));
  // The PUBREC was lost as well: said again, handed over no more.
  h.connect(true);
  h.said();
  h.send(8, 2, "b", true);
  h.session.release(99);
  EXPECT_EQ(h.said(), (Said{{Type::pubrec, 8}}));
  EXPECT_EQ(h.payloads.size(), 4u);
}

TEST(MqttHolding, ABrokerThatForgotTheSessionMayUseANumberForAnotherMessage) {
  Holder h(Version::v311);
  h.send(7, 1, "a");
  h.connect(false);
  h.said();
  h.send(7, 1, "other", false);
  EXPECT_EQ(h.payloads, (std::vector<std::string>{"a", "other"}));
}

TEST(MqttHolding, WhatIsNotTakenIsNeverAcknowledged) {
  Holder h(Version::v5);
  h.refuses = true;
  h.send(7, 1, "a");
  EXPECT_EQ(h.session.held(), 0u);
  h.session.release(99);
  EXPECT_EQ(h.said(), Said());
  h.connect(true);
  h.said();
  h.refuses = false;
  h.send(7, 1, "a", true);
  h.session.release(99);
  EXPECT_EQ(h.said(), (Said{{Type::puback, 7}}));
  EXPECT_EQ(h.payloads, std::vector<std::string>{"a"});
}
