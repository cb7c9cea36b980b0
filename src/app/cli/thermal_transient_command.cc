// bondline thermal transient
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
#include "design/thermal/transient/transient.h"
#include "show/picture.h"

namespace bondline::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kZero = 273.15;

struct Arguments {
  std::vector<std::string> paths, probes;
  std::string until, dt, initial = "off", after = "repeat", path = "auto", out;
  double cells = 0, tolerance = 0;
  bool every_step = false;
};

Json number(double v) {
  return std::isfinite(v) ? Json(v) : Json();
}

Json numbers(const std::vector<double>& values) {
  Json out = Json::array();
  for (const double v : values) out.push_back(number(v));
  return out;
}

Json histories_json(const std::vector<thermal::History>& list) {
  Json out = Json::object();
  for (const auto& h : list) {
    const std::string name = signoff::short_name(h.path);
    out[name] = {{"max_K", numbers(h.max_K)},     {"mean_K", numbers(h.mean_K)},
                 {"power_W", numbers(h.power_W)}, {"peak_K", number(h.peak_K)},
                 {"peak_at", number(h.peak_at)},  {"error_K", number(h.error_K)}};
  }
  return out;
}

Json result_json(const thermal::TransientResult& r, const std::vector<thermal::Probe>& probes) {
  Json out;
  out["time"] = numbers(r.time);
  out["power_W"] = numbers(r.power_W);
  out["dies"] = histories_json(r.dies);
  out["blocks"] = histories_json(r.blocks);
  out["parts"] = histories_json(r.parts);
  Json list = Json::array();
  for (std::size_t p = 0; p < r.probes_K.size(); ++p)
    list.push_back({{"at", {probes[p].x, probes[p].y, probes[p].z}},
                    {"in", p < r.probe_in.size() ? r.probe_in[p] : ""},
                    {"T_K", numbers(r.probes_K[p])}});
  out["probes"] = std::move(list);
  out["heat"] = {{"in_J", number(r.heat.in_J)},
                 {"out_J", number(r.heat.out_J)},
                 {"stored_J", number(r.heat.stored_J)},
                 {"balance", number(r.heat.balance)}};
  out["runaway"] =
      r.runaway ? Json{{"part", r.runaway->path}, {"time", r.runaway->time}, {"bound_K", r.runaway->bound_K}}
                : Json();
  out["path"] = r.path;
  out["steps"] = r.steps;
  out["rejected"] = r.rejected;
  out["events"] = r.events;
  out["cells"] = r.cells;
  out["modes"] = r.modes;
  out["time_error_K"] = number(r.time_error_K);
  out["space_error_K"] = number(r.space_error_K);
  out["seconds"] = r.seconds;
  out["notes"] = r.notes;
  return out;
}

/// What a table and curves show: the dies, or the layers and blocks of a plain block that carry power.
std::vector<const thermal::History*> shown(const thermal::TransientResult& r) {
  std::vector<const thermal::History*> out;
  for (const auto& h : r.dies) out.push_back(&h);
  if (out.empty())
    for (const auto& h : r.blocks)
      if (std::any_of(h.power_W.begin(), h.power_W.end(), [](double w) { return w != 0; })) out.push_back(&h);
  if (out.empty())
    for (const auto& h : r.blocks) out.push_back(&h);
  constexpr std::size_t kMost = 8;
  if (out.size() > kMost) {
    std::stable_sort(out.begin(), out.end(),
                     [](const auto* a, const auto* b) { return a->peak_K > b->peak_K; });
    out.resize(kMost);
  }
  return out;
}

std::string seconds_text(double t) {
  if (t == 0) return "0 s";
  for (const auto& [unit, scale] : {std::pair{"s", 1.0}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}})
    if (t >= scale * 0.9995) return fmt::format("{:.4g} {}", t / scale, unit);
  return fmt::format("{:.3g} s", t);
}

