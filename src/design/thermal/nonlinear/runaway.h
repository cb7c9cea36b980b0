// How far a leaking package is from thermal runaway. The loop: a watt of leakage heats every leaking piece,
// and that makes more leakage. Its gain is the spectral radius of
//     M = L' R,   L' = dp/dT of the pieces,  R = their temperatures' answer to their heat = own + W J0^-1 B,
// J0 the tangent without leakage (k(T) and films included). Below one the loop settles; at one the tangent of
// the whole problem is singular: the tangency T = T_a + R P(T) of the lumped loop. Found by Arnoldi's method
// on M transposed, one solve with J0 per step.
//
// From the gain rho alone, exactly for a lumped loop with P = P0 2^((T - T0)/D) and for one mode of any
// other:
//     leakage may grow by           exp(rho - 1) / rho
//     the ambient (or the rise without leakage) may rise by   D/ln 2 (rho - 1 - ln rho)
// Where the margin matters (rho > 0.2) these are corrected by solves nearer to the edge.
#pragma once
#include "design/thermal/nonlinear/outer_iteration.h"
#include "design/thermal/thermal.h"

namespace bondline::thermal::detail {

struct LoopGain {
  double gain = 0;
  double rate = 0;      ///< ln 2 / D of the mode, 1/K
  double rise = 0;      ///< K above ambient of the mode's leaking places
  std::size_t die = 0;  ///< of CellLeakage::dies(), where the mode is strongest
  int solves = 0;
};
/// At a field the model was evaluated at.
LoopGain loop_gain(const Model& model, const Field& u, numerics::ConductionSolver& solver);

/// The same; past streams from the contraction of the plain steps that were taken.
LoopGain gain_of(const Model& model, const Field& u, numerics::ConductionSolver& solver,
                 const OuterReport& report);
/// What the leakage may be multiplied by, from the gain alone: exp(gain - 1) / gain.
double leakage_room(double gain);
/// K by which the mode's temperature without leakage may rise: (gain - 1 - ln gain) / rate.
double ambient_room(const LoopGain& g);

/// Gain and margins of a model that settled at u.
RunawayMargin margin_to_runaway(const Model& model, const Field& u, numerics::ConductionSolver& solver,
                                const OuterReport& report, const SteadyOptions& options, base::Pool& pool);
/// A model that does not settle: finds the share of its leakage that just would, and leaves the model at 97 %
/// of that share with its field in `solution`.
RunawayMargin beyond_runaway(Model& model, std::unique_ptr<numerics::ConductionSolver>& solver,
                             Solution& solution, const SteadyOptions& options, base::Pool& pool);

}  // namespace bondline::thermal::detail
