// Signs a design off: runs every analysis in the order its inputs allow, gathers their Findings into one
// verdict, and makes the report and the handoff. A design whose geometry cannot be built is not solved: its
// temperatures are "unknown", and the Finding says why.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/log.h"
#include "base/parallel.h"
#include "design/package/finding.h"
#include "design/package/written.h"
#include "design/signoff/content.h"
#include "design/thermal/jedec/jedec.h"
#include "design/thermal/thermal.h"
#include "handoff/handoff.h"

namespace bondline::signoff {

/// Analyses that take their time and are run when asked for.
struct With {
  bool time = false;       ///< warming up from ambient, and the power traces
  bool impedance = false;  ///< thermal impedance and structure function of the tightest die
  bool reduced = false;    ///< reduced thermal model: resistances from die to die; carried by the handoff
};

struct Options {
  std::string
      out;  ///< folder for report.html, report.json, handoff.json and pictures; empty: nothing is written
  double cells = 0;  ///< 0: the analyses' own default
  int fields = 5;    ///< fields in the page at most; 0: none (the 3D view then shows materials alone)
  double field_cells = 250e3;  ///< cells of one field in the page at most: finer ones are thinned out
  bool jedec = true;           ///< the data sheet's figures too (thermal/jedec)
  With with;
  std::string made_by = "bondline";  ///< program and version, for the handoff
  base::Progress progress;
};

struct Timing {
  double seconds = 0;
};

struct SignOff {
  std::vector<package::Finding>
      findings;  ///< by discipline, worst first within one, then the smallest margin
  package::Verdict verdict = package::Verdict::info;
  std::map<std::string, Timing> analyses;     ///< "rules", "thermal.steady", "pictures"; only what was run
  thermal::SteadyResult thermal;              ///< empty (no path) when it could not be run
  std::optional<thermal::JedecResult> jedec;  ///< with options.jedec
  Content content;  ///< curves, tables and fields of any analysis, in the order the report shows them
  std::vector<package::Written> inputs;  ///< every value the user wrote, with options.out
  handoff::Handoff handoff;
  std::vector<std::string> files;  ///< written, relative to options.out
  double seconds = 0;              ///< wall time of it all
};

/// Runs everything and, with options.out, writes report.html, report.json, handoff.json and pictures there.
/// Throws base::Error when the design cannot be stacked at all or a file cannot be written; an analysis that
/// fails becomes an unknown Finding.
SignOff sign_off(const package::Design& design, base::Files& files, base::Pool& pool, const Options& options);

/// report.json (docs/formats/report.md): findings, verdict, analyses, defaults, stored keys, provenance,
/// thermal result (SI).
std::string to_json(const package::Design& design, const SignOff& result);

/// The table a person reads in a terminal, at most `width` (<= 100) columns.
std::string to_terminal(const package::Design& design, const SignOff& result, int width, bool colour);

}  // namespace bondline::signoff
