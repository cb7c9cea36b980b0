// Coarse conductances of the conduction multigrid. Rows are merged first, then columns; layers stay.
//
//   layers      gz, ground: sums over the merged cells (the Galerkin sum for a piecewise constant).
//   faces       the fine face in series with half of the inner resistance of the pairs on either side,
//               1/S = 1/g + 1/(2 g_i) + 1/(2 g_j): exact for a bar. Where a pair joins copper to air its
//               inner resistance says nothing of the copper that runs on beyond it, so S is not allowed below
//               half of the Galerkin face sum scaled by the distance of the centres.
//   weights     a cell at the outer side of its pair takes min(1/2, S / (2 g_i)) of the next coarse cell's
//   value,
//               which is where a bar's temperature profile passes it.
#pragma once
#include "base/parallel.h"
#include "numerics/conduction_hierarchy.h"

namespace bondline::numerics {

/// Fills coarse.gx, gy, gz, ground, and fine.wx, wy, from fine.
void coarsen(Level& fine, Level& coarse, base::Pool& pool, const ConductionKernels& kernels);

}  // namespace bondline::numerics
