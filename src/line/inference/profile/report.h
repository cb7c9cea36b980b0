// A profile for people: a table, JSON, and one self-contained HTML page with the roofline.
#pragma once
#include <string>

#include "line/inference/profile/profile.h"
#include "show/table.h"

namespace bondline::inference {

/// Layers in order of time, at most `most` of them, then the whole.
std::string to_table(const Profile& profile, const show::Terminal& terminal, std::size_t most = 30);

/// The keys of docs/cli.md, as JSON text.
std::string to_json(const Profile& profile);

/// A page that needs nothing else: roofline (operations per second over operations per byte, both axes
/// logarithmic) with a dot per layer, and the table.
std::string to_html(const Profile& profile, const std::string& model);

}  // namespace bondline::inference
