// The preconditioner itself: symmetric, positive, the same from every kernel set and any number of threads.
#include "numerics/conduction_cycle.h"
#include "numerics/batch/batch_cycle.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "conduction_problems.h"

namespace bondline::numerics {
namespace {

using testing::Problem;

std::vector<const ConductionKernels*> kernel_sets() {
  std::vector<const ConductionKernels*> sets{&conduction_kernels_portable()};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) sets.push_back(&conduction_kernels_avx2());
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
    sets.push_back(&conduction_kernels_avx512());
#endif
  return sets;
}

/// z = preconditioner times r, in the cells' own order.
std::vector<double> precondition(const Problem& p, const std::vector<double>& r,
                                 const ConductionKernels& kernels, int threads = 1) {
  base::Pool pool(threads);
  const std::vector<Level> levels = build_hierarchy(p.op, 1.0, pool, kernels);
  ConductionCycle cycle(levels, pool, kernels.one);
  const Level& l = cycle.finest();
  AlignedArray<float>&u = cycle.fields().u, &f = cycle.fields().f;
  const std::size_t row = std::size_t(l.nx) * std::size_t(l.nz);
  for (int j = 0; j < l.ny; ++j)
    kernels.to_layout(l.nx, l.nz, l.stride, r.data() + std::size_t(j) * row, 1.0, f.data() + l.place(j, 0),
                      f.data() + l.place(j, 1));
  cycle.run();
  std::vector<double> z(r.size());
  for (int j = 0; j < l.ny; ++j)
    for (int i = 0; i < l.nx; ++i)
      for (int k = 0; k < l.nz; ++k)
        z[p.op.grid.index(i, j, k)] = double(u[l.place(j, i & 1) + std::size_t(k * l.stride + i / 2)]);
  return z;
}

std::vector<double> noise(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> unit(-1, 1);
  std::vector<double> v(n);
  for (double& x : v) x = unit(random);
  return v;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double s = 0;
  for (std::size_t c = 0; c < a.size(); ++c) s += a[c] * b[c];
  return s;
}

/// With `share` of every cell's lateral faces tied to the ground besides.
Problem grounded(Problem p, double share) {
  const TensorGrid& g = p.op.grid;
  for (int j = 0; j < g.ny(); ++j)
    for (int i = 0; i < g.nx(); ++i)
      for (int k = 0; k < g.nz(); ++k) {
        const std::size_t c = g.index(i, j, k);
        double lateral = p.op.gx[c] + p.op.gy[c];
        if (i > 0) lateral += p.op.gx[g.index(i - 1, j, k)];
        if (j > 0) lateral += p.op.gy[g.index(i, j - 1, k)];
        p.op.ground[c] += share * lateral;
      }
  return p;
}

TEST(ConductionCycle, EndsWhereEveryCellIsTiedToTheGroundAndStillConverges) {
  base::Pool pool(1);
  const Problem free = testing::random_operator(40, 37, 5, 4, 3);
  EXPECT_EQ(build_hierarchy(grounded(free, 2.5).op, 1.0, pool, conduction_kernels()).size(), 1u);
  const std::size_t all = build_hierarchy(free.op, 1.0, pool, conduction_kernels()).size();
  const std::size_t some = build_hierarchy(grounded(free, 0.6).op, 1.0, pool, conduction_kernels()).size();
  EXPECT_GT(some, 1u);
  EXPECT_LT(some, all);
  for (const double share : {0.6, 2.5, 40.0}) {
    const Problem p = grounded(free, share);
    ConductionSolver solver(p.op, pool);
    const auto b = noise(p.b.size(), 5);
    std::vector<double> u(b.size(), 0.0);
    const auto report = solver.solve(b, u, {});
    EXPECT_TRUE(report.converged) << report.problem;
    EXPECT_LE(report.iterations, 12) << share;
  }
}

TEST(ConductionCycle, IsSymmetricAndPositive) {
  const Problem problems[] = {
      grounded(testing::random_operator(19, 14, 7, 3, 2), 3),
      grounded(testing::random_operator(40, 37, 3, 4, 3), 0.7), testing::random_operator(19, 14, 7, 3, 2),
      testing::random_operator(40, 37, 3, 4, 3), testing::random_blocks(33, 9, 2, false)};
  for (const Problem& p : problems) {
    const auto a = noise(p.b.size(), 1), b = noise(p.b.size(), 2);
    const auto ma = precondition(p, a, conduction_kernels()), mb = precondition(p, b, conduction_kernels());
    const double size = std::sqrt(dot(a, ma) * dot(b, mb));
    EXPECT_GT(dot(a, ma), 0);
    EXPECT_GT(dot(b, mb), 0);
    EXPECT_NEAR(dot(a, mb) / size, dot(b, ma) / size, 1e-5);  // float32
  }
}

TEST(ConductionCycle, GivesTheSameBitsFromEveryKernelSet) {
  const auto sets = kernel_sets();
  if (sets.size() == 1) GTEST_SKIP() << "this processor runs the portable kernels only";
  for (const Problem& p :
       {testing::random_operator(37, 21, 13, 8, 4), testing::package_on_board(200e-6, 1.8)}) {
    const auto r = noise(p.b.size(), 9);
    const auto reference = precondition(p, r, *sets[0]);
    for (const ConductionKernels* set : sets) {
      const auto z = precondition(p, r, *set);
      EXPECT_EQ(std::memcmp(z.data(), reference.data(), z.size() * sizeof(double)), 0) << set->name;
    }
  }
}

TEST(ConductionCycle, GivesTheSameBitsForAnyNumberOfThreads) {
  const Problem p = testing::random_operator(61, 97, 11, 5, 3);
  const auto r = noise(p.b.size(), 3);
  const auto one = precondition(p, r, conduction_kernels(), 1);
  for (int threads : {2, 3, 4}) {
    const auto z = precondition(p, r, conduction_kernels(), threads);
    EXPECT_EQ(std::memcmp(z.data(), one.data(), z.size() * sizeof(double)), 0) << threads;
  }
}

TEST(ConductionCycle, GivesEveryLaneOfABatchTheBitsItGivesItAlone) {
  const Problem p = testing::random_operator(37, 21, 13, 8, 4);
  base::Pool pool(2);
  for (const ConductionKernels* set : kernel_sets())
    for (const BatchKernels* batch : {&set->eight, &set->sixteen}) {
      const std::vector<Level> levels = build_hierarchy(p.op, 1.0, pool, *set);
      BatchCycle cycle(levels, pool, *batch);
      const std::size_t lanes = std::size_t(batch->lanes);
      std::vector<std::vector<double>> fields;
      std::vector<const double*> given;
      for (unsigned s = 0; s < lanes; ++s) fields.push_back(noise(p.b.size(), 20 + s));
      for (const auto& field : fields) given.push_back(field.data());
      const std::vector<double> ones(lanes, 1.0);
      batch->load(long(p.b.size()), given.data(), ones.data(), cycle.right_hand_side().data());
      std::vector<double> dots(lanes);
      cycle.run(dots.data());
      for (std::size_t s = 0; s < lanes; ++s) {
        const auto alone = precondition(p, fields[s], *set);
        for (std::size_t c = 0; c < alone.size(); ++c)
          ASSERT_EQ(double(cycle.result().data()[c * lanes + s]), alone[c])
              << set->name << ", lane " << s << " of " << lanes << ", cell " << c;
      }
    }
}

TEST(ConductionKernels, ApplyTheOperatorAlikeInEverySet) {
  const Problem p = testing::random_operator(23, 9, 13, 6, 6);
  const TensorGrid& g = p.op.grid;
  const std::size_t row = std::size_t(g.nx()) * std::size_t(g.nz());
  const std::vector<double> v = noise(p.b.size(), 4);
  std::vector<float> f(v.begin(), v.end());
  std::vector<std::vector<double>> applied, residuals;
  for (const ConductionKernels* set : kernel_sets()) {
    const OuterRow o{long(row),
                     g.nz(),
                     long(row),
                     p.op.gx.data() + 4 * row,
                     p.op.gy.data() + 4 * row,
                     p.op.gz.data() + 4 * row,
                     p.op.ground.data() + 4 * row};
    std::vector<double> out(row + 1), res(row + 1);
    out[row] = set->apply(o, f.data() + 4 * row, out.data());
    res[row] = set->residual(o, p.b.data() + 4 * row, v.data() + 4 * row, res.data());
    applied.push_back(out);
    residuals.push_back(res);
    EXPECT_EQ(std::memcmp(out.data(), applied[0].data(), out.size() * sizeof(double)), 0) << set->name;
    EXPECT_EQ(std::memcmp(res.data(), residuals[0].data(), res.size() * sizeof(double)), 0) << set->name;
  }
  // One cell by hand.
  const std::size_t c = g.index(11, 4, 6), sx = std::size_t(g.nz());
  const auto& o = p.op;
  const double expected = o.ground[c] * f[c] + o.gx[c] * (double(f[c]) - f[c + sx]) +
                          o.gx[c - sx] * (double(f[c]) - f[c - sx]) + o.gy[c] * (double(f[c]) - f[c + row]) +
                          o.gy[c - row] * (double(f[c]) - f[c - row]) + o.gz[c] * (double(f[c]) - f[c + 1]) +
                          o.gz[c - 1] * (double(f[c]) - f[c - 1]);
  EXPECT_NEAR(applied[0][c - 4 * row], expected, 1e-9 * std::abs(expected));
}

TEST(MergedAxis, MergesOnlyPairsShorterThanH) {
  const MergedAxis m = merge_pairs({0, 1, 2, 12, 13, 14, 15}, 2.5);
  EXPECT_EQ(m.to, (std::vector<int>{0, 0, 1, 2, 2, 3}));
  EXPECT_EQ(m.lines, (std::vector<double>{0, 2, 12, 14, 15}));
  EXPECT_EQ(m.other(0), -1);  // the end of the axis
  EXPECT_EQ(m.other(1), 1);
  EXPECT_EQ(m.other(2), -1);  // stands alone
  EXPECT_EQ(m.other(3), 1);
  EXPECT_EQ(m.other(4), 3);
}

}  // namespace
}  // namespace bondline::numerics
