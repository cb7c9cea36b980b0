#include <algorithm>

#include <fmt/format.h>

#include "design/package/side_files.h"
#include "design/package/side_lines.h"

namespace bondline::package {
namespace {

std::optional<double> value_of(std::string_view text, const base::Dimension& dimension) {
  if (const std::optional<double> bare = plain_number(text)) return bare;
  const base::QuantityResult read = base::parse_as(text, dimension, base::Scale::difference);
  if (!read.quantity || !std::isfinite(read.quantity->value)) return std::nullopt;
  return read.quantity->value;
}

bool starts_comment(const std::vector<Field>& cells) {
  return cells.empty() || (cells.size() == 1 && cells[0].text.empty()) ||
         (!cells[0].text.empty() && cells[0].text.front() == '#');
}

/// "x [mm]", "x_mm", "x (mm)" -> 1e-3; 0 when it names no length.
double unit_of_heading(std::string_view heading) {
  const std::size_t at = heading.find_first_of("[(_ /");
  if (at == std::string_view::npos) return 0;
  std::string_view unit = heading.substr(at + 1);
  unit = unit.substr(0, unit.find_first_of("])"));
  while (!unit.empty() && (unit.front() == ' ' || unit.front() == '[' || unit.front() == '('))
    unit.remove_prefix(1);
  const base::QuantityResult read =
      base::parse_as(fmt::format("1 {}", trimmed(unit)), base::dim::length, base::Scale::difference);
  return read.quantity ? read.quantity->value : 0;
}

struct Columns {
  std::size_t x = 0, y = 1, net = 2;
  double unit_x = 0, unit_y = 0;  ///< 0: not said
};

/// Reads a header line; false when it names no x and y.
bool read_header(const std::vector<Field>& cells, Columns& columns) {
  const auto starts_with = [](std::string_view cell, char axis) {
    if (cell.empty() || std::tolower(static_cast<unsigned char>(cell[0])) != axis) return false;
    return cell.size() == 1 || !std::isalnum(static_cast<unsigned char>(cell[1]));
  };
  bool x = false, y = false;
  columns.net = cells.size();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string_view cell = cells[i].text;
    if (!x && starts_with(cell, 'x')) {
      columns.x = i, columns.unit_x = unit_of_heading(cell), x = true;
    } else if (!y && starts_with(cell, 'y')) {
      columns.y = i, columns.unit_y = unit_of_heading(cell), y = true;
    } else if (cell == "net" || cell == "Net" || cell == "NET") {
      columns.net = i;
    }
  }
  return x && y;
}

}  // namespace

std::optional<GridMap> read_grid_map(std::string_view text, const std::string& file,
                                     const base::Dimension& dimension, double min, double max,
                                     base::Diagnostics& out) {
  std::vector<std::vector<double>> rows;
  bool good = true;
  int line_number = 0;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    ++line_number;
    const std::vector<Field> cells = split_cells(line);
    if (starts_comment(cells)) continue;
    std::vector<double> row;
    row.reserve(cells.size());
    for (const Field& cell : cells) {
      const std::optional<double> value = value_of(cell.text, dimension);
      if (!value || *value < min || *value > max) {
        out.error({file, line_number, cell.column},
                  fmt::format("\"{}\" is no value of this map", cell.text.substr(0, 40)),
                  fmt::format("write numbers from {} to {}", min, max));
        good = false;
      }
      row.push_back(value.value_or(0));
    }
    if (!rows.empty() && row.size() != rows.front().size()) {
      out.error({file, line_number, 1},
                fmt::format("a row of {} values among rows of {}", row.size(), rows.front().size()),
                "every row needs the same number of values; a short last row means a truncated file");
      good = false;
    }
    rows.push_back(std::move(row));
  }
  if (rows.empty())
    out.error({file, 0, 0}, "the map is empty", "write rows of comma-separated numbers, top row first");
  if (rows.empty() || !good) return std::nullopt;
  GridMap map;
  map.rows = int(rows.size());
  map.columns = int(rows.front().size());
  map.file = file;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row)
    map.value.insert(map.value.end(), row->begin(), row->end());
  return map;
}

SiteMap read_sites(std::string_view text, const std::string& file, base::Diagnostics& out) {
  SiteMap map;
  Columns columns;
  bool first = true;
  int line_number = 0;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    ++line_number;
    const std::vector<Field> cells = split_cells(line);
    if (starts_comment(cells)) continue;
    if (first) {
      first = false;
      Columns named = columns;
      if (read_header(cells, named)) {
        columns = named;
        continue;
      }
    }
    if (cells.size() <= std::max(columns.x, columns.y)) {
      out.error({file, line_number, 1}, "a site needs x and y",
                "write x,y[,net]; a short last line means a truncated file");
      continue;
    }
    Site site;
    site.where = {file, line_number, cells[columns.x].column};
    const auto coordinate = [&](const Field& cell, double unit) {
      if (const std::optional<double> bare = plain_number(cell.text)) {
        if (unit == 0) map.unit_assumed = true;
        return unit == 0 ? base::from_unit(*bare, "um") : *bare * unit;
      }
      const std::optional<double> value = value_of(cell.text, base::dim::length);
      if (!value)
        out.error({file, line_number, cell.column},
                  fmt::format("\"{}\" is no coordinate", cell.text.substr(0, 40)),
                  "write a number or a length");
      return value.value_or(0);
    };
    site.at.x = coordinate(cells[columns.x], columns.unit_x);
    site.at.y = coordinate(cells[columns.y], columns.unit_y);
    if (columns.net < cells.size()) site.net = std::string(cells[columns.net].text);
    map.sites.push_back(std::move(site));
  }
  if (map.sites.empty()) out.error({file, 0, 0}, "the site map is empty", "write x,y[,net] lines");
  return map;
}

}  // namespace bondline::package