std::string table_text(const package::Design& design, const thermal::TransientResult& r,
                       const show::Terminal& terminal) {
  auto parts = shown(r);
  // Probes were asked for by name: they come first where not all fits.
  constexpr std::size_t kColumns = 7;
  const std::size_t probes = std::min(r.probes_K.size(), kColumns);
  parts.resize(std::min(parts.size(), std::max<std::size_t>(1, kColumns - probes)));
  show::Table table;
  table.columns = {{"time", show::Align::right, 8, 0}, {"power", show::Align::right, 8, 0}};
  for (const auto* h : parts)
    table.columns.push_back({signoff::short_name(h->path), show::Align::right, 9, 0});
  for (std::size_t p = 0; p < probes; ++p)
    table.columns.push_back({fmt::format("probe {}", p + 1), show::Align::right, 9, 0});
  constexpr std::size_t kRows = 16;
  const std::size_t n = r.time.size(), rows = std::min(n, kRows);
  for (std::size_t k = 0; k < rows; ++k) {
    const std::size_t t = rows == 1 ? 0 : k * (n - 1) / (rows - 1);
    std::vector<show::Cell> row{{seconds_text(r.time[t])}, {fmt::format("{:.3g} W", r.power_W[t])}};
    for (const auto* h : parts)
      row.push_back({std::isfinite(h->max_K[t]) ? fmt::format("{:.2f} °C", h->max_K[t] - kZero) : "–"});
    for (std::size_t p = 0; p < probes; ++p) {
      const double at = r.probes_K[p][t];
      row.push_back({std::isfinite(at) ? fmt::format("{:.2f} °C", at - kZero) : "–"});
    }
    table.rows.push_back(std::move(row));
  }
  std::vector<show::Cell> peak{{"peak", show::Tone::heading}, {""}};
  for (const auto* h : parts)
    peak.push_back(
        {fmt::format("{:.2f} °C\nat {}", h->peak_K - kZero, seconds_text(h->peak_at)), show::Tone::heading});
  table.rows.push_back(std::move(peak));
  std::string text =
      show::paint(fmt::format("{}: hottest points in time", design.name), show::Tone::heading, terminal) +
      "\n" + show::render(table, terminal) + "\n";
  text += fmt::format("{}: {} results", r.path, n);
  if (r.steps > 0) text += fmt::format(", {} steps ({} tried again)", r.steps, r.rejected);
  text += fmt::format(", {} power steps, {} {}; {:.2f} s\n", r.events, r.modes > 0 ? r.modes : r.cells,
                      r.modes > 0 ? "modes" : "cells", r.seconds);
  text += fmt::format("heat: {:.5g} J in, {:.5g} J out, {:.5g} J stored; balance {:.1e}\n", r.heat.in_J,
                      r.heat.out_J, r.heat.stored_J, r.heat.balance);
  text += fmt::format("error estimates: {:.2g} K from space, {:.2g} K from time\n", r.space_error_K,
                      r.time_error_K);
  for (const auto& note : r.notes) text += show::wrap("note: " + note, terminal.width, 2);
  return text + "\n";
}

std::string csv(const thermal::TransientResult& r) {
  std::string out = "time_s,power_W";
  std::vector<const std::vector<double>*> columns;
  for (const auto* list : {&r.dies, &r.blocks, &r.parts})
    for (const auto& h : *list) {
      out += "," + h.path + ".max_K," + h.path + ".mean_K";
      columns.push_back(&h.max_K);
      columns.push_back(&h.mean_K);
    }
  for (std::size_t p = 0; p < r.probes_K.size(); ++p) {
    out += fmt::format(",probe{}_K", p + 1);
    columns.push_back(&r.probes_K[p]);
  }
  out += "\n";
  for (std::size_t t = 0; t < r.time.size(); ++t) {
    out += fmt::format("{:.9g},{:.9g}", r.time[t], r.power_W[t]);
    for (const auto* c : columns) out += std::isfinite((*c)[t]) ? fmt::format(",{:.9g}", (*c)[t]) : ",";
    out += "\n";
  }
  return out;
}

std::string curve_svg(const package::Design& design, const thermal::TransientResult& r) {
  show::CurvePicture picture;
  picture.title = design.name + ": hottest points in time";
  picture.x_label = "time (s)";
  picture.y_label = "temperature (°C)";
  for (const auto* h : shown(r)) {
    show::Curve curve{h->path, r.time, h->max_K};
    for (double& v : curve.y) v -= kZero;
    picture.curves.push_back(std::move(curve));
  }
  return show::to_svg(picture);
}

void read_initial(const std::string& text, thermal::TransientOptions& options) {
  using thermal::Initial;
  if (text == "off")
    options.initial = Initial::off;
  else if (text == "mean")
    options.initial = Initial::mean;
  else if (text == "first")
    options.initial = Initial::first;
  else {
    const auto read = base::parse_as(text, base::dim::temperature);
    if (!read.quantity)
      throw base::Error(fmt::format("--initial \"{}\": {}", text, read.problem),
                        "give off, mean, first or a temperature such as \"25 degC\"");
    options.initial = Initial::temperature;
    options.initial_K = read.quantity->value;
  }
}

