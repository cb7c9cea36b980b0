// What would help: each parameter is moved to the best its class can practically be, the change is predicted
// from the derivative in the variable in which a series resistance is straight (1/k, 1/h, t), and the leading
// ones are confirmed by a solve with the change made.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "design/thermal/mend_moves.h"
#include "design/thermal/model.h"
#include "design/thermal/nonlinear/outer_iteration.h"

namespace bondline::thermal::detail {
namespace {

constexpr std::size_t kConfirmed = 3;  // per subject

/// The answers to a move, at each subject's hottest place, K.
std::vector<double> confirm(const Model& before, const Solution& was, const Move& move,
                            const std::vector<MendSubject>& subjects, const SteadyOptions& options,
                            base::Pool& pool) {
  Model model = copy_with_laws(before);
  apply_move(model, move, pool);
  SteadyOptions loose = options;
  loose.relative_residual = std::max(options.relative_residual, 1e-8);
  std::unique_ptr<numerics::ConductionSolver> solver;
  Solution now;
  if (model.laws) {
    OuterReport report;
    now = solve_with_laws(model, solver, loose, pool, was.u, report);
    if (!report.converged) return std::vector<double>(subjects.size(), 0.0);
  } else {
    solver = std::make_unique<numerics::ConductionSolver>(model.op, pool);
    now = solve(model, *solver, loose, was.u);
  }
  std::vector<double> change;
  for (const auto& subject : subjects)
    change.push_back(apply(model, subject.hottest, now.u) - apply(before, subject.hottest, was.u));
  return change;
}

double rounded(double value) {
  if (value <= 0) return value;
  const double digit = std::pow(10.0, std::floor(std::log10(value)) - 1);
  return std::ceil(value / digit - 1e-9) * digit;
}

/// The smallest move of the same parameter that brings the subject to `wanted` K of change, given that the
/// whole move brings `whole` K; linear in the move's straight variable.
Move shortened(const Move& move, double wanted, double whole) {
  Move out = move;
  const double share = wanted / whole;
  if (move.straight == Straight::inverse)
    out.to = std::min(move.to, rounded(1 / (1 / move.from + share * (1 / move.to - 1 / move.from))));
  else
    out.to = std::max(move.to, move.from + share * (move.to - move.from));
  return out;
}

/// Three digits; thousands without a power of ten: 6000, not 6e+03.
std::string plainly(double value) {
  return value >= 999.5 && value < 1e6 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

Mend mend_of(const Move& move, const std::string& subject, double change) {
  Mend mend;
  mend.subject = subject;
  mend.parameter = move.parameter;
  mend.from = move.from;
  mend.to = move.to;
  mend.unit = move.unit;
  mend.predicted_change_K = change;
  const bool length = move.unit == std::string("m");
  const double factor = length ? 1e6 : 1;
  mend.text = fmt::format("{} {} from {} to {} {}: {:+.1f} K{}", move.to > move.from ? "raise" : "lower",
                          move.what, plainly(factor * move.from), plainly(factor * move.to),
                          length ? "um" : move.unit, change, move.how.empty() ? "" : " (" + move.how + ")");
  return mend;
}

}  // namespace

std::vector<Mend> mends_of(const Model& model, const Solution& before,
                           const std::vector<MendSubject>& subjects, const SteadyOptions& options,
                           base::Pool& pool) {
  std::vector<Mend> out;
  const std::vector<Move> moves = possible_moves(model);
  std::map<std::pair<std::string, double>, std::vector<double>> known;  // one solve serves all subjects
  for (std::size_t s = 0; s < subjects.size(); ++s) {
    const MendSubject& subject = subjects[s];
    std::vector<std::pair<double, const Move*>> ranked;
    for (const Move& move : moves) {
      const double change = predicted(model, move, subject.gradient);
      if (change < -0.005 * std::abs(subject.max_K - model.t_ref)) ranked.push_back({change, &move});
    }
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    const double needed = subject.max_K > subject.limit ? subject.max_K - subject.limit : 0;
    std::vector<Mend> mends;
    const auto confirmed = [&](const Move& move) {
      const auto [found, fresh] = known.try_emplace({move.parameter, move.to});
      if (fresh) found->second = confirm(model, before, move, subjects, options, pool);
      return found->second[s];
    };
    for (std::size_t r = 0; r < std::min(kConfirmed, ranked.size()); ++r) {
      const Move& move = *ranked[r].second;
      const double change = confirmed(move);
      if (change >= 0) continue;
      Mend mend = mend_of(move, subject.path, change);
      // More than enough: the smallest change that does it, with a twentieth to spare.
      if (needed > 0 && -change > 1.2 * needed) {
        const Move less = shortened(move, -1.05 * needed, change);
        const double then = confirmed(less);
        if (-then >= needed) mend = mend_of(less, subject.path, then);
      }
      mends.push_back(std::move(mend));
    }
    // A mend that suffices comes before one that does not; then the larger effect.
    std::stable_sort(mends.begin(), mends.end(), [&](const Mend& a, const Mend& b) {
      const bool ea = needed > 0 && -a.predicted_change_K >= needed,
                 eb = needed > 0 && -b.predicted_change_K >= needed;
      return ea != eb ? ea : a.predicted_change_K < b.predicted_change_K;
    });
    out.insert(out.end(), mends.begin(), mends.end());
  }
  return out;
}

}  // namespace bondline::thermal::detail
