// Sections that only later disciplines read: kept as they stand, by path ("flow", "limits.warpage",
// "dies.soc.test"). Private to this room.
#pragma once
#include <map>
#include <string>

#include "design/package/design.h"
#include "document/schema.h"

namespace bondline::package {

/// Walks tree and schema together and gathers the values of keys that are stored but have no place in Design:
/// those of type `anything` that nothing uses yet, and `nets` as a whole.
std::map<std::string, document::Node> keep_sections(const document::Node& root,
                                                    const document::Schema& schema);

/// Puts the sections back into a written tree (overwriting what is there under the path).
void restore_sections(const std::map<std::string, document::Node>& sections, document::Node& root);

}  // namespace bondline::package
