// One grid under one march in time.
#pragma once
#include <vector>

#include "design/thermal/transient/run.h"

namespace bondline::thermal::detail {

inline constexpr double kDrift =
    0.5;  ///< K that a solid's mean may drift before what follows it is read again

/// Whether some heat capacity depends on temperature.
bool warms_unevenly(const Design& design, const Assembly& assembly);

/// K, per solid of the assembly; t_ref of solids without cells.
std::vector<double> solid_means(const Model& model, const std::vector<double>& u);

struct Marched {
  bool follows = false;  ///< something followed the temperature
  mesh::Mesh mesh;
};

/// Fills the histories of `results` (one per workload of the run, made by empty_result() with `places`) on
/// the grid that `how` asks for. leading: of two grids, the one that also gives steps, heat, fields and
/// runaway. `assembly` holds the leakage as sources (with_leakage).
Marched march(const TimeRun& run, const Assembly& assembly, const mesh::MeshOptions& how, base::Pool& pool,
              std::vector<TransientResult>& results, const std::vector<std::vector<Place>>& places,
              bool leading);

}  // namespace bondline::thermal::detail
