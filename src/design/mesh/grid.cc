// From candidate lines to the grid: the budget is met first by dropping lines of lesser parts, then by
// bisection on one scale that multiplies every wanted spacing.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "design/mesh/lines.h"
#include "design/mesh/mesh.h"
#include "numerics/conduction_solver.h"

namespace bondline::mesh {
namespace {

double cells_of(const Lines& lines, double scale, double growth) {
  return double(cut(lines.x, scale, growth, nullptr)) * double(cut(lines.y, scale, growth, nullptr)) *
         double(cut(lines.z, scale, growth, nullptr));
}

/// Drops lateral lines until the bare geometry takes at most a share of the budget.
Lines within_budget(const Lines& all, double budget, std::vector<std::string>* notes) {
  const auto bare = [](const Lines& l) {
    return double(l.x.size() - 1) * double(l.y.size() - 1) * double(l.z.size() - 1);
  };
  if (bare(all) <= budget) return all;
  const double extent = std::max(all.x.back().at - all.x.front().at, all.y.back().at - all.y.front().at);
  Lines kept = all;
  double distance = 0;
  for (const int keep :
       {2, 3}) {  // lines of lesser parts first; then dies and sources, by a quarter of the distance
    for (distance = extent / 4000; distance < extent / 20; distance *= 1.25) {
      kept.x = thin_out(all.x, distance, 2);
      kept.y = thin_out(all.y, distance, 2);
      if (keep == 3) {
        kept.x = thin_out(kept.x, distance / 4, 3);
        kept.y = thin_out(kept.y, distance / 4, 3);
      }
      if (bare(kept) <= budget) break;
    }
    if (bare(kept) <= budget) break;
  }
  const std::size_t dropped = all.x.size() + all.y.size() - kept.x.size() - kept.y.size();
  if (notes && dropped > 0)
    notes->push_back(
        fmt::format("{} of {} lateral lines of small parts closer than {:.3g} mm to another were dropped to "
                    "keep the grid near its target; those parts enter by area fraction",
                    dropped, all.x.size() + all.y.size(), 1e3 * distance));
  return kept;
}

/// Halves every interval but those that stay whole.
void halve(std::vector<double>& lines, const std::vector<Line>& wanted, int times) {
  for (int t = 0; t < times; ++t) {
    std::vector<double> finer;
    finer.reserve(2 * lines.size());
    for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
      finer.push_back(lines[i]);
      const double middle = 0.5 * (lines[i] + lines[i + 1]);
      if (!in_whole(wanted, middle)) finer.push_back(middle);
    }
    finer.push_back(lines.back());
    lines = std::move(finer);
  }
}

struct Choice {
  Lines lines;
  double scale = 1, cells = 0;
};

Choice choose(const package::Assembly& assembly, const MeshOptions& options,
              std::vector<std::string>* notes) {
  Choice choice;
  if (assembly.solids.empty())
    throw base::Error("the design has no solid to mesh", "give a block, a substrate or a die");
  const double target = std::max(1.0, options.target_cells);
  choice.lines = within_budget(gather_lines(assembly, options), 0.5 * target, notes);
  double low = std::log(1e-5), high = std::log(1e4);  // many cells ... bare geometry
  for (int step = 0; step < 40; ++step) {
    const double middle = 0.5 * (low + high);
    (cells_of(choice.lines, std::exp(middle), options.growth) > target ? low : high) = middle;
  }
  choice.scale = std::exp(high);
  choice.cells = cells_of(choice.lines, choice.scale, options.growth) * std::pow(8.0, options.refine);
  return choice;
}

}  // namespace

numerics::TensorGrid grid_lines(const package::Assembly& assembly, const MeshOptions& options,
                                std::vector<std::string>* notes) {
  const Choice choice = choose(assembly, options, notes);
  numerics::TensorGrid grid;
  cut(choice.lines.x, choice.scale, options.growth, &grid.x);
  cut(choice.lines.y, choice.scale, options.growth, &grid.y);
  cut(choice.lines.z, choice.scale, options.growth, &grid.z);
  halve(grid.x, choice.lines.x, options.refine);
  halve(grid.y, choice.lines.y, options.refine);
  halve(grid.z, choice.lines.z, options.refine);
  return grid;
}

Forecast forecast(double cells) {
  Forecast out;
  out.cells = cells;
  // solid index, three conductivities, contact and cover; operator (4), right-hand side, field, adjoint work.
  out.bytes_mesh = out.cells * (4 + 3 * 8 + 8 + 4);
  out.bytes_solver =
      out.cells * (4 * 8 + 4 * 8) + double(numerics::forecast_solver_bytes(std::size_t(out.cells), 1));
  return out;
}

Forecast forecast(const package::Design&, const package::Assembly& assembly, const MeshOptions& options) {
  return forecast(choose(assembly, options, nullptr).cells);
}

}  // namespace bondline::mesh
