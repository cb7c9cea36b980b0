// A Modbus machine of a line file, with its tag file. Private to this room.
#pragma once
#include <map>

#include "line/station/line_file.h"

namespace bondline::station {

/// Which machine uses which serial port.
using SerialPorts = std::map<std::string, std::string>;

/// "tcp://HOST[:502]", "rtu-over-tcp://HOST:PORT", "rtu:/dev/..." into transport, host, port, serial path;
/// false with an error.
bool read_modbus_address(const document::Node& node, gateway::ModbusConfig& config,
                         base::Diagnostics& diagnostics);
/// The keys baud, parity and stop_bits.
void read_serial(const document::Node& map, gateway::ModbusConfig& config, base::Diagnostics& diagnostics);
/// A serial port belongs to one.
void claim_serial_port(const document::Node& named, const base::Where& where, const std::string& name,
                       const gateway::ModbusConfig& config, SerialPorts& ports,
                       base::Diagnostics& diagnostics);

void load_modbus(base::Files& files, const document::Node& map, const std::string& name,
                 const base::Where& where, LineFile& line, SerialPorts& ports,
                 base::Diagnostics& diagnostics);

/// An error told as "what is wrong; how to mend it"; `mend` for those that name none.
void tell_problem(const std::string& problem, const char* mend, const base::Where& where,
                  base::Diagnostics& diagnostics);

}  // namespace bondline::station
