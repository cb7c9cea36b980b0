#include <gtest/gtest.h>

#include <cmath>

#include "line/gateway/rules/compile.h"

using namespace bondline;
using namespace bondline::rules;
using tags::Quality;

namespace {

tags::TagTable table() {
  tags::TagTable made;
  const auto add = [&](const char* name, tags::ValueType type, const char* unit) {
    tags::Tag tag;
    tag.name = name;
    tag.type = type;
    tag.unit = unit;
    if (type == tags::ValueType::f64) tag.low = -5, tag.high = 300;
    made.add(tag);
  };
  add("oven.zone4", tags::ValueType::f64, "degC");
  add("oven.zone5", tags::ValueType::f64, "degC");
  add("oven.speed", tags::ValueType::f64, "m/min");
  add("oven.boards", tags::ValueType::u64, "");
  add("oven.running", tags::ValueType::boolean, "");
  add("oven.state", tags::ValueType::text, "");
  add("press-2.force", tags::ValueType::f32, "N");
  return made;
}

const tags::TagTable kTags = table();

struct Outcome {
  std::optional<Program> program;
  std::string problem;
};

Outcome compiled(std::string_view text, int column = 1) {
  base::Diagnostics diagnostics;
  Outcome outcome;
  outcome.program = compile(text, {"l.yaml", 7, column}, {kTags, {}}, diagnostics);
  for (const auto& d : diagnostics.all()) outcome.problem += base::to_text(d);
  return outcome;
}

/// The value of an expression whose inputs are, in the order they appear, these.
Cell value_of(std::string_view text, std::vector<Cell> inputs = {}) {
  const auto outcome = compiled(text);
  EXPECT_TRUE(outcome.program) << text << ": " << outcome.problem;
  if (!outcome.program) return {std::nan(""), Quality::bad, {}};
  EXPECT_EQ(outcome.program->inputs().size(), inputs.size()) << text;
  Workspace workspace;
  Cell out;
  outcome.program->evaluate(inputs, 1, workspace, {&out, 1});
  return out;
}

constexpr Cell good(double number) {
  return {number, Quality::good, {}};
}

}  // namespace

TEST(Rules, ReckonAsWritten) {
  const std::pair<const char*, double> cases[] = {
      {"1 + 2 * 3", 7},
      {"(1 + 2) * 3", 9},
      {"10 - 4 - 3", 3},
      {"2 * -3", -6},
      {"--3", 3},
      {"7 % 4 + 0.5", 3.5},
      {"-7 % 4", -3},
      {"1e3 / 8", 125},
      {".5 + 1.", 1.5},
      {"min(3, 1, 2) + max(3, 1, 2)", 4},
      {"abs(-2) + sqrt(9) + pow(2, 10)", 1029},
      {"floor(-1.5) + ceil(1.2) + round(2.5)", 3},
      {"ln(exp(2)) + log10(1000) + sign(-4)", 4},
      {"if 1 < 2 then 10 else 20", 10},
      {"if 1 > 2 then 10 else if 2 > 1 then 30 else 40", 30},
      {"1 < 2 and not 2 < 1", 1},
      {"true or false and false", 1},
      {"(true or false) and false", 0},
      {"not true == false", 1},
      {"\"abc\" < 'abd' and contains(\"kettle\", \"ett\") and starts_with('x', '')", 1},
      {"length(\"four\")", 4},
      {"\"a\" != \"b\"", 1},
      {"2 >= 2 and 2 <= 2 and not 2 > 2", 1},
      {"1 +\n  2", 3},
  };
  for (const auto& [text, expected] : cases) {
    const Cell cell = value_of(text);
    EXPECT_DOUBLE_EQ(cell.number, expected) << text;
    EXPECT_EQ(cell.quality, Quality::good) << text;
  }
}

