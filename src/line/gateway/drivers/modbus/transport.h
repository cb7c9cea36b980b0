// One connection to a Modbus device or client: messages in and out over TCP, RTU-over-TCP or a serial line.
#pragma once
#include <memory>
#include <vector>

#include "line/gateway/drivers/modbus/config.h"
#include "line/gateway/modbus/framing.h"
#include "net/stream.h"

namespace bondline::gateway {

class ModbusLink {
 public:
  ModbusLink(std::unique_ptr<net::Stream> stream, ModbusTransport transport, modbus::Speaker peer)
      : stream_(std::move(stream)), transport_(transport), rtu_(peer), buffer_(64 * 1024) {}

  /// Appends a message to what flush() will send.
  void put(std::uint16_t transaction, std::uint8_t unit, std::span<const std::uint8_t> pdu) {
    if (transport_ == ModbusTransport::tcp)
      modbus::put_tcp(transaction, unit, pdu, out_);
    else
      modbus::put_rtu(unit, pdu, out_);
  }
  /// Sends what was put.
  net::Task<std::error_code> flush() {
    if (out_.empty()) co_return std::error_code{};
    const net::Moved moved = co_await stream_->write(std::span<const std::uint8_t>(out_));
    out_.clear();
    co_return moved.error;
  }
  /// A message already here.
  std::optional<modbus::Message> next() {
    return transport_ == ModbusTransport::tcp ? tcp_.next() : rtu_.next();
  }
  /// Waits for more bytes, until `deadline` has passed (operation_canceled then).
  net::Task<std::error_code> fill(net::Deadline& deadline) {
    if (!is_tcp() && rtu_.begun()) {
      // Bytes of one message follow each other; a gap longer than any USB adapter makes (16 ms) is the end of
      // what was begun.
      net::Deadline gap(deadline.scope(), std::chrono::milliseconds(20));
      const net::Moved more = co_await gap.run(stream_->read_some(std::span(buffer_)));
      if (!more.error)
        feed(more.bytes);
      else if (gap.passed() && !deadline.passed())
        rtu_.silence();
      else
        co_return more.error;
      co_return std::error_code{};
    }
    const net::Moved moved = co_await deadline.run(stream_->read_some(std::span(buffer_)));
    if (!moved.error) feed(moved.bytes);
    co_return moved.error;
  }
  net::Task<std::error_code> fill() {
    const net::Moved moved = co_await stream_->read_some(std::span(buffer_));
    if (!moved.error) feed(moved.bytes);
    co_return moved.error;
  }
  /// What makes the connection worthless; "" when it is sound.
  std::string_view broken() const { return tcp_.problem(); }
  /// Serial lines: forget what was begun.
  void silence() { rtu_.silence(); }
  bool is_tcp() const { return transport_ == ModbusTransport::tcp; }
  net::Stream& stream() { return *stream_; }

 private:
  void feed(std::size_t bytes) {
    const auto got = std::span<const std::uint8_t>(buffer_).first(bytes);
    if (transport_ == ModbusTransport::tcp)
      tcp_.feed(got);
    else
      rtu_.feed(got);
  }
  std::unique_ptr<net::Stream> stream_;
  ModbusTransport transport_;
  modbus::TcpStream tcp_;
  modbus::RtuStream rtu_;
  std::vector<std::uint8_t> buffer_, out_;
};

}  // namespace bondline::gateway
