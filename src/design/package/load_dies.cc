// dies: and passives:
#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "design/package/case_codes.h"
#include "design/package/loading.h"

namespace bondline::package {
namespace {

Side read_side(const Node& map) {
  return document::read_text(map, "side") == "bottom" ? Side::bottom : Side::top;
}

/// "16 nm" -> 1.6e-8; 0 where the text begins with no length (a name such as "N5").
double process_node_of(Loading& in, const Node* node) {
  if (!node || !node->is_scalar() || node->text.empty() ||
      !std::isdigit(static_cast<unsigned char>(node->text[0])))
    return 0;
  return read_scalar(in, *node, plausible::process_node);
}

TsvField load_tsv_field(Loading& in, const Named& entry, const std::string& path) {
  const Node& map = as_map(entry.node);
  TsvField field;
  field.name = entry.name;
  field.where = entry.where;
  field.at = read_point(map, "at");
  field.size = read_size(in, map, "size", plausible::die_size);
  read_array(in, map, plausible::via_pitch, plausible::via_diameter, field.vias);
  field.vias.material =
      read_material(in, map, "material", path + ".material", "Cu", "the usual filling of TSVs");
  field.liner_thickness = read(in, map, "liner", plausible::film_thickness);
  if (field.liner_thickness > 0 || has(map, "liner_material"))
    field.liner_material =
        read_material(in, map, "liner_material", path + ".liner_material", "SiO2", "the usual liner of TSVs");
  if (field.vias.diameter <= 0)
    in.diagnostics.error(entry.where, fmt::format("{} has no diameter", path),
                         "give the vias' diameter and pitch");
  if (field.vias.pitch_x <= 0 && field.vias.sites.empty())
    in.diagnostics.error(entry.where, fmt::format("{} has no pitch", path),
                         "give the vias' pitch, map or sites");
  return field;
}

Die load_die(Loading& in, const Node::Entry& entry) {
  const Node& map = as_map(&entry.value);
  const std::string path = "dies." + entry.key;
  Die die;
  die.name = entry.key;
  die.where = entry.where;
  die.size = read_size(in, map, "size", plausible::die_size);
  die.thickness = read(in, map, "thickness", plausible::die_thickness);
  die.at = read_point(map, "at");
  die.rotation = read_rotation(in, map, "rotation");
  die.material =
      read_material(in, map, "material", path + ".material", "Si", "nothing was said; dies are silicon");
  die.side = read_side(map);
  die.stacked_on = document::read_text(map, "stacked_on");
  die.embedded_in = document::read_text(map, "embedded_in");
  die.process = document::read_text(map, "process");
  die.process_node = process_node_of(in, map.find("process"));
  die.interposer = document::read_boolean(map, "interposer", false);
  die.attach = load_attach(in, map, die);
  const std::string facing = document::read_text(map, "facing");
  if (facing.empty()) {
    die.facing = die.attach.kind == AttachKind::wire_bond ? Facing::up : Facing::down;
    in.use_default(path + ".facing", die.facing == Facing::up ? "up" : "down", "follows from the attach");
  } else {
    die.facing = facing == "up" ? Facing::up : Facing::down;
  }
  for (const Named& field : named_entries(map.find("tsvs"), "tsvs"))
    die.tsvs.push_back(load_tsv_field(in, field, path + ".tsvs." + field.name));
  if (const Node* metal = map.find("back_metal")) {
    die.back_metal = read_material(in, as_map(metal), "material", "");
    die.back_metal_thickness = read(in, as_map(metal), "thickness", plausible::film_thickness);
  }
  if (const Node* beol = map.find("beol")) {
    die.beol_material = read_material(in, as_map(beol), "material", "");
    die.beol_thickness = read(in, as_map(beol), "thickness", plausible::film_thickness);
  }
  die.channels = load_channels(in, map, die.size, 0, path);
  if (die.channels && die.channels->height >= die.thickness)
    in.diagnostics.error(die.channels->where, fmt::format("the channels of {} are deeper than the die", path),
                         "etch less than the thickness");
  die.power = load_power(in, map, "power", die.size, path, HeatPlace::active);
  if (const Node* limit = map.find("limit"); limit && limit->is_map()) {
    die.limit.where = limit->where;
    die.limit.junction = read_optional(in, *limit, "junction", plausible::limit);
    die.limit.gradient = read_optional(in, *limit, "gradient", plausible::gradient);
  }
  if (die.beol_thickness + die.back_metal_thickness >= die.thickness && die.thickness > 0)
    in.diagnostics.error(die.where, fmt::format("wiring and back metal fill the whole thickness of {}", path),
                         "beol and back_metal lie inside the die's thickness");
  return die;
}

/// A stacked die without `at` lies centred on the die below, and without `side` on the same side: settled
/// from the bottom of each stack upwards, whatever the order in the file. Rings are left to
/// check_references().
class Stack {
 public:
  Stack(Loading& in, const Node& dies) : in_(in), dies_(dies), settled_(in.design.dies.size(), false) {}

