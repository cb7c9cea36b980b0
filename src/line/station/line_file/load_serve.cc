#include "line/station/line_file/load_serve.h"

#include <cmath>

#include "line/station/line_file/keys.h"
#include "line/station/line_file/tag_row.h"

namespace bondline::station {

using document::Node;
using gateway::ModbusServeConfig;
using gateway::ModbusTransport;
using gateway::ServedPoint;

namespace {

/// The form of a tag whose row names none: the one that loses nothing.
const char* form_of(const tags::Tag& tag, const modbus::Address& address) {
  if (!modbus::is_register(address.table) || address.bit >= 0) return "bool";
  switch (tag.type) {
    case tags::ValueType::boolean:
      return "bool";
    case tags::ValueType::i64:
      return "int64";
    case tags::ValueType::u64:
      return "uint64";
    case tags::ValueType::f32:
      return "float32";
    case tags::ValueType::f64:
      return "float64";
    case tags::ValueType::text:
      break;
  }
  return "";
}

/// One row of the register table; false with an error.
bool load_row(const TagRow& row, const LineFile& line, std::uint8_t unit, ServedPoint& point,
              base::Diagnostics& d) {
  const std::size_t before = d.all().size();
  const auto id = line.tags->find(row.name);
  if (!id) {
    std::vector<std::string> known;
    for (const tags::Tag& tag : line.tags->all())
      if (line.tags->find(tag.name)) known.push_back(tag.name);
    const std::string near = document::nearest(row.name, known);
    d.error(row.where, "there is no tag \"" + row.name + "\" to serve",
            near.empty() ? "name a tag of the line: MACHINE.NAME or rules.NAME"
                         : "did you mean \"" + near + "\"?");
    return false;
  }
  for (const auto& [column, text] : {std::pair{"unit", &row.unit},
                                     {"path", &row.path},
                                     {"low", &row.low},
                                     {"high", &row.high},
                                     {"poll", &row.poll},
                                     {"deadband", &row.deadband},
                                     {"silence", &row.silence},
                                     {"keep_every", &row.keep_every},
                                     {"stale", &row.stale}})
    if (!text->empty())
      d.error(row.where, std::string("a served tag has no \"") + column + "\"",
              "name, address, type, order, scale, offset, writable and device are what is asked for");
  const tags::Tag& tag = (*line.tags)[*id];
  std::string problem;
  const auto address = modbus::address_of(row.address, &problem);
  if (!address) {
    tell_problem(problem, "write hr:107, which counts from 0, or 40108, which counts from 1", row.where, d);
    return false;
  }
  const std::string form = row.type.empty() ? form_of(tag, *address) : row.type;
  if (form.empty()) {
    d.error(row.where, "how long the text \"" + tag.name + "\" may be is not said", "write type: string(16)");
    return false;
  }
  const auto format = modbus::format_of(form, row.order, &problem);
  if (!format) {
    tell_problem(problem, "docs/formats/tags.md lists types and orders", row.where, d);
    return false;
  }
  const bool single = !modbus::is_register(address->table) || address->bit >= 0;
  if (single && format->raw != modbus::Raw::boolean)
    d.error(row.where, "a " + form + " does not fit into the one bit at " + row.address,
            "make it bool, or name a register");
  if ((format->raw == modbus::Raw::text) != (tag.type == tags::ValueType::text))
    d.error(
        row.where,
        "\"" + tag.name + "\" is " + std::string(tags::name_of(tag.type)) + " and can't be served as " + form,
        "give it another type");
  const int width = single ? 1 : modbus::registers_of(*format);
  if (width > modbus::kMostReadRegisters)
    d.error(row.where, "no master can read " + form + " at once", "make it string(250) at most");
  if (address->offset + width > 65536)
    d.error(row.where, "a " + form + " at " + row.address + " reaches beyond register 65535",
            "name a lower address");
  point.tag = *id;
  point.address = *address;
  point.format = *format;
  point.unit = unit;
  point.scale = number(row.scale, "scale", row.where, d).value_or(1);
  point.offset = number(row.offset, "offset", row.where, d).value_or(0);
  if (point.scale == 0)
    d.error(row.where, "a scale of 0 leaves nothing of the value", "leave it empty for 1");
  if ((point.scale != 1 || point.offset != 0) && (single || format->raw == modbus::Raw::text))
    d.error(row.where, "a " + form + " can't be scaled", "leave scale and offset empty");
  if (!row.device.empty()) {
    const double device = number(row.device, "device", row.where, d).value_or(1);
    if (device < 1 || device > 247 || device != std::floor(device))
      d.error(row.where, "device " + row.device + " is no unit identifier", "write 1 to 247");
    else
      point.unit = static_cast<std::uint8_t>(device);
  }
  point.writable = read_writable(row, d);
  if (point.writable && !modbus::is_writable(address->table))
    d.error(row.where, row.address + " can't be written", "Modbus writes coils and holding registers only");
  if (point.writable && !tag.writable)
    d.error(row.where, "\"" + tag.name + "\" can't be written, so no master may write it",
            "mark it writable where its machine names it, or leave writable empty here");
  return d.all().size() == before;
}

/// Every register has one meaning; bits of one register may be several tags.
void check_overlaps(const std::vector<ServedPoint>& points, const std::vector<TagRow>& rows,
                    const LineFile& line, base::Diagnostics& d) {
  struct Taken {
    const ServedPoint* whole = nullptr;
    const ServedPoint* bits[16] = {};
  };
  std::map<std::tuple<int, modbus::Table, int>, Taken> taken;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const ServedPoint& point = points[i];
    const bool single = !modbus::is_register(point.address.table) || point.address.bit >= 0;
    for (int r = 0; r < (single ? 1 : modbus::registers_of(point.format)); ++r) {
      Taken& place = taken[{point.unit, point.address.table, point.address.offset + r}];
      const ServedPoint* other = place.whole;
      if (point.address.bit < 0)
        for (const ServedPoint* bit : place.bits) other = other ? other : bit;
      else if (!other)
        other = place.bits[point.address.bit];
      if (other) {
        d.error(
            rows[i].where,
            "\"" + (*line.tags)[point.tag].name + "\" and \"" + (*line.tags)[other->tag].name +
                "\" are served in the same place, " +
                modbus::to_text({point.address.table, static_cast<std::uint16_t>(point.address.offset + r),
                                 point.address.bit}),
            "give one of them another address; is it off by one? hr:107 is what vendors call 40108");
        break;
      }
      (point.address.bit < 0 ? place.whole : place.bits[point.address.bit]) = &point;
    }
  }
}

}  // namespace

