// A Stream over TLS over TCP; nobody outside net/*.cc includes it.
#pragma once
#include <asio/ssl.hpp>
#include <memory>
#include <string>

#include "net/asio_stream.h"

namespace bondline::net {

using Secured = asio::ssl::stream<asio::ip::tcp::socket>;

inline std::error_code plain_tls(const std::error_code& error) {
  // A peer that closes TCP without TLS' own goodbye: the end, all the same; what was sent and acknowledged is
  // above this layer.
  if (error == asio::ssl::error::stream_truncated) return end_of_stream();
  return plain(error);
}

class TlsStream : public Stream {
 public:
  TlsStream(std::unique_ptr<Secured> stream, std::string peer)
      : stream_(std::move(stream)), peer_(std::move(peer)) {}
  void close() override {
    std::error_code ignored;
    stream_->lowest_layer().close(ignored);
  }
  std::string peer() const override { return peer_; }
  void start_read(std::span<std::uint8_t> into, Transfer& transfer) override {
    stream_->async_read_some(asio::buffer(into.data(), into.size()),
                             [&transfer](const std::error_code& error, std::size_t bytes) {
                               transfer.complete(plain_tls(error), bytes);
                             });
  }
  void start_write(std::span<const std::uint8_t> bytes, Transfer& transfer) override {
    asio::async_write(*stream_, asio::buffer(bytes.data(), bytes.size()),
                      [&transfer](const std::error_code& error, std::size_t done) {
                        transfer.complete(plain_tls(error), done);
                      });
  }
  // A record can't be left half-way: cancelling either direction ends the connection's waits, and with them
  // the connection.
  void cancel_read() override { cancel(); }
  void cancel_write() override { cancel(); }

 private:
  void cancel() {
    std::error_code ignored;
    stream_->lowest_layer().cancel(ignored);
  }
  std::unique_ptr<Secured> stream_;
  std::string peer_;
};

}  // namespace bondline::net
