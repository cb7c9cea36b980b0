// Rules of a line file, and how samples of tags are thinned out. Private to this room.
#pragma once
#include <optional>

#include "line/station/line_file.h"
#include "line/station/line_file/tag_file.h"

namespace bondline::station {

/// How a machine's tags, or one of them, are thinned out; what is not said is empty.
struct Thinning {
  std::optional<double> deadband;
  bool percent = false;  ///< the deadband is part of the tag's span
  std::optional<std::chrono::nanoseconds> silence, stale;
  std::optional<std::uint32_t> keep_every;
};

/// The machine's keys deadband, silence, keep_every and stale.
Thinning read_thinning(const document::Node& machine, base::Diagnostics& diagnostics);
/// The same columns of a row of its tag file.
Thinning read_thinning(const TagRow& row, base::Diagnostics& diagnostics);
/// Gives a tag its options: the row's where it says something, the machine's otherwise.
void thin_out(LineFile& line, tags::TagId tag, const Thinning& machine, const Thinning& row,
              base::Diagnostics& diagnostics);

/// Compiles the rules and adds their tags; call when all machines have theirs.
void load_rules(const document::Node& rules, LineFile& line, base::Diagnostics& diagnostics);

}  // namespace bondline::station
