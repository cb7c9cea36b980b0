#include "design/signoff/impedance_chapter.h"

#include <fmt/format.h>

#include <algorithm>

namespace bondline::signoff {
namespace {

constexpr const char* kAnalysis = "thermal.impedance";

/// The powered die whose junction is nearest to its limit; empty where none has one.
std::string tightest_die(const SignOff& result) {
  const package::Finding* tightest = nullptr;
  for (const auto& f : result.findings) {
    if (f.rule != "thermal.junction" || !f.margin) continue;
    const auto die = std::find_if(result.thermal.dies.begin(), result.thermal.dies.end(),
                                  [&](const auto& d) { return d.path == f.subject && d.power_W > 0; });
    if (die != result.thermal.dies.end() && (tightest == nullptr || *f.margin < *tightest->margin))
      tightest = &f;
  }
  return tightest == nullptr ? "" : tightest->subject;
}

Curve curve(const std::string& title, const char* x, const char* x_unit, const char* y, const char* y_unit) {
  Curve out;
  out.analysis = kAnalysis;
  out.title = title;
  out.x_label = x, out.x_unit = x_unit;
  out.y_label = y, out.y_unit = y_unit;
  return out;
}

Series series(const std::string& name, const std::vector<double>& x, const std::vector<double>& y) {
  Series out;
  out.name = name;
  out.x = x, out.y = y;
  return out;
}

/// The last half per cent of the resistance is the surroundings, whose capacity has no end: left out.
Series along_the_path(const std::string& name, const thermal::StructureFunction& path,
                      const std::vector<double>& y) {
  Series out;
  out.name = name;
  for (std::size_t n = 0; n < path.resistance.size(); ++n) {
    if (path.resistance[n] > 0.995 * path.resistance.back()) break;
    out.x.push_back(path.resistance[n]);
    out.y.push_back(y[n]);
  }
  return out;
}

}  // namespace

std::vector<Curve> impedance_curves(const thermal::Impedance& r) {
  Curve z = curve("Thermal impedance of " + r.part, "time", "s", "Z(t)", "K/W");
  z.log_x = z.log_y = true;
  z.series = {series("mean over its heat", r.time, r.z), series("hottest point", r.time, r.z_hottest)};
  z.note = fmt::format(
      "Its own power alone, {:.3g} W stepped on, without leakage; ends at {:.4g} K/W ({:.4g} K/W of the "
      "hottest point). {}.",
      r.power_W, r.steady, r.steady_hottest, r.path);
  Curve structure = curve("Structure function of " + r.part, "thermal resistance from the heat", "K/W",
                          "heat capacity passed", "J/K");
  structure.log_y = true;
  structure.series = {along_the_path("", r.structure, r.structure.capacity)};
  structure.note = fmt::format(
      "Along the path of the heat: steep where it passes much capacity (silicon, copper), flat where it "
      "passes resistance "
      "(attach, interfaces); the surroundings at its end are left out. The spectrum behind it misses the "
      "curve by {:.2g} % at most.",
      100 * r.fit_error);
  Curve slope = curve("Differential structure function of " + r.part, "thermal resistance from the heat",
                      "K/W", "dC/dR", "J W/K2");
  slope.log_y = true;
  slope.series = {along_the_path("", r.structure, r.structure.slope)};
  return {z, structure, slope};
}

void add_impedance(const package::Design& design, base::Pool& pool, const Options& options, SignOff& out) {
  try {
    thermal::ImpedanceOptions o;
    o.part = tightest_die(out);
    o.from = 1e-3;  // earlier needs a far finer grid: `bondline thermal impedance` goes there
    o.cells = 12e3;
    o.per_decade = 12;
    o.progress = options.progress;
    for (Curve& c : impedance_curves(thermal::impedance(design, o, pool)))
      out.content.curves.push_back(std::move(c));
  } catch (const base::Error& e) {
    for (const auto& d : e.diagnostics().all()) {
      if (d.severity != base::Severity::error) continue;
      package::Finding f;
      f.rule = "thermal.impedance";
      f.subject = "design";
      f.verdict = package::Verdict::unknown;
      f.why = "the thermal impedance was not computed: " + d.what;
      f.mend = d.mend;
      f.source = "thermal impedance";
      f.where = d.where;
      out.findings.push_back(std::move(f));
    }
  }
}

}  // namespace bondline::signoff
