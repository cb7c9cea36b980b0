#include "net/websocket/frame.h"

#include <gtest/gtest.h>

#include "net/websocket/handshake.h"

using namespace bondline::net;
using namespace bondline::net::websocket;

namespace {

std::vector<std::uint8_t> bytes_of(std::initializer_list<int> values) {
  std::vector<std::uint8_t> out;
  for (const int v : values) out.push_back(static_cast<std::uint8_t>(v));
  return out;
}

/// What a decoder says of some bytes, fed `step` at a time: "t(text)b(binary)i(ping)o(pong)c1000(bye)!1002".
std::string hear(const std::vector<std::uint8_t>& bytes, Decoder::Role role, std::size_t step,
                 std::size_t most = 1 << 20) {
  Decoder decoder(role, most);
  std::string told;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    auto rest = std::span(bytes).subspan(at, std::min(step, bytes.size() - at));
    for (;;) {
      const auto got = decoder.next(rest);
      rest = rest.subspan(got.used);
      if (got.event == Decoder::Event::more) {
        EXPECT_TRUE(rest.empty());
        break;
      }
      if (got.event == Decoder::Event::broken) return told + "!" + std::to_string(decoder.close_code());
      if (got.event == Decoder::Event::message)
        told += (decoder.is_text() ? "t(" : "b(") + decoder.message() + ")";
      if (got.event == Decoder::Event::ping) told += "i(" + decoder.control() + ")";
      if (got.event == Decoder::Event::pong) told += "o(" + decoder.control() + ")";
      if (got.event == Decoder::Event::close)
        told += "c" + std::to_string(decoder.close_code()) + "(" + decoder.control() + ")";
    }
  }
  return told;
}

std::string from_server(const std::vector<std::uint8_t>& bytes, std::size_t most = 1 << 20) {
  const std::string whole = hear(bytes, Decoder::Role::client, bytes.size(), most);
  for (const std::size_t step : {1, 2, 3, 5})
    EXPECT_EQ(hear(bytes, Decoder::Role::client, step, most), whole) << "cut every " << step;
  return whole;
}

}  // namespace

