// Modbus protocol data units (MODBUS Application Protocol Specification V1.1b3, 2012; section numbers below
// are its own). Requests and responses are views on bytes: nothing is copied and nothing allocates. Decoders
// never throw and check every length; what they refuse, they say in words.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace bondline::modbus {

inline constexpr std::size_t kMostPduBytes = 253;    ///< section 4.1
inline constexpr int kMostReadRegisters = 125;       ///< 6.3
inline constexpr int kMostReadBits = 2000;           ///< 6.1
inline constexpr int kMostWriteRegisters = 123;      ///< 6.12
inline constexpr int kMostWriteBits = 1968;          ///< 6.11
inline constexpr int kMostReadWriteRegisters = 121;  ///< the written ones of function 23, 6.17

enum class Function : std::uint8_t {
  read_coils = 1,
  read_discrete_inputs = 2,
  read_holding_registers = 3,
  read_input_registers = 4,
  write_single_coil = 5,
  write_single_register = 6,
  write_multiple_coils = 15,
  write_multiple_registers = 16,
  mask_write_register = 22,
  read_write_multiple_registers = 23,
  encapsulated_interface = 43,  ///< only with MEI type 14, read device identification (6.21)
};

/// Section 7.
enum class Exception : std::uint8_t {
  illegal_function = 1,
  illegal_data_address = 2,
  illegal_data_value = 3,
  server_device_failure = 4,
  acknowledge = 5,
  server_device_busy = 6,
  memory_parity_error = 8,
  gateway_path_unavailable = 10,
  gateway_target_failed_to_respond = 11,
};
std::string_view name_of(Exception exception);

/// One request. Which fields count depends on the function.
struct Request {
  Function function = Function::read_holding_registers;
  std::uint16_t address = 0, count = 0;     ///< 1-4, 15, 16; 23: what is read; 5, 6, 22: address only
  std::uint16_t value = 0;                  ///< 5 (0 or 0xFF00), 6
  std::uint16_t and_mask = 0, or_mask = 0;  ///< 22: result = (now and and_mask) or (or_mask and not and_mask)
  std::uint16_t write_address = 0, write_count = 0;  ///< 23
  std::span<const std::uint8_t> data;  ///< 15: packed bits, lowest first; 16, 23: registers, high byte first
  std::uint8_t id_code = 1, object = 0;  ///< 43: 1 basic, 2 regular, 3 extended, 4 one object; first object
};

struct Response {
  Function function = Function::read_holding_registers;
  std::optional<Exception> exception;
  std::span<const std::uint8_t>
      data;  ///< of reads: packed bits, or registers high byte first; of 43: the object list
  std::uint8_t conformity = 0, more_follows = 0, next_object = 0, objects = 0;  ///< 43
};

using PduBuffer = std::array<std::uint8_t, kMostPduBytes>;

/// Writes a request; bytes written, or 0 when its counts or data break the specification's limits.
std::size_t encode(const Request& request, PduBuffer& out);
/// Reads a response to `request`. Nullptr, or what is wrong: too short, another function, an echo that
/// differs, a length that is not what was asked for.
const char* decode(std::span<const std::uint8_t> pdu, const Request& request, Response& response);

/// A server reads a request. Nothing, or the exception it must answer with.
std::optional<Exception> decode_request(std::span<const std::uint8_t> pdu, Request& request);
/// A server's answer to a request: `data` as in Response::data (empty for writes). Bytes written, or 0 when
/// it can't fit.
std::size_t encode_response(const Request& request, std::span<const std::uint8_t> data, PduBuffer& out);
std::size_t encode_exception(std::uint8_t function, Exception exception, PduBuffer& out);

/// One object of a device identification (6.21): 0 vendor, 1 product code, 2 revision, ...
struct IdObject {
  std::uint8_t id = 0;
  std::string_view value;
};
/// Takes the next object off `list`; nullopt at its end or when it is cut off.
std::optional<IdObject> next_object(std::span<const std::uint8_t>& list);

/// Whether a function reads (its response carries data).
bool is_read(Function function);

}  // namespace bondline::modbus
