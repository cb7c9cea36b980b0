// Solves each set-up and reads its figures off.
#include "design/thermal/jedec/jedec.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "design/thermal/jedec/die_matrix.h"
#include "design/thermal/jedec/set_ups.h"
#include "design/thermal/thermal.h"

namespace bondline::thermal {
namespace {

using namespace detail;

// K: data sheets are measured at rises of some tens of kelvin. A package that its own power would heat by
// more without its heat sink is tested at less.
constexpr double kMostRise = 50;
constexpr double kJustInside = 1e-6;  // m: a probe on a face, moved into the solid below it

double heat_of(const package::Assembly& assembly) {
  double sum = 0;
  for (const auto& source : assembly.sources) sum += source.power;
  return sum;
}

package::Assembly heated(const package::Assembly& assembly, double watts) {
  package::Assembly out = assembly;
  const double scale = watts / heat_of(assembly);
  for (auto& source : out.sources) source.power *= scale;
  return out;
}

const PartTemperature* hottest_die(const SteadyResult& result) {
  const PartTemperature* hottest = nullptr;
  for (const auto& die : result.dies)
    if (!hottest || die.max_K > hottest->max_K) hottest = &die;
  return hottest;
}

/// The heat a set-up is solved at: the design's, or what keeps the junction's rise below kMostRise.
double test_power(const SetUp& set_up, const package::Assembly& assembly, const JedecOptions& options,
                  base::Pool& pool) {
  constexpr double kRoughCells = 8e3;
  SteadyOptions rough;
  rough.cells = std::min(kRoughCells, options.cells);
  rough.estimate_error = rough.sensitivities = false;
  const SteadyResult result = steady(set_up.design, heated(assembly, 1), rough, pool);
  const double per_watt = hottest_die(result)->max_K - kJedecAmbient;
  return std::min(heat_of(assembly), per_watt > 0 ? kMostRise / per_watt : 1.0);
}

struct Solved {
  JedecCase figures;
  package::Assembly assembly;
  SteadyResult result;
};

void solve_set_up(const SetUp& set_up, const JedecOptions& options, base::Pool& pool, Solved& out) {
  JedecCase& c = out.figures;
  const package::Assembly assembly = package::assemble(set_up.design);
  c.power_W = test_power(set_up, assembly, options, pool);
  out.assembly = heated(assembly, c.power_W);
  SteadyOptions fine;
  fine.cells = options.cells;
  fine.estimate_error = options.estimate_error;
  fine.max_bytes = options.max_bytes;
  fine.sensitivities = false;
  const bool has_board = set_up.design.board.has_value();
  if (has_board)
    for (const package::Vec2& p : set_up.board_point)
      fine.probes.push_back({p.x, p.y, board_top(assembly) - kJustInside});
  out.result = steady(set_up.design, out.assembly, fine, pool);
  const PartTemperature& die = *hottest_die(out.result);
  c.hottest = die.path;
  c.junction_K = die.max_K;
  c.error = die.error_K / c.power_W;
  c.reference_K = kJedecAmbient;
  if (has_board) c.board_K = std::max(out.result.probes_K[0], out.result.probes_K[1]);
  if (set_up.kind == SetUpKind::still_air) c.top_K = out.result.case_top_K;
  if (set_up.kind == SetUpKind::ring) c.reference_K = c.board_K;
  c.theta = (c.junction_K - c.reference_K) / c.power_W;
  c.films = out.result.films;
  for (const FilmUsed& film : c.films)
    if (!film.valid) c.doubt += (c.doubt.empty() ? "" : "; ") + film.name + ": " + film.doubt;
}

Solved run(const SetUp& set_up, const JedecOptions& options, base::Pool& pool) {
  Solved out;
  out.figures.name = set_up.name;
  out.figures.standard = set_up.standard;
  out.figures.why_not = set_up.why_not;
  if (!set_up.why_not.empty()) return out;
  try {
    solve_set_up(set_up, options, pool, out);
  } catch (const base::Error& e) {
    const auto& all = e.diagnostics().all();
    out.figures.failed = true;
    out.figures.why_not = all.empty() ? "the solve failed" : all.front().what;
  }
  return out;
}

/// The dies' matrix; a note where it could not be solved.
std::optional<DieMatrix> matrix_of(const SetUp& set_up, const Solved& solved, const JedecOptions& options,
                                   base::Pool& pool, JedecResult& out) {
  try {
    return die_matrix(set_up, solved.assembly, solved.result.films, options, pool);
  } catch (const base::Error& e) {
    const auto& all = e.diagnostics().all();
    out.notes.push_back("the dies' matrix could not be solved: " + (all.empty() ? "" : all.front().what));
    return std::nullopt;
  }
}

/// Without any power of its own a package is heated evenly over its dies.
void heat_if_cold(package::Design& design, std::vector<std::string>& notes) {
  if (heat_of(package::assemble(design)) > 0) return;
  notes.push_back("no die dissipates: 1 W is spread over the dies by area");
  double area = 0;
  for (const auto& die : design.dies)
    if (!die.interposer || design.dies.size() == 1) area += die.size.x * die.size.y;
  for (auto& die : design.dies)
    if (!die.interposer || design.dies.size() == 1) die.power.uniform = die.size.x * die.size.y / area;
}

}  // namespace

JedecResult jedec(const package::Design& design, const JedecOptions& options, base::Pool& pool) {
  const auto start = std::chrono::steady_clock::now();
  JedecResult out;
  if (const std::string why = no_package(design); !why.empty()) {
    out.cases.push_back({});
    out.cases.back().name = "package";
    out.cases.back().standard = "JESD51";
    out.cases.back().why_not = why;
    return out;
  }
  package::Design alone = component(design, out.notes);
  heat_if_cold(alone, out.notes);
  std::vector<SetUp> set_ups{still_air(alone, true)};
  if (options.one_signal) set_ups.push_back(still_air(alone, false));
  set_ups.push_back(ring(alone));
  set_ups.push_back(cold_case(alone, true));
  set_ups.push_back(cold_case(alone, false));

  for (std::size_t s = 0; s < set_ups.size(); ++s) {
    if (options.progress) options.progress(double(s) / double(set_ups.size() + 1), set_ups[s].name);
    const Solved solved = run(set_ups[s], options, pool);
    const JedecCase& c = solved.figures;
    out.cases.push_back(c);
    if (!c.why_not.empty()) continue;
    switch (set_ups[s].kind) {
      case SetUpKind::still_air:
        if (c.name != "still_air_2s2p") {
          out.theta_ja_1s = c.theta;
          out.notes.push_back(
              "theta_JA on the 1s board is an upper bound, up to about three times too high: its traces are "
              "a medium without direction here, where the standard's fan out from the package");
          break;
        }
        out.theta_ja = c.theta;
        out.psi_jt = (c.junction_K - c.top_K) / c.power_W;
        out.psi_jb = (c.junction_K - c.board_K) / c.power_W;
        if (options.matrix && design.dies.size() > 1)
          out.matrix = matrix_of(set_ups[s], solved, options, pool, out);
        break;
      case SetUpKind::ring:
        out.theta_jb = c.theta;
        break;
      case SetUpKind::case_top:
        out.theta_jc_top = c.theta;
        break;
      case SetUpKind::case_bottom:
        out.theta_jc_bottom = c.theta;
        break;
    }
  }
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return out;
}

}  // namespace bondline::thermal
