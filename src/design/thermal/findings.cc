// Temperatures against limits, in sentences with the numbers.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "design/thermal/thermal.h"

namespace bondline::thermal {
namespace {

using package::Design;
using package::Finding;
using package::Verdict;

constexpr double kZero = 273.15;

const PartTemperature* find(const std::vector<PartTemperature>& list, const std::string& path) {
  for (const auto& part : list)
    if (part.path == path) return &part;
  return nullptr;
}

/// "62 % of the heat leaves through the heat sink, 30 % through the board bottom".
std::string paths_in_words(const SteadyResult& result) {
  if (result.paths.empty() || !(result.heat_out_W > 0)) return "";
  std::string text;
  for (std::size_t p = 0; p < std::min<std::size_t>(2, result.paths.size()); ++p) {
    std::string name = result.paths[p].through;
    std::replace(name.begin(), name.end(), '_', ' ');
    text += fmt::format("{}{:.0f} % {}{}", p ? ", " : "", 100 * result.paths[p].watts / result.heat_out_W,
                        p ? "through the " : "of the heat leaves through the ", name);
  }
  return text;
}

std::string mend_for(const SteadyResult& result, const std::string& subject) {
  for (const auto& mend : result.mends)
    if (mend.subject == subject) return mend.text;
  return "";
}

Verdict judge(double margin, double error) {
  if (margin < 0) return Verdict::fail;
  return margin < std::max(error, 0.0) ? Verdict::warn : Verdict::pass;
}

/// A temperature against a limit (both K).
Finding temperature(const char* rule, const std::string& subject, const PartTemperature& part,
                    std::optional<double> limit, const base::Where& where, const SteadyResult& result) {
  Finding f;
  f.rule = rule;
  f.subject = subject;
  f.unit = "degC";
  f.value = part.max_K - kZero;
  f.where = where;
  const std::string place =
      fmt::format("its hottest point, at ({:.2f}, {:.2f}, {:.2f}) mm, reaches {:.1f} degC",
                  1e3 * part.max_at[0], 1e3 * part.max_at[1], 1e3 * part.max_at[2], part.max_K - kZero);
  const std::string error = part.error_K > 0 ? fmt::format(" (+-{:.2g} K from the grid)", part.error_K) : "";
  const std::string heat = paths_in_words(result);
  const std::string tail = heat.empty() ? "" : "; " + heat;
  if (!limit) {
    f.verdict = Verdict::info;
    f.why = fmt::format("{}{}; no limit was set{}", place, error, tail);
    return f;
  }
  f.limit = *limit - kZero;
  f.margin = *limit - part.max_K;
  f.source = "the design's limit";
  f.verdict = judge(*f.margin, part.error_K);
  if (f.verdict == Verdict::fail)
    f.why = fmt::format("{}{}, {:.1f} K over its limit of {:.1f} degC{}", place, error, -*f.margin, *f.limit,
                        tail);
  else if (f.verdict == Verdict::warn)
    f.why = fmt::format("{}{}, below its limit of {:.1f} degC by {:.2g} K, less than the grid's own error{}",
                        place, error, *f.limit, *f.margin, tail);
  else
    f.why = fmt::format("{}{}, {:.1f} K below its limit of {:.1f} degC{}", place, error, *f.margin, *f.limit,
                        tail);
  if (f.verdict != Verdict::pass) f.mend = mend_for(result, part.path);
  return f;
}

/// What a channel layer's coolant did; doubted where a wall would boil it.
Finding coolant(const CoolantResult& c) {
  Finding f;
  f.rule = "thermal.coolant";
  f.subject = c.path;
  f.unit = "degC";
  f.value = c.wall_max_K - kZero;
  f.where = c.where;
  f.verdict = Verdict::info;
  f.why = fmt::format("{} takes {:.3g} W and warms from {:.1f} to {:.1f} degC at {:.3g} mL/min", c.coolant,
                      c.heat_W, c.inlet_K - kZero, c.outlet_K - kZero, c.flow_m3_s * 60e6);
  if (c.reynolds >= 0) f.why += fmt::format("; Re {:.0f}", c.reynolds);
  if (c.pressure_drop_Pa >= 0)
    f.why += fmt::format(", {:.3g} kPa, {:.2g} W to pump", 1e-3 * c.pressure_drop_Pa, c.pump_W);
  f.why += fmt::format("; its hottest wall has {:.1f} degC", *f.value);
  if (c.boiling_K > 0) {
    f.limit = c.boiling_K - kZero;
    f.margin = c.boiling_K - c.wall_max_K;
    f.source = "the coolant's boiling point";
    f.verdict = *f.margin < 0 ? Verdict::warn : Verdict::pass;
    if (*f.margin < 0) {
      f.why += fmt::format(", above its boiling point of {:.1f} degC: boiling is not modelled", *f.limit);
      f.mend = "raise the flow, lower the inlet temperature, or take a coolant that boils higher";
    }
  }
  return f;
}

/// Where the hottest part lies above what any package withstands, a power, a unit or a way out of the heat is
/// wrong.
std::optional<Finding> implausible(const SteadyResult& result) {
  // Silicon melts at 1414, copper at 1085, the solders below 320 degC (CRC Handbook of Chemistry and
  // Physics).
  constexpr double kMolten = 1000 + kZero;
  const PartTemperature* hottest = nullptr;
  for (const auto* list : {&result.dies, &result.blocks, &result.parts})
    for (const auto& part : *list)
      if (!hottest || part.max_K > hottest->max_K) hottest = &part;
  if (!hottest || hottest->max_K <= kMolten) return std::nullopt;
  Finding f;
  f.rule = "thermal.plausible";
  f.subject = hottest->path;
  f.value = hottest->max_K - kZero;
  f.unit = "degC";
  f.verdict = Verdict::unknown;
  f.why = fmt::format(
      "{:.4g} degC is no temperature of a package (copper melts at 1085 degC): the heat hardly finds a way "
      "out, or a power, film or "
      "conductivity is not what was meant",
      *f.value);
  f.mend = "check the units of powers, conductivities and film coefficients, and which surfaces are cooled";
  return f;
}

/// The loop gain against one.
Finding runaway_finding(const RunawayMargin& r, const Design& design, const SteadyResult& result) {
  constexpr double kNear =
      0.5;  // half of what a watt of leakage heats comes back as leakage: a warning by practice
  Finding f;
  f.rule = "thermal.runaway";
  f.subject = r.subject;
  f.unit = "";
  f.value = r.gain;
  f.limit = 1.0;
  f.margin = 1 - r.gain;
  f.where = r.where;
  f.source = "tangency of heat made and heat carried: d(leakage)/dT x thermal resistance = 1";
  const std::string grid_error =
      r.leakage_factor_error > 0 ? fmt::format(" (+-{:.1g} from the grid)", r.leakage_factor_error) : "";
  if (r.beyond) {
    f.verdict = Verdict::fail;
    f.why = fmt::format(
        "leakage grows faster with temperature than the package carries it away: no steady temperature "
        "exists. The package "
        "can carry {:.3g} of this leakage{}; its temperatures are told at {:.3g} of it",
        r.leakage_factor, grid_error, r.shown_at);
  } else {
    const bool within_error = r.leakage_factor > 0 && r.leakage_factor - 1 < r.leakage_factor_error;
    f.verdict = r.gain > kNear || within_error ? Verdict::warn : Verdict::pass;
    f.why = fmt::format("loop gain {:.3g} with {:.3g} W of leakage", r.gain, r.leakage_W);
    if (r.leakage_factor > 0 && r.leakage_factor < 100)
      f.why += fmt::format(": runaway at {:.3g}x leakage{}", r.leakage_factor, grid_error);
    if (r.ambient_K > 0 && r.ambient_K - design.environment.ambient < 300)
      f.why += fmt::format(", or at an ambient of {:.1f} degC", r.ambient_K - kZero);
    if (r.power_factor > 0 && r.power_factor < 100)
      f.why += fmt::format(", or at {:.3g}x the other power", r.power_factor);
  }
  if (f.verdict != Verdict::pass) {
    f.mend = mend_for(result, r.subject);
    if (f.mend.empty() && !result.mends.empty()) f.mend = result.mends.front().text;
    if (r.beyond)
      f.mend =
          fmt::format("lower the leakage to less than {:.3g} of what it is, or cool the package better{}",
                      r.leakage_factor, f.mend.empty() ? "" : " (" + f.mend + ")");
  }
  return f;
}

/// What a film with a law came to; doubted where its correlation is used outside its range.
Finding film_by_law(const FilmUsed& film) {
  Finding f;
  f.rule = "thermal.film";
  f.subject = film.name;
  f.unit = "W/(m2 K)";
  f.value = film.h;
  f.where = film.where;
  f.source = film.source;
  f.verdict = film.valid ? Verdict::info : Verdict::warn;
  f.why = fmt::format("h = {:.3g} W/(m2 K) at a mean surface temperature of {:.1f} degC, {:.3g} W", film.h,
                      film.surface_K - kZero, film.watts);
  if (film.radiation > 0) f.why += fmt::format(", {:.2g} W/(m2 K) of it by radiation", film.radiation);
  if (film.linearisation_error > 0)
    f.why += fmt::format("; linearised, its radiation is right to {:.1f} % anywhere on the surface",
                         100 * film.linearisation_error);
  if (film.scatter > 0)
    f.why += fmt::format("; measurements scatter by {:.0f} % around the correlation", 100 * film.scatter);
  if (film.pressure_drop > 0) f.why += fmt::format("; {:.3g} Pa", film.pressure_drop);
  if (film.coolant_rise > 0) f.why += fmt::format("; the coolant warms by {:.2g} K", film.coolant_rise);
  if (!film.doubt.empty()) f.why += "; " + film.doubt;
  if (!film.valid) f.mend = "give h by measurement, or a geometry and speed inside the correlation's range";
  return f;
}

}  // namespace

std::vector<Finding> findings(const Design& design, const SteadyResult& result) {
  std::vector<Finding> out;
  if (result.runaway) out.push_back(runaway_finding(*result.runaway, design, result));
  for (const auto& die : design.dies) {
    const std::string path = "dies." + die.name;
    const PartTemperature* part = find(result.dies, path);
    if (!part) continue;
    const base::Where where = die.limit.where.line ? die.limit.where : die.where;
    if (die.limit.junction || part->power_W > 0)
      out.push_back(temperature("thermal.junction", path, *part, die.limit.junction, where, result));
    if (die.limit.gradient) {
      Finding f;
      f.rule = "thermal.gradient";
      f.subject = path;
      f.unit = "K";
      f.limit = die.limit.gradient;
      f.where = where;
      f.source = "the design's limit";
      f.value = part->max_K - part->min_K;
      f.margin = *f.limit - *f.value;
      f.verdict = judge(*f.margin, part->error_K);
      f.why = fmt::format("the die reaches from {:.1f} to {:.1f} degC, {:.2f} K apart; {:.2f} K are allowed",
                          part->min_K - kZero, part->max_K - kZero, *f.value, *f.limit);
      out.push_back(std::move(f));
    }
  }
  if (design.block) {
    for (const auto& layer : design.block->layers) {
      const PartTemperature* part = find(result.blocks, "block." + layer.name);
      if (part && (layer.limit || part->power_W > 0))
        out.push_back(temperature("thermal.layer", part->path, *part, layer.limit, layer.where, result));
    }
  }
  if (const PartTemperature* board = find(result.parts, "board"); board && design.limits.board)
    out.push_back(
        temperature("thermal.board", "board", *board, design.limits.board, design.limits.where, result));
  if (design.limits.case_top) {
    PartTemperature top{"case", result.case_top_K, result.case_top_K};
    top.max_at = result.case_top_at;
    top.error_K = result.error_estimate_K;
    out.push_back(
        temperature("thermal.case", "case", top, design.limits.case_top, design.limits.where, result));
  }
  if (design.limits.touch) {
    PartTemperature touch{"surface", result.touch_K, result.touch_K};
    touch.max_at = result.touch_at;
    touch.error_K = result.error_estimate_K;
    out.push_back(
        temperature("thermal.touch", "surface", touch, design.limits.touch, design.limits.where, result));
  }
  for (const FilmUsed& film : result.films) out.push_back(film_by_law(film));
  for (const CoolantResult& c : result.coolants) out.push_back(coolant(c));
  if (!result.paths.empty() && result.heat_out_W > 0) {
    Finding f;
    f.rule = "thermal.heat_path";
    f.subject = "package";
    f.value = result.heat_out_W;
    f.unit = "W";
    f.verdict = Verdict::info;
    for (const auto& path : result.paths) {
      std::string name = path.through;
      std::replace(name.begin(), name.end(), '_', ' ');
      f.why += fmt::format("{}{:.3g} W ({:.0f} %) through the {}", f.why.empty() ? "" : ", ", path.watts,
                           100 * path.watts / result.heat_out_W, name);
    }
    f.why += fmt::format("; {:.4g} W enter, balance {:.1g}", result.heat_in_W, result.balance);
    out.push_back(std::move(f));
  }
  if (auto f = implausible(result)) out.push_back(std::move(*f));
  return out;
}

}  // namespace bondline::thermal
