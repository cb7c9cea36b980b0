#include "design/package/read_materials.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "design/package/loading.h"

namespace bondline::package {
namespace {

/// What one number must be: the row of property_info, or nothing but finite for a model constant.
struct Wanted {
  std::string name;  ///< "k of Cu"
  base::Dimension dimension;
  bool any_dimension = false;
  base::Scale scale = base::Scale::difference;
  double min = 0, max = 0;
  const char* meaning = "";
};

class PropertyReader {
 public:
  PropertyReader(Wanted wanted, base::Diagnostics& out) : wanted_(std::move(wanted)), out_(out) {}
  base::Dimension dimension() const { return wanted_.dimension; }

  /// `schema_saw_it`: a scalar the schema has complained about already.
  std::optional<Curve> curve(const Node& node, bool schema_saw_it) {
    Curve result;
    if (node.is_scalar()) {
      if (const std::optional<double> value = number(node, schema_saw_it)) {
        result.value.push_back(*value);
        return result;
      }
      return std::nullopt;
    }
    if (!node.is_map() || node.entries.empty()) {
      out_.error(node.where, fmt::format("{} is neither a value nor a curve", wanted_.name),
                 "write a quantity, or {25 degC: value, 150 degC: value}");
      return std::nullopt;
    }
    bool good = true;
    for (const Node::Entry& point : node.entries) {
      const base::QuantityResult t = base::parse_as(point.key, base::dim::temperature, base::Scale::point);
      std::optional<double> v;
      if (point.value.is_scalar()) v = number(point.value, false);
      if (!t.quantity || !std::isfinite(t.quantity->value)) {
        out_.error(point.where,
                   fmt::format("\"{}\" is not a temperature of the curve {}", point.key, wanted_.name),
                   "known keys here: value, source, year, confidence, or temperatures as in 25 degC");
        good = false;
      } else if (!point.value.is_scalar()) {
        out_.error(point.value.where, fmt::format("{} at {} is not a value", wanted_.name, point.key),
                   "write a quantity");
        good = false;
      } else if (!result.temperature.empty() && t.quantity->value <= result.temperature.back()) {
        out_.error(point.where,
                   fmt::format("the temperatures of {} do not increase at {}", wanted_.name, point.key),
                   "sort the points by temperature");
        good = false;
      }
      if (!good || !v) return std::nullopt;
      result.temperature.push_back(t.quantity->value);
      result.value.push_back(*v);
    }
    if (result.value.size() == 1) result.temperature.clear();
    return result;
  }

 private:
  std::optional<double> number(const Node& node, bool schema_saw_it) {
    const base::QuantityResult read = wanted_.any_dimension
                                          ? base::parse_quantity(node.text, wanted_.scale)
                                          : base::parse_as(node.text, wanted_.dimension, wanted_.scale);
    if (!read.quantity) {
      if (!schema_saw_it)
        out_.error(node.where, fmt::format("{}: {}", wanted_.name, read.problem), read.mend);
      return std::nullopt;
    }
    const double value = read.quantity->value;
    if (wanted_.any_dimension) {
      if (!std::isfinite(value)) {
        out_.error(node.where, fmt::format("{} is not finite", wanted_.name), "write a finite number");
        return std::nullopt;
      }
      wanted_.dimension = read.quantity->dimension;
      return value;
    }
    const Plausible range{wanted_.meaning, wanted_.dimension, wanted_.scale, wanted_.min, wanted_.max};
    if (!std::isfinite(value) || (value <= 0 && wanted_.min > 0) || (value < 0 && wanted_.min == 0)) {
      out_.error(
          node.where,
          fmt::format("{} is {}, which is not {}", wanted_.name, node.text,
                      std::isfinite(value) ? (wanted_.min > 0 ? "above zero" : "zero or more") : "finite"),
          "check the value");
      return std::nullopt;
    }
    const Slip slip = unit_slip(value, node.text, range);
    if (!slip.what.empty()) {
      out_.error(node.where, slip.what, slip.mend);
      return std::nullopt;
    }
    return value;
  }

