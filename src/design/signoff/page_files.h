// The page's own parts, built into the program: web/report and three.js (docs/report.md).
#pragma once
#include <string_view>
#include <vector>

namespace bondline::signoff {

struct PageFile {
  std::string_view name;  ///< "findings.js", "page.css", "page.html", "three.min.js"
  std::string_view text;
};

/// In the order they enter the page. three.min.js is missing where the build did not find it: the page then
/// draws the package without WebGL.
std::vector<PageFile> page_files();

}  // namespace bondline::signoff
