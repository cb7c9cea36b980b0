#include <string>

#include <fmt/format.h>

#include "design/package/material.h"
#include "design/package/schema_pieces.h"

namespace bondline::package::pieces {

using namespace document;
namespace dim = base::dim;

namespace {

/// True where a discipline of today reads the property: conduction, and what rules print.
bool is_used(Property property) {
  return property == Property::k_x || property == Property::emissivity ||
         property == Property::melting_temperature;
}

void add_provenance(Schema& schema) {
  schema.keys.push_back({"source", text(), "Where the numbers come from."});
  schema.keys.push_back({"year", integer(1500, 2200), "Year of the source."});
  schema.keys.push_back({"confidence", choice({"high", "medium", "low", "assumed"}),
                         "How far to trust them (default medium)."});
}

Schema viscoelastic() {
  Schema term{"Prony term",
              {{"share", fraction(), "Share of the glassy modulus.", true},
               {"tau", positive(dim::time), "Relaxation time at the reference temperature.", true}}};
  Schema schema{
      "generalised Maxwell model with WLF shift",
      {{"terms", list_of(map_of(term), 1, 200), "The Prony series.", true},
       {"reference_temperature", quantity(dim::temperature, 0), "Where the shift factor is 1.", true},
       {"wlf_c1", quantity(dim::none), "First WLF constant (default 0: no shift)."},
       {"wlf_c2", quantity(dim::temperature), "Second WLF constant, a temperature difference."}}};
  schema.keys.back().value.scale = base::Scale::difference;
  add_provenance(schema);
  return schema;
}

}  // namespace

Schema materials_entry() {
  Schema schema{"material", {}};
  for (int i = 0; i < int(Property::count_); ++i) {
    const PropertyInfo& info = property_info(Property(i));
    const std::string key = info.key;
    if (key.find('.') != std::string::npos) continue;  // k.y and the like are written inside k
    const bool directional = key == "k" || key == "E";
    std::string help = fmt::format(
        "{}{}, in {}: a value, a curve {{25 degC: .., 150 degC: ..}}{}, or {{value, source, year, "
        "confidence}}.",
        char(std::toupper(info.meaning[0])), info.meaning + 1,
        info.dimension == dim::none ? std::string("plain numbers") : base::example_unit(info.dimension),
        directional ? ", {x, y, z}" : "");
    Value scalar = quantity(info.dimension);
    scalar.scale = info.scale;
    schema.keys.push_back(
        {key, any_of({scalar, dictionary_of(anything())}), help, false, is_used(Property(i))});
  }
  schema.keys.push_back({"viscoelastic", map_of(viscoelastic()), "Relaxation of the modulus.", false, false});
  schema.keys.push_back(
      {"constants", dictionary_of(anything()),
       "Model constants by name (Anand, Darveaux, ...): quantities, or maps like any property.", false,
       false});
  schema.keys.push_back({"also", list_of(name(), 1, 20), "Other names a file may use for it."});
  schema.keys.push_back({"description", text(), "What it is."});
  add_provenance(schema);
  return schema;
}

Schema interface_entry() {
  Schema schema{"interface",
                {{"between", list_of(text(), 2, 2), "The two materials, in any order.", true},
                 {"toughness", any_of({positive(dim::toughness), dictionary_of(anything())}),
                  "Critical energy release rate.", false, false},
                 {"resistance", any_of({not_negative(dim::area_resistance), dictionary_of(anything())}),
                  "Thermal contact resistance.", false, false}}};
  add_provenance(schema);
  return schema;
}

const Schema& library() {
  static const Schema schema{"Bondline material library",
                             {{"bondline", choice({"materials/1"}), "Kind and version of the file.", true},
                              {"about", text(), "What the file holds."},
                              {"materials", dictionary_of(map_of(materials_entry())), "Materials by name."},
                              {"interfaces", list_of(map_of(interface_entry())), "Pairs of materials."}}};
  return schema;
}

}  // namespace bondline::package::pieces
