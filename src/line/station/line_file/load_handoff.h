// The handoff a line file names: read, checked, and its signature too where a key is named. Private to this
// room.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "line/gateway/rules/compile.h"
#include "line/station/line_file.h"

namespace bondline::station {

/// `node`: a path, or a map with file, key and signature.
void load_handoff(base::Files& files, const document::Node& node, LineFile& line,
                  base::Diagnostics& diagnostics);

/// What limit("NAME") means: NAME is a tag of the handoff's limits, which must have one alarm bound then, or
/// a tag and which of its bounds: "soc.junction.high_warn". `unit` "": as the handoff has it, in SI.
std::optional<rules::Constant> limit_of(const GivenHandoff& handoff, std::string_view name,
                                        std::string_view unit, std::string* problem, std::string* mend);

}  // namespace bondline::station
