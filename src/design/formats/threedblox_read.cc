// Reading .3dbv and .3dbx: `#!define` lines first, then YAML through the document room, then the keys one by
// one. Every key that means nothing here is named in a warning.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "design/formats/threedblox.h"
#include "document/document.h"

namespace bondline::formats {
namespace {

using document::Node;

constexpr std::size_t kMaxChiplets = 4096;
constexpr std::size_t kMaxText = 16u << 20;
constexpr std::size_t kMaxAdded = 1u << 20;  ///< bytes by which definitions may lengthen a file

/// Puts `value` in wherever `name` stands; `room` says how many bytes may be added, and loses them. False:
/// too many.
bool put_in(std::string& line, const std::string& name, const std::string& value, std::size_t& room) {
  std::size_t at = line.find(name), from = 0;
  if (at == std::string::npos) return true;
  std::string out;
  for (; at != std::string::npos; at = line.find(name, from)) {
    out.append(line, from, at - from).append(value);
    from = at + name.size();
    if (out.size() > from + room) return false;
  }
  out.append(line, from);
  if (out.size() > line.size()) room -= out.size() - line.size();
  line = std::move(out);
  return true;
}

class Reader {
 public:
  Reader(Sources& sources, Report& report, Blox& out) : sources_(sources), report_(report), out_(out) {}
  void file(const std::string& path, const Where& from, int depth);
  void resolve();

 private:
  std::optional<std::string> define(const std::string& text, const std::string& path);
  void header(const Node& node, const std::string& path, int depth);
  void chiplet(const std::string& name, const Node& node, const std::string& path);
  void region(const std::string& name, const Node& node, BloxChiplet& chiplet, const std::string& path);
  void instances(const Node& node);
  void stack(const Node& node);
  void connections(const Node& node);
  void rest(const Node& map, std::initializer_list<const char*> known,
            std::initializer_list<const char*> lost, const std::string& of);
  bool map(const Node& node, const std::string& what);
  std::optional<double> number(const Node& map, const char* key, const std::string& of, bool required);
  std::vector<double> numbers(const Node& node, std::size_t count, const std::string& what);
  std::string text(const Node& map, const char* key, const std::string& of, bool required);

