#include "numerics/conduction_check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/core.h>

namespace bondline::numerics {
namespace {

constexpr std::size_t kNone = SIZE_MAX;

std::string check_lines(const std::vector<double>& lines, char axis) {
  if (lines.size() < 2) return fmt::format("the grid has no cell along {}", axis);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!std::isfinite(lines[i])) return fmt::format("grid line {} along {} is not finite", i, axis);
    if (i > 0 && !(lines[i] > lines[i - 1]))
      return fmt::format("grid lines {} and {} along {} do not increase", i - 1, i, axis);
  }
  return {};
}

/// First index in [begin, end) whose value is negative or not finite; else the largest value into `largest`.
std::size_t first_bad(const double* v, std::size_t begin, std::size_t end, double& largest) {
  // v >= 0 is false for NaN. Independent lanes let the compiler vectorise the usual case, in which nothing is
  // bad.
  constexpr std::size_t kLanes = 8;
  double best[kLanes] = {}, least[kLanes] = {}, zero[kLanes] = {};
  std::size_t c = begin;
  for (; c + kLanes <= end; c += kLanes)
    for (std::size_t q = 0; q < kLanes; ++q) {
      best[q] = v[c + q] > best[q] ? v[c + q] : best[q];
      least[q] = v[c + q] < least[q] ? v[c + q] : least[q];
      zero[q] += v[c + q] * 0.0;  // NaN for NaN and for infinity
    }
  double sum = 0;
  for (std::size_t q = 0; q < kLanes; ++q) {
    largest = std::max(largest, best[q]);
    sum += zero[q] + (least[q] < 0 ? std::numeric_limits<double>::quiet_NaN() : 0.0);
  }
  for (; c < end; ++c) {
    largest = std::max(largest, v[c]);
    sum += v[c] >= 0 ? v[c] * 0.0 : std::numeric_limits<double>::quiet_NaN();
  }
  if (sum == 0) return kNone;
  for (c = begin; c < end; ++c)
    if (!(v[c] >= 0.0 && std::isfinite(v[c]))) return c;
  return kNone;
}

std::string check_values(const ConductionOperator& op, base::Pool& pool, double& largest) {
  const std::size_t cells = op.grid.cells();
  const struct {
    const std::vector<double>& v;
    const char* name;
  } arrays[] = {{op.gx, "gx"}, {op.gy, "gy"}, {op.gz, "gz"}, {op.ground, "ground"}};
  for (const auto& a : arrays)
    if (a.v.size() != cells) return fmt::format("{} holds {} values for {} cells", a.name, a.v.size(), cells);
  constexpr std::size_t kBlock = 1 << 16;
  const std::size_t blocks = (cells + kBlock - 1) / kBlock;
  for (const auto& a : arrays) {
    std::vector<std::size_t> bad(blocks, kNone);
    std::vector<double> most(blocks, 0.0);
    pool.run(blocks, [&](std::size_t b) {
      bad[b] = first_bad(a.v.data(), b * kBlock, std::min(cells, (b + 1) * kBlock), most[b]);
    });
    for (double m : most) largest = std::max(largest, m);
    for (std::size_t c : bad)
      if (c != kNone)
        return fmt::format("{}[{}] is {}; conductances are finite and not negative", a.name, c, a.v[c]);
  }
  return {};
}

std::string check_outer_faces(const ConductionOperator& op) {
  const TensorGrid& g = op.grid;
  const int nx = g.nx(), ny = g.ny(), nz = g.nz();
  for (int j = 0; j < ny; ++j)
    for (int i = 0; i < nx; ++i) {
      if (op.gz[g.index(i, j, nz - 1)] != 0) return "a gz of the last layer points out of the grid";
      if (i != nx - 1 && j != ny - 1) continue;
      for (int k = 0; k < nz; ++k) {
        const std::size_t c = g.index(i, j, k);
        if (i == nx - 1 && op.gx[c] != 0) return "a gx of the last column points out of the grid";
        if (j == ny - 1 && op.gy[c] != 0) return "a gy of the last row points out of the grid";
      }
    }
  return {};
}

