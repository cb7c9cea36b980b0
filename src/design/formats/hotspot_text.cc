// The line-by-line readers of HotSpot's .flp, .ptrace, .lcf, .materials and microchannel .csv.
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "design/formats/hotspot.h"

namespace bondline::formats {
namespace {

Where at(const std::string& file, const Line& line, std::size_t word = 0) {
  return {file, line.number, word < line.words.size() ? line.words[word].column : 0};
}

/// A length of a floorplan: finite and within 10 m; SI slips (um or mm written where m is meant) end here.
constexpr double kLargest = 10;

/// HotSpot itself loses a last line without a newline; here it counts, but it may be the end of a cut-off
/// file.
void note_last_line(const std::string& text, const std::string& file, Report& report) {
  if (text.empty() || text.back() == '\n') return;
  report.warning({file, int(std::count(text.begin(), text.end(), '\n')) + 1, 0},
                 "the last line has no newline: it is read here, HotSpot itself loses it",
                 "check that the file is whole and end it with a newline");
}

struct Records {
  const std::string& file;
  std::vector<Line> lines;
  std::size_t next = 0;
  bool done() const { return next >= lines.size(); }
  /// The first word of the next line; reports a record that ends too early.
  const Line* take(const char* wanted, const Where& record, Report& report) {
    if (!done()) return &lines[next++];
    report.error(record, fmt::format("the file ends inside this record: its {} is missing", wanted),
                 "complete the record or remove it");
    return nullptr;
  }
};

}  // namespace

bool HotspotFloorplan::has_overrides() const {
  return std::any_of(blocks.begin(), blocks.end(), [](const HotspotBlock& b) { return b.rho_c > 0; });
}

bool read_hotspot_floorplan(const std::string& text, const std::string& file, Report& report,
                            HotspotFloorplan& out) {
  const std::size_t errors = report.errors();
  out.file = file;
  note_last_line(text, file, report);
  std::size_t wires = 0;
  for (const Line& line : lines_of(text, true)) {
    const auto& w = line.words;
    if (w.size() == 3 && !number_of(w[1].text)) {
      ++wires;  // name1 name2 wire-density: connectivity for the floorplanner
      continue;
    }
    if (w.size() != 5 && w.size() != 7) {
      report.error(at(file, line),
                   fmt::format("a floorplan line has 5 or 7 fields, this one has {}", w.size()),
                   "write: name width height left-x bottom-y [heat-capacity resistivity]");
      if (report.errors() > errors + 50) return false;
      continue;
    }
    double v[6] = {0, 0, 0, 0, 0, 0};
    bool fine = w[0].text.size() <= kMaxName;
    if (!fine) report.error(at(file, line), "a name of more than 512 characters", "shorten it");
    for (std::size_t i = 1; i < w.size(); ++i) {
      const auto number = number_of(w[i].text);
      if (!number) {
        report.error(at(file, line, i), fmt::format("\"{}\" is not a number", shown(w[i].text)),
                     "write a number in m");
        fine = false;
      } else {
        v[i - 1] = *number;
      }
    }
    if (!fine) continue;
    if (v[0] <= 0 || v[1] <= 0) {
      report.error(at(file, line, 1),
                   fmt::format("block \"{}\" has no area: {:g} x {:g} m", shown(w[0].text), v[0], v[1]),
                   "give it a width and a height greater than zero");
      continue;
    }
    if (std::max({v[0], v[1], std::abs(v[2]), std::abs(v[3])}) > kLargest) {
      report.error(at(file, line, 1), fmt::format("block \"{}\" reaches farther than 10 m", shown(w[0].text)),
                   "HotSpot's lengths are in m: 1 mm is 0.001");
      continue;
    }
    HotspotBlock block;
    block.name = clean_name(w[0].text);
    if (block.name != w[0].text)
      report.warning(at(file, line),
                     fmt::format("block name \"{}\" becomes \"{}\"", shown(w[0].text), shown(block.name)));
    block.rect = {v[2], v[3], v[2] + v[0], v[3] + v[1]};
    block.where = at(file, line);
    if (!(block.rect.width() > 0 && block.rect.height() > 0)) {
      report.error(at(file, line, 1),
                   fmt::format("block \"{}\" is too small for where it lies", shown(w[0].text)),
                   "give it a size that shows beside its coordinates");
      continue;
    }
    if (w.size() == 7) {
      if (v[4] <= 0 || v[5] <= 0) {
        report.error(at(file, line, 5), "heat capacity and resistivity must be greater than zero",
                     "write J/(m3 K) and m K/W, or leave both out");
        continue;
      }
      block.rho_c = v[4];
      block.resistivity = v[5];
    }
    if (out.blocks.size() >= kMaxBlocks) {
      report.error(at(file, line), "a floorplan of more than 8192 blocks (HotSpot's limit)", "merge blocks");
      return false;
    }
    out.blocks.push_back(std::move(block));
  }
  if (report.errors() > errors) return false;
  if (out.blocks.empty()) {
    report.error({file, 0, 0}, "the floorplan has no block",
                 "give at least one line: name width height left-x bottom-y");
    return false;
  }
  if (wires)
    report.note({file, 0, 0},
                fmt::format("{} lines of connectivity (name name wire-density) are left out: they say "
                            "nothing about heat",
                            wires));
  double x0 = kLargest, y0 = kLargest, x1 = -2 * kLargest, y1 = x1;
  for (const auto& b : out.blocks) {
    x0 = std::min(x0, b.rect.x0), y0 = std::min(y0, b.rect.y0);
    x1 = std::max(x1, b.rect.x1), y1 = std::max(y1, b.rect.y1);
  }
  std::vector<DeckBlock> plain;
  for (auto& b : out.blocks) {
    b.rect = {b.rect.x0 - x0, b.rect.y0 - y0, b.rect.x1 - x0, b.rect.y1 - y0};
    plain.push_back({b.name, {b.rect}, "", b.where});
  }
  out.width = x1 - x0;
  out.height = y1 - y0;
  check_floorplan(plain, out.width, out.height, {file, 0, 0}, report);
  return report.errors() == errors;
}

bool read_hotspot_trace(const std::string& text, const std::string& file, Report& report, HotspotTrace& out) {
  const std::size_t errors = report.errors();
  out.file = file;
  std::size_t values = 0;
  // `#` is no comment in a trace: it would hide a column.
  for (const Line& line : lines_of(text, false)) {
    if (out.names.empty()) {
      if (line.words.size() > kMaxDeckBlocks) {
        report.error(at(file, line), "a trace of more than 65536 columns", "shorten it");
        return false;
      }
      for (std::size_t i = 0; i < line.words.size(); ++i) {
        out.names.push_back(clean_name(line.words[i].text));
        out.name_where.push_back(at(file, line, i));
      }
      continue;
    }
    if (line.words.size() != out.names.size()) {
      report.error(at(file, line), fmt::format("{} values for {} names", line.words.size(), out.names.size()),
                   "give one power in W per name; the file may have been cut off");
      if (report.errors() > errors + 20) return false;
      continue;
    }
    values += line.words.size();
    if (values > kMaxTraceValues) {
      report.error(at(file, line), "a trace of more than 8 million values", "shorten it or average it");
      return false;
    }
    std::vector<double> sample;
    sample.reserve(line.words.size());
    for (std::size_t i = 0; i < line.words.size(); ++i) {
      const auto number = number_of(line.words[i].text);
      if (!number || *number < 0 || *number > 1e9) {
        report.error(at(file, line, i), fmt::format("\"{}\" is not a power in W", shown(line.words[i].text)),
                     "write a number that is zero or more");
        if (report.errors() > errors + 50) return false;
      }
      sample.push_back(number.value_or(0));
    }
    out.watts.push_back(std::move(sample));
  }
  if (report.errors() > errors) return false;
  if (out.names.empty() || out.watts.empty()) {
    report.error({file, 0, 0}, "the power trace has no sample",
                 "give a line of block names and at least one line of powers in W");
    return false;
  }
  note_last_line(text, file, report);
  return true;
}

bool read_hotspot_layers(const std::string& text, const std::string& file, Report& report,
                         std::vector<HotspotLayer>& out) {
  const std::size_t errors = report.errors();
  note_last_line(text, file, report);
  Records records{file, lines_of(text, true)};
  while (!records.done()) {
    if (out.size() >= kMaxLayers) {
      report.error({file, 0, 0}, "more than 1024 layers", "merge layers");
      return false;
    }
    HotspotLayer layer;
    const Line* line = records.take("layer number", {file, 0, 0}, report);
    layer.where = at(file, *line);
    const auto number = whole_of(line->words[0].text, 0, 1'000'000);
    if (!number) {
      report.error(
          layer.where, fmt::format("\"{}\" is not a layer number", shown(line->words[0].text)),
          "a record is: number, Y/N lateral, Y/N power, heat capacity and resistivity (or a material name), "
          "thickness, floorplan file");
      return false;  // the record's frame is lost: every later line would be misread
    }
    layer.number = int(*number);
    for (bool* flag : {&layer.lateral, &layer.power}) {
      if (!(line = records.take("Y or N", layer.where, report))) return false;
      const auto word = lower(line->words[0].text);
      if (word != "y" && word != "n") {
        report.error(at(file, *line), fmt::format("\"{}\" is neither Y nor N", shown(line->words[0].text)),
                     "write Y or N");
        return false;
      }
      *flag = word == "y";
    }
    if (!(line = records.take("heat capacity or material", layer.where, report))) return false;
    layer.material_where = at(file, *line);
    if (const auto value = number_of(line->words[0].text)) {
      layer.rho_c = *value;
      if (!(line = records.take("resistivity", layer.where, report))) return false;
      const auto resistivity = number_of(line->words[0].text);
      if (!resistivity || *resistivity <= 0 || layer.rho_c <= 0) {
        report.error(at(file, *line), "heat capacity and resistivity must be numbers greater than zero",
                     "write J/(m3 K) in one line and m K/W in the next");
        return false;
      }
      layer.resistivity = *resistivity;
    } else {
      layer.material = std::string(line->words[0].text.substr(0, kMaxName));
    }
    if (!(line = records.take("thickness", layer.where, report))) return false;
    const auto thickness = number_of(line->words[0].text);
    if (!thickness || *thickness <= 0 || *thickness > 1) {
      report.error(at(file, *line), fmt::format("\"{}\" is not a thickness in m", shown(line->words[0].text)),
                   "write a number greater than zero and at most 1 m");
      return false;
    }
    layer.thickness = *thickness;
    if (!(line = records.take("floorplan file", layer.where, report))) return false;
    layer.floorplan = std::string(line->words[0].text.substr(0, 4096));
    layer.floorplan_where = at(file, *line);
    out.push_back(std::move(layer));
  }
  if (out.empty()) {
    report.error({file, 0, 0}, "the layer file has no layer", "give at least one record of 7 (or 6) lines");
    return false;
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i].number == int(i)) continue;
    report.error(out[i].where, fmt::format("layer {} stands where layer {} is wanted", out[i].number, i),
                 "number the layers 0, 1, 2, ... once each, 0 farthest from the heat sink");
    break;
  }
  return report.errors() == errors;
}