  Sources& sources_;
  Report& report_;
  Blox& out_;
  double unit_ = 1e-6;
  std::set<std::string> seen_;
  std::map<std::string, std::string> references_;  ///< instance -> chiplet
};

std::optional<std::string> Reader::define(const std::string& text, const std::string& path) {
  std::vector<std::pair<std::string, std::string>> defines;
  std::string out;
  std::size_t room = kMaxAdded;
  int number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    ++number;
    if (line.rfind("#!define", 0) == 0) {
      const auto words = lines_of(std::string_view(line).substr(8), false);
      if (words.empty() || words[0].words.size() < 2 || defines.size() >= 64)
        report_.error({path, number, 1}, "a definition is \"#!define NAME TEXT\" (at most 64)", "write both");
      else
        defines.emplace_back(std::string(words[0].words[0].text), std::string(words[0].words[1].text));
      line = "#";
    } else if (line.find('#') != 0) {
      for (const auto& [name, value] : defines)
        if (!put_in(line, name, value, room)) {
          report_.error({path, number, 1}, "its definitions make the file more than 1 MiB longer",
                        "shorten them");
          return std::nullopt;
        }
    }
    out += line;
    if (end < text.size()) out += '\n';
    if (out.size() > kMaxText) {
      report_.error({path, number, 0}, "more than 16 MiB", "shorten it");
      return std::nullopt;
    }
    at = end + 1;
  }
  return out;
}

bool Reader::map(const Node& node, const std::string& what) {
  if (node.is_map()) return true;
  if (!node.is_null())
    report_.error(node.where, fmt::format("{} is not a map", what), "write name: value lines below it");
  return false;
}

std::string Reader::text(const Node& map, const char* key, const std::string& of, bool required) {
  const Node* node = map.find(key);
  if (node && node->is_scalar() && !node->is_null() && node->text.size() <= 4096) return node->text;
  if (node && !node->is_null())
    report_.error(node->where, fmt::format("{} of {} is not a text", key, of), "write one word");
  else if (required)
    report_.error(map.where, fmt::format("{} has no {}", of, key), "add it");
  return "";
}

std::optional<double> Reader::number(const Node& map, const char* key, const std::string& of, bool required) {
  const Node* node = map.find(key);
  if (!node) {
    if (required) report_.error(map.where, fmt::format("{} has no {}", of, key), "add it");
    return std::nullopt;
  }
  const auto value = node->is_scalar() ? number_of(node->text) : std::nullopt;
  if (!value || std::abs(*value) > 1e12) {
    report_.error(node->where, fmt::format("{} of {} is not a number", key, of), "write a plain number");
    return std::nullopt;
  }
  return value;
}

std::vector<double> Reader::numbers(const Node& node, std::size_t count, const std::string& what) {
  std::vector<double> out;
  if (node.is_list() && node.items.size() == count)
    for (const Node& item : node.items) {
      const auto value = item.is_scalar() ? number_of(item.text) : std::nullopt;
      if (value && std::abs(*value) <= 1e12) out.push_back(twelve_digits(*value * unit_));
    }
  if (out.size() == count) return out;
  report_.error(node.where, fmt::format("{} is not a list of {} numbers", what, count),
                "write [number, number, ...]");
  return {};
}

void Reader::rest(const Node& map, std::initializer_list<const char*> known,
                  std::initializer_list<const char*> lost, const std::string& of) {
  for (const auto& entry : map.entries) {
    const auto is = [&](const char* name) { return entry.key == name; };
    if (std::any_of(known.begin(), known.end(), is)) continue;
    if (std::any_of(lost.begin(), lost.end(), is)) {
      report_.warning(entry.where, fmt::format("\"{}\" of {} is not carried over", entry.key, of));
      continue;
    }
    std::vector<std::string> names(known.begin(), known.end());
    names.insert(names.end(), lost.begin(), lost.end());
    const std::string near = document::nearest(entry.key, names);
    report_.warning(entry.where,
                    fmt::format("3Dblox has no key \"{}\" in {}; it is ignored", shown(entry.key), of),
                    near.empty() ? "" : fmt::format("did you mean \"{}\"?", near));
  }
}

void Reader::header(const Node& node, const std::string& path, int depth) {
  if (!map(node, "Header")) return;
  const std::string unit = text(node, "unit", "Header", false);
  if (unit == "micron" || unit == "um" || unit.empty())
    unit_ = 1e-6;
  else if (unit == "nm")
    unit_ = 1e-9;
  else if (unit == "mm")
    unit_ = 1e-3;
  else
    report_.error(node.find("unit")->where, fmt::format("unknown unit \"{}\"", shown(unit)),
                  "write micron, nm or mm");
  if (const Node* include = node.find("include")) {
    const double unit_here = unit_;
    const std::vector<Node> one = {*include};
    for (const Node& item : include->is_list() ? include->items : one) {
      if (!item.is_scalar() || item.text.find('*') != std::string::npos) {
        report_.error(item.where, "an include is one file name", "write the name without wildcards");
        continue;
      }
      file(base::join_path(base::folder_of(path), item.text), item.where, depth + 1);
    }
    unit_ = unit_here;
  }
  rest(node, {"version", "unit", "precision", "include"}, {}, "Header");
}

void Reader::region(const std::string& name, const Node& node, BloxChiplet& chiplet,
                    const std::string& path) {
  if (!map(node, "a region")) return;
  BloxRegion out;
  out.name = name;
  out.where = node.where;
  out.side = text(node, "side", "region " + name, false);
  const std::string bumps = text(node, "bmap", "region " + name, false);
  if (!bumps.empty()) out.bump_map = base::join_path(base::folder_of(path), bumps);
  const Node* coords = node.find("coords");
  if (!coords || !coords->is_list() || coords->items.size() < 3 || coords->items.size() > 4096) {
    report_.error(node.where, fmt::format("region \"{}\" has no outline", shown(name)),
                  "give coords: a list of [x, y]");
    return;
  }
  out.rect = {INFINITY, INFINITY, -INFINITY, -INFINITY};
  for (const Node& item : coords->items) {
    const auto xy = numbers(item, 2, "a corner");
    if (xy.empty()) return;
    out.rect = {std::min(out.rect.x0, xy[0]), std::min(out.rect.y0, xy[1]), std::max(out.rect.x1, xy[0]),
                std::max(out.rect.y1, xy[1])};
  }
  if (coords->items.size() != 4)
    report_.warning(coords->where,
                    fmt::format("region \"{}\" is no rectangle; its bounding box is used", shown(name)));
  rest(node, {"side", "coords", "bmap"}, {"pmap", "layer", "gds_layer"}, "a region");
  if (chiplet.regions.size() >= kMaxChiplets)
    report_.error(node.where, "more than 4096 regions", "merge regions");
  else
    chiplet.regions.push_back(std::move(out));
}

void Reader::chiplet(const std::string& name, const Node& node, const std::string& path) {
  const std::string of = fmt::format("chiplet \"{}\"", shown(name));
  if (!map(node, of)) return;
  BloxChiplet out;
  out.name = name;
  out.where = node.where;
  out.type = text(node, "type", of, true);
  const std::set<std::string> types = {"die", "rdl", "ip", "substrate", "hier"};
  if (!out.type.empty() && !types.count(out.type))
    report_.error(node.find("type")->where, fmt::format("unknown type \"{}\"", shown(out.type)),
                  "write die, rdl, ip, substrate or hier");
  if (const Node* area = node.find("design_area")) {
    const auto v = numbers(*area, 2, "design_area");
    if (!v.empty()) out.size = {v[0], v[1]};
  }
  // The outline is the design area with its seal ring and what remains of the scribe line.
  for (const char* ring : {"seal_ring_width", "scribe_line_remaining_width"})
    if (const Node* widths = node.find(ring)) {
      const auto v = numbers(*widths, 4, ring);
      if (!v.empty()) out.size = {out.size.x + v[0] + v[2], out.size.y + v[1] + v[3]};
    }
  for (const char* ring : {"seal_ring", "scribe_line"})
    if (const Node* widths = node.find(ring); widths && map(*widths, ring))
      for (const char* side : {"left", "right", "bottom", "top"}) {
        const double v = twelve_digits(number(*widths, side, ring, false).value_or(0) * unit_);
        (side[0] == 'l' || side[0] == 'r' ? out.size.x : out.size.y) += v;
      }
  out.thickness = twelve_digits(number(node, "thickness", of, out.type != "hier").value_or(0) * unit_);
  if (const auto shrink = number(node, "shrink", of, false); shrink && *shrink != 1)
    report_.warning(node.find("shrink")->where,
                    fmt::format("shrink {} of {} is not applied to its outline", *shrink, of),
                    "give design_area as it is on silicon");
  out.tsv = text(node, "tsv", of, false) == "true";
  if (out.tsv)
    report_.warning(node.find("tsv")->where,
                    fmt::format("{} has TSVs, but 3Dblox does not say which: none are modelled", of),
                    "add a tsvs field to the die in the design file");
  if (out.type != "hier" && !report_.failed() &&
      !(out.size.x > 0 && out.size.y > 0 && out.thickness > 0 && std::max(out.size.x, out.size.y) < 10))
    report_.error(node.where,
                  fmt::format("{} is {:g} x {:g} x {:g} um", of, out.size.x * 1e6, out.size.y * 1e6,
                              out.thickness * 1e6),
                  "give design_area and thickness greater than zero, in the unit of the header");
  if (const Node* regions = node.find("regions"); regions && map(*regions, "regions"))
    for (const auto& entry : regions->entries) region(entry.key, entry.value, out, path);
  rest(node,
       {"type", "design_area", "seal_ring_width", "scribe_line_remaining_width", "seal_ring", "scribe_line",
        "thickness", "shrink", "tsv", "regions", "offset"},
       {"external"}, of);
  if (out_.chiplets.size() >= kMaxChiplets)
    report_.error(node.where, "more than 4096 chiplet definitions", "leave out those that are not used");
  else if (!out_.chiplets.emplace(name, std::move(out)).second)
    report_.error(node.where, fmt::format("{} is defined twice", of), "rename one of them");
}

void Reader::instances(const Node& node) {
  for (const auto& entry : node.entries) {
    if (!map(entry.value, "a ChipletInst")) continue;
    BloxInstance out;
    out.name = clean_name(entry.key);
    out.where = entry.where;
    references_[out.name] = text(entry.value, "reference", "instance " + shown(entry.key), true);
    rest(entry.value, {"reference"}, {"external", "is_master"}, "a ChipletInst");
    const auto same = [&](const BloxInstance& other) { return other.name == out.name; };
    if (std::any_of(out_.instances.begin(), out_.instances.end(), same))
      report_.error(entry.where, fmt::format("instance \"{}\" is there twice", shown(out.name)),
                    "rename one of them");
    else if (out_.instances.size() >= kMaxChiplets)
      report_.error(entry.where, "more than 4096 instances", "split the design");
    else
      out_.instances.push_back(std::move(out));
  }
}

bool read_orient(const std::string& text, BloxInstance& out) {
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('_', at), text.size());
    const std::string part = text.substr(at, end - at);
    // In the plane a part is turned by quarter turns after an optional mirror about x (MX: y -> -y).
    if (part == "MZ")
      out.flipped = !out.flipped;
    else if (part == "MX")
      out.mirrored = !out.mirrored;
    else if (part == "MY")
      out.mirrored = !out.mirrored, out.quarter_turns += 2;
    else if (part == "R90")
      out.quarter_turns += 1;
    else if (part == "R180")
      out.quarter_turns += 2;
    else if (part == "R270")
      out.quarter_turns += 3;
    else if (part != "R0")
      return false;
    at = end + 1;
  }
  out.quarter_turns %= 4;
  return true;
}

