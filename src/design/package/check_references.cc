// What only the whole shows: names used twice, stacks that loop, layers and dies that do not exist.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "design/package/loading.h"

namespace bondline::package {
namespace {

std::vector<std::string> die_names(const Design& design) {
  std::vector<std::string> names;
  names.reserve(design.dies.size());
  for (const Die& die : design.dies) names.push_back(die.name);
  return names;
}

void check_stacks(Loading& in) {
  for (const Die& die : in.design.dies) {
    if (die.stacked_on.empty()) continue;
    const Die* below = in.design.find_die(die.stacked_on);
    if (!below) {
      in.diagnostics.error(
          die.where,
          fmt::format("die \"{}\" is stacked on \"{}\", which is no die", die.name, die.stacked_on),
          mend_by_nearest(die.stacked_on, die_names(in.design),
                          "leave stacked_on out for a die on the substrate"));
      continue;
    }
    if (below->side != die.side)
      in.diagnostics.error(
          die.where,
          fmt::format("die \"{}\" and \"{}\" below it are on different sides", die.name, below->name),
          "give both the same side");
    std::size_t steps = 0;
    const Die* walk = below;
    while (walk && walk != &die && steps <= in.design.dies.size()) {
      walk = walk->stacked_on.empty() ? nullptr : in.design.find_die(walk->stacked_on);
      ++steps;
    }
    if (walk == &die)
      in.diagnostics.error(
          die.where, fmt::format("die \"{}\" is stacked on itself, through \"{}\"", die.name, die.stacked_on),
          "one die of the ring must sit on the substrate");
  }
}

void check_layer_name(Loading& in, const std::string& layer, const std::vector<SubstrateLayer>& layers,
                      const base::Where& where, const std::string& subject) {
  if (layer.empty()) return;
  std::vector<std::string> names;
  names.reserve(layers.size());
  for (const SubstrateLayer& known : layers) names.push_back(known.name);
  if (std::find(names.begin(), names.end(), layer) != names.end()) return;
  in.diagnostics.error(where, fmt::format("{} names layer \"{}\", which is not there", subject, layer),
                       mend_by_nearest(layer, names, "name a layer of the stack-up"));
}

void check_layers(Loading& in) {
  static const std::vector<SubstrateLayer> none;
  const std::vector<SubstrateLayer>& layers = in.design.substrate ? in.design.substrate->layers : none;
  for (const Die& die : in.design.dies)
    check_layer_name(in, die.embedded_in, layers, die.where, "dies." + die.name);
  const auto check_range = [&](const auto& part, const std::vector<SubstrateLayer>& stack,
                               const std::string& subject) {
    check_layer_name(in, part.from_layer, stack, part.where, subject);
    check_layer_name(in, part.to_layer, stack, part.where, subject);
  };
  if (in.design.substrate) {
    for (const Coin& coin : in.design.substrate->coins)
      check_range(coin, layers, "substrate.coins." + coin.name);
    for (const ViaField& vias : in.design.substrate->vias)
      check_range(vias, layers, "substrate.vias." + vias.name);
  }
  if (in.design.board)
    for (const ViaField& vias : in.design.board->vias)
      check_range(vias, in.design.board->layers, "board.vias." + vias.name);
}

/// Films and limits call parts by name, so a name may mean one part only.
void check_names(Loading& in) {
  std::set<std::string> names;
  static const std::set<std::string> reserved{"substrate", "board",     "mold",   "mold_bottom", "lid",
                                              "balls",     "heat_sink", "shield", "tim1",        "tim2"};
  const auto take = [&](const std::string& name, const base::Where& where) {
    if (name.empty() || name.find_first_of(" \t\n\"'") != std::string::npos)
      in.diagnostics.error(where, fmt::format("\"{}\" is no name of a part", name),
                           "use letters, digits, _ and -");
    if (reserved.count(name))
      in.diagnostics.error(where, fmt::format("\"{}\" is the name of another part", name),
                           "choose another name");
    if (!names.insert(name).second)
      in.diagnostics.error(where, fmt::format("two parts are called \"{}\"", name), "rename one of them");
  };
  for (const Die& die : in.design.dies) take(die.name, die.where);
  for (const Passive& part : in.design.passives) take(part.name, part.where);
  for (const Film& film : in.design.environment.films) {
    if (film.part.empty() || names.count(film.part) || reserved.count(film.part)) continue;
    const bool layer =
        in.design.block && std::any_of(in.design.block->layers.begin(), in.design.block->layers.end(),
                                       [&](const BlockLayer& l) { return l.name == film.part; });
    if (layer) continue;
    std::vector<std::string> known(names.begin(), names.end());
    known.insert(known.end(), reserved.begin(), reserved.end());
    in.diagnostics.error(film.from.where, fmt::format("a film on \"{}\", which is no part", film.part),
                         mend_by_nearest(film.part, known, "name a part of this design"));
  }
}

void check_completeness(Loading& in, const Node& root) {
  const Design& d = in.design;
  if (d.block) return;
  if (!has(root, "body"))
    in.diagnostics.error(root.where, "the design has neither body nor block",
                         "give body: {size: [W, H]}, or block: for a plain layered block");
  if (!d.dies.empty() && !d.substrate)
    in.diagnostics.error(d.dies.front().where, "dies without a substrate",
                         "give substrate: {layers: ...}, or a block for plain layers");
  if (d.dies.empty() && d.passives.empty() && !d.substrate && has(root, "body"))
    in.diagnostics.error(root.where, "the design holds no part", "give substrate: and dies:");
}

}  // namespace

void check_references(Loading& in, const Node& root) {
  check_stacks(in);
  check_layers(in);
  check_names(in);
  check_completeness(in, root);
}

}  // namespace bondline::package
