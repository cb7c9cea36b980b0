#include "design/package/writing.h"

#include <cmath>

#include <fmt/format.h>

namespace bondline::package {

namespace dim = base::dim;
using document::put;
using document::scalar;

namespace {

/// "m^2 kg s^-3": any dimension in base units, for numbers that no prefix renders exactly.
std::string base_units(const base::Dimension& dimension) {
  static constexpr const char* kNames[] = {"m", "kg", "s", "A", "K", "mol", "cd"};
  std::string text;
  for (std::size_t i = 0; i < dimension.exponent.size(); ++i) {
    const auto power = static_cast<int>(dimension.exponent[i]);
    if (power == 0) continue;
    text += text.empty() ? "" : " ";
    text += power == 1 ? std::string(kNames[i]) : fmt::format("{}^{}", kNames[i], power);
  }
  return text;
}

}  // namespace

std::string exact(double si, const base::Dimension& dimension, base::Scale scale) {
  for (const int digits : {4, 6, 9, 12, 15, 16, 17}) {
    std::string text = base::format_quantity(si, dimension, digits, scale);
    const base::QuantityResult back = base::parse_as(text, dimension, scale);
    if (back.quantity && back.quantity->value == si) return text;
  }
  if (dimension == dim::none) return fmt::format("{}", si);
  return fmt::format("{} {}", si, base_units(dimension));
}

Node quantity_node(double si, const base::Dimension& dimension, base::Scale scale) {
  return scalar(exact(si, dimension, scale));
}
Node length_node(double metres) {
  return scalar(metres == 0 ? "0" : exact(metres, dim::length));
}
Node pair_node(Vec2 value) {
  return document::list({length_node(value.x), length_node(value.y)});
}

void put_length(Node& map, const char* key, double metres) {
  if (metres != 0) put(map, key, length_node(metres));
}

void put_size(Node& map, const char* key, Vec2 size) {
  if (size.x != 0 || size.y != 0) put(map, key, pair_node(size));
}

void put_text(Node& map, const char* key, const std::string& text) {
  if (!text.empty()) put(map, key, scalar(text));
}

void put_count(Node& map, const char* key, int count) {
  if (count > 0) put(map, key, scalar(std::to_string(count)));
}

void put_temperature(Node& map, const char* key, const std::optional<double>& kelvin) {
  if (kelvin) put(map, key, quantity_node(*kelvin, dim::temperature, base::Scale::point));
}

void put_provenance(Node& map, const Provenance& from) {
  put_text(map, "source", from.source);
  if (from.year > 0) put(map, "year", scalar(std::to_string(from.year)));
  put(map, "confidence", scalar(to_text(from.confidence)));
}

Node rect_node(const Rect& rect) {
  const auto extent = [](double from, double to) {
    double size = to - from;
    for (int i = 0; i < 8 && from + size < to; ++i) size = std::nextafter(size, INFINITY);
    for (int i = 0; i < 8 && from + size > to; ++i) size = std::nextafter(size, -INFINITY);
    return size;
  };
  return document::list({length_node(rect.x0), length_node(rect.y0), length_node(extent(rect.x0, rect.x1)),
                         length_node(extent(rect.y0, rect.y1))});
}

void put_array(Node& map, const Array& array) {
  if (array.pitch_x != 0)
    put(map, "pitch",
        array.pitch_x == array.pitch_y ? length_node(array.pitch_x)
                                       : pair_node({array.pitch_x, array.pitch_y}));
  put_length(map, "diameter", array.diameter);
  put_count(map, "columns", array.columns);
  put_count(map, "rows", array.rows);
  put_count(map, "peripheral_rows", array.peripheral_rows);
  if (array.centre_gap) put_size(map, "centre_gap", *array.centre_gap);
  if (!array.map_file.empty()) {
    put_text(map, "map", array.map_file);
  } else if (!array.sites.empty()) {
    Node sites = document::list();
    for (const Vec2& site : array.sites) sites.items.push_back(pair_node(site));
    put(map, "sites", std::move(sites));
  }
  put_text(map, "material", array.material);
  if (array.resolve) put(map, "resolve", scalar("true"));
}

Node grid_node(const GridMap& map, const base::Dimension& dimension) {
  if (!map.file.empty()) return scalar(map.file);
  Node rows = document::list();
  for (int row = map.rows; row-- > 0;) {
    Node cells = document::list();
    for (int column = 0; column < map.columns; ++column)
      cells.items.push_back(quantity_node(map.at(column, row), dimension));
    rows.items.push_back(std::move(cells));
  }
  return rows;
}

namespace {

const char* name_of(HeatPlace place) {
  switch (place) {
    case HeatPlace::volume:
      return "volume";
    case HeatPlace::top_face:
      return "top";
    case HeatPlace::bottom_face:
      return "bottom";
    case HeatPlace::active:
      return "active";
  }
  return "active";
}

Node blocks_node(const std::vector<FloorplanBlock>& blocks) {
  Node all = document::map();
  for (const FloorplanBlock& block : blocks) {
    Node one = document::map();
    if (block.rects.size() == 1) {
      put(one, "rect", rect_node(block.rects[0]));
    } else {
      Node rects = document::list();
      for (const Rect& rect : block.rects) rects.items.push_back(rect_node(rect));
      put(one, "rects", std::move(rects));
    }
    if (block.power != 0) put(one, "power", quantity_node(block.power, dim::power));
    put_text(one, "material", block.material);
    put(all, block.name, std::move(one));
  }
  return all;
}

Node trace_node(const PowerTrace& trace) {
  Node one = document::map();
  put(one, "interval", quantity_node(trace.interval, dim::time));
  if (!trace.file.empty()) {
    put_text(one, "file", trace.file);
    return one;
  }
  Node samples = document::map();
  for (std::size_t column = 0; column < trace.blocks.size(); ++column) {
    Node watts = document::list();
    for (const std::vector<double>& sample : trace.watts)
      watts.items.push_back(quantity_node(sample[column], dim::power));
    if (trace.blocks[column].empty())
      put(one, "total", std::move(watts));
    else
      put(samples, trace.blocks[column], std::move(watts));
  }
  if (!samples.entries.empty()) put(one, "samples", std::move(samples));
  return one;
}

}  // namespace

void put_power(Node& map, const Power& power, HeatPlace usual) {
  const bool plain =
      power.blocks.empty() && !power.map && !power.trace && !power.leakage && power.place == usual;
  if (plain) {
    if (power.uniform != 0) put(map, "power", quantity_node(power.uniform, dim::power));
    return;
  }
  Node one = document::map();
  if (power.uniform != 0) put(one, "uniform", quantity_node(power.uniform, dim::power));
  if (!power.blocks.empty()) put(one, "blocks", blocks_node(power.blocks));
  if (power.map) put(one, "map", grid_node(*power.map, dim::power));
  if (power.trace) put(one, "trace", trace_node(*power.trace));
  if (power.leakage) {
    Node leakage = document::map();
    put(leakage, "power", quantity_node(power.leakage->power, dim::power));
    put_temperature(leakage, "at", power.leakage->at);
    put(leakage, "doubles_every", quantity_node(power.leakage->doubles_every, dim::temperature));
    put(one, "leakage", std::move(leakage));
  }
  put_text(one, "place", name_of(power.place));
  put(map, "power", std::move(one));
}

}  // namespace bondline::package