  void settle(std::size_t i) {
    if (settled_[i]) return;
    settled_[i] = true;
    Die& die = in_.design.dies[i];
    const Die* below = die.stacked_on.empty() ? nullptr : in_.design.find_die(die.stacked_on);
    if (below) settle(static_cast<std::size_t>(below - in_.design.dies.data()));
    const Node& map = as_map(&dies_.entries[i].value);
    const std::string path = "dies." + die.name;
    if (below && !has(map, "side") && die.side != below->side) {
      die.side = below->side;
      in_.use_default(path + ".side", die.side == Side::bottom ? "bottom" : "top",
                      "the side of \"" + below->name + "\"");
    }
    if (has(map, "at")) return;
    die.at = below ? below->at : Vec2{};
    in_.use_default(path + ".at",
                    fmt::format("[{}, {}]", base::format_quantity(die.at.x, base::dim::length),
                                base::format_quantity(die.at.y, base::dim::length)),
                    below ? "centred on \"" + below->name + "\"" : "centred on the body");
  }

 private:
  Loading& in_;
  const Node& dies_;
  std::vector<bool> settled_;
};

const char* material_of_kind(const std::string& kind) {
  if (kind == "capacitor") return "BaTiO3-MLCC";
  if (kind == "inductor") return "ferrite";
  return "Al2O3-96";
}

Passive load_passive(Loading& in, const std::string& name, const Node::Entry& entry) {
  const Node& map = as_map(&entry.value);
  const std::string path = "passives." + name;
  Passive part;
  part.name = name;
  part.where = entry.where;
  part.kind = document::read_text(map, "kind");
  part.case_code = document::read_text(map, "case");
  part.side = read_side(map);
  part.rotation = read_rotation(in, map, "rotation");
  part.at = read_point(map, "at");
  part.size = read_size(in, map, "size", plausible::part_size);
  part.height = read(in, map, "height", plausible::part_height);
  part.power = read(in, map, "power", plausible::power);
  part.material = read_material(in, map, "material", path + ".material", material_of_kind(part.kind),
                                "usual body of the kind, low confidence");
  part.solder_thickness = read_or_default(in, map, "solder", plausible::bond_line, 30e-6, path + ".solder",
                                          "typical reflowed joint, low confidence");
  if (!part.case_code.empty()) {
    const CaseCode* code = find_case_code(part.case_code);
    if (!code) {
      in.diagnostics.error(
          where_of(map, "case"), fmt::format("unknown case code \"{}\"", part.case_code),
          mend_by_nearest(part.case_code, case_code_names(),
                          "known: " + fmt::format("{}", fmt::join(case_code_names(), ", "))));
    } else {
      if (part.size.x <= 0) part.size = {code->length, code->width};
      if (part.height <= 0) {
        part.height = part.kind == "resistor" ? code->resistor_height : code->capacitor_height;
        in.use_default(path + ".height", base::format_quantity(part.height, base::dim::length),
                       kCaseCodeSource);
      }
    }
  } else if (part.size.x <= 0) {
    in.diagnostics.error(entry.where, fmt::format("{} has neither case nor size", path),
                         "give case: 0201 or size and height");
  }
  if (part.height <= 0 && part.case_code.empty())
    in.diagnostics.error(entry.where, fmt::format("{} has no height", path), "give its height");
  const Node* value = map.find("value");
  if (value && value->is_scalar()) {
    const base::Dimension dimension = part.kind == "resistor"    ? base::dim::resistance
                                      : part.kind == "capacitor" ? base::dim::capacitance
                                      : part.kind == "inductor"  ? base::dim::inductance
                                                                 : base::dim::frequency;
    const base::QuantityResult read = base::parse_as(value->text, dimension, base::Scale::difference);
    if (read.quantity)
      part.value = read.quantity->value;
    else
      in.diagnostics.error(value->where, read.problem, read.mend);
  }
  return part;
}

}  // namespace

void load_dies(Loading& in, const Node& root) {
  const Node& dies = as_map(root.find("dies"));
  for (const Node::Entry& entry : dies.entries) in.design.dies.push_back(load_die(in, entry));
  Stack stack(in, dies);
  for (std::size_t i = 0; i < dies.entries.size(); ++i) stack.settle(i);
}

void load_passives(Loading& in, const Node& root) {
  for (const Node::Entry& entry : as_map(root.find("passives")).entries) {
    const Node* places = as_map(&entry.value).find("places");
    if (!places || !places->is_list()) {
      in.design.passives.push_back(load_passive(in, entry.key, entry));
      continue;
    }
    Node holder = document::map();
    for (std::size_t i = 0; i < places->items.size(); ++i) {
      holder.entries.clear();
      document::put(holder, "at", places->items[i]);
      Passive part = load_passive(in, fmt::format("{}_{}", entry.key, i + 1), entry);
      part.at = read_point(holder, "at");
      part.where = places->items[i].where;
      in.design.passives.push_back(std::move(part));
    }
  }
}

}  // namespace bondline::package
