#include "design/package/loading.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace bondline::package {

std::optional<std::string> Loading::side_file(const Node& name) {
  if (!name.is_scalar() || name.text.empty()) return std::nullopt;
  for (const auto& [known, content] : side_files)
    if (known == name.text) return content;
  base::FileProblem problem;
  std::optional<std::string> content = files.read(base::join_path(folder, name.text), &problem, 1ull << 28);
  if (!content) {
    diagnostics.error(name.where, fmt::format("cannot read \"{}\": {}", name.text, problem),
                      "paths are relative to the design file's folder");
    return std::nullopt;
  }
  if (!content->empty() && content->back() != '\n')
    diagnostics.error(
        {base::join_path(folder, name.text), 1 + int(std::count(content->begin(), content->end(), '\n')), 1},
        "the file is cut off: its last line does not end with a newline",
        "get the whole file, or end the last line if it is complete");
  side_files.emplace_back(name.text, *content);
  return content;
}

const Node& as_map(const Node* node) {
  static const Node empty = document::map();
  return node && node->is_map() ? *node : empty;
}

bool has(const Node& map, std::string_view key) {
  return map.is_map() && map.find(key) != nullptr;
}

base::Where where_of(const Node& map, std::string_view key) {
  const Node* node = map.is_map() ? map.find(key) : nullptr;
  return node ? node->where : map.where;
}

double read_scalar(Loading& in, const Node& node, const Plausible& range, double otherwise) {
  if (!node.is_scalar()) return otherwise;
  const base::QuantityResult result = base::parse_as(node.text, range.dimension, range.scale);
  if (!result.quantity) return otherwise;
  const Slip slip = unit_slip(result.quantity->value, node.text, range);
  if (!slip.what.empty()) in.diagnostics.error(node.where, slip.what, slip.mend);
  return result.quantity->value;
}

std::optional<double> read_optional(Loading& in, const Node& map, std::string_view key,
                                    const Plausible& range) {
  const Node* node = map.is_map() ? map.find(key) : nullptr;
  if (!node || !node->is_scalar()) return std::nullopt;
  const double nothing = std::nan("");
  const double value = read_scalar(in, *node, range, nothing);
  if (std::isnan(value)) return std::nullopt;
  return value;
}

double read(Loading& in, const Node& map, std::string_view key, const Plausible& range, double otherwise) {
  return read_optional(in, map, key, range).value_or(otherwise);
}

double read_or_default(Loading& in, const Node& map, std::string_view key, const Plausible& range,
                       double otherwise, const std::string& path, const std::string& source) {
  if (has(map, key)) return read(in, map, key, range, otherwise);
  in.use_default(path, base::format_quantity(otherwise, range.dimension, 4, range.scale), source);
  return otherwise;
}

double read_fraction(const Node& map, std::string_view key, double otherwise) {
  const Node* node = map.is_map() ? map.find(key) : nullptr;
  if (!node || !node->is_scalar()) return otherwise;
  const base::QuantityResult result = base::parse_as(node->text, base::dim::none, base::Scale::difference);
  return result.quantity ? result.quantity->value : otherwise;
}

int read_count(const Node& map, std::string_view key) {
  const double value = read_fraction(map, key, 0);
  return value >= 0 && value <= 1e9 ? int(value) : 0;
}

Vec2 read_size(Loading& in, const Node& map, std::string_view key, const Plausible& range) {
  const Node* node = map.is_map() ? map.find(key) : nullptr;
  if (!node) return {};
  if (node->is_scalar()) {
    const double side = read_scalar(in, *node, range);
    return {side, side};
  }
  if (!node->is_list() || node->items.size() != 2) return {};
  return {read_scalar(in, node->items[0], range), read_scalar(in, node->items[1], range)};
}

Vec2 read_point(const Node& map, std::string_view key) {
  const Node* node = map.is_map() ? map.find(key) : nullptr;
  if (!node || !node->is_list() || node->items.size() != 2) return {};
  const auto value = [](const Node& item) {
    if (!item.is_scalar()) return 0.0;
    const base::QuantityResult result = base::parse_as(item.text, base::dim::length, base::Scale::difference);
    return result.quantity && std::isfinite(result.quantity->value) ? result.quantity->value : 0.0;
  };
  return {value(node->items[0]), value(node->items[1])};
}

double read_rotation(Loading& in, const Node& map, std::string_view key) {
  const Node* node = map.is_map() ? map.find(key) : nullptr;
  if (!node || !node->is_scalar()) return 0;
  const base::QuantityResult result = base::parse_as(node->text, base::dim::none, base::Scale::difference);
  if (!result.quantity) return 0;
  const bool bare = node->text.find_first_not_of("0123456789.+-eE \t") == std::string::npos;
  if (bare && result.quantity->value != 0) {
    in.diagnostics.error(node->where, fmt::format("the rotation {} has no unit", node->text),
                         fmt::format("write \"{} deg\" (or rad)", node->text));
    return 0;
  }
  return std::isfinite(result.quantity->value) ? result.quantity->value : 0;
}

std::vector<Named> named_entries(const Node* node, const std::string& prefix) {
  std::vector<Named> named;
  if (!node) return named;
  if (node->is_map())
    for (const Node::Entry& entry : node->entries) named.push_back({entry.key, &entry.value, entry.where});
  if (node->is_list()) {
    for (std::size_t i = 0; i < node->items.size(); ++i) {
      const Node& item = node->items[i];
      std::string name = document::read_text(as_map(&item), "name");
      if (name.empty()) name = fmt::format("{}{}", prefix, i + 1);
      named.push_back({name, &item, item.where});
    }
  }
  return named;
}

std::string mend_by_nearest(std::string_view wrong, const std::vector<std::string>& known,
                            const std::string& otherwise) {
  const std::string nearest = document::nearest(wrong, known);
  if (!nearest.empty()) return fmt::format("did you mean \"{}\"?", nearest);
  return otherwise;
}

std::string check_material(Loading& in, const std::string& name, const base::Where& where) {
  std::string known = in.design.materials.resolve(name);
  if (!known.empty()) return known;
  std::vector<std::string> names = in.design.materials.names();
  for (const Material& m : in.design.materials.materials)
    names.insert(names.end(), m.also.begin(), m.also.end());
  in.diagnostics.error(where, fmt::format("unknown material \"{}\"", name),
                       mend_by_nearest(name, names, "describe it under materials:"));
  return name;
}

std::string default_material(Loading& in, const std::string& path, const std::string& name,
                             const std::string& source) {
  in.use_default(path, name, source);
  return name;
}

std::string read_material(Loading& in, const Node& map, std::string_view key, const std::string& path,
                          const std::string& otherwise, const std::string& source) {
  const Node* node = map.is_map() ? map.find(key) : nullptr;
  if (node && node->is_scalar() && !node->text.empty()) return check_material(in, node->text, node->where);
  if (otherwise.empty()) return "";
  return default_material(in, path, otherwise, source);
}

}  // namespace bondline::package
