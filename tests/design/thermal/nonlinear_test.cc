// What depends on the temperature it makes, against closed forms: Kirchhoff's transform, the lumped leakage
// loop, and finite differences of the nonlinear problem.
#include <gtest/gtest.h>

#include <cmath>

#include "blocks.h"
#include "design/thermal/leakage.h"
#include "design/thermal/nonlinear/runaway.h"
#include "design/thermal/nonlinear/tangent.h"

namespace bondline {
namespace {

using namespace test;
using namespace thermal::detail;

constexpr double kSide = 4e-3, kThick = 1e-3, kHeld = 300, kWatts = 200;

/// A slab heated in the plane of its top, its bottom held: k over temperature from `law`, on fine knots.
template <class Law>
Design slab(Law law) {
  Design d = plain(kSide, kSide);
  d.environment.ambient = kHeld;
  add_material(d, material("m", 100));
  package::Material& m = d.materials.materials[std::size_t(d.materials.index_of("m"))];
  auto& k = m.values[std::size_t(package::Property::k_x)]->curve;
  k.temperature.clear();
  k.value.clear();
  for (int n = 0; n <= 4000; ++n) {
    k.temperature.push_back(250 + 0.1 * n);
    k.value.push_back(law(250 + 0.1 * n));
  }
  m.values[std::size_t(package::Property::k_y)].reset();
  m.values[std::size_t(package::Property::k_z)].reset();
  auto heated = layer("heated", "m", kThick);
  heated.power.uniform = kWatts;
  heated.power.place = package::HeatPlace::top_face;
  d.block->layers = {heated};
  d.environment.films = {film(Face::bottom, std::numeric_limits<double>::infinity(), kHeld)};
  return d;
}

double top_of(const Design& d, double cells) {
  auto o = volumes(cells);
  o.sensitivities = false;
  o.estimate_error = false;
  o.relative_residual = 1e-12;
  return run(d, o).blocks[0].mean_K;
}

// k = k0 / (1 + b (T - T0)): theta = k0/b ln(1 + b (T - T0)) = q L, so T - T0 = (exp(b q L / k0) - 1) / b.
TEST(Kirchhoff, HyperbolicConductivityIsExactToSecondOrder) {
  constexpr double k0 = 100, b = 4e-3;
  const Design d = slab([](double t) { return k0 / (1 + b * (t - kHeld)); });
  const double flux = kWatts / (kSide * kSide);
  const double exact = kHeld + std::expm1(b * flux * kThick / k0) / b;
  const double e1 = std::abs(top_of(d, 1e3) - exact), e2 = std::abs(top_of(d, 8e3) - exact),
               e3 = std::abs(top_of(d, 64e3) - exact);
  EXPECT_LT(e3, 2e-3 * (exact - kHeld));
  EXPECT_LT(e3, e2);
  EXPECT_LT(e2, e1);
}

// k = k0 (T/T0)^-n: theta = k0 T0/(1-n) [(T/T0)^(1-n) - 1] = q L.
TEST(Kirchhoff, PowerLawConductivityIsExactToSecondOrder) {
  constexpr double k0 = 148, n = 1.3;
  const Design d = slab([](double t) { return k0 * std::pow(t / kHeld, -n); });
  const double flux = kWatts / (kSide * kSide);
  const double exact = kHeld * std::pow(1 + (1 - n) * flux * kThick / (k0 * kHeld), 1 / (1 - n));
  const double e1 = std::abs(top_of(d, 1e3) - exact), e3 = std::abs(top_of(d, 64e3) - exact);
  EXPECT_LT(e3, 1e-3 * (exact - kHeld));
  EXPECT_LT(e3, 0.3 * e1);
}

/// One leaking die on a slab, everything one-dimensional: T = Ta + R (P + P0 2^((T - T0)/D)).
struct Lumped {
  double resistance = 0, ambient = 320, power = 10, leak = 0, at = 330, doubles = 25;
  double gain_at(double t) const {
    return resistance * leak * std::exp2((t - at) / doubles) * std::log(2.0) / doubles;
  }
  /// The leakage at which the loop just touches: R L = D / ln 2 at T = Ta + R P + D / ln 2.
  double critical() const {
    const double t = ambient + resistance * power + doubles / std::log(2.0);
    return doubles / (std::log(2.0) * resistance) * std::exp2(-(t - at) / doubles);
  }
  double settled() const {
    double t = ambient + resistance * power;
    for (int n = 0; n < 200; ++n) {
      const double p = leak * std::exp2((t - at) / doubles), slope = p * std::log(2.0) / doubles;
      t -= (t - ambient - resistance * (power + p)) / (1 - resistance * slope);
    }
    return t;
  }
};

constexpr double kFilm = 5e3, kConductivity = 50, kDie = 5e-3;

Lumped lumped() {
  Lumped l;
  l.resistance = (0.4e-3 / kConductivity + 1 / kFilm) / (kDie * kDie);
  return l;
}

Design leaky(const Lumped& l) {
  Design d;
  d.environment.ambient = l.ambient;
  d.body_size = {kDie, kDie};
  add_material(d, material("m", kConductivity));
  package::Die die;
  die.name = "hot";
  die.size = {kDie, kDie};
  die.thickness = 0.4e-3;
  die.material = "m";
  die.facing = package::Facing::up;
  die.attach.kind = package::AttachKind::wire_bond;
  die.power.uniform = l.power;
  die.power.place = package::HeatPlace::top_face;
  die.power.leakage = package::Leakage{l.leak, l.at, l.doubles, {}};
  d.dies = {die};
  d.environment.films = {film(Face::bottom, kFilm, l.ambient)};
  return d;
}

thermal::SteadyResult solved(const Design& d, double cells = 2e3) {
  auto o = volumes(cells);
  o.sensitivities = false;
  o.relative_residual = 1e-11;
  return run(d, o);
}

TEST(Runaway, LumpedLoopSettlesWhereItsEquationSays) {
  Lumped l = lumped();
  l.leak = 0.6 * l.critical();
  const auto r = solved(leaky(l));
  EXPECT_NEAR(r.dies[0].mean_K, l.settled(), 1e-6 * (l.settled() - l.ambient));
  ASSERT_TRUE(r.runaway);
  EXPECT_FALSE(r.runaway->beyond);
  EXPECT_NEAR(r.runaway->gain, l.gain_at(l.settled()), 1e-6);
  EXPECT_NEAR(r.runaway->leakage_factor, 1 / 0.6, 1e-6 / 0.6);
}

TEST(Runaway, ThresholdOfALumpedLoopIsExactToOneInAMillion) {
  Lumped l = lumped();
  const double critical = l.critical();
  l.leak = (1 - 1e-6) * critical;
  const auto below = solved(leaky(l));
  ASSERT_TRUE(below.runaway);
  EXPECT_FALSE(below.runaway->beyond);
  l.leak = (1 + 1e-6) * critical;
  const auto above = solved(leaky(l));
  ASSERT_TRUE(above.runaway);
  EXPECT_TRUE(above.runaway->beyond);
  EXPECT_NEAR(above.runaway->leakage_factor, 1 / (1 + 1e-6), 1e-6);
}

TEST(Runaway, AmbientAndPowerMarginsAreTheLumpedLoops) {
  Lumped l = lumped();
  l.leak = 0.5 * l.critical();
  const auto r = solved(leaky(l));
  // Leakage at the edge grows with 2^(dT/D): half the critical leakage leaves one doubling, D kelvin, of
  // room.
  EXPECT_NEAR(r.runaway->ambient_K - l.ambient, l.doubles, 1e-4 * l.doubles);
  EXPECT_NEAR(r.runaway->power_factor, 1 + l.doubles / (l.resistance * l.power), 1e-4);
}

TEST(Runaway, FarBeyondItIsAFindingAndNeverNaN) {
  Lumped l = lumped();
  for (const double times : {1.5, 10.0, 1e4}) {
    l.leak = times * l.critical();
    const auto r = solved(leaky(l));
    ASSERT_TRUE(r.runaway);
    EXPECT_TRUE(r.runaway->beyond) << times;
    EXPECT_NEAR(r.runaway->leakage_factor * times, 1, 1e-4);
    EXPECT_TRUE(std::isfinite(r.dies[0].max_K));
    EXPECT_LE(r.balance, 1e-8);
  }
}

// ---- derivatives of the nonlinear problem

/// Two leaking dies' worth of trouble: k(T) in two layers, a leaking die, a film by law above, a number
/// below.
Design everything_at_once() {
  Design d;
  d.environment.ambient = 310;
  d.body_size = {6e-3, 5e-3};
  add_material(d, material("si", 120));
  auto& k = d.materials.materials[std::size_t(d.materials.index_of("si"))]
                .values[std::size_t(package::Property::k_x)]
                ->curve;
  k.temperature = {300, 600};
  k.value = {140, 55};
  for (const auto p : {package::Property::k_y, package::Property::k_z})
    d.materials.materials[std::size_t(d.materials.index_of("si"))].values[std::size_t(p)].reset();
  add_material(d, material("glue", 1.5));
  package::Die die;
  die.name = "hot";
  die.size = {4e-3, 3e-3};
  die.at = {-0.5e-3, 0.3e-3};
  die.thickness = 0.3e-3;
  die.material = "si";
  die.facing = package::Facing::up;
  die.attach.kind = package::AttachKind::wire_bond;
  die.attach.die_attach = "glue";
  die.attach.die_attach_thickness = 50e-6;
  die.power.uniform = 1.5;
  die.power.place = package::HeatPlace::top_face;
  die.power.leakage = package::Leakage{0.05, 330, 30, {}};
  package::Die base = die;
  base.name = "base";
  base.size = {6e-3, 5e-3};
  base.at = {0, 0};
  base.thickness = 0.5e-3;
  base.power = {};
  base.power.leakage = package::Leakage{0.02, 330, 25, {}};
  base.power.place = package::HeatPlace::volume;
  base.attach.die_attach = "";
  base.attach.die_attach_thickness = 0;
  base.interposer = true;
  die.stacked_on = "base";
  d.dies = {base, die};
  package::Film top = film(Face::top, 10, 310), bottom = film(Face::bottom, 900, 310);
  top.law = package::FilmLaw{};
  top.law->natural = true;
  top.law->emissivity = 0.9;
  d.environment.films = {top, bottom};
  return d;
}

struct Problem {
  package::Assembly assembly;
  Model model;
  std::unique_ptr<numerics::ConductionSolver> solver;
  Solution solution;
};
base::Pool& pool() {
  static base::Pool p(2);
  return p;
}
thermal::SteadyOptions tight() {
  thermal::SteadyOptions o;
  o.relative_residual = 1e-12;
  return o;
}
std::unique_ptr<Problem> problem_of(const Design& d) {
  auto p = std::make_unique<Problem>();
  p->assembly = with_leakage(d, package::assemble(d));
  mesh::MeshOptions how;
  how.target_cells = 3e3;
  p->model =
      make_model(d, p->assembly, mesh::build(d, p->assembly, how, d.environment.ambient, 1e10), pool());
  add_laws(p->model);
  return p;
}
void settle(Problem& p) {
  OuterReport report;
  p.solution = solve_with_laws(p.model, p.solver, tight(), pool(), {}, report);
  ASSERT_TRUE(report.converged) << "beyond " << report.beyond << " outer " << report.outer << " inner "
                                << report.inner << " change " << report.last_change;
}
/// Evaluates the laws at the settled field once more, so that nothing lags.
double value_of(Problem& p, const Functional& f) {
  settle(p);
  OuterReport report;
  p.solution = solve_with_laws(p.model, p.solver, tight(), pool(), p.solution.u, report);
  return apply(p.model, f, p.solution.u);
}

TEST(NonlinearAdjoint, AgreesWithFiniteDifferencesToOneInAMillion) {
  const Design d = everything_at_once();
  auto p = problem_of(d);
  settle(*p);
  Functional f;
  for (const auto& r : measure(p->model, p->solution.u, regions_of(d, p->assembly)))
    if (r.temperature.path == "dies.hot") f = r.hottest;
  ASSERT_FALSE(f.planes.empty() && f.cells.empty());
  value_of(*p, f);
  ASSERT_TRUE(p->model.laws->conductivity.any());
  ASSERT_TRUE(p->model.laws->films.any());
  ASSERT_EQ(p->model.laws->leakage.dies().size(), 2u);
  const Tangent tangent(p->model, p->solution.u, *p->solver, true);
  const Gradient g = tangent.gradient(f, 1e-12);

  const auto difference = [&](auto change, double step) {
    const auto at = [&](double s) {
      auto q = problem_of(d);
      change(*q, s);
      return value_of(*q, f);
    };
    // Fourth order, so that a step wide enough against rounding is exact enough.
    return (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
  };
  // Conductivity of each solid, along each axis: ln k.
  for (std::size_t s = 0; s < p->assembly.solids.size(); ++s)
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double fd = difference(
          [&](Problem& q, double e) {
            q.model.k_scale.assign(q.assembly.solids.size(), {1, 1, 1});
            q.model.k_scale[s][axis] = std::exp(e);
            auto& k = axis == 0 ? q.model.mesh.kx : axis == 1 ? q.model.mesh.ky : q.model.mesh.kz;
            for (std::size_t c = 0; c < k.size(); ++c)
              if (q.model.mesh.solid[c] == int(s)) k[c] *= std::exp(e);
            renew_operator(q.model, pool());
          },
          5e-3);
      EXPECT_NEAR(g.solid[s][axis], fd, 1e-6 * std::abs(fd) + 2e-8)
          << p->assembly.solids[s].path << " axis " << axis;
    }
  for (std::size_t n = 0; n < p->model.films.size(); ++n) {
    const double h = p->model.films[n].h;
    const double fd = difference(
        [&](Problem& q, double e) {
          q.model.films[n].h *= std::exp(e);
          q.model.films[n].factor *= std::exp(e);
          renew_ground(q.model);
        },
        5e-3);
    EXPECT_NEAR(g.film_h[n] * h, fd, 1e-6 * std::abs(fd)) << p->model.films[n].name;
    const double warm = difference(
        [&](Problem& q, double e) {
          q.model.films[n].ambient += e;
          for (CooledFace& face : q.model.faces)
            if (face.film == int(n)) face.ambient += e;
        },
        0.2);
    EXPECT_NEAR(g.film_ambient[n], warm, 1e-6 * std::abs(warm)) << p->model.films[n].name;
  }
}

TEST(NonlinearAdjoint, GainIsWhereTheWholeTangentTurnsSingular) {
  // Raising the leakage until Newton's problem has no answer happens where the gain with k(T) and films
  // reaches one.
  const Design d = everything_at_once();
  auto p = problem_of(d);
  settle(*p);
  thermal::SteadyOptions o = tight();
  o.relative_residual = 1e-10;
  const auto r = margin_to_runaway(p->model, p->solution.u, *p->solver, {}, o, pool());
  ASSERT_GT(r.leakage_factor, 1);
  for (const auto& [times, settles] : {std::pair{0.995, true}, std::pair{1.005, false}}) {
    auto q = problem_of(d);
    q->model.laws->leakage.strength = times * r.leakage_factor;
    OuterReport report;
    solve_with_laws(q->model, q->solver, o, pool(), {}, report);
    EXPECT_EQ(report.converged, settles) << times;
  }
}

// ---- two grids

thermal::RunawayMargin margin_of(const Design& d, double cells, bool two) {
  auto o = volumes(cells, two);
  o.relative_residual = 1e-10;
  return *run(d, o).runaway;
}
Design with_leakage_times(double factor) {
  Design d = everything_at_once();
  for (auto& die : d.dies) die.power.leakage->power *= factor;
  return d;
}

TEST(RunawayOnTwoGrids, MarginIsTheFineGrids) {
  const Design d = with_leakage_times(1.5);
  const auto fine = margin_of(d, 16e3, false), both = margin_of(d, 16e3, true);
  ASSERT_GT(fine.leakage_factor, 1);
  EXPECT_NEAR(both.gain, fine.gain, 0.01 * fine.gain);
  EXPECT_NEAR(both.leakage_factor, fine.leakage_factor, 0.01 * fine.leakage_factor);
  EXPECT_NEAR(both.ambient_K - 310, fine.ambient_K - 310, 0.02 * (fine.ambient_K - 310));
  EXPECT_GT(both.leakage_factor_error, 0);
}

/// A leaking spot on a large base: its resistance is mostly that of spreading, which a coarse grid gets
/// wrong.
Design leaking_spot(double times) {
  Design d = with_leakage_times(1);
  d.dies[0].power.leakage.reset();
  d.dies[1].size = {0.5e-3, 0.4e-3};
  d.dies[1].power.uniform = 0.3;
  d.dies[1].power.leakage = package::Leakage{0.05 * times, 330, 30, {}};
  d.dies[1].attach.die_attach_thickness = 2e-6;
  return d;
}

// Between the two grids' thresholds one settles and the other does not.
TEST(RunawayOnTwoGrids, NearTheEdgeTheFineGridDecides) {
  // Far beyond, the share that settles is searched right up to the edge: the thresholds of either grid.
  constexpr double cells = 8e3, far = 20;
  const auto one = margin_of(leaking_spot(far), cells / 8, false),
             two = margin_of(leaking_spot(far), cells, true);
  ASSERT_TRUE(one.beyond && two.beyond);
  const double coarse = far * one.leakage_factor, fine = far * two.leakage_factor;
  ASSERT_GT(std::abs(coarse / fine - 1), 2e-3) << coarse << ' ' << fine << ": too alike to disagree";
  const auto r = run(leaking_spot(std::sqrt(coarse * fine)), volumes(cells, true));
  ASSERT_TRUE(r.runaway);
  EXPECT_EQ(r.runaway->beyond, coarse > fine);
  EXPECT_NEAR(r.runaway->leakage_factor, std::sqrt(fine / coarse), 0.4 * std::abs(coarse / fine - 1));
  EXPECT_LE(r.balance, 1e-8);
  const auto* hot = find_part(r.dies, "dies.hot");
  ASSERT_NE(hot, nullptr);
  EXPECT_TRUE(std::isfinite(hot->max_K));
  EXPECT_GT(hot->error_K, 0);
  EXPECT_LT(hot->error_K, hot->max_K - 310);
}

}  // namespace
}  // namespace bondline