TEST(Rules, TagsAreInputsOnceEach) {
  const auto outcome = compiled("oven.zone4 + oven.zone5 - oven.zone4 + 0 * rate(oven.zone4)");
  ASSERT_TRUE(outcome.program) << outcome.problem;
  ASSERT_EQ(outcome.program->inputs().size(), 3u);
  EXPECT_EQ(outcome.program->inputs()[2].facet, Facet::rate);
  EXPECT_EQ(outcome.program->unit(), "degC");
  EXPECT_EQ(value_of("oven.zone4 + oven.zone5 - oven.zone4", {good(4), good(5)}).number, 5);
  EXPECT_EQ(value_of("tag(\"press-2.force\") * 2", {good(4)}).number, 8);
  EXPECT_EQ(value_of("high(oven.zone4) - low(oven.zone4)").number, 305);
  const std::string state = "jammed";
  EXPECT_EQ(value_of("oven.state == 'jammed' and changed(oven.running)", {{0, Quality::good, state}, good(1)})
                .number,
            1);
}

TEST(Rules, AResultIsAsBadAsItsWorstInput) {
  const Cell doubtful{5, Quality::uncertain_out_of_range, {}}, lost{5, Quality::bad_not_connected, {}};
  EXPECT_EQ(value_of("oven.zone4 + oven.zone5", {good(1), doubtful}).quality,
            Quality::uncertain_out_of_range);
  EXPECT_EQ(value_of("oven.zone4 < oven.zone5", {lost, doubtful}).quality, Quality::bad_not_connected);
  // The branch that was not taken does not matter; the condition does.
  EXPECT_EQ(value_of("if oven.running then oven.zone4 else oven.zone5", {good(1), good(2), lost}).quality,
            Quality::good);
  EXPECT_EQ(value_of("if oven.running then oven.zone4 else oven.zone5", {lost, good(2), good(3)}).quality,
            Quality::bad_not_connected);
  // A side that decides alone decides the quality too.
  EXPECT_EQ(value_of("oven.running and oven.zone4 > 1", {good(0), lost}).quality, Quality::good);
  EXPECT_EQ(value_of("oven.running or oven.zone4 > 1", {good(1), lost}).quality, Quality::good);
  EXPECT_EQ(value_of("oven.running or oven.zone4 > 1", {good(0), lost}).quality, Quality::bad_not_connected);
  // Questions about quality have a good answer.
  EXPECT_EQ(value_of("bad(oven.zone4) and not good(oven.zone4)", {lost}).number, 1);
  EXPECT_EQ(value_of("bad(oven.zone4)", {lost}).quality, Quality::good);
  EXPECT_EQ(value_of("uncertain(oven.zone4)", {doubtful}).number, 1);
  const Cell replaced = value_of("value_or(oven.zone4, 20)", {lost});
  EXPECT_EQ(replaced.number, 20);
  EXPECT_EQ(replaced.quality, Quality::uncertain_substitute);
  EXPECT_EQ(value_of("value_or(oven.zone4, 20)", {doubtful}).number, 5);
}

TEST(Rules, WhatIsNotBadIsFinite) {
  for (const char* text :
       {"oven.zone4 / oven.zone5", "oven.zone4 % oven.zone5", "sqrt(oven.zone5 - 1) + oven.zone4",
        "pow(10, 400) + oven.zone4 + oven.zone5", "ln(oven.zone5) + oven.zone4",
        "max(oven.zone4, oven.zone4 / oven.zone5)", "min(oven.zone4 / oven.zone5, oven.zone4)"}) {
    const auto outcome = compiled(text);
    ASSERT_TRUE(outcome.program) << outcome.problem;
    std::vector<Cell> inputs(2);
    for (std::size_t i = 0; i < 2; ++i) inputs[i] = good(outcome.program->inputs()[i].tag == 0 ? 3 : 0);
    const Cell cell = value_of(text, inputs);
    EXPECT_EQ(cell.quality, Quality::bad_not_a_number) << text;
    EXPECT_TRUE(std::isnan(cell.number)) << text;
  }
  const Cell nan{std::nan(""), Quality::good, {}};
  EXPECT_EQ(value_of("oven.zone4 != 3", {nan}).quality, Quality::bad_not_a_number);
  EXPECT_EQ(value_of("oven.zone4 != 3", {nan}).number, 0);
  EXPECT_EQ(value_of("oven.zone4 > 3", {nan}).number, 0);
  EXPECT_EQ(value_of("value_or(oven.zone4, 1)", {nan}).number, 1);
}