TEST(WebSocketFrame, ReadsTheStandardsOwnExamples) {
  // RFC 6455, 5.7
  EXPECT_EQ(from_server(bytes_of({0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f})), "t(Hello)");
  EXPECT_EQ(hear(bytes_of({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}),
                 Decoder::Role::server, 3),
            "t(Hello)");
  EXPECT_EQ(from_server(bytes_of({0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f})), "t(Hello)");
  EXPECT_EQ(from_server(bytes_of({0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f})), "i(Hello)");
  EXPECT_EQ(hear(bytes_of({0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}),
                 Decoder::Role::server, 2),
            "o(Hello)");
  // RFC 6455, 1.3
  EXPECT_EQ(accept_of("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WebSocketFrame, WritesWhatItReadsInEveryLength) {
  const std::uint8_t mask[4] = {1, 2, 3, 0xFF};
  for (const std::size_t size : {0, 1, 125, 126, 127, 65535, 65536, 70000}) {
    const std::string text(size, 'x');
    std::vector<std::uint8_t> masked, plain;
    append_frame(masked, Opcode::text, text, mask);
    append_frame(plain, Opcode::binary, text, nullptr);
    EXPECT_EQ(hear(masked, Decoder::Role::server, 4099), "t(" + text + ")");
    EXPECT_EQ(hear(plain, Decoder::Role::client, 4099), "b(" + text + ")");
    EXPECT_EQ(masked.size() - plain.size(), 4u);
  }
}

TEST(WebSocketFrame, ControlFramesMayComeBetweenFragments) {
  std::vector<std::uint8_t> bytes;
  append_frame(bytes, Opcode::text, "one ", nullptr, false);
  append_frame(bytes, Opcode::ping, "p", nullptr);
  append_frame(bytes, Opcode::continuation, "", nullptr, false);
  append_frame(bytes, Opcode::continuation, "two", nullptr);
  append_frame(bytes, Opcode::binary, "", nullptr);
  append_close(bytes, 1001, "bye", nullptr);
  EXPECT_EQ(from_server(bytes), "i(p)t(one two)b()c1001(bye)");
}

TEST(WebSocketFrame, WhatTheStandardForbidsEndsWithItsCode) {
  EXPECT_EQ(from_server(bytes_of({0xC1, 0x00})), "!1002") << "reserved bit";
  EXPECT_EQ(from_server(bytes_of({0x83, 0x00})), "!1002") << "opcode 3";
  EXPECT_EQ(from_server(bytes_of({0x8B, 0x00})), "!1002") << "opcode 11";
  EXPECT_EQ(from_server(bytes_of({0x81, 0x80, 0, 0, 0, 0})), "!1002") << "masked by a server";
  EXPECT_EQ(hear(bytes_of({0x81, 0x00}), Decoder::Role::server, 1), "!1002") << "a client without a mask";
  EXPECT_EQ(from_server(bytes_of({0x81, 0x7E, 0x00, 0x7D})), "!1002") << "125 in two bytes";
  EXPECT_EQ(from_server(bytes_of({0x81, 0x7F, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF})), "!1002");
  EXPECT_EQ(from_server(bytes_of({0x82, 0x7F, 0x80, 0, 0, 0, 0, 0, 0, 0})), "!1002") << "2^63";
  EXPECT_EQ(from_server(bytes_of({0x09, 0x00})), "!1002") << "a ping in parts";
  EXPECT_EQ(from_server(bytes_of({0x89, 0x7E, 0x00, 0x7E})), "!1002") << "a ping of 126 bytes";
  EXPECT_EQ(from_server(bytes_of({0x80, 0x00})), "!1002") << "a continuation of nothing";
  EXPECT_EQ(from_server(bytes_of({0x01, 0x00, 0x81, 0x00})), "!1002") << "a message within another";
  EXPECT_EQ(from_server(bytes_of({0x88, 0x01, 0x03})), "!1002") << "half a code";
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000})
    EXPECT_EQ(from_server(bytes_of({0x88, 0x02, code >> 8, code & 255})), "!1002") << code;
  EXPECT_EQ(from_server(bytes_of({0x88, 0x00})), "c1005()");
  EXPECT_EQ(from_server(bytes_of({0x88, 0x04, 0x03, 0xE8, 0xC3, 0x28})), "!1007")
      << "a reason that is no text";
  EXPECT_EQ(from_server(bytes_of({0x82, 0x7E, 0x00, 0x80}), 127), "!1009");
  EXPECT_EQ(from_server(bytes_of({0x02, 0x03, 1, 2, 3, 0x80, 0x03, 1, 2, 3}), 5), "!1009") << "in parts";
}

TEST(WebSocketFrame, TextsMustBeUtf8AndAreRefusedAsSoonAsTheyAreNot) {
  const auto text = [](std::initializer_list<int> values) {
    std::vector<std::uint8_t> bytes = bytes_of({0x81, static_cast<int>(values.size())});
    for (const int v : values) bytes.push_back(static_cast<std::uint8_t>(v));
    return from_server(bytes);
  };
  EXPECT_EQ(text({0xCE, 0xBA, 0xE1, 0xBD, 0xB9, 0xF0, 0x9F, 0x98, 0x80}), "t(\u03BA\u1F79\U0001F600)");
  EXPECT_EQ(text({0xF4, 0x8F, 0xBF, 0xBF}), "t(\U0010FFFF)");
  EXPECT_EQ(text({0xF4, 0x90, 0x80, 0x80}), "!1007") << "beyond U+10FFFF";
  EXPECT_EQ(text({0xED, 0xA0, 0x80}), "!1007") << "a surrogate";
  EXPECT_EQ(text({0xC0, 0xAF}), "!1007") << "overlong";
  EXPECT_EQ(text({0xE0, 0x9F, 0xBF}), "!1007");
  EXPECT_EQ(text({0xF0, 0x8F, 0xBF, 0xBF}), "!1007");
  EXPECT_EQ(text({0x80}), "!1007");
  EXPECT_EQ(text({0xE1, 0xBD}), "!1007") << "ends within a character";
  // A character may be cut by fragments.
  EXPECT_EQ(from_server(bytes_of({0x01, 0x01, 0xCE, 0x80, 0x01, 0xBA})), "t(\u03BA)");
  // The rest of a long text need not come.
  EXPECT_EQ(from_server(bytes_of({0x81, 0x7E, 0x10, 0x00, 0xFF})), "!1007");
}
