#include "line/station/line_file/load_point.h"

#include <charconv>
#include <cmath>

#include "base/unit_conversion.h"

namespace bondline::station {

using document::Node;

namespace {

std::optional<double> number(const std::string& text, const char* column, const base::Where& where,
                             base::Diagnostics& d) {
  if (text.empty()) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size() && std::isfinite(value)) return value;
  d.error(where, std::string(column) + " \"" + text + "\" is no number", "write 0.1, -40, 1e3 ...");
  return std::nullopt;
}

}  // namespace

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

std::optional<std::pair<tags::TagId, fields::Format>> load_point(const TagRow& row,
                                                                 const std::string& machine,
                                                                 const Thinning& thinning, bool may_write,
                                                                 char decimal, LineFile& line,
                                                                 base::Diagnostics& d) {
  const std::size_t before = d.all().size();
  for (const auto& [text, column] :
       {std::pair(&row.order, "order"), std::pair(&row.device, "device"), std::pair(&row.poll, "poll")})
    if (!text->empty())
      d.error(row.where, std::string(column) + " is a column for Modbus machines", "leave it empty");
  auto format = fields::format_of(row.type.empty() ? "float64" : row.type);
  if (!format) {
    d.error(row.where, "there is no type \"" + row.type + "\"",
            "write bool, int16 ... uint64, float32, float64 or string");
    return std::nullopt;
  }
  format->decimal = decimal;
  double scale = number(row.scale, "scale", row.where, d).value_or(1);
  double offset = number(row.offset, "offset", row.where, d).value_or(0);
  if (scale == 0) {
    d.error(row.where, "a scale of 0 leaves nothing of the value", "leave it empty for 1");
    return std::nullopt;
  }
  convert_units(row, scale, offset, d);
  if (!fields::scale_by(*format, scale, offset))
    d.error(row.where, "a " + row.type + " can't be scaled", "leave scale, offset and raw_unit empty");
  tags::Tag tag;
  tag.name = machine + "." + row.name;
  tag.machine = machine;
  tag.path = row.path;
  tag.unit = row.unit;
  tag.type = format->type;
  tag.address = row.address + (row.field.empty() ? "" : " " + row.field);
  tag.scale = scale;
  tag.offset = offset;
  tag.where = row.where;
  tag.low = number(row.low, "low", row.where, d);
  tag.high = number(row.high, "high", row.where, d);
  if (row.name.empty()) d.error(row.where, "the tag has no name", "fill the column \"name\"");
  if (tag.low && tag.high && *tag.low > *tag.high) d.error(row.where, "low is above high", "exchange them");
  if (row.writable == "yes" || row.writable == "true" || row.writable == "1")
    tag.writable = true;
  else if (!row.writable.empty() && row.writable != "no" && row.writable != "false" && row.writable != "0")
    d.error(row.where, "writable \"" + row.writable + "\" is neither yes nor no", "write yes or no");
  if (tag.writable && !may_write)
    d.error(row.where, "tags of this machine can't be written", "leave writable empty");
  if (!row.write_to.empty() && !tag.writable)
    d.error(row.where, "write_to says where a value goes, but the tag is not writable",
            "write yes under writable, or leave write_to empty");
  if (d.all().size() > before) return std::nullopt;
  const auto id = line.tags->add(tag);
  if (!id) {
    d.error(row.where,
            "tag \"" + tag.name + "\" is there already, at " +
                base::to_text((*line.tags)[*line.tags->find(tag.name)].where),
            "give it another name");
    return std::nullopt;
  }
  thin_out(line, *id, thinning, read_thinning(row, d), d);
  return std::pair(*id, *format);
}

std::optional<std::vector<TagRow>> rows_of(base::Files& files, const Node& map, const std::string& machine,
                                           const base::Where& where, const LineFile& line,
                                           base::Diagnostics& d) {
  const Node* tags = map.find("tags");
  if (!tags) {
    d.error(where, "machine \"" + machine + "\" has no tags",
            "name a tag file: tags: " + machine + ".tags.csv");
    return std::nullopt;
  }
  const std::string path = base::join_path(base::folder_of(line.path), tags->text);
  base::FileProblem problem;
  const auto text = files.read(path, &problem, 256u << 20);
  if (!text) {
    d.error(tags->where, "the tag file " + path + " can't be read: " + problem,
            "name a CSV file with the columns name, address, type ...");
    return std::nullopt;
  }
  return read_tag_file(*text, path, d);
}

std::optional<fields::TimeFormat> read_time_format(base::Files& files, const Node& map,
                                                   base::Diagnostics& d) {
  fields::Zone zone = fields::Zone::fixed(0);
  if (const Node* node = map.find("time_zone")) {
    std::optional<fields::Zone> known = fields::Zone::of_offset(node->text);
    const bool name = !node->text.empty() && node->text.find("..") == std::string::npos &&
                      node->text.front() != '/' && node->text.front() != '+' && node->text.front() != '-';
    if (!known && name) {
      base::FileProblem problem;
      const auto bytes = files.read("/usr/share/zoneinfo/" + node->text, &problem, 1u << 20);
      if (bytes) known = fields::Zone::of_tzif(*bytes);
    }
    if (!known) {
      d.error(node->where, "\"" + node->text + "\" is no time zone this box knows",
              "write UTC, +01:00, or a name like Europe/Berlin (package tzdata)");
      return std::nullopt;
    }
    zone = std::move(*known);
  }
  const Node* node = map.find("time_format");
  std::string problem;
  auto format = fields::time_format_of(node ? node->text : "iso", std::move(zone), &problem);
  if (!format) d.error(node->where, problem, "write iso, unix, unix ms, or a pattern: %d.%m.%Y %H:%M:%S");
  return format;
}

}  // namespace bondline::station
