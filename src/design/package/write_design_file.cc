#include "design/package/load.h"
#include "design/package/sections.h"
#include "design/package/writing.h"

namespace bondline::package {

namespace dim = base::dim;
using document::put;
using document::scalar;

namespace {

Node mold_node(const Mold& mold) {
  Node one = document::map();
  put_text(one, "material", mold.material);
  put_length(one, "thickness", mold.thickness);
  return one;
}

Node substrate_node(const Substrate& substrate) {
  Node one = document::map();
  put_text(one, "material_class", substrate.material_class);
  put_length(one, "line", substrate.line);
  put_length(one, "space", substrate.space);
  put_size(one, "size", substrate.size);
  put(one, "layers", layers_node(substrate.layers));
  Node coins = document::map();
  for (const Coin& coin : substrate.coins) {
    Node c = document::map();
    put_text(c, "material", coin.material);
    put(c, "at", pair_node(coin.at));
    put_size(c, "size", coin.size);
    put_text(c, "from", coin.from_layer);
    put_text(c, "to", coin.to_layer);
    put(coins, coin.name, std::move(c));
  }
  if (!coins.entries.empty()) put(one, "coins", std::move(coins));
  if (!substrate.vias.empty()) put(one, "vias", vias_node(substrate.vias));
  return one;
}

void put_cooling(Node& root, const Design& design) {
  if (design.lid) {
    Node lid = document::map();
    put_text(lid, "material", design.lid->material);
    put_length(lid, "thickness", design.lid->thickness);
    put_size(lid, "size", design.lid->size);
    put_length(lid, "foot_width", design.lid->foot_width);
    put_text(lid, "adhesive", design.lid->adhesive);
    put_length(lid, "adhesive_thickness", design.lid->adhesive_thickness);
    put(root, "lid", std::move(lid));
  }
  Node tims = document::map();
  for (const Tim& tim : design.tims) {
    Node one = document::map();
    put_text(one, "material", tim.material);
    put_length(one, "thickness", tim.thickness);
    Node on = document::list();
    for (const std::string& die : tim.on) on.items.push_back(scalar(die));
    if (!on.items.empty()) put(one, "on", std::move(on));
    if (tim.contact_resistance != 0)
      put(one, "contact_resistance", quantity_node(tim.contact_resistance, dim::area_resistance));
    put(tims, tim.name, std::move(one));
  }
  if (!tims.entries.empty()) put(root, "tims", std::move(tims));
  if (design.heat_sink) {
    const HeatSink& sink = *design.heat_sink;
    Node one = document::map();
    put_text(one, "material", sink.material);
    put_size(one, "size", sink.size);
    put_length(one, "base_thickness", sink.base_thickness);
    if (sink.resistance > 0) put(one, "resistance", quantity_node(sink.resistance, dim::thermal_resistance));
    if (sink.film > 0) put(one, "film", quantity_node(sink.film, dim::film_coefficient));
    if (sink.law) put(one, "fins", fins_node(*sink.law));
    put_temperature(one, "ambient", sink.ambient);
    if (sink.channels) {
      Node channels = channels_node(*sink.channels);
      put_length(channels, "height", sink.channels->height);
      put_length(channels, "cover", sink.channels->cover);
      put(one, "channels", std::move(channels));
    }
    put(root, "heat_sink", std::move(one));
  }
  if (design.shield) {
    Node one = document::map();
    put_text(one, "material", design.shield->material);
    put_length(one, "thickness", design.shield->thickness);
    if (!design.shield->conformal) put_text(one, "kind", "can");
    put_length(one, "height", design.shield->height);
    put(root, "shield", std::move(one));
  }
}

void put_balls_and_board(Node& root, const Design& design) {
  if (design.balls) {
    Node one = document::map();
    put_array(one, design.balls->array);
    put_length(one, "standoff", design.balls->standoff);
    put_text(one, "underfill", design.balls->underfill);
    if (design.balls->lands) put_text(one, "lands", "true");
    put(root, "balls", std::move(one));
  }
  if (design.board) {
    Node one = document::map();
    put_text(one, "standard", design.board->standard);
    put_size(one, "size", design.board->size);
    put(one, "at", pair_node(design.board->at));
    put(one, "layers", layers_node(design.board->layers));
    if (!design.board->vias.empty()) put(one, "vias", vias_node(design.board->vias));
    put(root, "board", std::move(one));
  }
}

void put_limits_and_nets(Node& root, const Design& design) {
  Node limits = document::map();
  put_temperature(limits, "case", design.limits.case_top);
  put_temperature(limits, "board", design.limits.board);
  put_temperature(limits, "touch", design.limits.touch);
  if (!limits.entries.empty()) put(root, "limits", std::move(limits));
  if (design.nets.empty() || design.sections.count("nets"))
    return;  // sections keep nets as they were written
  Node nets = document::map();
  for (const Net& net : design.nets) {
    Node one = document::map();
    put_text(one, "class", net.net_class);
    put_text(one, "from", net.from);
    put_text(one, "to", net.to);
    put(nets, net.name, std::move(one));
  }
  put(root, "nets", std::move(nets));
}

}  // namespace

std::string to_design_file(const Design& design) {
  Node root = document::map();
  put(root, "bondline", scalar("design/1"));
  put_text(root, "name", design.name);
  put_text(root, "description", design.description);
  if (!design.block) {
    Node body = document::map();
    put_size(body, "size", design.body_size);
    if (design.mold_top) put(body, "mold", mold_node(*design.mold_top));
    if (design.mold_bottom) put(body, "mold_bottom", mold_node(*design.mold_bottom));
    put(root, "body", std::move(body));
  }
  if (design.substrate) put(root, "substrate", substrate_node(*design.substrate));
  Node dies = document::map(), passives = document::map();
  for (const Die& die : design.dies) put(dies, die.name, die_node(die));
  for (const Passive& part : design.passives) put(passives, part.name, passive_node(part));
  if (!dies.entries.empty()) put(root, "dies", std::move(dies));
  if (!passives.entries.empty()) put(root, "passives", std::move(passives));
  put_cooling(root, design);
  put_balls_and_board(root, design);
  if (design.block) put(root, "block", block_node(*design.block));
  put(root, "environment", environment_node(design.environment));
  put_limits_and_nets(root, design);
  put_materials(root, design.materials);
  restore_sections(design.sections, root);
  return document::to_yaml(root);
}

}  // namespace bondline::package
