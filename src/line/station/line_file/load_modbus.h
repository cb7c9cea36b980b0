// A Modbus machine of a line file, with its tag file. Private to this room.
#pragma once
#include <map>

#include "line/station/line_file.h"

namespace bondline::station {

/// Which machine uses which serial port.
using SerialPorts = std::map<std::string, std::string>;

void load_modbus(base::Files& files, const document::Node& map, const std::string& name,
                 const base::Where& where, LineFile& line, SerialPorts& ports,
                 base::Diagnostics& diagnostics);

}  // namespace bondline::station
