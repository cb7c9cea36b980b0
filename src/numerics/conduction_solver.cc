#include "numerics/conduction_solver.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include <fmt/core.h>

#include "numerics/batch/conduction_batch.h"
#include "numerics/batch/conduction_faces.h"
#include "numerics/conduction_check.h"
#include "numerics/conduction_cycle.h"
#include "numerics/flexible_gmres.h"
#include "numerics/flush_to_zero.h"
#include "numerics/outer_operator.h"
#include "numerics/row_waves.h"
#include "numerics/stream_coarse.h"

namespace bondline::numerics {
namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The true residual may miss the recurrence's by rounding; more than this is not called converged.
constexpr double kResidualSlack = 1.01;
constexpr double kAtTheFloor = 4;    ///< times the rounding floor: as small as a residual gets
constexpr double kMuchExchange = 2;  ///< transfer units along a chain from which the coarse space pays
constexpr int kRestarts = 4;         ///< from the true residual, when rounding parted it from the recurrence

}  // namespace

double SolveReport::accepted(double asked) const {
  return std::max(kResidualSlack * asked, kAtTheFloor * rounding_floor);
}

struct ConductionSolver::Impl {
  Impl(const ConductionOperator& operator_, base::Pool& pool_)
      : op(operator_), pool(pool_), kernels(conduction_kernels()), outer(operator_, kernels) {}

  const ConductionOperator& op;
  base::Pool& pool;
  const ConductionKernels& kernels;
  OuterOperator outer;
  OperatorCheck check;
  StreamMarch streams;
  bool directed = false;                 ///< streams take part
  std::unique_ptr<StreamCoarse> coarse;  ///< where the streams give back much of what they take
  double scale = 1;                      ///< of the conductances in the float32 hierarchy
  std::vector<Level> levels;
  std::unique_ptr<ConductionCycle> cycle;  ///< for one right-hand side; made when first needed
  std::unique_ptr<ConductionFaces> faces;  ///< while batches are solved for
  std::unique_ptr<ConductionBatch> batch;
  AlignedArray<double> r, ap;
  AlignedArray<float> p;
  std::vector<double> partial;  ///< one sum per row
  double seconds_setup = 0;

  std::size_t cells() const { return op.grid.cells(); }
  std::size_t at(std::size_t j) const { return j * outer.row_cells(); }
  std::size_t bytes() const {
    std::size_t hierarchy = cycle ? cycle->bytes() : 0;
    for (const Level& l : levels) hierarchy += l.bytes();
    if (faces) hierarchy += faces->bytes();
    if (batch) hierarchy += batch->bytes();
    return hierarchy + r.bytes() + ap.bytes() + p.bytes() + partial.size() * sizeof(double);
  }
  void set_up();
  std::string look_at_fields(std::span<const double> b, std::span<double> u, double& norm_b, bool& from_zero);
  double true_residual(std::span<const double> b, std::span<const double> u, double* out);
  double rounding_floor(std::span<const double> u);
  void residual_to_layout(double to_unit);
  double advance_direction(double z_scale, double beta);
  double step(double alpha, std::span<double> u, double to_unit);
  /// known_norm: ||b||, when b and u have been looked at before.
  SolveReport solve(std::span<const double> b, std::span<double> u, const SolveOptions& options,
                    const double* known_norm = nullptr);
  SolveReport solve_directed(std::span<const double> b, std::span<double> u, const SolveOptions& options,
                             double norm_b, SolveReport report);
  /// Up to lanes solves at once, 8 or 16.
  std::vector<SolveReport> solve_batch(long lanes, std::span<const std::span<const double>> b,
                                       std::span<const std::span<double>> u, const SolveOptions& options);
};

void ConductionSolver::Impl::set_up() {
  const auto start = Clock::now();
  check = check_operator(op, pool);
  if (check.problem.empty()) check.problem = check_streams(op.streams, cells());
  if (!check.problem.empty()) return;
  directed = !op.streams.empty();
  if (directed) streams = StreamMarch(op.streams);
  if (check.largest > 0) scale = power_of_two_near(check.largest);
  levels = build_hierarchy(op, scale, pool, kernels);
  if (directed && longest_exchange(op.streams) > kMuchExchange)
    coarse = std::make_unique<StreamCoarse>(op, streams);
  partial.assign(std::size_t(op.grid.ny()), 0.0);
  seconds_setup = seconds_since(start);
}

