#include "design/signoff/time_chapter.h"
#include "design/signoff/report_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "design/thermal/transient/transient.h"

namespace bondline::signoff {
namespace {

using package::Finding;
using package::Verdict;

constexpr double kZero = 273.15;
constexpr double kTolerance = 4e-3;  ///< of a step: its share of the error stays below the grid's
constexpr double kCells = 12e3;      ///< of the coarse grid aimed at
constexpr double kFirst =
    0.02;  ///< s; earlier results need a finer grid beside the heat (thermal impedance shows them)
constexpr double kLast = 3600;  ///< s; slower packages end before they have settled, and the note says so
constexpr int kPerDecade = 8;
constexpr std::size_t kMostLines = 7;  ///< as many as the page has colours for

/// The same design with every power trace at its mean.
package::Design at_mean_power(package::Design design) {
  const auto flatten = [](package::Power& power) {
    if (!power.trace || power.trace->watts.empty()) return;
    std::vector<double> mean;
    for (std::size_t b = 0; b < power.trace->blocks.size(); ++b) mean.push_back(power.trace->mean(b));
    power.trace->watts = {mean};
  };
  for (auto& die : design.dies) flatten(die.power);
  if (design.block)
    for (auto& layer : design.block->layers) flatten(layer.power);
  return design;
}

/// Length of the longest power trace, s; 0 without one.
double longest_trace(const package::Design& design) {
  double out = 0;
  const auto look = [&](const package::Power& power) {
    if (power.trace && power.trace->watts.size() > 1)
      out = std::max(out, power.trace->interval * double(power.trace->watts.size()));
  };
  for (const auto& die : design.dies) look(die.power);
  if (design.block)
    for (const auto& layer : design.block->layers) look(layer.power);
  return out;
}

/// The dies, else the heated layers and blocks of a plain block; the hottest where they are many.
std::vector<const thermal::History*> shown(const thermal::TransientResult& r) {
  std::vector<const thermal::History*> out;
  for (const auto& h : r.dies) out.push_back(&h);
  if (out.empty())
    for (const auto& h : r.blocks)
      if (std::any_of(h.power_W.begin(), h.power_W.end(), [](double w) { return w != 0; })) out.push_back(&h);
  if (out.size() > kMostLines) {
    std::stable_sort(out.begin(), out.end(),
                     [](const auto* a, const auto* b) { return a->peak_K > b->peak_K; });
    out.resize(kMostLines);
  }
  return out;
}

/// How many results to show: until all have come within half a per cent of their rise, and a little beyond.
std::size_t settled_after(const thermal::TransientResult& r) {
  std::size_t last = 0;
  for (const auto* h : shown(r)) {
    const double rise = h->max_K.back() - h->max_K.front();
    for (std::size_t t = 0; t < r.time.size(); ++t)
      if (std::abs(h->max_K.back() - h->max_K[t]) > 0.005 * std::abs(rise)) last = std::max(last, t);
  }
  return std::min(r.time.size(), last + 1 + kPerDecade / 2);
}

Series line(const thermal::History& h, const std::vector<double>& time, std::size_t count, double scale) {
  Series out;
  out.name = short_name(h.path);
  for (std::size_t t = 0; t < count; ++t) {
    out.x.push_back(time[t] * scale);
    out.y.push_back(h.max_K[t] - kZero);
  }
  return out;
}

Field field_at(const thermal::TransientResult& r, const thermal::KeptField& kept) {
  Field out{"thermal.transient", fmt::format("Temperature after {:.3g} s", kept.time), "degC", r.mesh->grid,
            kept.temperature_K};
  for (double& v : out.value) v -= kZero;
  return out;
}

void warm_up(const package::Design& design, base::Pool& pool, const Options& options, SignOff& out) {
  thermal::TransientOptions o;
  o.cells = kCells;
  o.tolerance = kTolerance;
  o.until = o.dt = kLast;
  const int steps = int(std::lround(kPerDecade * std::log10(kLast / kFirst)));
  o.times.push_back(0);
  for (int n = 0; n <= steps; ++n)
    o.times.push_back(n == steps ? kLast : kFirst * std::pow(10.0, double(n) / kPerDecade));
  const bool fields = options.fields > 1 && !options.out.empty();
  if (fields) o.keep_fields_at = {0.1, 1, 10, 100, 1000};
  o.progress = options.progress;
  const package::Design steady = at_mean_power(design);
  const thermal::TransientResult r = thermal::transient(steady, package::assemble(steady), o, pool);
  const std::size_t count = settled_after(r);
  Curve curve;
  curve.analysis = "thermal.transient";
  curve.title = "Warming up from ambient, all power on at t = 0";
  curve.x_label = "time";
  curve.x_unit = "s";
  curve.log_x = true;
  curve.y_label = "hottest point";
  curve.y_unit = "degC";
  for (const auto* h : shown(r)) curve.series.push_back(line(*h, r.time, count, 1));
  curve.note = fmt::format(
      "Power traces at their mean. {}, {}; error estimates {:.2g} K from the grid and {:.2g} K from the "
      "steps in time: "
      "the table of the dies rests on a finer grid.{}",
      r.path, r.cells > 0 ? fmt::format("{} cells", r.cells) : fmt::format("{} modes", r.modes),
      r.space_error_K, r.time_error_K, count == r.time.size() ? " Not settled after an hour." : "");
  out.content.curves.push_back(std::move(curve));
  if (!r.mesh) return;
  for (const auto& kept : r.fields) {
    if (int(out.content.fields.size()) >= options.fields) break;
    if (kept.time < r.time[count - 1] && kept.time > 0) out.content.fields.push_back(field_at(r, kept));
  }
}

void under_traces(const package::Design& design, const package::Assembly& assembly, double length,
                  base::Pool& pool, const Options& options, SignOff& out) {
  thermal::TransientOptions o;
  o.cells = kCells;
  o.tolerance = kTolerance;
  o.until = 2 * length;
  o.dt = length / 60;
  o.initial = thermal::Initial::mean;
  o.progress = options.progress;
  const thermal::TransientResult r = thermal::transient(design, assembly, o, pool);
  const auto [unit, scale] = length < 1e-3  ? std::pair{"us", 1e6}
                             : length < 1.0 ? std::pair{"ms", 1e3}
                                            : std::pair{"s", 1.0};
  Curve curve;
  curve.analysis = "thermal.transient";
  curve.title = "Under the power traces, from the steady state of their mean";
  curve.x_label = "time";
  curve.x_unit = unit;
  curve.y_label = "hottest point";
  curve.y_unit = "degC";
  for (const auto* h : shown(r)) curve.series.push_back(line(*h, r.time, r.time.size(), scale));
  curve.note =
      fmt::format("Two passes of the longest trace. {} cells; error estimate {:.2g} K from the grid.",
                  r.cells, r.space_error_K);
  out.content.curves.push_back(std::move(curve));
  Curve power;
  power.analysis = "thermal.transient";
  power.title = "Power of the whole package";
  power.x_label = "time";
  power.x_unit = unit;
  power.y_label = "power";
  power.y_unit = "W";
  Series all;
  all.steps = true;
  for (std::size_t t = 1; t < r.time.size(); ++t) {  // power_W holds until its time
    all.x.push_back(r.time[t - 1] * scale);
    all.y.push_back(r.power_W[t]);
  }
  power.series.push_back(std::move(all));
  out.content.curves.push_back(std::move(power));
  for (auto& f : thermal::findings(design, r))
    if (f.limit || f.verdict == Verdict::fail || f.verdict == Verdict::unknown)
      out.findings.push_back(std::move(f));
}

Finding not_run(const std::string& why, const std::string& mend) {
  Finding f;
  f.rule = "thermal.transient";
  f.subject = "design";
  f.verdict = Verdict::unknown;
  f.why = why;
  f.mend = mend;
  f.source = "heat over time";
  return f;
}

}  // namespace

void add_heat_in_time(const package::Design& design, const package::Assembly& assembly, base::Pool& pool,
                      const Options& options, SignOff& out) {
  if (out.thermal.runaway && out.thermal.runaway->beyond) return;  // said by its own finding
  try {
    warm_up(design, pool, options, out);
    const double length = longest_trace(design);
    if (length > 0) under_traces(design, assembly, length, pool, options, out);
  } catch (const base::Error& e) {
    for (const auto& d : e.diagnostics().all()) {
      if (d.severity != base::Severity::error) continue;
      Finding f = not_run("the course over time was not computed: " + d.what, d.mend);
      f.where = d.where;
      out.findings.push_back(std::move(f));
    }
  }
}

}  // namespace bondline::signoff
