#include "design/signoff/jedec_chapter.h"
#include "design/signoff/report_json.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace bondline::signoff {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kAnalysis = "thermal.jedec";
constexpr double kZero = 273.15;

Json maybe(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}
Json kelvin(double value) {
  return value > 0 && std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json case_json(const thermal::JedecCase& c) {
  Json out = {{"name", c.name}, {"standard", c.standard}};
  if (!c.why_not.empty()) {
    out["why_not"] = c.why_not;
    return out;
  }
  out["theta"] = c.theta;
  out["error"] = c.error;
  out["power_W"] = c.power_W;
  out["hottest"] = c.hottest;
  out["junction_K"] = c.junction_K;
  out["reference_K"] = c.reference_K;
  out["top_K"] = kelvin(c.top_K);
  out["board_K"] = kelvin(c.board_K);
  for (const auto& film : c.films) out["films"][film.name] = film.h;
  if (!c.doubt.empty()) out["doubt"] = c.doubt;
  return out;
}

}  // namespace

Json jedec_json(const thermal::JedecResult& r) {
  Json out;
  out["theta"] = {{"ja", maybe(r.theta_ja)},
                  {"jb", maybe(r.theta_jb)},
                  {"jc_top", maybe(r.theta_jc_top)},
                  {"jc_bottom", maybe(r.theta_jc_bottom)},
                  {"ja_1s", maybe(r.theta_ja_1s)}};
  out["psi"] = {{"jt", maybe(r.psi_jt)}, {"jb", maybe(r.psi_jb)}};
  Json cases = Json::array();
  for (const auto& c : r.cases) cases.push_back(case_json(c));
  out["jedec"] = {{"cases", std::move(cases)}, {"notes", r.notes}, {"seconds", r.seconds}};
  if (r.matrix) {
    Json dies = Json::array();
    for (const auto& die : r.matrix->dies) dies.push_back(short_name(die));
    out["jedec"]["matrix"] = {{"dies", std::move(dies)}, {"theta", r.matrix->theta}};
  }
  return out;
}

std::vector<Table> jedec_tables(const thermal::JedecResult& r) {
  std::vector<Table> out;
  Table figures;
  figures.analysis = kAnalysis;
  figures.title = "Data-sheet figures (JEDEC JESD51)";
  figures.columns = {{"figure", "", 4},       {"value", "K/W", 3},    {"grid", "K/W", 1}, {"power", "W", 3},
                     {"junction", "degC", 4}, {"against", "degC", 4}, {"set-up", "", 4}};
  const auto add = [&](const char* name, const std::optional<double>& value, const char* from,
                       double thermal::JedecCase::*against) {
    for (const auto& c : r.cases) {
      if (c.name != from) continue;
      if (value)
        figures.rows.push_back({std::string(name), *value, c.error, c.power_W, c.junction_K - kZero,
                                c.*against - kZero, c.standard});
      else
        figures.rows.push_back({std::string(name), std::nan(""), std::nan(""), std::nan(""), std::nan(""),
                                std::nan(""), c.standard + ": " + c.why_not});
    }
  };
  using Case = thermal::JedecCase;
  add("theta_JA", r.theta_ja, "still_air_2s2p", &Case::reference_K);
  add("theta_JA, 1s board", r.theta_ja_1s, "still_air_1s", &Case::reference_K);
  add("psi_JT", r.psi_jt, "still_air_2s2p", &Case::top_K);
  add("psi_JB", r.psi_jb, "still_air_2s2p", &Case::board_K);
  add("theta_JB", r.theta_jb, "ring", &Case::reference_K);
  add("theta_JC top", r.theta_jc_top, "top", &Case::reference_K);
  add("theta_JC bottom", r.theta_jc_bottom, "bottom", &Case::reference_K);
  figures.note =
      "The package alone at 25 degC ambient, without its heat sink and board; junction: the hottest point.";
  for (const auto& note : r.notes) figures.note += " " + note + ".";
  if (!figures.rows.empty()) out.push_back(std::move(figures));
  if (r.matrix && r.matrix->dies.size() > 1) {
    Table matrix;
    matrix.analysis = kAnalysis;
    matrix.title = "Die to die: rise of each row's mean per watt in each column";
    matrix.columns = {{"", "", 4}};
    for (const auto& die : r.matrix->dies) matrix.columns.push_back({short_name(die), "K/W", 3});
    for (std::size_t i = 0; i < r.matrix->dies.size(); ++i) {
      std::vector<TableCell> row{short_name(r.matrix->dies[i])};
      for (const double value : r.matrix->theta[i]) row.emplace_back(value);
      matrix.rows.push_back(std::move(row));
    }
    matrix.note = "Still air, 2s2p board, films held at what they came to with all dies on.";
    out.push_back(std::move(matrix));
  }
  return out;
}

}  // namespace bondline::signoff
