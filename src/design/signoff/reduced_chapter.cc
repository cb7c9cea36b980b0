#include "design/signoff/reduced_chapter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "design/signoff/reduced_handoff.h"
#include "design/thermal/coolant/channels_held.h"

namespace bondline::signoff {
namespace {

using package::Verdict;

/// "soc" of "soc.power" and "soc.core0.power"; empty for ambients and leakage.
std::string die_of(const thermal::ReducedInput& input) {
  if (input.unit != "W" || !input.name.ends_with(".power") || input.name.ends_with(".leakage.power"))
    return "";
  return input.name.substr(0, input.name.find('.'));
}

/// Steady answers of all outputs to one of input i.
std::vector<double> gains(const numerics::ModalModel& modal, std::size_t i) {
  std::vector<double> u(std::size_t(modal.inputs()), 0.0), y(std::size_t(modal.outputs()));
  u[i] = 1;
  numerics::ModalStepper stepper(modal, 1);
  stepper.settle(u);
  stepper.outputs(u, y);
  return y;
}

struct Column {
  std::string die;
  std::vector<std::pair<std::size_t, double>> share;  ///< input, share of the die's designed power
};

std::vector<Column> columns_of(const thermal::ReducedModel& model) {
  std::vector<Column> out;
  for (std::size_t i = 0; i < model.inputs.size(); ++i) {
    const std::string die = die_of(model.inputs[i]);
    if (die.empty()) continue;
    auto at = std::find_if(out.begin(), out.end(), [&](const Column& c) { return c.die == die; });
    if (at == out.end()) at = out.insert(out.end(), {die, {}});
    at->share.emplace_back(i, std::abs(model.inputs[i].designed));
  }
  for (auto& column : out) {
    double sum = 0;
    for (const auto& [i, w] : column.share) sum += w;
    for (auto& [i, w] : column.share) w = sum > 0 ? w / sum : 1.0 / double(column.share.size());
  }
  return out;
}

}  // namespace

Table resistance_table(const thermal::ReducedModel& model) {
  Table table;
  table.analysis = "thermal.reduced";
  table.title = "Thermal resistances: rise of each row per watt in each column";
  const auto columns = columns_of(model);
  const numerics::ModalModel modal(model.designed);
  std::vector<std::vector<double>> per_column(columns.size(), std::vector<double>(model.outputs.size(), 0.0));
  for (std::size_t c = 0; c < columns.size(); ++c)
    for (const auto& [i, share] : columns[c].share) {
      const std::vector<double> y = gains(modal, i);
      for (std::size_t o = 0; o < y.size(); ++o) per_column[c][o] += share * y[o];
    }
  table.columns.push_back({"rise of", "", 4});
  for (const auto& column : columns) table.columns.push_back({column.die, "K/W", 4});
  for (std::size_t o = 0; o < model.outputs.size(); ++o) {
    std::string name = model.outputs[o].name;
    const bool junction = name.ends_with(".junction") && std::count(name.begin(), name.end(), '.') == 1;
    if (!junction && name != "case.top" && name != "board.temperature") continue;
    if (junction) name = name.substr(0, name.find('.'));
    std::vector<TableCell> row{name == "case.top"            ? "case, top"
                               : name == "board.temperature" ? "board"
                                                             : name};
    for (const auto& values : per_column) row.emplace_back(values[o]);
    table.rows.push_back(std::move(row));
  }
  table.note =
      "At the designed films. Each die's power is split over its blocks as designed; a die's row is the "
      "place that is hottest "
      "under the designed powers.";
  return table;
}

std::optional<handoff::ReducedModel> add_reduced_model(const package::Design& design,
                                                       const package::Assembly& assembly, base::Pool& pool,
                                                       const Options& options, SignOff& out) {
  package::Finding f;
  f.rule = "thermal.reduced";
  f.subject = "design";
  f.unit = "K";
  f.source = "bound on the model's error against the finite volumes it was made from (docs/reduced-model.md)";
  try {
    thermal::ReducedOptions o;
    o.progress = options.progress;
    // Its grid is coarser than the steady one: channels that this one cannot hold are averaged, and told.
    package::Design held = design;
    package::Assembly parts = assembly;
    const std::size_t known = out.findings.size();
    const thermal::ReducedModel model =
        thermal::with_channels_held(held, out.findings, [&](const package::Design& now) {
          if (out.findings.size() > known) parts = package::assemble(now);
          return thermal::reduce(now, parts, o, pool);
        });
    handoff::ReducedModel carried = to_handoff(model, true, pool);
    out.content.tables.push_back(resistance_table(model));
    f.verdict = model.reached ? Verdict::info : Verdict::warn;
    f.value = carried.error_bound;
    f.why = fmt::format(
        "{} states stand for {} cells, steps from {:.3g} s; after a jump of every input from rest no output "
        "is further off "
        "than {:.3g} K",
        model.designed.states, model.cells, model.shortest, carried.error_bound.value_or(0));
    if (!model.reached) {
      f.why += fmt::format("; the {:.2g} K aimed at for each input was not reached", model.tolerance_K);
      f.mend =
          "make it alone with more states or a longer shortest step: bondline thermal reduce --states, "
          "--shortest";
    }
    out.findings.push_back(std::move(f));
    return carried;
  } catch (const base::Error& e) {
    for (const auto& d : e.diagnostics().all()) {
      if (d.severity != base::Severity::error) continue;
      f.verdict = Verdict::unknown;
      f.why = "no reduced model was made: " + d.what;
      f.mend = d.mend;
      f.where = d.where;
      out.findings.push_back(f);
    }
  }
  return std::nullopt;
}

}  // namespace bondline::signoff
