// Inside the room: the discrete problem of one design on one mesh, and what the other files do with it.
//
// Unknown: u = T - T_ref per cell, T_ref the environment's ambient. Along z, the flux between the centres a
// (below) and b of two cells with volume heat q_a, q_b [W] over area A is
//     F = g (u_a + d_a - u_b - d_b),   1/g = dz_a/(2 kz_a A) + R_c/A + dz_b/(2 kz_b A),   d = q dz / (8 kz
//     A):
// d is what the parabola of T inside a heated cell adds to the straight line, so that one-dimensional heat
// flow with volume heat is exact on any grid. Across, where the heat density steps from q_a to q_b [W/m3]
// between two cells, T is continuous along the step, so all of the step's curvature is across it, and the
// flux becomes
//     F = g (u_a - u_b + e),   e = (q_a - q_b) (dx_a^2 / k_a + dx_b^2 / k_b) / 16.
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "design/mesh/mesh.h"
#include "design/thermal/coolant/coolant_flow.h"
#include "design/thermal/thermal.h"
#include "numerics/conduction_solver.h"

namespace bondline::thermal::detail {

using package::Assembly;
using package::Design;
using package::Face;

/// A cell's face that a film cools.
struct CooledFace {
  std::size_t cell = 0;
  Face face = Face::top;
  int film = 0;        ///< index into Model::films
  double area = 0;     ///< m2
  double half = 0;     ///< W/K from the cell's centre to the face
  double g = 0;        ///< W/K from the cell's centre to the film's ambient
  double ambient = 0;  ///< K above T_ref
};

/// A film as applied: one entry of environment.films, or the heat sink's.
struct AppliedFilm {
  std::string name;  ///< "environment.top", "environment.board.top", "heat_sink"
  std::string part;
  Face face = Face::top;
  double h = 0, ambient = 0;
  bool sink_resistance = false;         ///< h stands for a base-to-ambient resistance
  std::optional<package::FilmLaw> law;  ///< h follows the surface's own temperature (nonlinear/film_laws.h)
  double width = 0, depth = 0,
         height = 0;  ///< m along x, y, z: what the law's film cools; of films with a law
  double factor = 1;  ///< what a change under trial multiplies the law by
  base::Where where;
};

/// Heat entering in a plane of the grid: watts per column at a z line, on the side of the part it belongs to.
struct HeatPlane {
  int line = 0;
  bool owner_above = true;
  std::vector<double> watts;  ///< per column
};

/// A wall that a stream wets: up to two cells and the stream's node around one place. With S the sum of all
/// three, cell a exchanges ga gf / S with the stream, cell b gb gf / S, and a with b ga gb / S.
struct WettedFace {
  enum class Kind { side, top, bottom, volume } kind = Kind::side;
  std::size_t a = SIZE_MAX, b = SIZE_MAX;  ///< b: the averaged walls behind a floor or ceiling, else SIZE_MAX
  std::int32_t node = 0, layer = 0;        ///< layer: index into Assembly::channels
  int axis = 2;                            ///< across the wall
  double ga = 0, gb = 0, gf = 0;           ///< W/K; ga infinite for exchange by volume
  double area = 0;                         ///< m2, what the film acts on
  double link_a() const { return std::isinf(ga) ? gf : ga * gf / (ga + gb + gf); }
  double link_b() const { return gb * gf / (ga + gb + gf); }
  double pair() const { return ga * gb / (ga + gb + gf); }
};

/// The streams of a model with channel layers; empty without.
struct Streams {
  std::vector<char> fluid_solid;   ///< per solid of the assembly: it is coolant
  std::vector<CoolantFlow> flows;  ///< per channel layer
  std::vector<WettedFace> walls;
  std::vector<std::int32_t> layer;       ///< per node: its channel layer
  std::vector<char> last;                ///< per node: it is the end of its chain
  std::vector<double> inlet, source;     ///< per node: K above t_ref; W entering the coolant directly
  std::vector<std::int32_t> node_of;     ///< per cell: the node whose fluid it is, -1 for others
  std::vector<std::size_t> fluid_cells;  ///< those with a node
  std::vector<std::pair<std::int32_t, double>> direct;  ///< heat of planes for nodes, while rhs is made
  struct Layer {
    int k0 = 0, k1 = 0;                     ///< layers of cells [k0, k1)
    std::int32_t first = 0, end = 0;        ///< its nodes
    double open = 0;                        ///< share of its section that is coolant
    std::vector<std::int32_t> column_node;  ///< per column, -1 outside (averaged)
  };
  std::vector<Layer> layers;  ///< per channel layer
};
struct Laws;

struct Model {
  const Design* design = nullptr;
  const Assembly* assembly = nullptr;
  mesh::Mesh mesh;
  numerics::ConductionOperator op;
  std::vector<double> rhs;
  std::vector<double> volume_watts;  ///< per cell; empty when nothing is heated in the volume
  std::vector<HeatPlane> planes;
  std::vector<AppliedFilm> films;
  std::vector<CooledFace> faces;         ///< sorted by cell
  std::vector<std::int32_t> first_face;  ///< per column: first entry of `faces`, size columns + 1
  Streams streams;
  double t_ref = 0;
  double power = 0;                  ///< W, all sources
  std::vector<double> source_scale;  ///< per source of the assembly (1: as designed)
  /// Per solid: what a change under trial multiplies its conductivities by; empty: nothing.
  std::vector<std::array<double, 3>> k_scale;
  /// What follows the temperature: k(T), leakage, films with a law. Null: nothing does, the problem is
  /// linear.
  std::shared_ptr<Laws> laws;