void Reader::stack(const Node& node) {
  for (const auto& entry : node.entries) {
    const std::string name = clean_name(entry.key), of = fmt::format("stack entry \"{}\"", shown(name));
    const auto same = [&](const BloxInstance& other) { return other.name == name; };
    const auto it = std::find_if(out_.instances.begin(), out_.instances.end(), same);
    if (it == out_.instances.end()) {
      report_.error(entry.where, fmt::format("{} is no ChipletInst", of), "declare it under ChipletInst");
      continue;
    }
    if (!map(entry.value, of)) continue;
    const Node* loc = entry.value.find("loc");
    if (!loc)
      report_.error(entry.where, fmt::format("{} has no loc", of), "add loc: [x, y]");
    else if (const auto v = numbers(*loc, 2, "loc"); !v.empty())
      it->low = {v[0], v[1]};
    it->z = twelve_digits(number(entry.value, "z", of, true).value_or(0) * unit_);
    const std::string orient = text(entry.value, "orient", of, true);
    if (!orient.empty() && !read_orient(orient, *it))
      report_.error(entry.value.find("orient")->where,
                    fmt::format("unknown orientation \"{}\"", shown(orient)),
                    "write R0, R90, R180, R270, MX, MY, or MZ before them, joined by _");
    if (std::max({std::abs(it->low.x), std::abs(it->low.y), std::abs(it->z)}) > 10)
      report_.error(entry.where, fmt::format("{} stands farther than 10 m away", of),
                    "check the unit of the header");
    it->placed = true;
    rest(entry.value, {"loc", "z", "orient"}, {}, of);
  }
}

