// bondline thermal reduce
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/design_io.h"
#include "app/cli/thermal_arguments.h"
#include "base/quantity.h"
#include "design/package/solids.h"
#include "design/signoff/reduced_handoff.h"
#include "design/thermal/coolant/channels_held.h"
#include "design/thermal/reduced/reduced.h"

namespace bondline::app {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::vector<std::string> paths, films;
  std::string out, shortest;
  double cells = 0, tolerance = 0, range = 0;
  int states = 0;
  bool check = false;
};

/// "environment.top=5..50", W/(m2 K) with or without units.
std::pair<std::string, std::pair<double, double>> parse_film(const std::string& text) {
  const std::size_t equals = text.find('='), dots = text.find("..", equals == std::string::npos ? 0 : equals);
  if (equals == std::string::npos || dots == std::string::npos || equals == 0)
    throw base::Error(fmt::format("--film \"{}\" names no range", text),
                      "write --film environment.top=5..50");
  const auto value = [&](std::string part) {
    part.erase(0, part.find_first_not_of(' '));
    const auto plain = base::parse_as(part, base::dim::none);
    if (plain.quantity && part.find('%') == std::string::npos) return plain.quantity->value;
    const auto film = base::parse_as(part, base::dim::film_coefficient);
    if (!film.quantity) throw base::Error(fmt::format("--film \"{}\": {}", text, film.problem), film.mend);
    return film.quantity->value;
  };
  return {text.substr(0, equals),
          {value(text.substr(equals + 1, dots - equals - 1)), value(text.substr(dots + 2))}};
}

Json model_json(const thermal::ReducedModel& m, const handoff::ReducedModel& written) {
  Json films = Json::array(), inputs = Json::array(), outputs = Json::array();
  for (const auto& f : m.films)
    films.push_back({{"name", f.name},
                     {"h", std::isfinite(f.h) ? Json(f.h) : Json()},
                     {"low", f.rows ? Json(f.low) : Json()},
                     {"high", f.rows ? Json(f.high) : Json()}});
  for (const auto& i : m.inputs)
    inputs.push_back({{"name", i.name}, {"unit", i.unit}, {"designed", i.designed}});
  for (const auto& o : m.outputs) outputs.push_back({{"name", o.name}, {"unit", "K"}});
  return {{"states", m.designed.states},
          {"inputs", inputs},
          {"outputs", outputs},
          {"films", films},
          {"shortest_s", m.shortest},
          {"longest_s", m.slowest},
          {"tolerance_K", m.tolerance_K},
          {"tolerance_reached", m.reached},
          {"error_bound_K", *written.error_bound},
          {"cells", m.cells},
          {"unknowns", m.unknowns},
          {"solves", m.solves},
          {"seconds", m.seconds},
          {"notes", m.notes}};
}

Json check_json(const thermal::ReducedCheck& c) {
  return {{"steady_error_K", c.steady_error_K},
          {"steady_bound_K", c.steady_bound_K},
          {"step_error_K", c.step_error_K},
          {"step_bound_K", c.step_bound_K},
          {"method_error_K", c.method_error_K},
          {"bound_held", c.bound_held},
          {"times_s", c.times},
          {"seconds_per_step", c.seconds_per_step}};
}