/// What is wrong with b or the first guess; else ||b|| and whether the guess is zero. Voids in the guess
/// become zero.
std::string ConductionSolver::Impl::look_at_fields(std::span<const double> b, std::span<double> u,
                                                   double& norm_b, bool& from_zero) {
  if (b.size() != cells() || u.size() != cells())
    return fmt::format("b and u must hold {} values, one per cell", cells());
  std::vector<std::size_t> bad(partial.size(), SIZE_MAX);
  std::vector<char> started(partial.size(), 0);
  pool.run(partial.size(), [&](std::size_t j) {
    double square = 0;
    for (std::size_t c = at(j); c < at(j + 1); ++c) {
      if (b[c] == 0 && u[c] == 0) continue;
      square += b[c] * b[c];
      const bool finite = std::isfinite(b[c]) && std::isfinite(u[c]);
      const bool lone = finite && !(op.gx[c] > 0) && !(op.gz[c] > 0) && outer.is_void(c);
      if (lone) u[c] = 0;
      if (u[c] != 0) started[j] = 1;
      if (finite && !(lone && b[c] != 0)) continue;
      bad[j] = c;
      break;
    }
    partial[j] = square;
  });
  norm_b = std::sqrt(tree_sum(partial));
  from_zero = std::find(started.begin(), started.end(), 1) == started.end();
  for (std::size_t c : bad) {
    if (c == SIZE_MAX) continue;
    if (!std::isfinite(b[c])) return fmt::format("the source in cell {} is not finite", c);
    if (!std::isfinite(u[c])) return fmt::format("the first guess in cell {} is not finite", c);
    return fmt::format("the source in cell {} has nowhere to go: the cell is void", c);
  }
  if (!std::isfinite(norm_b)) return "the source is too large to square";
  return {};
}

double ConductionSolver::Impl::true_residual(std::span<const double> b, std::span<const double> u,
                                             double* out) {
  pool.run(partial.size(),
           [&](std::size_t j) { partial[j] = outer.residual_row(int(j), b.data(), u.data(), out); });
  return std::sqrt(tree_sum(partial));
}

SolveReport ConductionSolver::Impl::solve_directed(std::span<const double> b, std::span<double> u,
                                                   const SolveOptions& options, double norm_b,
                                                   SolveReport report) {
  GmresSystem system;
  for (std::size_t j = 0; j <= partial.size(); ++j) system.blocks.push_back(at(j));
  std::vector<double> drawn(cells());  // minus the streams' part of A u
  system.residual = [&](std::span<const double> field, double* out) {
    std::fill(drawn.begin(), drawn.end(), 0.0);
    streams.subtract(field.data(), drawn.data(), options.transposed);
    pool.run(partial.size(), [&](std::size_t j) {
      outer.residual_row(int(j), b.data(), field.data(), out);
      double sum = 0;
      for (std::size_t c = at(j); c < at(j + 1); ++c) {
        out[c] -= drawn[c];
        sum += out[c] * out[c];
      }
      partial[j] = sum;
    });
    return std::sqrt(tree_sum(partial));
  };
  system.apply = [&](const float* z, double* out) {
    pool.run(partial.size(), [&](std::size_t j) { outer.apply_row(int(j), z, out); });
    streams.subtract(z, out, options.transposed);
  };
  const Level& l = cycle->finest();
  std::vector<float> lifted(coarse ? cells() : 0);
  std::vector<double> rest(coarse ? cells() : 0);
  const auto add_lifted = [&](float* z) {
    for (std::size_t c = 0; c < lifted.size(); ++c) z[c] += lifted[c];
  };
  system.precondition = [&](const double* residual, float* z) {
    if (coarse) {  // first the slow rise along the streams, then the cycle on what is left
      coarse->correct(residual, lifted.data(), options.transposed);
      system.apply(lifted.data(), rest.data());
      for (std::size_t c = 0; c < rest.size(); ++c) rest[c] = residual[c] - rest[c];
      residual = rest.data();
    }
    // Basis vectors have norm one: their own scale is the unit.
    pool.run(partial.size(), [&](std::size_t j) {
      const FlushToZero flush;
      kernels.to_layout(l.nx, l.nz, l.stride, residual + at(j), 1.0,
                        cycle->fields().f.data() + l.place(int(j), 0),
                        cycle->fields().f.data() + l.place(int(j), 1));
    });
    cycle->run();
    pool.run(partial.size(), [&](std::size_t j) {
      const FlushToZero flush;
      std::fill(z + at(j), z + at(j + 1), 0.0f);
      kernels.direction(l.nx, l.nz, l.stride, cycle->fields().u.data() + l.place(int(j), 0),
                        cycle->fields().u.data() + l.place(int(j), 1), scale, 0.0, z + at(j));
    });
    if (coarse) add_lifted(z);
  };
  GmresOptions how;
  how.goal = options.relative_residual * norm_b;
  how.max_iterations = options.max_iterations;
  how.told = [&](double norm) {
    report.history.push_back(norm / norm_b);
    if (options.progress && norm > 0)
      options.progress(std::clamp(std::log(norm_b / norm) / -std::log(options.relative_residual), 0.0, 1.0),
                       "solving");
  };
  const GmresReport found = flexible_gmres(system, u, how, pool);
  report.iterations = found.iterations;
  report.relative_residual = found.norm / norm_b;
  report.bytes = bytes() + found.bytes + drawn.size() * sizeof(double);
  if (found.norm > how.goal * kResidualSlack) report.rounding_floor = rounding_floor(u) / norm_b;
  report.converged = found.norm <= report.accepted(options.relative_residual) * norm_b;
  if (!report.converged)
    report.problem =
        fmt::format("residual {:.1e} after {} iterations", report.relative_residual, report.iterations);
  return report;
}