TEST(Rules, RowsAreReckonedTogetherAsAlone) {
  const auto outcome =
      compiled("if oven.zone4 > oven.zone5 then sqrt(oven.zone4) else oven.zone5 / (oven.zone4 - 3)");
  ASSERT_TRUE(outcome.program) << outcome.problem;
  std::vector<Cell> inputs(2 * kMostRows), together(kMostRows);
  for (std::size_t r = 0; r < kMostRows; ++r) {
    inputs[r] = {static_cast<double>(r % 7) - 1, r % 5 ? Quality::good : Quality::uncertain, {}};
    inputs[kMostRows + r] = {static_cast<double>(r % 3), r % 11 ? Quality::good : Quality::bad_sensor, {}};
  }
  Workspace workspace;
  outcome.program->evaluate(inputs, kMostRows, workspace, together);
  for (std::size_t r = 0; r < kMostRows; ++r) {
    const Cell alone[2] = {inputs[r], inputs[kMostRows + r]};
    Cell out;
    outcome.program->evaluate(alone, 1, workspace, {&out, 1});
    EXPECT_EQ(out.quality, together[r].quality) << r;
    EXPECT_TRUE(out.number == together[r].number ||
                (std::isnan(out.number) && std::isnan(together[r].number)))
        << r;
  }
}

TEST(Rules, AMistakeIsToldAtItsPlace) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"oven.zone4 > oven.zon5", "l.yaml:7:24:", "did you mean \"oven.zone5\""},
      {"abss(3)", "l.yaml:7:11:", "did you mean \"abs\""},
      {"1 + true", "l.yaml:7:15:", "needs a number, and this is true or false"},
      {"oven.zone4 and true", "l.yaml:7:11:", "needs true or false"},
      {"oven.state + 1", "l.yaml:7:11:", "this is a text"},
      {"oven.state == 1", "l.yaml:7:25:", "needs a text"},
      {"oven.zone4 + oven.speed", "l.yaml:7:22:", "\"degC\" and \"m/min\""},
      {"oven.zone4 > oven.speed", "l.yaml:7:22:", "can't be"},
      {"oven.zone4 = 3", "l.yaml:7:22:", "write =="},
      {"1 < 2 < 3", "l.yaml:7:17:", "chained"},
      {"(1 + 2", "l.yaml:7:17:", "the end"},
      {"1 +", "l.yaml:7:14:", "a value belongs"},
      {"1 2", "l.yaml:7:13:", "operator missing"},
      {"1 +\n 2 2", "l.yaml:8:4:", "operator missing"},
      {"'abc", "l.yaml:7:11:", "does not end"},
      {"\"\xC3\xA4\" == zz.top", "l.yaml:7:18:", "no tag"},
      {"1 / 0", "l.yaml:7:15:", "division by zero"},
      {"5 % -0", "l.yaml:7:15:", "division by zero"},
      {"min(1)", "l.yaml:7:11:", "at least 2"},
      {"sqrt(1, 2)", "l.yaml:7:11:", "takes 1 value, not 2"},
      {"rate(oven.state)", "l.yaml:7:16:", "needs a number"},
      {"previous(1)", "l.yaml:7:20:", "name of a tag"},
      {"mean(oven.zone4)", "l.yaml:7:11:", "a window"},
      {"limit(\"zone4\")", "l.yaml:7:11:", "needs a handoff"},
      {"low(oven.boards)", "l.yaml:7:15:", "has no limit"},
      {"if true then 1 else 'x'", "l.yaml:7:31:", "needs a number"},
      {"if true then 1", "l.yaml:7:25:", "\"else\""},
      {"true < false", "l.yaml:7:16:", "no order"},
      {"1x", "l.yaml:7:11:", "no number"},
      {"1e999", "l.yaml:7:11:", "no number"},
      {"", "l.yaml:7:11:", "a value belongs"},
      {"true OR false", "l.yaml:7:16:", "written small"},
  };
  for (const auto& [text, place, words] : cases) {
    const auto outcome = compiled(text, 11);
    EXPECT_FALSE(outcome.program) << text;
    EXPECT_TRUE(outcome.problem.starts_with(place)) << text << ": " << outcome.problem;
    EXPECT_NE(outcome.problem.find(words), std::string::npos) << text << ": " << outcome.problem;
  }
}

