// Rows of tag files of machines that say their values as text: messages and files. Private to this room.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "line/gateway/fields/time.h"
#include "line/gateway/fields/value.h"
#include "line/station/line_file.h"
#include "line/station/line_file/load_rules.h"
#include "line/station/line_file/tag_row.h"

namespace bondline::station {

/// The tag of a row, added to the line, and how its texts are read. Columns that only Modbus knows are
/// refused. `may_write`: whether the kind of machine can write at all.
std::optional<std::pair<tags::TagId, fields::Format>> load_point(const TagRow& row,
                                                                 const std::string& machine,
                                                                 const Thinning& thinning, bool may_write,
                                                                 char decimal, LineFile& line,
                                                                 base::Diagnostics& diagnostics);

/// The keys time_format and time_zone. Nullopt: they are wrong.
std::optional<fields::TimeFormat> read_time_format(base::Files& files, const document::Node& map,
                                                   base::Diagnostics& diagnostics);

}  // namespace bondline::station
