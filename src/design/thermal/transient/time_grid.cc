#include "design/thermal/transient/time_grid.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace bondline::thermal::detail {
namespace {

constexpr double kNear = 0.12;   // spacing along z beside heat, in diffusion lengths of the first result
constexpr double kRoomiest = 6;  // times that spacing, where the cells asked for do not hold it
constexpr double kGrowth = 1.6;  // of the spacing: what diffuses later has spread as far

/// The shortest diffusion length that the results see, along z in what is heated, as a spacing.
double near_heat(const Design& design, const Assembly& assembly, double shortest) {
  double length = std::numeric_limits<double>::infinity();
  for (const auto& source : assembly.sources) {
    if (source.solid < 0) continue;
    const package::Solid& solid = assembly.solids[std::size_t(source.solid)];
    const auto& m = design.materials.materials[std::size_t(solid.fill.material)];
    const double t = design.environment.ambient;
    const double alpha = m.conductivity(t)[2] /
                         (m.at(package::Property::density, t) * m.at(package::Property::specific_heat, t));
    length = std::min(length, std::max(kNear * std::sqrt(alpha * shortest), 1e-5 * (solid.z1 - solid.z0)));
  }
  return std::isfinite(length) ? length : 0;
}

/// Lets the grid be coarser beside heat until it keeps to the cells asked for, up to kRoomiest times.
double within_cells(const Design& design, const Assembly& assembly, mesh::MeshOptions& how, double cells) {
  const double wanted = how.near_heat;
  while (how.near_heat > 0 && how.near_heat < kRoomiest * wanted &&
         mesh::forecast(design, assembly, how).cells > cells)
    how.near_heat = std::min(kRoomiest * wanted, 1.15 * how.near_heat);
  return wanted > 0 ? how.near_heat / wanted : 1;
}

}  // namespace

TimeGrid time_grid(const Design& design, const Assembly& assembly, double shortest, double cells,
                   bool nested) {
  TimeGrid grid;
  mesh::MeshOptions& fine = grid.fine;
  fine.near_heat = near_heat(design, assembly, shortest) * (nested ? 2 : 1);
  fine.growth = kGrowth;
  fine.target_cells = nested ? cells / 8 : cells;
  fine.refine = nested ? 1 : 0;
  grid.roomier = within_cells(design, assembly, fine, cells);
  grid.coarse = fine;
  grid.coarse.refine = 0;
  return grid;
}

std::string roomier_note(const TimeGrid& grid, double cells) {
  return fmt::format(
      "the grid beside heat is {:.2g} times coarser than the first result wants: {:.0f} cells were asked "
      "for; "
      "more make the first results after a power step better",
      grid.roomier, cells);
}

double extrapolate(std::vector<double>& fine, const std::vector<double>& coarse) {
  double most = 0;
  for (std::size_t t = 0; t < fine.size(); ++t) {
    const double wrong = (coarse[t] - fine[t]) / 3;
    if (!std::isfinite(wrong)) continue;
    fine[t] -= wrong;
    most = std::max(most, std::abs(wrong));
  }
  return most;
}

}  // namespace bondline::thermal::detail
