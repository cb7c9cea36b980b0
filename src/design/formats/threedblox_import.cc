// A 3Dblox assembly as a package: the lowest substrate becomes the substrate, everything else a die standing
// on what lies below it. 3Dblox knows no material and no heat: what is assumed is said.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "design/formats/bump_map.h"
#include "design/formats/threedblox.h"
#include "design/package/load.h"

namespace bondline::formats {
namespace {

using package::Rect;
using package::Vec2;

constexpr double kSame = 1e-9;  // m: heights closer than this are one

Rect outline(const BloxInstance& i) {
  const Vec2 s = i.size();
  return {i.low.x, i.low.y, i.low.x + s.x, i.low.y + s.y};
}
double top(const BloxInstance& i) {
  return i.z + i.chiplet->thickness;
}
bool share_area(const Rect& a, const Rect& b) {
  return std::min(a.x1, b.x1) - std::max(a.x0, b.x0) > kSame &&
         std::min(a.y1, b.y1) - std::max(a.y0, b.y0) > kSame;
}

class Import {
 public:
  Import(Sources& sources, Report& report) : sources_(sources), report_(report) {}
  std::optional<package::Design> run(const std::vector<std::string>& paths);

 private:
  void single_chiplet();
  void check_connections();
  void check_overlaps();
  void add_substrate();
  void add_die(const BloxInstance& instance);
  /// `gap` to what is below; negative: nothing is, the assumed substrate comes there.
  void add_bumps(const BloxInstance& instance, package::Die& die, double gap);
  std::string first_of(std::initializer_list<const char*> names, const char* otherwise) const;

