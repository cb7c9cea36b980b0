#include "design/formats/not_carried.h"

namespace bondline::formats {

void describe_not_geometry(const package::Design& design, std::vector<std::string>& out) {
  bool power = false;
  for (const auto& die : design.dies) power |= die.power.any();
  if (design.block)
    for (const auto& layer : design.block->layers) power |= layer.power.any();
  if (power) out.push_back("power: blocks, traces and leakage");
  if (!design.environment.films.empty()) out.push_back("environment: films and ambient");
  if (!design.nets.empty()) out.push_back("nets");
  if (!design.sections.empty()) out.push_back("flow, supply, test and other sections");
}

void describe_not_carried(const package::Design& design, std::vector<std::string>& out) {
  describe_not_geometry(design, out);
  out.push_back("materials of every part");
  if (design.substrate) out.push_back("the substrate's layers, coins and vias: it is written as one slab");
  if (design.mold_top || design.mold_bottom) out.push_back("mold");
  if (design.lid || !design.tims.empty()) out.push_back("lid and thermal interface materials");
  if (design.heat_sink) out.push_back("heat sink");
  if (design.shield) out.push_back("shield");
  if (design.balls) out.push_back("balls or lands");
  if (design.board) out.push_back("board");
  if (!design.passives.empty()) out.push_back("passives");
  for (const auto& die : design.dies) {
    if (die.attach.kind == package::AttachKind::wire_bond)
      out.push_back("bond wires of die \"" + die.name + "\"");
    if (!die.tsvs.empty()) out.push_back("where the TSVs of die \"" + die.name + "\" stand");
    if (!die.attach.bumps.sites.empty()) continue;
    if (die.attach.bumps.pitch_x > 0)
      out.push_back("the bump array of die \"" + die.name + "\" (only listed sites become a bump map)");
  }
}

}  // namespace bondline::formats