  Wanted wanted_;
  base::Diagnostics& out_;
};

bool is_provenance_key(const std::string& key) {
  return key == "source" || key == "year" || key == "confidence" || key == "value";
}

/// The part of a sourced property that holds its value: under `value`, or the map without the provenance
/// keys.
Node value_part(const Node& node) {
  if (const Node* value = node.find("value")) return *value;
  Node rest = node;
  std::erase_if(rest.entries, [](const Node::Entry& e) { return is_provenance_key(e.key); });
  return rest;
}

void check_provenance(const Node& node, const std::string& name, base::Diagnostics& out) {
  const Node* confidence = node.find("confidence");
  static const std::vector<std::string> levels{"high", "medium", "low", "assumed"};
  if (confidence && std::find(levels.begin(), levels.end(), confidence->text) == levels.end())
    out.error(confidence->where, fmt::format("the confidence of {} is \"{}\"", name, confidence->text),
              "known: high, medium, low, assumed");
  const Node* value = node.find("value");
  if (!value) return;
  for (const Node::Entry& entry : node.entries)
    if (!is_provenance_key(entry.key))
      out.error(entry.where, fmt::format("unknown key \"{}\" beside the value of {}", entry.key, name),
                mend_by_nearest(entry.key, {"value", "source", "year", "confidence"},
                                "known keys: value, source, year, confidence"));
}

/// Reads one key of a material into the property and, where it has directions, its two siblings.
void read_property(const Node& node, Property property, const Provenance& from, Material& material,
                   base::Diagnostics& out) {
  const PropertyInfo& info = property_info(property);
  const std::string name = fmt::format("{} of {}", info.key, material.name);
  const bool directional = property == Property::k_x || property == Property::E_x;
  PropertyReader reader({name, info.dimension, false, info.scale, info.min, info.max, info.meaning}, out);
  const auto set = [&](int direction, const std::optional<Curve>& curve, const Provenance& provenance) {
    auto& slot = material.values[std::size_t(property) + std::size_t(direction)];
    slot.reset();
    if (curve) slot = PropertyValue{*curve, provenance, info.dimension};
  };
  Provenance provenance = from;
  provenance.where = node.where;
  Node value = node;
  if (node.is_map()) {
    check_provenance(node, name, out);
    provenance = read_provenance(node, provenance);
    value = value_part(node);
  }
  const bool by_direction = value.is_map() && (value.find("x") || value.find("y") || value.find("z"));
  if (!by_direction) {
    set(0, reader.curve(value, node.is_scalar()), provenance);
    for (int other = 1; directional && other < 3; ++other) set(other, std::nullopt, provenance);
    return;
  }
  if (!directional) {
    out.error(node.where, fmt::format("{} has no directions", name), "write one value or one curve");
    return;
  }
  static const std::vector<std::string> axes{"x", "y", "z"};
  for (const Node::Entry& entry : value.entries)
    if (std::find(axes.begin(), axes.end(), entry.key) == axes.end())
      out.error(entry.where, fmt::format("unknown key \"{}\" beside the directions of {}", entry.key, name),
                "known: x, y, z");
  if (!value.find("x"))
    out.error(node.where, fmt::format("{} lacks its x direction", name), "write {x: .., y: .., z: ..}");
  for (int direction = 0; direction < 3; ++direction) {
    const Node* axis = value.find(axes[std::size_t(direction)]);
    set(direction, axis ? reader.curve(*axis, false) : std::nullopt, provenance);
  }
}

void read_viscoelastic(const Node& node, const Provenance& from, Material& material) {
  Viscoelastic v;
  v.from = read_provenance(node, from);
  v.from.where = node.where;
  base::Diagnostics quiet;  // the schema has spoken
  if (const Node* terms = node.find("terms"))
    for (const Node& term : terms->items)
      v.terms.push_back({document::read_quantity(as_map(&term), "share", base::dim::none, 0, quiet),
                         document::read_quantity(as_map(&term), "tau", base::dim::time, 0, quiet)});
  v.reference_temperature =
      document::read_quantity(node, "reference_temperature", base::dim::temperature, 0, quiet);
  v.wlf_c1 = document::read_quantity(node, "wlf_c1", base::dim::none, 0, quiet);
  v.wlf_c2 =
      document::read_quantity(node, "wlf_c2", base::dim::temperature, 0, quiet, base::Scale::difference);
  material.viscoelastic = v;
}

void read_constants(const Node& node, const Provenance& from, Material& material, base::Diagnostics& out) {
  for (const Node::Entry& entry : node.entries) {
    Wanted wanted;
    wanted.name = fmt::format("{} of {}", entry.key, material.name);
    wanted.any_dimension = true;
    PropertyReader reader(wanted, out);
    Provenance provenance = from;
    Node value = entry.value;
    if (value.is_map()) {
      check_provenance(value, wanted.name, out);
      provenance = read_provenance(value, provenance);
      value = value_part(entry.value);
    }
    provenance.where = entry.where;
    if (const std::optional<Curve> curve = reader.curve(value, false))
      material.extra[entry.key] = {*curve, provenance, reader.dimension()};
  }
}

void read_material_entry(const Node& node, bool shipped, Material& material, base::Diagnostics& out) {
  Provenance from;
  from.where = node.where;
  from.source = shipped ? "" : "design file";
  from = read_provenance(node, from);
  for (int i = 0; i < int(Property::count_); ++i)
    if (const Node* value = node.find(property_info(Property(i)).key))
      read_property(*value, Property(i), from, material, out);
  if (const Node* v = node.find("viscoelastic"); v && v->is_map()) read_viscoelastic(*v, from, material);
  if (const Node* c = node.find("constants"); c && c->is_map()) read_constants(*c, from, material, out);
  if (const Node* also = node.find("also"); also && also->is_list()) {
    material.also.clear();
    for (const Node& other : also->items) material.also.push_back(other.text);
  }
  material.description = document::read_text(node, "description", material.description);
}

std::optional<PropertyValue> read_pair_value(const Node& map, const char* key,
                                             const base::Dimension& dimension, double min, double max,
                                             const char* meaning, const std::string& pair,
                                             base::Diagnostics& out) {
  const Node* node = map.find(key);
  if (!node) return std::nullopt;
  const std::string name = fmt::format("the {} of {}", key, pair);
  PropertyReader reader({name, dimension, false, base::Scale::difference, min, max, meaning}, out);
  Provenance from;
  from.source = "design file";
  from = read_provenance(map, from);
  from.where = node->where;
  Node value = *node;
  if (node->is_map()) {
    check_provenance(*node, name, out);
    from = read_provenance(*node, from);
    value = value_part(*node);
  }
  const std::optional<Curve> curve = reader.curve(value, node->is_scalar());
  if (!curve) return std::nullopt;
  return PropertyValue{*curve, from, dimension};
}

}  // namespace

Provenance read_provenance(const Node& map, const Provenance& otherwise) {
  Provenance from = otherwise;
  from.source = document::read_text(map, "source", otherwise.source);
  const std::string year = document::read_text(map, "year");
  if (!year.empty()) std::from_chars(year.data(), year.data() + year.size(), from.year);
  const std::string confidence = document::read_text(map, "confidence");
  if (confidence == "high") from.confidence = Confidence::high;
  if (confidence == "medium") from.confidence = Confidence::medium;
  if (confidence == "low") from.confidence = Confidence::low;
  if (confidence == "assumed") from.confidence = Confidence::assumed;
  return from;
}

void merge_materials(const Node& map, bool shipped, MaterialLibrary& into, base::Diagnostics& out) {
  for (const Node::Entry& entry : map.entries) {
    if (!entry.value.is_map()) continue;
    const std::string known = into.resolve(entry.key);
    int index = into.index_of(known.empty() ? entry.key : known);
    if (index < 0) {
      Material fresh;
      fresh.name = entry.key;
      const auto place = std::lower_bound(into.materials.begin(), into.materials.end(), entry.key,
                                          [](const Material& m, const std::string& n) { return m.name < n; });
      index = int(place - into.materials.begin());
      into.materials.insert(place, std::move(fresh));
    }
    Material& material = into.materials[std::size_t(index)];
    material.where = entry.where;
    material.shipped = shipped;
    read_material_entry(entry.value, shipped, material, out);
  }
}

void merge_interfaces(const Node& list, MaterialLibrary& into, base::Diagnostics& out) {
  for (const Node& item : list.items) {
    const Node* between = as_map(&item).find("between");
    if (!between || !between->is_list() || between->items.size() != 2) continue;
    std::string names[2];
    for (int i = 0; i < 2; ++i) {
      const Node& end = between->items[std::size_t(i)];
      names[i] = into.resolve(end.text);
      if (names[i].empty())
        out.error(end.where, fmt::format("unknown material \"{}\"", end.text),
                  mend_by_nearest(end.text, into.names(), "describe it under materials:"));
    }
    if (names[0].empty() || names[1].empty()) continue;
    if (names[1] < names[0]) std::swap(names[0], names[1]);
    const std::string pair = names[0] + " on " + names[1];
    const auto same = [&](const auto& known) { return known.a == names[0] && known.b == names[1]; };
    if (auto value = read_pair_value(item, "toughness", base::dim::toughness, 1e-3, 1e6,
                                     "an interface toughness", pair, out)) {
      std::erase_if(into.toughness, same);
      into.toughness.push_back({names[0], names[1], *value});
    }
    if (auto value = read_pair_value(item, "resistance", base::dim::area_resistance, 0, 0.1,
                                     "a contact resistance", pair, out)) {
      std::erase_if(into.resistance, same);
      into.resistance.push_back({names[0], names[1], *value});
    }
  }
}

}  // namespace bondline::package
