#include "line/station/line_file/tag_row.h"

#include <charconv>
#include <cmath>

#include "base/unit_conversion.h"

namespace bondline::station {

using document::Node;

std::optional<std::vector<TagRow>> read_rows(base::Files& files, const Node& node, const char* what,
                                             const LineFile& line, base::Diagnostics& d) {
  const std::string path = base::join_path(base::folder_of(line.path), node.text);
  base::FileProblem problem;
  const auto text = files.read(path, &problem, 256u << 20);
  if (text) return read_tag_file(*text, path, d);
  d.error(node.where, std::string("the ") + what + " " + path + " can't be read: " + problem,
          "name a CSV file with the columns name, address, type ...");
  return std::nullopt;
}

std::optional<std::vector<TagRow>> rows_of(base::Files& files, const Node& map, const std::string& machine,
                                           const base::Where& where, const LineFile& line,
                                           base::Diagnostics& d) {
  if (const Node* tags = map.find("tags")) return read_rows(files, *tags, "tag file", line, d);
  d.error(where, "machine \"" + machine + "\" has no tags",
          "name a tag file: tags: " + machine + ".tags.csv");
  return std::nullopt;
}

std::optional<double> number(const std::string& text, const char* column, const base::Where& where,
                             base::Diagnostics& d) {
  if (text.empty()) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size() && std::isfinite(value)) return value;
  d.error(where, std::string(column) + " \"" + text + "\" is no number", "write 0.1, -40, 1e3 ...");
  return std::nullopt;
}

bool read_writable(const TagRow& row, base::Diagnostics& d) {
  const std::string& said = row.writable;
  if (said == "yes" || said == "true" || said == "1") return true;
  if (!said.empty() && said != "no" && said != "false" && said != "0")
    d.error(row.where, "writable \"" + said + "\" is neither yes nor no", "write yes or no");
  return false;
}

bool convert_units(const TagRow& row, double& scale, double& offset, base::Diagnostics& d) {
  if (row.raw_unit.empty()) return true;
  if (row.unit.empty()) {
    d.error(row.where, "raw_unit \"" + row.raw_unit + "\" is to be turned into what?",
            "fill the column unit");
    return false;
  }
  std::string problem, mend;
  const auto conversion = base::conversion_between(row.raw_unit, row.unit, &problem, &mend);
  if (!conversion) {
    d.error(row.where, "raw_unit can't be turned into unit: " + problem, mend);
    return false;
  }
  scale *= conversion->scale;
  offset = offset * conversion->scale + conversion->offset;
  return true;
}

tags::Tag tag_of(const TagRow& row, const std::string& machine, base::Diagnostics& d) {
  tags::Tag tag;
  tag.name = machine + "." + row.name;
  tag.machine = machine;
  tag.path = row.path;
  tag.unit = row.unit;
  tag.where = row.where;
  tag.low = number(row.low, "low", row.where, d);
  tag.high = number(row.high, "high", row.where, d);
  tag.writable = read_writable(row, d);
  if (row.name.empty()) d.error(row.where, "the tag has no name", "fill the column \"name\"");
  if (tag.low && tag.high && *tag.low > *tag.high) d.error(row.where, "low is above high", "exchange them");
  return tag;
}

std::optional<tags::TagId> add_tag(LineFile& line, const tags::Tag& tag, base::Diagnostics& d) {
  const auto id = line.tags->add(tag);
  if (!id)
    d.error(tag.where,
            "tag \"" + tag.name + "\" is there already, at " +
                base::to_text((*line.tags)[*line.tags->find(tag.name)].where),
            "give it another name");
  return id;
}

}  // namespace bondline::station
