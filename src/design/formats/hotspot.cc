// HotSpot's parts put together: layers from the farthest from the sink (our bottom) to the sink, power by
// trace, the film on the sink, adiabatic elsewhere.
#include "design/formats/hotspot.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "design/package/load.h"
#include "document/document.h"

namespace bondline::formats {
namespace {

using package::BlockLayer;
using package::Vec2;

// Typical properties of the secondary path, as HotSpot 7 has them built in (temperature.h): resistivity m K/W
// and volumetric heat capacity J/(m3 K).
struct Builtin {
  const char* name;
  double resistivity, rho_c;
};
constexpr Builtin kMetal{"hotspot-metal", 0.0025, 3.55e6}, kC4{"hotspot-c4", 0.8, 1.65e6},
    kSubstrate{"hotspot-substrate", 0.5, 1.6e6}, kSolder{"hotspot-solder", 0.06, 2.1e6},
    kPcb{"hotspot-pcb", 0.333, 1.32e6};

/// One layer on its way into the design, with the floorplan that says where its power goes.
struct Plan {
  BlockLayer layer;
  const HotspotFloorplan* floorplan = nullptr;
  bool power = false;
};

class Import {
 public:
  Import(const HotspotPaths& paths, Sources& sources, Report& report)
      : paths_(paths), sources_(sources), report_(report) {}
  std::optional<package::Design> run();

 private:
  bool read_configs();
  bool plan_from_layers(const std::string& path);
  bool plan_from_config();
  const HotspotFloorplan* floorplan(const std::string& path, const Where& from);
  bool place_power();
  void add_overrides();
  void add_secondary();
  void add_package();
  std::string material_of(const char* what, std::string material, double k, double rho_c, const Where& where);
  std::string named_material(const std::string& name, const Where& where);
  std::string number_material(const std::string& wish, double k, double rho_c, const Where& where);
  double value(const std::string& name) { return config_.positive(name, report_, design_.defaults); }
  Plan simple(const std::string& name, const std::string& material, double thickness, Vec2 size,
              const Where& where);

