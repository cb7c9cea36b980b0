#include "design/signoff/report_json.h"

#include "design/signoff/jedec_chapter.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

namespace bondline::signoff {

std::string short_name(const std::string& path) {
  const std::size_t dot = path.find('.');
  const std::string section = path.substr(0, dot);
  return dot != std::string::npos && (section == "dies" || section == "block" || section == "passives")
             ? path.substr(dot + 1)
             : path;
}

namespace {

using Json = nlohmann::ordered_json;

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}
Json number(const std::optional<double>& value) {
  return value ? number(*value) : Json(nullptr);
}

Json point(const std::array<double, 3>& at) {
  return Json::array({number(at[0]), number(at[1]), number(at[2])});
}

Json parts_json(const std::vector<thermal::PartTemperature>& parts) {
  Json out = Json::object();
  for (const auto& part : parts) {
    out[short_name(part.path)] = {{"max_K", number(part.max_K)},
                                  {"mean_K", number(part.mean_K)},
                                  {"min_K", number(part.min_K)},
                                  {"max_at", point(part.max_at)},
                                  {"power_W", number(part.power_W)},
                                  {"error_K", number(part.error_K)},
                                  {"mean_error_K", number(part.mean_error_K)},
                                  {"path", part.path}};
    if (std::isfinite(part.cells_mean_K)) out[short_name(part.path)]["cells_mean_K"] = part.cells_mean_K;
  }
  return out;
}

const char* confidence_text(package::Confidence confidence) {
  switch (confidence) {
    case package::Confidence::high:
      return "high";
    case package::Confidence::medium:
      return "medium";
    case package::Confidence::low:
      return "low";
    case package::Confidence::assumed:
      break;
  }
  return "assumed";
}

Json property_json(const package::PropertyValue& value) {
  Json out;
  if (value.curve.constant()) {
    out["value"] = value.curve.value.empty() ? Json(nullptr) : number(value.curve.value[0]);
  } else {
    out["temperature_K"] = value.curve.temperature;
    out["value"] = value.curve.value;
  }
  out["source"] = value.from.source;
  if (value.from.where.line > 0) out["where"] = where_json(value.from.where);
  if (value.from.year > 0) out["year"] = value.from.year;
  out["confidence"] = confidence_text(value.from.confidence);
  return out;
}

Json media_json(const std::vector<mesh::MediumBounds>& media) {
  Json out = Json::array();
  for (const auto& m : media) {
    out.push_back({{"path", m.path},
                   {"k", point(m.k)},
                   {"lower", point(m.lower)},
                   {"upper", point(m.upper)},
                   {"model", m.model}});
  }
  return out;
}

/// What report.json says of a field whose values only the page holds: the highest cell and where it is.
Json field_facts(const Field& field) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  std::size_t hottest = 0;
  for (std::size_t c = 0; c < field.value.size(); ++c) {
    if (!std::isfinite(field.value[c])) continue;
    low = std::min(low, field.value[c]);
    if (field.value[c] > high) high = field.value[c], hottest = c;
  }
  const auto& g = field.grid;
  const std::size_t nz = std::size_t(g.nz()), nx = std::size_t(g.nx());
  const auto centre = [](const std::vector<double>& lines, std::size_t n) {
    return 0.5 * (lines[n] + lines[n + 1]);
  };
  return {{"analysis", field.analysis},
          {"title", field.title},
          {"unit", field.unit},
          {"low", number(low)},
          {"high", number(high)},
          {"high_at",
           {centre(g.x, hottest / nz % nx), centre(g.y, hottest / nz / nx), centre(g.z, hottest % nz)}},
          {"cells", g.cells()}};
}

const char* face_text(package::Face face) {
  constexpr const char* kNames[] = {"up", "down", "west", "east", "south", "north"};
  return kNames[int(face)];
}

Json environment_json(const package::Design& design) {
  Json films = Json::array();
  for (const auto& film : design.environment.films) {
    Json item = {{"looks", face_text(film.face)},
                 {"part", film.part},
                 {"h", number(film.h)},
                 {"ambient_K", number(film.ambient)},
                 {"source", film.from.source},
                 {"confidence", confidence_text(film.from.confidence)},
                 {"defaulted", film.from.defaulted}};
    if (film.from.where.line > 0) item["where"] = where_json(film.from.where);
    films.push_back(std::move(item));
  }
  return {{"ambient_K", number(design.environment.ambient)},
          {"standard", design.environment.standard},
          {"films", std::move(films)}};
}

}  // namespace