/// A vertical run of cells of one column joined by non-zero gz: the unit of the flood. Most columns are one
/// run.
struct Run {
  std::int32_t begin, end;  // layers [begin, end)
  std::uint32_t parent;
  bool grounded, joined;  // joined: tied to another cell
};

std::uint32_t root_of(std::vector<Run>& runs, std::uint32_t r) {
  while (runs[r].parent != r) r = runs[r].parent = runs[runs[r].parent].parent;
  return r;
}

void unite(std::vector<Run>& runs, std::uint32_t a, std::uint32_t b) {
  a = root_of(runs, a);
  b = root_of(runs, b);
  runs[a].joined = runs[b].joined = true;
  if (a == b) return;
  if (b < a) std::swap(a, b);  // the root stays the lowest-numbered run
  runs[b].parent = a;
  runs[a].grounded |= runs[b].grounded;
}

/// Unites the runs of two neighbouring columns wherever the lateral conductance g (of the first column) is
/// not zero.
void unite_columns(std::vector<Run>& runs, const std::vector<std::size_t>& first, std::size_t p,
                   std::size_t q, const double* g) {
  std::size_t a = first[p], b = first[q];
  while (a < first[p + 1] && b < first[q + 1]) {
    const int lo = std::max(runs[a].begin, runs[b].begin), hi = std::min(runs[a].end, runs[b].end);
    for (int k = lo; k < hi; ++k)
      if (g[k] > 0) {
        unite(runs, std::uint32_t(a), std::uint32_t(b));
        break;
      }
    if (runs[a].end <= runs[b].end)
      ++a;
    else
      ++b;
  }
}

std::size_t find_floating(const ConductionOperator& op) {
  const TensorGrid& g = op.grid;
  const std::size_t nx = std::size_t(g.nx()), ny = std::size_t(g.ny()), columns = nx * ny;
  const int nz = g.nz();
  std::vector<Run> runs;
  runs.reserve(columns);
  std::vector<std::size_t> first(columns + 1, 0);
  for (std::size_t col = 0; col < columns; ++col) {
    first[col] = runs.size();
    const double* gz = op.gz.data() + col * std::size_t(nz);
    const double* ground = op.ground.data() + col * std::size_t(nz);
    for (int k = 0; k < nz;) {
      Run run{k, k, std::uint32_t(runs.size()), false, false};
      do run.grounded |= ground[k] > 0;
      while (gz[k++] > 0 && k < nz);
      run.end = k;
      run.joined = run.end - run.begin > 1;
      runs.push_back(run);
    }
  }
  first[columns] = runs.size();
  for (std::size_t j = 0; j < ny; ++j)
    for (std::size_t i = 0; i < nx; ++i) {
      const std::size_t col = j * nx + i, cell = col * std::size_t(nz);
      if (i + 1 < nx) unite_columns(runs, first, col, col + 1, op.gx.data() + cell);
      if (j + 1 < ny) unite_columns(runs, first, col, col + nx, op.gy.data() + cell);
    }
  std::size_t col = 0;
  for (std::uint32_t r = 0; r < runs.size(); ++r) {
    while (first[col + 1] <= r) ++col;
    if (runs[r].parent == r && !runs[r].grounded && runs[r].joined)
      return col * std::size_t(nz) + std::size_t(runs[r].begin);
  }
  return kNone;
}

}  // namespace

OperatorCheck check_operator(const ConductionOperator& op, base::Pool& pool) {
  OperatorCheck check;
  check.problem = check_lines(op.grid.x, 'x');
  if (check.problem.empty()) check.problem = check_lines(op.grid.y, 'y');
  if (check.problem.empty()) check.problem = check_lines(op.grid.z, 'z');
  if (check.problem.empty()) check.problem = check_values(op, pool, check.largest);
  if (check.problem.empty()) check.problem = check_outer_faces(op);
  if (!check.problem.empty()) return check;
  check.floating_cell = find_floating(op);
  if (check.floating_cell != kNone)
    check.problem = fmt::format("singular: the region around cell {} has no ground", check.floating_cell);
  return check;
}

}  // namespace bondline::numerics
