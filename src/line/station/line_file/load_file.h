// A machine that writes files, of a line file, with its tag file. Private to this room.
#pragma once
#include "line/station/line_file.h"

namespace bondline::station {

void load_file(base::Files& files, const document::Node& map, const std::string& name,
               const base::Where& where, LineFile& line, base::Diagnostics& diagnostics);

}  // namespace bondline::station
