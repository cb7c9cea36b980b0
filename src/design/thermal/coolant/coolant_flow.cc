#include "design/thermal/coolant/coolant_flow.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include <fmt/format.h>

#include "design/cooling/channel_flow.h"
#include "design/cooling/pin_fins.h"

namespace bondline::thermal::detail {
namespace {

using package::Channels;

/// Boiling points at 101325 Pa: water by definition of the scale (373.124 K, ITS-90), HFE-7100 61 degC and
/// FC-72 56 degC (3M product information).
double boiling_of(cooling::Fluid fluid) {
  switch (fluid) {
    case cooling::Fluid::water:
      return 373.124;
    case cooling::Fluid::hfe_7100:
      return 334.15;
    case cooling::Fluid::fc_72:
      return 329.15;
    default:
      return 0;
  }
}

struct Properties {
  cooling::FluidState state;
  double heat_capacity = 0;  ///< J/(m3 K)
  double boiling = 0;
  bool flows = false;  ///< density, viscosity and conductivity are known
};

Properties properties(const package::ChannelLayer& layer, double temperature,
                      std::vector<std::string>& notes) {
  const package::Coolant& c = layer.channels->coolant;
  Properties p;
  if (c.heat_capacity > 0) {
    p.heat_capacity = c.heat_capacity;
    p.boiling = c.boiling;
    p.state.density = c.density;
    p.state.viscosity = c.viscosity;
    p.state.conductivity = c.conductivity;
    p.state.specific_heat = c.density > 0 ? c.heat_capacity / c.density : 0;
    p.flows = c.density > 0 && c.viscosity > 0 && c.conductivity > 0;
    return p;
  }
  const std::optional<cooling::Fluid> fluid = cooling::find_fluid(c.name);
  if (!fluid) {
    base::Diagnostics all;
    std::string known;
    for (const std::string& name : cooling::fluid_names()) known += (known.empty() ? "" : ", ") + name;
    all.error(layer.channels->where, fmt::format("unknown coolant \"{}\" in {}", c.name, layer.path),
              "known: " + known + "; or give its properties");
    throw base::Error(std::move(all));
  }
  p.state = cooling::at(*fluid, temperature);
  p.heat_capacity = p.state.density * p.state.specific_heat;
  p.boiling = boiling_of(*fluid);
  p.flows = true;
  if (!p.state.valid)
    notes.push_back(fmt::format("{}: {} at {:.1f} degC lies outside its table", layer.path, c.name,
                                temperature - 273.15));
  return p;
}

void doubt(const char* what, const cooling::Correlated& c, const std::string& path,
           std::vector<std::string>& notes) {
  if (!c.valid) notes.push_back(fmt::format("{}: {} is doubtful: {}", path, what, c.doubt));
}

void films(const package::ChannelLayer& layer, const Properties& fluid, CoolantFlow& out) {
  const Channels& c = *layer.channels;
  const double height = layer.z1 - layer.z0;
  if (c.base_top && c.base_bottom) {
    out.per_base = true;
    out.h_top = *c.base_top;
    out.h_bottom = *c.base_bottom;
  }
  double h = 0;
  if (fluid.flows) {
    if (c.pins) {
      const cooling::PinBank bank{c.diameter, c.pitch, height, out.length, c.staggered};
      out.reynolds =
          out.velocity * cooling::gap_factor(bank) * c.diameter * fluid.state.density / fluid.state.viscosity;
      const auto nu = cooling::pin_nusselt(bank, out.reynolds, fluid.state.prandtl());
      const auto drop = cooling::pin_pressure_drop(bank, fluid.state, out.velocity);
      out.nusselt = nu.value;
      h = nu.value * fluid.state.conductivity / c.diameter;
      out.pressure_drop = drop.value;
      doubt("the film coefficient", nu, layer.path, out.notes);
      doubt("the pressure drop", drop, layer.path, out.notes);
    } else {
      const cooling::Duct duct{c.width, height, out.length};
      out.reynolds = out.velocity * duct.diameter() / fluid.state.kinematic();
      const auto nu = cooling::duct_nusselt(duct, out.reynolds, fluid.state.prandtl(), cooling::Wall::flux);
      const auto drop = cooling::duct_pressure_drop(duct, fluid.state, out.velocity);
      out.nusselt = nu.value;
      h = nu.value * fluid.state.conductivity / duct.diameter();
      out.pressure_drop = drop.value;
      // Laminar: 0.05 Re Pr D (Kays and Crawford; Incropera 2007, eq. 8.23). Turbulent: 10 D.
      out.entrance = (out.reynolds < 2300 ? 0.05 * out.reynolds * fluid.state.prandtl() : 10) *
                     duct.diameter() / out.length;
      doubt("the film coefficient", nu, layer.path, out.notes);
      doubt("the pressure drop", drop, layer.path, out.notes);
    }
  }
  if (out.per_base) return;
  out.correlated = !(c.h_side && c.h_top && c.h_bottom);
  if (out.correlated && !fluid.flows) {
    base::Diagnostics all;
    all.error(c.where,
              fmt::format("{} has no film coefficient and its coolant no properties to find one", layer.path),
              "give h, or density, viscosity and conductivity of the coolant");
    throw base::Error(std::move(all));
  }
  out.h_side = c.h_side.value_or(h);
  out.h_top = c.h_top.value_or(h);
  out.h_bottom = c.h_bottom.value_or(h);
}

}  // namespace

CoolantFlow coolant_flow(const package::ChannelLayer& layer, double temperature) {
  const Channels& c = *layer.channels;
  CoolantFlow out;
  const package::Rect box = layer.footprint.bounds();
  const package::Vec2 size{box.width(), box.height()};
  const double height = layer.z1 - layer.z0;
  out.length = c.along_y() ? size.y : size.x;
  out.width = c.along_y() ? size.x : size.y;
  const double open = c.pins ? out.width * height : c.count * c.width * height;
  out.flow = c.flow > 0 ? c.flow : c.velocity * open;
  out.velocity = out.flow / open;
  const Properties fluid = properties(layer, temperature, out.notes);
  out.name = c.coolant.name.empty() ? "coolant" : c.coolant.name;
  out.boiling = fluid.boiling;
  out.rate = out.flow * fluid.heat_capacity;
  films(layer, fluid, out);
  return out;
}

}  // namespace bondline::thermal::detail
