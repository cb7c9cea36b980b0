// What every assembled design must satisfy, whatever it is: powers add up, nothing that does not yield
// overlaps, every cubic micrometre is filled once, names are unique.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "../sample_designs.h"
#include "base/diagnostic.h"
#include "design/package/solids.h"

namespace bondline::package {
namespace {

/// Added up from what was written, apart from the code under test.
double written_power(const Power& p) {
  double watts = p.uniform;
  for (const FloorplanBlock& b : p.blocks) watts += b.power;
  if (p.map) {
    for (double cell : p.map->value) watts += cell;
  }
  if (p.trace) {
    for (const auto& sample : p.trace->watts) {
      for (double w : sample) watts += w / double(p.trace->watts.size());
    }
  }
  return watts;
}

double total_power(const Design& d) {
  double sum = 0;
  for (const Die& die : d.dies) sum += written_power(die.power);
  for (const Passive& p : d.passives) sum += p.power;
  if (d.block) {
    for (const BlockLayer& l : d.block->layers) sum += written_power(l.power);
  }
  return sum;
}

/// Volume each solid really fills, by visiting every cell between the lines of all (axis-parallel) solids.
std::vector<double> filled_volumes(const Assembly& a, double* total) {
  std::vector<double> xs, ys, zs;
  for (const Solid& s : a.solids) {
    const Rect b = s.footprint.bounds();
    xs.insert(xs.end(), {b.x0, b.x1});
    ys.insert(ys.end(), {b.y0, b.y1});
    zs.insert(zs.end(), {s.z0, s.z1});
  }
  for (auto* v : {&xs, &ys, &zs}) {
    std::sort(v->begin(), v->end());
    v->erase(std::unique(v->begin(), v->end(), [](double p, double q) { return q - p < 1e-10; }), v->end());
  }
  std::vector<double> volume(a.solids.size(), 0);
  *total = 0;
  for (std::size_t k = 0; k + 1 < zs.size(); ++k) {
    for (std::size_t j = 0; j + 1 < ys.size(); ++j) {
      for (std::size_t i = 0; i + 1 < xs.size(); ++i) {
        const int s = a.at(0.5 * (xs[i] + xs[i + 1]), 0.5 * (ys[j] + ys[j + 1]), 0.5 * (zs[k] + zs[k + 1]));
        if (s < 0) continue;
        const double v = (xs[i + 1] - xs[i]) * (ys[j + 1] - ys[j]) * (zs[k + 1] - zs[k]);
        volume[std::size_t(s)] += v;
        *total += v;
      }
    }
  }
  return volume;
}

double volume(const Solid& s) {
  return s.footprint.size.x * s.footprint.size.y * (s.z1 - s.z0);
}

struct Sample {
  const char* name;
  Design (*make)();
};

class EverySample : public testing::TestWithParam<Sample> {};

TEST_P(EverySample, SourcesAddUpToTheDesignsPower) {
  const Design d = GetParam().make();
  const Assembly a = assemble(d);
  double sum = 0;
  for (const HeatSource& s : a.sources) sum += s.power;
  EXPECT_GT(sum, 0);
  EXPECT_NEAR(sum, total_power(d), 1e-12 * sum);
}

TEST_P(EverySample, SourcesLieInTheirSolid) {
  const Design d = GetParam().make();
  const Assembly a = assemble(d);
  for (const HeatSource& s : a.sources) {
    ASSERT_GE(s.solid, 0);
    const Solid& solid = a.solids[std::size_t(s.solid)];
    const double area = s.footprint.size.x * s.footprint.size.y;
    EXPECT_NEAR(s.footprint.overlap_area(solid.footprint), area, 1e-9 * area) << s.path;
    EXPECT_GE(s.z0, solid.z0 - 1e-15) << s.path;
    EXPECT_LE(s.z1, solid.z1 + 1e-15) << s.path;
  }
}

TEST_P(EverySample, NothingOverlapsUnlessItYields) {
  const Assembly a = assemble(GetParam().make());
  for (std::size_t i = 0; i < a.solids.size(); ++i) {
    for (std::size_t j = i + 1; j < a.solids.size(); ++j) {
      const Solid &p = a.solids[i], &q = a.solids[j];
      if (p.yields || q.yields || std::min(p.z1, q.z1) - std::max(p.z0, q.z0) <= 1e-12) continue;
      EXPECT_LE(p.footprint.overlap_area(q.footprint), 1e-14) << p.path << " and " << q.path;
    }
  }
}

TEST_P(EverySample, EveryPlaceIsFilledOnceAndWhatDoesNotYieldKeepsItsVolume) {
  const Assembly a = assemble(GetParam().make());
  double total = 0;
  const std::vector<double> filled = filled_volumes(a, &total);
  double sum = 0;
  for (std::size_t i = 0; i < a.solids.size(); ++i) {
    sum += filled[i];
    EXPECT_LE(filled[i], volume(a.solids[i]) * (1 + 1e-6)) << a.solids[i].path;
    bool hosts = false;  // a die that holds wiring or TSVs shows less of itself
    for (const Solid& s : a.solids)
      hosts |= s.rank > a.solids[i].rank && s.part == a.solids[i].part && s.yields;
    if (!a.solids[i].yields && !hosts) {
      EXPECT_NEAR(filled[i], volume(a.solids[i]), 1e-6 * volume(a.solids[i])) << a.solids[i].path;
    }
  }
  EXPECT_NEAR(sum, total, 1e-9 * total);
}

TEST_P(EverySample, NamesAreUniqueAndFound) {
  const Assembly a = assemble(GetParam().make());
  std::set<std::string> seen;
  for (std::size_t i = 0; i < a.solids.size(); ++i) {
    EXPECT_TRUE(seen.insert(a.solids[i].path).second) << a.solids[i].path;
    EXPECT_EQ(a.find(a.solids[i].path), int(i));
    EXPECT_GE(a.solids[i].fill.material, 0);
    EXPECT_LE(a.solids[i].fill.fraction, 1);
  }
  EXPECT_EQ(a.find("nothing"), -1);
}

TEST_P(EverySample, PointsAgreeWithAPlainSearch) {
  const Assembly a = assemble(GetParam().make());
  unsigned state = 1;
  const auto next = [&](double lo, double hi) {
    state = state * 1664525u + 1013904223u;
    return lo + (hi - lo) * (state / 4294967296.0);
  };
  for (int n = 0; n < 4000; ++n) {
    const double x = next(a.extent.x0, a.extent.x1), y = next(a.extent.y0, a.extent.y1),
                 z = next(a.z_min, a.z_max);
    int best = -1;
    for (std::size_t i = 0; i < a.solids.size(); ++i) {
      const Solid& s = a.solids[i];
      if (z < s.z0 || z >= s.z1 || !s.footprint.contains({x, y})) continue;
      if (best < 0 || s.rank >= a.solids[std::size_t(best)].rank) best = int(i);
    }
    ASSERT_EQ(a.at(x, y, z), best) << x << ' ' << y << ' ' << z;
  }
  EXPECT_EQ(a.at(a.extent.x1 + 1e-6, 0, 0), -1);
  EXPECT_EQ(a.at(0, 0, a.z_max + 1e-6), -1);
}

INSTANTIATE_TEST_SUITE_P(Samples, EverySample,
                         testing::Values(Sample{"Sip", &samples::sip},
                                         Sample{"Interposer", &samples::interposer},
                                         Sample{"Stack3d", &samples::stack3d},
                                         Sample{"PowerModule", &samples::power_module},
                                         Sample{"Block", &samples::block}),
                         [](const auto& sample) { return std::string(sample.param.name); });

std::string refusal(const Design& d) {
  try {
    assemble(d);
  } catch (const base::Error& e) {
    return e.what();
  }
  return "";
}

TEST(Assemble, RefusesAPartThatDoesNotExistToStandOn) {
  Design d = samples::sip();
  d.dies[1].stacked_on = "cpu9";
  EXPECT_NE(refusal(d).find("\"cpu9\""), std::string::npos);
}

TEST(Assemble, RefusesALoopOfStackedDies) {
  Design d = samples::sip();
  d.dies[0].stacked_on = "dram";
  EXPECT_NE(refusal(d).find("stacked on itself"), std::string::npos);
}

TEST(Assemble, RefusesAnUnknownMaterialWithItsPart) {
  Design d = samples::sip();
  d.dies[0].attach.underfill = "UF-9";
  EXPECT_NE(refusal(d).find("dies.soc.joint: the material \"UF-9\" is not known"), std::string::npos);
}

TEST(Assemble, RefusesUnknownLayersAndZeroSizesAllAtOnce) {
  Design d = samples::sip();
  d.substrate->vias[0].to_layer = "L9";
  d.dies[2].size.x = 0;
  const std::string said = refusal(d);
  EXPECT_NE(said.find("\"L9\""), std::string::npos);
  EXPECT_NE(said.find("dies.rf"), std::string::npos);
}

TEST(Assemble, RefusesNotANumber) {
  Design d = samples::sip();
  d.dies[0].thickness = std::nan("");
  EXPECT_FALSE(refusal(d).empty());
}

TEST(Assemble, RefusesToResolveMillionsOfMembers) {
  Design d = samples::stack3d();
  d.dies[1].attach.bumps.resolve = true;
  d.dies[1].attach.bumps.pitch_x = d.dies[1].attach.bumps.pitch_y = 1e-6;
  EXPECT_NE(refusal(d).find("too many to resolve"), std::string::npos);
}

TEST(Assemble, RefusesAnEmptyDesign) {
  EXPECT_FALSE(refusal(Design{}).empty());
}

}  // namespace
}  // namespace bondline::package