bool read_hotspot_materials(const std::string& text, const std::string& file, Report& report,
                            std::vector<DeckMaterial>& out) {
  const std::size_t errors = report.errors();
  note_last_line(text, file, report);
  Records records{file, lines_of(text, true)};
  while (!records.done()) {
    DeckMaterial material;
    const Line* line = records.take("name", {file, 0, 0}, report);
    material.where = at(file, *line);
    material.name = clean_name(line->words[0].text);
    if (out.size() >= kMaxBlocks) {
      report.error(material.where, "more than 8192 materials", "leave out those that are not used");
      return false;
    }
    if (!(line = records.take("solid or fluid", material.where, report))) return false;
    const auto kind = lower(line->words[0].text);
    if (kind != "solid" && kind != "fluid") {
      report.error(at(file, *line),
                   fmt::format("\"{}\" is neither solid nor fluid", shown(line->words[0].text)),
                   "a record is: name, solid or fluid, W/(m K), J/(m3 K), for a fluid also Pa s");
      return false;
    }
    material.fluid = kind == "fluid";
    double v[3] = {0, 0, 0};
    const char* names[3] = {"thermal conductivity", "volumetric heat capacity", "viscosity"};
    for (int i = 0; i < (material.fluid ? 3 : 2); ++i) {
      if (!(line = records.take(names[i], material.where, report))) return false;
      const auto number = number_of(line->words[0].text);
      if (!number || *number <= 0) {
        report.error(at(file, *line), fmt::format("\"{}\" is not a {}", shown(line->words[0].text), names[i]),
                     "write a number greater than zero");
        return false;
      }
      v[i] = *number;
    }
    material.k = {v[0], v[0], v[0]};
    material.rho_c = v[1];
    const auto same =
        std::find_if(out.begin(), out.end(), [&](const auto& m) { return m.name == material.name; });
    if (same != out.end())
      report.error(material.where,
                   fmt::format("material \"{}\" is there twice (first in line {})", shown(material.name),
                               same->where.line),
                   "remove one of them");
    else if (plausible(material, "a .materials file gives W/(m K), then J/(m3 K)", report))
      out.push_back(std::move(material));
  }
  return report.errors() == errors;
}

bool read_hotspot_channels(const std::string& text, const std::string& file, Report& report,
                           HotspotChannels& out) {
  std::string spaced = text;
  std::replace(spaced.begin(), spaced.end(), ',', ' ');
  std::size_t columns = 0;
  for (const Line& line : lines_of(spaced, true)) {
    if (columns == 0) columns = line.words.size();
    if (line.words.size() != columns) {
      report.error(at(file, line),
                   fmt::format("{} cells in this row, {} in the first", line.words.size(), columns),
                   "give every row the same number of cells");
      return false;
    }
    for (std::size_t i = 0; i < line.words.size(); ++i) {
      const auto cell = whole_of(line.words[i].text, 0, 3);
      if (!cell) {
        report.error(at(file, line, i), fmt::format("\"{}\" is not a cell", shown(line.words[i].text)),
                     "write 0 solid, 1 fluid, 2 inlet or 3 outlet");
        return false;
      }
      ++out.cells;
      out.wet += *cell != 0;
    }
  }
  if (out.cells == 0)
    report.error({file, 0, 0}, "the microchannel file has no cell", "give rows of 0, 1, 2, 3");
  return out.cells > 0;
}

}  // namespace bondline::formats
