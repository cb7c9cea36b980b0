#include "design/signoff/nonlinear_chapter.h"

#include <cmath>

namespace bondline::signoff {
namespace {

constexpr double kZero = 273.15;

double known(double value) {
  return value > 0 && std::isfinite(value) ? value : std::nan("");
}

Table runaway_table(const thermal::RunawayMargin& r) {
  Table t;
  t.analysis = "thermal.runaway";
  t.title = r.beyond ? "Thermal runaway: no steady temperature exists" : "Margin to thermal runaway";
  t.columns = {{"what", "", 4}, {"now", "", 3}, {"runs away at", "", 3}, {"unit", "", 4}};
  t.rows.push_back({std::string("loop gain of ") + r.subject, r.gain, 1.0, std::string()});
  t.rows.push_back({std::string("leakage"), r.leakage_W, known(r.leakage_W / r.shown_at * r.leakage_factor),
                    std::string("W")});
  t.rows.push_back({std::string("leakage, times the design's"), 1.0, known(r.leakage_factor), std::string()});
  t.rows.push_back(
      {std::string("other power, times the design's"), 1.0, known(r.power_factor), std::string()});
  t.rows.push_back({std::string("ambient"), std::nan(""), known(r.ambient_K) - kZero, std::string("degC")});
  for (const auto& die : r.dies)
    t.rows.push_back({"leakage of " + die.path, die.watts, std::nan(""), std::string("W")});
  t.note =
      "The gain is the watts of leakage that one watt of leakage brings about; at one there is no way back. ";
  t.note += r.beyond ? "Watts and temperatures are those of the largest share of the leakage that settles."
                     : "Each edge is reached with all else as it is.";
  return t;
}

Table film_table(const std::vector<thermal::FilmUsed>& films) {
  Table t;
  t.analysis = "thermal.steady";
  t.title = "Films by correlation";
  t.columns = {{"film", "", 4},        {"h", "W/(m2 K)", 3}, {"of it radiation", "W/(m2 K)", 2},
               {"surface", "degC", 4}, {"heat", "W", 3},     {"scatter", "%", 2},
               {"pressure", "Pa", 3},  {"in range", "", 4},  {"source", "", 4}};
  for (const auto& f : films)
    t.rows.push_back({f.name, f.h, f.radiation, f.surface_K - kZero, f.watts, 100 * f.scatter,
                      known(f.pressure_drop), f.valid ? std::string("yes") : "no: " + f.doubt, f.source});
  t.note = "h at the surface's own mean temperature; scatter: of measurements around the correlation.";
  return t;
}

}  // namespace

std::vector<Table> nonlinear_tables(const thermal::SteadyResult& result) {
  std::vector<Table> out;
  if (result.runaway) out.push_back(runaway_table(*result.runaway));
  if (!result.films.empty()) out.push_back(film_table(result.films));
  return out;
}

}  // namespace bondline::signoff
