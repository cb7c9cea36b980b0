// attach: of a die, and arrays of bumps, balls and vias.
#include <cmath>

#include <fmt/format.h>

#include "design/package/loading.h"
#include "design/package/side_files.h"

namespace bondline::package {
namespace {

/// What an attach is taken to be where the file does not say. Sizes are what assembly houses publish as
/// ordinary for each kind; they are typical values of low confidence, and every use is recorded among the
/// defaults.
struct KindDefaults {
  const char* name;
  AttachKind kind;
  double pitch, diameter_share, standoff_share;  ///< m; of the pitch
  const char* material;
};
constexpr KindDefaults kKinds[] = {
    {"wire_bond", AttachKind::wire_bond, 0, 0, 0, "Au"},
    {"flip_chip", AttachKind::flip_chip, 150e-6, 0.55, 0.45, "SAC305"},
    {"copper_pillar", AttachKind::copper_pillar, 130e-6, 0.5, 0.35, "Cu-pillar-SnAg"},
    {"micro_bump", AttachKind::micro_bump, 45e-6, 0.5, 0.45, "Cu-pillar-SnAg"},
    {"hybrid_bond", AttachKind::hybrid_bond, 9e-6, 0.5, 0.1, "Cu"},
};
constexpr const char* kTypical = "typical of the kind of joint, low confidence";

const KindDefaults& defaults_of(const std::string& name) {
  for (const KindDefaults& row : kKinds)
    if (name == row.name) return row;
  return kKinds[1];
}

void load_wires(Loading& in, const Node& node, Attach& attach, const std::string& path) {
  const Node& wire = as_map(node.find("wire"));
  attach.wire.material = read_material(in, wire, "material", path + ".wire.material", "Au", kTypical);
  attach.wire.diameter = read_or_default(in, wire, "diameter", plausible::wire_diameter, 25e-6,
                                         path + ".wire.diameter", kTypical);
  attach.wire.loop_height = read_or_default(in, wire, "loop_height", plausible::loop_height, 100e-6,
                                            path + ".wire.loop_height", kTypical);
  attach.wire.length = read(in, wire, "length", plausible::wire_length);
  attach.wire.count = read_count(wire, "count");
  const Node* adhesive = node.find("die_attach");
  if (adhesive && adhesive->is_scalar()) {
    attach.die_attach = check_material(in, adhesive->text, adhesive->where);
  } else {
    attach.die_attach = read_material(in, as_map(adhesive), "material", path + ".die_attach.material",
                                      "DAF-generic", kTypical);
  }
  attach.die_attach_thickness = read_or_default(in, as_map(adhesive), "thickness", plausible::bond_line,
                                                20e-6, path + ".die_attach.thickness", kTypical);
}

}  // namespace

void read_array(Loading& in, const Node& map, const Plausible& pitch, const Plausible& diameter,
                Array& array) {
  array.where = map.where;
  const Vec2 spacing = read_size(in, map, "pitch", pitch);
  array.pitch_x = spacing.x;
  array.pitch_y = spacing.y;
  array.diameter = read(in, map, "diameter", diameter);
  array.columns = read_count(map, "columns");
  array.rows = read_count(map, "rows");
  array.peripheral_rows = read_count(map, "peripheral_rows");
  if (has(map, "centre_gap")) array.centre_gap = read_size(in, map, "centre_gap", plausible::part_size);
  array.resolve = document::read_boolean(map, "resolve", false);
  if (const Node* sites = map.find("sites"); sites && sites->is_list()) {
    Node holder = document::map();
    for (const Node& site : sites->items) {
      holder.entries.clear();
      document::put(holder, "at", site);
      array.sites.push_back(read_point(holder, "at"));
    }
  }
  if (const Node* file = map.find("map"); file && file->is_scalar()) {
    array.map_file = file->text;
    if (has(map, "sites"))
      in.diagnostics.error(file->where, "map and sites both say where the members are",
                           "leave one of them out");
    if (const std::optional<std::string> text = in.side_file(*file)) {
      const SiteMap read_map = read_sites(*text, base::join_path(in.folder, file->text), in.diagnostics);
      for (const Site& site : read_map.sites) array.sites.push_back(site.at);
      if (read_map.unit_assumed)
        in.use_default(file->text, "coordinates in um", "no unit in the file; bump maps are usually in um");
    }
  }
  if (array.diameter > 0 && array.pitch_x > 0 &&
      array.diameter > std::min(array.pitch_x, array.pitch_y) * (1 + 1e-9))
    in.diagnostics.error(
        where_of(map, "diameter"),
        fmt::format("the diameter {} is larger than the pitch {}",
                    base::format_quantity(array.diameter, base::dim::length),
                    base::format_quantity(std::min(array.pitch_x, array.pitch_y), base::dim::length)),
        "members of an array must not touch");
}

Attach load_attach(Loading& in, const Node& die_node, const Die& die) {
  Attach attach;
  const std::string path = "dies." + die.name + ".attach";
  const Node& node = as_map(die_node.find("attach"));
  const bool written = die_node.find("attach") != nullptr;
  std::string kind_name = document::read_text(node, "kind");
  if (!written && die.embedded_in.empty()) {
    kind_name = "flip_chip";
    in.use_default(path + ".kind", "flip_chip", "nothing was said; the commonest bumped joint");
  }
  if (!written && !die.embedded_in.empty()) {
    kind_name = "wire_bond";  // face up in the cavity, on its adhesive
    in.use_default(path + ".kind", "wire_bond",
                   "an embedded die lies on its adhesive; connections are plated vias");
  }
  const KindDefaults& usual = defaults_of(kind_name);
  attach.kind = usual.kind;
  attach.where = written ? node.where : die.where;
  attach.contact_resistance = read(in, node, "contact_resistance", plausible::contact);
  attach.underfill = read_material(in, node, "underfill", "");
  if (attach.kind == AttachKind::wire_bond) {
    load_wires(in, node, attach, path);
    return attach;
  }
  const bool hybrid = attach.kind == AttachKind::hybrid_bond;
  const Plausible& pitch_range = hybrid ? plausible::hybrid_pitch : plausible::bump_pitch;
  read_array(in, node, pitch_range, plausible::bump_diameter, attach.bumps);
  Array& bumps = attach.bumps;
  if (bumps.pitch_x <= 0 && bumps.sites.empty()) {
    bumps.pitch_x = bumps.pitch_y = usual.pitch;
    in.use_default(path + ".pitch", base::format_quantity(usual.pitch, base::dim::length), kTypical);
  }
  const double pitch = bumps.pitch_x > 0 ? std::min(bumps.pitch_x, bumps.pitch_y) : usual.pitch;
  if (bumps.diameter <= 0) {
    bumps.diameter = usual.diameter_share * pitch;
    in.use_default(path + ".diameter", base::format_quantity(bumps.diameter, base::dim::length),
                   fmt::format("{} of the pitch: {}", usual.diameter_share, kTypical));
  }
  bumps.material = read_material(in, node, "material", path + ".material", usual.material, kTypical);
  attach.standoff = read_or_default(in, node, "standoff", plausible::standoff, usual.standoff_share * pitch,
                                    path + ".standoff", kTypical);
  if (hybrid)
    attach.pad_dielectric =
        read_material(in, node, "pad_dielectric", path + ".pad_dielectric", "SiO2", kTypical);
  return attach;
}

}  // namespace bondline::package
