// From a heating curve to the path heat takes. A driving-point impedance of a linear heat-conducting body is
//     Z(t) = sum R_i (1 - exp(-t / tau_i)),   R_i >= 0          (Foster; Szekely and Van Bien 1988),
// its time-constant spectrum R_i over ln tau. The same Z seen from the heated end is a ladder of capacities
// to the reference and resistances between them (Cauer); summed up along the ladder, heat capacity over
// resistance is the cumulative structure function, its slope the differential one (JESD51-14, annex).
#pragma once
#include <cstddef>
#include <vector>

namespace bondline::thermal {

/// One term of a Foster sum.
struct TimeConstant {
  double tau = 0;         ///< s
  double resistance = 0;  ///< K/W
};

/// One stage of a ladder: a capacity to the reference, then a resistance to the next stage (the last one to
/// the reference).
struct LadderStage {
  double capacity = 0;    ///< J/K
  double resistance = 0;  ///< K/W
};

struct StructureFunction {
  std::vector<double> resistance;  ///< K/W from the heated place, rising, after each stage
  std::vector<double> capacity;    ///< J/K passed until there: the cumulative function
  std::vector<double>
      slope;  ///< dC/dR there, J W/K2: the differential function, over a tenth of a decade of C
};

/// The spectrum of a heating curve by Bayesian deconvolution: the iteration of Richardson (1972) and Lucy
/// (1974), whose terms stay positive and keep their sum, on the exact step answers of terms at the times
/// themselves (so no derivative of the curve is taken). `time` rises; z[n] is K/W at time[n]; `steady` is Z
/// at the end of time, >= z.back(). The terms' times reach a decade beyond both ends of `time`.
std::vector<TimeConstant> time_constants(const std::vector<double>& time, const std::vector<double>& z,
                                         double steady, int iterations = 4000);

/// Z(t) of a Foster sum, K/W.
double foster(const std::vector<TimeConstant>& terms, double t);

/// The ladder of a Foster sum, exactly: Lanczos on diag(1/tau) from the roots of R/tau, in double-double with
/// full reorthogonalisation. Ends early where what is left of the sum is rounding.
std::vector<LadderStage> ladder(const std::vector<TimeConstant>& terms);

StructureFunction structure_function(const std::vector<LadderStage>& stages);

}  // namespace bondline::thermal
