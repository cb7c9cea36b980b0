// The line file's section `api`. Private to this room.
#pragma once
#include "line/station/line_file.h"

namespace bondline::station {

void load_api(base::Files& files, const document::Node& map, LineFile& line, base::Diagnostics& diagnostics);

}  // namespace bondline::station
