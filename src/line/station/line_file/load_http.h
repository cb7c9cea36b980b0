// A sink of a line file that posts to a web address. Private to this room.
#pragma once
#include "line/station/line_file.h"

namespace bondline::station {

void load_http(base::Files& files, const document::Node& map, const std::string& name,
               const base::Where& where, LineFile& line, base::Diagnostics& diagnostics);

}  // namespace bondline::station
