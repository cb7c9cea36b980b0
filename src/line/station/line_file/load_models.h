// Models of a line file, fitted to their artefacts. Private to this room.
#pragma once
#include "line/station/line_file.h"

namespace bondline::station {

/// Loads the models and adds their tags; call when all machines have theirs.
void load_models(const document::Node& models, LineFile& line, base::Diagnostics& diagnostics);

}  // namespace bondline::station
