#include "line/gateway/modbus/framing.h"

#include <algorithm>
#include <array>

namespace bondline::modbus {
namespace {

constexpr std::array<std::uint16_t, 256> make_table() {
  std::array<std::uint16_t, 256> table{};
  for (unsigned n = 0; n < 256; ++n) {
    unsigned c = n;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1) ? 0xA001u ^ (c >> 1) : c >> 1;
    table[n] = static_cast<std::uint16_t>(c);
  }
  return table;
}
constexpr auto kTable = make_table();

void append(std::vector<std::uint8_t>& to, std::size_t& at, std::span<const std::uint8_t> bytes) {
  if (at > 0) {
    to.erase(to.begin(), to.begin() + static_cast<std::ptrdiff_t>(at));
    at = 0;
  }
  to.insert(to.end(), bytes.begin(), bytes.end());
}

}  // namespace

std::uint16_t crc16(std::span<const std::uint8_t> bytes) {
  unsigned crc = 0xFFFF;
  for (const std::uint8_t byte : bytes) crc = (crc >> 8) ^ kTable[(crc ^ byte) & 255];
  return static_cast<std::uint16_t>(crc);
}

void put_tcp(std::uint16_t transaction, std::uint8_t unit, std::span<const std::uint8_t> pdu,
             std::vector<std::uint8_t>& out) {
  const std::size_t length = pdu.size() + 1;
  const std::uint8_t head[7] = {
      static_cast<std::uint8_t>(transaction >> 8), static_cast<std::uint8_t>(transaction), 0,   0,
      static_cast<std::uint8_t>(length >> 8),      static_cast<std::uint8_t>(length),      unit};
  out.insert(out.end(), head, head + 7);
  out.insert(out.end(), pdu.begin(), pdu.end());
}

void put_rtu(std::uint8_t unit, std::span<const std::uint8_t> pdu, std::vector<std::uint8_t>& out) {
  const std::size_t from = out.size();
  out.push_back(unit);
  out.insert(out.end(), pdu.begin(), pdu.end());
  const std::uint16_t crc = crc16(std::span(out).subspan(from));
  out.push_back(static_cast<std::uint8_t>(crc));  // low byte first
  out.push_back(static_cast<std::uint8_t>(crc >> 8));
}

void TcpStream::feed(std::span<const std::uint8_t> bytes) {
  append(bytes_, at_, bytes);
}

void TcpStream::clear() {
  bytes_.clear();
  at_ = 0;
  problem_ = {};
}

std::optional<Message> TcpStream::next() {
  const auto left = std::span<const std::uint8_t>(bytes_).subspan(at_);
  if (!problem_.empty() || left.size() < 7) return std::nullopt;
  const std::size_t length = static_cast<std::size_t>(left[4] << 8 | left[5]);
  if (left[2] != 0 || left[3] != 0) {
    problem_ = "a message whose protocol id is not 0: this is not Modbus";
    return std::nullopt;
  }
  if (length < 2 || length > kMostPduBytes + 1) {
    problem_ = "a message of no possible length";
    return std::nullopt;
  }
  if (left.size() < 6 + length) return std::nullopt;
  at_ += 6 + length;
  Message message;
  message.transaction = static_cast<std::uint16_t>(left[0] << 8 | left[1]);
  message.unit = left[6];
  message.pdu = left.subspan(7, length - 1);
  return message;
}

std::optional<std::size_t> rtu_length(std::span<const std::uint8_t> bytes, Speaker speaker) {
  if (bytes.size() < 2) return 0;
  const std::uint8_t function = bytes[1];
  const auto counted =
      [&](std::size_t at) -> std::optional<std::size_t> {  // a byte count at `at`, then so many bytes
    if (bytes.size() <= at) return 0;
    const std::size_t whole = at + 1 + bytes[at] + 2;
    return whole <= kMostRtuBytes ? std::optional(whole) : std::nullopt;
  };
  if (speaker == Speaker::server && (function & 0x80)) return 5;
  switch (static_cast<Function>(function)) {
    case Function::read_coils:
    case Function::read_discrete_inputs:
    case Function::read_holding_registers:
    case Function::read_input_registers:
      return speaker == Speaker::client ? 8 : counted(2);
    case Function::write_single_coil:
    case Function::write_single_register:
      return 8;
    case Function::write_multiple_coils:
    case Function::write_multiple_registers:
      return speaker == Speaker::client ? counted(6) : 8;
    case Function::mask_write_register:
      return 10;
    case Function::read_write_multiple_registers:
      return speaker == Speaker::client ? counted(10) : counted(2);
    case Function::encapsulated_interface: {
      if (speaker == Speaker::client) return 7;
      if (bytes.size() < 8) return 0;
      std::size_t at = 8;  // unit, function, type, code, conformity, more, next, count
      for (int object = 0; object < bytes[7]; ++object) {
        if (bytes.size() < at + 2) return 0;
        at += 2u + bytes[at + 1];
        if (at + 2 > kMostRtuBytes) return std::nullopt;
      }
      return at + 2;
    }
  }
  return std::nullopt;
}

void RtuStream::feed(std::span<const std::uint8_t> bytes) {
  silent_at_ -= std::min(silent_at_, at_);
  append(bytes_, at_, bytes);
}

void RtuStream::silence() {
  if (at_ < bytes_.size()) silent_at_ = bytes_.size();
}

std::optional<Message> RtuStream::next() {
  while (at_ < bytes_.size()) {
    const auto left = std::span<const std::uint8_t>(bytes_).subspan(at_);
    const auto length = rtu_length(left, speaker_);
    const bool whole = length && *length > 0 && *length <= left.size();
    // What the line fell silent in the midst of was no message: a later byte may begin one.
    if (length && !whole && at_ >= silent_at_) return std::nullopt;
    if (whole) {
      const std::uint16_t crc = crc16(left.first(*length - 2));
      if (left[*length - 2] == (crc & 255) && left[*length - 1] == crc >> 8) {
        at_ += *length;
        return Message{0, left[0], left.subspan(1, *length - 3)};
      }
    }
    ++at_;
    ++dropped_;
  }
  silent_at_ = 0;
  return std::nullopt;
}

double rtu_silence(int baud) {
  return baud > 19200 || baud <= 0 ? 1.75e-3 : 3.5 * 11 / baud;
}

}  // namespace bondline::modbus
