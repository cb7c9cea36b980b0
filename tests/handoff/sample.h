// A handoff with every section filled, for the tests of this room.
#pragma once
#include "handoff/handoff.h"

namespace bondline::handoff {

inline Handoff sample() {
  Handoff h;
  h.design_name = "sip-edge-node";
  h.design_hash = std::string(64, 'a');
  h.made_by = "bondline 0.1.0";
  h.verdict = "warn";
  TagLimit soc;
  soc.tag = "soc.junction", soc.quantity = "temperature", soc.unit = "K";
  soc.high_warn = 373.15, soc.high_alarm = 378.15;
  soc.why = "limit of the die", soc.source = "design.yaml:14";
  h.limits = {soc};
  h.tags = {"soc.junction", "dram.junction"};
  Region die;
  die.name = "soc", die.kind = "die", die.side = "top";
  die.y = 0.8e-3, die.width = 6.2e-3, die.height = 5.8e-3, die.rotation = 0.1, die.z = 0.45e-3,
  die.nets = {"DQ0"};
  h.regions = {die};
  GoldenFeature ball;
  ball.name = "ball.A1", ball.kind = "ball", ball.x = -5.5e-3, ball.y = 5.5e-3, ball.diameter = 0.28e-3;
  ball.height = 0.2e-3;
  h.golden = {ball};
  ReducedModel model;
  model.name = "thermal", model.inputs = {"soc"}, model.outputs = {"soc.junction", "dram.junction"};
  model.input_unit = "W", model.output_unit = "K", model.states = 2;
  model.E = {1, 0, 0, 0.25}, model.A = {2, -0.5, -0.5, 1e-7}, model.B = {1, 0.5}, model.C = {1, 0, 0.25, 1};
  model.offset = {328.15, 328.15}, model.error_bound = 0.05;
  h.models = {model};
  LifeModel life;
  life.mechanism = "solder fatigue", life.model = "Norris-Landzberg",
  life.parameters = {{"n", 2.65}, {"m", 0.136}};
  life.source = "Norris and Landzberg, IBM J. Res. Dev., 1969";
  h.life = {life};
  h.tests = {{"DQ0 continuity", "open/short", "nets.DQ0", "1 mA forced", "below 5 ohm"}};
  return h;
}

}  // namespace bondline::handoff