double ConductionSolver::Impl::rounding_floor(std::span<const double> u) {
  pool.run(partial.size(), [&](std::size_t j) { partial[j] = outer.rounding_row(int(j), u.data()); });
  return std::sqrt(tree_sum(partial));
}

void ConductionSolver::Impl::residual_to_layout(double to_unit) {
  const Level& l = cycle->finest();
  pool.run(partial.size(), [&](std::size_t j) {
    const FlushToZero flush;
    kernels.to_layout(l.nx, l.nz, l.stride, r.data() + at(j), to_unit,
                      cycle->fields().f.data() + l.place(int(j), 0),
                      cycle->fields().f.data() + l.place(int(j), 1));
  });
}

/// p = z_scale z + beta p, ap = A p; returns p . A p.
double ConductionSolver::Impl::advance_direction(double z_scale, double beta) {
  const Level& l = cycle->finest();
  const std::size_t chunks = wave_chunks(pool, l.ny, outer.row_cells(), 2);
  run_waves(
      pool, l.ny, 2, chunks,
      [](const auto& use) {
        FlushToZero flush;
        use(flush);
      },
      [&](FlushToZero&, int stage, int row) {
        const std::size_t j = std::size_t(row);
        if (stage == 0)
          kernels.direction(l.nx, l.nz, l.stride, cycle->fields().u.data() + l.place(row, 0),
                            cycle->fields().u.data() + l.place(row, 1), z_scale, beta, p.data() + at(j));
        else
          partial[j] = outer.apply_row(row, p.data(), ap.data());
      });
  return tree_sum(partial);
}

/// u += alpha p, r -= alpha A p, and the new r into the layout; returns ||r||.
double ConductionSolver::Impl::step(double alpha, std::span<double> u, double to_unit) {
  const Level& l = cycle->finest();
  pool.run(partial.size(), [&](std::size_t j) {
    const FlushToZero flush;
    partial[j] =
        kernels.step(l.nx, l.nz, l.stride, alpha, p.data() + at(j), ap.data() + at(j), u.data() + at(j),
                     r.data() + at(j), to_unit, cycle->fields().f.data() + l.place(int(j), 0),
                     cycle->fields().f.data() + l.place(int(j), 1));
  });
  return std::sqrt(tree_sum(partial));
}

