// The thermal figures of a data sheet, by the set-ups of JEDEC's JESD51 series, each solved as steady heat:
//   theta_JA = (TJ - TA) / P      still air (JESD51-2A), package on the standard's board
//   psi_JT = (TJ - TT) / P, psi_JB = (TJ - TB) / P   in the same set-up (JESD51-12)
//   theta_JB = (TJ - TB) / P      all heat into a ring cold plate on the board (JESD51-8)
//   theta_JC = (TJ - TC) / P      all heat through one face onto a cold plate (JESD51-14's path)
// TJ is the hottest point of the hottest die, P all the heat, TT the middle of the package's top, TB the
// board's top face 1 mm beside the middle of the package's longer sides (the warmer side), TC the held case.
// They describe the package alone: an external heat sink, its coolant and the design's own board are left
// out, leakage is off. docs/jedec.md holds the set-ups in full.
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

struct JedecOptions {
  double cells = 100e3;  ///< of each set-up's fine grid
  bool estimate_error = true;
  bool one_signal = true;  ///< theta_JA on the 1s board too
  bool matrix = true;      ///< die to die
  double max_bytes = 0;    ///< 0: 80 % of the memory that is free now
  base::Progress progress;
};

/// One set-up as solved.
struct JedecCase {
  std::string name;      ///< "still_air_2s2p", "still_air_1s", "ring", "top", "bottom"
  std::string standard;  ///< "JESD51-2A, board JESD51-9 2s2p"
  std::string why_not;  ///< when it could not be solved or does not apply: a sentence; the rest is then empty
  bool failed = false;  ///< it should apply, but the solve failed
  double power_W = 0;
  double junction_K = 0, reference_K = 0;  ///< hottest point; ambient, board or case
  double top_K = 0, board_K = 0;           ///< TT and TB; 0 without
  double theta = 0;                        ///< K/W, against the reference
  double error = 0;                        ///< K/W, from the grid
  std::string hottest;                     ///< the die
  std::vector<FilmUsed> films;             ///< in still air
  std::string doubt;                       ///< films outside their correlations' range
};

/// T_i - T_A per watt in die j, in still air on the 2s2p board: films held at what they came to.
struct DieMatrix {
  std::vector<std::string> dies;  ///< those that dissipate, in the design's order
  std::vector<std::vector<double>>
      theta;  ///< [i][j], K/W: i's mean over where its heat enters, per watt in j
};

struct JedecResult {
  std::optional<double> theta_ja, theta_jb, theta_jc_top, theta_jc_bottom, psi_jt, psi_jb;  ///< K/W
  std::optional<double> theta_ja_1s;
  std::vector<JedecCase> cases;
  std::optional<DieMatrix> matrix;
  std::vector<std::string> notes;
  double seconds = 0;
};

/// Never throws for what does not apply: a case then says why not. Throws base::Error when the design cannot
/// be stacked at all.
JedecResult jedec(const package::Design& design, const JedecOptions& options, base::Pool& pool);

/// One finding per figure (info), and one per set-up that does not apply (info) or failed (unknown).
std::vector<package::Finding> findings(const package::Design& design, const JedecResult& result);

}  // namespace bondline::thermal
