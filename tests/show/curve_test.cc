#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "show/picture.h"

namespace bondline::show {
namespace {

/// Every element opened is closed in order, attributes are quoted, '&' starts an entity. Empty: well-formed.
std::string fault(const std::string& xml) {
  std::vector<std::string> open;
  for (std::size_t at = 0; at < xml.size();) {
    if (xml[at] == '&') {
      const std::size_t end = xml.find(';', at);
      if (end == std::string::npos || end - at > 6) return "a bare ampersand at " + std::to_string(at);
    }
    if (xml[at] != '<') {
      ++at;
      continue;
    }
    const std::size_t end = xml.find('>', at);
    if (end == std::string::npos) return "an element does not end";
    std::string tag = xml.substr(at + 1, end - at - 1);
    at = end + 1;
    if (tag.find('<') != std::string::npos) return "'<' inside an element";
    if (std::count(tag.begin(), tag.end(), '"') % 2 != 0) return "an open quote in " + tag;
    if (tag.front() == '/') {
      if (open.empty() || open.back() != tag.substr(1)) return "stray </" + tag.substr(1) + ">";
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(tag.substr(0, tag.find_first_of(" \n")));
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> is not closed";
}

CurvePicture impedance() {
  CurvePicture p;
  p.title = "Zth <junction & board>";
  p.x_label = "time (s)";
  p.y_label = "Zth (K/W)";
  p.log_x = true;
  for (int c = 0; c < 3; ++c) {
    Curve curve;
    curve.name = "die \"" + std::to_string(c) + "\"";
    for (int i = 0; i <= 60; ++i) {
      const double t = std::pow(10, -6 + i * 0.15);
      curve.x.push_back(t);
      curve.y.push_back((c + 1) * 4 * (1 - std::exp(-std::sqrt(t / (c + 1)))));
    }
    p.curves.push_back(curve);
  }
  return p;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

TEST(Curve, SvgIsWellFormedAndStandsAlone) {
  const std::string svg = to_svg(impedance());
  EXPECT_EQ(fault(svg), "");
  EXPECT_EQ(svg.rfind("<svg xmlns=\"http://www.w3.org/2000/svg\"", 0), 0u);
  EXPECT_NE(svg.find("Zth &lt;junction &amp; board&gt;"), std::string::npos);
  if (const char* folder = std::getenv("BONDLINE_PICTURES"))
    std::ofstream(std::string(folder) + "/curve.svg") << svg;
}

TEST(Curve, EveryNamedCurveIsDrawnAndInTheLegend) {
  const std::string svg = to_svg(impedance());
  EXPECT_EQ(count(svg, "stroke-linejoin"), 3u);
  EXPECT_EQ(count(svg, "die &quot;"), 3u);
}

TEST(Curve, LogAxisSkipsWhatItCannotShow) {
  CurvePicture p;
  p.log_y = true;
  p.curves = {{"a", {0, 1, 2, 3}, {1, 0, -5, 100}}};
  const std::string svg = to_svg(p);
  EXPECT_EQ(fault(svg), "");
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
}

TEST(Curve, EmptyAndConstantCurvesAreDrawn) {
  for (bool log : {false, true}) {
    CurvePicture p;
    p.log_x = p.log_y = log;
    EXPECT_EQ(fault(to_svg(p)), "");
    p.curves = {{"flat", {1, 2}, {5, 5}}, {"", {std::nan("")}, {1}}};
    const std::string svg = to_svg(p);
    EXPECT_EQ(fault(svg), "");
    EXPECT_EQ(svg.find("nan"), std::string::npos);
  }
}

TEST(Curve, UnequalLengthsAreRefused) {
  CurvePicture p;
  p.curves = {{"a", {1, 2, 3}, {1, 2}}};
  EXPECT_THROW(to_svg(p), base::Error);
}

}  // namespace
}  // namespace bondline::show
