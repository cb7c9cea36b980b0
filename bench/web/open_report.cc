// How long a report with five fields takes to open in Chromium, drawn by software on this machine: from the
// navigation to the first frame with the package in 3D on the screen. A machine with a graphics card is
// faster.
//   bench_report [opens]
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/parallel.h"
#include "browser.h"
#include "design/package/design.h"
#include "design/package/load.h"
#include "design/signoff/page.h"
#include "design/signoff/signoff.h"

namespace {

using namespace bondline;
namespace fs = std::filesystem;

/// The sign-off of the System-in-Package example with five fields of at most 250 000 cells: its own, and what
/// a transient would bring, the same rise over ambient at parts of it.
std::string page_with_fields(int count) {
  const package::Design design =
      package::load(BONDLINE_SOURCE_DIR "/examples/sip-edge-node/design.yaml", base::disk());
  base::Pool pool(0);
  base::MemoryFiles files;
  signoff::Options options;
  options.out = "out";
  options.fields = count;
  signoff::SignOff result = signoff::sign_off(design, files, pool, options);
  const signoff::Field own = result.content.fields.at(0);
  result.content.fields.resize(1);
  const double ambient = design.environment.ambient - 273.15;
  for (int n = 1; n < count; ++n) {
    signoff::Field more = own;
    more.title += ", " + std::to_string(n);
    for (double& v : more.value) v = ambient + (v - ambient) * n / count;
    result.content.fields.push_back(std::move(more));
  }
  return signoff::to_html(design, package::assemble(design), result, options);
}

void time_page(const char* name, const fs::path& file, int opens) {
  std::vector<double> shown, readable;
  web::Browser browser(1280, 900);
  for (int n = 0; n < opens; ++n) {
    browser.call("Page.navigate", {{"url", "about:blank"}});
    browser.evaluate("1");
    browser.open(file);
    // Two frames later the frame that drew the package has been shown.
    const double at = browser.evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => "
        "done(performance.now()))))");
    shown.push_back(at / 1e3);
    readable.push_back(
        std::stod(browser.evaluate("document.documentElement.dataset.ready").get<std::string>()) / 1e3);
  }
  std::sort(shown.begin(), shown.end());
  std::sort(readable.begin(), readable.end());
  std::printf(
      "%-16s %5.2f MB   page built: min %.2f s, median %.2f s   package on the screen: min %.2f s, median "
      "%.2f s\n",
      name, double(fs::file_size(file)) / 1e6, readable.front(), readable[readable.size() / 2], shown.front(),
      shown[shown.size() / 2]);
}

}  // namespace

int main(int argc, char** argv) {
  if (!web::Browser::program()) {
    std::puts("chromium is not installed");
    return 0;
  }
  const int opens = argc > 1 ? std::max(1, std::atoi(argv[1])) : 10;
  const fs::path file = fs::temp_directory_path() / ("bondline-bench-" + std::to_string(getpid()) + ".html");
  std::printf("%d opens each, software rendering\n", opens);
  for (const int fields : {0, 1, 5}) {
    std::ofstream(file, std::ios::binary) << page_with_fields(fields);
    time_page((std::to_string(fields) + (fields == 1 ? " field" : " fields")).c_str(), file, opens);
  }
  fs::remove(file);
}
