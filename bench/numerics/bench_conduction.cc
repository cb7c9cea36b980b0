// Times the conduction solver on the reference problems, beside the memory-bandwidth limit of this machine
// and hypre:
//   bench_conduction [--quick] [--no-peer] [--repeat N] [--only cube|package]
//   bench_conduction --sweep     iterations over contrast, aspect ratio, size and graded package grids
//   bench_conduction --many      8 and 16 right-hand sides together against one after the other
// Times are setup + solve without assembly; median of the repeats (and the least). Output is Markdown.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "conduction_problems.h"
#include "peer.h"
#include "reference_problems.h"

namespace bondline::bench {
namespace {

using numerics::ConductionSolver;
using numerics::SolveReport;
using Clock = std::chrono::steady_clock;

constexpr double kResidual = 1e-8;

// What an iteration must move at least, per cell of the finest grid, when every array comes from memory once
// per pass:
//   direction and A p: four conductances 32, z 4, p read and written 8, A p written (and fetched) 16      =
//   60 step:              u, r read and written 32, p 4, A p 8, residual into the hierarchy 8 = 52 V-cycle,
//   finest:   down: f 4, conductances 8, u 8; up: f 4, conductances 8, u 8, weights 2             = 42
//   coarser levels:    a third of the cells (uniform grids), two sweeps                                     =
//   20
constexpr double kBytesPerCellIteration = 60 + 52 + 42 + 20;
// Setup: check 32, conversion 32 + 16, coarsening 8 + 4; start and end of the solve: 16 + 24 + 48.
constexpr double kBytesPerCellOnce = 180;

double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return double(usage.ru_maxrss) / 1024;
}

/// Best of several triads a = b + s c over 3 x 160 MB, in bytes per second (24 per element).
double triad_bandwidth(int threads) {
  const std::size_t n = 20'000'000;
  const std::unique_ptr<double[]> a(new double[n]), b(new double[n]), c(new double[n]);
  base::Pool pool(threads);
  constexpr std::size_t kBlock = 1 << 16;
  base::parallel_for(pool, n, kBlock, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) a[i] = 0, b[i] = 1, c[i] = 2;
  });
  double best = 1e9;
  for (int repeat = 0; repeat < 7; ++repeat) {
    const auto start = Clock::now();
    base::parallel_for(pool, n, kBlock, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) a[i] = b[i] + 3.0 * c[i];
    });
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return 24.0 * double(n) / best;
}

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

void run_own(const ReferenceProblem& p, int threads, int repeats) {
  base::Pool pool(threads);
  const double cells = double(p.op.grid.cells()), bandwidth = triad_bandwidth(threads);
  std::vector<double> seconds, setups;
  std::vector<double> u;
  SolveReport report;
  for (int r = 0; r < repeats; ++r) {
    u.assign(p.b.size(), 0.0);
    ConductionSolver solver(p.op, pool);
    report = solver.solve(p.b, u, {.relative_residual = kResidual});
    setups.push_back(report.seconds_setup);
    seconds.push_back(report.seconds_setup + report.seconds_solve);
  }
  const double bytes = cells * (kBytesPerCellOnce + kBytesPerCellIteration * report.iterations);
  const double least = *std::min_element(seconds.begin(), seconds.end());
  std::printf(
      "| %s %dx%dx%d | bondline, %d thr | %.3f (%.3f; setup %.3f) | %d | %.1e | %.4f | %+.1e | %.0f | %.0f "
      "%% |\n",
      p.name, p.op.grid.nx(), p.op.grid.ny(), p.op.grid.nz(), threads, median(seconds), least, median(setups),
      report.iterations, report.relative_residual, *std::max_element(u.begin(), u.end()),
      p.known_maximum > 0 ? *std::max_element(u.begin(), u.end()) / p.known_maximum - 1 : 0.0,
      double(report.bytes) / 1e6, 100 * bytes / bandwidth / least);
  std::printf("<!-- triad %d thr: %.1f GB/s; forecast %.0f MB; peak of the process so far %.0f MB -->\n",
              threads, bandwidth / 1e9, double(numerics::forecast_solver_bytes(p.op.grid)) / 1e6,
              peak_megabytes());
  if (!report.converged) std::printf("<!-- NOT CONVERGED: %s -->\n", report.problem.c_str());
  std::fflush(stdout);
}

