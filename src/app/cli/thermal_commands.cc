// bondline thermal steady
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/design_io.h"
#include "app/cli/thermal_arguments.h"
#include "base/file.h"
#include "base/parallel.h"
#include "base/quantity.h"
#include "design/formats/vtk.h"
#include "design/package/solids.h"
#include "design/signoff/jedec_chapter.h"
#include "design/signoff/pictures.h"
#include "design/signoff/report_json.h"
#include "design/signoff/signoff.h"
#include "design/thermal/coolant/channels_held.h"
#include "design/thermal/thermal.h"

namespace bondline::app {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::vector<std::string> paths, probes;
  std::string path = "auto", map, vtk, deck_cells;
  double cells = 0, tolerance = 0;
  bool jedec = false;
};

/// The field and the solid of every cell.
std::string field_vtk(const package::Assembly& assembly, const thermal::SteadyResult& result) {
  const auto& grid = result.mesh->grid;
  formats::CellArray temperature{"temperature_K", {}, false}, solid{"solid", {}, true};
  for (int k = 0; k < grid.nz(); ++k) {
    for (int j = 0; j < grid.ny(); ++j) {
      for (int i = 0; i < grid.nx(); ++i) {
        temperature.values.push_back(result.temperature_K[grid.index(i, j, k)]);
        solid.values.push_back(result.mesh->solid[grid.index(i, j, k)]);
      }
    }
  }
  formats::NameTable names{"solid_names", {}};
  for (const auto& s : assembly.solids) names.values.push_back(s.path);
  return formats::write_vtr(grid.x, grid.y, grid.z, {temperature, solid}, {names});
}

/// The map of the hottest part, or of the package where it has none.
const signoff::Map* best_map(const std::vector<signoff::Map>& maps, const thermal::SteadyResult& result) {
  const thermal::PartTemperature* hottest = nullptr;
  for (const auto& part : result.dies.empty() ? result.blocks : result.dies) {
    if (hottest == nullptr || part.max_K > hottest->max_K) hottest = &part;
  }
  for (const auto& map : maps) {
    if (hottest != nullptr && map.subject == hottest->path) return &map;
  }
  return maps.empty() ? nullptr : &maps.front();
}

std::string probes_text(const std::vector<thermal::Probe>& probes, const thermal::SteadyResult& result,
                        const show::Terminal& terminal) {
  show::Table table;
  table.columns = {{"probe at (mm)", show::Align::left, 20, 0},
                   {"T", show::Align::right, 8, 0},
                   {"in", show::Align::left, 8, 1}};
  for (std::size_t p = 0; p < result.probes_K.size() && p < probes.size(); ++p) {
    const bool lies = std::isfinite(result.probes_K[p]);
    table.rows.push_back(
        {{fmt::format("{:g}, {:g}, {:g}", probes[p].x * 1e3, probes[p].y * 1e3, probes[p].z * 1e3)},
         {lies ? fmt::format("{:.2f} °C", result.probes_K[p] - 273.15) : "–"},
         {lies && p < result.probe_in.size() ? result.probe_in[p] : "nothing there"}});
  }
  return "\n" + show::render(table, terminal);
}

std::string jedec_text(const thermal::JedecResult& result, const show::Terminal& terminal) {
  show::Table table;
  table.columns = {{"data sheet", show::Align::left, 16, 0},
                   {"K/W", show::Align::right, 8, 0},
                   {"set-up", show::Align::left, 8, 1}};
  const auto add = [&](const char* name, const std::optional<double>& value, const std::string& from) {
    for (const auto& c : result.cases)
      if (c.name == from)
        table.rows.push_back({{name},
                              {value ? fmt::format("{:.3g}", *value) : "–"},
                              {value ? c.standard : c.standard + ": " + c.why_not}});
  };
  add("theta_JA", result.theta_ja, "still_air_2s2p");
  add("theta_JA, 1s", result.theta_ja_1s, "still_air_1s");
  add("theta_JB", result.theta_jb, "ring");
  add("theta_JC top", result.theta_jc_top, "top");
  add("theta_JC bottom", result.theta_jc_bottom, "bottom");
  add("psi_JT", result.psi_jt, "still_air_2s2p");
  add("psi_JB", result.psi_jb, "still_air_2s2p");
  add("none", std::nullopt, "package");
  std::string text = "\n" + show::render(table, terminal);
  for (const auto& note : result.notes) text += show::wrap("note: " + note, terminal.width, 2);
  return text;
}