  /// A cell of coolant in a resolved channel.
  bool fluid(std::size_t cell) const {
    return !streams.fluid_solid.empty() && mesh.solid[cell] >= 0 &&
           streams.fluid_solid[std::size_t(mesh.solid[cell])];
  }
  const numerics::TensorGrid& grid() const { return mesh.grid; }
  double dx(int i) const { return mesh.grid.x[std::size_t(i) + 1] - mesh.grid.x[std::size_t(i)]; }
  double dy(int j) const { return mesh.grid.y[std::size_t(j) + 1] - mesh.grid.y[std::size_t(j)]; }
  double dz(int k) const { return mesh.grid.z[std::size_t(k) + 1] - mesh.grid.z[std::size_t(k)]; }
  double area(int i, int j) const { return dx(i) * dy(j); }
  double contact(std::size_t below) const {
    return mesh.contact_above.empty() ? 0 : mesh.contact_above[below];
  }
  /// d of a cell: q dz / (8 kz A).
  double bulge(std::size_t cell, double area, double thick) const {
    return volume_watts.empty() || volume_watts[cell] == 0
               ? 0
               : volume_watts[cell] * thick / (8 * mesh.kz[cell] * area);
  }
  /// e of the face between two cells of one layer, split into what each side's conductivity divides.
  struct Step {
    double a = 0, b = 0;
  };
  Step step(std::size_t a, std::size_t b, double volume_a, double volume_b, double width_a, double width_b,
            double k_a, double k_b) const {
    if (volume_watts.empty() || (volume_watts[a] == 0 && volume_watts[b] == 0)) return {};
    const double jump = (volume_watts[a] / volume_a - volume_watts[b] / volume_b) / 16;
    return {jump * width_a * width_a / k_a, jump * width_b * width_b / k_b};
  }
};

/// Films, sources and conductances on a mesh; throws base::Error for power in the void and for no film at
/// all.
Model make_model(const Design& design, const Assembly& assembly, mesh::Mesh mesh, base::Pool& pool,
                 const std::vector<double>& source_scale = {});

/// The films of a design: environment.films in order, and the heat sink's own when no film names it.
std::vector<AppliedFilm> applied_films(const Design& design, const Assembly& assembly);
void place_films(Model& model);    ///< fills faces and op.ground (films.cc)
void place_sources(Model& model);  ///< fills volume_watts, planes and power (sources.cc)
/// Adds `power` W of one source's heat to volume_watts or planes.
void spread_source(Model& model, const package::HeatSource& source, double power);
void make_conductances(Model& model, base::Pool& pool);  ///< op.gx, gy, gz (operator.cc)
void make_rhs(Model& model);                             ///< rhs from sources, films and bulges (operator.cc)

/// The temperature (above T_ref) of the plane at z line `line` in a column, on the owner's side, and what it
/// is made of:  T_f = (ga (u_a + d_a) + gb (u_b + d_b) + q) / (ga + gb);  b is the cell across, or a film's
/// ambient.
struct FaceValue {
  double value = 0;
  std::size_t a = SIZE_MAX, b = SIZE_MAX;  ///< cells; b SIZE_MAX when the other side is not a cell
  double ga = 0, gb = 0;                   ///< W/K; gb 0 when nothing lies across
  double gf = 0;                           ///< W/K to the stream of an averaged layer that meets here, or 0
  std::int32_t node = -1;                  ///< of that stream, or of the coolant in b
  int face = -1;                           ///< index into Model::faces when a film lies across
  double source = 0;                       ///< W entering here
};
FaceValue face_value(const Model& model, const std::vector<double>& u, int i, int j, int line,
                     bool owner_above);
/// The same without a field (value 0).
FaceValue face_parts(const Model& model, int i, int j, int line, bool owner_above);
/// Fills in the stream that meets a plane, if any (operator.cc).
void stream_at(const Model& model, int i, int j, int line, FaceValue& f);
/// The film on one face of a cell, or null.
const CooledFace* film_on(const Model& model, std::size_t cell, Face face);

/// A field and how it was found.
struct Solution {
  std::vector<double> u;
  numerics::SolveReport report;
  double heat_out = 0;  ///< W through films, net
  double balance = 0;   ///< |power - heat_out| / max(power, gross film heat)
};

/// Solves and closes the heat balance by the constant mode: c = sum(r) / sum(ground) is the Galerkin
/// correction in the space of constants, so it can only lower the error's energy norm.
Solution solve(const Model& model, numerics::ConductionSolver& solver, const SteadyOptions& options,
               std::vector<double> guess = {});
/// Throws with the region's name when the operator is singular.
void refuse_singular(const Model& model, const numerics::ConductionSolver& solver);

std::vector<HeatPath> heat_paths(const Model& model, const std::vector<double>& u);
double heat_out(const Model& model, const std::vector<double>& u, double* gross = nullptr);

// ---- parts
// ----------------------------------------------------------------------------------------------------------

/// A linear functional of the field: the value at the hottest place. Cells by weight, and planes by weight.
struct PlaneTerm {
  int i = 0, j = 0, line = 0;
  bool owner_above = true;
  double weight = 0;
};
struct Functional {
  std::vector<std::pair<std::size_t, double>> cells;
  std::vector<PlaneTerm> planes;
};
double apply(const Model& model, const Functional& f, const std::vector<double>& u);

enum class PartKind { die, block, part };

/// What a temperature is asked of: footprints between z0 and z1 (a plane when `in_plane`), or a set of
/// solids.
struct Region {
  std::string path;
  PartKind kind = PartKind::part;
  std::vector<package::Footprint> footprints;
  double z0 = 0, z1 = 0;
  bool in_plane = false, owner_above = false;
  double plane_z = 0;
  std::vector<int> solids;  ///< used when footprints is empty
  double power = 0;
};
std::vector<Region> regions_of(const Design& design, const Assembly& assembly);

struct PartValue {
  PartTemperature temperature;
  Functional hottest;
};
std::vector<PartValue> measure(const Model& model, const std::vector<double>& u,
                               const std::vector<Region>& regions);
/// On a deck's cells: `cells_mean_K` of blocks, and no error estimates (NaN).
void count_cells(const Model& model, const std::vector<double>& u, const std::vector<Region>& regions,
                 std::vector<PartValue>& values);

/// The hottest point near the centre of a cell, by parabolas inside a solid and face values at its edges.
struct Peak {
  double value = 0;
  std::array<double, 3> at{};
  Functional functional;
};
Peak peak_in_cell(const Model& model, const std::vector<double>& u, int i, int j, int k);
Peak peak_in_plane(const Model& model, const std::vector<double>& u, int i, int j, int line,
                   bool owner_above);

/// Case top and touch temperatures (surfaces.cc).
void surfaces(const Model& model, const std::vector<double>& u, SteadyResult& result);
void probe(const Model& model, const std::vector<double>& u, const SteadyOptions& options,
           SteadyResult& result);

// ---- adjoint
// --------------------------------------------------------------------------------------------------------

/// Derivatives of one functional: per solid with respect to ln kx, ln ky, ln kz; per film to h and to its
/// ambient; per contact to its resistance.
struct Gradient {
  std::vector<std::array<double, 3>> solid;
  std::vector<double> side;  ///< per solid: what its side films' growth adds per ln of its thickness
  std::vector<double> film_h, film_ambient, contact;
  std::vector<double> coolant_flow, coolant_inlet, coolant_h;  ///< per channel layer: per ln flow (films
                                                               ///< held), per K, per ln of its films
};
/// dJ/du at fixed conductivities, films and heat.
std::vector<double> seed_of(const Model& model, const Functional& f);
/// What lambda sees of a watt that enters at a plane: (ga lambda_a + gb lambda_b) / (ga + gb).
double seen_by(const FaceValue& f, const std::vector<double>& lambda);
/// Partial derivatives of  lambda . (b - A u) + J  at fixed u; an empty lambda leaves J alone. `cells`, when
/// it is there (three per cell), receives them per ln k of each cell too.
void collect(const Model& model, const std::vector<double>& u, const std::vector<double>& lambda,
             const Functional& f, Gradient& out, std::vector<std::array<double, 3>>* cells = nullptr);
Gradient empty_gradient(const Model& model);

std::vector<Gradient> adjoint(const Model& model, const std::vector<double>& u,
                              numerics::ConductionSolver& solver,
                              const std::vector<const Functional*>& functionals,
                              const SteadyOptions& options);
/// Whether the thickness of a solid is something a designer sets by itself.
bool has_free_thickness(package::Role role);
/// The sensitivities of one subject, largest effect first (relative change of the parameter times
/// derivative).
std::vector<Sensitivity> sensitivities_of(const Model& model, const std::string& subject, const Gradient& g);
/// d ln k_axis(solid) / d ln k(material).
std::array<double, 3> medium_slope(const Model& model, int solid, int material);

// ---- mends
// ----------------------------------------------------------------------------------------------------------

struct MendSubject {
  std::string path;
  double max_K = 0;
  double limit = std::numeric_limits<double>::infinity();
  Functional hottest;
  Gradient gradient;
};
/// Suggestions, best first, the leading ones confirmed by a solve on `model` (a coarse one will do: only
/// differences are used).
std::vector<Mend> mends_of(const Model& model, const Solution& before,
                           const std::vector<MendSubject>& subjects, const SteadyOptions& options,
                           base::Pool& pool);

// ---- spectral path
// --------------------------------------------------------------------------------------------------

/// Empty when the layered series applies; else why not.
std::string why_not_spectral(const Design& design, const Assembly& assembly);
SteadyResult steady_spectral(const Design& design, const Assembly& assembly, const SteadyOptions& options,
                             base::Pool& pool);

}  // namespace bondline::thermal::detail
