// bondline thermal maps, resistance, compact
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/design_io.h"
#include "app/cli/thermal_arguments.h"
#include "base/file.h"
#include "design/package/solids.h"
#include "design/signoff/report_json.h"
#include "design/thermal/coolant/channels_held.h"
#include "design/thermal/responses/compact.h"
#include "design/thermal/responses/responses.h"

namespace bondline::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kZero = 273.15;

struct Arguments {
  std::vector<std::string> paths;
  std::string maps, out;
  double cells = 0;
};

Json number(double v) {
  return std::isfinite(v) ? Json(v) : Json();
}

std::string read_text(const std::string& path) {
  base::FileProblem problem;
  const auto bytes = base::disk().read(path, &problem, 64 << 20);
  if (!bytes)
    throw base::Error(fmt::format("{} could not be read: {}", path, problem), "name a file of power maps");
  return *bytes;
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> out;
  std::size_t from = 0;
  while (true) {
    const std::size_t comma = line.find(',', from);
    std::string cell = line.substr(from, comma == std::string::npos ? comma : comma - from);
    const auto first = cell.find_first_not_of(" \t\r"), last = cell.find_last_not_of(" \t\r");
    out.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
    if (comma == std::string::npos) return out;
    from = comma + 1;
  }
}

/// A head line of source names ("name" for the maps' own), then one map per line; an empty cell keeps the
/// design's power.
std::vector<thermal::PowerMap> read_maps(const std::string& path) {
  const std::string text = read_text(path);
  base::Diagnostics all;
  std::vector<std::string> head;
  std::vector<thermal::PowerMap> maps;
  int number_of_line = 0;
  for (std::size_t from = 0; from < text.size();) {
    std::size_t end = text.find('\n', from);
    if (end == std::string::npos) end = text.size();
    const std::string line = text.substr(from, end - from);
    from = end + 1;
    const base::Where where{path, ++number_of_line, 1};
    if (line.find_first_not_of(" \t\r") == std::string::npos || line[0] == '#') continue;
    const auto cells = cells_of(line);
    if (head.empty()) {
      head = cells;
      continue;
    }
    if (cells.size() != head.size()) {
      all.error(where, fmt::format("{} values stand under {} names", cells.size(), head.size()),
                "give one value (or nothing) per name, apart by commas");
      continue;
    }
    thermal::PowerMap map{fmt::format("{}", maps.size() + 1), {}};
    for (std::size_t c = 0; c < cells.size(); ++c) {
      if (cells[c].empty()) continue;
      if (head[c] == "name") {
        map.name = cells[c];
        continue;
      }
      const auto watts = base::parse_as(cells[c], base::dim::none),
                 with_unit = base::parse_as(cells[c], base::dim::power);
      if (!watts.quantity && !with_unit.quantity) {
        all.error(where, fmt::format("\"{}\" is no power", cells[c]), "give watts");
        continue;
      }
      map.watts[head[c]] = watts.quantity ? watts.quantity->value : with_unit.quantity->value;
    }
    maps.push_back(std::move(map));
  }
  if (all.empty() && maps.empty())
    all.error({path, 1, 1}, "no power map stands in the file",
              "write a line of names, then a line of watts per map");
  all.throw_if_errors();
  return maps;
}

Json parts_json(const std::vector<thermal::PartTemperature>& parts) {
  Json out = Json::object();
  for (const auto& part : parts) {
    const std::string name = signoff::short_name(part.path);
    out[name] = {
        {"max_K", part.max_K}, {"mean_K", part.mean_K}, {"max_at", part.max_at}, {"power_W", part.power_W}};
  }
  return out;
}

