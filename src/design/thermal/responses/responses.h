// What a package answers to each of its sources. With constant conductivities and films steady heat is
// linear: the answers to the sources that vary by themselves span the answers to every power map, exactly.
// docs/thermal-responses.md says what is solved and how many solves that takes.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/parallel.h"
#include "design/package/solids.h"
#include "design/thermal/thermal.h"

namespace bondline::thermal {

struct ResponseOptions {
  double cells = 250e3;             ///< of the one grid that is solved on
  double relative_residual = 1e-8;  ///< of each solve
  double max_bytes = 0;             ///< 0: no limit but the mesh's own forecast
  base::Progress progress;
};

/// Watts by source: "soc" (what the die gives beside its blocks), "soc.core0", "die" (a block's layer).
/// Sources that are not named keep the design's power.
struct PowerMap {
  std::string name;
  std::map<std::string, double> watts;
};

struct MapTemperatures {
  std::string name;
  std::vector<PartTemperature> dies, blocks;  ///< as steady() gives them; without error estimates
  double heat_in_W = 0, heat_out_W = 0;
  double balance = 0;  ///< |in - out| / in
};

struct ManyResult {
  std::vector<MapTemperatures> maps;
  std::size_t cells = 0;
  int solves = 0;          ///< right-hand sides solved for all maps
  std::string spanned_by;  ///< "sources" or "maps": what was solved for
  double seconds_mesh = 0, seconds_solve = 0, seconds_measure = 0, seconds = 0;  ///< solve: with its setup
  std::vector<std::string> notes;
};

/// Names that a PowerMap may use, in the assembly's order.
std::vector<std::string> source_names(const package::Assembly& assembly);

/// Steady temperatures under many power maps. Sources whose powers stand in one ratio in all maps are solved
/// for once; where there are more such groups than maps, the maps themselves. k(T) is frozen per solid at its
/// mean under the designed powers (said in the notes); a leaking die closes its loop in every map by itself,
/// and a map under which it would run away is refused by name. Throws base::Error as steady() does, and for
/// names that are no source.
ManyResult steady_many(const package::Design& design, const package::Assembly& assembly,
                       const std::vector<PowerMap>& maps, const ResponseOptions& options, base::Pool& pool);

/// R_ij = rise of part i above the ambient per watt in part j alone, K/W, row-major. A part's watts are
/// spread as the design spreads them; a part without power is heated evenly where its heat would enter.
struct ResistanceMatrix {
  std::vector<std::string> names;  ///< "soc": dies, or the heated blocks of a plain block
  std::vector<double> peak;        ///< of part i's hottest point
  std::vector<double> mean;        ///< of part i's mean over where its heat enters
  /// Largest |R_ij - R_ji| / sqrt(R_ii R_jj) of the means: zero (to the solver's tolerance) where parts are
  /// heated evenly, by reciprocity.
  double asymmetry = 0;
  std::size_t cells = 0;
  double seconds = 0;
  std::vector<std::string> notes;
};

ResistanceMatrix resistance_matrix(const package::Design& design, const package::Assembly& assembly,
                                   const ResponseOptions& options, base::Pool& pool);

}  // namespace bondline::thermal
