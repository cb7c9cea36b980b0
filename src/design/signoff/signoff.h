// Signs a design off: runs every analysis in the order its inputs allow, independent ones side by side, gathers their
// Findings into one verdict, and makes the report and the handoff.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/log.h"
#include "base/parallel.h"
#include "design/package/finding.h"
#include "design/thermal/thermal.h"
#include "handoff/handoff.h"

namespace bondline::signoff {

struct Options {
  std::string out;                 ///< folder for report.json, handoff.json and pictures; empty: nothing is written
  double cells = 0;                ///< 0: the analyses' own default
  base::Progress progress;
};

struct Timing {
  double seconds = 0;
};

struct SignOff {
  std::vector<package::Finding> findings;   ///< worst first within a subject's discipline
  package::Verdict verdict = package::Verdict::info;
  std::map<std::string, Timing> analyses;   ///< "rules", "thermal.steady", ...
  thermal::SteadyResult thermal;
  handoff::Handoff handoff;
  std::vector<std::string> files;           ///< written, relative to options.out
};

SignOff sign_off(const package::Design& design, base::Files& files, base::Pool& pool, const Options& options);

/// report.json: findings, verdict, analyses, defaults, stored keys, provenance, thermal result (SI).
std::string to_json(const package::Design& design, const SignOff& result);

/// The table a person reads in a terminal, 100 columns.
std::string to_terminal(const package::Design& design, const SignOff& result, int width, bool colour);

}  // namespace bondline::signoff
