// Compact thermal models of a package for tools that know nothing of its inside: a DELPHI-class network of
// resistances between junctions and surface patches, independent of what cools the surfaces within a stated
// error (Lasance, Vinke and Rosten 1995; JEDEC JESD15-4), and the two resistors of JESD15-3. The package
// alone: without its board and heat sink, whoever uses the model brings those. docs/compact-models.md.
#pragma once
#include <limits>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/parallel.h"
#include "design/package/design.h"

namespace bondline::thermal {

struct CompactOptions {
  double cells = 40e3;  ///< of the finite volumes that the network is fitted to
  base::Progress progress;
};

/// Film coefficients on the package's outer surfaces, W/(m2 K).
struct FilmSet {
  double top = 0, bottom = 0, sides = 0;
};

struct CompactNode {
  std::string name;  ///< "soc.junction"; "top.inner", "top.outer", "bottom...", "sides"; over several stacks
                     ///< of dies "top.soc"
  double area = 0;   ///< m2 that a film acts on; 0: a junction
};

struct CompactLink {
  int a = 0, b = 0;        ///< nodes
  double conductance = 0;  ///< W/K, > 0
};

/// How the network answers one film set, against the finite volumes.
struct CompactPoint {
  FilmSet films;
  bool fitted = true;  ///< false: kept out of the fit to check it
  double junction_error =
      0;                  ///< largest |rise - rise of the full model| over the rise of the heated junction
  double flow_error = 0;  ///< largest difference of a surface's share of the heat
};

struct CompactNetwork {
  std::vector<CompactNode> nodes;
  std::vector<CompactLink> links;
  std::vector<CompactPoint> points;
  double fit_error = 0;    ///< largest junction_error of the fitted sets
  double check_error = 0;  ///< of the sets that were kept out
  double flow_error = 0;   ///< largest of all sets
  std::size_t cells = 0;
  double seconds = 0;
  std::vector<std::string> notes;

  /// Rise of every node above the ambient, K, under watts per junction (first nodes) and one ambient.
  std::vector<double> rises(const FilmSet& films, const std::vector<double>& watts) const;
};

/// Fits positive conductances between all nodes by Levenberg and Marquardt on their logarithms. The junction
/// that is heated is its hottest point, the others are means. Throws base::Error as steady() does.
CompactNetwork delphi_network(const package::Design& design, const CompactOptions& options, base::Pool& pool);

/// JESD15-3: junction to case top and junction to board, K/W; NaN where it could not be found (notes say
/// why).
struct TwoResistor {
  double theta_jc_top = std::numeric_limits<double>::quiet_NaN();
  double theta_jb = std::numeric_limits<double>::quiet_NaN();
  std::size_t cells = 0;
  std::vector<std::string> notes;
};

/// All dies share a watt as designed; the junction is the hottest point of all. theta_jc_top: the package's
/// top faces held at one temperature, nothing else cooled. theta_jb: JESD51-8's ring, modelled as the
/// design's own board cut 5 mm from the body and held there, the board read 1 mm from the middle of the
/// body's long side.
TwoResistor two_resistor(const package::Design& design, const CompactOptions& options, base::Pool& pool);

/// The network as a SPICE subcircuit: 1 V is 1 K, 1 A is 1 W.
std::string to_spice(const CompactNetwork& network, const std::string& name);

}  // namespace bondline::thermal
