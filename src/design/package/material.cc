#include "design/package/material.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

namespace bondline::package {
namespace {

namespace dim = base::dim;
using base::Scale;

// The plausible ranges are wide on purpose: from aerogel to diamond, from gas to osmium. They are there to
// catch unit slips (GPa for MPa, a k of 148000), not to judge a material.
constexpr PropertyInfo kInfo[] = {
    {"k", dim::conductivity, Scale::difference, 5e-3, 4000,
     "thermal conductivity (along x where it has x, y, z)"},
    {"k.y", dim::conductivity, Scale::difference, 5e-3, 4000, "thermal conductivity along y"},
    {"k.z", dim::conductivity, Scale::difference, 5e-3, 4000, "thermal conductivity along z"},
    {"density", dim::density, Scale::difference, 0.05, 25000, "mass density"},
    {"specific_heat", dim::specific_heat, Scale::difference, 50, 15000, "specific heat at constant pressure"},
    {"E", dim::pressure, Scale::difference, 1e3, 1.3e12, "Young's modulus (along x where it has x, y, z)"},
    {"E.y", dim::pressure, Scale::difference, 1e3, 1.3e12, "Young's modulus along y"},
    {"E.z", dim::pressure, Scale::difference, 1e3, 1.3e12, "Young's modulus along z"},
    {"nu", dim::none, Scale::difference, 0, 0.5, "Poisson's ratio"},
    {"G", dim::pressure, Scale::difference, 1e3, 6e11, "shear modulus (else from E and nu)"},
    {"cte_1", dim::per_temperature, Scale::difference, -2e-5, 5e-4,
     "linear thermal expansion below Tg (in plane)"},
    {"cte_2", dim::per_temperature, Scale::difference, -2e-5, 1e-3,
     "linear thermal expansion above Tg (in plane)"},
    {"cte_z1", dim::per_temperature, Scale::difference, -2e-5, 5e-4,
     "out-of-plane thermal expansion below Tg"},
    {"cte_z2", dim::per_temperature, Scale::difference, -2e-5, 2e-3,
     "out-of-plane thermal expansion above Tg"},
    {"Tg", dim::temperature, Scale::point, 150, 800, "glass transition temperature"},
    {"cure_shrinkage", dim::none, Scale::difference, -0.01, 0.1, "linear shrinkage on curing"},
    {"cure_temperature", dim::temperature, Scale::point, 250, 800,
     "curing temperature, where the stress is nil"},
    {"yield_strength", dim::pressure, Scale::difference, 1e4, 2e10, "yield strength"},
    {"tensile_strength", dim::pressure, Scale::difference, 1e4, 2e10, "tensile strength"},
    {"flexural_strength", dim::pressure, Scale::difference, 1e4, 2e10, "flexural strength"},
    {"fracture_toughness_G", dim::toughness, Scale::difference, 1e-2, 1e6,
     "bulk critical energy release rate"},
    {"moisture_diffusivity", dim::diffusivity, Scale::difference, 1e-20, 1e-6, "diffusivity of water"},
    {"moisture_solubility", dim::solubility, Scale::difference, 1e-9, 1, "solubility of water"},
    {"moisture_swelling",
     {{3, -1, 0, 0, 0, 0, 0}},
     Scale::difference,
     0,
     1e-2,
     "linear swelling per water taken up"},
    {"eps_r", dim::none, Scale::difference, 1, 1e5, "relative permittivity"},
    {"tan_delta", dim::none, Scale::difference, 0, 5, "dielectric loss tangent"},
    {"resistivity", dim::resistivity, Scale::difference, 1e-9, 1e22, "electrical resistivity"},
    {"melting_temperature", dim::temperature, Scale::point, 150, 4500, "melting point or solidus"},
    {"emissivity", dim::none, Scale::difference, 0, 1, "total hemispherical emissivity"},
};
static_assert(std::size(kInfo) == std::size_t(Property::count_), "one row per property");

}  // namespace

double Curve::at(double temperature_K) const {
  if (value.empty()) return 0;
  if (value.size() == 1 || temperature.size() != value.size()) return value.front();
  if (temperature_K <= temperature.front()) return value.front();
  if (temperature_K >= temperature.back()) return value.back();
  const auto above = std::upper_bound(temperature.begin(), temperature.end(), temperature_K);
  const auto i = std::size_t(above - temperature.begin());
  const double share = (temperature_K - temperature[i - 1]) / (temperature[i] - temperature[i - 1]);
  return value[i - 1] + share * (value[i] - value[i - 1]);
}

const PropertyInfo& property_info(Property property) {
  const auto i = std::size_t(property);
  if (i >= std::size(kInfo)) std::abort();  // a programming mistake: count_ is no property
  return kInfo[i];
}

const char* to_text(Confidence confidence) {
  switch (confidence) {
    case Confidence::high:
      return "high";
    case Confidence::medium:
      return "medium";
    case Confidence::low:
      return "low";
    case Confidence::assumed:
      return "assumed";
  }
  return "assumed";
}

double Material::at(Property p, double temperature_K) const {
  if (const PropertyValue* v = find(p)) return v->curve.at(temperature_K);
  const PropertyInfo& info = property_info(p);
  base::Diagnostics problem;
  problem.error(where, fmt::format("the {} of material \"{}\" is not known", info.meaning, name),
                fmt::format("give {} under materials.{}, with its source", info.key, name));
  throw base::Error(std::move(problem));
}

std::array<double, 3> Material::conductivity(double temperature_K) const {
  const double x = at(Property::k_x, temperature_K);
  const PropertyValue* y = find(Property::k_y);
  const PropertyValue* z = find(Property::k_z);
  return {x, y ? y->curve.at(temperature_K) : x, z ? z->curve.at(temperature_K) : x};
}

int MaterialLibrary::index_of(const std::string& name) const {
  const auto found = std::lower_bound(materials.begin(), materials.end(), name,
                                      [](const Material& m, const std::string& n) { return m.name < n; });
  if (found == materials.end() || found->name != name) return -1;
  return int(found - materials.begin());
}

const Material* MaterialLibrary::find(const std::string& name) const {
  const int i = index_of(name);
  return i < 0 ? nullptr : &materials[std::size_t(i)];
}

std::string MaterialLibrary::resolve(const std::string& name) const {
  if (index_of(name) >= 0) return name;
  for (const Material& m : materials)
    if (std::find(m.also.begin(), m.also.end(), name) != m.also.end()) return m.name;
  return "";
}

std::vector<std::string> MaterialLibrary::names() const {
  std::vector<std::string> all;
  all.reserve(materials.size());
  for (const Material& m : materials) all.push_back(m.name);
  return all;
}

}  // namespace bondline::package
