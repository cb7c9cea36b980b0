// The two problems every conduction solver is timed on: layered blocks, contrast 1e4, film 1e4 W/(m2 K) on
// top, adiabatic elsewhere, a hot rectangle in the lowest tenth of the layers.
#pragma once
#include <vector>

#include "numerics/conduction_solver.h"

namespace bondline::bench {

struct ReferenceProblem {
  const char* name;
  int n;
  numerics::ConductionOperator op;
  std::vector<double> b;
  double known_maximum;  ///< K above ambient, hypre PCG+PFMG and AMGCL at 1e-8; 0 where not known
};

/// n^3 cells of a 10 mm cube, ten bands of 0.04 .. 400 W/(m K).
ReferenceProblem cube(int n);
/// 20 x 20 mm, n x n columns, max(8, n / 16) layers: eight of 5 um .. 1 mm.
ReferenceProblem package(int n);

}  // namespace bondline::bench