void run_other(const ReferenceProblem& p, Peer peer) {
  const char* name = peer == Peer::pfmg ? "hypre PCG+PFMG, 1 rank" : "hypre PCG+BoomerAMG, 1 rank";
  const PeerResult r = run_peer(peer, p, kResidual);
  if (!r.ran)
    std::printf("<!-- %s: %s -->\n", name, r.why_not.c_str());
  else
    std::printf(
        "| %s %dx%dx%d | %s | %.3f | %d | %.1e | %.4f | %+.1e | | |\n<!-- peak of the process so far %.0f MB "
        "-->\n",
        p.name, p.op.grid.nx(), p.op.grid.ny(), p.op.grid.nz(), name, r.seconds, r.iterations,
        r.relative_residual, r.maximum, p.known_maximum > 0 ? r.maximum / p.known_maximum - 1 : 0.0,
        peak_megabytes());
  std::fflush(stdout);
}

void time_all(bool quick, bool with_peer, int repeats, const std::string& only) {
  std::printf(
      "| problem | solver | s, median (least; setup) | iterations | residual | max T, K | off known max | "
      "solver MB | of bandwidth limit |\n");
  std::printf("|---|---|---|---|---|---|---|---|---|\n");
  const int cores = base::usable_cores();
  auto one = [&](auto make, int n, bool boomeramg) {
    const ReferenceProblem p = make(n);
    if (!only.empty() && only != p.name) return;
    for (int threads = 1; threads <= std::min(cores, 4); threads *= 2) run_own(p, threads, repeats);
    if (!with_peer) return;
    run_other(p, Peer::pfmg);
    if (boomeramg) run_other(p, Peer::boomeramg);
  };
  one(cube, 46, true);
  one(cube, 100, true);
  one(package, 256, true);
  if (quick) return;
  // BoomerAMG takes several GB at these sizes; PFMG is the faster of the two.
  one(cube, 215, false);
  one(package, 512, false);
}

void sweep_row(const std::string& what, const numerics::ConductionOperator& op, const std::vector<double>& b,
               base::Pool& pool) {
  ConductionSolver solver(op, pool);
  std::vector<double> u(b.size(), 0.0);
  const SolveReport r = solver.solve(b, u, {.relative_residual = kResidual});
  std::printf("| %s | %d x %d x %d = %.2g | %d | %.1e%s | %.3f |\n", what.c_str(), op.grid.nx(), op.grid.ny(),
              op.grid.nz(), double(b.size()), r.iterations, r.relative_residual,
              r.rounding_floor > 0 ? " (rounding floor)" : "", r.seconds_setup + r.seconds_solve);
  std::fflush(stdout);
}

