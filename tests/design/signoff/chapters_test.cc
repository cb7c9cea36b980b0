// What analyses that are run when asked for bring to the report and to the handoff.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "design/signoff/coolant_chapter.h"
#include "design/signoff/signoff.h"
#include "sample.h"

namespace bondline::signoff {
namespace {

SignOff run(const package::Design& design, const With& with) {
  base::MemoryFiles files;
  base::Pool pool(2);
  Options options;
  options.out = "out";
  options.cells = 20e3;
  options.jedec = false;
  options.with = with;
  return sign_off(design, files, pool, options);
}

const package::Finding* find(const SignOff& result, const std::string& rule) {
  for (const auto& f : result.findings)
    if (f.rule == rule) return &f;
  return nullptr;
}

/// A die under a trace on a block cooled from below: 2 W and nothing by turns, 20 ms each. Its limit lies
/// between the steady answer of the mean, 20 + 1 W / (1.6e-5 m2 5e3 W/(m2 K)) = 32.5 degC and a little, and
/// the peaks.
std::string traced_text() {
  return R"(bondline: design/1
name: traced
block:
  size: [4 mm, 4 mm]
  layers:
    - {name: base, material: metal, thickness: 0.1 mm}
    - {name: die, material: metal, thickness: 0.1 mm, limit: 33.5 degC, power: {trace: {total: [2 W, 0 W], interval: 20 ms}}}
environment: {ambient: 20 degC, films: {top: 0, bottom: 5e3 W/(m2 K), sides: 0}}
materials:
  metal: {k: 100 W/(m K), density: 2300 kg/m3, specific_heat: 700 J/(kg K), source: made for this test, confidence: high}
)";
}

TEST(TimeChapter, TracesPassALimitThatTheirMeanKeeps) {
  const SignOff r = run(load(traced_text()), {.time = true});
  const auto* steady = find(r, "thermal.layer");
  ASSERT_NE(steady, nullptr);
  EXPECT_EQ(steady->verdict, package::Verdict::pass) << steady->why;
  const auto* peak = find(r, "thermal.junction_transient");
  ASSERT_NE(peak, nullptr);
  EXPECT_EQ(peak->verdict, package::Verdict::fail) << peak->why;
  ASSERT_EQ(r.content.curves.size(), 3u);  // warming up, under the trace, its power
  const auto& power = r.content.curves[2].series.at(0);
  EXPECT_TRUE(power.steps);
  EXPECT_NEAR(*std::max_element(power.y.begin(), power.y.end()), 2, 1e-9);
  EXPECT_NEAR(*std::min_element(power.y.begin(), power.y.end()), 0, 1e-9);
  EXPECT_NEAR(r.content.curves[1].series.at(0).x.back(), 80, 1e-6);  // two passes, ms
}

TEST(TimeChapter, WarmsFromAmbientToTheSteadyAnswer) {
  const SignOff r = run(load(package_text()), {.time = true});
  ASSERT_EQ(r.content.curves.size(), 1u);
  const Curve& curve = r.content.curves[0];
  EXPECT_EQ(curve.analysis, "thermal.transient");
  EXPECT_TRUE(curve.log_x);
  ASSERT_EQ(curve.series.size(), 2u);
  for (std::size_t n = 0; n < 2; ++n) {
    const auto& s = curve.series[n];
    EXPECT_NEAR(s.y.front(), 35, 0.01);  // a maximum is read by the parabola of the heat that is on already
    const double steady = r.thermal.dies[n].max_K - 273.15;
    // Two grids, each with its own error; the rise is some 25 K.
    EXPECT_NEAR(s.y.back(), steady, 0.08 * (steady - 35)) << s.name;
    for (std::size_t t = 1; t < s.y.size(); ++t) EXPECT_GE(s.y[t], s.y[t - 1] - 0.05) << s.name;
  }
  // Fields of moments on the way stand beside the steady one.
  ASSERT_GE(r.content.fields.size(), 2u);
  EXPECT_EQ(r.content.fields[0].title, "Temperature, steady");
  EXPECT_EQ(r.content.fields[1].analysis, "thermal.transient");
  EXPECT_EQ(r.content.fields[1].value.size(), r.content.fields[1].grid.cells());
}

TEST(TimeChapter, IsAbsentUnlessAskedFor) {
  const SignOff r = run(load(package_text()), {});
  EXPECT_TRUE(r.content.curves.empty());
  EXPECT_EQ(r.analyses.count("thermal.transient"), 0u);
  EXPECT_TRUE(r.handoff.models.empty());
}

TEST(TimeChapter, SaysWhichMaterialLacksWhatItNeeds) {
  std::string text = package_text() + R"(materials:
  bare: {k: 10 W/(m K), source: made for this test, confidence: high}
)";
  const SignOff r =
      run(load(replaced(text, "mold: {material: EMC-G770", "mold: {material: bare")), {.time = true});
  const auto* f = find(r, "thermal.transient");
  ASSERT_NE(f, nullptr);
  EXPECT_EQ(f->verdict, package::Verdict::unknown);
  EXPECT_NE(f->why.find("bare"), std::string::npos) << f->why;
}

