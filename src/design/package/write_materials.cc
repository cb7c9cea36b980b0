// materials: and interfaces: of a written design file.
#include "design/package/load.h"
#include "design/package/writing.h"

namespace bondline::package {

namespace dim = base::dim;
using document::put;
using document::scalar;

namespace {

Node curve_node(const Curve& curve, const base::Dimension& dimension, base::Scale scale) {
  if (curve.constant()) return quantity_node(curve.value.empty() ? 0 : curve.value.front(), dimension, scale);
  Node points = document::map();
  for (std::size_t i = 0; i < curve.value.size(); ++i)
    put(points, exact(curve.temperature[i], dim::temperature, base::Scale::point),
        quantity_node(curve.value[i], dimension, scale));
  return points;
}

Node sourced(Node value, const Provenance& from) {
  Node one = document::map();
  put(one, "value", std::move(value));
  put_provenance(one, from);
  return one;
}

Node material_node(const Material& material) {
  Node one = document::map();
  put_text(one, "description", material.description);
  if (!material.also.empty()) {
    Node also = document::list();
    for (const std::string& name : material.also) also.items.push_back(scalar(name));
    put(one, "also", std::move(also));
  }
  for (int i = 0; i < int(Property::count_); ++i) {
    const PropertyInfo& info = property_info(Property(i));
    const std::string key = info.key;
    const PropertyValue* value = material.find(Property(i));
    if (!value || key.find('.') != std::string::npos) continue;
    const bool directional = Property(i) == Property::k_x || Property(i) == Property::E_x;
    const PropertyValue* y = directional ? material.find(Property(i + 1)) : nullptr;
    const PropertyValue* z = directional ? material.find(Property(i + 2)) : nullptr;
    Node node = curve_node(value->curve, info.dimension, info.scale);
    if (y || z) {
      Node by_axis = document::map();
      put(by_axis, "x", std::move(node));
      if (y) put(by_axis, "y", curve_node(y->curve, info.dimension, info.scale));
      if (z) put(by_axis, "z", curve_node(z->curve, info.dimension, info.scale));
      node = std::move(by_axis);
    }
    put(one, key, sourced(std::move(node), value->from));
  }
  if (material.viscoelastic) {
    const Viscoelastic& v = *material.viscoelastic;
    Node node = document::map(), terms = document::list();
    for (const Prony& term : v.terms) {
      Node t = document::map();
      put(t, "share", quantity_node(term.share, dim::none));
      put(t, "tau", quantity_node(term.tau, dim::time));
      terms.items.push_back(std::move(t));
    }
    put(node, "terms", std::move(terms));
    put(node, "reference_temperature",
        quantity_node(v.reference_temperature, dim::temperature, base::Scale::point));
    put(node, "wlf_c1", quantity_node(v.wlf_c1, dim::none));
    put(node, "wlf_c2", quantity_node(v.wlf_c2, dim::temperature));
    put_provenance(node, v.from);
    put(one, "viscoelastic", std::move(node));
  }
  if (!material.extra.empty()) {
    Node constants = document::map();
    for (const auto& [name, value] : material.extra)
      put(constants, name,
          sourced(curve_node(value.curve, value.dimension, base::Scale::difference), value.from));
    put(one, "constants", std::move(constants));
  }
  return one;
}

Node pair_of(const std::string& a, const std::string& b, const char* key, const PropertyValue& value,
             const base::Dimension& dimension) {
  Node one = document::map();
  put(one, "between", document::list({scalar(a), scalar(b)}));
  put(one, key, sourced(curve_node(value.curve, dimension, base::Scale::difference), value.from));
  return one;
}

}  // namespace

void put_materials(Node& root, const MaterialLibrary& library) {
  Node materials = document::map();
  for (const Material& material : library.materials)
    if (!material.shipped) put(materials, material.name, material_node(material));
  if (!materials.entries.empty()) put(root, "materials", std::move(materials));
  Node pairs = document::list();
  for (const InterfaceToughness& pair : library.toughness)
    pairs.items.push_back(pair_of(pair.a, pair.b, "toughness", pair.toughness, dim::toughness));
  for (const InterfaceResistance& pair : library.resistance)
    pairs.items.push_back(pair_of(pair.a, pair.b, "resistance", pair.resistance, dim::area_resistance));
  if (!pairs.items.empty()) put(root, "interfaces", std::move(pairs));
}

}  // namespace bondline::package