int reduce(const Arguments& arguments, int threads, Io& io) {
  thermal::ReducedOptions options;
  if (arguments.cells > 0) options.cells = arguments.cells;
  if (arguments.tolerance > 0) options.tolerance_K = arguments.tolerance;
  if (arguments.range > 0) options.film_range = arguments.range;
  if (arguments.states > 0) options.max_states = arguments.states;
  if (!arguments.shortest.empty()) options.shortest = parse_seconds(arguments.shortest, "--shortest");
  if (!(options.shortest > 0))
    throw base::Error("--shortest is the model's shortest step",
                      "give a time above zero: --shortest \"1 ms\"");
  for (const auto& text : arguments.films) options.ranges.insert(parse_film(text));
  options.progress = io.progress();

  package::Design design = read_design(arguments.paths, io);
  base::Pool pool(threads);
  std::vector<package::Finding> told;
  package::Assembly assembly;
  thermal::ReducedModel model = thermal::with_channels_held(design, told, [&](const package::Design& held) {
    assembly = package::assemble(held);
    return thermal::reduce(held, assembly, options, pool);
  });
  for (const auto& f : told) model.notes.push_back(f.subject + ": " + f.why + "; " + f.mend);
  const handoff::ReducedModel written = signoff::to_handoff(model, true, pool);
  if (!arguments.out.empty())
    must_write(arguments.out, handoff::write(signoff::handoff_of(design, written, made_by())));
  std::optional<thermal::ReducedCheck> checked;
  if (arguments.check) checked = thermal::check(design, assembly, model, options, pool);

  io.text(show::paint(fmt::format("{}: {} states stand for {} unknowns", design.name, model.designed.states,
                                  model.unknowns),
                      show::Tone::heading, io.terminal()) +
          "\n");
  io.text(fmt::format("{} inputs, {} outputs, steps from {:g} s, longest time constant {:.3g} s\n",
                      model.inputs.size(), model.outputs.size(), model.shortest, model.slowest));
  for (const auto& f : model.films)
    if (f.rows) io.text(fmt::format("{} holds from {:.4g} to {:.4g} W/(m2 K)\n", f.name, f.low, f.high));
  io.text(fmt::format("error bound {:.2g} K for a jump of everything from rest; {} solves, {:.2f} s\n",
                      *written.error_bound, model.solves, model.seconds));
  if (checked)
    io.text(fmt::format(
        "checked: steady {:.1e} K off (bound {:.1e}), a power step {:.1e} K (bound {:.1e}); the "
        "bound {}; {:.1f} us per step\n",
        checked->steady_error_K, checked->steady_bound_K, checked->step_error_K, checked->step_bound_K,
        checked->bound_held ? "held" : "DID NOT HOLD", 1e6 * checked->seconds_per_step));
  for (const auto& note : model.notes) io.text(show::wrap("note: " + note, io.terminal().width, 2) + "\n");
  if (!arguments.out.empty()) io.text(fmt::format("wrote {}\n", arguments.out));
  if (io.json()) {
    Json body = {{"design", {{"name", design.name}, {"file", design.file}}}};
    body["model"] = model_json(model, written);
    if (checked) body["check"] = check_json(*checked);
    if (!arguments.out.empty()) body["file"] = arguments.out;
    io.document(body);
  }
  return checked && !checked->bound_held ? kJudged : kDone;
}

}  // namespace

void add_thermal_reduce_command(CLI::App& thermal, Chosen& chosen) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* c = thermal.add_subcommand("reduce", "a small model in time, with a bound on its error");
  const auto common =
      add_common(*c,
                 "  bondline thermal reduce my.yaml --out model.json --check\n"
                 "  bondline thermal reduce my.yaml --film environment.top=5..50 --shortest \"10 ms\"",
                 true);
  c->add_option("D.yaml", arguments->paths, "design file, or another tool's files")->required();
  c->add_option("--out", arguments->out, "write a handoff that holds the model")->type_name("R.json");
  c->add_flag("--check", arguments->check, "compare with the full model, steady and in time");
  c->add_option("--cells", arguments->cells, "cells of the model that is reduced (default 25e3)")
      ->check(number_from(1, 1e12))
      ->type_name("N");
  c->add_option("--tolerance", arguments->tolerance, "error aimed at, K (default 0.1)")
      ->check(number_from(1e-6, 100))
      ->type_name("K");
  c->add_option("--shortest", arguments->shortest, "shortest step of the model (default 1 ms)")
      ->type_name("TIME");
  c->add_option("--range", arguments->range, "films hold from h / N to h N (default 2; 1: fixed)")
      ->check(number_from(1, 1e6))
      ->type_name("N");
  c->add_option("--film", arguments->films, "range of one film, W/(m2 K); may be repeated")
      ->type_name("NAME=LOW..HIGH")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false);
  c->add_option("--states", arguments->states, "states at most (default 600)")
      ->check(number_from(1, 5000))
      ->type_name("N");
  c->callback([=, &chosen] {
    chosen = {"thermal reduce", common->json,
              [=](Io& io) { return reduce(*arguments, common->threads, io); }};
  });
}

}  // namespace bondline::app
