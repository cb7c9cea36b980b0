// The grammar of a .stk file, section by section in 3D-ICE's order.
#include <algorithm>

#include <fmt/format.h>

#include "design/formats/ice.h"

namespace bondline::formats {
namespace {

constexpr double kUm = 1e-6;
constexpr double kConductivity = 1e6;  // W/(um K)  -> W/(m K)
constexpr double kHeat = 1e18;         // J/(um3 K) -> J/(m3 K)
constexpr double kFilm = 1e12;         // W/(um2 K) -> W/(m2 K)
constexpr double kFlow = 1e-6 / 60;    // mL/min    -> m3/s

IceSink read_sink(IceReader& in) {
  IceSink out;
  out.where = in.where();
  in.expect_all({"heat", "sink", ":", "heat", "transfer", "coefficient"});
  out.h = twelve_digits(in.positive("heat transfer coefficient") * kFilm);
  in.expect_all({";", "temperature"});
  out.temperature = in.positive("temperature");
  in.expect(";");
  return out;
}

IcePlug read_plug(IceReader& in) {
  IcePlug out;
  out.where = in.where();
  in.expect_all({"pluggable", "heat", "sink", ":", "spreader", "length"});
  out.length = twelve_digits(in.positive("spreader length") * kUm);
  in.expect_all({",", "width"});
  out.width = twelve_digits(in.positive("spreader width") * kUm);
  in.expect_all({",", "height"});
  out.height = twelve_digits(in.positive("spreader height") * kUm);
  in.expect_all({";", "material"});
  out.material = in.name("the spreader's material");
  in.expect_all({";", "plugin"});
  out.library = in.path();
  if (in.accept(",")) in.path();
  in.expect(";");
  return out;
}

/// "coolant heat transfer coefficient" with one value for all walls or one for each that is named.
void read_coefficients(IceReader& in, IceCavity& out) {
  in.expect_all({"coolant", "heat", "transfer", "coefficient"});
  if (in.peek().kind == IceKind::number) {
    out.side = out.top = out.bottom = twelve_digits(in.positive("coefficient") * kFilm);
  } else {
    do {
      const std::string wall = in.name("the wetted side");
      const double h = twelve_digits(in.positive("coefficient") * kFilm);
      if (wall == "side")
        out.side = h;
      else if (wall == "top")
        out.top = h;
      else if (wall == "bottom")
        out.bottom = h;
      else if (!in.failed())
        in.fail(fmt::format("\"{}\" is no wall of a channel", shown(wall)), "name side, top or bottom");
    } while (!in.failed() && in.accept(","));
  }
  in.expect(";");
}

IceCavity read_cavity(IceReader& in) {
  IceCavity out;
  out.where = in.where();
  const bool pins = in.is("pinfin");
  if (pins) {
    in.expect("pinfin");
    out.kind = "pinfin";
  } else {
    in.expect("microchannel");
    if (in.accept("4rm"))
      out.kind = "microchannel 4rm";
    else if (in.expect("2rm"))
      out.kind = "microchannel 2rm";
  }
  in.expect_all({":", "height"});
  out.height = twelve_digits(in.positive("cavity height") * kUm);
  in.expect(";");
  if (pins) {
    in.expect_all({"pin", "diameter"});
    out.diameter = twelve_digits(in.positive("pin diameter") * kUm);
    in.expect_all({";", "pin", "pitch"});
    out.pitch = twelve_digits(in.positive("pin pitch") * kUm);
    in.expect_all({";", "pin", "distribution"});
    out.staggered = !in.accept("inline") && in.expect("staggered");
    in.expect_all({";", "pin", "material"});
    out.material = in.name("the pins' material");
    in.expect_all({";", "darcy", "velocity"});
    out.velocity = twelve_digits(in.positive("darcy velocity") * kUm);
    in.expect(";");
  } else {
    in.expect_all({"channel", "length"});
    out.channel = twelve_digits(in.positive("channel length") * kUm);
    in.expect_all({";", "wall", "length"});
    out.wall = out.first_wall = out.last_wall = twelve_digits(in.positive("wall length") * kUm);
    in.expect(";");
    for (const char* which : {"first", "last"})
      if (in.accept(which)) {
        in.expect_all({"wall", "length"});
        (which[0] == 'f' ? out.first_wall : out.last_wall) = twelve_digits(in.positive("wall length") * kUm);
        in.expect(";");
      }
    in.expect_all({"wall", "material"});
    out.material = in.name("the walls' material");
    in.expect_all({";", "coolant", "flow", "rate"});
    out.flow = twelve_digits(in.positive("coolant flow rate") * kFlow);
    in.expect(";");
    read_coefficients(in, out);
  }
  in.expect_all({"coolant", "volumetric", "heat", "capacity"});
  out.heat_capacity = twelve_digits(in.positive("coolant heat capacity") * kHeat);
  in.expect_all({";", "coolant", "incoming", "temperature"});
  out.inlet = in.positive("coolant incoming temperature");
  in.expect(";");
  return out;
}

void read_dimensions(IceReader& in, IceStack& out) {
  in.expect_all({"dimensions", ":", "chip", "length"});
  out.length = twelve_digits(in.positive("chip length") * kUm);
  in.expect_all({",", "width"});
  out.width = twelve_digits(in.positive("chip width") * kUm);
  in.expect_all({";", "cell", "length"});
  out.cell_length = twelve_digits(in.positive("cell length") * kUm);
  in.expect_all({",", "width"});
  out.cell_width = twelve_digits(in.positive("cell width") * kUm);
  in.expect(";");
  if (in.accept("non-uniform")) {
    out.even_cells = !in.accept("true");
    if (out.even_cells) in.expect("false");
    in.expect(";");
  }
}

void read_layer(IceReader& in, IceStack& out) {
  IceLayer layer;
  layer.where = in.where();
  in.expect("layer");
  layer.name = in.name("a layer");
  in.expect_all({":", "height"});
  layer.height = twelve_digits(in.positive("layer height") * kUm);
  in.expect_all({";", "material"});
  layer.material = in.name("the layer's material");
  in.expect(";");
  if (in.accept("layout")) {
    layer.layout = in.path();
    in.expect(";");
  }
  if (in.failed()) return;
  if (out.layers.size() >= kMaxLayers) return in.fail("more than 1024 layers are declared", "merge layers");
  const std::string name = layer.name;
  if (!out.layers.emplace(name, std::move(layer)).second)
    in.fail(fmt::format("layer \"{}\" is declared twice", name), "rename one of them");
}

void read_die(IceReader& in, IceStack& out) {
  IceDie die;
  die.where = in.where();
  in.expect("die");
  const std::string name = in.name("a die");
  in.expect(":");
  std::size_t sources = 0;
  while (in.is("layer") || in.is("source")) {
    IceLayer layer;
    layer.where = in.where();
    layer.source = in.is("source");
    sources += layer.source;
    in.expect(layer.source ? "source" : "layer");
    if (in.peek().kind == IceKind::number) {
      layer.height = twelve_digits(in.positive("layer height") * kUm);
      layer.material = in.name("the layer's material");
    } else {
      const std::string of = in.name("a layer");
      if (in.failed()) return;
      const auto it = out.layers.find(of);
      if (it == out.layers.end())
        return in.fail(fmt::format("no layer \"{}\" is declared", shown(of)), "declare it above");
      layer.height = it->second.height;
      layer.material = it->second.material;
      layer.layout = it->second.layout;
    }
    in.expect(";");
    if (in.failed()) return;
    if (die.layers.size() >= kMaxLayers) return in.fail("a die of more than 1024 layers", "merge layers");
    die.layers.push_back(std::move(layer));
  }
  if (in.failed()) return;
  if (sources != 1)
    return in.fail(fmt::format("die \"{}\" has {} source layers", name, sources),
                   "give each die exactly one source layer");
  if (out.dies.size() >= kMaxLayers) return in.fail("more than 1024 dies are declared", "merge dies");
  if (!out.dies.emplace(name, std::move(die)).second)
    in.fail(fmt::format("die \"{}\" is declared twice", name), "rename one of them");
}

void read_elements(IceReader& in, IceStack& out) {
  in.expect_all({"stack", ":"});
  while (in.is("layer") || in.is("channel") || in.is("die")) {
    IceElement e;
    e.where = in.where();
    if (in.accept("channel")) {
      e.kind = IceElement::Kind::channel;
      e.name = in.name("a channel");
      if (!in.failed() && !out.cavity)
        in.fail("a channel, but no microchannel or pinfin section", "describe the cavity above");
    } else {
      e.kind = in.is("die") ? IceElement::Kind::die : IceElement::Kind::layer;
      in.expect(in.is("die") ? "die" : "layer");
      e.name = in.name("a stack element");
      e.of = in.name("what the stack element is");
      if (in.failed()) return;
      if (e.kind == IceElement::Kind::die) {
        if (!out.dies.count(e.of))
          return in.fail(fmt::format("no die \"{}\" is declared", shown(e.of)), "declare it above");
        in.expect("floorplan");
        e.floorplan = in.path();
      } else if (!out.layers.count(e.of)) {
        return in.fail(fmt::format("no layer \"{}\" is declared", shown(e.of)), "declare it above");
      }
      if (in.accept("discretization")) {
        in.positive("discretization");
        in.accept(",");
        in.positive("discretization");
      }
    }
    in.expect(";");
    if (in.failed()) return;
    const auto same = [&](const IceElement& other) { return other.name == e.name; };
    if (std::any_of(out.elements.begin(), out.elements.end(), same))
      return in.fail(fmt::format("stack element \"{}\" is there twice", shown(e.name)), "rename one of them");
    if (out.elements.size() >= kMaxLayers)
      return in.fail("a stack of more than 1024 elements", "merge layers");
    out.elements.push_back(std::move(e));
  }
}

void check_order(IceReader& in, const IceStack& out, Report& report) {
  if (in.failed()) return;
  bool die = false;
  for (std::size_t i = 0; i < out.elements.size(); ++i) {
    const auto& e = out.elements[i];
    die |= e.kind == IceElement::Kind::die;
    if (e.kind != IceElement::Kind::channel) continue;
    const bool first = i == 0, last = i + 1 == out.elements.size();
    if (first || last || out.elements[i - 1].kind == IceElement::Kind::channel)
      report.error(e.where,
                   fmt::format("channel \"{}\" {}", e.name,
                               first || last ? "ends the stack" : "touches another channel"),
                   "put a layer or die on either side of it");
  }
  if (!die) in.fail("the stack holds no die", "stack at least one die");
}

void read_solver(IceReader& in, IceStack& out) {
  in.expect_all({"solver", ":"});
  if (in.accept("transient")) {
    out.transient = true;
    in.expect("step");
    const double step = in.positive("time step");
    in.expect_all({",", "slot"});
    out.slot = in.positive("slot");
    if (!in.failed() && out.slot < step)
      in.fail("the slot is shorter than the step", "make it a whole multiple of the step");
  } else {
    in.expect("steady");
  }
  in.expect_all({";", "initial", "temperature"});
  out.initial = in.positive("initial temperature");
  in.expect(";");
  if (in.accept("numofcores")) {
    in.positive("number of cores");
    in.expect(";");
  }
}

void read_output(IceReader& in, IceStack& out) {
  if (in.failed() || !in.accept("output")) return;
  out.output = true;
  in.expect(":");
  while (!in.failed() && !in.at_end()) {
    in.name("an output");
    in.expect("(");
    while (!in.failed() && !in.is(")")) {
      const auto& token = in.peek();
      if (token.kind == IceKind::number)
        in.number("value");
      else if (token.kind == IceKind::path)
        in.path();
      else if (!in.accept(",") && !in.accept("."))
        in.name("an argument");
    }
    in.expect_all({")", ";"});
  }
}

}  // namespace

bool read_ice_material(IceReader& in, Report& report, std::vector<DeckMaterial>& out) {
  DeckMaterial m;
  m.where = in.where();
  in.expect("material");
  m.name = in.name("a material");
  in.expect_all({":", "thermal", "conductivity"});
  m.k[0] = m.k[1] = m.k[2] = twelve_digits(in.positive("thermal conductivity") * kConductivity);
  if (in.accept(",")) {
    m.k[1] = twelve_digits(in.positive("thermal conductivity along y") * kConductivity);
    in.expect(",");
    m.k[2] = twelve_digits(in.positive("thermal conductivity along z") * kConductivity);
  }
  in.expect_all({";", "volumetric", "heat", "capacity"});
  m.rho_c = twelve_digits(in.positive("volumetric heat capacity") * kHeat);
  in.expect(";");
  if (in.failed()) return false;
  const auto same = [&](const DeckMaterial& other) { return other.name == m.name; };
  if (std::any_of(out.begin(), out.end(), same)) {
    in.fail(fmt::format("material \"{}\" is declared twice", m.name), "remove one of them");
    return false;
  }
  if (out.size() >= kMaxLayers) {
    in.fail("more than 1024 materials", "leave out those that are not used");
    return false;
  }
  plausible(m, "3D-ICE wants W/(um K) and J/(um3 K): silicon is 1.3e-4 and 1.628e-12", report);
  out.push_back(std::move(m));
  return true;
}

bool read_ice_stack(const std::string& text, const std::string& file, Report& report, IceStack& out) {
  const std::size_t errors = report.errors();
  IceReader in(text, file, report);
  while (in.is("material"))
    if (!read_ice_material(in, report, out.materials)) break;
  if (!in.failed() && out.materials.empty())
    in.fail("no material is declared", "start with material NAME : ...");
  if (in.accept("top")) {
    if (in.is("pluggable"))
      out.plug = read_plug(in);
    else
      out.top = read_sink(in);
  }
  if (in.accept("bottom")) out.bottom = read_sink(in);
  if (in.is("microchannel") || in.is("pinfin")) out.cavity = read_cavity(in);
  read_dimensions(in, out);
  while (in.is("layer")) read_layer(in, out);
  while (in.is("die")) read_die(in, out);
  read_elements(in, out);
  check_order(in, out, report);
  read_solver(in, out);
  read_output(in, out);
  if (!in.failed() && !in.at_end()) in.fail("the file goes on after its last section", "remove what follows");
  return !in.failed() && report.errors() == errors;
}

}  // namespace bondline::formats
