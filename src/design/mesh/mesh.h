// Design -> graded tensor grid with effective media: the one grid that thermal and mechanics share. Lines follow every
// face of every solid; lines closer than `snap` are merged (slivers ruin solvers); thick layers and steep regions get
// several cells; spacing grows by at most `growth` from line to line. Parts turned by other than 90 degrees and round
// members enter by area fraction.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "design/package/solids.h"
#include "numerics/column_grid.h"

namespace bondline::mesh {

struct MeshOptions {
  double target_cells = 250e3;     ///< aimed at, not exceeded by more than half unless the geometry's own lines do
  double growth = 1.6;             ///< neighbouring spacings' ratio, at most
  double snap = 0.2e-6;            ///< m; and never more than a quarter of the thinnest solid
  int refine = 0;                  ///< every interval cut into 2^refine (for error estimates: nested grids)
};

/// Mixed cells and effective media keep their bounds: Wiener (series, parallel) always hold.
struct MediumBounds {
  std::string path;                ///< the solid
  std::array<double, 3> k;         ///< used, W/(m K)
  std::array<double, 3> lower, upper;
  std::string model;               ///< "Wiener parallel along z, Hashin-Shtrikman across (1962)", ...
};

struct Mesh {
  numerics::TensorGrid grid;
  std::vector<std::int32_t> solid;    ///< per cell: index of the solid filling most of it, -1 in the void
  std::vector<float> kx, ky, kz;      ///< W/(m K) per cell at `reference_temperature`; 0 in the void
  /// Contact resistance in m2 K/W of the face between cell (i,j,k) and (i,j,k+1); empty when there is none anywhere.
  std::vector<float> contact_above;
  double reference_temperature = 0;   ///< K
  std::vector<MediumBounds> media;
  std::vector<std::string> notes;     ///< lines snapped, features below the grid's resolution
};

/// What a mesh will need before it is made.
struct Forecast {
  double cells = 0;
  double bytes_mesh = 0, bytes_solver = 0;
};
Forecast forecast(const package::Design& design, const package::Assembly& assembly, const MeshOptions& options);

/// Builds the mesh. Throws base::Error when a solid has no thermal conductivity (names the material and the mend) or
/// when the grid would exceed `max_bytes` (refused with the forecast).
Mesh build(const package::Design& design, const package::Assembly& assembly, const MeshOptions& options,
           double reference_temperature, double max_bytes);

}  // namespace bondline::mesh
