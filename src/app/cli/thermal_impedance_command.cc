// bondline thermal impedance
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/design_io.h"
#include "app/cli/thermal_arguments.h"
#include "base/file.h"
#include "design/package/solids.h"
#include "design/thermal/coolant/channels_held.h"
#include "design/thermal/transient/impedance/impedance.h"
#include "show/picture.h"

namespace bondline::app {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::vector<std::string> paths;
  std::string part, from, until, power, path = "auto", out;
  double cells = 0, tolerance = 0;
  int per_decade = 20;
};

Json numbers(const std::vector<double>& values) {
  Json out = Json::array();
  for (const double v : values) out.push_back(std::isfinite(v) ? Json(v) : Json());
  return out;
}

Json result_json(const thermal::Impedance& z) {
  std::vector<double> tau, resistance;
  for (const auto& term : z.spectrum) {
    tau.push_back(term.tau);
    resistance.push_back(term.resistance);
  }
  return {{"part", z.part},
          {"power_W", z.power_W},
          {"time", numbers(z.time)},
          {"z_K_W", numbers(z.z)},
          {"z_hottest_K_W", numbers(z.z_hottest)},
          {"steady_K_W", z.steady},
          {"steady_hottest_K_W", z.steady_hottest},
          {"spectrum", {{"tau", numbers(tau)}, {"resistance_K_W", numbers(resistance)}}},
          {"structure",
           {{"resistance_K_W", numbers(z.structure.resistance)},
            {"capacity_J_K", numbers(z.structure.capacity)},
            {"slope_J_W_K2", numbers(z.structure.slope)}}},
          {"fit_error", z.fit_error},
          {"path", z.path},
          {"balance", z.balance},
          {"seconds", z.seconds},
          {"notes", z.notes}};
}

std::string csv(const thermal::Impedance& z) {
  std::string out = "time_s,z_K_per_W,z_hottest_K_per_W\n";
  for (std::size_t t = 0; t < z.time.size(); ++t)
    out += fmt::format("{:.9g},{:.9g},{:.9g}\n", z.time[t], z.z[t], z.z_hottest[t]);
  return out;
}

std::string structure_csv(const thermal::Impedance& z) {
  std::string out = "resistance_K_per_W,capacity_J_per_K,slope_J_W_per_K2\n";
  const auto& f = z.structure;
  for (std::size_t n = 0; n < f.resistance.size(); ++n)
    out += fmt::format("{:.9g},{:.9g},{:.9g}\n", f.resistance[n], f.capacity[n], f.slope[n]);
  return out;
}

/// Curves are drawn on straight axes: logarithms go in and the label says so.
std::vector<double> logarithms(const std::vector<double>& values) {
  std::vector<double> out;
  for (const double v : values) out.push_back(v > 0 ? std::log10(v) : std::nan(""));
  return out;
}

std::string impedance_svg(const thermal::Impedance& z) {
  show::CurvePicture picture;
  picture.title = z.part + ": thermal impedance";
  picture.x_label = "log10 of time (s)";
  picture.y_label = "Z (K/W)";
  picture.curves = {{"mean over the heat", logarithms(z.time), z.z},
                    {"hottest point", logarithms(z.time), z.z_hottest}};
  return show::to_svg(picture);
}

std::string structure_svg(const thermal::Impedance& z) {
  show::CurvePicture picture;
  picture.title = z.part + ": cumulative structure function";
  picture.x_label = "resistance from the heat (K/W)";
  picture.y_label = "log10 of heat capacity (J/K)";
  picture.curves = {{"", z.structure.resistance, logarithms(z.structure.capacity)}};
  return show::to_svg(picture);
}

std::string text_of(const package::Design& design, const thermal::Impedance& z,
                    const show::Terminal& terminal) {
  show::Table table;
  table.columns = {{"time", show::Align::right, 10, 0},
                   {"Z mean", show::Align::right, 12, 0},
                   {"Z hottest", show::Align::right, 12, 0}};
  constexpr std::size_t kRows = 16;
  const std::size_t n = z.time.size(), rows = std::min(n, kRows);
  for (std::size_t k = 0; k < rows; ++k) {
    const std::size_t t = rows == 1 ? 0 : k * (n - 1) / (rows - 1);
    table.rows.push_back({{fmt::format("{:.3g} s", z.time[t])},
                          {fmt::format("{:.4g} K/W", z.z[t])},
                          {fmt::format("{:.4g} K/W", z.z_hottest[t])}});
  }
  table.rows.push_back({{"steady", show::Tone::heading},
                        {fmt::format("{:.4g} K/W", z.steady), show::Tone::heading},
                        {fmt::format("{:.4g} K/W", z.steady_hottest), show::Tone::heading}});
  std::string text =
      show::paint(fmt::format("{}: thermal impedance of {} ({:.3g} W)", design.name, z.part, z.power_W),
                  show::Tone::heading, terminal) +
      "\n" + show::render(table, terminal) + "\n";
  text += fmt::format("{} time constants meet the curve within {:.1e}; ladder of {} stages; {}; {:.2f} s\n",
                      z.spectrum.size(), z.fit_error, z.structure.resistance.size(), z.path, z.seconds);
  for (const auto& note : z.notes) text += show::wrap("note: " + note, terminal.width, 2);
  return text;
}