  Sources& sources_;
  Report& report_;
  Blox blox_;
  const BloxInstance* substrate_ = nullptr;
  Vec2 centre_;
  package::Design design_;
  std::map<std::string, std::vector<Bump>> maps_;
  std::size_t bumps_ = 0;
};

std::string Import::first_of(std::initializer_list<const char*> names, const char* otherwise) const {
  for (const char* name : names)
    if (design_.materials.find(name)) return name;
  return otherwise;
}

/// A .3dbv alone: with one definition it stands for itself.
void Import::single_chiplet() {
  if (!blox_.instances.empty()) return;
  if (blox_.chiplets.size() != 1)
    return report_.error({}, fmt::format("{} chiplet definitions and no instance", blox_.chiplets.size()),
                         "give the .3dbx that places them");
  BloxInstance instance;
  instance.name = clean_name(blox_.chiplets.begin()->first);
  instance.chiplet = &blox_.chiplets.begin()->second;
  instance.placed = true;
  instance.where = instance.chiplet->where;
  blox_.instances.push_back(instance);
}

void Import::check_connections() {
  for (const auto& c : blox_.connections) {
    const BloxInstance* ends[2] = {nullptr, nullptr};
    int i = 0;
    for (const std::string& end : {c.top, c.bottom}) {
      const int at = i++;
      if (end.empty()) continue;
      const auto dot = end.find(".regions.");
      const std::string name = clean_name(end.substr(0, dot));
      for (const auto& instance : blox_.instances)
        if (instance.name == name) ends[at] = &instance;
      if (dot == std::string::npos || !ends[at] || !ends[at]->chiplet->region(end.substr(dot + 9)))
        report_.error(
            c.where,
            fmt::format("connection \"{}\" ends at \"{}\", which is no region", shown(c.name), shown(end)),
            "write instance.regions.region");
    }
    if (report_.failed() || !ends[0] || !ends[1]) continue;
    const double gap = std::max(ends[0]->z - top(*ends[1]), ends[1]->z - top(*ends[0]));
    if (std::abs(gap - c.thickness) > 1e-7 + 0.01 * c.thickness)
      report_.warning(c.where,
                      fmt::format("connection \"{}\" is {:g} um thick, but the stack leaves {:g} um there",
                                  shown(c.name), c.thickness * 1e6, gap * 1e6),
                      "the stack's z holds; mend one of them");
  }
}

void Import::check_overlaps() {
  auto& all = blox_.instances;
  std::size_t compared = 0;
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = i + 1; j < all.size(); ++j) {
      if (++compared > 10'000'000 || report_.errors() > 50) return;
      if (std::min(top(all[i]), top(all[j])) - std::max(all[i].z, all[j].z) > kSame &&
          share_area(outline(all[i]), outline(all[j])))
        report_.error(all[j].where, fmt::format("\"{}\" overlaps \"{}\"", all[j].name, all[i].name),
                      "change loc or z of one of them");
    }
}

void Import::add_substrate() {
  for (const auto& i : blox_.instances) {
    if (i.chiplet->type != "substrate") continue;
    if (!substrate_ || i.z < substrate_->z) substrate_ = &i;
  }
  Rect box{INFINITY, INFINITY, -INFINITY, -INFINITY};
  for (const auto& i : blox_.instances) {
    const Rect r = outline(i);
    box = {std::min(box.x0, r.x0), std::min(box.y0, r.y0), std::max(box.x1, r.x1), std::max(box.y1, r.y1)};
  }
  if (substrate_) {
    const Rect own = outline(*substrate_);
    centre_ = {0.5 * (own.x0 + own.x1), 0.5 * (own.y0 + own.y1)};
    // The body is centred on the substrate and holds everything.
    design_.body_size = {2 * std::max(box.x1 - centre_.x, centre_.x - box.x0),
                         2 * std::max(box.y1 - centre_.y, centre_.y - box.y0)};
    package::Substrate out;
    out.size = substrate_->size();
    out.where = substrate_->where;
    package::SubstrateLayer core;
    core.name = "core";
    core.material = substrate_material(design_.materials);
    core.thickness = substrate_->chiplet->thickness;
    core.where = substrate_->where;
    out.layers.push_back(core);
    design_.substrate = std::move(out);
    report_.warning(substrate_->where,
                    fmt::format("3Dblox says nothing of what \"{}\" is made of: one layer of {} is assumed",
                                substrate_->name, core.material),
                    "give substrate.layers in the design file");
  } else {
    centre_ = {0.5 * (box.x0 + box.x1), 0.5 * (box.y0 + box.y1)};
    design_.body_size = {nearest_fm(box.width() + 2e-3), nearest_fm(box.height() + 2e-3)};
    package::Substrate out;
    package::SubstrateLayer core;
    core.name = "core";
    core.material = substrate_material(design_.materials);
    core.thickness = 0.2e-3;
    core.where = out.where = blox_.instances[0].where;
    out.layers.push_back(core);
    design_.substrate = std::move(out);
    report_.warning(
        blox_.instances[0].where,
        fmt::format(
            "the assembly has no substrate: 0.2 mm of {} is assumed below it, 1 mm wider on each side",
            core.material),
        "give substrate.layers in the design file");
  }
}

void Import::add_bumps(const BloxInstance& instance, package::Die& die, double gap) {
  const std::string wanted = instance.flipped ? "front" : "back";  // the face that looks down
  const BloxRegion* region = nullptr;
  for (const auto& r : instance.chiplet->regions)
    if (!r.bump_map.empty() && r.side == wanted) region = &r;
  for (const auto& r : instance.chiplet->regions)
    if (!r.bump_map.empty() && r.side != wanted)
      report_.warning(
          r.where,
          fmt::format("bumps of region \"{}\" of \"{}\" lie on the face that looks up: not carried over",
                      shown(r.name), instance.name),
          "they belong to the part above");
  auto& attach = die.attach;
  auto& array = attach.bumps;
  array.where = die.where;
  if (region) {
    auto found = maps_.find(region->bump_map);
    if (found == maps_.end()) {
      found = maps_.emplace(region->bump_map, std::vector<Bump>{}).first;
      const std::string* text = sources_.read(region->bump_map, region->where);
      if (!text || !read_bump_map(*text, region->bump_map, 1e-6, report_, found->second)) return;
    }
    bumps_ += found->second.size();
    if (bumps_ > (1u << 20))
      return report_.error(region->where, "more than 1 million bumps in all", "leave bump maps out");
    const double pitch = pitch_of(found->second);
    array.pitch_x = array.pitch_y = pitch;
    for (const auto& b : found->second) {
      // Seen from above, before the part's rotation; a mirror about x turns y.
      const double x = b.at.x - 0.5 * instance.chiplet->size.x, y = b.at.y - 0.5 * instance.chiplet->size.y;
      array.sites.push_back({nearest_fm(x), nearest_fm(instance.mirrored ? -y : y)});
      if (b.net.empty()) continue;
      const std::string end = instance.name + "." + b.name;
      const auto same = [&](const package::Net& n) { return n.name == b.net && n.to.empty(); };
      const auto net = design_.nets.size() < 65536
                           ? std::find_if(design_.nets.begin(), design_.nets.end(), same)
                           : design_.nets.end();
      if (net != design_.nets.end())
        net->to = end;
      else if (design_.nets.size() < 65536)
        design_.nets.push_back({b.net, "", end, "", b.where});
    }
  }
  if (gap < 0) {  // on the assumed substrate: flip-chip joints of typical size
    if (!(array.pitch_x > 0)) array.pitch_x = array.pitch_y = 150e-6;
    gap = 0.45 * array.pitch_x;
  }
  if (gap <= kSame) {
    // Faces that touch are bonded: a micrometre of oxide and copper pads, the typical bond line of a hybrid
    // bond.
    attach.kind = package::AttachKind::hybrid_bond;
    attach.standoff = 1e-6;
    if (!(array.pitch_x > 0)) array.pitch_x = array.pitch_y = 10e-6;
    array.diameter = 0.5 * array.pitch_x;
    array.material = "Cu";
    attach.pad_dielectric = "SiO2";
    report_.warning(die.where,
                    fmt::format("\"{}\" touches what is below: a hybrid bond of 1 um with copper pads of "
                                "{:g} um at a pitch of {:g} um in SiO2 "
                                "is assumed",
                                instance.name, array.diameter * 1e6, array.pitch_x * 1e6),
                    "give dies.*.attach in the design file");
    return;
  }
  attach.standoff = nearest_fm(gap);
  if (!(array.pitch_x > 0)) array.pitch_x = array.pitch_y = std::max(2 * gap, 10e-6);
  array.diameter = 0.5 * array.pitch_x;
  array.material = first_of({"SAC305"}, "SAC305");
  attach.underfill = first_of({"underfill-generic", "UF-8830"}, "");
  attach.kind = array.pitch_x < 100e-6 ? package::AttachKind::micro_bump : package::AttachKind::flip_chip;
  report_.warning(die.where,
                  fmt::format("3Dblox says nothing of the joints of \"{}\": {} of {} with a diameter of {:g} "
                              "um at a pitch of {:g} um "
                              "{} are assumed",
                              instance.name, array.sites.empty() ? "a full array" : "the mapped bumps",
                              array.material, array.diameter * 1e6, array.pitch_x * 1e6,
                              attach.underfill.empty() ? "in air" : "in " + attach.underfill),
                  "give dies.*.attach in the design file");
}

void Import::add_die(const BloxInstance& instance) {
  package::Die die;
  die.name = instance.name;
  die.where = instance.where;
  die.size = instance.chiplet->size;
  die.thickness = instance.chiplet->thickness;
  const Rect r = outline(instance);
  die.at = {nearest_fm(0.5 * (r.x0 + r.x1) - centre_.x), nearest_fm(0.5 * (r.y0 + r.y1) - centre_.y)};
  die.rotation = instance.quarter_turns * M_PI / 2;
  die.facing = instance.flipped ? package::Facing::down : package::Facing::up;
  const BloxInstance* below = nullptr;
  for (const auto& other : blox_.instances) {
    if (&other == &instance || top(other) > instance.z + kSame || !share_area(outline(other), r)) continue;
    if (!below || top(other) > top(*below)) below = &other;
  }
  double lowest = instance.z;
  for (const auto& other : blox_.instances) lowest = std::min(lowest, other.z);
  if (!below && instance.z > lowest + kSame)
    report_.error(instance.where, fmt::format("\"{}\" floats: nothing lies below it", instance.name),
                  "change its loc or z");
  if (substrate_ && instance.z < substrate_->z)
    report_.error(instance.where,
                  fmt::format("\"{}\" stands below the substrate, which is not carried over", instance.name),
                  "place it on side: bottom in the design file");
  if (below && below != substrate_) die.stacked_on = below->name;
  die.interposer = instance.chiplet->type == "rdl" || instance.chiplet->type == "substrate";
  if (instance.chiplet->type != "die" && instance.chiplet->type != "ip")
    report_.warning(instance.where,
                    fmt::format("\"{}\" is of type {}: it is kept as a slab of silicon", instance.name,
                                instance.chiplet->type),
                    "give it a material in the design file");
  add_bumps(instance, die, below ? std::max(0.0, instance.z - top(*below)) : -1);
  design_.dies.push_back(std::move(die));
}

std::optional<package::Design> Import::run(const std::vector<std::string>& paths) {
  if (!read_threedblox(paths, sources_, report_, blox_)) return std::nullopt;
  design_.materials = package::shipped_materials();
  single_chiplet();
  if (report_.failed()) return std::nullopt;
  for (const auto& i : blox_.instances)
    if (i.chiplet->type == "hier" || !(i.chiplet->size.x > 0) || !(i.chiplet->thickness > 0))
      report_.error(i.where,
                    fmt::format("\"{}\" is a hierarchical chiplet, which is not carried over", i.name),
                    "import its own assembly, or give it a size and a thickness as a die");
  if (report_.failed()) return std::nullopt;
  check_connections();
  check_overlaps();
  if (report_.failed()) return std::nullopt;
  add_substrate();
  for (const auto& i : blox_.instances)
    if (&i != substrate_) add_die(i);
  if (!report_.failed() && design_.dies.empty() && !design_.substrate)
    report_.error({}, "the assembly is empty", "place a chiplet");
  if (report_.failed()) return std::nullopt;
  report_.warning({paths[0], 0, 0},
                  "3Dblox knows no power and no material: dies are silicon and dissipate nothing",
                  "give power, materials and environment in the design file");
  design_.name = clean_name(blox_.design.empty() ? stem(paths[0]) : blox_.design);
  design_.description = "imported from 3Dblox";
  design_.file = paths[0];
  design_.where = {paths[0], 1, 0};
  design_.content_hash = sources_.hash();
  return std::move(design_);
}

}  // namespace

std::optional<package::Design> import_threedblox(const std::vector<std::string>& paths,
                                                 const std::vector<std::string>& bump_maps, Sources& sources,
                                                 Report& report) {
  for (const auto& path : bump_maps)
    report.note({path, 0, 0},
                "bump maps are found through the regions that name them; this one is read only if one does");
  return Import(sources, report).run(paths);
}

}  // namespace bondline::formats