TEST(Rules, HostileTextIsRefusedWithoutHarm) {
  for (const char* part : {"(", "-", "not ", "if ", "abs(", "1+(", "if true then "})
    for (const int count : {50'000, 600}) {
      std::string text;
      for (int i = 0; i < count; ++i) text += part;
      EXPECT_FALSE(compiled(text).program);
    }
  std::string sum = "1";
  for (int i = 0; i < 20'000; ++i) sum += "+1";
  EXPECT_NE(compiled(sum).problem.find("10,000 steps"), std::string::npos);
}

TEST(Rules, AggregatesStandAroundTheWhole) {
  const auto emission = [](const char* text) {
    base::Diagnostics diagnostics;
    return compile_emission(text, {}, {kTags, {}}, true, diagnostics);
  };
  EXPECT_EQ(emission("mean(oven.zone4 - oven.zone5)")->aggregate, Aggregate::mean);
  EXPECT_EQ(emission("rate(oven.boards)")->aggregate, Aggregate::rate);
  EXPECT_EQ(emission("max(max(oven.zone4, oven.zone5))")->aggregate, Aggregate::maximum);
  EXPECT_EQ(emission("percentile(oven.zone4, 95)")->percent, 95);
  EXPECT_EQ(emission("count(oven.running)")->program.type(), Type::boolean);
  for (const char* text :
       {"mean(oven.zone4) + 1", "oven.zone4", "max(oven.zone4, 3)", "percentile(oven.zone4)",
        "percentile(oven.zone4, 101)", "mean(oven.state)", "mean(mean(oven.zone4))"})
    EXPECT_FALSE(emission(text)) << text;
}

TEST(Rules, LimitsComeFromTheHandoff) {
  base::Diagnostics diagnostics;
  const Names names{kTags,
                    [](std::string_view name, std::string_view unit, std::string* problem,
                       std::string* mend) -> std::optional<Constant> {
                      if (name == "zone4" && unit.empty()) return Constant{533.15, "K"};
                      if (name == "zone4" && unit == "degC") return Constant{260, "degC"};
                      *problem = "the handoff has no limit \"" + std::string(name) + "\"";
                      *mend = "did you mean \"zone4\"?";
                      return std::nullopt;
                    }};
  const auto program = compile("limit(\"zone4\", 'degC') + 1", {}, names, diagnostics);
  ASSERT_TRUE(program);
  Workspace workspace;
  Cell out;
  program->evaluate({}, 1, workspace, {&out, 1});
  EXPECT_EQ(out.number, 261);
  EXPECT_EQ(program->unit(), "degC");
  EXPECT_TRUE(compile("oven.zone4 > limit('zone4', 'degC')", {}, names, diagnostics));
  const auto refused = [&](const char* text) {
    base::Diagnostics d;
    EXPECT_FALSE(compile(text, {"l.yaml", 7, 11}, names, d)) << text;
    return d.empty() ? "" : base::to_text(d.all()[0]);
  };
  EXPECT_EQ(refused("limit(\"zone9\")"),
            "l.yaml:7:17: the handoff has no limit \"zone9\"; did you mean \"zone4\"?");
  EXPECT_NE(refused("oven.zone4 > limit('zone4')").find("can't be added or compared"), std::string::npos)
      << "degC against K";
  EXPECT_NE(refused("limit('zone4', 5)").find("a text in quotes"), std::string::npos);
}