int impedance(const Arguments& arguments, int threads, Io& io) {
  thermal::ImpedanceOptions options;
  options.part = arguments.part;
  if (!arguments.from.empty()) options.from = parse_seconds(arguments.from, "--from");
  if (!arguments.until.empty()) options.until = parse_seconds(arguments.until, "--until");
  if (!arguments.power.empty()) {
    const auto read = base::parse_as(arguments.power, base::dim::power);
    if (!read.quantity || !(read.quantity->value > 0))
      throw base::Error(fmt::format("--power \"{}\" is no power above 0 W", arguments.power),
                        "give a power such as \"10 W\"");
    options.power = read.quantity->value;
  }
  options.per_decade = arguments.per_decade;
  if (arguments.cells > 0) options.cells = arguments.cells;
  if (arguments.tolerance > 0) options.tolerance = arguments.tolerance;
  if (arguments.path == "fv") options.path = thermal::Path::finite_volume;
  if (arguments.path == "spectral") options.path = thermal::Path::spectral;
  options.progress = io.progress();

  package::Design design = read_design(arguments.paths, io);
  base::Pool pool(threads);
  std::vector<package::Finding> told;
  thermal::Impedance z = thermal::with_channels_held(
      design, told, [&](const package::Design& held) { return thermal::impedance(held, options, pool); });
  for (const auto& f : told) z.notes.push_back(f.subject + ": " + f.why + "; " + f.mend);
  if (options.progress) options.progress(1, "done");
  std::vector<std::string> files;
  if (!arguments.out.empty()) {
    base::disk().make_folder(arguments.out);
    for (const auto& [name, bytes] : {std::pair<const char*, std::string>{"impedance.csv", csv(z)},
                                      {"structure.csv", structure_csv(z)},
                                      {"impedance.svg", impedance_svg(z)},
                                      {"structure.svg", structure_svg(z)}}) {
      files.push_back(base::join_path(arguments.out, name));
      must_write(files.back(), bytes);
    }
  }
  io.text(text_of(design, z, io.terminal()));
  if (io.json()) {
    Json body = {{"design", {{"name", design.name}, {"file", design.file}}}};
    body.update(result_json(z));
    if (!files.empty()) body["files"] = files;
    io.document(body);
  }
  return 0;
}

}  // namespace

void add_thermal_impedance_command(CLI::App& noun, Chosen& chosen) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* c =
      noun.add_subcommand("impedance", "Z_th(t) of one heated part, time constants, structure functions");
  const auto common =
      add_common(*c,
                 "  bondline thermal impedance my.yaml --part soc --out zth\n"
                 "  bondline thermal impedance my.yaml --from \"10 us\" --json | jq .structure",
                 true);
  c->add_option("D.yaml", arguments->paths, "design file, or another tool's files")->required();
  c->add_option("--part", arguments->part,
                "die or layer that is heated (default: the one with the most power)")
      ->type_name("NAME");
  c->add_option("--power", arguments->power, "size of the power step (default: the part's own power)")
      ->type_name("W");
  c->add_option("--from", arguments->from, "first time: \"1 us\" (default), or plain seconds")
      ->type_name("S");
  c->add_option("--until", arguments->until, "last time (default: where the curve has reached its end)")
      ->type_name("S");
  c->add_option("--per-decade", arguments->per_decade, "times per decade (default 20)")
      ->check(number_from(4, 200))
      ->type_name("N");
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
  c->add_option("--tolerance", arguments->tolerance,
                "relative error of the fields in time, by finite volumes (default 5e-4)")
      ->check(number_from(1e-9, 0.1))
      ->type_name("R");
  c->add_option("--out", arguments->out, "folder for impedance.csv, structure.csv and their pictures")
      ->type_name("DIR");
  c->callback([=, &chosen] {
    chosen = {"thermal impedance", common->json,
              [=](Io& io) { return impedance(*arguments, common->threads, io); }};
  });
}

}  // namespace bondline::app
