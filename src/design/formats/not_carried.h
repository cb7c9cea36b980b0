// What geometry-only formats leave behind, in words. Internal to the room.
#pragma once
#include <string>
#include <vector>

#include "design/package/design.h"

namespace bondline::formats {

/// What a chiplet assembly (3Dblox) cannot say of this design.
void describe_not_carried(const package::Design& design, std::vector<std::string>& out);
/// What every geometry export leaves behind: power, films, limits, nets.
void describe_not_geometry(const package::Design& design, std::vector<std::string>& out);

}  // namespace bondline::formats
