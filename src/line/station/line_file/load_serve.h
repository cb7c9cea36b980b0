// What a line offers to other masters: `serve:` of a line file. Private to this room.
#pragma once
#include "line/station/line_file.h"
#include "line/station/line_file/load_modbus.h"

namespace bondline::station {

/// One entry of `serve`. Call when all tags are there, those of rules too.
void load_serve(base::Files& files, const document::Node& map, const std::string& name,
                const base::Where& where, LineFile& line, SerialPorts& ports, base::Diagnostics& diagnostics);

}  // namespace bondline::station
