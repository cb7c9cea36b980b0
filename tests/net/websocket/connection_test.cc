#include "net/websocket/connection.h"

#include <gtest/gtest.h>

#include "../http/talk.h"

using namespace bondline::net;
using namespace bondline::net::websocket;
using namespace std::chrono_literals;

namespace {

const std::string kUpgrade =
    "GET /live HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

std::string masked(Opcode opcode, std::string_view payload, bool fin = true) {
  const std::uint8_t mask[4] = {9, 8, 7, 6};
  std::vector<std::uint8_t> out;
  append_frame(out, opcode, payload, mask, fin);
  return {out.begin(), out.end()};
}

std::string frames_of(const std::string& answer) {
  return answer.substr(std::min(answer.find("\r\n\r\n") + 4, answer.size()));
}

Task<> echo(Connection& connection) {
  for (;;) {
    std::optional<Message> got = co_await connection.receive();
    if (!got) co_return;
    connection.send(got->text, got->data);
  }
}

http::Handler upgrading(Talk talk, Options options = {}) {
  return [talk, options](http::Exchange& exchange) -> Task<> { co_await exchange.upgrade(options, talk); };
}

}  // namespace

TEST(WebSocket, ShakesHandsEchoesAndSaysGoodbye) {
  Serving serving(upgrading(echo));
  // All at once, frames behind the handshake included.
  const std::string answer =
      serving.say(kUpgrade + "\r\n" + masked(Opcode::text, "one") + masked(Opcode::ping, "p") +
                  masked(Opcode::binary, "tw", false) + masked(Opcode::continuation, "o") +
                  masked(Opcode::close, "\x03\xE8"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 101 ")) << answer;
  EXPECT_NE(answer.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), std::string::npos);
  const std::string frames = frames_of(answer);
  EXPECT_NE(frames.find("\x8A\x01p"), std::string::npos) << "pong";
  EXPECT_TRUE(frames.ends_with("\x88\x02\x03\xE8"));
}

TEST(WebSocket, RefusesHandshakesThatAreNone) {
  Serving serving(upgrading(echo));
  const std::string end = "Connection: close\r\n\r\n";
  EXPECT_TRUE(serving.say("GET / HTTP/1.1\r\nHost: a\r\n" + end).starts_with("HTTP/1.1 426"));
  std::string old = kUpgrade;
  old.replace(old.find("13\r\n"), 2, "8");
  EXPECT_TRUE(serving.say(old + end).starts_with("HTTP/1.1 426"));
  std::string key = kUpgrade;
  key.replace(key.find("dGhl"), 4, "dGh");
  EXPECT_TRUE(serving.say(key + end).starts_with("HTTP/1.1 400"));
}

TEST(WebSocket, WhoBreaksTheRulesIsToldTheCodeAndHungUpOn) {
  Serving serving(upgrading(echo));
  const std::string answer = serving.say(kUpgrade + "\r\n\x81\x05Hello");
  EXPECT_NE(frames_of(answer).find("\x03\xEA"), std::string::npos) << "1002";
  EXPECT_NE(frames_of(serving.say(kUpgrade + "\r\n" + masked(Opcode::text, "\xFF"))).find("\x03\xEF"),
            std::string::npos)
      << "1007";
}

TEST(WebSocket, ADropIsCountedAndTheRestArrivesInOrder) {
  for (const Overflow overflow : {Overflow::drop_newest, Overflow::drop_oldest}) {
    Options options;
    options.queue_bytes = 200;
    options.overflow = overflow;
    Counters counters;
    Serving serving(upgrading(
        [&](Connection& connection) -> Task<> {
          for (int i = 0; i < 50; ++i) connection.send_text("message " + std::to_string(i));
          counters = connection.counters();
          co_await connection.drained();
        },
        options));
    const std::string frames =
        frames_of(serving.say_parts({kUpgrade + "\r\n", masked(Opcode::close, "\x03\xE8")}));
    EXPECT_GT(counters.dropped, 30u);
    const bool newest = overflow == Overflow::drop_newest;
    EXPECT_EQ(counters.sent, newest ? 50 - counters.dropped : 50u);
    EXPECT_EQ(frames.find("message 0") != std::string::npos, newest);
    EXPECT_EQ(frames.find("message 49") != std::string::npos, !newest);
    std::size_t found = 0;
    for (std::size_t at = 0; (at = frames.find("message ", at)) != std::string::npos; ++at) ++found;
    EXPECT_EQ(found + counters.dropped, 50u);
  }
}

TEST(WebSocket, WhoDoesNotKeepUpMayBeClosed) {
  Options options;
  options.queue_bytes = 100;
  options.overflow = Overflow::close;
  Serving serving(upgrading(
      [](Connection& connection) -> Task<> {
        while (connection.send_text("a message that is longer than ten bytes")) {
        }
        EXPECT_FALSE(connection.open());
        co_await connection.receive();
      },
      options));
  const std::string frames =
      frames_of(serving.say_parts({kUpgrade + "\r\n", masked(Opcode::close, "\x03\xF0")}));
  EXPECT_NE(frames.find("\x03\xF0"
                        "does not keep up"),
            std::string::npos);
}

TEST(WebSocket, TheDeadAreFoundByPingsAndTheTalkIsCancelled) {
  Options options;
  options.ping_every = 20ms;
  options.pong_within = 20ms;
  int code = 0;
  bool cancelled = false;
  Serving serving(upgrading(
      [&](Connection& connection) -> Task<> {
        const std::error_code stopped = co_await sleep_for(std::chrono::hours(1));
        cancelled = stopped == std::errc::operation_canceled;
        code = connection.close_code();
      },
      options));
  const std::string frames = frames_of(serving.say(kUpgrade + "\r\n"));
  EXPECT_TRUE(cancelled);
  EXPECT_EQ(code, code::kAbnormal);
  EXPECT_EQ(frames.substr(0, 2), std::string("\x89\x00", 2)) << "a ping";
}

TEST(WebSocket, AtTheServersEndEveryoneIsToldItGoesAway) {
  Serving serving(upgrading(echo));
  std::string heard;
  serving.run([&](std::uint16_t port) -> Task<> {
    Opened opened = co_await connect_tcp("127.0.0.1", port);
    co_await opened.stream->write(kUpgrade + "\r\n");
    std::uint8_t bytes[1024];
    co_await opened.stream->read_some(bytes);
    auto rest = [](std::unique_ptr<Stream> stream, std::string& into) -> Task<> {
      into = co_await hear_all(*stream);
    };
    Group group(serving.loop());
    group.spawn(rest(std::move(opened.stream), heard));
    serving.stop();
    co_await group.join();
  });
  EXPECT_EQ(heard.substr(0, 4), "\x88\x0C\x03\xE9") << "1001, going away";
}
