// Thermal impedance of one heated part: what its own watts do to its temperature over time,
//     Z(t) = (T(t) - T(0)) / P   after the power steps on at t = 0,
// with every other source off and without leakage, on a logarithmic scale of time; and what the curve says of
// the path of the heat (structure_function.h). docs/transient.md tells how to read them.
#pragma once
#include <string>
#include <vector>

#include "design/thermal/transient/impedance/structure_function.h"
#include "design/thermal/transient/transient.h"

namespace bondline::thermal {

struct ImpedanceOptions {
  std::string part;         ///< "soc" or "dies.soc"; empty: the part with the largest power
  double from = 1e-6;       ///< s, the first time
  double until = 0;         ///< s, the last; 0: where the curve has reached its end within 0.1 %
  int per_decade = 20;      ///< times
  double power = 0;         ///< W of the step; 0: the part's own (k(T) is then read where it will end)
  double cells = 100e3;     ///< as in TransientOptions
  double tolerance = 5e-4;  ///< of the fields in time, relative (finite volumes)
  Path path = Path::automatic;
  base::Progress progress;
};

struct Impedance {
  std::string part;
  double power_W = 0;
  std::vector<double> time;       ///< s
  std::vector<double> z;          ///< K/W, of the mean over the heat of the part: the driving point
  std::vector<double> z_hottest;  ///< K/W, of the part's hottest point
  double steady = 0;              ///< K/W, z when nothing changes any more
  double steady_hottest = 0;
  std::vector<TimeConstant> spectrum;
  StructureFunction structure;
  double fit_error = 0;  ///< largest |Foster - z| / steady
  std::string path;
  double balance = 0;  ///< of the run's heat; finite volumes: of the steady field's
  double seconds = 0;
  std::vector<std::string> notes;
};

/// Throws base::Error for a part that is not there or has no power and none was given, and what transient()
/// refuses.
Impedance impedance(const package::Design& design, const ImpedanceOptions& options, base::Pool& pool);

}  // namespace bondline::thermal
