// Design -> graded tensor grid with effective media: the one grid that thermal and mechanics share. Lines
// follow the faces of the solids, the edges of heat sources and of contacts; lines closer than `snap` are
// merged (slivers ruin solvers). Between those lines the spacing starts small at heated edges and grows with
// the distance from them. Parts turned by other than 90 degrees, and parts whose edge got no line, enter by
// area fraction.
//
// Only geometry and conductivity live here; no equation is known to this room.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "design/package/solids.h"
#include "numerics/column_grid.h"

namespace bondline::mesh {

struct MeshOptions {
  /// Cells aimed at before `refine` multiplies them by 8 per step. Not exceeded unless the lines of dies,
  /// heat sources and layers alone need more; lines of lesser parts are dropped first (told in Mesh::notes).
  double target_cells = 250e3;
  /// Ratio of neighbouring spacings between two geometry lines, at most. Across a geometry line a thin layer
  /// may stand beside a thick one: half-cell resistances make that exact along z.
  double growth = 1.6;
  double snap = 0.2e-6;  ///< m; along z never more than a quarter of the thinnest solid
  /// m; > 0: the spacing along z beside heated faces is at most this, and about twice this across the edges
  /// of heat, whatever the target (heat that has only begun to spread is no deeper).
  double near_heat = 0;
  /// Every interval cut into 2^refine equal parts: grids of different refine are nested. The channels and
  /// walls of four-resistor layers stay whole.
  int refine = 0;
  /// m, along x and y; > 0: no grid of our own but even cells of this size (the last one what is left), each
  /// layer one cell high; across four-resistor channels their channels and walls. For comparing with a tool
  /// that solved on such cells. `target_cells` and `refine` are without effect then.
  std::array<double, 2> even_cells{};
};

/// Effective media keep their bounds: Wiener (series, parallel) always hold; Hashin-Shtrikman where they
/// apply.
struct MediumBounds {
  std::string path;         ///< the solid
  std::array<double, 3> k;  ///< used, W/(m K); of a layer with a fraction map: at its mean fraction
  std::array<double, 3> lower, upper;
  std::string model;  ///< "Wiener parallel along z, Hashin-Shtrikman across (1962)", ...
};

struct Mesh {
  numerics::TensorGrid grid;
  std::vector<std::int32_t> solid;  ///< per cell: index of the solid filling most of it, -1 in the void
  std::vector<double> kx, ky, kz;   ///< W/(m K) per cell; 0 in the void
  /// Share of each cell's area that is solid, (0, 1]; empty when every cell is wholly solid or wholly void.
  /// kx, ky, kz are already scaled by it.
  std::vector<float> cover;
  /// Contact resistance in m2 K/W of the face between cell (i,j,k) and (i,j,k+1); empty when there is none
  /// anywhere.
  std::vector<double> contact_above;
  double reference_temperature = 0;       ///< K
  std::vector<double> solid_temperature;  ///< K, per solid: where its materials' k(T) was read
  std::vector<std::int32_t>
      z_slab;  ///< per layer of cells: index of the geometry interval along z it lies in
  std::vector<MediumBounds> media;
  std::vector<std::string> notes;  ///< lines dropped, parts entered by area fraction
};

/// What a mesh will need before it is made. bytes_solver covers the operator, fields and multigrid of one
/// solve.
struct Forecast {
  double cells = 0;
  double bytes_mesh = 0, bytes_solver = 0;
};
Forecast forecast(double cells);  ///< of a grid of so many cells
Forecast forecast(const package::Design& design, const package::Assembly& assembly,
                  const MeshOptions& options);

/// The grid lines alone, without media. Notes of dropped lines are appended to `notes` when it is given.
numerics::TensorGrid grid_lines(const package::Assembly& assembly, const MeshOptions& options,
                                std::vector<std::string>* notes = nullptr);

/// Builds the mesh. Conductivities are read at `reference_temperature`, or per solid at `solid_temperature`
/// when that is given (one entry per solid of the assembly). Throws base::Error when a solid has no thermal
/// conductivity (names the material and the mend) or when the grid would exceed `max_bytes` (refused with the
/// forecast).
Mesh build(const package::Design& design, const package::Assembly& assembly, const MeshOptions& options,
           double reference_temperature, double max_bytes, std::span<const double> solid_temperature = {});

}  // namespace bondline::mesh
