#include "design/formats/bump_map.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "design/package/load.h"

namespace bondline::formats {
namespace {

constexpr std::size_t kMaxBumps = 1u << 20;

std::vector<Word> cells_of(std::string_view line, char separator) {
  std::vector<Word> out;
  for (std::size_t at = 0; at <= line.size() && out.size() < 64;) {
    const std::size_t end = std::min(line.find(separator, at), line.size());
    std::string_view cell = line.substr(at, end - at);
    int column = int(at) + 1;
    while (!cell.empty() && (cell.front() == ' ' || cell.front() == '\t')) cell.remove_prefix(1), ++column;
    while (!cell.empty() && std::string_view(" \t\r").find(cell.back()) != std::string_view::npos)
      cell.remove_suffix(1);
    if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"') cell = cell.substr(1, cell.size() - 2);
    out.push_back({cell, column});
    at = end + 1;
  }
  return out;
}

/// "x", "x_um", "x [mm]", "x (um)" -> the bare name and its unit in m (0: none, negative: unknown).
std::pair<std::string, double> heading(std::string_view cell) {
  std::string name = lower(cell), unit;
  const auto cut = name.find_first_of("_[( ");
  if (cut != std::string::npos) {
    for (char c : name.substr(cut))
      if (std::isalpha(static_cast<unsigned char>(c))) unit += c;
    name.resize(cut);
  }
  if (unit.empty()) return {name, 0};
  if (unit == "um" || unit == "micron") return {name, 1e-6};
  if (unit == "mm") return {name, 1e-3};
  if (unit == "nm") return {name, 1e-9};
  if (unit == "m") return {name, 1};
  return {name, -1};
}

struct Columns {
  int name = -1, x = -1, y = -1, diameter = -1, net = -1;
  double unit = 0, diameter_unit = 0;
};

bool read_header(const std::vector<Word>& cells, const Where& where, double unit, Report& report,
                 Columns& out) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto [name, u] = heading(cells[i].text);
    const int column = int(i);
    if (name == "x" || name == "y") {
      (name == "x" ? out.x : out.y) = column;
      if (u < 0) {
        report.error({where.file, where.line, cells[i].column},
                     fmt::format("unknown unit in \"{}\"", shown(cells[i].text)), "write x_um or x_mm");
        return false;
      }
      if (u > 0 && out.unit > 0 && u != out.unit) {
        report.error(where, "x and y have different units", "use one unit");
        return false;
      }
      if (u > 0) out.unit = u;
    } else if (name == "diameter") {
      out.diameter = column;
      out.diameter_unit = u > 0 ? u : 0;
    } else if (name == "net" || name == "signal") {
      out.net = column;
    } else if (name == "name" || name == "bump" || name == "ball" || name == "pin") {
      out.name = column;
    } else {
      report.warning({where.file, where.line, cells[i].column},
                     fmt::format("column \"{}\" is not carried over", shown(cells[i].text)));
    }
  }
  if (out.x < 0 || out.y < 0) {
    report.error(where, "the header names no x and y column", "start with a line like: name,x_um,y_um,net");
    return false;
  }
  if (out.unit == 0) {
    out.unit = unit;
    report.warning(where, "the header names no unit; coordinates are taken in um",
                   "write x_um and y_um (or x_mm and y_mm)");
  }
  if (out.diameter_unit == 0) out.diameter_unit = out.unit;
  return true;
}

}  // namespace

bool read_bump_map(const std::string& text, const std::string& file, double unit, Report& report,
                   std::vector<Bump>& out) {
  const std::size_t errors = report.errors();
  const bool bmap = suffix_of(file) == ".bmap";  // name cell x y port net, separated by blanks, no header
  Columns columns;
  bool headed = bmap;
  if (bmap) columns = {0, 2, 3, -1, 5, unit, unit};
  std::set<std::string> names;
  int number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    ++number;
    const Where where{file, number, 0};
    if (line.find_first_not_of(" \t\r") == std::string_view::npos ||
        line[line.find_first_not_of(" \t")] == '#')
      continue;
    std::vector<Word> cells;
    if (bmap) {
      const auto lines = lines_of(line, false);
      if (!lines.empty()) cells = lines[0].words;
    } else {
      cells = cells_of(line, line.find(';') != std::string_view::npos ? ';' : ',');
    }
    if (!headed) {
      if (!read_header(cells, where, unit, report, columns)) return false;
      headed = true;
      continue;
    }
    if (bmap && cells.size() != 6) {
      report.error(where, fmt::format("{} columns instead of 6", cells.size()),
                   "write: name cell x y port net");
      if (report.errors() > errors + 50) return false;
      continue;
    }
    const auto cell = [&](int i) {
      return i >= 0 && i < int(cells.size()) ? cells[std::size_t(i)].text : std::string_view();
    };
    const auto length = [&](int i, double scale) {
      const auto v = number_of(cell(i));
      return v && std::abs(*v * scale) < 10 ? std::optional<double>(twelve_digits(*v * scale)) : std::nullopt;
    };
    const auto x = length(columns.x, columns.unit), y = length(columns.y, columns.unit);
    if (!x || !y) {
      report.error(where, "x or y is not a length below 10 m",
                   "write plain numbers in the unit of the header");
      if (report.errors() > errors + 50) return false;
      continue;
    }
    Bump bump;
    bump.at = {*x, *y};
    bump.where = where;
    bump.name = columns.name >= 0 ? clean_name(cell(columns.name)) : fmt::format("b{}", out.size() + 1);
    if (const auto net = cell(columns.net); !net.empty() && net != "-") bump.net = clean_name(net);
    if (columns.diameter >= 0) {
      const auto d = length(columns.diameter, columns.diameter_unit);
      if (!d || *d <= 0)
        report.error(where, "the diameter is not a length greater than zero", "write a plain number");
      bump.diameter = d.value_or(0);
    }
    if (!names.insert(bump.name).second)
      report.error(where, fmt::format("bump \"{}\" is there twice", shown(bump.name)),
                   "give every bump its own name");
    if (report.errors() > errors + 50) return false;
    if (out.size() >= kMaxBumps) {
      report.error(where, "more than 1 million bumps", "give an array with pitch, columns and rows instead");
      return false;
    }
    out.push_back(std::move(bump));
  }
  if (report.errors() == errors && out.empty())
    report.error({file, 0, 0}, "the bump map has no bump", "give at least one line");
  return report.errors() == errors;
}

