#include <gtest/gtest.h>

#include <sstream>

#include "design/signoff/signoff.h"
#include "sample.h"
#include "show/text.h"

namespace bondline::signoff {
namespace {

/// A result made by hand: soc over its limit, dram below.
SignOff by_hand(const package::Design& design) {
  SignOff out;
  out.thermal.path = "finite volume";
  out.thermal.cells = 1000;
  out.thermal.iterations = 9;
  out.thermal.heat_in_W = out.thermal.heat_out_W = 1.4;
  out.thermal.balance = 2e-12;
  out.thermal.error_estimate_K = 0.3;
  thermal::PartTemperature soc, dram;
  soc.path = "dies.soc", soc.power_W = 1.2, soc.max_K = 385.55, soc.mean_K = 383.15, soc.error_K = 0.3;
  dram.path = "dies.dram", dram.power_W = 0.2, dram.max_K = 355.15, dram.mean_K = 354.15;
  out.thermal.dies = {soc, dram};
  out.thermal.paths = {{"board bottom", 1.0}, {"top", 0.4}};
  out.thermal.mends = {
      {"dies.soc", "materials.UF-8830.k", 1, 2, "W/(m K)", -4.1, "raise k of UF-8830: -4.1 K"},
      {"dies.dram", "materials.UF-8830.k", 1, 2, "W/(m K)", -1.0, "not for dram"}};
  const auto finding = [&](const char* subject, double value, double limit, package::Verdict verdict) {
    package::Finding f;
    f.rule = "thermal.junction", f.subject = subject, f.unit = "degC";
    f.value = value, f.limit = limit, f.margin = limit - value;
    f.verdict = verdict;
    f.why = "it reaches 112.4 degC (+-0.3 K)";
    f.where = {design.file, 17, 5};
    return f;
  };
  out.findings = {finding("dies.soc", 112.4, 105, package::Verdict::fail),
                  finding("dies.dram", 82, 95, package::Verdict::pass)};
  out.verdict = package::Verdict::fail;
  out.analyses["rules"].seconds = 0.01;
  out.seconds = 1.25;
  return out;
}

bool has(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

TEST(Terminal, SaysWhichDieFailsByHowMuchAndWhatWouldMendIt) {
  const auto design = load(package_text());
  const std::string text = to_terminal(design, by_hand(design), 100, false);
  EXPECT_TRUE(has(text, "FAIL  1 fail · 1 pass")) << text;
  EXPECT_TRUE(has(text, "soc    1.2 W  112.4 °C  110.0 °C  105.0 °C   -7.4 K  fail")) << text;
  EXPECT_TRUE(has(text, "dram  200 mW   82.0 °C   81.0 °C   95.0 °C  +13.0 K  pass")) << text;
  EXPECT_TRUE(has(text, "raise k of UF-8830: -4.1 K")) << text;
  EXPECT_FALSE(has(text, "not for dram")) << text;  // it passes
  EXPECT_TRUE(has(text, "71.4 %")) << text;
  EXPECT_TRUE(has(text, "it reaches 112.4 °C (±0.3 K) [design.yaml:17]")) << text;
}

TEST(Terminal, NamesErrorBalanceDefaultsStoredKeysAndTime) {
  const auto design = load(package_text());
  const std::string text = to_terminal(design, by_hand(design), 100, false);
  EXPECT_TRUE(has(text, "±0.3 K")) << text;
  EXPECT_TRUE(has(text, "2e-12")) << text;
  EXPECT_TRUE(has(text, "defaulted")) << text;
  EXPECT_TRUE(has(text, "stored, not yet used")) << text;
  EXPECT_TRUE(has(text, "1.25 s")) << text;
}

TEST(Terminal, NeverExceedsItsWidthNorColoursUnasked) {
  const auto design = load(package_text());
  for (int width : {40, 60, 80, 100, 240}) {
    const std::string text = to_terminal(design, by_hand(design), width, false);
    EXPECT_FALSE(has(text, "\x1b"));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
      EXPECT_LE(show::width_of(line), std::min(width, 100)) << line;
  }
  EXPECT_TRUE(has(to_terminal(design, by_hand(design), 100, true), "\x1b[1;31m"));
}

TEST(Terminal, WithoutTemperaturesShowsTheChecksAlone) {
  const auto design = load(package_text());
  SignOff result;
  package::Finding f;
  f.rule = "thermal.steady", f.subject = "design", f.verdict = package::Verdict::unknown,
  f.why = "no film anywhere";
  result.findings = {f};
  result.verdict = package::Verdict::unknown;
  const std::string text = to_terminal(design, result, 100, false);
  EXPECT_TRUE(has(text, "UNKNOWN")) << text;
  EXPECT_TRUE(has(text, "no film anywhere")) << text;
  EXPECT_FALSE(has(text, "Temperatures")) << text;
}

}  // namespace
}  // namespace bondline::signoff
