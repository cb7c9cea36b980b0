// 3D-ICE's stack as a plain block: the stack is written top to bottom, the block's layers go bottom to top.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "design/formats/ice.h"
#include "design/package/load.h"
#include "document/document.h"

namespace bondline::formats {
namespace {

using package::BlockLayer;
using package::Face;

class Import {
 public:
  Import(std::string file, const std::vector<std::string>& given, Sources& sources, Report& report)
      : file_(std::move(file)), given_(given), sources_(sources), report_(report) {}
  std::optional<package::Design> run();

 private:
  std::string material(const std::string& name, const Where& where);
  BlockLayer layer(const std::string& name, const IceLayer& from);
  void add_layout(BlockLayer& layer, const std::string& path, const Where& where);
  void add_die(const IceElement& element);
  void add_channel(const IceElement& element);
  void lay_out_4rm(package::Channels& channels);
  void lay_out_2rm(package::Channels& channels);
  void add_power(BlockLayer& layer, const std::vector<IceBlock>& blocks, const std::string& file);
  const std::vector<IceBlock>* floorplan(const IceElement& element, std::string& path);
  void place_and_cool();

  std::string file_;
  const std::vector<std::string>& given_;
  Sources& sources_;
  Report& report_;
  IceStack stack_;
  std::vector<BlockLayer> down_;  ///< top to bottom
  std::map<std::string, std::vector<IceBlock>> floorplans_;
  std::map<std::string, IceLayout> layouts_;
  std::size_t blocks_ = 0, values_ = 0;
  package::Design design_;
};

std::string Import::material(const std::string& name, const Where& where) {
  std::vector<std::string> names;
  for (const auto& m : stack_.materials) {
    if (m.name == name) return name;
    names.push_back(m.name);
  }
  const std::string near = document::nearest(name, names);
  report_.error(
      where, fmt::format("no material \"{}\" is declared", shown(name)),
      near.empty() ? "declare it at the top of the .stk" : fmt::format("did you mean \"{}\"?", near));
  return "";
}

BlockLayer Import::layer(const std::string& name, const IceLayer& from) {
  BlockLayer out;
  out.name = name;
  out.material = material(from.material, from.where);
  out.thickness = from.height;
  out.where = from.where;
  if (!from.layout.empty()) add_layout(out, from.layout, from.where);
  return out;
}

void Import::add_layout(BlockLayer& out, const std::string& name, const Where& where) {
  const std::string path = sources_.find(name, file_, given_);
  if (path.empty()) {
    report_.error(where, fmt::format("layout file \"{}\" was not found", shown(name)),
                  "put it beside the .stk");
    return;
  }
  auto found = layouts_.find(path);
  if (found == layouts_.end()) {
    found = layouts_.emplace(path, IceLayout{}).first;
    const std::string* text = sources_.read(path, where);
    if (!text || !read_ice_layout(*text, path, stack_.length, stack_.width, report_, found->second)) {
      found->second = {};
      return;
    }
    // A layout's own materials shadow those of the stack: keep both apart where they differ.
    for (auto& m : found->second.materials) {
      const std::string original = m.name;
      const auto same = [&](const DeckMaterial& other) { return other.name == m.name; };
      while (std::any_of(stack_.materials.begin(), stack_.materials.end(), same))
        m.name += "-" + clean_name(stem(path));
      for (auto& b : found->second.blocks)
        if (b.material == original) b.material = m.name;
      stack_.materials.push_back(m);
    }
  }
  for (const auto& b : found->second.blocks) {
    const std::string of = material(b.material, b.where);
    for (const auto& r : b.rects) {
      if (++blocks_ > kMaxDeckBlocks) {
        report_.error(where, "more than 65536 rectangles in all layers together", "merge rectangles");
        return;
      }
      out.regions.push_back({fmt::format("{}-{}", b.material, out.regions.size() + 1), of, r, b.where});
    }
  }
}

const std::vector<IceBlock>* Import::floorplan(const IceElement& element, std::string& path) {
  path = sources_.find(element.floorplan, file_, given_);
  if (path.empty()) {
    report_.error(element.where, fmt::format("floorplan \"{}\" was not found", shown(element.floorplan)),
                  "put it beside the .stk or give it in the same call");
    return nullptr;
  }
  auto found = floorplans_.find(path);
  if (found == floorplans_.end()) {
    found = floorplans_.emplace(path, std::vector<IceBlock>{}).first;
    const std::string* text = sources_.read(path, element.where);
    if (text && !looks_like_ice_floorplan(*text)) {
      report_.error({path, 0, 0}, "this is not a 3D-ICE floorplan (no statement ends in ';')",
                    "3D-ICE and HotSpot use the same suffix for different files");
      return nullptr;
    }
    if (!text || !read_ice_floorplan(*text, path, stack_.length, stack_.width, report_, found->second))
      found->second.clear();
  }
  return found->second.empty() ? nullptr : &found->second;
}

void Import::add_power(BlockLayer& out, const std::vector<IceBlock>& blocks, const std::string& file) {
  std::size_t slots = SIZE_MAX, longest = 0, silent = 0;
  for (const auto& b : blocks) {
    if (b.powers.empty()) {
      ++silent;
      continue;
    }
    slots = std::min(slots, b.powers.size());
    longest = std::max(longest, b.powers.size());
  }
  if (silent)
    report_.warning({file, 0, 0},
                    fmt::format("{} blocks have no power values (3D-ICE would be fed by its server): they "
                                "dissipate nothing here",
                                silent),
                    "write power values into the floorplan");
  if (longest == 0) slots = 0;
  const bool trace = stack_.transient && slots > 1;
  if (stack_.transient && slots != longest)
    report_.warning(
        {file, 0, 0},
        fmt::format("blocks have between {} and {} power values; {} are used", slots, longest, slots),
        "give every block the same number of values");
  if (!stack_.transient && longest > 1)
    report_.warning(
        {file, 0, 0},
        "the deck is steady: the first power value of each block is used, the others are not carried over",
        "make the deck transient to keep the trace");
  out.power.where = {file, 1, 0};
  for (const auto& b : blocks) {
    if (++blocks_ > kMaxDeckBlocks) {
      report_.error(out.where, "more than 65536 blocks in all layers together", "merge blocks");
      return;
    }
    out.power.blocks.push_back({b.name, b.rects, trace || b.powers.empty() ? 0 : b.powers[0], "", b.where});
    if (b.material.empty()) continue;
    const std::string of = material(b.material, b.where);
    for (const auto& r : b.rects)
      out.regions.push_back(
          {b.rects.size() == 1 ? b.name : fmt::format("{}-{}", b.name, out.regions.size() + 1), of, r,
           b.where});
  }
  if (!trace) return;
  values_ += slots * blocks.size();
  if (values_ > kMaxTraceValues) {
    report_.error(out.where, "more than 8 million power values in all layers together", "shorten the traces");
    return;
  }
  package::PowerTrace t;
  t.interval = stack_.slot;
  t.where = out.power.where;
  for (const auto& b : blocks) t.blocks.push_back(b.name);
  for (std::size_t s = 0; s < slots; ++s) {
    t.watts.emplace_back();
    for (const auto& b : blocks) t.watts.back().push_back(b.powers.empty() ? 0 : b.powers[s]);
  }
  out.power.trace = std::move(t);
}

void Import::add_die(const IceElement& element) {
  const IceDie& die = stack_.dies.at(element.of);
  int number = 0;
  for (const auto& l : die.layers) {
    ++number;
    if (down_.size() >= kMaxLayers) {
      report_.error(element.where, "more than 1024 layers in all", "merge layers");
      return;
    }
    BlockLayer out = layer(l.source ? element.name : fmt::format("{}-{}", element.name, number), l);
    std::string path;
    if (l.source)
      if (const auto* blocks = floorplan(element, path)) add_power(out, *blocks, path);
    down_.push_back(std::move(out));
    if (report_.failed()) return;
  }
}

void Import::add_channel(const IceElement& element) {
  IceLayer solid;
  solid.height = stack_.cavity->height;
  solid.material = stack_.cavity->material;
  solid.where = element.where;
  down_.push_back(layer(element.name, solid));
  const IceCavity& cavity = *stack_.cavity;
  package::Channels channels;
  channels.where = element.where;
  channels.height = cavity.height;
  channels.flow_to = Face::north;
  channels.inlet = cavity.inlet;
  channels.coolant.name = "coolant";
  channels.coolant.heat_capacity = cavity.heat_capacity;
  if (cavity.kind == "pinfin") {
    // 3D-ICE's fit of the exchange per footprint for its pins (Sridhar et al., THERMINIC 2010; user guide).
    const double exponent = cavity.staggered ? 1.52 : 0.64;
    channels.pins = true;
    channels.staggered = cavity.staggered;
    channels.diameter = cavity.diameter;
    channels.pitch = cavity.pitch;
    channels.velocity = cavity.velocity;
    channels.base_top = channels.base_bottom =
        twelve_digits(1 / (2.527e-5 / std::pow(cavity.velocity + 1.35, exponent) + 1.533e-6));
    if (cavity.diameter >= cavity.pitch)
      report_.error(cavity.where, "the pins touch each other", "give a pitch larger than the diameter");
  } else {
    channels.width = cavity.channel;
    channels.wall = cavity.wall;
    channels.flow = cavity.flow;
    if (cavity.kind == "microchannel 4rm")
      lay_out_4rm(channels);
    else
      lay_out_2rm(channels);
  }
  down_.back().channels = channels;
}

/// One column of the deck's grid per channel and wall: they fill the chip's length exactly.
void Import::lay_out_4rm(package::Channels& channels) {
  const IceCavity& cavity = *stack_.cavity;
  channels.model = package::ChannelModel::four_resistor;
  channels.h_side = cavity.side;
  channels.h_top = cavity.top;
  channels.h_bottom = cavity.bottom;
  channels.first_wall = cavity.first_wall;
  channels.last_wall = cavity.last_wall;
  const double room = (stack_.length - cavity.first_wall - cavity.last_wall - cavity.channel) /
                      (cavity.channel + cavity.wall);
  channels.count = int(std::lround(std::clamp(room, -1.0, 1e5))) + 1;
  if (channels.count < 1 || std::abs(room - std::round(room)) > 1e-6)
    report_.error(
        cavity.where,
        fmt::format("walls and channels do not fill the chip's length ({:.6g} channels would)", room + 1),
        "choose outer walls so that a whole number of channels fits");
  if (!(cavity.side > 0) || !(cavity.top > 0) || !(cavity.bottom > 0))
    report_.error(cavity.where, "a heat transfer coefficient is missing", "give side, top and bottom");
}

/// Coefficients are per footprint, fins included; the number of channels is rounded as 3D-ICE does.
void Import::lay_out_2rm(package::Channels& channels) {
  const IceCavity& cavity = *stack_.cavity;
  const double pitch = cavity.channel + cavity.wall;
  channels.model = package::ChannelModel::averaged;
  channels.base_top = cavity.top;
  channels.base_bottom = cavity.bottom;
  channels.count = int(stack_.length / pitch + 0.5);
  while (channels.count > 1 && channels.count * pitch - cavity.wall >= stack_.length) --channels.count;
  const double left = stack_.length - channels.count * pitch + cavity.wall;
  channels.first_wall = channels.last_wall = twelve_digits(0.5 * left);
  if (channels.count < 1 || !(left > 0))
    report_.error(cavity.where, "a channel is wider than the chip", "3D-ICE's lengths are in um");
}

void Import::place_and_cool() {
  bool lowest = false;
  for (std::size_t i = 0; i < down_.size(); ++i) {
    auto& power = down_[i].power;
    if (power.blocks.empty()) continue;
    lowest = i + 1 == down_.size() && !stack_.bottom;
    power.place = lowest ? package::HeatPlace::bottom_face : package::HeatPlace::volume;
  }
  report_.note(
      {file_, 0, 0},
      lowest ? "power of the lowest layer enters at its bottom face, where 3D-ICE's node stands; power of "
               "other source layers in their volume"
             : "power enters in the volume of the source layers");
  auto& environment = design_.environment;
  environment.ambient = stack_.top      ? stack_.top->temperature
                        : stack_.bottom ? stack_.bottom->temperature
                                        : stack_.initial;
  make_adiabatic(environment, "3D-ICE: faces without a heat sink are adiabatic");
  if (stack_.top)
    add_film(environment, Face::top, "", stack_.top->h, stack_.top->temperature, "3D-ICE: top heat sink",
             stack_.top->where);
  if (stack_.bottom)
    add_film(environment, Face::bottom, "", stack_.bottom->h, stack_.bottom->temperature,
             "3D-ICE: bottom heat sink", stack_.bottom->where);
  if (stack_.plug) {
    BlockLayer spreader;
    spreader.name = "spreader";
    spreader.material = material(stack_.plug->material, stack_.plug->where);
    spreader.thickness = stack_.plug->height;
    spreader.size = {stack_.plug->length, stack_.plug->width};
    spreader.where = stack_.plug->where;
    if (spreader.size.x < stack_.length || spreader.size.y < stack_.width)
      report_.error(spreader.where, "the spreader is smaller than the chip", "enlarge it");
    down_.insert(down_.begin(), spreader);
    report_.warning(stack_.plug->where,
                    fmt::format("the heat sink plug-in \"{}\" is a program and is not carried over: the "
                                "spreader is kept, its top is adiabatic",
                                shown(stack_.plug->library)),
                    "give the top a film in the design file (environment.films)");
  }
  const bool liquid = std::any_of(stack_.elements.begin(), stack_.elements.end(),
                                  [](const IceElement& e) { return e.kind == IceElement::Kind::channel; });
  if (!stack_.top && !stack_.bottom && !stack_.plug && !liquid)
    report_.warning({file_, 0, 0}, "the deck has no heat sink: every face is adiabatic",
                    "give it a film, or no steady state exists");
  if (stack_.transient && stack_.initial != environment.ambient)
    report_.note({file_, 0, 0},
                 fmt::format("the initial temperature of {:g} K is not carried over", stack_.initial));
  if (stack_.output)
    report_.note({file_, 0, 0}, "the output list is not carried over",
                 stack_.even_cells
                     ? fmt::format("use --probe and the report; --deck-cells \"{:.12g} um,{:.12g} "
                                   "um\" solves on the deck's cells, to compare",
                                   1e6 * stack_.cell_length, 1e6 * stack_.cell_width)
                     : "use --probe and the report");
}

std::optional<package::Design> Import::run() {
  const std::string* text = sources_.read(file_, {file_, 0, 0});
  if (!text || !read_ice_stack(*text, file_, report_, stack_)) return std::nullopt;
  if (std::max(stack_.length, stack_.width) > 10)
    report_.error({file_, 0, 0}, "a chip of more than 10 m", "3D-ICE's lengths are in um");
  for (const auto& e : stack_.elements) {
    if (down_.size() >= kMaxLayers) report_.error(e.where, "more than 1024 layers in all", "merge layers");
    if (report_.failed()) return std::nullopt;
    switch (e.kind) {
      case IceElement::Kind::die:
        add_die(e);
        break;
      case IceElement::Kind::channel:
        add_channel(e);
        break;
      case IceElement::Kind::layer:
        down_.push_back(layer(e.name, stack_.layers.at(e.of)));
        break;
    }
  }
  if (report_.failed()) return std::nullopt;
  place_and_cool();
  if (report_.failed()) return std::nullopt;

  design_.materials = package::shipped_materials();
  for (const auto& m : stack_.materials) put_material(design_.materials, to_material(m, "3D-ICE deck"));
  package::Block block;
  block.size = {stack_.length, stack_.width};
  if (stack_.plug) block.size = {stack_.plug->length, stack_.plug->width};
  block.where = {file_, 1, 0};
  for (auto& l : down_)
    if (l.size.x == 0) l.size = {stack_.length, stack_.width};
  block.layers.assign(std::make_move_iterator(down_.rbegin()), std::make_move_iterator(down_.rend()));
  design_.name = clean_name(stem(file_));
  design_.description = "imported from 3D-ICE";
  design_.file = file_;
  design_.where = block.where;
  design_.body_size = block.size;
  design_.block = std::move(block);
  design_.content_hash = sources_.hash();
  return std::move(design_);
}

}  // namespace

std::optional<package::Design> import_ice(const std::string& stack,
                                          const std::vector<std::string>& floorplans, Sources& sources,
                                          Report& report) {
  return Import(stack, floorplans, sources, report).run();
}

}  // namespace bondline::formats
