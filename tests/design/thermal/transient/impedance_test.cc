// Heating curves, their time constants, ladders and structure functions against what is known of them.
#include <gtest/gtest.h>

#include <numeric>

#include "design/thermal/transient/impedance/impedance.h"
#include "time_blocks.h"

namespace bondline::test {
namespace {

using thermal::TimeConstant;

/// The Foster sum of a ladder, by its eigenvalues (Jacobi's rotations on C^-1/2 K C^-1/2).
std::vector<TimeConstant> foster_of(const std::vector<thermal::LadderStage>& stages) {
  const std::size_t n = stages.size();
  std::vector<std::vector<double>> a(n, std::vector<double>(n, 0.0)), v = a;
  for (std::size_t k = 0; k < n; ++k) {
    v[k][k] = 1;
    a[k][k] = (1 / stages[k].resistance + (k > 0 ? 1 / stages[k - 1].resistance : 0)) / stages[k].capacity;
    if (k + 1 < n)
      a[k][k + 1] = a[k + 1][k] =
          -1 / stages[k].resistance / std::sqrt(stages[k].capacity * stages[k + 1].capacity);
  }
  for (int sweep = 0; sweep < 60; ++sweep)
    for (std::size_t p = 0; p < n; ++p)
      for (std::size_t q = p + 1; q < n; ++q) {
        if (a[p][q] == 0) continue;
        const double t = 0.5 * std::atan2(2 * a[p][q], a[q][q] - a[p][p]), c = std::cos(t), s = std::sin(t);
        for (std::size_t i = 0; i < n; ++i) {
          const double x = a[i][p], y = a[i][q];
          a[i][p] = c * x - s * y, a[i][q] = s * x + c * y;
        }
        for (std::size_t i = 0; i < n; ++i) {
          const double x = a[p][i], y = a[q][i];
          a[p][i] = c * x - s * y, a[q][i] = s * x + c * y;
          const double vx = v[i][p], vy = v[i][q];
          v[i][p] = c * vx - s * vy, v[i][q] = s * vx + c * vy;
        }
      }
  std::vector<TimeConstant> out;
  for (std::size_t k = 0; k < n; ++k)
    out.push_back({1 / a[k][k], v[0][k] * v[0][k] / stages[0].capacity / a[k][k]});
  return out;
}

TEST(StructureFunction, LadderComesBackFromItsTimeConstants) {
  const std::vector<thermal::LadderStage> stages{{1e-3, 0.2}, {4e-3, 0.05}, {2e-2, 1.5}, {0.1, 0.3}, {3, 4}};
  const auto back = thermal::ladder(foster_of(stages));
  ASSERT_EQ(back.size(), stages.size());
  for (std::size_t k = 0; k < stages.size(); ++k) {
    EXPECT_NEAR(back[k].capacity, stages[k].capacity, 1e-7 * stages[k].capacity) << k;
    EXPECT_NEAR(back[k].resistance, stages[k].resistance, 1e-7 * stages[k].resistance) << k;
  }
}

TEST(StructureFunction, LadderOverElevenDecadesKeepsTheWholeResistanceAndOnlyRises) {
  std::vector<TimeConstant> terms;
  double sum = 0;
  for (int n = 0; n < 130; ++n) {
    terms.push_back({std::pow(10, -8 + n / 12.0), 1 + std::sin(0.3 * n) * 0.9});
    sum += terms.back().resistance;
  }
  const auto f = thermal::structure_function(thermal::ladder(terms));
  ASSERT_GT(f.resistance.size(), 20u);
  EXPECT_NEAR(f.resistance.back(), sum, 1e-8 * sum);
  for (std::size_t n = 1; n < f.resistance.size(); ++n) {
    EXPECT_GT(f.resistance[n], f.resistance[n - 1]);
    EXPECT_GT(f.capacity[n], f.capacity[n - 1]);
  }
}

TEST(TimeConstants, TwoFarApartAreFoundWithTheirResistances) {
  const std::vector<TimeConstant> truth{{1e-3, 0.4}, {2.0, 1.1}};
  std::vector<double> time, z;
  for (int n = 0; n <= 140; ++n) {
    time.push_back(std::pow(10, -5 + n / 20.0));
    z.push_back(thermal::foster(truth, time.back()));
  }
  const auto found = thermal::time_constants(time, z, 1.5);
  double fast = 0, slow = 0, fast_at = 0, slow_at = 0;
  for (const auto& term : found) {
    (term.tau < 0.05 ? fast : slow) += term.resistance;
    (term.tau < 0.05 ? fast_at : slow_at) += term.resistance * std::log(term.tau);
  }
  EXPECT_NEAR(fast, 0.4, 1e-3);
  EXPECT_NEAR(slow, 1.1, 1e-3);
  EXPECT_NEAR(std::exp(fast_at / fast), 1e-3, 2e-5);
  EXPECT_NEAR(std::exp(slow_at / slow), 2.0, 0.04);
}

TEST(Impedance, SlabRisesWithTheRootOfTimeAndEndsAtItsResistance) {
  // Heat on the bottom of a plate: before the wave meets the top Z = 2 sqrt(t / (pi k c)) / A (Carslaw and
  // Jaeger 1959, 2.9).
  const double k = 120, c = 1.6e6, side = 0.01, thick = 1e-3, h = 5e3, area = side * side;
  const Design d = plate(side, side, thick, k, c, h, 4);
  base::Pool pool(1);
  for (const auto path : {thermal::Path::spectral, thermal::Path::finite_volume}) {
    thermal::ImpedanceOptions o;
    o.path = path;
    o.cells = 20e3;
    o.from = 1e-5;
    const auto z = thermal::impedance(d, o, pool);
    EXPECT_EQ(z.part, "block.die");
    const double early = thick * thick * c / k / 10;
    int seen = 0;
    for (std::size_t t = 0; t < z.time.size(); ++t) {
      if (z.time[t] > early) break;
      const double want = 2 * std::sqrt(z.time[t] / (std::numbers::pi * k * c)) / area;
      EXPECT_NEAR(z.z[t], want, 0.005 * want) << z.time[t] << " s, " << z.path;
      ++seen;
    }
    EXPECT_GT(seen, 10);
    const double end = thick / k / area + 1 / (h * area);
    EXPECT_NEAR(z.steady, end, 1e-3 * end);
    EXPECT_LT(z.fit_error, 3e-3);
    EXPECT_GT(z.z.back(), 0.998 * z.steady);
  }
}

TEST(Impedance, StructureFunctionOfASlabIsItsOwnStraightLine) {
  // Along a plate with a one-dimensional flow C = c A x, R = x / (k A): a line of slope c k A^2, then the
  // film.
  const double k = 20, c = 2e6, side = 0.01, thick = 4e-3, h = 2e3, area = side * side;
  const Design d = plate(side, side, thick, k, c, h, 4);
  base::Pool pool(1);
  thermal::ImpedanceOptions o;
  o.from = 1e-4;
  const auto z = thermal::impedance(d, o, pool);
  const auto& f = z.structure;
  const double inside = thick / k / area;
  const auto capacity_at = [&](double r) {
    std::size_t n = 0;
    while (n + 1 < f.resistance.size() && f.resistance[n] < r) ++n;
    return f.capacity[n];
  };
  for (const double part : {0.4, 0.6, 0.8})
    EXPECT_NEAR(capacity_at(part * inside), c * k * area * area * part * inside, 0.15 * c * area * thick)
        << part;
  // In the film, before the reference's endless capacity shows, all of the plate has been passed.
  EXPECT_NEAR(capacity_at(0.6 * f.resistance.back()), c * area * thick, 0.15 * c * area * thick);
  EXPECT_NEAR(f.resistance.back(), inside + 1 / (h * area), 2e-3 * f.resistance.back());
}

TEST(Impedance, VolumesAgreeWithTheSeriesAtEveryTime) {
  const Design d = plate(0.01, 0.01, 1e-3, 120, 1.6e6, 5e3, 4, package::Rect{0.001, 0.001, 0.004, 0.004});
  base::Pool pool(1);
  thermal::ImpedanceOptions o;
  o.from = 1e-3;
  o.per_decade = 5;
  o.cells = 20e3;
  const auto exact = thermal::impedance(d, o, pool);
  EXPECT_EQ(exact.path, "spectral");
  o.path = thermal::Path::finite_volume;
  const auto grid = thermal::impedance(d, o, pool);
  ASSERT_EQ(grid.time.size(), exact.time.size());
  for (std::size_t t = 0; t < grid.time.size(); ++t) {
    EXPECT_NEAR(grid.z[t], exact.z[t], 0.005 * exact.z[t]) << grid.time[t];
    EXPECT_NEAR(grid.z_hottest[t], exact.z_hottest[t], 0.01 * exact.z_hottest[t]) << grid.time[t];
  }
  EXPECT_NEAR(grid.steady, exact.steady, 0.003 * exact.steady);
}

TEST(Impedance, OfOnePartLeavesTheOthersCold) {
  Design d = plate(0.01, 0.01, 1e-3, 120, 1.6e6, 5e3, 4, package::Rect{0.001, 0.001, 0.004, 0.004});
  auto top = layer("top", "stuff", 0.5e-3);
  top.power.uniform = 100;
  d.block->layers.push_back(top);
  base::Pool pool(1);
  thermal::ImpedanceOptions o;
  o.part = "die";
  o.from = 1e-3;
  o.per_decade = 5;
  const auto with = thermal::impedance(d, o, pool);
  d.block->layers[1].power.uniform = 0;
  o.power = 17;  // a linear body: the size of the step does not matter
  const auto alone = thermal::impedance(d, o, pool);
  EXPECT_NEAR(with.steady, alone.steady, 1e-9 * alone.steady);
  o.part = "nothing";
  EXPECT_THROW(thermal::impedance(d, o, pool), base::Error);
}

}  // namespace
}  // namespace bondline::test