  const HotspotPaths& paths_;
  Sources& sources_;
  Report& report_;
  HotspotConfig config_;
  std::vector<DeckMaterial> materials_;
  std::vector<DeckMaterial> made_;  ///< materials given by numbers
  std::map<std::string, HotspotFloorplan> floorplans_;
  std::vector<Plan> plan_;
  package::Design design_;
  Vec2 die_;
  bool from_layers_ = false;
  std::string primary_;
};

std::string Import::named_material(const std::string& name, const Where& where) {
  const std::string clean = clean_name(name);
  std::vector<std::string> names;
  for (const auto& m : materials_) {
    if (m.name == clean) {
      if (m.fluid)
        report_.warning(where, fmt::format("the fluid \"{}\" is used as a solid", shown(name)),
                        "name a solid");
      return clean;
    }
    names.push_back(m.name);
  }
  const std::string near = document::nearest(clean, names);
  report_.error(where,
                fmt::format("material \"{}\" is not in {}", shown(name),
                            materials_.empty() ? "any .materials file given" : "the .materials file"),
                materials_.empty() ? "give the .materials file in the same call"
                : near.empty()     ? "add it there"
                                   : fmt::format("add it there, or did you mean \"{}\"?", near));
  return "";
}

std::string Import::number_material(const std::string& wish, double k, double rho_c, const Where& where) {
  for (const auto& m : made_)
    if (m.k[0] == k && m.rho_c == rho_c) return m.name;
  DeckMaterial material{wish, {k, k, k}, rho_c, false, where};
  const auto taken = [&](const std::string& name) {
    const auto same = [&](const DeckMaterial& m) { return m.name == name; };
    return std::any_of(made_.begin(), made_.end(), same) ||
           std::any_of(materials_.begin(), materials_.end(), same);
  };
  for (int i = 2; taken(material.name); ++i) material.name = fmt::format("{}-{}", wish, i);
  if (!plausible(material, "HotSpot's heat capacity is in J/(m3 K), its resistivity 1/k in m K/W", report_))
    return "";
  made_.push_back(material);
  return material.name;
}

std::string Import::material_of(const char* what, std::string material, double k, double rho_c,
                                const Where& where) {
  if (!material.empty()) return named_material(material, where);
  return number_material(fmt::format("hotspot-{}", what), k, rho_c, where);
}

Plan Import::simple(const std::string& name, const std::string& material, double thickness, Vec2 size,
                    const Where& where) {
  Plan plan;
  plan.layer.name = name;
  plan.layer.material = material;
  plan.layer.thickness = thickness;
  plan.layer.size = size;
  plan.layer.where = where;
  return plan;
}

const HotspotFloorplan* Import::floorplan(const std::string& path, const Where& from) {
  if (const auto it = floorplans_.find(path); it != floorplans_.end())
    return it->second.blocks.empty() ? nullptr : &it->second;
  auto& out = floorplans_[path];
  const std::string* text = sources_.read(path, from);
  if (!text || !read_hotspot_floorplan(*text, path, report_, out)) {
    out.blocks.clear();
    return nullptr;
  }
  return &out;
}

bool Import::read_configs() {
  for (const auto& path : paths_.configs)
    if (const auto* text = sources_.read(path, {path, 0, 0})) config_.read(*text, path, report_);
  for (const auto& path : paths_.materials)
    if (const auto* text = sources_.read(path, {path, 0, 0}))
      read_hotspot_materials(*text, path, report_, materials_);
  if (paths_.configs.empty())
    report_.warning({}, "no .config was given: HotSpot's own defaults for package and sink are used",
                    "give the .config in the same call");
  const double ambient = value("ambient");
  if (ambient > 2000)
    report_.error(config_.where("ambient"), fmt::format("an ambient of {:g} K", ambient), "write kelvin");
  design_.environment.ambient = ambient;
  return !report_.failed();
}

bool Import::plan_from_layers(const std::string& path) {
  from_layers_ = true;
  const std::string* text = sources_.read(path, config_.where("grid_layer_file"));
  std::vector<HotspotLayer> layers;
  if (!text || !read_hotspot_layers(*text, path, report_, layers)) return false;
  for (const auto& l : layers) {
    const std::string name = fmt::format("layer{}", l.number);
    Plan plan = simple(name, "", l.thickness, {}, l.where);
    plan.layer.material =
        l.material.empty() ? number_material("hotspot-" + name, 1 / l.resistivity, l.rho_c, l.material_where)
                           : named_material(l.material, l.material_where);
    if (!l.lateral)
      report_.warning(
          l.where,
          fmt::format("layer {} has no lateral heat flow in HotSpot; here it conducts sideways too",
                      l.number),
          "nothing to mend; its lateral spreading makes hot spots slightly cooler");
    const std::string found =
        sources_.find(l.floorplan, path,
                      l.floorplan.find(".csv") == std::string::npos ? paths_.floorplans : paths_.channels);
    if (found.empty()) {
      report_.error(l.floorplan_where, fmt::format("floorplan \"{}\" was not found", shown(l.floorplan)),
                    "give it in the same call, or put it where the layer file says");
      continue;
    }
    if (l.floorplan.find(".csv") != std::string::npos) {
      HotspotChannels channels;
      const std::string* cells = sources_.read(found, l.floorplan_where);
      if (!cells || !read_hotspot_channels(*cells, found, report_, channels)) continue;
      report_.warning(
          l.floorplan_where,
          fmt::format(
              "layer {} is a microchannel layer: its coolant ({:.0f} % of the cells) is not modelled, "
              "the whole layer is kept as solid {}",
              l.number, 100.0 * double(channels.wet) / double(channels.cells), plan.layer.material),
          "temperatures are too high wherever the channels carry heat away; the coolant's name and inlet "
          "temperature are kept in the environment");
      design_.environment.coolant =
          clean_name(config_.text("coolant_material").empty() ? "coolant" : config_.text("coolant_material"));
      design_.environment.coolant_inlet = value("inlet_temperature");
      if (l.power)
        report_.error(l.where, "a microchannel layer cannot dissipate power", "set its second flag to N");
    } else {
      plan.floorplan = floorplan(found, l.floorplan_where);
      plan.power = l.power;
      if (plan.floorplan) {
        const double w = plan.floorplan->width, h = plan.floorplan->height;
        if (die_.x == 0) die_ = {w, h};
        if (std::abs(w - die_.x) > 1e-6 * die_.x || std::abs(h - die_.y) > 1e-6 * die_.y)
          report_.error(
              l.floorplan_where,
              fmt::format("this floorplan is {:g} x {:g} mm, the one of an earlier layer {:g} x {:g} mm",
                          w * 1e3, h * 1e3, die_.x * 1e3, die_.y * 1e3),
              "give all layers the same total width and height");
      }
    }
    plan_.push_back(std::move(plan));
  }
  if (die_.x == 0 && !report_.failed())
    report_.error({path, 0, 0}, "no layer has a floorplan, so the size of the die is unknown",
                  "name a .flp in one layer");
  for (auto& plan : plan_) plan.layer.size = die_;
  return !report_.failed();
}

bool Import::plan_from_config() {
  if (paths_.floorplans.size() != 1) {
    report_.error({}, fmt::format("{} floorplans and no layer file", paths_.floorplans.size()),
                  paths_.floorplans.empty()
                      ? "give the .flp in the same call"
                      : "give one .flp, or the .lcf that says which layer each belongs to");
    return false;
  }
  const HotspotFloorplan* flp = floorplan(paths_.floorplans[0], {paths_.floorplans[0], 0, 0});
  if (!flp) return false;
  die_ = {flp->width, flp->height};
  const auto part = [&](const char* what, const char* layer) {
    const std::string w = what, material = config_.text("material_" + w);
    const double k = material.empty() ? value("k_" + w) : 0, c = material.empty() ? value("p_" + w) : 0;
    const Where where = config_.where(material.empty() ? "k_" + w : "material_" + w);
    return simple(layer, material_of(what, material, k, c, where), value("t_" + w), die_, where);
  };
  plan_.push_back(part("chip", "chip"));
  plan_.back().floorplan = flp;
  plan_.back().power = true;
  plan_.back().layer.where = {flp->file, 1, 0};
  plan_.push_back(part("interface", "interface"));
  return !report_.failed();
}

bool Import::place_power() {
  std::size_t blocks = 0;
  for (auto& plan : plan_) {
    if (!plan.power || !plan.floorplan) continue;
    plan.layer.power.place = package::HeatPlace::bottom_face;
    plan.layer.power.where = {plan.floorplan->file, 1, 0};
    blocks += plan.floorplan->blocks.size();
    if (blocks > kMaxDeckBlocks) {
      report_.error(plan.layer.where, "more than 65536 blocks in all layers together", "merge blocks");
      return false;
    }
    for (const auto& b : plan.floorplan->blocks)
      plan.layer.power.blocks.push_back({b.name, {b.rect}, 0, "", b.where});
  }
  if (paths_.traces.size() > 1) {
    report_.error({paths_.traces[1], 0, 0}, "more than one power trace", "give one .ptrace");
    return false;
  }
  if (paths_.traces.empty()) {
    report_.warning({}, "no power trace was given: the blocks dissipate nothing",
                    "give the .ptrace in the same call");
    return true;
  }
  HotspotTrace trace;
  const std::string* text = sources_.read(paths_.traces[0], {paths_.traces[0], 0, 0});
  if (!text || !read_hotspot_trace(*text, paths_.traces[0], report_, trace)) return false;
  if (trace.names.size() != blocks) {
    report_.error({trace.file, 1, 0},
                  fmt::format("the trace has {} columns, the layers that dissipate power have {} blocks",
                              trace.names.size(), blocks),
                  "give one column per block, layer 0 first, none for layers whose power flag is N");
    return false;
  }
  const double interval = trace.watts.size() > 1 ? value("sampling_intvl") : 0;
  std::size_t first = 0;
  for (auto& plan : plan_) {
    auto& power = plan.layer.power;
    if (power.blocks.empty()) continue;
    std::map<std::string, std::size_t> index;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < power.blocks.size(); ++i) {
      index[power.blocks[i].name] = i;
      names.push_back(power.blocks[i].name);
    }
    std::vector<std::size_t> column(power.blocks.size(), SIZE_MAX);
    for (std::size_t i = 0; i < power.blocks.size(); ++i) {
      const std::string& name = trace.names[first + i];
      const auto it = index.find(name);
      if (it == index.end()) {
        const std::string near = names.size() < 1000 ? document::nearest(name, names) : "";
        report_.error(
            trace.name_where[first + i],
            fmt::format("no block \"{}\" in {}", shown(name), plan.floorplan->file),
            near.empty()
                ? "name a block of this layer: the columns come in groups, layer 0 first"
                : fmt::format("did you mean \"{}\"? the columns come in groups, layer 0 first", near));
      } else if (column[it->second] != SIZE_MAX) {
        report_.error(trace.name_where[first + i], fmt::format("block \"{}\" has two columns", shown(name)),
                      "remove one");
      } else {
        column[it->second] = first + i;
      }
    }
    first += power.blocks.size();
    if (report_.failed()) continue;
    if (trace.watts.size() == 1) {
      for (std::size_t i = 0; i < column.size(); ++i) power.blocks[i].power = trace.watts[0][column[i]];
      continue;
    }
    package::PowerTrace out;
    out.interval = interval;
    out.blocks = names;
    out.where = {trace.file, 1, 0};
    for (const auto& sample : trace.watts) {
      out.watts.emplace_back();
      for (std::size_t c : column) out.watts.back().push_back(sample[c]);
    }
    power.trace = std::move(out);
  }
  report_.note({trace.file, 1, 0},
               "power enters at the face of its layer that looks away from the heat sink, as in HotSpot",
               "set place: volume in the design file to spread it over the thickness");
  return !report_.failed();
}

void Import::add_overrides() {
  for (auto& plan : plan_) {
    if (!plan.floorplan || !plan.floorplan->has_overrides()) continue;
    const Where where{plan.floorplan->file, 0, 0};
    if (!from_layers_ || (config_.has("detailed_3d") && !config_.flag("detailed_3d"))) {
      report_.warning(
          where,
          "heat capacity and resistivity of the blocks are ignored, as HotSpot does without -detailed_3D on",
          "give a layer file and do not switch detailed_3D off to use them");
      continue;
    }
    for (const auto& b : plan.floorplan->blocks) {
      if (b.rho_c <= 0) continue;
      const std::string material = number_material("hotspot-block", 1 / b.resistivity, b.rho_c, b.where);
      if (material.empty()) return;
      if (made_.size() > kMaxBlocks) {
        report_.error(b.where, "more than 8192 different materials", "round the properties of the blocks");
        return;
      }
      plan.layer.regions.push_back({b.name, material, b.rect, b.where});
    }
    report_.warning(
        where,
        fmt::format("the blocks' own heat capacity and resistivity are used in {}, as with -detailed_3D on",
                    plan.layer.name),
        "write -detailed_3D off into the .config if HotSpot runs without it");
  }
}

void Import::add_secondary() {
  if (!config_.flag("model_secondary")) return;
  std::vector<Plan> below;
  const auto add = [&](const char* name, const Builtin& b, const char* thickness, Vec2 size) {
    below.push_back(
        simple(name, number_material(b.name, 1 / b.resistivity, b.rho_c, config_.where("model_secondary")),
               value(thickness), size, config_.where("model_secondary")));
  };
  const double pcb = value("s_pcb"), solder = value("s_solder"), sub = value("s_sub");
  add("pcb", kPcb, "t_pcb", {pcb, pcb});
  add("solder", kSolder, "t_solder", {solder, solder});
  add("package_substrate", kSubstrate, "t_sub", {sub, sub});
  if (!from_layers_) {
    add("c4", kC4, "t_c4", die_);
    add("metal", kMetal, "t_metal", die_);
  }
  plan_.insert(plan_.begin(), std::make_move_iterator(below.begin()), std::make_move_iterator(below.end()));
  add_film(design_.environment, package::Face::bottom, "pcb", 1 / (value("r_convec_sec") * pcb * pcb),
           design_.environment.ambient, "HotSpot .config: 1/(r_convec_sec s_pcb^2)",
           config_.where("r_convec_sec"));
  report_.warning(config_.where("model_secondary"),
                  "the secondary path takes HotSpot's built-in typical properties (temperature.h); n_metal, "
                  "s_c4, n_c4 do "
                  "not enter, as in HotSpot",
                  "replace the materials hotspot-* by your own");
}

void Import::add_package() {
  const double sp = value("s_spreader"), sk = value("s_sink");
  const auto part = [&](const char* what, double side) {
    const std::string w = what, material = config_.text("material_" + w);
    const double k = material.empty() ? value("k_" + w) : 0, c = material.empty() ? value("p_" + w) : 0;
    const Where where = config_.where(material.empty() ? "k_" + w : "material_" + w);
    if (!material.empty() && (config_.has("k_" + w) || config_.has("p_" + w)))
      report_.warning(config_.where(config_.has("k_" + w) ? "k_" + w : "p_" + w),
                      fmt::format("k_{0} and p_{0} give way to material_{0}, as in HotSpot 7", w),
                      "remove what is not meant");
    const std::string name = material_of(what, material, k, c, where);
    for (const auto& m : materials_)
      if (m.name == name && m.k[0] <= 0.01)
        report_.warning(
            where,
            fmt::format("the {} is made of \"{}\" with k = {:g} W/(m K): a way to switch it off in HotSpot",
                        w, m.name, m.k[0]),
            "it is kept and hardly conducts; cool the layers below by films of their own");
    plan_.push_back(simple(what, name, value("t_" + w), {side, side}, where));
  };
  const double die = std::max(die_.x, die_.y);
  if (sp < die || sk < sp)
    report_.error(
        config_.where(sk < sp ? "s_sink" : "s_spreader"),
        fmt::format(
            "die {:g} x {:g} mm, spreader {:g} mm, sink {:g} mm: each must be at least as large as the one "
            "below",
            die_.x * 1e3, die_.y * 1e3, sp * 1e3, sk * 1e3),
        "enlarge s_spreader or s_sink");
  part("spreader", sp);
  part("sink", sk);
  add_film(design_.environment, package::Face::top, "sink", 1 / (value("r_convec") * sk * sk),
           design_.environment.ambient, "HotSpot .config: 1/(r_convec s_sink^2)", config_.where("r_convec"));
}

std::optional<package::Design> Import::run() {
  if (!read_configs()) return std::nullopt;
  if (paths_.layers.size() > 1) {
    report_.error({paths_.layers[1], 0, 0}, "more than one layer file", "give one .lcf");
    return std::nullopt;
  }
  std::string layers = paths_.layers.empty() ? "" : paths_.layers[0];
  if (layers.empty() && !config_.text("grid_layer_file").empty()) {
    const Where from = config_.where("grid_layer_file");
    layers = sources_.find(config_.text("grid_layer_file"), from.file, {});
    if (layers.empty()) {
      report_.error(from,
                    fmt::format("layer file \"{}\" was not found", shown(config_.text("grid_layer_file"))),
                    "give the .lcf in the same call");
      return std::nullopt;
    }
  }
  primary_ = !layers.empty() ? layers : paths_.floorplans.empty() ? "" : paths_.floorplans[0];
  if (!(layers.empty() ? plan_from_config() : plan_from_layers(layers))) return std::nullopt;
  if (!place_power()) return std::nullopt;
  make_adiabatic(design_.environment, "HotSpot: every face but the heat sink's is adiabatic");
  add_overrides();
  add_secondary();
  add_package();
  if (!layers.empty())
    for (const auto& path : paths_.floorplans)
      if (!floorplans_.count(path))
        report_.warning({path, 0, 0}, "no layer names this floorplan; it is not read");
  config_.report_rest(report_);
  if (report_.failed()) return std::nullopt;

  design_.materials = package::shipped_materials();
  for (const auto* list : {&materials_, &made_})
    for (const auto& m : *list)
      put_material(design_.materials, to_material(m, list == &made_ && m.where.file.empty()
                                                         ? "HotSpot 7 default (temperature.c, temperature.h)"
                                                         : "HotSpot deck"));
  package::Block block;
  for (auto& plan : plan_) {
    block.size.x = std::max(block.size.x, plan.layer.size.x);
    block.size.y = std::max(block.size.y, plan.layer.size.y);
    block.layers.push_back(std::move(plan.layer));
  }
  design_.name = clean_name(stem(primary_));
  design_.description = "imported from HotSpot";
  design_.file = primary_;
  block.where = {primary_, 1, 0};
  design_.where = block.where;
  design_.body_size = block.size;
  design_.block = std::move(block);
  design_.content_hash = sources_.hash();
  return std::move(design_);
}

}  // namespace

std::optional<package::Design> import_hotspot(const HotspotPaths& paths, Sources& sources, Report& report) {
  return Import(paths, sources, report).run();
}

}  // namespace bondline::formats
