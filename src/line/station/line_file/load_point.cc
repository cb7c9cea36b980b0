#include "line/station/line_file/load_point.h"

namespace bondline::station {

using document::Node;

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
  tags::Tag tag = tag_of(row, machine, d);
  tag.type = format->type;
  tag.address = row.address + (row.field.empty() ? "" : " " + row.field);
  tag.scale = scale;
  tag.offset = offset;
  if (tag.writable && !may_write)
    d.error(row.where, "tags of this machine can't be written", "leave writable empty");
  if (!row.write_to.empty() && !tag.writable)
    d.error(row.where, "write_to says where a value goes, but the tag is not writable",
            "write yes under writable, or leave write_to empty");
  if (d.all().size() > before) return std::nullopt;
  const auto id = add_tag(line, tag, d);
  if (!id) return std::nullopt;
  thin_out(line, *id, thinning, read_thinning(row, d), d);
  return std::pair(*id, *format);
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
