#include "numerics/conduction_solver.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "numerics/conduction_check.h"

namespace bondline::numerics {
namespace {

using Field = std::vector<double>;

struct Level {
  int nx = 0, ny = 0, nz = 0;
  Field x, y;                  // lines
  Field gx, gy, gz, ground;    // conductances
  Field sum;                   // ground + lateral conductances of each cell
  std::vector<int> to_x, to_y; // this level's interval -> coarser level's interval
  Field wx, wy;                // share of the value taken from the next coarse cell in x, y
  Field f, u, r;
  std::size_t cells() const { return std::size_t(nx) * std::size_t(ny) * std::size_t(nz); }
  std::size_t at(int i, int j) const { return (std::size_t(j) * std::size_t(nx) + std::size_t(i)) * std::size_t(nz); }
};

void sum_laterals(Level& l) {
  l.sum = l.ground;
  const std::size_t sx = std::size_t(l.nz), sy = sx * std::size_t(l.nx);
  for (std::size_t c = 0; c < l.cells(); ++c) {
    l.sum[c] += l.gx[c] + l.gy[c];
    if (l.gx[c] > 0) l.sum[c + sx] += l.gx[c];
    if (l.gy[c] > 0) l.sum[c + sy] += l.gy[c];
  }
}

std::vector<int> merge_lines(const Field& lines, double h, Field& coarse) {
  const std::size_t n = lines.size() - 1;
  std::vector<int> to(n);
  coarse.assign(1, lines[0]);
  for (std::size_t i = 0; i < n;) {
    const std::size_t next = i + 1 < n && lines[i + 2] - lines[i] <= h ? i + 2 : i + 1;
    for (; i < next; ++i) to[i] = int(coarse.size()) - 1;
    coarse.push_back(lines[next]);
  }
  return to;
}

double smallest_pair(const Field& lines) {
  double h = HUGE_VAL;
  for (std::size_t i = 0; i + 2 < lines.size(); ++i) h = std::min(h, lines[i + 2] - lines[i]);
  return h;
}

/// Coarse conductances and interpolation weights along one axis (stride st, n intervals).
void coarsen_axis(const Level& l, const std::vector<int>& to, const Field& lines, const Field& coarse_lines, int q,
                  int n, std::size_t cell, std::size_t st, const Field& g, Field& w, std::size_t coarse_cell,
                  Field& coarse_g) {
  const bool left = q > 0 && to[q - 1] == to[q], right = q + 1 < n && to[q + 1] == to[q];
  auto mid = [](const Field& x, int i) { return 0.5 * (x[i] + x[i + 1]); };
  for (int k = 0; k < l.nz; ++k) {
    const std::size_t c = cell + std::size_t(k);
    auto series = [&](double gf, double gi, double gj) {
      if (gf <= 0) return 0.0;
      return 1 / (1 / gf + (gi > 0 ? 0.5 / gi : 0) + (gj > 0 ? 0.5 / gj : 0));
    };
    const double gi = left ? g[c - st] : right ? g[c] : 0;
    if (q + 1 < n && !right && g[c] > 0) {
      const double gj = q + 2 < n && to[q + 2] == to[q + 1] ? g[c + st] : 0;
      const double s = series(g[c], gi, gj);
      const double ratio = (mid(lines, q + 1) - mid(lines, q)) / (mid(coarse_lines, to[q + 1]) - mid(coarse_lines, to[q]));
      coarse_g[coarse_cell + std::size_t(k)] += std::max(0.5 * ratio * g[c], s);
      if (left && gi > 0) w[c] = std::min(0.5, 0.5 / gi * s);
    }
    if (right && q > 0 && g[c - st] > 0 && gi > 0) {
      const double gj = q > 1 && to[q - 2] == to[q - 1] ? g[c - 2 * st] : 0;
      w[c] = std::min(0.5, 0.5 / gi * series(g[c - st], gi, gj));
    }
  }
}

Level coarsen(Level& f, double& h) {
  Level c;
  h = std::max(h, 1.3 * std::min(smallest_pair(f.x), smallest_pair(f.y)));
  f.to_x = merge_lines(f.x, h, c.x);
  f.to_y = merge_lines(f.y, h, c.y);
  h *= 2;
  c.nx = int(c.x.size()) - 1, c.ny = int(c.y.size()) - 1, c.nz = f.nz;
  for (Field* v : {&c.gx, &c.gy, &c.gz, &c.ground}) v->assign(c.cells(), 0.0);
  f.wx.assign(f.cells(), 0.0);
  f.wy.assign(f.cells(), 0.0);
  for (int j = 0; j < f.ny; ++j)
    for (int i = 0; i < f.nx; ++i) {
      const std::size_t a = f.at(i, j), b = c.at(f.to_x[i], f.to_y[j]);
      for (int k = 0; k < f.nz; ++k) {
        c.gz[b + std::size_t(k)] += f.gz[a + std::size_t(k)];
        c.ground[b + std::size_t(k)] += f.ground[a + std::size_t(k)];
      }
      coarsen_axis(f, f.to_x, f.x, c.x, i, f.nx, a, std::size_t(f.nz), f.gx, f.wx, b, c.gx);
      coarsen_axis(f, f.to_y, f.y, c.y, j, f.ny, a, std::size_t(f.nz) * std::size_t(f.nx), f.gy, f.wy, b, c.gy);
    }
  sum_laterals(c);
  return c;
}

/// Solves every line of one colour. Pivots are sums of positive terms (no cancellation).
void relax(Level& l, int colour) {
  const std::size_t nz = std::size_t(l.nz), sx = nz, sy = nz * std::size_t(l.nx);
  Field pivot(nz), t(nz);
  for (int j = 0; j < l.ny; ++j)
    for (int i = (j + colour) & 1; i < l.nx; i += 2) {
      const std::size_t c0 = l.at(i, j);
      double below_share = 0, excess = 0;
      for (std::size_t k = 0; k < nz; ++k) {
        const std::size_t c = c0 + k;
        double b = l.f[c];
        if (i > 0) b += l.gx[c - sx] * l.u[c - sx];
        if (i + 1 < l.nx) b += l.gx[c] * l.u[c + sx];
        if (j > 0) b += l.gy[c - sy] * l.u[c - sy];
        if (j + 1 < l.ny) b += l.gy[c] * l.u[c + sy];
        excess = l.sum[c] + below_share * excess;
        t[k] = b + (k ? below_share * t[k - 1] : 0);
        pivot[k] = excess + l.gz[c];
        below_share = pivot[k] > 0 ? l.gz[c] / pivot[k] : 0;
      }
      for (std::size_t k = nz; k-- > 0;)
        l.u[c0 + k] = pivot[k] > 0 ? (t[k] + (k + 1 < nz ? l.gz[c0 + k] * l.u[c0 + k + 1] : 0)) / pivot[k] : 0;
    }
}

void apply(const ConductionOperator& op, std::span<const double> b, std::span<const double> u, std::span<double> r,
           double sign) {  // r = b - A u (sign 1) or A u (sign -1, b empty)
  const int nx = op.grid.nx(), ny = op.grid.ny(), nz = op.grid.nz();
  const std::size_t sx = std::size_t(nz), sy = sx * std::size_t(nx);
  for (int j = 0; j < ny; ++j)
    for (int i = 0; i < nx; ++i)
      for (int k = 0; k < nz; ++k) {
        const std::size_t c = op.grid.index(i, j, k);
        double s = -op.ground[c] * u[c];
        if (i > 0) s += op.gx[c - sx] * (u[c - sx] - u[c]);
        if (i + 1 < nx) s += op.gx[c] * (u[c + sx] - u[c]);
        if (j > 0) s += op.gy[c - sy] * (u[c - sy] - u[c]);
        if (j + 1 < ny) s += op.gy[c] * (u[c + sy] - u[c]);
        if (k > 0) s += op.gz[c - 1] * (u[c - 1] - u[c]);
        if (k + 1 < nz) s += op.gz[c] * (u[c + 1] - u[c]);
        r[c] = sign > 0 ? b[c] + s : -s;
      }
}

template <class F>
void for_each_weight(const Level& f, const Level& c, F use) {
  for (int j = 0; j < f.ny; ++j)
    for (int i = 0; i < f.nx; ++i) {
      const int ci = f.to_x[i], cj = f.to_y[j];
      const int ni = i > 0 && f.to_x[i - 1] == ci ? std::min(ci + 1, c.nx - 1) : std::max(ci - 1, 0);
      const int nj = j > 0 && f.to_y[j - 1] == cj ? std::min(cj + 1, c.ny - 1) : std::max(cj - 1, 0);
      const std::size_t a = f.at(i, j), c00 = c.at(ci, cj), c10 = c.at(ni, cj), c01 = c.at(ci, nj), c11 = c.at(ni, nj);
      for (std::size_t k = 0; k < std::size_t(f.nz); ++k) {
        const double wx = f.wx[a + k], wy = f.wy[a + k];
        use(a + k, c00 + k, (1 - wx) * (1 - wy));
        use(a + k, c10 + k, wx * (1 - wy));
        use(a + k, c01 + k, (1 - wx) * wy);
        use(a + k, c11 + k, wx * wy);
      }
    }
}

double dot(std::span<const double> a, std::span<const double> b) {
  double s = 0;
  for (std::size_t i = 0; i < a.size(); ++i) s += a[i] * b[i];
  return s;
}

}  // namespace

struct ConductionSolver::Impl {
  const ConductionOperator* op = nullptr;
  OperatorCheck check;
  std::vector<Level> levels;
  double seconds_setup = 0;
  std::size_t bytes = 0;