void sweep() {
  namespace t = numerics::testing;
  base::Pool pool;
  std::printf("| problem | cells | iterations | residual | s, %d thr |\n|---|---|---|---|---|\n",
              pool.threads());
  auto row = [&](const std::string& what, const t::Problem& p) { sweep_row(what, p.op, p.b, pool); };
  for (double contrast : {1.0, 1e2, 1e4, 1e6}) {
    char text[64];
    std::snprintf(text, sizeof text, "cube, contrast %.0e", contrast);
    row(text, t::layered_cube(46, contrast));
  }
  for (int n : {46, 100, 215}) {
    const ReferenceProblem p = cube(n);
    sweep_row("cube, size", p.op, p.b, pool);
  }
  for (int n : {128, 256, 512}) {
    const ReferenceProblem p = package(n);
    sweep_row("package, size", p.op, p.b, pool);
  }
  for (double aspect : {1e-2, 1.0, 1e2, 1e4}) {
    const double dz = 1e-4 / aspect;
    const numerics::TensorGrid grid{t::even_lines(0, 0.0128, 128), t::even_lines(0, 0.0064, 64),
                                    t::even_lines(0, 16 * dz, 16)};
    const double k[] = {1, 1000, 0.01, 100};
    char text[64];
    std::snprintf(text, sizeof text, "contrast 1e5, cell aspect %.0e", aspect);
    row(text, t::assemble(
                  grid, [&](double, double, double z) { return k[int(z / dz / 4)]; }, 1e3, 0,
                  [](double x, double y, double) { return x < 3e-3 && y < 2e-3 ? 1e9 : 0.0; }));
  }
  for (const auto& [h0, growth] : {std::pair{200e-6, 1.4}, std::pair{50e-6, 1.4}, std::pair{20e-6, 1.5},
                                   std::pair{5e-6, 2.0}, std::pair{1e-6, 2.5}}) {
    char text[64];
    std::snprintf(text, sizeof text, "package on board, voids, edges %.0f um", h0 * 1e6);
    row(text, t::package_on_board(h0, growth));
  }
  for (unsigned seed : {5u, 6u, 7u})
    for (bool voids : {false, true})
      row("random blocks, contrast 1e6" + std::string(voids ? ", voids" : ""),
          t::random_blocks(100, 24, seed, voids));
}

void many(const ReferenceProblem& p, std::size_t count) {
  base::Pool pool;
  ConductionSolver solver(p.op, pool);
  std::vector<std::vector<double>> b(count, p.b), u(count, std::vector<double>(p.b.size()));
  for (std::size_t s = 0; s < count; ++s)
    for (std::size_t c = 0; c < p.b.size(); ++c) b[s][c] *= double(1 + (c * (s + 1)) % 7);
  std::vector<std::span<const double>> bs(b.begin(), b.end());
  std::vector<std::span<double>> us(u.begin(), u.end());
  double apart = 1e9, together = 1e9;
  for (int repeat = 0; repeat < 3; ++repeat) {
    for (auto& v : u) std::fill(v.begin(), v.end(), 0.0);
    auto start = Clock::now();
    for (std::size_t s = 0; s < count; ++s) solver.solve(bs[s], us[s], {.relative_residual = kResidual});
    apart = std::min(apart, std::chrono::duration<double>(Clock::now() - start).count());
    for (auto& v : u) std::fill(v.begin(), v.end(), 0.0);
    start = Clock::now();
    solver.solve_many(bs, us, {.relative_residual = kResidual});
    together = std::min(together, std::chrono::duration<double>(Clock::now() - start).count());
  }
  std::printf("| %s %d, %zu right-hand sides, %d thr | %.3f | %.3f | %.2f |\n", p.name, p.n, count,
              pool.threads(), apart, together, apart / together);
  std::fflush(stdout);
}

void many() {
  std::printf("| problem | one after the other, s | together, s | gain |\n|---|---|---|---|\n");
  for (const ReferenceProblem& p : {cube(100), package(256)})
    for (const std::size_t count : {8u, 16u}) many(p, count);
}

}  // namespace
}  // namespace bondline::bench

int main(int argc, char** argv) {
  using namespace bondline::bench;
  bool quick = false, peer = true;
  int repeats = 3;
  std::string only;
  for (int i = 1; i < argc; ++i) {
    const std::string a = argv[i];
    if (a == "--sweep") return sweep(), 0;
    if (a == "--many") return many(), 0;
    if (a == "--quick")
      quick = true;
    else if (a == "--no-peer")
      peer = false;
    else if (a == "--repeat" && i + 1 < argc)
      repeats = std::max(1, std::atoi(argv[++i]));
    else if (a == "--only" && i + 1 < argc)
      only = argv[++i];
    else {
      std::fprintf(stderr,
                   "usage: bench_conduction [--quick] [--no-peer] [--repeat N] [--only cube|package] | "
                   "--sweep | --many\n");
      return 2;
    }
  }
  time_all(quick, peer, repeats, only);
}