void Reader::connections(const Node& node) {
  for (const auto& entry : node.entries) {
    if (!map(entry.value, "a Connection")) continue;
    BloxConnection out;
    out.name = entry.key;
    out.where = entry.where;
    out.top = text(entry.value, "top", "a connection", false);
    out.bottom = text(entry.value, "bot", "a connection", false);
    out.thickness =
        twelve_digits(number(entry.value, "thickness", "a connection", false).value_or(0) * unit_);
    if (out.thickness < 0)
      report_.error(entry.where, "a connection of negative thickness", "give zero or more");
    rest(entry.value, {"top", "bot", "thickness"}, {}, "a connection");
    if (out_.connections.size() >= kMaxChiplets)
      return report_.error(entry.where, "more than 4096 connections", "merge them");
    out_.connections.push_back(std::move(out));
  }
}

void Reader::file(const std::string& path, const Where& from, int depth) {
  if (!seen_.insert(path).second) return;
  if (depth > 16) return report_.error(from, "includes nested more than 16 deep", "flatten them");
  const std::string* bytes = sources_.read(path, from);
  if (!bytes) return;
  auto ready = define(*bytes, path);
  if (!ready) return;
  if (!ready->empty() && ready->back() != '\n') {  // published examples end so
    report_.warning({path, int(std::count(ready->begin(), ready->end(), '\n')) + 1, 0},
                    "the last line has no newline: it is read as it stands",
                    "check that the file is whole and end it with a newline");
    *ready += '\n';
  }
  base::Diagnostics found;
  const auto root = document::parse(*ready, path, found);
  for (const auto& d : found.all()) {
    if (d.severity == base::Severity::error)
      report_.error(d.where, d.what, d.mend);
    else
      report_.warning(d.where, d.what, d.mend);
  }
  if (!root) {
    if (!report_.failed()) report_.error({path, 0, 0}, "the file could not be read", "check that it is YAML");
    return;
  }
  if (!root->is_map()) return report_.error({path, 1, 0}, "this is no 3Dblox file", "start with Header:");
  if (const Node* node = root->find("Header"))
    header(*node, path, depth);
  else
    report_.warning({path, 1, 0}, "the file has no Header; lengths are taken in micron");
  if (const Node* node = root->find("ChipletDef"); node && map(*node, "ChipletDef"))
    for (const auto& entry : node->entries) chiplet(entry.key, entry.value, path);
  if (const Node* node = root->find("Design"); node && map(*node, "Design")) {
    out_.design = text(*node, "name", "Design", true);
    rest(*node, {"name"}, {"external"}, "Design");
  }
  if (const Node* node = root->find("ChipletInst"); node && map(*node, "ChipletInst")) instances(*node);
  if (const Node* node = root->find("Stack"); node && map(*node, "Stack")) stack(*node);
  if (const Node* node = root->find("Connection"); node && map(*node, "Connection")) connections(*node);
  rest(*root, {"Header", "ChipletDef", "Design", "ChipletInst", "Stack", "Connection"}, {"Path"}, "the file");
}

