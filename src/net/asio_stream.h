// A Stream over any Asio stream object (socket, serial port, TLS over a socket); nobody outside net/*.cc
// includes it.
#pragma once
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <asio/write.hpp>
#include <string>

#include "net/stream.h"

namespace bondline::net {

inline std::error_code plain(const std::error_code& error) {
  if (error == asio::error::eof) return end_of_stream();
  if (error == asio::error::operation_aborted) return std::make_error_code(std::errc::operation_canceled);
  if (error && error.category() == asio::system_category()) return {error.value(), std::system_category()};
  return error;
}

template <class Object>
class AsioStream : public Stream {
 public:
  AsioStream(Object object, std::string peer) : object_(std::move(object)), peer_(std::move(peer)) {}
  void close() override {
    std::error_code ignored;
    object_.close(ignored);
  }
  std::string peer() const override { return peer_; }
  void start_read(std::span<std::uint8_t> into, Transfer& transfer) override {
    object_.async_read_some(
        asio::buffer(into.data(), into.size()),
        asio::bind_cancellation_slot(reading_.slot(),
                                     [&transfer](const std::error_code& error, std::size_t bytes) {
                                       transfer.complete(plain(error), bytes);
                                     }));
  }
  void start_write(std::span<const std::uint8_t> bytes, Transfer& transfer) override {
    asio::async_write(object_, asio::buffer(bytes.data(), bytes.size()),
                      asio::bind_cancellation_slot(
                          writing_.slot(), [&transfer](const std::error_code& error, std::size_t done) {
                            transfer.complete(plain(error), done);
                          }));
  }
  void cancel_read() override { reading_.emit(asio::cancellation_type::terminal); }
  void cancel_write() override { writing_.emit(asio::cancellation_type::terminal); }
  Object& object() { return object_; }

 protected:
  Object object_;
  std::string peer_;
  asio::cancellation_signal reading_, writing_;
};

}  // namespace bondline::net