Json where_json(const base::Where& where) {
  return {{"file", where.file}, {"line", where.line}, {"column", where.column}};
}

Json diagnostic_json(const base::Diagnostic& diagnostic) {
  const char* severity = diagnostic.severity == base::Severity::error     ? "error"
                         : diagnostic.severity == base::Severity::warning ? "warning"
                                                                          : "note";
  Json out = where_json(diagnostic.where);
  out["severity"] = severity;
  out["what"] = diagnostic.what;
  out["mend"] = diagnostic.mend;
  return out;
}

Json findings_json(const std::vector<package::Finding>& findings) {
  Json out = Json::array();
  for (const auto& f : findings) {
    Json item = {{"rule", f.rule},
                 {"subject", f.subject},
                 {"value", number(f.value)},
                 {"limit", number(f.limit)},
                 {"unit", f.unit},
                 {"margin", number(f.margin)},
                 {"verdict", package::to_text(f.verdict)},
                 {"why", f.why},
                 {"source", f.source},
                 {"mend", f.mend}};
    if (!f.where.file.empty()) item["where"] = where_json(f.where);
    if (!f.evidence.empty()) {
      item["evidence"] = Json::array();
      for (const auto& e : f.evidence) {
        item["evidence"].push_back({{"kind", e.kind}, {"file", e.file}, {"title", e.title}});
      }
    }
    out.push_back(std::move(item));
  }
  return out;
}

Json defaults_json(const package::Design& design) {
  Json out = Json::array();
  for (const auto& d : design.defaults) {
    out.push_back({{"path", d.path}, {"value", d.value}, {"source", d.source}});
  }
  return out;
}

Json stored_json(const package::Design& design) {
  Json out = Json::array();
  for (const auto& key : design.stored) out.push_back({{"path", key.path}, {"where", where_json(key.where)}});
  return out;
}

Json materials_json(const package::Design& design, const package::Assembly& assembly) {
  std::set<int> used;
  for (const auto& solid : assembly.solids) {
    for (int index :
         {solid.fill.material, solid.fill.inclusion, solid.fill.liner_material, solid.fill.core}) {
      if (index >= 0 && index < static_cast<int>(design.materials.materials.size())) used.insert(index);
    }
  }
  Json out = Json::object();
  for (int index : used) {
    const auto& material = design.materials.materials[std::size_t(index)];
    Json properties = Json::object();
    for (std::size_t p = 0; p < material.values.size(); ++p) {
      if (!material.values[p]) continue;
      const auto property = static_cast<package::Property>(p);
      const bool along = property == package::Property::k_x || property == package::Property::k_y ||
                         property == package::Property::k_z;
      if (along) properties[package::property_info(property).key] = property_json(*material.values[p]);
    }
    out[material.name] = {{"description", material.description},
                          {"shipped", material.shipped},
                          {"properties", std::move(properties)}};
  }
  return out;
}

Json coolant_json(const thermal::CoolantResult& c) {
  const auto known = [](double value) { return value >= 0 ? number(value) : Json(nullptr); };
  return {{"coolant", c.coolant},
          {"model", c.model},
          {"channels", c.channels},
          {"inlet_K", number(c.inlet_K)},
          {"outlet_K", number(c.outlet_K)},
          {"outlet_max_K", number(c.outlet_max_K)},
          {"rise_K", number(c.rise_K)},
          {"heat_W", number(c.heat_W)},
          {"flow_m3_s", number(c.flow_m3_s)},
          {"rate_W_K", number(c.rate_W_K)},
          {"velocity_m_s", number(c.velocity_m_s)},
          {"h_W_m2K", number(c.h_W_m2K)},
          {"reynolds", known(c.reynolds)},
          {"nusselt", known(c.nusselt)},
          {"pressure_drop_Pa", known(c.pressure_drop_Pa)},
          {"pump_W", known(c.pump_W)},
          {"entrance_share", known(c.entrance_share)},
          {"wall_max_K", number(c.wall_max_K)},
          {"boiling_K", c.boiling_K > 0 ? number(c.boiling_K) : Json(nullptr)}};
}

