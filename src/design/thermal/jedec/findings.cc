// The figures in sentences.
#include <fmt/format.h>

#include "design/thermal/jedec/jedec.h"

namespace bondline::thermal {
namespace {

using package::Finding;
using package::Verdict;

constexpr double kZero = 273.15;

const JedecCase* find(const JedecResult& result, const std::string& name) {
  for (const JedecCase& c : result.cases)
    if (c.name == name && c.why_not.empty()) return &c;
  return nullptr;
}

struct Figure {
  const char *rule, *symbol, *of;
  std::optional<double> JedecResult::*value;
  const char* from;   ///< case
  const char* where;  ///< the reference in words
};
constexpr Figure kFigures[] = {
    {"thermal.theta_ja", "theta_JA", "junction to ambient", &JedecResult::theta_ja, "still_air_2s2p",
     "air at"},
    {"thermal.theta_ja_1s", "theta_JA on the 1s board", "junction to ambient", &JedecResult::theta_ja_1s,
     "still_air_1s", "air at"},
    {"thermal.psi_jt", "psi_JT", "junction to top", &JedecResult::psi_jt, "still_air_2s2p",
     "the middle of the top at"},
    {"thermal.psi_jb", "psi_JB", "junction to board", &JedecResult::psi_jb, "still_air_2s2p",
     "the board beside the body at"},
    {"thermal.theta_jb", "theta_JB", "junction to board", &JedecResult::theta_jb, "ring",
     "the board beside the body at"},
    {"thermal.theta_jc_top", "theta_JC (top)", "junction to case", &JedecResult::theta_jc_top, "top",
     "the case held at"},
    {"thermal.theta_jc_bottom", "theta_JC (bottom)", "junction to case", &JedecResult::theta_jc_bottom,
     "bottom", "the underside held at"},
};

double reference(const Figure& figure, const JedecCase& c) {
  if (figure.value == &JedecResult::psi_jt) return c.top_K;
  if (figure.value == &JedecResult::psi_jb) return c.board_K;
  return c.reference_K;
}

}  // namespace

std::vector<Finding> findings(const package::Design& design, const JedecResult& result) {
  std::vector<Finding> out;
  for (const Figure& figure : kFigures) {
    const JedecCase* c = find(result, figure.from);
    if (!c || !(result.*figure.value)) continue;
    Finding f;
    f.rule = figure.rule;
    f.subject = "package";
    f.value = *(result.*figure.value);
    f.unit = "K/W";
    f.verdict = Verdict::info;
    f.source = c->standard;
    f.why =
        fmt::format("{} = {:.3g} K/W{}: {} at {:.1f} degC, {} {:.1f} degC, {:.3g} W", figure.symbol, *f.value,
                    c->error > 0 ? fmt::format(" (+-{:.1g} from the grid)", c->error) : "", c->hottest,
                    c->junction_K - kZero, figure.where, reference(figure, *c) - kZero, c->power_W);
    if (!c->doubt.empty()) f.why += "; " + c->doubt;
    out.push_back(std::move(f));
  }
  for (const JedecCase& c : result.cases) {
    if (c.why_not.empty()) continue;
    Finding f;
    f.rule = "thermal.jedec";
    f.subject = "package";
    f.where = design.where;
    f.verdict = c.failed ? Verdict::unknown : Verdict::info;
    f.source = c.standard;
    f.why = fmt::format("not told for {}: {}", c.standard, c.why_not);
    if (c.failed) f.mend = "ask for another number of cells (--cells), or leave --jedec out";
    out.push_back(std::move(f));
  }
  return out;
}

}  // namespace bondline::thermal