TEST(ReducedChapter, ResistancesAreTheSteadyAnswersAndTheHandoffCarriesTheModel) {
  const package::Design design = load(package_text());
  const SignOff r = run(design, {.reduced = true});
  const auto table = std::find_if(r.content.tables.begin(), r.content.tables.end(),
                                  [](const Table& t) { return t.analysis == "thermal.reduced"; });
  ASSERT_NE(table, r.content.tables.end());
  ASSERT_EQ(table->columns.size(), 3u);  // a name, soc, dram
  ASSERT_GE(table->rows.size(), 2u);
  const double powers[] = {1.2, 0.2};
  for (std::size_t row = 0; row < 2; ++row) {
    double rise = 0;
    for (std::size_t c = 0; c < 2; ++c) rise += powers[c] * std::get<double>(table->rows[row][c + 1]);
    const double steady = r.thermal.dies[row].max_K - design.environment.ambient;
    EXPECT_NEAR(rise, steady, 0.1 * steady);  // a fixed place on one coarse grid, the hottest on another
  }
  // What one die does to the other's place it suffers in turn, but for where in the die it is read.
  const double there = std::get<double>(table->rows[0][2]), back = std::get<double>(table->rows[1][1]);
  EXPECT_NEAR(there, back, 0.1 * there);
  ASSERT_EQ(r.handoff.models.size(), 1u);
  EXPECT_EQ(r.handoff.models[0].name, "thermal");
  const auto* f = find(r, "thermal.reduced");
  ASSERT_NE(f, nullptr);
  EXPECT_TRUE(f->value && std::isfinite(*f->value) && *f->value > 0);
}

TEST(ImpedanceChapter, CurvesOfTheTightestDieRiseToTheirEnd) {
  const SignOff r = run(load(package_text()), {.impedance = true});
  ASSERT_EQ(r.content.curves.size(), 3u);
  const Curve& z = r.content.curves[0];
  EXPECT_EQ(z.analysis, "thermal.impedance");
  const package::Finding* tight = nullptr;
  for (const auto& f : r.findings)
    if (f.rule == "thermal.junction" && (tight == nullptr || *f.margin < *tight->margin)) tight = &f;
  ASSERT_NE(tight, nullptr);
  EXPECT_NE(z.title.find(tight->subject.substr(5)), std::string::npos) << z.title;
  const auto& mean = z.series.at(0).y;
  ASSERT_GT(mean.size(), 20u);
  EXPECT_GT(mean.front(), 0);
  EXPECT_GT(mean.back(), 5 * mean.front());
  const auto& capacity = r.content.curves[1].series.at(0).y;
  EXPECT_TRUE(std::is_sorted(capacity.begin(), capacity.end()));
}

TEST(CoolantChapter, TellsWhatIsKnownAndLeavesTheRestEmpty) {
  thermal::SteadyResult r;
  EXPECT_TRUE(coolant_tables(r).empty());
  thermal::CoolantResult c;
  c.path = "block.cavity", c.coolant = "water", c.heat_W = 3, c.inlet_K = 293.15, c.outlet_K = 303.15;
  c.pressure_drop_Pa = 2500;
  r.coolants = {c};
  const auto tables = coolant_tables(r);
  ASSERT_EQ(tables.size(), 1u);
  const auto& row = tables[0].rows.at(0);
  ASSERT_EQ(row.size(), tables[0].columns.size());
  EXPECT_NEAR(std::get<double>(row[4]), 30, 1e-9);     // out, degC
  EXPECT_NEAR(std::get<double>(row[11]), 2.5, 1e-12);  // kPa
  EXPECT_TRUE(std::isnan(std::get<double>(row[8])));   // Reynolds: not known
}

}  // namespace
}  // namespace bondline::signoff
