#include <cmath>
#include <nlohmann/json.hpp>

#include "design/signoff/page.h"

namespace bondline::signoff {
namespace {

using Json = nlohmann::ordered_json;
using package::Role;

/// More cylinders than this in one solid are drawn as a block: each costs the page about a hundred triangles.
constexpr std::size_t kMostMembers = 1500;

const char* role_name(Role role) {
  switch (role) {
    case Role::substrate_layer:
      return "substrate layer";
    case Role::coin:
      return "coin";
    case Role::via_field:
      return "vias";
    case Role::die:
      return "die";
    case Role::tsv_field:
      return "through-silicon vias";
    case Role::beol:
      return "wiring";
    case Role::joint:
      return "joint";
    case Role::die_attach:
      return "die attach";
    case Role::mold:
      return "mold";
    case Role::air:
      return "air";
    case Role::lid:
      return "lid";
    case Role::tim:
      return "thermal interface";
    case Role::heat_sink:
      return "heat sink";
    case Role::shield:
      return "shield";
    case Role::balls:
      return "balls";
    case Role::board_layer:
      return "board layer";
    case Role::passive:
      return "passive";
    case Role::block_layer:
      return "layer";
    case Role::block_region:
      return "region";
    case Role::coolant:
      return "coolant";
    case Role::channel_wall:
      return "channel wall";
    case Role::back_metal:
      return "back metal";
  }
  return "part";
}

/// Metres in micrometres to 0.1 nm: short in JSON.
double um(double metres) {
  return std::round(metres * 1e10) / 1e4;
}

std::string material_name(const package::Design& design, int index) {
  const auto& all = design.materials.materials;
  return index >= 0 && std::size_t(index) < all.size() ? all[std::size_t(index)].name : "";
}

Json solid_json(const package::Design& design, const package::Solid& s) {
  Json out = {{"path", s.path},
              {"part", s.part},
              {"role", role_name(s.role)},
              {"at_um", {um(s.footprint.at.x), um(s.footprint.at.y)}},
              {"size_um", {um(s.footprint.size.x), um(s.footprint.size.y)}},
              {"z_um", {um(s.z0), um(s.z1)}},
              {"rank", s.rank},
              {"material", material_name(design, s.fill.material)}};
  if (s.footprint.rotation != 0) out["rotation"] = s.footprint.rotation;
  if (s.fill.kind != package::FillKind::simple) {
    out["inclusion"] = material_name(design, s.fill.inclusion);
    out["fraction"] = s.fill.fraction;
  }
  if (s.fill.kind == package::FillKind::cylinders_z && s.fill.count > 0) {
    out["count"] = s.fill.count;
    out["diameter_um"] = um(s.fill.diameter);
    const bool standing = s.role == Role::balls || s.role == Role::joint;
    if (standing && !s.fill.sites.empty() && s.fill.sites.size() <= kMostMembers) {
      out["sites_um"] = Json::array();
      for (const auto& site : s.fill.sites) {
        out["sites_um"].push_back(std::round(site.x * 1e6));
        out["sites_um"].push_back(std::round(site.y * 1e6));
      }
    }
  }
  if (s.where.line > 0) out["line"] = s.where.line;
  return out;
}

}  // namespace

Json view_json(const package::Design& design, const package::Assembly& assembly) {
  Json out;
  out["body_um"] = {um(design.body_size.x), um(design.body_size.y)};
  out["solids"] = Json::array();
  for (const auto& solid : assembly.solids) {
    if (!solid.resolved_member) out["solids"].push_back(solid_json(design, solid));
  }
  out["sources"] = Json::array();
  for (const auto& source : assembly.sources) {
    if (source.solid < 0) continue;
    const auto box = source.footprint.bounds();
    out["sources"].push_back({{"path", source.path},
                              {"solid", assembly.solids[std::size_t(source.solid)].path},
                              {"box_um", {um(box.x0), um(box.y0), um(box.x1), um(box.y1)}},
                              {"z_um", {um(source.z0), um(source.z1)}},
                              {"power_W", source.power}});
  }
  return out;
}

}  // namespace bondline::signoff
