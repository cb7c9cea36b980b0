#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "design/signoff/signoff.h"
#include "sample.h"

namespace bondline::signoff {
namespace {

using package::Verdict;

SignOff run(const std::string& text, base::Files& files, const std::string& out = "") {
  base::Pool pool(2);
  Options options;
  options.out = out;
  options.cells = 20e3;
  return sign_off(load(text), files, pool, options);
}

const package::Finding* find(const SignOff& result, const std::string& rule, const std::string& subject) {
  for (const auto& f : result.findings) {
    if (f.rule == rule && f.subject == subject) return &f;
  }
  return nullptr;
}

TEST(SignOff, JudgesEveryDieAndAgreesWithItsWorstFinding) {
  base::MemoryFiles files;
  const SignOff result = run(package_text(), files);
  ASSERT_EQ(result.thermal.dies.size(), 2u);
  const auto* soc = find(result, "thermal.junction", "dies.soc");
  ASSERT_NE(soc, nullptr);
  EXPECT_NEAR(*soc->value, result.thermal.dies[0].max_K - 273.15, 1e-9);
  EXPECT_NEAR(*soc->margin, *soc->limit - *soc->value, 1e-9);
  EXPECT_EQ(result.verdict, package::worst(result.findings));
  EXPECT_EQ(result.analyses.count("rules"), 1u);
  EXPECT_EQ(result.analyses.count("thermal.steady"), 1u);
}

TEST(SignOff, BringsTheDataSheetsFiguresAsFindingsAndTables) {
  base::MemoryFiles files;
  const SignOff result = run(package_text(), files);
  ASSERT_TRUE(result.jedec);
  ASSERT_TRUE(result.jedec->theta_jc_top);
  const auto* figure = find(result, "thermal.theta_jc_top", "package");
  ASSERT_NE(figure, nullptr);
  EXPECT_DOUBLE_EQ(*figure->value, *result.jedec->theta_jc_top);
  bool shown = false;
  for (const auto& table : result.content.tables) {
    if (table.analysis != "thermal.jedec") continue;
    for (const auto& row : table.rows)
      shown = shown || (std::get<std::string>(row[0]) == "theta_JC top" &&
                        std::get<double>(row[1]) == *result.jedec->theta_jc_top);
  }
  EXPECT_TRUE(shown);
  EXPECT_EQ(result.analyses.count("thermal.jedec"), 1u);
}

TEST(SignOff, ALeakingDieBringsItsRunawayMarginAsATable) {
  base::MemoryFiles files;
  const std::string text =
      replaced(package_text(), "power: 1.2 W",
               "power: {uniform: 1 W, leakage: {at: 60 degC, power: 0.02 W, doubles_every: 25 K}}");
  const SignOff result = run(text, files);
  ASSERT_TRUE(result.thermal.runaway);
  EXPECT_FALSE(result.thermal.runaway->beyond);
  int tables = 0;
  for (const auto& table : result.content.tables) tables += table.analysis == "thermal.runaway";
  EXPECT_EQ(tables, 1);
}

TEST(SignOff, FailsADieOverItsLimitByThatMuch) {
  base::MemoryFiles files;
  const SignOff fine = run(package_text(), files);
  const double hot = fine.thermal.dies[0].max_K - 273.15;
  const std::string text =
      replaced(package_text(), "junction: 105 degC", "junction: " + std::to_string(hot - 5) + " degC");
  const SignOff result = run(text, files);
  EXPECT_EQ(result.verdict, Verdict::fail);
  const auto* soc = find(result, "thermal.junction", "dies.soc");
  ASSERT_NE(soc, nullptr);
  EXPECT_EQ(soc->verdict, Verdict::fail);
  EXPECT_NEAR(*soc->margin, -5, 1e-4);
  EXPECT_FALSE(soc->mend.empty());
}

TEST(SignOff, GeometryThatCannotBeBuiltLeavesTemperaturesUnknown) {
  base::MemoryFiles files;
  const SignOff result = run(replaced(package_text(), "at: [3 mm, 0 mm]", "at: [-1 mm, 0 mm]"), files);
  EXPECT_EQ(result.verdict, Verdict::fail);
  const auto* thermal = find(result, "thermal.steady", "design");
  ASSERT_NE(thermal, nullptr);
  EXPECT_EQ(thermal->verdict, Verdict::unknown);
  EXPECT_NE(thermal->why.find("overlap"), std::string::npos) << thermal->why;
  EXPECT_TRUE(result.thermal.path.empty());
  EXPECT_EQ(result.analyses.count("thermal.steady"), 0u);
  EXPECT_EQ(result.handoff.verdict, "fail");
}

TEST(SignOff, SortsWorstFirstWithinADiscipline) {
  base::MemoryFiles files;
  const SignOff result = run(replaced(package_text(), "junction: 95 degC", "junction: 36 degC"), files);
  std::string before;
  int last = -1;
  const auto rank = [](Verdict v) {
    const Verdict order[] = {Verdict::fail, Verdict::unknown, Verdict::warn, Verdict::pass, Verdict::info};
    return int(std::find(std::begin(order), std::end(order), v) - std::begin(order));
  };
  for (const auto& f : result.findings) {
    const std::string discipline = f.rule.substr(0, f.rule.find('.'));
    if (discipline != before) last = -1;
    EXPECT_GE(rank(f.verdict), last) << f.rule;
    EXPECT_GE(discipline, before);
    last = rank(f.verdict);
    before = discipline;
  }
}

TEST(SignOff, WritesReportHandoffAndPicturesAndNothingWithoutAFolder) {
  base::MemoryFiles files;
  run(package_text(), files);
  EXPECT_TRUE(files.list("out").empty());
  const SignOff result = run(package_text(), files, "out");
  for (const char* name : {"report.json", "report.html", "handoff.json", "die-soc.png", "die-dram.png",
                           "package.png", "board.png", "section.png"}) {
    EXPECT_TRUE(files.exists(std::string("out/") + name)) << name;
    EXPECT_NE(std::find(result.files.begin(), result.files.end(), name), result.files.end()) << name;
  }
  const auto* soc = find(result, "thermal.junction", "dies.soc");
  ASSERT_NE(soc, nullptr);
  ASSERT_FALSE(soc->evidence.empty());
  EXPECT_EQ(soc->evidence[0].file, "die-soc.png");
  base::FileProblem problem;
  const auto text = files.read("out/handoff.json", &problem, 1u << 30);
  base::Diagnostics problems;
  EXPECT_TRUE(handoff::read(*text, "handoff.json", problems)) << base::Error(problems).what();
}

TEST(SignOff, SaysWhenAFileCannotBeWritten) {
  for (int n = 1; n <= 4; ++n) {
    base::MemoryFiles files;
    files.fail_after(n, "no space left on device");
    EXPECT_THROW(run(package_text(), files, "out"), base::Error) << n;
  }
}

TEST(SignOff, SameBitsForAnyNumberOfThreads) {
  base::MemoryFiles files;
  Options options;
  options.cells = 20e3;
  base::Pool one(1), three(3);
  const auto design = load(package_text());
  const SignOff a = sign_off(design, files, one, options), b = sign_off(design, files, three, options);
  for (std::size_t d = 0; d < 2; ++d) EXPECT_EQ(a.thermal.dies[d].max_K, b.thermal.dies[d].max_K);
  EXPECT_EQ(handoff::write(a.handoff), handoff::write(b.handoff));
}

}  // namespace
}  // namespace bondline::signoff
