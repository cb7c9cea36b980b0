#include "net/tcp.h"

#include <gtest/gtest.h>

#include <numeric>

using namespace bondline::net;
using namespace std::chrono_literals;

namespace {
/// Runs `server` on an accepted connection beside `client` on its other end.
template <class Server, class Client>
void talk(Server server, Client client) {
  Loop loop;
  std::error_code error;
  auto listener = Listener::open(loop, "127.0.0.1", 0, &error);
  ASSERT_TRUE(listener) << error.message();
  auto main = [&]() -> Task<> {
    Group group(loop);
    auto serve = [&]() -> Task<> {
      Opened opened = co_await listener->accept();
      if (!opened.stream) throw std::runtime_error(opened.error.message());
      co_await server(*opened.stream);
    };
    auto call = [&]() -> Task<> {
      Opened opened = co_await connect_tcp("127.0.0.1", listener->port());
      if (!opened.stream) throw std::runtime_error(opened.error.message());
      co_await client(*opened.stream);
    };
    group.spawn(serve());
    group.spawn(call());
    co_await group.join();
  };
  loop.run(main());
}
}  // namespace

TEST(Tcp, CarriesBytesBothWaysAndTellsTheEnd) {
  std::string heard, answered;
  std::error_code end;
  talk(
      [&](Stream& stream) -> Task<> {
        std::uint8_t bytes[64];
        const Moved moved = co_await stream.read_some(bytes);
        heard.assign(reinterpret_cast<char*>(bytes), moved.bytes);
        co_await stream.write(std::string_view("world"));
        const Moved last = co_await stream.read_some(bytes);
        end = last.error;
      },
      [&](Stream& stream) -> Task<> {
        co_await stream.write(std::string_view("hello"));
        std::uint8_t bytes[64];
        const Moved moved = co_await stream.read_some(bytes);
        answered.assign(reinterpret_cast<char*>(bytes), moved.bytes);
        stream.close();
      });
  EXPECT_EQ(heard, "hello");
  EXPECT_EQ(answered, "world");
  EXPECT_EQ(end, end_of_stream());
}

TEST(Tcp, WritesMoreThanTheSocketsHoldWhileTheOtherSideReads) {
  std::vector<std::uint8_t> sent(8 << 20);
  std::iota(sent.begin(), sent.end(), 0);
  std::vector<std::uint8_t> got;
  talk(
      [&](Stream& stream) -> Task<> {
        std::vector<std::uint8_t> bytes(65536);
        for (;;) {
          const Moved moved = co_await stream.read_some(bytes);
          if (moved.error) break;
          got.insert(got.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(moved.bytes));
        }
      },
      [&](Stream& stream) -> Task<> {
        const Moved moved = co_await stream.write(std::span<const std::uint8_t>(sent));
        EXPECT_EQ(moved.bytes, sent.size());
        stream.close();
      });
  EXPECT_TRUE(got == sent);
}

TEST(Tcp, AReadUnderADeadlineEndsWhenNothingComes) {
  std::error_code error;
  bool passed = false;
  std::string later;
  talk(
      [&](Stream& stream) -> Task<> {
        co_await sleep_for(60ms);
        co_await stream.write(std::string_view("late"));
      },
      [&](Stream& stream) -> Task<> {
        Scope& scope = co_await current_scope();
        std::uint8_t bytes[16];
        {
          Deadline deadline(scope, 10ms);
          const Moved moved = co_await deadline.run(stream.read_some(bytes));
          error = moved.error;
          passed = deadline.passed();
        }
        const Moved moved = co_await stream.read_some(bytes);
        later.assign(reinterpret_cast<char*>(bytes), moved.bytes);
      });
  EXPECT_EQ(error, std::errc::operation_canceled);
  EXPECT_TRUE(passed);
  EXPECT_EQ(later, "late") << "the stream must still be good after a read that was cut short";
}

TEST(Tcp, SaysWhyAConnectionCannotBeMade) {
  Loop loop;
  std::error_code refused, unknown;
  auto main = [&]() -> Task<> {
    std::error_code error;
    std::uint16_t port = 0;
    {
      auto listener = Listener::open(loop, "127.0.0.1", 0, &error);
      port = listener->port();
    }
    Opened a = co_await connect_tcp("127.0.0.1", port);
    refused = a.error;
    Opened b = co_await connect_tcp("no-such-host.invalid", 1);
    unknown = b.error;
  };
  loop.run(main());
  EXPECT_EQ(refused, std::errc::connection_refused);
  EXPECT_TRUE(unknown);
}

TEST(Tcp, CancellingEndsAnAcceptAndAConnect) {
  Loop loop;
  std::error_code accepted;
  auto main = [&]() -> Task<> {
    std::error_code error;
    auto listener = Listener::open(loop, "127.0.0.1", 0, &error);
    Group group(loop);
    auto wait = [&]() -> Task<> {
      Opened opened = co_await listener->accept();
      accepted = opened.error;
    };
    group.spawn(wait());
    co_await sleep_for(5ms);
    group.cancel();
    co_await group.join();
  };
  loop.run(main());
  EXPECT_EQ(accepted, std::errc::operation_canceled);
}