int steady(const Arguments& arguments, int threads, Io& io) {
  const auto start = std::chrono::steady_clock::now();
  thermal::SteadyOptions options;
  if (arguments.cells > 0) options.cells = arguments.cells;
  if (arguments.tolerance > 0) options.relative_residual = arguments.tolerance;
  if (arguments.path == "fv") options.path = thermal::Path::finite_volume;
  if (arguments.path == "spectral") options.path = thermal::Path::spectral;
  for (const auto& text : arguments.probes) options.probes.push_back(parse_probe(text));
  if (!arguments.deck_cells.empty()) options.deck_cells = parse_cells(arguments.deck_cells);
  options.keep_field = !arguments.map.empty() || !arguments.vtk.empty();
  options.progress = io.progress();

  package::Design design = read_design(arguments.paths, io);
  package::Assembly assembly;
  base::Pool pool(threads);
  signoff::SignOff shown;  // the same table as sign-off's, of this one analysis
  shown.thermal = thermal::with_channels_held(design, shown.findings, [&](const package::Design& held) {
    assembly = package::assemble(held);
    return thermal::steady(held, assembly, options, pool);
  });
  const auto found = thermal::findings(design, shown.thermal);
  shown.findings.insert(shown.findings.end(), found.begin(), found.end());
  if (arguments.jedec) {
    thermal::JedecOptions jedec;
    if (arguments.cells > 0) jedec.cells = arguments.cells;
    jedec.progress = io.progress();
    shown.jedec = thermal::jedec(design, jedec, pool);
    const auto more = thermal::findings(design, *shown.jedec);
    shown.findings.insert(shown.findings.end(), more.begin(), more.end());
  }
  shown.verdict = package::worst(shown.findings);
  shown.analyses["thermal.steady"].seconds = shown.thermal.seconds;
  shown.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const bool has_field = shown.thermal.mesh && !shown.thermal.temperature_K.empty();
  if (options.keep_field && !has_field) {
    throw base::Error("this path keeps no field to draw", "add --path fv to --map and --vtk");
  }
  if (!arguments.map.empty()) {
    const auto maps = signoff::make_maps(design, assembly, shown.thermal);
    const signoff::Map* map = best_map(maps, shown.thermal);
    if (map == nullptr) throw base::Error("there is no heated part to draw", "leave --map out");
    must_write(arguments.map, show::to_png(map->picture));
  }
  if (!arguments.vtk.empty()) must_write(arguments.vtk, field_vtk(assembly, shown.thermal));

  io.text(signoff::to_terminal(design, shown, io.terminal().width, io.terminal().colour));
  if (shown.jedec) io.text(jedec_text(*shown.jedec, io.terminal()));
  if (!options.probes.empty()) io.text(probes_text(options.probes, shown.thermal, io.terminal()));
  if (io.json()) {
    Json body = {{"design", {{"name", design.name}, {"file", design.file}}}};
    body.update(signoff::thermal_json(shown.thermal, options.probes));
    if (shown.jedec) body.update(signoff::jedec_json(*shown.jedec));
    body["verdict"] = package::to_text(shown.verdict);
    body["findings"] = signoff::findings_json(shown.findings);
    io.document(body);
  }
  return status_of(shown.findings);
}

}  // namespace

void add_thermal_commands(CLI::App& program, Chosen& chosen) {
  CLI::App* noun = program.add_subcommand("thermal", "heat in a package");
  noun->footer(
      "Examples:\n  bondline thermal steady examples/sip-edge-node/design.yaml\n"
      "  bondline thermal steady my.yaml --cells 2e6 --map hot.png");
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* c =
      noun->add_subcommand("steady", "steady temperatures, where the heat goes, what would mend it");
  const auto common =
      add_common(*c,
                 "  bondline thermal steady my.yaml --probe \"0 mm,0.8 mm,0.3 mm\" --map hot.png\n"
                 "  bondline thermal steady my.yaml --cells 2e6 --path fv --json | jq .dies",
                 true);
  c->add_option("D.yaml", arguments->paths, "design file, or another tool's files")->required();
  c->add_option("--cells", arguments->cells, "cells of the fine grid to aim at (default 250e3)")
      ->check(number_from(1, 1e12))
      ->type_name("N");
  c->add_option("--probe", arguments->probes, "temperature at a point, metres or with units; may be repeated")
      ->type_name("x,y,z")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false);
  c->add_option("--path", arguments->path, "auto, fv (finite volumes) or spectral (layered blocks)")
      ->transform(CLI::CheckedTransformer(std::map<std::string, std::string>{{"auto", "auto"},
                                                                             {"automatic", "auto"},
                                                                             {"fv", "fv"},
                                                                             {"finite_volume", "fv"},
                                                                             {"spectral", "spectral"}})
                      .description(""))
      ->type_name("PATH");
  c->add_option("--deck-cells", arguments->deck_cells,
                "solve on even cells as another tool did, to compare: --deck-cells \"100 um,100 um\"")
      ->type_name("X,Y");
  c->add_option("--tolerance", arguments->tolerance, "relative residual of the solve (default 1e-8)")
      ->check(number_from(1e-14, 1e-2))
      ->type_name("R");
  c->add_flag("--jedec", arguments->jedec, "also theta_JA, theta_JB, theta_JC, psi_JT and psi_JB (JESD51)");
  c->add_option("--map", arguments->map, "write the hottest part's temperature map")->type_name("FILE.png");
  c->add_option("--vtk", arguments->vtk, "write the temperature field")->type_name("FILE.vtr");
  c->callback([=, &chosen] {
    chosen = {"thermal steady", common->json,
              [=](Io& io) { return steady(*arguments, common->threads, io); }};
  });
  add_thermal_transient_command(*noun, chosen);
  add_thermal_impedance_command(*noun, chosen);
  add_thermal_reduce_command(*noun, chosen);
  add_thermal_response_commands(*noun, chosen);
}

}  // namespace bondline::app
