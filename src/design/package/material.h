// What is known of a material, each value with where it comes from. A property is a curve over temperature
// (one point: constant). Orthotropic properties have x, y, z entries. The shipped library lives in
// data/materials/*.yaml; a design file overrides or adds under `materials:`.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/quantity.h"

namespace bondline::package {

enum class Confidence { high, medium, low, assumed };

/// Where a number comes from. `year` 0 when unknown. `defaulted`: the user did not write it.
struct Provenance {
  std::string source;
  int year = 0;
  Confidence confidence = Confidence::medium;
  bool defaulted = false;
  base::Where where;
};

/// value(T) by linear interpolation between points, constant beyond the ends. T in K, increasing.
struct Curve {
  std::vector<double> temperature;  ///< K; empty when the value is constant
  std::vector<double> value;        ///< SI; one entry when constant
  double at(double temperature_K) const;
  bool constant() const { return value.size() <= 1; }
};

/// The properties a material may carry. property_info() says the key in a file, the dimension and the
/// meaning.
enum class Property {
  k_x,
  k_y,
  k_z,            // thermal conductivity, W/(m K)
  density,        // kg/m3
  specific_heat,  // J/(kg K)
  E_x,
  E_y,
  E_z,  // Young's modulus, Pa
  nu,   // Poisson's ratio
  G,    // shear modulus, Pa (default from E and nu)
  cte_1,
  cte_2,  // linear CTE below and above Tg, 1/K (x-y for laminates)
  cte_z1,
  cte_z2,            // out of plane, 1/K
  Tg,                // K
  cure_shrinkage,    // linear strain
  cure_temperature,  // K
  yield_strength,
  tensile_strength,
  flexural_strength,     // Pa
  fracture_toughness_G,  // J/m2, bulk critical energy release rate
  moisture_diffusivity,  // m2/s
  moisture_solubility,   // kg/(m3 Pa)
  moisture_swelling,     // m3/kg, CME
  eps_r,
  tan_delta,            // relative permittivity, loss tangent
  resistivity,          // ohm m
  melting_temperature,  // K
  emissivity,           // -
  count_
};

struct PropertyInfo {
  const char* key;  ///< in a file: "density", "cte_1"; k and E take a value or {x:, y:, z:}
  base::Dimension dimension;
  base::Scale scale;
  double min, max;  ///< plausible range, SI: outside it the file is refused as a unit slip
  const char* meaning;
};
const PropertyInfo& property_info(Property property);
const char* to_text(Confidence confidence);  ///< "high", "medium", "low", "assumed"

struct PropertyValue {
  Curve curve;
  Provenance from;
  base::Dimension dimension;  ///< of the curve's values (a model constant may have any)
};

/// One term of a generalised Maxwell (Prony) series with WLF shift: modulus share g at relaxation time tau.
struct Prony {
  double share = 0;  ///< of the glassy modulus, 0..1
  double tau = 0;    ///< s at the reference temperature
};

struct Viscoelastic {
  std::vector<Prony> terms;
  double reference_temperature = 0;  ///< K
  double wlf_c1 = 0, wlf_c2 = 0;     ///< -, K
  Provenance from;
};

struct Material {
  std::string name;
  std::vector<std::string> also;  ///< other names a file may use ("copper" for Cu); Designs hold `name`
  std::string description;
  base::Where where;  ///< of its first line in a user's file; shipped: the library's file
  bool shipped = false;
  std::array<std::optional<PropertyValue>, std::size_t(Property::count_)> values;
  std::optional<Viscoelastic> viscoelastic;
  std::map<std::string, PropertyValue>
      extra;  ///< model constants later disciplines read (Anand, Darveaux, ...)

  const PropertyValue* find(Property p) const {
    auto& v = values[std::size_t(p)];
    return v ? &*v : nullptr;
  }
  /// The value at a temperature. Throws base::Error naming the material, property and mend when it is not
  /// known.
  double at(Property p, double temperature_K) const;
  /// kx, ky, kz at a temperature (k_y and k_z default to k_x when the file gave one number).
  std::array<double, 3> conductivity(double temperature_K) const;
};

/// Adhesion of a pair of materials (order does not matter): critical energy release rate, J/m2.
struct InterfaceToughness {
  std::string a, b;
  PropertyValue toughness;
};

/// Thermal contact resistance of a pair of materials, m2 K/W.
struct InterfaceResistance {
  std::string a, b;
  PropertyValue resistance;
};

struct MaterialLibrary {
  std::vector<Material> materials;  ///< sorted by name
  std::vector<InterfaceToughness> toughness;
  std::vector<InterfaceResistance> resistance;

  int index_of(const std::string& name) const;  ///< -1 when unknown
  const Material* find(const std::string& name) const;
  /// The name itself, or the name of the material that lists it under `also`; "" when unknown.
  std::string resolve(const std::string& name) const;
  std::vector<std::string> names() const;
};

}  // namespace bondline::package