SolveReport ConductionSolver::Impl::solve(std::span<const double> b, std::span<double> u,
                                          const SolveOptions& options, const double* known_norm) {
  const auto start = Clock::now();
  SolveReport report;
  report.seconds_setup = seconds_setup;
  double norm_b = 0;
  bool from_zero = false;
  if (known_norm)
    norm_b = *known_norm;
  else
    report.problem = check.problem.empty() ? look_at_fields(b, u, norm_b, from_zero) : check.problem;
  if (!report.problem.empty()) return report;
  const double goal = options.relative_residual * norm_b;
  double norm_r = norm_b, last_true = HUGE_VAL;
  if (!from_zero && norm_b > 0 && !directed) {  // perhaps it is solved already
    norm_r = true_residual(b, u, nullptr);
    if (norm_r <= goal * kResidualSlack) {
      report.converged = true;
      report.relative_residual = norm_r / norm_b;
      report.bytes = bytes();
      report.seconds_solve = seconds_since(start);
      return report;
    }
  }
  if (!cycle) cycle = std::make_unique<ConductionCycle>(levels, pool, kernels.one);
  if (r.empty()) {
    r = AlignedArray<double>(cells());
    ap = AlignedArray<double>(cells());
    p = AlignedArray<float>(cells());
  }
  report.bytes = bytes();
  if (norm_b == 0) {
    std::fill(u.begin(), u.end(), 0.0);
    report.converged = true;
    report.seconds_solve = seconds_since(start);
    return report;
  }
  if (directed) {
    streams = StreamMarch(op.streams);  // the operator's owner may have changed conductances since
    report = solve_directed(b, u, options, norm_b, std::move(report));
    report.seconds_solve = seconds_since(start);
    return report;
  }
  for (int restart = 0; restart <= kRestarts; ++restart) {
    if (restart == 0 && from_zero)
      pool.run(partial.size(), [&](std::size_t j) {
        std::copy_n(b.begin() + long(at(j)), at(j + 1) - at(j), r.data() + at(j));
      });
    else
      norm_r = true_residual(b, u, r.data());
    if (norm_r <= goal * (restart ? kResidualSlack : 1.0) || !(norm_r < 0.5 * last_true)) break;
    last_true = norm_r;
    double unit = power_of_two_near(norm_r), rz = 0;
    residual_to_layout(unit);
    for (bool first = true; norm_r > goal && report.iterations < options.max_iterations; first = false) {
      // f = unit r and the hierarchy is scale A, so z = u / (unit / scale) and r.z = f.u scale / unit^2.
      const double fz = cycle->run();
      const double rz_new = fz * scale / (unit * unit);
      const double pap = advance_direction(scale / unit, first ? 0.0 : rz_new / rz);
      rz = rz_new;
      if (!(rz > 0) || !(pap > 0)) break;
      unit = power_of_two_near(norm_r);
      norm_r = step(rz / pap, u, unit);
      ++report.iterations;
      report.history.push_back(norm_r / norm_b);
      if (!std::isfinite(norm_r)) break;
      if (options.progress) {
        const double done = std::log(norm_b / norm_r) / -std::log(options.relative_residual);
        options.progress(std::clamp(done, 0.0, 1.0), "solving");
      }
    }
    norm_r = true_residual(b, u, nullptr);
    if (norm_r <= goal * kResidualSlack || report.iterations >= options.max_iterations) break;
    report.rounding_floor = rounding_floor(u) / norm_b;
    if (norm_r <= kAtTheFloor * report.rounding_floor * norm_b) break;
  }
  report.relative_residual = norm_r / norm_b;
  report.converged = norm_r <= report.accepted(options.relative_residual) * norm_b;
  if (!report.converged)
    report.problem =
        report.iterations >= options.max_iterations
            ? fmt::format("residual {:.1e} after {} iterations", report.relative_residual, report.iterations)
            : fmt::format("rounding holds the residual at {:.1e} after {} iterations",
                          report.relative_residual, report.iterations);
  report.seconds_solve = seconds_since(start);
  return report;
}

std::vector<SolveReport> ConductionSolver::Impl::solve_batch(long lanes,
                                                             std::span<const std::span<const double>> b,
                                                             std::span<const std::span<double>> u,
                                                             const SolveOptions& options) {
  const auto start = Clock::now();
  const std::size_t count = b.size();
  std::vector<SolveReport> reports(count);
  std::vector<double> norms(count, 0.0);
  std::vector<BatchLane> given(count);
  for (std::size_t s = 0; s < count; ++s) {
    bool from_zero = false;
    reports[s].problem = look_at_fields(b[s], u[s], norms[s], from_zero);
    if (reports[s].problem.empty() && norms[s] > 0)
      given[s] = {b[s].data(), u[s].data(), from_zero, norms[s], options.relative_residual * norms[s]};
  }
  if (!faces) faces = std::make_unique<ConductionFaces>(op, scale, pool);
  if (!batch || batch->lanes() != lanes) {
    batch.reset();  // before the next one takes its memory
    batch = std::make_unique<ConductionBatch>(outer, levels, *faces, pool,
                                              lanes == 8 ? kernels.eight : kernels.sixteen, scale);
  }
  batch->solve(given, options.max_iterations, kResidualSlack);
  // What rounding kept from its residual is finished alone.
  for (std::size_t s = 0; s < count; ++s) {
    SolveReport& report = reports[s];
    if (!report.problem.empty()) continue;
    if (given[s].b) {
      report.iterations = batch->iterations(s);
      for (const double norm : batch->history(s)) report.history.push_back(norm / norms[s]);
      report.relative_residual = batch->residual(s) / norms[s];
      report.converged = report.relative_residual <= kResidualSlack * options.relative_residual;
      report.seconds_setup = seconds_setup;
      report.bytes = bytes();
      if (report.converged) continue;
    }
    SolveOptions rest = options;
    rest.max_iterations = std::max(0, options.max_iterations - report.iterations);
    SolveReport last = solve(b[s], u[s], rest, &norms[s]);
    last.iterations += report.iterations;
    last.history.insert(last.history.begin(), report.history.begin(), report.history.end());
    last.bytes = std::max(last.bytes, report.bytes);
    report = std::move(last);
  }
  for (SolveReport& report : reports) report.seconds_solve = seconds_since(start) / double(count);
  return reports;
}

