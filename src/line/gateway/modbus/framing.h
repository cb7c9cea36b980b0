// Where one Modbus message ends and the next begins: MBAP heads over TCP (MODBUS Messaging on TCP/IP
// Implementation Guide V1.0b, 2006, section 3.1.3), CRC-16 and lengths over serial lines and RTU-over-TCP
// (MODBUS over Serial Line V1.02, 2006).
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "line/gateway/modbus/pdu.h"

namespace bondline::modbus {

/// A message taken off a stream; `pdu` is a view that holds until the next call that changes the stream's
/// buffer.
struct Message {
  std::uint16_t transaction = 0;  ///< TCP only
  std::uint8_t unit = 0;
  std::span<const std::uint8_t> pdu;
};

inline constexpr std::size_t kMostTcpBytes = 260, kMostRtuBytes = 256;

/// Appends a message as it goes over TCP, or over a serial line.
void put_tcp(std::uint16_t transaction, std::uint8_t unit, std::span<const std::uint8_t> pdu,
             std::vector<std::uint8_t>& out);
void put_rtu(std::uint8_t unit, std::span<const std::uint8_t> pdu, std::vector<std::uint8_t>& out);

/// CRC-16/MODBUS (polynomial 0x8005 reflected, start 0xFFFF), Serial Line 6.2.2.
std::uint16_t crc16(std::span<const std::uint8_t> bytes);

/// Takes messages off a TCP stream, however its segments split or join them.
class TcpStream {
 public:
  void feed(std::span<const std::uint8_t> bytes);
  /// The next whole message; nullopt when more bytes are needed or the stream is broken.
  std::optional<Message> next();
  /// What broke the stream (a protocol id that is not 0, a length that can't be); empty: nothing. A broken
  /// stream can't be mended: close the connection.
  std::string_view problem() const { return problem_; }
  void clear();

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t at_ = 0;
  std::string_view problem_;
};

/// Who speaks: decides how long a message is.
enum class Speaker { client, server };

/// Length of the RTU message that `bytes` begins with, CRC included: 0 when more bytes are needed to know,
/// nullopt when no message can begin so.
std::optional<std::size_t> rtu_length(std::span<const std::uint8_t> bytes, Speaker speaker);

/// Takes messages off a serial line. Bytes that make no message are dropped one by one until one fits (noise
/// at power-up, an echo), and counted.
class RtuStream {
 public:
  explicit RtuStream(Speaker speaker) : speaker_(speaker) {}
  void feed(std::span<const std::uint8_t> bytes);
  std::optional<Message> next();
  std::uint64_t dropped_bytes() const { return dropped_; }
  /// The line has been silent for 3.5 characters or more: a message begun before that and not whole is none.
  void silence();
  /// Whether bytes wait that are not yet a message.
  bool begun() const { return at_ < bytes_.size(); }

 private:
  Speaker speaker_;
  std::vector<std::uint8_t> bytes_;
  std::size_t at_ = 0;
  std::size_t silent_at_ = 0;  ///< bytes before this came before a silence
  std::uint64_t dropped_ = 0;
};

/// 3.5 characters of silence in seconds: 1.75 ms above 19200 baud (Serial Line 2.5.1.1), else from 11-bit
/// characters.
double rtu_silence(int baud);

}  // namespace bondline::modbus
