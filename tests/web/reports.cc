#include "reports.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace bondline::web {
namespace {

namespace fs = std::filesystem;

/// A folder of this process, removed when it ends.
const fs::path& home() {
  struct Home {
    fs::path path = fs::temp_directory_path() / ("bondline-reports-" + std::to_string(getpid()));
    Home() { fs::create_directories(path); }
    ~Home() {
      std::error_code ignored;
      fs::remove_all(path, ignored);
    }
  };
  static const Home home;
  return home.path;
}

}  // namespace

fs::path sign_off(const fs::path& design, const std::string& name, const std::string& options) {
  const fs::path out = home() / name;
  if (fs::exists(out / "report.html")) return out;
  const std::string command = std::string(BONDLINE_BINARY) + " signoff '" + design.string() + "' --out '" +
                              out.string() + "' " + options + " >'" + (home() / "said").string() + "' 2>&1";
  const int status = std::system(command.c_str());
  if (status > 256 || !fs::exists(out / "report.html")) throw std::runtime_error("failed: " + command);
  return out;
}

fs::path sip_report() {
  return sign_off(fs::path(BONDLINE_SOURCE_DIR) / "examples/sip-edge-node/design.yaml", "sip",
                  "--cells 40000") /
         "report.html";
}

fs::path hostile_report() {
  const fs::path design = home() / "hostile.yaml";
  std::ofstream(design) << R"(bondline: design/1
name: hostile
description: '<img src=x onerror="window.hurt=1"></script><script>window.hurt=1</script><!-- <script>'
block:
  size: [10 mm, 10 mm]
  layers:
    - {name: die, material: plain, thickness: 1 mm, power: {uniform: 10 W, place: bottom}, limit: 30 degC}
environment: {ambient: 25 degC, films: {top: 1e4 W/(m2 K), bottom: 0, sides: 0}}
materials:
  plain: {k: 100 W/(m K), source: '<iframe src="javascript:window.hurt=1">', confidence: high}
)";
  return sign_off(design, "hostile", "--cells 5000") / "report.html";
}

}  // namespace bondline::web
