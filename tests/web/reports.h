// Reports that the tests open, made by the built program once per test program.
#pragma once
#include <filesystem>
#include <string>

namespace bondline::web {

/// report.html of examples/sip-edge-node on a coarse grid.
std::filesystem::path sip_report();

/// report.html of a block whose names and texts try to become markup.
std::filesystem::path hostile_report();

/// Signs a design off into a folder of this process and gives the folder. Throws when the program does not
/// write a report.
std::filesystem::path sign_off(const std::filesystem::path& design, const std::string& name,
                               const std::string& options);

}  // namespace bondline::web
