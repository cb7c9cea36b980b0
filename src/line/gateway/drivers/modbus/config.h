// What a line file says of one Modbus machine, read and checked (formats: docs/formats/line.md,
// docs/formats/tags.md).
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "line/gateway/modbus/address.h"
#include "line/gateway/modbus/planner.h"
#include "line/gateway/modbus/value.h"
#include "line/tags/tag.h"
#include "net/serial.h"

namespace bondline::gateway {

enum class ModbusTransport : std::uint8_t { tcp, rtu, rtu_over_tcp };

/// One tag of a machine.
struct ModbusPoint {
  tags::TagId tag = 0;
  modbus::Address address;
  modbus::Format format;
  std::uint8_t unit = 0;             ///< 0: the machine's
  std::chrono::nanoseconds poll{0};  ///< 0: the machine's
};

struct ModbusConfig {
  std::string machine;
  ModbusTransport transport = ModbusTransport::tcp;
  std::string host;
  std::uint16_t port = 502;
  std::string serial_path;
  net::SerialOptions serial;
  std::uint8_t unit = 1;
  std::chrono::nanoseconds poll = std::chrono::seconds(1);
  std::chrono::nanoseconds timeout = std::chrono::seconds(1);
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(3);
  std::chrono::nanoseconds first_pause = std::chrono::milliseconds(200),
                           most_pause = std::chrono::seconds(30);  ///< between attempts
  int pipeline = 0;  ///< requests under way at once; 0: find out how many the device takes, up to kMostProbed
  static constexpr int kMostProbed = 16, kMostPipeline = 64;
  modbus::DeviceLimits limits;
  modbus::ReadCost cost;
  std::vector<ModbusPoint> points;
};

}  // namespace bondline::gateway