int maps(const Arguments& arguments, int threads, Io& io) {
  thermal::ResponseOptions options;
  if (arguments.cells > 0) options.cells = arguments.cells;
  options.progress = io.progress();
  package::Design design = read_design(arguments.paths, io);
  const std::vector<thermal::PowerMap> list = read_maps(arguments.maps);
  base::Pool pool(threads);
  std::vector<package::Finding> told;
  auto result = thermal::with_channels_held(design, told, [&](const package::Design& held) {
    return thermal::steady_many(held, package::assemble(held), list, options, pool);
  });
  for (const auto& f : told) result.notes.push_back(f.subject + ": " + f.why + "; " + f.mend);
  show::Table table;
  table.columns = {{"power map", show::Align::left, 12, 0},
                   {"W", show::Align::right, 7, 0},
                   {"hottest", show::Align::left, 12, 0},
                   {"°C", show::Align::right, 8, 0}};
  for (const auto& map : result.maps) {
    const thermal::PartTemperature* hottest = nullptr;
    for (const auto* parts : {&map.dies, &map.blocks})
      for (const auto& part : *parts)
        if (hottest == nullptr || part.max_K > hottest->max_K) hottest = &part;
    table.rows.push_back({{map.name},
                          {fmt::format("{:.4g}", map.heat_in_W)},
                          {hottest ? hottest->path : "–"},
                          {hottest ? fmt::format("{:.2f}", hottest->max_K - kZero) : "–"}});
  }
  io.text(show::render(table, io.terminal()));
  io.text(fmt::format("{} maps from {} solves ({}) on {} cells, {:.2f} s\n", result.maps.size(),
                      result.solves, result.spanned_by, result.cells, result.seconds));
  for (const auto& note : result.notes) io.text(show::wrap("note: " + note, io.terminal().width, 2) + "\n");
  if (io.json()) {
    Json body = {{"design", {{"name", design.name}, {"file", design.file}}}};
    Json all = Json::array();
    for (const auto& map : result.maps)
      all.push_back({{"name", map.name},
                     {"dies", parts_json(map.dies)},
                     {"blocks", parts_json(map.blocks)},
                     {"heat_in_W", map.heat_in_W},
                     {"heat_out_W", number(map.heat_out_W)},
                     {"balance", number(map.balance)}});
    body["maps"] = std::move(all);
    body["solves"] = result.solves;
    body["spanned_by"] = result.spanned_by;
    body["cells"] = result.cells;
    body["seconds"] = result.seconds;
    body["notes"] = result.notes;
    io.document(body);
  }
  return kDone;
}

Json rows_json(const std::vector<double>& m, std::size_t n) {
  Json out = Json::array();
  for (std::size_t i = 0; i < n; ++i)
    out.push_back(
        std::vector<double>(m.begin() + std::ptrdiff_t(i * n), m.begin() + std::ptrdiff_t(i * n + n)));
  return out;
}

int resistance(const Arguments& arguments, int threads, Io& io) {
  thermal::ResponseOptions options;
  if (arguments.cells > 0) options.cells = arguments.cells;
  options.progress = io.progress();
  package::Design design = read_design(arguments.paths, io);
  base::Pool pool(threads);
  std::vector<package::Finding> told;
  auto r = thermal::with_channels_held(design, told, [&](const package::Design& held) {
    return thermal::resistance_matrix(held, package::assemble(held), options, pool);
  });
  for (const auto& f : told) r.notes.push_back(f.subject + ": " + f.why + "; " + f.mend);
  const std::size_t n = r.names.size();
  io.text(
      show::paint("K above the ambient at the hottest point of each row's part, per watt in each column's",
                  show::Tone::heading, io.terminal()) +
      "\n");
  // As many columns side by side as fit whole; the rest below.
  std::size_t widest = 7;
  for (const auto& name : r.names) widest = std::max(widest, name.size());
  const std::size_t fit = std::max<std::size_t>(1, std::size_t(io.terminal().width) / (widest + 2) - 1);
  for (std::size_t first = 0; first < n; first += fit) {
    show::Table table;
    table.columns = {{"K/W", show::Align::left, 12, 0}};
    const std::size_t last = std::min(first + fit, n);
    for (std::size_t j = first; j < last; ++j)
      table.columns.push_back({r.names[j], show::Align::right, 7, 0});
    for (std::size_t i = 0; i < n; ++i) {
      std::vector<show::Cell> row{{r.names[i]}};
      for (std::size_t j = first; j < last; ++j) row.push_back({fmt::format("{:.4g}", r.peak[i * n + j])});
      table.rows.push_back(std::move(row));
    }
    io.text((first > 0 ? "\n" : "") + show::render(table, io.terminal()));
  }
  for (const auto& note : r.notes) io.text(show::wrap("note: " + note, io.terminal().width, 2) + "\n");
  if (io.json()) {
    Json body = {{"design", {{"name", design.name}, {"file", design.file}}}};
    body["names"] = r.names;
    body["R"] = rows_json(r.peak, n);
    body["R_mean"] = rows_json(r.mean, n);
    body["unit"] = "K/W";
    body["asymmetry"] = r.asymmetry;
    body["cells"] = r.cells;
    body["seconds"] = r.seconds;
    body["notes"] = r.notes;
    io.document(body);
  }
  return kDone;
}

Json compact_json(const thermal::CompactNetwork& network, const thermal::TwoResistor& two) {
  Json nodes = Json::array(), links = Json::array(), points = Json::array();
  for (const auto& node : network.nodes)
    nodes.push_back(
        {{"name", node.name}, {"kind", node.area > 0 ? "surface" : "junction"}, {"area_m2", node.area}});
  for (const auto& link : network.links)
    links.push_back({{"a", network.nodes[std::size_t(link.a)].name},
                     {"b", network.nodes[std::size_t(link.b)].name},
                     {"resistance_K_W", 1 / link.conductance}});
  for (const auto& point : network.points)
    points.push_back({{"top_W_m2K", point.films.top},
                      {"bottom_W_m2K", point.films.bottom},
                      {"sides_W_m2K", point.films.sides},
                      {"fitted", point.fitted},
                      {"junction_error", point.junction_error},
                      {"flow_error", point.flow_error}});
  std::vector<std::string> notes = network.notes;
  for (const auto& note : two.notes)
    if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
  return {{"nodes", nodes},
          {"links", links},
          {"error",
           {{"fitted", network.fit_error}, {"checked", network.check_error}, {"flow", network.flow_error}}},
          {"film_sets", points},
          {"two_resistor", {{"theta_jc_top", number(two.theta_jc_top)}, {"theta_jb", number(two.theta_jb)}}},
          {"cells", network.cells},
          {"seconds", network.seconds},
          {"notes", notes}};
}

