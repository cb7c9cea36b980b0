// Rules and thinning as a line file says them.
#include <gtest/gtest.h>

#include "line/station/station.h"

using namespace bondline;
using namespace bondline::station;
using namespace std::chrono_literals;

namespace {

struct Loaded {
  std::optional<LineFile> line;
  std::string problems;
};

Loaded load(const std::string& text, const std::string& tags = "") {
  base::MemoryFiles files;
  files.write_atomic("l.yaml", "bondline: line/1\nname: l\nmachines:\n" + text);
  files.write_atomic("t.csv", tags);
  Loaded loaded;
  base::Diagnostics diagnostics;
  loaded.line = load_line(files, "l.yaml", diagnostics);
  for (const auto& d : diagnostics.all()) loaded.problems += base::to_text(d) + "\n";
  return loaded;
}

Loaded with_rule(const std::string& rule) {
  return load("  oven: {sim: reflow_oven, size: 8}\nrules:\n  r: " + rule + "\n");
}

}  // namespace

TEST(RulesFile, ARuleIsATag) {
  const auto loaded = load(
      "  oven: {sim: reflow_oven, size: 8}\nrules:\n"
      "  spread: {emit: oven.zone4 - oven.zone5, deadband: 0.5}\n"
      "  hot: {when: oven.zone4 > 250, release: oven.zone4 < 245, for: 3 s, release_after: 1 s, alarm: high, "
      "acknowledge: oven.running}\n"
      "  mean: {emit: mean(rules.spread), window: 1 min, every: 10 s}\n"
      "  slow: {emit: if rules.hot > 0 then 0.7 else 0.9, write: oven.conveyor, unit: m/min}\n");
  ASSERT_TRUE(loaded.line) << loaded.problems;
  const LineFile& line = *loaded.line;
  ASSERT_EQ(line.rules.size(), 4u);
  const tags::Tag& spread = (*line.tags)[line.rules[0].made];
  EXPECT_EQ(spread.name, "rules.spread");
  EXPECT_EQ(spread.unit, "degC");
  EXPECT_EQ(line.rules[0].deadband, 0.5);
  EXPECT_TRUE(line.rules[1].alarm && line.rules[1].must_acknowledge && line.rules[1].release);
  EXPECT_EQ(line.rules[1].on_delay, 3s);
  EXPECT_EQ(line.rules[1].off_delay, 1s);
  EXPECT_EQ((*line.tags)[line.rules[1].made].path, "alarms/high/hot");
  EXPECT_EQ(line.rules[2].window, 1min);
  EXPECT_EQ(line.rules[2].every, 10s);
  EXPECT_EQ(line.rules[3].route, line.tags->find("oven.conveyor"));
  EXPECT_NE(plan_text(line).find("sliding window of rules.spread"), std::string::npos) << plan_text(line);
}

TEST(RulesFile, AMistakeIsToldAtItsColumn) {
  EXPECT_TRUE(with_rule("{emit: oven.zone4 + oven.zon5}").problems.starts_with("l.yaml:6:26:"))
      << with_rule("{emit: oven.zone4 + oven.zon5}").problems;
  EXPECT_TRUE(with_rule("{emit: 'oven.zone4 + oven.zon5'}").problems.starts_with("l.yaml:6:27:"))
      << with_rule("{emit: 'oven.zone4 + oven.zon5'}").problems;
}

TEST(RulesFile, WhatCannotBeIsRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"{every: 1 s}", "says nothing to do"},
      {"{emit: 1, when: true}", "both emit and when"},
      {"{when: oven.zone4}", "a condition is needed"},
      {"{when: oven.zone4 > 1, window: 1 s}", "an alarm has no \"window\""},
      {"{emit: oven.zone4, for: 1 s}", "a computed tag has no \"for\""},
      {"{emit: oven.zone4, every: 10 ms}", "every 100 ms"},
      {"{emit: mean(oven.zone4), window: 1 s, gap: 1 s}", "one of window and gap"},
      {"{emit: mean(oven.zone4), window: 1 s, every: 2 s}", "count nowhere"},
      {"{emit: oven.zone4, window: 1 s}", "what to make of its values"},
      {"{emit: mean(oven.zone4)}", "a window"},
      {"{emit: age(oven.zone4)}", "say how often"},
      {"{emit: oven.zone4, deadband: much}", "no size of a change"},
      {"{emit: oven.zone4, write: oven.boards}", "can't be written"},
      {"{emit: oven.zone4, write: oven.conveyer}", "did you mean \"oven.conveyor\""},
      {"{emit: '\"fast\"', write: oven.conveyor}", "takes a number"},
      {"{emit: rules.r}", "no tag \"rules.r\""},
      {"{emit: limit(\"zone4\")}", "needs a handoff"},
      {"{emit: oven.zone4, evry: 1 s}", "every"},
  };
  for (const auto& [rule, words] : cases) {
    const auto loaded = with_rule(rule);
    EXPECT_FALSE(loaded.line) << rule;
    EXPECT_NE(loaded.problems.find(words), std::string::npos) << rule << ": " << loaded.problems;
  }
  EXPECT_NE(load("  rules: {sim: counter}\nrules:\n  r: {emit: 1}\n").problems.find("called \"rules\""),
            std::string::npos);
}

TEST(RulesFile, ThinningIsTheRowsOrTheMachines) {
  const auto loaded =
      load("  m: {modbus: \"tcp://h\", tags: t.csv, deadband: 1 %, silence: 1 min, stale: 5 s}\n",
           "name,address,type,low,high,deadband,keep_every,silence\n"
           "a,hr:1,int16,0,50,,,\n"
           "b,hr:2,int16,,,2.5,,10 s\n"
           "c,hr:3,int16,,,,4,\n"
           "d,co:3,bool,,,7,,\n");
  ASSERT_TRUE(loaded.line) << loaded.problems;
  const auto& options = loaded.line->options;
  ASSERT_EQ(options.size(), 4u);
  EXPECT_EQ(options[0].deadband, 0.5);
  EXPECT_EQ(options[0].silence, 1min);
  EXPECT_EQ(options[0].stale, 5s);
  EXPECT_EQ(options[1].deadband, 2.5);
  EXPECT_EQ(options[1].silence, 10s);
  EXPECT_EQ(options[2].deadband, 0.0) << "no span";
  EXPECT_EQ(options[2].keep_every, 4u);
  EXPECT_EQ(options[3].deadband, 0.0) << "a boolean";
}

TEST(RulesFile, MistakesOfThinningAreToldAtTheirLine) {
  const auto loaded = load("  m: {modbus: \"tcp://h\", tags: t.csv}\n",
                           "name,address,deadband,keep_every,silence,stale\n"
                           "a,hr:1,wide,,,\n"
                           "b,hr:2,1 %,,,\n"
                           "c,hr:3,,0,,\n"
                           "d,hr:4,,,1 s,\n"
                           "e,hr:5,,,,long\n"
                           "f,hr:6,-1,,,\n");
  EXPECT_FALSE(loaded.line);
  for (const char* place : {"t.csv:2:", "t.csv:3:", "t.csv:4:", "t.csv:5:", "t.csv:6:", "t.csv:7:"})
    EXPECT_NE(loaded.problems.find(place), std::string::npos) << place << "\n" << loaded.problems;
}
