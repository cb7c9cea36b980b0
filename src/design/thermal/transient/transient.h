// Heat in time:   c dT/dt - div(k grad T) = q(t)   on the mesh, operator and films of steady() (thermal.h),
// from the first nanoseconds after a power step to hours. Finite volumes are stepped by TR-BDF2 (Bank et al.
// 1985; error estimate of Hosea and Shampine 1996): second order, L-stable, adaptive, every power step is a
// step of its own. Stacks of laterally uniform layers are solved by cosine modes in x and y and exact
// exponentials in time, without steps at all. docs/transient.md holds the equations, validation and usage.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/parallel.h"
#include "design/package/finding.h"
#include "design/package/solids.h"
#include "design/thermal/thermal.h"

namespace bondline::thermal {

/// What a trace that is shorter than the run does next. repeat: begins again (the same work goes on, as its
/// mean in steady() assumes); hold: keeps its last sample; off: no power.
enum class AfterTrace { repeat, hold, off };

/// Where the run begins. off: the steady field without any power (differing ambients flow through it); mean:
/// the steady field of the mean power; first: the steady field of the first sample; temperature: one
/// temperature everywhere.
enum class Initial { off, mean, first, temperature };

struct TransientOptions {
  double until = 0;           ///< s, end of the run, > 0
  double dt = 0;              ///< s, interval of the results, > 0; the solver chooses its own steps
  std::vector<double> times;  ///< s, rising: results at these times instead of every dt
  Initial initial = Initial::off;
  double initial_K = 0;  ///< for Initial::temperature
  AfterTrace after = AfterTrace::repeat;
  /// Finite volumes: more power steps than this, most of them between two results, are averaged from result
  /// to result (heat is kept; told in the notes). 0: every power step is met however many there are.
  std::size_t most_events = 500;
  Path path = Path::automatic;
  double cells = 100e3;        ///< target of the fine grid (finite volumes)
  double tolerance = 1e-3;     ///< error of a time step, relative to what happened since the last power step
  bool estimate_error = true;  ///< a second run on a coarser grid, for the spatial error estimate
  double max_bytes = 0;        ///< 0: 80 % of the memory that is free now
  double runaway_K = 773.15;   ///< a leaking die that passes this has run away: 500 degC, far above use
  std::vector<Probe> probes;
  std::vector<double>
      keep_fields_at;  ///< s: the field of the result nearest to each is kept (finite volumes)
  base::Progress progress;
};

/// Temperatures of one die, block or part at the times of the result.
struct History {
  std::string path;                   ///< "dies.soc", "dies.soc.core0", "block.die"
  std::vector<double> max_K, mean_K;  ///< as in PartTemperature; NaN after a runaway
  std::vector<double> power_W;        ///< just before each time
  /// Estimate of |error| of max_K from the grid, largest over time. Finite volumes: what the extrapolation
  /// from two nested grids took off; the error left is smaller.
  double error_K = 0;
  double peak_K = 0, peak_at = 0;  ///< highest max_K and its time, s
};

/// Heat over the whole run.
struct HeatAccount {
  double in_J = 0, out_J = 0, stored_J = 0;
  double balance = 0;  ///< |stored - (in - out)| / max(|in|, |out|, |stored|)
};

struct KeptField {
  double time = 0;                    ///< s
  std::vector<double> temperature_K;  ///< per cell of TransientResult::mesh, NaN in the void
};

struct Runaway {
  std::string path;  ///< the die
  double time = 0;   ///< s, when its mean passed the bound
  double bound_K = 0;
};

struct TransientResult {
  std::vector<double> time;     ///< s
  std::vector<double> power_W;  ///< whole package, just before each time (leakage included)
  std::vector<History> dies, blocks, parts;
  std::vector<std::vector<double>> probes_K;  ///< [probe][time]; NaN in the void
  std::vector<std::string> probe_in;
  HeatAccount heat;
  std::optional<Runaway> runaway;
  std::string path;  ///< "finite volume" or "spectral"
  std::size_t steps = 0, rejected = 0;
  std::size_t events = 0;    ///< power steps inside the run
  std::size_t cells = 0;     ///< finite volumes; spectral: modes x nodes along z
  std::size_t modes = 0;     ///< spectral: lateral modes carried in time
  double time_error_K = 0;   ///< estimate, accumulated over the steps between events; 0 when exact in time
  double space_error_K = 0;  ///< largest of the histories' error_K
  double seconds = 0;
  std::vector<std::string> notes;
  std::optional<mesh::Mesh> mesh;  ///< with keep_fields_at
  std::vector<KeptField> fields;
};

/// Throws base::Error for what a person can mend: until or dt that are no spans of time, a material without
/// density or specific heat, a design that steady() refuses.
TransientResult transient(const package::Design& design, const package::Assembly& assembly,
                          const TransientOptions& options, base::Pool& pool);

/// Many workloads on one package: designs that differ in the power of their parts alone. Grid, operator,
/// multigrid and modes are made once; steps are shared. results[i] is workload i's.
std::vector<TransientResult> transient_many(const std::vector<const package::Design*>& workloads,
                                            const TransientOptions& options, base::Pool& pool);

/// Peak of every die and limited layer against its limit and the time at which it passes it; runaway; the
/// peak of the last repetition where the power repeats.
std::vector<package::Finding> findings(const package::Design& design, const TransientResult& result);

}  // namespace bondline::thermal
