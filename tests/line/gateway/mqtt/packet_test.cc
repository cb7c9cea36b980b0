#include "line/gateway/mqtt/packet.h"

#include <gtest/gtest.h>

#include <random>

using namespace bondline::mqtt;
using Bytes = std::vector<std::uint8_t>;

namespace {

Bytes encoded(const Packet& packet, Version version) {
  Bytes out;
  EXPECT_EQ(encode(packet, version, out), "");
  return out;
}

std::span<const std::uint8_t> bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

TEST(MqttPacket, WritesTheStandardsConnectExample) {
  // MQTT 3.1.1, figure 3.6: variable header of a CONNECT with user name, password, will of QoS 1, clean
  // session, keep alive 10.
  Packet packet;
  packet.type = Type::connect;
  packet.clean_start = true;
  packet.keep_alive_s = 10;
  packet.has_user_name = packet.has_password = packet.has_will = true;
  packet.will_qos = 1;
  packet.client_id = "c";
  packet.will_topic = "w";
  packet.user_name = "u";
  packet.password = "p";
  const Bytes out = encoded(packet, Version::v311);
  const Bytes head = {0x00, 0x04, 'M', 'Q', 'T', 'T', 0x04, 0xCE, 0x00, 0x0A};
  EXPECT_EQ(Bytes(out.begin() + 2, out.begin() + 12), head);
  EXPECT_EQ(out[0], 0x10);
  EXPECT_EQ(out[1], out.size() - 2);
}

TEST(MqttPacket, WritesTheStandardsPublishExample) {
  // 3.1.1, figure 3.11: topic "a/b", packet identifier 10.
  Packet packet;
  packet.type = Type::publish;
  packet.qos = 1;
  packet.id = 10;
  packet.topic = "a/b";
  EXPECT_EQ(encoded(packet, Version::v311), (Bytes{0x32, 7, 0x00, 0x03, 'a', '/', 'b', 0x00, 0x0A}));
}

TEST(MqttPacket, RemainingLengthAtItsSteps) {
  // 2.1.4, table 2-4.
  EXPECT_EQ(packet_length(Bytes{0x30, 0x7F}), 2u + 127u);
  EXPECT_EQ(packet_length(Bytes{0x30, 0x80, 0x01}), 3u + 128u);
  EXPECT_EQ(packet_length(Bytes{0x30, 0xFF, 0x7F}), 3u + 16383u);
  EXPECT_EQ(packet_length(Bytes{0x30, 0xFF, 0xFF, 0xFF, 0x7F}), 5u + 268435455u);
  EXPECT_EQ(packet_length(Bytes{0x30, 0x80}), 0u);
  EXPECT_FALSE(packet_length(Bytes{0x30, 0xFF, 0xFF, 0xFF, 0xFF}));
}

TEST(MqttPacket, WhatIsWrittenIsRead) {
  for (const Version version : {Version::v311, Version::v5}) {
    Packet packet;
    packet.type = Type::publish;
    packet.qos = 2;
    packet.id = 77;
    packet.duplicate = packet.retain = true;
    packet.topic = "plant/ofen-ö";
    packet.payload = bytes("21.5");
    if (version == Version::v5) {
      packet.properties.topic_alias = 3;
      packet.properties.content_type = "application/json";
      packet.properties.message_expiry = 90;
      packet.properties.user = {{"epoch", "4"}, {"seq", "12"}};
    }
    const Bytes out = encoded(packet, version);
    Packet back;
    ASSERT_EQ(decode(out, version, back), "");
    EXPECT_EQ(back.type, Type::publish);
    EXPECT_EQ(back.id, 77);
    EXPECT_EQ(back.topic, packet.topic);
    EXPECT_TRUE(back.duplicate && back.retain);
    EXPECT_EQ(back.properties.topic_alias, packet.properties.topic_alias);
    EXPECT_EQ(back.properties.user, packet.properties.user);
    EXPECT_EQ(std::string(back.payload.begin(), back.payload.end()), "21.5");
    EXPECT_EQ(encoded(back, version), out);
  }
}

TEST(MqttPacket, EveryTypeRoundTrips) {
  for (const Version version : {Version::v311, Version::v5})
    for (int type = 1; type <= (version == Version::v5 ? 15 : 14); ++type) {
      Packet packet;
      packet.type = static_cast<Type>(type);
      packet.id = 5;
      packet.topic = "t";
      packet.client_id = "edge";
      packet.version = version;
      if (packet.type == Type::subscribe || packet.type == Type::unsubscribe)
        packet.filters = {{"a/+/b", 0}, {"#", 0}};
      if (packet.type == Type::suback) packet.reasons = {0, 1, 0x80};
      const Bytes out = encoded(packet, version);
      EXPECT_EQ(packet_length(out), out.size());
      Packet back;
      ASSERT_EQ(decode(out, version, back), "") << type;
      EXPECT_EQ(back.type, packet.type);
      EXPECT_EQ(encoded(back, version), out) << type;
    }
}

TEST(MqttPacket, RefusesWhatTheStandardForbids) {
  Packet packet;
  EXPECT_NE(decode(Bytes{0x36, 5, 0, 1, 'a', 0, 1}, Version::v311, packet), "") << "QoS 3";
  EXPECT_NE(decode(Bytes{0x32, 5, 0, 1, 'a', 0, 0}, Version::v311, packet), "") << "identifier 0";
  EXPECT_NE(decode(Bytes{0x60, 2, 0, 1}, Version::v311, packet), "") << "PUBREL without its flag";
  EXPECT_NE(decode(Bytes{0x30, 4, 0, 2, 'a', '#'}, Version::v311, packet), "") << "wildcard in a topic";
  EXPECT_NE(decode(Bytes{0x30, 4, 0, 2, 'a', 0xC0}, Version::v311, packet), "") << "not UTF-8";
  EXPECT_NE(decode(Bytes{0x30, 3, 0, 2, 'a'}, Version::v311, packet), "") << "cut off";
  EXPECT_NE(decode(Bytes{0x00, 0}, Version::v311, packet), "") << "type 0";
  EXPECT_NE(decode(Bytes{0xD0, 1, 0}, Version::v311, packet), "") << "bytes behind the end";
  EXPECT_NE(decode(Bytes{0x30, 8, 0, 1, 'a', 3, 0x23, 0, 0, 'x'}, Version::v5, packet), "")
      << "topic alias 0";
  Bytes out;
  Packet no_topic;
  no_topic.type = Type::publish;
  EXPECT_NE(encode(no_topic, Version::v5, out), "");
  EXPECT_TRUE(out.empty());
}

TEST(MqttTopic, FiltersMatchAsTheStandardShows) {
  // 4.7.1.2, 4.7.1.3 and 4.7.2.
  EXPECT_TRUE(matches("sport/tennis/player1/#", "sport/tennis/player1"));
  EXPECT_TRUE(matches("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon"));
  EXPECT_TRUE(matches("sport/#", "sport"));
  EXPECT_TRUE(matches("sport/tennis/+", "sport/tennis/player1"));
  EXPECT_FALSE(matches("sport/tennis/+", "sport/tennis/player1/ranking"));
  EXPECT_FALSE(matches("sport/+", "sport"));
  EXPECT_TRUE(matches("sport/+", "sport/"));
  EXPECT_TRUE(matches("+/+", "/finance"));
  EXPECT_TRUE(matches("/+", "/finance"));
  EXPECT_FALSE(matches("+", "/finance"));
  EXPECT_FALSE(matches("#", "$SYS/monitor/Clients"));
  EXPECT_TRUE(matches("$SYS/#", "$SYS/monitor/Clients"));
  EXPECT_FALSE(is_valid_filter("sport/tennis#"));
  EXPECT_FALSE(is_valid_filter("sport/#/ranking"));
  EXPECT_FALSE(is_valid_filter("sport+"));
  EXPECT_TRUE(is_valid_filter("+/tennis/#"));
}

TEST(MqttPacket, NoBytesMakeTheDecoderReadBeyondTheirEnd) {
  std::mt19937 random(4);
  for (int round = 0; round < 300000; ++round) {
    Bytes raw(2 + random() % 30);
    for (auto& byte : raw) byte = static_cast<std::uint8_t>(random() % 3 ? random() % 40 : random());
    raw[1] = static_cast<std::uint8_t>(raw.size() - 2);
    const Version version = round % 2 ? Version::v5 : Version::v311;
    Packet packet;
    if (decode(raw, version, packet) != "") continue;
    Bytes out;
    if (encode(packet, version, out) != "") continue;
    Packet again;
    EXPECT_EQ(decode(out, version, again), "") << "what we write we must read";
  }
}