double pitch_of(const std::vector<Bump>& bumps) {
  double best = 0;
  for (int axis = 0; axis < 2; ++axis) {
    std::vector<std::pair<double, double>> sorted;
    for (const auto& b : bumps) sorted.emplace_back(axis ? b.at.x : b.at.y, axis ? b.at.y : b.at.x);
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t i = 1; i < sorted.size(); ++i) {
      const double across = sorted[i].first - sorted[i - 1].first,
                   along = sorted[i].second - sorted[i - 1].second;
      if (across < 1e-9 && along > 1e-9 && (best == 0 || along < best)) best = along;
    }
  }
  return nearest_fm(best);
}

double nearest_fm(double metres) {
  return twelve_digits(std::round(metres * 1e15) / 1e15);
}

std::string substrate_material(const package::MaterialLibrary& library) {
  for (const char* name : {"HL832", "FR-4", "FR4"})
    if (library.find(name)) return name;
  for (const auto& m : library.materials)
    if (m.find(package::Property::k_x)) return m.name;
  return "FR4";
}

std::optional<package::Design> import_bump_map(const std::string& path, Sources& sources, Report& report) {
  const std::string* text = sources.read(path, {path, 0, 0});
  std::vector<Bump> bumps;
  if (!text || !read_bump_map(*text, path, 1e-6, report, bumps)) return std::nullopt;
  package::Rect box{INFINITY, INFINITY, -INFINITY, -INFINITY};
  for (const auto& b : bumps)
    box = {std::min(box.x0, b.at.x), std::min(box.y0, b.at.y), std::max(box.x1, b.at.x),
           std::max(box.y1, b.at.y)};
  double pitch = pitch_of(bumps), diameter = bumps[0].diameter;
  for (const auto& b : bumps) {
    if (b.diameter == diameter) continue;
    report.warning(b.where, "bumps of different diameters; the first one's is used for all", "split the map");
    break;
  }
  package::Design out;
  const auto assume = [&](const std::string& key, const std::string& value, const std::string& why) {
    out.defaults.push_back({key, value, why});
    report.warning({path, 0, 0}, fmt::format("the map does not say {}: {} is assumed ({})", key, value, why),
                   "write it into the design file");
  };
  if (pitch == 0) {
    pitch = 150e-6;
    assume("the pitch", "150 um", "typical flip-chip value");
  }
  if (diameter == 0) {
    diameter = 0.5 * pitch;
    assume("the bump diameter", fmt::format("{:g} um", diameter * 1e6), "half the pitch, typical");
  }
  package::Die die;
  die.name = "die";
  die.size = {nearest_fm(box.width() + 2 * pitch), nearest_fm(box.height() + 2 * pitch)};
  die.thickness = 0.2e-3;
  die.facing = package::Facing::down;
  die.where = {path, 1, 0};
  die.attach.kind = package::AttachKind::flip_chip;
  die.attach.standoff = 0.7 * diameter;
  auto& array = die.attach.bumps;
  array.pitch_x = array.pitch_y = pitch;
  array.diameter = diameter;
  array.material = "SAC305";
  array.where = die.where;
  const package::Vec2 centre{0.5 * (box.x0 + box.x1), 0.5 * (box.y0 + box.y1)};
  for (const auto& b : bumps) {
    array.sites.push_back({nearest_fm(b.at.x - centre.x), nearest_fm(b.at.y - centre.y)});
    if (!b.net.empty()) out.nets.push_back({b.net, "", "die." + b.name, "", b.where});
  }
  assume("the die", fmt::format("{:g} x {:g} x 0.2 mm", die.size.x * 1e3, die.size.y * 1e3),
         "the map's outline and a pitch on each side");
  assume("the bumps' material", array.material, "the common lead-free solder");
  assume("the standoff", fmt::format("{:g} um", die.attach.standoff * 1e6),
         "0.7 of the diameter, typical after reflow");
  out.materials = package::shipped_materials();
  package::Substrate substrate;
  package::SubstrateLayer core;
  core.name = "core";
  core.material = substrate_material(out.materials);
  core.thickness = 0.2e-3;
  core.where = substrate.where = die.where;
  substrate.layers.push_back(core);
  out.body_size = {nearest_fm(die.size.x + 2e-3), nearest_fm(die.size.y + 2e-3)};
  assume("the substrate", fmt::format("0.2 mm of {}", core.material), "so that the die stands on something");
  out.substrate = std::move(substrate);
  out.dies.push_back(std::move(die));
  out.name = clean_name(stem(path));
  out.description = "imported from a bump map";
  out.file = path;
  out.where = {path, 1, 0};
  out.content_hash = sources.hash();
  return out;
}

}  // namespace bondline::formats