/// All channel layers together: mixed outlet, sums of heat, flow and pump, the largest of the rest; each
/// under `layers`.
Json coolants_json(const std::vector<thermal::CoolantResult>& all) {
  thermal::CoolantResult sum = all.front();
  double in = 0, out = 0;
  sum.heat_W = sum.flow_m3_s = sum.rate_W_K = sum.pump_W = 0;
  sum.channels = 0;
  Json layers = Json::object();
  for (const auto& c : all) {
    layers[short_name(c.path)] = coolant_json(c);
    in += c.rate_W_K * c.inlet_K;
    out += c.rate_W_K * c.outlet_K;
    sum.heat_W += c.heat_W;
    sum.flow_m3_s += c.flow_m3_s;
    sum.rate_W_K += c.rate_W_K;
    sum.channels += c.channels;
    sum.pump_W = c.pump_W < 0 || sum.pump_W < 0 ? -1 : sum.pump_W + c.pump_W;
    sum.outlet_max_K = std::max(sum.outlet_max_K, c.outlet_max_K);
    sum.wall_max_K = std::max(sum.wall_max_K, c.wall_max_K);
    sum.velocity_m_s = std::max(sum.velocity_m_s, c.velocity_m_s);
    sum.reynolds = std::max(sum.reynolds, c.reynolds);
    sum.nusselt = std::max(sum.nusselt, c.nusselt);
    sum.h_W_m2K = std::max(sum.h_W_m2K, c.h_W_m2K);
    sum.pressure_drop_Pa = std::max(sum.pressure_drop_Pa, c.pressure_drop_Pa);
    sum.entrance_share = std::max(sum.entrance_share, c.entrance_share);
    if (c.model != sum.model) sum.model = "mixed";
    if (c.coolant != sum.coolant) sum.coolant = "several";
  }
  if (sum.rate_W_K > 0) {
    sum.inlet_K = in / sum.rate_W_K;
    sum.outlet_K = out / sum.rate_W_K;
    sum.rise_K = sum.outlet_K - sum.inlet_K;
  }
  Json json = coolant_json(sum);
  json["layers"] = std::move(layers);
  return json;
}

Json runaway_json(const thermal::RunawayMargin& r) {
  Json dies = Json::object();
  for (const auto& die : r.dies) dies[short_name(die.path)] = number(die.watts);
  const auto known = [](double value) { return value > 0 ? number(value) : Json(nullptr); };
  return {{"subject", r.subject},
          {"beyond", r.beyond},
          {"gain", number(r.gain)},
          {"leakage_W", number(r.leakage_W)},
          {"leakage_factor", known(r.leakage_factor)},
          {"leakage_factor_error", number(r.leakage_factor_error)},
          {"ambient_K", known(r.ambient_K)},
          {"power_factor", known(r.power_factor)},
          {"shown_at", number(r.shown_at)},
          {"dies", std::move(dies)}};
}

Json film_json(const thermal::FilmUsed& f) {
  return {{"name", f.name},
          {"h", number(f.h)},
          {"radiation", number(f.radiation)},
          {"surface_K", number(f.surface_K)},
          {"ambient_K", number(f.ambient_K)},
          {"watts", number(f.watts)},
          {"valid", f.valid},
          {"scatter", number(f.scatter)},
          {"linearisation_error", number(f.linearisation_error)},
          {"pressure_drop_Pa", number(f.pressure_drop)},
          {"coolant_rise_K", number(f.coolant_rise)},
          {"source", f.source},
          {"doubt", f.doubt}};
}

