// What rows of tag files say whatever the machine speaks: names, limits, numbers, who may write. Private to
// this room.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "line/station/line_file.h"
#include "line/station/line_file/tag_file.h"

namespace bondline::station {

/// The rows of the tag file that `node` names; nullopt with an error when it can't be read. `what`: what it
/// is, in words: "tag file".
std::optional<std::vector<TagRow>> read_rows(base::Files& files, const document::Node& node, const char* what,
                                             const LineFile& line, base::Diagnostics& diagnostics);

/// The same of the key `tags` of a machine, which must be there.
std::optional<std::vector<TagRow>> rows_of(base::Files& files, const document::Node& map,
                                           const std::string& machine, const base::Where& where,
                                           const LineFile& line, base::Diagnostics& diagnostics);

/// A column that holds a number; nullopt when it is empty, or no number, which is an error.
std::optional<double> number(const std::string& text, const char* column, const base::Where& where,
                             base::Diagnostics& diagnostics);

/// The column writable; anything but yes and no is an error.
bool read_writable(const TagRow& row, base::Diagnostics& diagnostics);

/// Puts the conversion of the columns raw_unit -> unit behind scale and offset. False: it can't be done.
bool convert_units(const TagRow& row, double& scale, double& offset, base::Diagnostics& diagnostics);

/// The tag of a row: everything but its type, its address, scale and offset.
tags::Tag tag_of(const TagRow& row, const std::string& machine, base::Diagnostics& diagnostics);

/// Adds it; nullopt with an error when the line has one of that name.
std::optional<tags::TagId> add_tag(LineFile& line, const tags::Tag& tag, base::Diagnostics& diagnostics);

}  // namespace bondline::station
