// Stands between a client and a server, passes everything on, and keeps what it saw as a capture that tshark
// can read: bytes as they were sent, in Ethernet, IPv4 and TCP frames made for them.
#pragma once
#include <gtest/gtest.h>

#include <fstream>
#include <mutex>
#include <thread>

#include "net/tcp.h"

namespace bondline::peers {

class Relay {
 public:
  explicit Relay(std::uint16_t to) : to_(to) {
    std::error_code error;
    listener_ = net::Listener::open(loop_, "127.0.0.1", 0, &error);
    EXPECT_TRUE(listener_) << error.message();
    port_ = listener_->port();
    thread_ = std::thread([this] { loop_.run(serve()); });
  }
  ~Relay() { stop(); }
  void stop() {
    if (!thread_.joinable()) return;
    loop_.post([this] { stop_.notify(); });
    thread_.join();
  }
  std::uint16_t port() const { return port_; }

  /// Writes what was seen (after stop()) as from any port to `server_port`.
  void write_capture(const std::string& path, std::uint16_t server_port) const {
    std::string out;
    const auto put32 = [&](std::uint32_t v) { out.append(reinterpret_cast<const char*>(&v), 4); };
    put32(0xa1b2c3d4);  // microseconds, this machine's byte order
    put32(0x00040002);  // version 2.4
    put32(0);
    put32(0);
    put32(262144);
    put32(1);  // Ethernet
    std::uint32_t packets = 0;
    for (std::size_t c = 0; c < connections_.size(); ++c) {
      std::uint32_t next[2] = {1000, 2000};
      const auto client_port = static_cast<std::uint16_t>(40000 + c);
      const auto packet = [&](bool by_client, std::uint8_t flags, std::string_view bytes) {
        const std::string frame = frame_of(by_client, client_port, server_port, next[!by_client],
                                           flags & 0x10 ? next[by_client] : 0, flags, bytes);
        put32(1'700'000'000);
        put32(packets++ * 10);
        put32(static_cast<std::uint32_t>(frame.size()));
        put32(static_cast<std::uint32_t>(frame.size()));
        out += frame;
        next[!by_client] += static_cast<std::uint32_t>(bytes.size()) + ((flags & 2) ? 1 : 0);
      };
      packet(true, 0x02, "");
      packet(false, 0x12, "");
      packet(true, 0x10, "");
      for (const Piece& piece : connections_[c])
        for (std::size_t at = 0; at < piece.bytes.size(); at += 16000)
          packet(piece.by_client, 0x18, std::string_view(piece.bytes).substr(at, 16000));
    }
    std::ofstream(path, std::ios::binary) << out;
  }

 private:
  struct Piece {
    bool by_client;
    std::string bytes;
  };

  static void big16(std::string& out, unsigned v) {
    out += static_cast<char>(v >> 8);
    out += static_cast<char>(v);
  }
  static void big32(std::string& out, std::uint32_t v) {
    big16(out, v >> 16);
    big16(out, v & 0xffff);
  }
  static unsigned checksum(std::string_view bytes) {  // RFC 1071
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
      sum += static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (i % 2 ? 0 : 8);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<unsigned>(~sum & 0xffff);
  }
  static std::string frame_of(bool by_client, std::uint16_t client_port, std::uint16_t server_port,
                              std::uint32_t sequence, std::uint32_t acknowledged, std::uint8_t flags,
                              std::string_view bytes) {
    const std::string client{"\x0a\x00\x00\x01", 4}, server{"\x0a\x00\x00\x02", 4};
    const std::string& from = by_client ? client : server;
    const std::string& to = by_client ? server : client;
    std::string tcp;
    big16(tcp, by_client ? client_port : server_port);
    big16(tcp, by_client ? server_port : client_port);
    big32(tcp, sequence);
    big32(tcp, acknowledged);
    tcp += '\x50';
    tcp += static_cast<char>(flags);
    big16(tcp, 65535);
    big32(tcp, 0);
    tcp += bytes;
    std::string pseudo = from + to;
    big16(pseudo, 6);
    big16(pseudo, static_cast<unsigned>(tcp.size()));
    const unsigned sum = checksum(pseudo + tcp);
    tcp[16] = static_cast<char>(sum >> 8);
    tcp[17] = static_cast<char>(sum);
    std::string ip{"\x45\x00", 2};
    big16(ip, static_cast<unsigned>(20 + tcp.size()));
    big32(ip, 0x4000);  // identification 0, do not fragment
    ip += std::string{"\x40\x06\x00\x00", 4} + from + to;
    const unsigned ip_sum = checksum(ip);
    ip[10] = static_cast<char>(ip_sum >> 8);
    ip[11] = static_cast<char>(ip_sum);
    return std::string{"\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x00", 14} + ip + tcp;
  }

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
      connections_.emplace_back();
      group.spawn(pass(std::move(opened.stream), connections_.size() - 1));
    }
  }
  net::Task<> pass(std::unique_ptr<net::Stream> client, std::size_t connection) {
    net::Opened server = co_await net::connect_tcp("127.0.0.1", to_);
    if (!server.stream) co_return;
    net::Scope& scope = co_await net::current_scope();
    net::Group both(scope.loop(), &scope);
    both.spawn(pump(*client, *server.stream, connection, true, both));
    both.spawn(pump(*server.stream, *client, connection, false, both));
    co_await both.join();
  }
  net::Task<> pump(net::Stream& from, net::Stream& to, std::size_t connection, bool by_client,
                   net::Group& both) {
    std::vector<std::uint8_t> bytes(65536);
    for (;;) {
      const net::Moved moved = co_await from.read_some(std::span(bytes));
      if (moved.error) break;
      connections_[connection].push_back(
          {by_client, std::string(reinterpret_cast<const char*>(bytes.data()), moved.bytes)});
      const net::Moved sent = co_await to.write(std::span<const std::uint8_t>(bytes).first(moved.bytes));
      if (sent.error) break;
    }
    both.cancel();
  }

  net::Loop loop_;
  net::Signal stop_;
  std::unique_ptr<net::Listener> listener_;
  std::thread thread_;
  std::uint16_t to_, port_ = 0;
  std::vector<std::vector<Piece>> connections_;  ///< the loop's, until stop()
};

}  // namespace bondline::peers
