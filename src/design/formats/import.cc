// Which format a set of files is, by suffix and, where suffixes clash, by content.
#include <algorithm>
#include <exception>

#include <fmt/format.h>

#include "design/formats/bump_map.h"
#include "design/formats/formats.h"
#include "design/formats/hotspot.h"
#include "design/formats/ice.h"
#include "design/formats/text.h"
#include "design/formats/threedblox.h"

namespace bondline::formats {
namespace {

struct Sorted {
  HotspotPaths hotspot;
  std::vector<std::string> stacks, ice_floorplans, blox, tables;
  bool any_hotspot() const {
    return !hotspot.floorplans.empty() || !hotspot.traces.empty() || !hotspot.layers.empty() ||
           !hotspot.configs.empty() || !hotspot.materials.empty();
  }
};

/// A file without a telling suffix: what its first words look like.
void sort_by_content(const std::string& path, const std::string& text, Sorted& out, Report& report) {
  const std::string head = text.substr(0, 4096);
  const auto tokens = ice_tokens(head);
  const auto word = [&](std::size_t i, std::string_view w) {
    return i < tokens.size() && tokens[i].text == w;
  };
  if (word(0, "material") && word(2, ":")) return out.stacks.push_back(path);
  const auto lines = lines_of(std::string_view(text).substr(0, 65536), true);
  if (!lines.empty()) {
    const auto& w = lines[0].words;
    if (w[0].text.front() == '-' && w.size() >= 2) return out.hotspot.configs.push_back(path);
    if (w[0].text == "Header:" || w[0].text == "ChipletDef:") return out.blox.push_back(path);
    if ((w.size() == 5 || w.size() == 7) && number_of(w[1].text))
      return out.hotspot.floorplans.push_back(path);
    if (lines.size() > 2 && w.size() == 1 &&
        (lower(lines[1].words[0].text) == "solid" || lower(lines[1].words[0].text) == "fluid"))
      return out.hotspot.materials.push_back(path);
    if (lines.size() > 2 && whole_of(w[0].text, 0, 1000000) &&
        (lower(lines[1].words[0].text) == "y" || lower(lines[1].words[0].text) == "n"))
      return out.hotspot.layers.push_back(path);
  }
  report.error({path, 0, 0}, "this file is of no known format",
               "give HotSpot (.flp .ptrace .lcf .config .materials), 3D-ICE (.stk .flp), 3Dblox (.3dbv "
               ".3dbx) or a bump map "
               "(.csv .bmap)");
}

void sort_files(const std::vector<std::string>& paths, Sources& sources, Report& report, Sorted& out) {
  for (const auto& path : paths) {
    const std::string suffix = suffix_of(path);
    if (suffix == ".ptrace")
      out.hotspot.traces.push_back(path);
    else if (suffix == ".lcf")
      out.hotspot.layers.push_back(path);
    else if (suffix == ".materials")
      out.hotspot.materials.push_back(path);
    else if (suffix == ".config")
      out.hotspot.configs.push_back(path);
    else if (suffix == ".stk")
      out.stacks.push_back(path);
    else if (suffix == ".3dbv" || suffix == ".3dbx")
      out.blox.push_back(path);
    else if (suffix == ".csv" || suffix == ".bmap")
      out.tables.push_back(path);
    else if (const std::string* text = sources.read(path, {path, 0, 0})) {
      if (suffix != ".flp")
        sort_by_content(path, *text, out, report);
      else if (looks_like_ice_floorplan(*text))
        out.ice_floorplans.push_back(path);
      else
        out.hotspot.floorplans.push_back(path);
    }
  }
}

std::optional<package::Design> read_sorted(Sorted& sorted, Sources& sources, Report& report) {
  if (!sorted.stacks.empty()) {
    if (sorted.stacks.size() > 1 || sorted.any_hotspot() || !sorted.blox.empty()) {
      report.error({sorted.stacks[0], 0, 0}, "a 3D-ICE stack stands alone with its floorplans",
                   "import one .stk at a time, without files of other tools");
      return std::nullopt;
    }
    return import_ice(sorted.stacks[0], sorted.ice_floorplans, sources, report);
  }
  if (!sorted.ice_floorplans.empty()) {
    report.error({sorted.ice_floorplans[0], 0, 0}, "a 3D-ICE floorplan without its stack",
                 "give the .stk; it names its floorplans");
    return std::nullopt;
  }
  if (!sorted.blox.empty()) {
    if (sorted.any_hotspot()) {
      report.error({sorted.blox[0], 0, 0}, "3Dblox and HotSpot files in one call",
                   "import one kind at a time");
      return std::nullopt;
    }
    return import_threedblox(sorted.blox, sorted.tables, sources, report);
  }
  if (sorted.any_hotspot()) {
    sorted.hotspot.channels = sorted.tables;
    return import_hotspot(sorted.hotspot, sources, report);
  }
  if (sorted.tables.size() == 1) return import_bump_map(sorted.tables[0], sources, report);
  if (!report.failed())
    report.error({}, sorted.tables.empty() ? "no file to import" : "more than one bump map",
                 "give the files of one design");
  return std::nullopt;
}

}  // namespace

ImportResult import_files(const std::vector<std::string>& paths, base::Files& files) {
  ImportResult out;
  Report report(out.diagnostics);
  try {
    Sources sources(files, report);
    Sorted sorted;
    if (paths.size() > kMaxFiles)
      report.error({}, "more than 512 files", "import one design at a time");
    else
      sort_files(paths, sources, report, sorted);
    if (!report.failed()) out.design = read_sorted(sorted, sources, report);
    if (report.failed())
      out.design.reset();
    else if (!out.design)
      report.error({}, "nothing could be imported", "check the files named");
  } catch (const base::Error& e) {
    out.design.reset();
    out.diagnostics.add(e.diagnostics());
    report.error({}, "the import stopped", "mend the messages above");
  } catch (const std::exception& e) {
    out.design.reset();
    report.error({}, fmt::format("the import stopped: {}", e.what()), "check the files named");
  }
  if (out.design) out.design->notes.add(out.diagnostics);
  return out;
}

}  // namespace bondline::formats