namespace {

/// Lanes of the batch that suits so many right-hand sides: a batch costs what it costs however few its lanes.
/// 1: one after the other is faster. (On one thread a batch of 16 takes about ten single solves, one of 8
/// six; less on several threads that share a memory.)
long lanes_for(std::size_t count) {
  return count >= 12 ? 16 : count >= 6 ? 8 : 1;
}

}  // namespace

std::size_t forecast_solver_bytes(const TensorGrid& grid, int batch) {
  const HierarchyBytes one = forecast_hierarchy(grid);
  const std::size_t cells = grid.cells();
  std::size_t bytes = one.levels + one.fields + cells * (8 + 8 + 4);  // r, A p, p
  const long lanes = lanes_for(std::size_t(std::max(batch, 1)));
  if (lanes > 1)
    bytes += one.batch_fields * std::size_t(lanes) +
             cells * (4 + std::size_t(lanes) * ConductionBatch::kKept) * sizeof(float);
  // Working memory of the threads and the tables: a few rows of cells.
  const std::size_t row = std::size_t(grid.nx() + 64) * std::size_t(grid.nz() + 2);
  return bytes + bytes / 100 + row * 4 * sizeof(float) * std::size_t(lanes) * 4 + (1u << 20);
}

std::size_t forecast_solver_bytes(std::size_t cells, int batch) {
  // 16 B of hierarchy, 1 of weights, 20 of outer vectors on the finest level; 21 B per cell on the coarser
  // ones. Each lane of a batch holds 8 B and its directions on the finest level and 12 on the coarser ones.
  constexpr std::size_t kCoarser = 5;  // levels of graded grids shrink slowly at first
  const long lanes = lanes_for(std::size_t(std::max(batch, 1)));
  const std::size_t one = cells * (37 + kCoarser * 21) + (1u << 20);
  if (lanes == 1) return one;
  return one + cells * (16 + std::size_t(lanes) * (8 + ConductionBatch::kKept * 4 + kCoarser * 12));
}

ConductionSolver::ConductionSolver(const ConductionOperator& op, base::Pool& pool)
    : impl_(std::make_unique<Impl>(op, pool)) {
  impl_->set_up();
}
ConductionSolver::~ConductionSolver() = default;
ConductionSolver::ConductionSolver(ConductionSolver&&) noexcept = default;
ConductionSolver& ConductionSolver::operator=(ConductionSolver&&) noexcept = default;

const std::string& ConductionSolver::problem() const {
  return impl_->check.problem;
}
std::size_t ConductionSolver::floating_cell() const {
  return impl_->check.floating_cell;
}

SolveReport ConductionSolver::solve(std::span<const double> b, std::span<double> u,
                                    const SolveOptions& options) {
  return impl_->solve(b, u, options);
}

std::vector<SolveReport> ConductionSolver::solve_many(std::span<const std::span<const double>> b,
                                                      std::span<const std::span<double>> u,
                                                      const SolveOptions& options) {
  std::vector<SolveReport> reports;
  for (std::size_t s = 0; s < b.size();) {
    const long lanes = problem().empty() && !impl_->directed ? lanes_for(b.size() - s) : 1;
    if (lanes == 1) {
      reports.push_back(solve(b[s], u[s], options));
      ++s;
      continue;
    }
    const std::size_t count = std::min(b.size() - s, std::size_t(lanes));
    for (SolveReport& report : impl_->solve_batch(lanes, b.subspan(s, count), u.subspan(s, count), options))
      reports.push_back(std::move(report));
    s += count;
  }
  impl_->batch.reset();
  impl_->faces.reset();
  return reports;
}

void ConductionSolver::residual(std::span<const double> b, std::span<const double> u,
                                std::span<double> r) const {
  impl_->pool.run(std::size_t(impl_->outer.rows()),
                  [&](std::size_t j) { impl_->outer.residual_row(int(j), b.data(), u.data(), r.data()); });
  if (!impl_->directed) return;
  std::vector<double> drawn(r.size(), 0.0);
  impl_->streams.subtract(u.data(), drawn.data(), false);
  for (std::size_t c = 0; c < r.size(); ++c) r[c] -= drawn[c];
}

}  // namespace bondline::numerics
