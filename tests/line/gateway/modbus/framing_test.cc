#include "line/gateway/modbus/framing.h"

#include <gtest/gtest.h>

#include <random>

using namespace bondline::modbus;
using Bytes = std::vector<std::uint8_t>;

TEST(ModbusFraming, CrcMatchesThePublishedExample) {
  // MODBUS over Serial Line V1.02, 6.2.2: 02 07 gives CRC 41 12 on the wire.
  const Bytes message = {0x02, 0x07};
  EXPECT_EQ(crc16(message), 0x1241);
  Bytes framed;
  put_rtu(0x02, Bytes{0x07}, framed);
  EXPECT_EQ(framed, (Bytes{0x02, 0x07, 0x41, 0x12}));
}

TEST(ModbusFraming, TcpMessagesSurviveAnySplitting) {
  Bytes stream;
  std::vector<Bytes> pdus;
  for (int i = 0; i < 20; ++i) {
    Bytes pdu(static_cast<std::size_t>(1 + 13 * i), static_cast<std::uint8_t>(i));
    put_tcp(static_cast<std::uint16_t>(1000 + i), static_cast<std::uint8_t>(i), pdu, stream);
    pdus.push_back(pdu);
  }
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    TcpStream tcp;
    std::size_t at = 0, seen = 0;
    while (at < stream.size()) {
      const std::size_t n = std::min<std::size_t>(stream.size() - at, 1 + random() % (round % 2 ? 7 : 700));
      tcp.feed(std::span(stream).subspan(at, n));
      at += n;
      while (auto message = tcp.next()) {
        ASSERT_LT(seen, pdus.size());
        EXPECT_EQ(message->transaction, 1000 + seen);
        EXPECT_EQ(message->unit, seen);
        EXPECT_EQ(Bytes(message->pdu.begin(), message->pdu.end()), pdus[seen]);
        ++seen;
      }
    }
    EXPECT_EQ(seen, pdus.size());
    EXPECT_TRUE(tcp.problem().empty());
  }
}

TEST(ModbusFraming, ATcpStreamThatIsNoModbusIsGivenUp) {
  TcpStream http;
  const std::string text = "HTTP/1.1 400 Bad Request\r\n";
  http.feed(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  EXPECT_FALSE(http.next());
  EXPECT_FALSE(http.problem().empty());
  TcpStream too_long;
  too_long.feed(Bytes{0, 1, 0, 0, 0xFF, 0xFF, 1, 3});
  EXPECT_FALSE(too_long.next());
  EXPECT_FALSE(too_long.problem().empty());
}

TEST(ModbusFraming, RtuFindsMessagesBehindNoise) {
  Bytes good;
  put_rtu(0x11, Bytes{0x03, 0x06, 0xAE, 0x41, 0x56, 0x52, 0x43, 0x40}, good);
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    RtuStream rtu(Speaker::server);
    Bytes noise(random() % 9);
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
    rtu.feed(noise);
    while (rtu.next()) {
    }
    rtu.silence();
    rtu.feed(good);
    auto message = rtu.next();
    ASSERT_TRUE(message) << round;
    EXPECT_EQ(message->unit, 0x11);
    EXPECT_EQ(message->pdu.size(), 8u);
  }
}

TEST(ModbusFraming, RtuDropsAMessageWithAWrongCrcAndTakesTheNext) {
  Bytes bad, good;
  put_rtu(1, Bytes{0x03, 0x02, 0x00, 0x2A}, bad);
  bad.back() ^= 1;
  put_rtu(1, Bytes{0x03, 0x02, 0x00, 0x2B}, good);
  RtuStream rtu(Speaker::server);
  rtu.feed(bad);
  rtu.feed(good);
  std::vector<int> values;
  while (auto message = rtu.next()) values.push_back(message->pdu[3]);
  EXPECT_EQ(values, std::vector<int>{0x2B});
  EXPECT_EQ(rtu.dropped_bytes(), bad.size());
}

TEST(ModbusFraming, SilenceIsFixedAboveNineteenTwo) {
  EXPECT_DOUBLE_EQ(rtu_silence(115200), 1.75e-3);
  EXPECT_DOUBLE_EQ(rtu_silence(9600), 3.5 * 11 / 9600);
}