/// Instances find their definitions once all files are read.
void Reader::resolve() {
  for (auto& instance : out_.instances) {
    const std::string& name = references_[instance.name];
    const auto it = out_.chiplets.find(name);
    if (it == out_.chiplets.end())
      report_.error(instance.where, fmt::format("no chiplet \"{}\" is defined", shown(name)),
                    "include the .3dbv that defines it");
    else
      instance.chiplet = &it->second;
    if (!instance.placed)
      report_.error(instance.where, fmt::format("instance \"{}\" is not placed", instance.name),
                    "give it an entry under Stack");
  }
}

}  // namespace

const BloxRegion* BloxChiplet::region(const std::string& region_name) const {
  for (const auto& r : regions)
    if (r.name == region_name) return &r;
  return nullptr;
}

package::Vec2 BloxInstance::size() const {
  return quarter_turns % 2 ? package::Vec2{chiplet->size.y, chiplet->size.x} : chiplet->size;
}

bool read_threedblox(const std::vector<std::string>& paths, Sources& sources, Report& report, Blox& out) {
  const std::size_t errors = report.errors();
  Reader reader(sources, report, out);
  for (const char* suffix : {".3dbx", ".3dbv"})
    for (const auto& path : paths)
      if ((suffix_of(path) == ".3dbv") == (std::string_view(suffix) == ".3dbv"))
        reader.file(path, {path, 0, 0}, 0);
  if (report.errors() == errors) reader.resolve();
  return report.errors() == errors;
}

}  // namespace bondline::formats