  void cycle(std::size_t q) {
    Level& l = levels[q];
    std::fill(l.u.begin(), l.u.end(), 0.0);
    if (q + 1 == levels.size()) return relax(l, 0);
    const int sweeps = q > 0 && l.cells() * 5 < levels[0].cells() * 2 ? 2 : 1;
    for (int s = 0; s < sweeps; ++s) relax(l, 0), relax(l, 1);
    residual_of(l);
    Level& c = levels[q + 1];
    std::fill(c.f.begin(), c.f.end(), 0.0);
    for_each_weight(l, c, [&](std::size_t a, std::size_t b, double w) { c.f[b] += w * l.r[a]; });
    cycle(q + 1);
    for_each_weight(l, c, [&](std::size_t a, std::size_t b, double w) { l.u[a] += w * c.u[b]; });
    for (int s = 0; s < sweeps; ++s) relax(l, 1), relax(l, 0);
  }
  static void residual_of(Level& l) {
    const std::size_t nz = std::size_t(l.nz), sx = nz, sy = nz * std::size_t(l.nx);
    for (int j = 0; j < l.ny; ++j)
      for (int i = 0; i < l.nx; ++i)
        for (std::size_t k = 0; k < nz; ++k) {
          const std::size_t c = l.at(i, j) + k;
          double s = l.f[c] - l.ground[c] * l.u[c];
          if (i > 0) s += l.gx[c - sx] * (l.u[c - sx] - l.u[c]);
          if (i + 1 < l.nx) s += l.gx[c] * (l.u[c + sx] - l.u[c]);
          if (j > 0) s += l.gy[c - sy] * (l.u[c - sy] - l.u[c]);
          if (j + 1 < l.ny) s += l.gy[c] * (l.u[c + sy] - l.u[c]);
          if (k > 0) s += l.gz[c - 1] * (l.u[c - 1] - l.u[c]);
          if (k + 1 < nz) s += l.gz[c] * (l.u[c + 1] - l.u[c]);
          l.r[c] = s;
        }
  }
};

std::size_t forecast_solver_bytes(std::size_t cells, int batch) {
  return cells * (60 + 40 * std::size_t(std::max(batch, 1)));
}

ConductionSolver::ConductionSolver(const ConductionOperator& op, base::Pool& pool) : impl_(std::make_unique<Impl>()) {
  const auto start = std::chrono::steady_clock::now();
  impl_->op = &op;
  impl_->check = check_operator(op, pool);
  if (!impl_->check.problem.empty()) return;
  Level fine;
  fine.nx = op.grid.nx(), fine.ny = op.grid.ny(), fine.nz = op.grid.nz();
  fine.x = op.grid.x, fine.y = op.grid.y;
  fine.gx = op.gx, fine.gy = op.gy, fine.gz = op.gz, fine.ground = op.ground;
  sum_laterals(fine);
  impl_->levels.push_back(std::move(fine));
  double h = 0;
  while (impl_->levels.back().nx > 1 || impl_->levels.back().ny > 1) {
    Level coarse = coarsen(impl_->levels.back(), h);
    impl_->levels.push_back(std::move(coarse));
  }
  for (Level& l : impl_->levels) {
    for (Field* v : {&l.f, &l.u, &l.r}) v->assign(l.cells(), 0.0);
    impl_->bytes += l.cells() * 10 * sizeof(double);
  }
  impl_->seconds_setup = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}
ConductionSolver::~ConductionSolver() = default;
ConductionSolver::ConductionSolver(ConductionSolver&&) noexcept = default;
ConductionSolver& ConductionSolver::operator=(ConductionSolver&&) noexcept = default;

const std::string& ConductionSolver::problem() const { return impl_->check.problem; }
std::size_t ConductionSolver::floating_cell() const { return impl_->check.floating_cell; }

SolveReport ConductionSolver::solve(std::span<const double> b, std::span<double> u, const SolveOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  SolveReport report;
  report.seconds_setup = impl_->seconds_setup;
  report.problem = impl_->check.problem;
  if (!report.problem.empty()) return report;
  const std::size_t n = impl_->op->grid.cells();
  if (b.size() != n || u.size() != n) {
    report.problem = "b and u must have one value per cell";
    return report;
  }
  const double norm_b = std::sqrt(dot(b, b));
  for (std::size_t c = 0; c < n; ++c)
    if (b[c] != 0 && impl_->levels[0].sum[c] == 0 && impl_->levels[0].gz[c] == 0 &&
        (c % std::size_t(impl_->levels[0].nz) == 0 || impl_->levels[0].gz[c - 1] == 0)) {
      report.problem = "a source in void cell " + std::to_string(c) + " has nowhere to go";
      return report;
    }
  if (norm_b == 0) {
    std::fill(u.begin(), u.end(), 0.0);
    report.converged = true;
    return report;
  }
  Level& fine = impl_->levels[0];
  Field r(n), p(n, 0.0), ap(n);
  report.bytes = impl_->bytes + 3 * n * sizeof(double);
  apply(*impl_->op, b, u, r, 1);
  double rz = 0, norm_r = std::sqrt(dot(r, r));
  if (!std::isfinite(norm_b) || !std::isfinite(norm_r)) {
    report.problem = "b or the initial guess is not finite";
    return report;
  }
  while (norm_r > options.relative_residual * norm_b && report.iterations < options.max_iterations) {
    fine.f = r;
    impl_->cycle(0);
    const double rz_new = dot(r, fine.u), beta = report.iterations ? rz_new / rz : 0;
    rz = rz_new;
    for (std::size_t c = 0; c < n; ++c) p[c] = fine.u[c] + beta * p[c];
    apply(*impl_->op, {}, p, ap, -1);
    const double alpha = rz / dot(p, ap);
    for (std::size_t c = 0; c < n; ++c) u[c] += alpha * p[c], r[c] -= alpha * ap[c];
    norm_r = std::sqrt(dot(r, r));
    ++report.iterations;
    report.history.push_back(norm_r / norm_b);
    if (options.progress) options.progress(0.0, "solving");
  }
  apply(*impl_->op, b, u, r, 1);
  report.relative_residual = norm_b > 0 ? std::sqrt(dot(r, r)) / norm_b : 0;
  report.converged = report.relative_residual <= 1.5 * options.relative_residual;
  if (!report.converged) report.problem = "stalled before the residual was reached";
  report.seconds_solve = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

std::vector<SolveReport> ConductionSolver::solve_many(std::span<const std::span<const double>> b,
                                                      std::span<const std::span<double>> u,
                                                      const SolveOptions& options) {
  std::vector<SolveReport> reports;
  for (std::size_t s = 0; s < b.size(); ++s) reports.push_back(solve(b[s], u[s], options));
  return reports;
}

void ConductionSolver::residual(std::span<const double> b, std::span<const double> u, std::span<double> r) const {
  apply(*impl_->op, b, u, r, 1);
}

}  // namespace bondline::numerics
