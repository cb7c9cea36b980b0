// A machine's tags as a table (docs/formats/tags.md): CSV with a head line that names its columns, in any
// order.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"

namespace bondline::station {

/// One line of a tag file, as written.
struct TagRow {
  base::Where where;
  std::string name, address, type, order, unit, path, scale, offset, low, high, poll, writable, device,
      deadband, silence, keep_every, stale, raw_unit, field, write_to;
};

/// Reads the table. RFC 4180 quoting; lines that are empty or begin with # are passed over. Everything wrong
/// goes to `diagnostics`; the rows that could be read are returned.
std::vector<TagRow> read_tag_file(std::string_view text, const std::string& file,
                                  base::Diagnostics& diagnostics);

}  // namespace bondline::station
