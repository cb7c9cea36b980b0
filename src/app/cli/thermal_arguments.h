// What the thermal commands' arguments have in common.
#pragma once
#include <array>
#include <string>

#include "base/quantity.h"
#include "design/thermal/thermal.h"

namespace bondline::app {

/// "0 mm,0.8 mm,0.3 mm", or plain metres. Throws base::Error.
thermal::Probe parse_probe(const std::string& text);

/// Length and width of a deck's cells, m: "100 um,100 um". Throws base::Error.
std::array<double, 2> parse_cells(const std::string& text);

/// A span of time: "10 ms", or plain seconds. Throws base::Error that names the option.
double parse_seconds(const std::string& text, const std::string& option);

/// Writes a file atomically or throws base::Error.
void must_write(const std::string& path, const std::string& bytes);

}  // namespace bondline::app