Json thermal_json(const thermal::SteadyResult& r, const std::vector<thermal::Probe>& probes) {
  Json out;
  out["dies"] = parts_json(r.dies);
  out["blocks"] = parts_json(r.blocks);
  out["parts"] = parts_json(r.parts);
  out["probes"] = Json::array();
  for (std::size_t i = 0; i < r.probes_K.size(); ++i) {
    Json probe;
    if (i < probes.size()) probe["at"] = point({probes[i].x, probes[i].y, probes[i].z});
    probe["T_K"] = number(r.probes_K[i]);
    probe["in"] = i < r.probe_in.size() ? r.probe_in[i] : "";
    out["probes"].push_back(std::move(probe));
  }
  out["heat_in_W"] = number(r.heat_in_W);
  out["heat_out_W"] = number(r.heat_out_W);
  out["balance"] = number(r.balance);
  out["paths"] = Json::object();
  for (const auto& path : r.paths) out["paths"][path.through] = number(path.watts);
  if (!r.coolants.empty()) out["coolant"] = coolants_json(r.coolants);
  if (r.runaway) out["runaway"] = runaway_json(*r.runaway);
  if (!r.films.empty()) {
    out["films_by_law"] = Json::array();
    for (const auto& film : r.films) out["films_by_law"].push_back(film_json(film));
  }
  if (r.outer_iterations > 0) {
    out["outer_iterations"] = r.outer_iterations;
    out["outer_change_K"] = number(r.outer_change_K);
  }
  out["case_top"] = {{"K", number(r.case_top_K)}, {"at", point(r.case_top_at)}};
  out["touch"] = {{"K", number(r.touch_K)}, {"at", point(r.touch_at)}};
  out["error_estimate_K"] = number(r.error_estimate_K);
  out["sensitivities"] = Json::array();
  for (const auto& s : r.sensitivities) {
    out["sensitivities"].push_back({{"parameter", s.parameter},
                                    {"dT_dp", number(s.dT_dp)},
                                    {"unit", s.unit},
                                    {"subject", s.subject},
                                    {"value", number(s.value)}});
  }
  out["mends"] = Json::array();
  for (const auto& m : r.mends) {
    out["mends"].push_back({{"subject", m.subject},
                            {"parameter", m.parameter},
                            {"from", number(m.from)},
                            {"to", number(m.to)},
                            {"unit", m.unit},
                            {"predicted_change_K", number(m.predicted_change_K)},
                            {"text", m.text}});
  }
  out["path"] = r.path;
  out["cells"] = r.cells;
  out["iterations"] = r.iterations;
  out["relative_residual"] = number(r.relative_residual);
  out["seconds"] = number(r.seconds);
  out["seconds_mesh"] = number(r.seconds_mesh);
  out["seconds_solve"] = number(r.seconds_solve);
  out["forecast_bytes"] = number(r.forecast_bytes);
  out["media"] = media_json(r.media);
  out["notes"] = r.notes;
  return out;
}

std::string to_json(const package::Design& design, const SignOff& result) {
  Json out;
  out["bondline"] = "report/1";
  out["made_by"] = result.handoff.made_by;
  out["design"] = {{"name", design.name},
                   {"description", design.description},
                   {"file", design.file},
                   {"content_hash", design.content_hash}};
  out["verdict"] = package::to_text(result.verdict);
  out["findings"] = findings_json(result.findings);
  out["analyses"] = Json::object();
  for (const auto& [name, timing] : result.analyses) out["analyses"][name] = {{"seconds", timing.seconds}};
  if (!result.thermal.path.empty()) out["thermal"] = thermal_json(result.thermal);
  if (result.jedec) out["thermal"].update(jedec_json(*result.jedec));
  out["curves"] = curves_json(result.content.curves);
  out["tables"] = tables_json(result.content.tables);
  out["fields"] = Json::array();
  for (const auto& field : result.content.fields) out["fields"].push_back(field_facts(field));
  out["environment"] = environment_json(design);
  out["inputs"] = Json::array();
  for (const auto& input : result.inputs)
    out["inputs"].push_back(
        {{"path", input.path}, {"value", input.value}, {"where", where_json(input.where)}});
  out["defaults"] = defaults_json(design);
  out["stored"] = stored_json(design);
  out["materials"] = materials_json(design, package::assemble(design));
  out["notes"] = Json::array();
  for (const auto& d : design.notes.all()) out["notes"].push_back(diagnostic_json(d));
  out["files"] = result.files;
  out["seconds"] = result.seconds;
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace bondline::signoff