void load_serve(base::Files& files, const Node& map, const std::string& name, const base::Where& where,
                LineFile& line, SerialPorts& ports, base::Diagnostics& d) {
  gateway::ModbusConfig asked;  // read as a machine's address is
  if (!read_modbus_address(*map.find("modbus"), asked, d)) return;
  read_serial(map, asked, d);
  if (asked.transport == ModbusTransport::rtu)
    claim_serial_port(*map.find("modbus"), where, "serve." + name, asked, ports, d);
  ServeTarget target;
  target.name = name;
  target.where = where;
  ModbusServeConfig& config = target.config;
  config.name = name;
  config.transport = asked.transport;
  config.host = asked.host == "*" ? "" : asked.host;
  config.port = asked.port;
  config.serial_path = asked.serial_path;
  config.serial = asked.serial;
  config.identity = {"Bondline", line.name, "line/1"};
  if (const Node* allow = map.find("allow"))
    for (const Node& address : allow->items) config.allow.push_back(address.text);
  if (config.transport != ModbusTransport::rtu)
    for (const ServeTarget& other : line.serves)
      if (other.config.transport != ModbusTransport::rtu && other.config.port == config.port &&
          (other.config.host == config.host || other.config.host.empty() || config.host.empty()))
        d.error(where,
                "\"" + other.name + "\" and \"" + name + "\" listen on the same port " +
                    std::to_string(config.port),
                "give one of them another port, or tell them apart by the column \"device\"");
  const Node& tags = *map.find("tags");
  const auto table = read_rows(files, tags, "register table", line, d);
  if (!table) return;
  const auto unit = static_cast<std::uint8_t>(whole(map, "unit", 1));
  std::vector<TagRow> rows;
  for (const TagRow& row : *table) {
    ServedPoint point;
    if (!load_row(row, line, unit, point, d)) continue;
    config.points.push_back(point);
    rows.push_back(row);
  }
  if (config.points.empty() && !d.has_errors())
    d.error(tags.where, "the register table " + tags.text + " names no tag", "name one: name,address,type");
  check_overlaps(config.points, rows, line, d);
  // What other files say of the tags matters as well.
  for (const ServedPoint& point : config.points) {
    const tags::Tag& tag = (*line.tags)[point.tag];
    target.said += std::to_string(point.tag) + " " + std::string(tags::name_of(tag.type)) + " " +
                   (tag.low ? std::to_string(*tag.low) : "") + " " +
                   (tag.high ? std::to_string(*tag.high) : "") + "\n";
  }
  line.serves.push_back(std::move(target));
}

}  // namespace bondline::station
