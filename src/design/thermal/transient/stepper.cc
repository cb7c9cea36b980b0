#include "design/thermal/transient/stepper.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "design/thermal/coolant/streams.h"

namespace bondline::thermal::detail {
namespace {

constexpr double kLeakResidual = 1e-6;    // of the answers to leakage, which serve many steps
constexpr double kFilterResidual = 1e-2;  // the error estimate needs two digits at most
constexpr double kKeptBytes = 1.2e9;      // for matrices and their multigrids
constexpr double kPerCell = 170;          // bytes of one, about
constexpr double kHottest = 3000;         // K of rise: a stage that leaks a die hotter has no answer
constexpr std::size_t kBlock = 4096;

}  // namespace

Stepper::Stepper(const Model& model, const std::vector<double>& capacity, const std::vector<LeakPart>& leaks,
                 base::Pool& pool, double residual)
    : model_(model), capacity_(capacity), leaks_(leaks), pool_(pool), residual_(residual) {
  const double each = double(capacity.size()) * (kPerCell + 8 * double(leaks.size()));
  most_kept_ = std::size_t(std::clamp(kKeptBytes / each, 3.0, 24.0));
  read_streams();
}

void Stepper::forget() {
  kept_.clear();
  read_streams();
}

void Stepper::read_streams() {
  if (model_.op.streams.empty()) return;
  streams_ = numerics::StreamMarch(model_.op.streams);
}

double Stepper::sum_of(const std::vector<double>& v) const {
  return base::parallel_sum(pool_, v.size(), kBlock, [&](std::size_t a, std::size_t b) {
    double sum = 0;
    for (std::size_t c = a; c < b; ++c) sum += v[c];
    return sum;
  });
}

StepMatrix& Stepper::matrix(double h) {
  for (std::size_t i = 0; i < kept_.size(); ++i)
    if (kept_[i]->h == h) {
      std::rotate(kept_.begin() + long(i), kept_.begin() + long(i) + 1, kept_.end());
      return *kept_.back();
    }
  if (kept_.size() >= most_kept_) kept_.erase(kept_.begin());
  auto made = std::make_unique<StepMatrix>();
  made->h = h;
  made->op = model_.op;
  for (std::size_t c = 0; c < capacity_.size(); ++c) made->op.ground[c] += capacity_[c] / (kTrD * h);
  made->solver = std::make_unique<numerics::ConductionSolver>(made->op, pool_);
  if (!made->solver->problem().empty())
    throw base::Error("a time step cannot be solved: " + made->solver->problem(),
                      "check conductivities, densities and specific heats");
  ++made_;
  kept_.push_back(std::move(made));
  StepMatrix& m = *kept_.back();
  if (!leaks_.empty()) {
    std::vector<std::vector<double>> b;
    for (const LeakPart& leak : leaks_) {
      b.emplace_back(capacity_.size(), 0.0);
      for (const auto& [cell, watts] : leak.heat) b.back()[cell] += watts;
    }
    m.answer.assign(leaks_.size(), std::vector<double>(capacity_.size(), 0.0));
    solve(m, b, m.answer, kLeakResidual, true);
    for (std::size_t l = 0; l < leaks_.size(); ++l) {
      m.mean_rise.emplace_back();
      for (std::size_t seen = 0; seen < leaks_.size(); ++seen)
        m.mean_rise.back().push_back(leak_mean(seen, m.answer[l]) + leaks_[seen].beside[l]);
    }
  }
  return m;
}

double Stepper::leak_power(std::size_t leak, double mean_rise) const {
  const auto& law = leaks_[leak].law;
  return law.power * std::exp2(std::min(1000.0, (model_.t_ref + mean_rise - law.at) / law.doubles_every));
}

double Stepper::leak_mean(std::size_t leak, const std::vector<double>& u) const {
  double sum = 0;
  for (const auto& [cell, weight] : leaks_[leak].mean) sum += weight * u[cell];
  return sum;
}

/// P = law(mean of u with that P): power is what u was found with, change what must be added to it.
bool Stepper::settle(const StepMatrix& m, const Lane& lane, const std::vector<double>& u,
                     std::vector<double>& power, std::vector<double>& change) const {
  const std::size_t n = leaks_.size();
  std::vector<double> base(n), now = power;
  for (std::size_t l = 0; l < n; ++l) {
    base[l] = leak_mean(l, u) + lane.offset[l];
    // What the heat of the leaks themselves adds beside u.
    for (std::size_t k = 0; k < n; ++k) base[l] += leaks_[l].beside[k] * power[k];
  }
  for (int step = 0; step < 100; ++step) {
    double moved = 0;
    std::vector<double> next(n);
    for (std::size_t l = 0; l < n; ++l) {
      double t = base[l];
      for (std::size_t k = 0; k < n; ++k) t += m.mean_rise[k][l] * (now[k] - power[k]);
      next[l] = leak_power(l, t);
      if (!(t < kHottest)) return false;
      moved = std::max(moved, std::abs(next[l] - now[l]) / std::max(next[l], 1e-12));
    }
    now = next;
    if (moved < 1e-12) {
      change.resize(n);
      for (std::size_t l = 0; l < n; ++l) change[l] = now[l] - power[l];
      power = now;
      return true;
    }
  }
  return false;
}

/// f + leakage - K u.
void Stepper::force(const Lane& lane, const std::vector<double>& leak, const std::vector<double>& u,
                    std::vector<double>& f) const {
  const auto& g = model_.grid();
  const auto& op = model_.op;
  const int nx = g.nx(), ny = g.ny(), nz = g.nz();
  const std::size_t row = std::size_t(nx) * std::size_t(nz), columns = std::size_t(nz);
  f.resize(u.size());
  base::parallel_for(pool_, std::size_t(ny), 1, [&](std::size_t j0, std::size_t j1) {
    for (std::size_t j = j0; j < j1; ++j) {
      for (int i = 0; i < nx; ++i) {
        std::size_t c = g.index(i, int(j), 0);
        for (int k = 0; k < nz; ++k, ++c) {
          const double v = u[c];
          double sum = lane.rhs[c] - op.ground[c] * v;
          if (k > 0) sum -= op.gz[c - 1] * (v - u[c - 1]);
          if (k + 1 < nz) sum -= op.gz[c] * (v - u[c + 1]);
          if (i > 0) sum -= op.gx[c - columns] * (v - u[c - columns]);
          if (i + 1 < nx) sum -= op.gx[c] * (v - u[c + columns]);
          if (j > 0) sum -= op.gy[c - row] * (v - u[c - row]);
          if (int(j) + 1 < ny) sum -= op.gy[c] * (v - u[c + row]);
          f[c] = sum;
        }
      }
    }
  });
  if (!model_.op.streams.empty()) {
    std::vector<double> given(f.size(), 0.0);  // less what the streams give
    streams_.subtract(u.data(), given.data(), false);
    for (std::size_t c = 0; c < f.size(); ++c) f[c] -= given[c];
  }
  for (std::size_t l = 0; l < leaks_.size(); ++l)
    for (const auto& [cell, watts] : leaks_[l].heat) f[cell] += watts * leak[l];
}

double Stepper::outflow(const Lane& lane, const std::vector<double>& leak,
                        const std::vector<double>& u) const {
  double sum = lane.out_zero;
  for (const CooledFace& face : model_.faces) sum += face.g * u[face.cell];
  if (!model_.op.streams.empty())
    sum += stream_heat(model_, u) - stream_heat(model_, std::vector<double>(u.size(), 0.0));
  for (std::size_t l = 0; l < leaks_.size(); ++l) sum += leaks_[l].out_beside * leak[l];
  return sum;
}

/// K + C/(d h) on every lane. close: the constant mode, so that no heat is lost to the residual.
void Stepper::solve(StepMatrix& m, const std::vector<std::vector<double>>& b,
                    std::vector<std::vector<double>>& v, double residual, bool close) {
  numerics::SolveOptions how;
  how.relative_residual = residual;
  std::vector<std::span<const double>> from;
  std::vector<std::span<double>> to;
  for (std::size_t i = 0; i < b.size(); ++i) {
    from.emplace_back(b[i]);
    to.emplace_back(v[i]);
  }
  const auto reports = m.solver->solve_many(from, to, how);
  for (const auto& report : reports)
    if (!report.converged)
      throw base::Error(fmt::format("a time step of {:.3g} s missed its tolerance: {}", m.h, report.problem),
                        "look for conductivities or heat capacities many orders apart");
  if (!close) return;
  double ground = sum_of(m.op.ground);
  std::vector<double> r(capacity_.size());
  if (!m.op.streams.empty()) {  // streams give back most of what their links are to the ground
    const std::vector<double> ones(r.size(), 1.0), nothing(r.size(), 0.0);
    m.solver->residual(nothing, ones, r);
    ground = -sum_of(r);
  }
  for (std::size_t i = 0; i < b.size(); ++i) {
    m.solver->residual(b[i], v[i], r);
    const double shift = sum_of(r) / ground;
    for (std::size_t c = 0; c < r.size(); ++c)
      if (model_.mesh.solid[c] >= 0) v[i][c] += shift;
  }
}

std::vector<double> Stepper::glance(const std::vector<Lane>& lanes, double time) {
  StepMatrix& m = matrix(time / kTrD);
  std::vector<std::vector<double>> b(lanes.size()), v(lanes.size());
  for (std::size_t l = 0; l < lanes.size(); ++l) {
    force(lanes[l], lanes[l].leak_W, lanes[l].u, b[l]);
    v[l].assign(capacity_.size(), 0.0);
  }
  solve(m, b, v, kFilterResidual, false);
  std::vector<double> most(lanes.size(), 0.0);
  for (std::size_t l = 0; l < lanes.size(); ++l)
    for (const double k : v[l]) most[l] = std::max(most[l], std::abs(k));
  return most;
}

bool Stepper::step(const std::vector<Lane>& lanes, double h, std::vector<Stepped>& out) {
  StepMatrix& m = matrix(h);
  const std::size_t n = lanes.size(), cells = capacity_.size();
  std::vector<std::vector<double>> f1(n), f2(n), b(n), v(n);
  std::vector<std::vector<double>> leak2(n), leak3(n);
  guess_.resize(n);
  out.assign(n, {});
  const auto each_cell = [&](const auto& body) { base::parallel_for(pool_, cells, kBlock, body); };

  for (std::size_t l = 0; l < n; ++l) {
    force(lanes[l], lanes[l].leak_W, lanes[l].u, f1[l]);
    b[l].resize(cells);
    v[l].assign(cells, 0.0);
    each_cell([&](std::size_t a, std::size_t z) {
      for (std::size_t c = a; c < z; ++c) b[l][c] = 2 * f1[l][c];
      if (!guess_[l].empty())
        for (std::size_t c = a; c < z; ++c) v[l][c] = 2 * kTrD * h * guess_[l][c];
    });
  }
  solve(m, b, v, residual_, true);
  for (std::size_t l = 0; l < n; ++l) {
    Stepped& s = out[l];
    s.middle.resize(cells);
    each_cell([&](std::size_t a, std::size_t z) {
      for (std::size_t c = a; c < z; ++c) s.middle[c] = lanes[l].u[c] + v[l][c];
    });
    leak2[l] = lanes[l].leak_W;
    if (!leaks_.empty()) {
      std::vector<double> change;
      if (!settle(m, lanes[l], s.middle, leak2[l], change)) return false;
      for (std::size_t k = 0; k < leaks_.size(); ++k)
        each_cell([&](std::size_t a, std::size_t z) {
          for (std::size_t c = a; c < z; ++c) s.middle[c] += change[k] * m.answer[k][c];
        });
    }
    force(lanes[l], leak2[l], s.middle, f2[l]);
    const double first = (kTrW + kTrD) / kTrD, second = kTrW / kTrD, ahead = 1 / (2 * kTrD);
    each_cell([&](std::size_t a, std::size_t z) {
      for (std::size_t c = a; c < z; ++c) {
        b[l][c] = first * f1[l][c] + second * f2[l][c];
        v[l][c] = ahead * (s.middle[c] - lanes[l].u[c]);
      }
    });
  }
  solve(m, b, v, residual_, true);
  std::vector<std::vector<double>> estimate(n);
  for (std::size_t l = 0; l < n; ++l) {
    Stepped& s = out[l];
    s.end.resize(cells);
    each_cell([&](std::size_t a, std::size_t z) {
      for (std::size_t c = a; c < z; ++c) s.end[c] = lanes[l].u[c] + v[l][c];
    });
    s.leak_end = lanes[l].leak_W;
    if (!leaks_.empty()) {
      std::vector<double> change;
      if (!settle(m, lanes[l], s.end, s.leak_end, change)) return false;
      for (std::size_t k = 0; k < leaks_.size(); ++k)
        each_cell([&](std::size_t a, std::size_t z) {
          for (std::size_t c = a; c < z; ++c) s.end[c] += change[k] * m.answer[k][c];
        });
    }
    std::vector<double> f3;
    force(lanes[l], s.leak_end, s.end, f3);
    estimate[l].assign(cells, 0.0);
    each_cell([&](std::size_t a, std::size_t z) {
      for (std::size_t c = a; c < z; ++c)
        b[l][c] = ((4 * kTrW - 1) / 3 * f1[l][c] - f2[l][c] / 3 + 2 * kTrD / 3 * f3[c]) / kTrD;
    });
    // In and out by the weights of the method, so that stored = in - out to rounding.
    const double stages[3] = {kTrW, kTrW, kTrD};
    const std::vector<double>* fields[3] = {&lanes[l].u, &s.middle, &s.end};
    const std::vector<double>* leaks[3] = {&lanes[l].leak_W, &leak2[l], &s.leak_end};
    for (int k = 0; k < 3; ++k) {
      s.out_J += h * stages[k] * outflow(lanes[l], *leaks[k], *fields[k]);
      for (const double w : *leaks[k]) s.in_J += h * stages[k] * w;
    }
  }
  solve(m, b, estimate, kFilterResidual, false);
  for (std::size_t l = 0; l < n; ++l)
    for (const double e : estimate[l]) out[l].error = std::max(out[l].error, std::abs(e));
  for (std::size_t l = 0; l < n; ++l) {
    guess_[l].resize(cells);
    each_cell([&](std::size_t a, std::size_t z) {
      for (std::size_t c = a; c < z; ++c)
        guess_[l][c] = (out[l].end[c] - out[l].middle[c]) / (h * (1 - 2 * kTrD));
    });
  }
  return true;
}

}  // namespace bondline::thermal::detail
