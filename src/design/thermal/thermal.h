// Steady heat in a package:   -div(k grad T) = q   in the solids,   -k dT/dn = h (T - T_ambient)   on outer
// surfaces, cell-centred finite volumes with harmonic faces on mesh::Mesh, solved by
// numerics::ConductionSolver, or by numerics::solve_layered where every layer is laterally uniform. Each
// result says its heat balance, its discretisation error (from the nested coarser grid, Richardson 1911) and
// what changing a material, thickness or film would do (adjoint). docs/thermal.md holds the equations and
// their validation.
#pragma once
#include <array>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/parallel.h"
#include "design/mesh/mesh.h"
#include "design/package/finding.h"
#include "design/package/solids.h"

namespace bondline::thermal {

enum class Path { automatic, finite_volume, spectral };

struct Probe {
  double x = 0, y = 0, z = 0;  ///< m, the format page's coordinates
};

struct SteadyOptions {
  double cells = 250e3;         ///< target of the fine grid; many small parts may need more (see mesh.h)
  Path path = Path::automatic;  ///< automatic: spectral where it applies, else finite volumes
  double relative_residual = 1e-8;
  double max_bytes = 0;        ///< 0: 80 % of the memory that is free now
  bool estimate_error = true;  ///< one more solve on the nested grid of half the resolution
  bool sensitivities = true;   ///< one adjoint solve per limit, batched
  bool keep_field = false;     ///< keep mesh and temperature in the result (maps, VTK)
  /// m; > 0: the cells of another tool's deck instead of a grid of our own (mesh::MeshOptions::even_cells),
  /// to compare with what it prints. No error estimate, no series; plain blocks only.
  std::array<double, 2> deck_cells{};
  std::vector<Probe> probes;
  base::Progress progress;
};

/// What one part (die, block of a floorplan, board, lid, block layer) reached.
struct PartTemperature {
  std::string path;  ///< "dies.soc", "dies.soc.core0", "board", "block.die"
  /// Hottest point, by parabolas through cell centres and values on faces (so that it converges with the
  /// square of the spacing); mean over where the part's heat enters: the plane of its sources, else its
  /// volume.
  double max_K = 0, mean_K = 0;
  double min_K = 0;                ///< coldest cell
  std::array<double, 3> max_at{};  ///< m
  double power_W = 0;
  double error_K = 0;       ///< estimate of |error| of max_K; NaN on a deck's cells
  double mean_error_K = 0;  ///< of mean_K
  /// On a deck's cells, of a floorplan block: every cell it touches counts once, however little of it is
  /// touched, and every one of its rectangles alike, as 3D-ICE averages; otherwise NaN.
  double cells_mean_K = std::numeric_limits<double>::quiet_NaN();
};

/// d(max temperature of `subject`)/d(parameter).
struct Sensitivity {
  std::string subject;    ///< "dies.soc"
  std::string parameter;  ///< "materials.TIM-1.k", "dies.soc.attach.underfill", "environment.top.h"
  double value = 0;       ///< the parameter now, SI
  double dT_dp = 0;       ///< K per SI unit of the parameter
  std::string unit;       ///< SI unit of the parameter: "W/(m K)", "m", "W/(m2 K)"
};

/// Heat leaving through the surfaces that look one way, or through a part's films.
struct HeatPath {
  std::string through;  ///< "top", "bottom", "sides", "board bottom", "heat_sink"
  double watts = 0;
};

/// The smallest change of one parameter that would bring a part to its limit (or help most), by the adjoint
/// and then confirmed by a solve.
struct Mend {
  std::string subject, parameter;
  double from = 0, to = 0;  ///< SI
  std::string unit;
  double predicted_change_K = 0;  ///< negative: cooler; confirmed by a solve with the change made
  std::string text;               ///< "raise k of TIM-1 from 3 to 5 W/(m K): -4.1 K"
};

/// What the coolant of one channel layer did. Negative numbers: not known (the coolant's properties or the
/// film were given without what it takes).
struct CoolantResult {
  std::string path;     ///< "block.cavity", "heat_sink.channels", "dies.soc.channels"
  std::string coolant;  ///< its name
  std::string model;    ///< "resolved", "four_resistor" or "averaged"
  int channels = 0;     ///< 0 for pins
  double inlet_K = 0, outlet_K = 0, outlet_max_K = 0;  ///< outlet: mixed; hottest channel's
  double rise_K = 0, heat_W = 0;
  double rate_W_K = 0;  ///< heat capacity rate: heat over rise
  double flow_m3_s = 0, velocity_m_s = 0;
  double h_W_m2K = 0;  ///< on side walls (per footprint of the floor where base_h was given)
  double reynolds = -1, nusselt = -1;
  double pressure_drop_Pa = -1, pump_W = -1;  ///< pump: drop times flow, at an efficiency of one
  double entrance_share = -1;                 ///< thermal entrance length over the channel's length
  double wall_max_K = 0;                      ///< hottest wetted wall
  double boiling_K = 0;                       ///< of the coolant; 0: not known
  base::Where where;
};

/// How far leakage is from thermal runaway (docs/nonlinear.md).
struct RunawayMargin {
  std::string subject;  ///< the die whose loop is tightest
  base::Where where;
  /// Loop gain: the spectral radius of d(leakage)/dT times the package's thermal resistance. One is runaway.
  /// Where `beyond`: the leakage over what the package can carry.
  double gain = 0;
  bool beyond = false;   ///< no steady temperature exists
  double leakage_W = 0;  ///< all dies, at the answer
  double leakage_factor =
      0;  ///< the leakage may be multiplied by this before it runs away; below 1 when beyond; 0: unknown
  double leakage_factor_error = 0;  ///< of leakage_factor, from the grid
  double ambient_K = 0;             ///< ambient at which it would run away; 0 when beyond
  double power_factor = 0;          ///< the other heat may be multiplied by this; 0 when beyond
  double shown_at = 1;              ///< temperatures are those of this share of the leakage (1 unless beyond)
  struct Die {
    std::string path;
    double watts = 0;
  };
  std::vector<Die> dies;
};

/// What a film with a law came to.
struct FilmUsed {
  std::string name;
  double h = 0;  ///< W/(m2 K), of it `radiation`
  double radiation = 0;
  double surface_K = 0;  ///< mean of its surface
  double ambient_K = 0;
  double watts = 0;  ///< carried off
  bool valid = true;
  double scatter = 0;              ///< relative, of the correlation
  double linearisation_error = 0;  ///< of the radiated heat anywhere on the surface, relative
  double pressure_drop = 0;        ///< Pa; 0: none
  double coolant_rise = 0;         ///< K; 0: air that stays at ambient
  std::string source, doubt;
  base::Where where;
};

struct SteadyResult {
  std::vector<PartTemperature> dies;    ///< in the design's order (empty for a plain block)
  std::vector<PartTemperature> blocks;  ///< floorplan blocks and block layers
  std::vector<PartTemperature> parts;   ///< board, lid, mold, substrate, heat sink, balls, passives
  std::vector<double> probes_K;
  std::vector<std::string>
      probe_in;  ///< path of the solid each probe lies in; "" in the void (then probes_K is NaN)
  double heat_in_W = 0, heat_out_W = 0;
  double balance = 0;  ///< |in - out| / in, computed from films, apart from the residual
  std::vector<HeatPath> paths;
  std::vector<CoolantResult> coolants;
  double case_top_K = 0;                ///< middle of the topmost outer surface
  std::array<double, 3> case_top_at{};  ///< m
  double touch_K = 0;                   ///< hottest outer surface
  std::array<double, 3> touch_at{};     ///< m
  double error_estimate_K = 0;          ///< the largest of the parts' error_K
  std::vector<Sensitivity> sensitivities;
  std::vector<Mend> mends;               ///< best first, per subject with a limit
  std::optional<RunawayMargin> runaway;  ///< when something leaks
  std::vector<FilmUsed> films;           ///< those with a law
  int outer_iterations = 0;   ///< Newton steps over k(T), leakage and films; 0: the problem is linear
  double outer_change_K = 0;  ///< largest change of the last of them
  std::string path;           ///< "finite volume" or "spectral"
  std::size_t cells = 0;
  int iterations = 0;
  double relative_residual = 0;
  double seconds = 0, seconds_mesh = 0, seconds_solve = 0;
  double forecast_bytes = 0;  ///< told before the solve
  std::vector<mesh::MediumBounds> media;
  std::vector<std::string> notes;
  std::optional<mesh::Mesh> mesh;     ///< when keep_field
  std::vector<double> temperature_K;  ///< per cell, when keep_field; NaN in the void
};

/// Throws base::Error for what a person can mend: no film anywhere (singular), power in the void, a material
/// without conductivity, more cells than memory, a solve that missed its tolerance.
SteadyResult steady(const package::Design& design, const package::Assembly& assembly,
                    const SteadyOptions& options, base::Pool& pool);

/// Findings of a steady result: junction, gradient, case, board, touch limits; where the heat goes; unlimited
/// dies as info; a warning where the margin is smaller than the error estimate.
std::vector<package::Finding> findings(const package::Design& design, const SteadyResult& result);

}  // namespace bondline::thermal