int transient(const Arguments& arguments, int threads, Io& io) {
  thermal::TransientOptions options;
  options.until = parse_seconds(arguments.until, "--until");
  options.dt = arguments.dt.empty() ? options.until / 100 : parse_seconds(arguments.dt, "--dt");
  if (arguments.cells > 0) options.cells = arguments.cells;
  if (arguments.tolerance > 0) options.tolerance = arguments.tolerance;
  if (arguments.path == "fv") options.path = thermal::Path::finite_volume;
  if (arguments.path == "spectral") options.path = thermal::Path::spectral;
  if (arguments.after == "hold") options.after = thermal::AfterTrace::hold;
  if (arguments.after == "off") options.after = thermal::AfterTrace::off;
  if (arguments.every_step) options.most_events = 0;
  read_initial(arguments.initial, options);
  for (const auto& text : arguments.probes) options.probes.push_back(parse_probe(text));
  options.progress = io.progress();

  package::Design design = read_design(arguments.paths, io);
  base::Pool pool(threads);
  std::vector<package::Finding> findings;
  const thermal::TransientResult result =
      thermal::with_channels_held(design, findings, [&](const package::Design& held) {
        return thermal::transient(held, package::assemble(held), options, pool);
      });
  if (options.progress) options.progress(1, "done");
  const auto found = thermal::findings(design, result);
  findings.insert(findings.end(), found.begin(), found.end());

  std::vector<std::string> files;
  if (!arguments.out.empty()) {
    base::disk().make_folder(arguments.out);
    for (const auto& [name, bytes] : {std::pair<const char*, std::string>{"transient.csv", csv(result)},
                                      {"transient.svg", curve_svg(design, result)}}) {
      files.push_back(base::join_path(arguments.out, name));
      must_write(files.back(), bytes);
    }
  }
  io.text(table_text(design, result, io.terminal()));
  io.text(findings_text(findings, io.terminal()));
  if (io.json()) {
    Json body = {{"design", {{"name", design.name}, {"file", design.file}}}};
    body.update(result_json(result, options.probes));
    if (!files.empty()) body["files"] = files;
    body["verdict"] = package::to_text(package::worst(findings));
    body["findings"] = signoff::findings_json(findings);
    io.document(body);
  }
  return status_of(findings);
}

}  // namespace

void add_thermal_transient_command(CLI::App& noun, Chosen& chosen) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* c = noun.add_subcommand("transient", "temperatures in time under power traces");
  const auto common = add_common(
      *c,
      "  bondline thermal transient my.yaml --until \"30 s\" --dt \"0.5 s\" --out burst\n"
      "  bondline thermal transient my.yaml --until 1 --dt 10e-3 --initial mean --json | jq .dies.soc.max_K",
      true);
  c->add_option("D.yaml", arguments->paths, "design file, or another tool's files")->required();
  c->add_option("--until", arguments->until, "end of the run: \"30 s\", or plain seconds")
      ->required()
      ->type_name("S");
  c->add_option("--dt", arguments->dt,
                "interval of the results (default: a hundredth of the run); the solver chooses its own steps")
      ->type_name("S");
  c->add_option("--initial", arguments->initial,
                "begin at: off (no power, default), mean (steady at mean power), first (steady at the first "
                "sample) or a temperature")
      ->type_name("T");
  c->add_option("--after", arguments->after, "where a trace ends before the run: repeat (default), hold, off")
      ->check(CLI::IsMember({"repeat", "hold", "off"}))
      ->type_name("WHAT");
  c->add_option("--probe", arguments->probes, "temperature at a point, metres or with units; may be repeated")
      ->type_name("x,y,z")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false);
  c->add_option("--cells", arguments->cells, "cells of the fine grid to aim at (default 100e3)")
      ->check(number_from(1, 1e12))
      ->type_name("N");
  c->add_option("--path", arguments->path, "auto, fv (finite volumes) or spectral (layered blocks)")
      ->transform(CLI::CheckedTransformer(std::map<std::string, std::string>{{"auto", "auto"},
                                                                             {"automatic", "auto"},
                                                                             {"fv", "fv"},
                                                                             {"finite_volume", "fv"},
                                                                             {"spectral", "spectral"}})
                      .description(""))
      ->type_name("PATH");
  c->add_option("--tolerance", arguments->tolerance, "relative error of a time step (default 1e-3)")
      ->check(number_from(1e-9, 0.1))
      ->type_name("R");
  c->add_flag("--every-step", arguments->every_step,
              "meet every power step, also where hundreds of them lie between the results");
  c->add_option("--out", arguments->out, "folder for transient.csv and transient.svg")->type_name("DIR");
  c->callback([=, &chosen] {
    chosen = {"thermal transient", common->json,
              [=](Io& io) { return transient(*arguments, common->threads, io); }};
  });
}

}  // namespace bondline::app
