// A Modbus server as a member of the engine: it listens (TCP, RTU-over-TCP) or answers on a serial line, and
// is started again where it can't go on. Its machine name is "serve:NAME", which no machine of a line file
// can have.
#pragma once
#include "line/gateway/drivers/modbus/config.h"
#include "line/gateway/drivers/modbus/tag_bank.h"

namespace bondline::gateway {

struct ModbusServeConfig {
  std::string name;
  ModbusTransport transport = ModbusTransport::tcp;
  std::string host;  ///< address to listen on; "": every one
  std::uint16_t port = 502;
  std::string serial_path;
  net::SerialOptions serial;
  std::vector<ServedPoint> points;
  std::vector<std::string> allow;     ///< addresses that may connect; none: every one
  std::vector<std::string> identity;  ///< vendor, product code, revision (6.21)
  static constexpr std::size_t kMostMasters = 32;
};

/// Requests are counted as `requests`, those refused as `errors`, masters as `connects`.
std::unique_ptr<Driver> make_modbus_tag_server(ModbusServeConfig config,
                                               std::shared_ptr<const tags::TagTable> tags,
                                               ServedValues values);

}  // namespace bondline::gateway
