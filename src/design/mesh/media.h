// Effective conductivities of fine structures that the grid does not resolve: upright cylinders (bumps,
// balls, vias, TSVs with liner or plating) and copper layers of given coverage. Each says its bounds and the
// formula it used.
#pragma once
#include <array>
#include <string>

#include "design/mesh/mesh.h"
#include "design/package/solids.h"

namespace bondline::mesh {

using Conductivity = std::array<double, 3>;  ///< x, y, z, W/(m K)

/// Conductivities of what a Fill is made of; unused ones are ignored.
struct Constituents {
  Conductivity matrix{}, inclusion{}, liner{}, core{};
};

/// k of a Fill at an area fraction of the inclusion (0..1; the Fill's own for a fill without map).
///  - simple: the matrix.
///  - cylinders_z: along z the area-weighted mean of everything (Wiener 1912, parallel: exact); across, the
///  first term
///    of Rayleigh's series for a square array of cylinders (1892), which is also the Hashin-Shtrikman (1962)
///    bound for an isotropic mixture in the plane. A liner or plating turns each cylinder into one of equal
///    outer radius by the composite-cylinder formula  k_eq / k_s = (1 + p b) / (1 - p b),  b = (k_c - k_s) /
///    (k_c + k_s), p = (r_core / r_outer)^2  (neutral inclusion; Hashin and Rosen 1964).
///  - layer_xy: through the layer parallel; in the plane Bruggeman's symmetric effective medium (1935) in two
///    dimensions, which lies between the Hashin-Shtrikman bounds: traces below half coverage conduct like
///    islands, planes above like a perforated sheet.
Conductivity effective_conductivity(const package::Fill& fill, double fraction, const Constituents& k);

/// The same with its bounds (Wiener along z; Hashin-Shtrikman across).
MediumBounds medium_bounds(const package::Fill& fill, double fraction, const Constituents& k);

/// Reads the constituents of a solid's fill at a temperature. Throws base::Error naming the solid and the
/// material.
Constituents constituents(const package::Design& design, const package::Solid& solid, double temperature_K);

/// Conductivity of a mixture side by side in a cell: areas a[i] of media k[i], rest void. Along z parallel;
/// across the geometric mean of the parallel and series values, times the covered area.
struct Share {
  double area = 0;
  Conductivity k{};
};
Conductivity mix_areas(const Share* shares, int count);

/// Mean of a map over a rectangle given in parts of the map's own extent (0..1), exact for piecewise constant
/// maps.
double map_mean(const package::GridMap& map, double u0, double u1, double v0, double v1);

}  // namespace bondline::mesh
