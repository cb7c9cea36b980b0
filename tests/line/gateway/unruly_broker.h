// A broker of our own that misbehaves on command: hangs up, forgets, refuses, reads slowly, acknowledges what
// it never got. Takes connections on a thread of its own; speaks as much MQTT 5 as a publisher needs. What
// arrives goes to a `Received`, which has take(payload).
#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "line/gateway/mqtt/packet.h"
#include "net/tcp.h"

namespace bondline::gateway {

template <class Received>
class UnrulyBroker {
 public:
  enum class HangsUp { never, at_once, after_connack };
  enum class Lies {
    no,
    strangers,  ///< acknowledges, right after CONNACK and with every message, numbers that nobody sent
    misfits     ///< answers QoS 1 with PUBREC and PUBCOMP
  };
  // Set before start(), but for the atomic ones.
  bool acknowledges = true;
  std::atomic<int> breaks_every{0};      ///< packets until it hangs up; 0: never (random around it)
  std::size_t bytes_per_connection = 0;  ///< hangs up when it has read so many; 0: never
  bool forgets_sessions = false;
  std::uint8_t refuses_with = 0;
  std::atomic<HangsUp> hangs_up{HangsUp::never};
  std::atomic<Lies> lies{Lies::no};
  std::atomic<int> bytes_per_second{0};  ///< how fast it reads; 0: at once

  void start(std::uint16_t port = 0) {
    std::error_code error;
    listener_ = net::Listener::open(loop_, "127.0.0.1", port, &error);
    ASSERT_TRUE(listener_) << error.message();
    port_ = listener_->port();
    thread_ = std::thread([this] { loop_.run(serve()); });
  }
  ~UnrulyBroker() {
    if (!thread_.joinable()) return;
    loop_.post([this] { stop_.notify(); });
    thread_.join();
  }
  std::uint16_t port() const { return port_; }
  Received received;  ///< under `mutex`
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
    if (hangs_up == HangsUp::at_once) co_return;
    std::vector<std::uint8_t> in, out, bytes(65536);
    const int breaks = breaks_every;
    int left = breaks ? 1 + static_cast<int>(random_() % static_cast<unsigned>(2 * breaks)) : -1;
    std::size_t read = 0;
    for (;;) {
      const int slow = bytes_per_second;
      std::size_t most = slow > 0 ? static_cast<std::size_t>(std::max(1, slow / 50)) : bytes.size();
      if (bytes_per_connection > 0) most = std::min(most, bytes_per_connection - read);
      const net::Moved moved = co_await stream->read_some(std::span(bytes).first(most));
      if (moved.error) co_return;
      read += moved.bytes;
      if (slow > 0) co_await net::sleep_for(std::chrono::milliseconds(20));
      in.insert(in.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(moved.bytes));
      std::size_t at = 0;
      bool ends = false;
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
        ends |= packet.type == mqtt::Type::connect && hangs_up == HangsUp::after_connack;
      }
      in.erase(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(at));
      const net::Moved sent = co_await stream->write(std::span<const std::uint8_t>(out));
      if (sent.error || ends || (bytes_per_connection > 0 && read >= bytes_per_connection)) co_return;
      out.clear();
    }
  }
  void take(const mqtt::Packet& packet, std::vector<std::uint8_t>& out) {
    mqtt::Packet answer;
    answer.id = packet.id;
    switch (packet.type) {
      case mqtt::Type::connect:
        answer.type = mqtt::Type::connack;
        answer.session_present = known_ && !forgets_sessions && !packet.clean_start;
        if (!answer.session_present) half_.clear();
        known_ = true;
        answer.properties.receive_maximum = 20;
        break;
      case mqtt::Type::publish: {
        answer.type = packet.qos == 2 ? mqtt::Type::pubrec : mqtt::Type::puback;
        answer.reason = refuses_with;
        if (lies == Lies::strangers) {
          lie(mqtt::Type::puback, packet.id, out);
          return;
        }
        if (lies == Lies::misfits) {
          answer.type = random_() % 2 ? mqtt::Type::pubrec : mqtt::Type::pubcomp;
          break;
        }
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
    if (packet.type == mqtt::Type::connect && lies == Lies::strangers) lie(mqtt::Type::puback, 0, out);
  }
  /// Acknowledges a hundred numbers that are not `but`, nor near it.
  static void lie(mqtt::Type type, std::uint16_t but, std::vector<std::uint8_t>& out) {
    mqtt::Packet answer;
    answer.type = type;
    for (int i = 0; i < 100; ++i) {
      answer.id = static_cast<std::uint16_t>(but + 20000 + i);
      mqtt::encode(answer, mqtt::Version::v5, out);
    }
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

}  // namespace bondline::gateway