int compact(const Arguments& arguments, int threads, Io& io) {
  thermal::CompactOptions options;
  if (arguments.cells > 0) options.cells = arguments.cells;
  options.progress = io.progress();
  const package::Design design = read_design(arguments.paths, io);
  base::Pool pool(threads);
  const auto network = thermal::delphi_network(design, options, pool);
  const auto two = thermal::two_resistor(design, options, pool);
  Json body = {{"design", {{"name", design.name}, {"file", design.file}}}};
  body.update(compact_json(network, two));
  if (!arguments.out.empty()) {
    const bool spice = arguments.out.ends_with(".cir") || arguments.out.ends_with(".sp");
    must_write(arguments.out, spice ? thermal::to_spice(network, design.name)
                                    : Json{{"bondline", "compact/1"}, {"model", body}}.dump(1) + "\n");
    body["file"] = arguments.out;
  }
  show::Table table;
  table.columns = {{"from", show::Align::left, 14, 0},
                   {"to", show::Align::left, 14, 0},
                   {"K/W", show::Align::right, 9, 0}};
  for (const auto& link : network.links)
    table.rows.push_back({{network.nodes[std::size_t(link.a)].name},
                          {network.nodes[std::size_t(link.b)].name},
                          {fmt::format("{:.4g}", 1 / link.conductance)}});
  io.text(show::render(table, io.terminal()));
  io.text(
      fmt::format("junction error {:.2f} % over the fitted films, {:.2f} % over films kept out of the fit; "
                  "heat flows {:.2f} %\n",
                  100 * network.fit_error, 100 * network.check_error, 100 * network.flow_error));
  const auto said = [](double theta) {
    return std::isfinite(theta) ? fmt::format("{:.4g} K/W", theta) : std::string("not found");
  };
  io.text(fmt::format("two resistors: theta JC,top {}, theta JB {}\n", said(two.theta_jc_top),
                      said(two.theta_jb)));
  for (const auto& note : body["notes"])
    io.text(show::wrap("note: " + note.get<std::string>(), io.terminal().width, 2) + "\n");
  if (!arguments.out.empty()) io.text(fmt::format("wrote {}\n", arguments.out));
  io.document(body);
  return kDone;
}

/// One subcommand with the arguments that all three have.
void add(CLI::App& thermal, Chosen& chosen, const char* name, const char* what, const char* examples,
         const char* cells, int (*run)(const Arguments&, int, Io&), bool with_maps, const char* out) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* c = thermal.add_subcommand(name, what);
  const auto common = add_common(*c, examples, true);
  c->add_option("D.yaml", arguments->paths, "design file, or another tool's files")->required();
  if (with_maps)
    c->add_option("--maps", arguments->maps, "a line of source names, then a line of watts per map")
        ->required()
        ->type_name("MAPS.csv");
  c->add_option("--cells", arguments->cells, cells)->check(number_from(1, 1e12))->type_name("N");
  if (out != nullptr) c->add_option("--out", arguments->out, out)->type_name("FILE");
  c->callback([=, &chosen] {
    chosen = {std::string("thermal ") + name, common->json,
              [=](Io& io) { return run(*arguments, common->threads, io); }};
  });
}

}  // namespace

void add_thermal_response_commands(CLI::App& thermal, Chosen& chosen) {
  add(thermal, chosen, "maps", "steady temperatures under many power maps at once",
      "  bondline thermal maps my.yaml --maps scenarios.csv\n"
      "  bondline thermal maps my.yaml --maps scenarios.csv --cells 2e6 --json | jq '.maps[].dies'",
      "cells of the grid to aim at (default 250e3)", maps, true, nullptr);
  add(thermal, chosen, "resistance", "every die's rise per watt in every die",
      "  bondline thermal resistance my.yaml\n"
      "  bondline thermal resistance my.yaml --cells 1e6 --json | jq .R",
      "cells of the grid to aim at (default 250e3)", resistance, false, nullptr);
  add(thermal, chosen, "compact", "a network of few resistances for other tools, and the two-resistor model",
      "  bondline thermal compact my.yaml --out my.json\n"
      "  bondline thermal compact my.yaml --out my.cir",
      "cells of the grid to aim at (default 40e3)", compact, false,
      "write the model: .json, or .cir for SPICE");
}

}  // namespace bondline::app
