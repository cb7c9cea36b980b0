#include "line/station/line_file/load_modbus.h"

#include <charconv>
#include <cmath>
#include <filesystem>
#include <set>

#include "line/station/line_file/keys.h"
#include "line/station/line_file/load_rules.h"
#include "line/station/line_file/tag_row.h"
#include "net/serial.h"

namespace bondline::station {

using document::Node;
using gateway::ModbusConfig;
using gateway::ModbusTransport;

namespace {

/// "HOST[:PORT]"
bool read_host(std::string_view text, std::uint16_t default_port, ModbusConfig& config) {
  config.port = default_port;
  const std::size_t colon = text.rfind(':');
  if (colon != std::string_view::npos && text.find(']', colon) == std::string_view::npos) {
    unsigned port = 0;
    const auto digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port < 1 || port > 65535)
      return false;
    config.port = static_cast<std::uint16_t>(port);
    text = text.substr(0, colon);
  }
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  config.host = text;
  return !config.host.empty();
}

/// One row of the tag file as tag and point.
void load_row(const TagRow& row, const std::string& machine, const Thinning& thinning, LineFile& line,
              ModbusConfig& config, base::Diagnostics& d) {
  std::string problem;
  const auto address = modbus::address_of(row.address, &problem);
  if (!address) {
    tell_problem(problem, "write hr:107, which counts from 0, or 40108, which counts from 1", row.where, d);
    return;
  }
  const bool single = !modbus::is_register(address->table) || address->bit >= 0;
  const auto format =
      modbus::format_of(row.type.empty() ? (single ? "bool" : "uint16") : row.type, row.order, &problem);
  if (!format) {
    tell_problem(problem, "docs/formats/tags.md lists types and orders", row.where, d);
    return;
  }
  if (single && format->raw != modbus::Raw::boolean) {
    d.error(row.where, "a " + row.type + " does not fit into the one bit at " + row.address,
            "make it bool, or name a register");
    return;
  }
  if (modbus::is_register(address->table) && address->offset + modbus::registers_of(*format) > 65536) {
    d.error(row.where, "a " + row.type + " at " + row.address + " reaches beyond register 65535",
            "name a lower address");
    return;
  }
  tags::Tag tag = tag_of(row, machine, d);
  tag.address = row.address;
  const auto scale = number(row.scale, "scale", row.where, d);
  tag.scale = scale.value_or(1);
  tag.offset = number(row.offset, "offset", row.where, d).value_or(0);
  if (scale && *scale == 0)
    d.error(row.where, "a scale of 0 leaves nothing of the value", "leave it empty for 1");
  convert_units(row, tag.scale, tag.offset, d);
  for (const auto& [text, column] : {std::pair(&row.field, "field"), std::pair(&row.write_to, "write_to")})
    if (!text->empty())
      d.error(row.where, std::string(column) + " is a column for machines that speak MQTT", "leave it empty");
  tag.type = modbus::type_of(format->raw);
  if (tag.scale != 1 || tag.offset != 0) {
    if (tag.type == tags::ValueType::text || tag.type == tags::ValueType::boolean)
      d.error(row.where, "a " + row.type + " can't be scaled", "leave scale, offset and raw_unit empty");
    tag.type = tags::ValueType::f64;
  }
  if (tag.writable && !modbus::is_writable(address->table))
    d.error(row.where, row.address + " can't be written", "Modbus writes coils and holding registers only");
  gateway::ModbusPoint point;
  point.address = *address;
  point.format = *format;
  if (!row.poll.empty()) {
    const auto poll = base::parse_as(row.poll, base::dim::time);
    const double seconds = poll.quantity ? poll.quantity->value : 0;
    if (!(seconds >= 0.001 && seconds <= 86400))
      d.error(row.where, "poll \"" + row.poll + "\" is no time between polls",
              "write 100 ms, 1 s ...: 1 ms to 1 day");
    else
      point.poll = nanoseconds_of(seconds);
  }
  if (!row.device.empty()) {
    const auto unit = number(row.device, "device", row.where, d);
    if (unit && (*unit < 1 || *unit > 255 || *unit != std::floor(*unit)))
      d.error(row.where, "device " + row.device + " is no unit identifier", "write 1 to 255");
    else if (unit)
      point.unit = static_cast<std::uint8_t>(*unit);
  }
  const auto id = add_tag(line, tag, d);
  if (!id) return;
  thin_out(line, *id, thinning, read_thinning(row, d), d);
  point.tag = *id;
  config.points.push_back(point);
}

/// Values that share registers and say different things of them: one of them is wrong, mostly by one. Where
/// one lies within the other the device may mean it (a long and its words); where they only touch none does.
void check_overlaps(const LineFile& line, const ModbusConfig& config, base::Diagnostics& d) {
  using Place = std::tuple<int, modbus::Table, int>;
  std::map<Place, const gateway::ModbusPoint*> taken;
  for (const auto& point : config.points) {
    if (!modbus::is_register(point.address.table) || point.address.bit >= 0) continue;
    const int unit = point.unit ? point.unit : config.unit;
    const int first = point.address.offset, end = first + modbus::registers_of(point.format);
    for (int r = first; r < end; ++r) {
      const auto [it, fresh] = taken.emplace(Place{unit, point.address.table, r}, &point);
      if (fresh) continue;
      const auto& other = *it->second;
      if (other.address == point.address && other.format == point.format) break;
      const int other_first = other.address.offset;
      const int other_end = other_first + modbus::registers_of(other.format);
      const bool within =
          (first >= other_first && end <= other_end) || (other_first >= first && other_end <= end);
      const std::string what = "\"" + (*line.tags)[point.tag].name + "\" and \"" +
                               (*line.tags)[other.tag].name + "\" overlap in " +
                               modbus::to_text({point.address.table, static_cast<std::uint16_t>(r), -1});
      const base::Where& where = (*line.tags)[point.tag].where;
      if (within)
        d.warning(where, what, "are the addresses off by one? hr:107 is what vendors call 40108");
      else
        d.error(where, what + ", neither within the other",
                "one address is wrong, mostly by one: hr:107 is what vendors call 40108");
      break;
    }
  }
}

}  // namespace

void tell_problem(const std::string& problem, const char* mend, const base::Where& where,
                  base::Diagnostics& d) {
  const std::size_t end = problem.find("; ");
  if (end == std::string::npos)
    d.error(where, problem, mend);
  else
    d.error(where, problem.substr(0, end), problem.substr(end + 2));
}

bool read_modbus_address(const Node& node, ModbusConfig& config, base::Diagnostics& d) {
  const std::string_view text = node.text;
  bool good = false;
  if (text.starts_with("tcp://")) {
    config.transport = ModbusTransport::tcp;
    good = read_host(text.substr(6), 502, config);
  } else if (text.starts_with("rtu-over-tcp://")) {
    config.transport = ModbusTransport::rtu_over_tcp;
    good = read_host(text.substr(15), 502, config);
  } else if (text.starts_with("rtu:") && text.size() > 4) {
    config.transport = ModbusTransport::rtu;
    config.serial_path = text.substr(4);
    good = true;
  }
  if (!good)
    d.error(node.where, "\"" + node.text + "\" is no Modbus device",
            "write tcp://10.0.3.21, rtu-over-tcp://10.0.3.22:4001 or rtu:/dev/serial/by-id/NAME");
  return good;
}

void read_serial(const Node& map, ModbusConfig& config, base::Diagnostics& d) {
  const Node *baud = map.find("baud"), *stop_bits = map.find("stop_bits");
  config.serial.baud = baud ? std::atoi(baud->text.c_str()) : 19200;
  const std::string parity = document::read_text(map, "parity", "even");
  config.serial.parity = parity == "none"  ? net::Parity::none
                         : parity == "odd" ? net::Parity::odd
                                           : net::Parity::even;
  config.serial.stop_bits = stop_bits ? std::atoi(stop_bits->text.c_str()) : 1;
  if (config.transport == ModbusTransport::rtu) return;
  for (const char* key : {"baud", "parity", "stop_bits"})
    if (const Node* node = map.find(key))
      d.error(node->where, "a network device has no \"" + std::string(key) + "\"", "remove it");
}

void claim_serial_port(const Node& named, const base::Where& where, const std::string& name,
                       const ModbusConfig& config, SerialPorts& ports, base::Diagnostics& d) {
  const std::string stable = net::stable_name_of(config.serial_path);
  if (!stable.empty() && stable != config.serial_path && config.serial_path.starts_with("/dev/tty"))
    d.warning(named.where, config.serial_path + " may be another port after a restart",
              "name it rtu:" + stable);
  // By whatever links and detours it is named.
  std::error_code none;
  const std::string real = std::filesystem::weakly_canonical(config.serial_path, none).string();
  const auto [it, fresh] = ports.emplace(real.empty() ? config.serial_path : real, name);
  if (!fresh)
    d.error(
        where,
        "machines \"" + it->second + "\" and \"" + name + "\" use the same serial port " + config.serial_path,
        "make them one machine and tell its devices apart by the tag file's column \"device\"");
}

void load_modbus(base::Files& files, const Node& map, const std::string& name, const base::Where& where,
                 LineFile& line, SerialPorts& ports, base::Diagnostics& d) {
  ModbusConfig config;
  config.machine = name;
  if (!read_modbus_address(*map.find("modbus"), config, d)) return;
  config.unit = static_cast<std::uint8_t>(whole(map, "unit", 1));
  config.poll = duration(map, "poll", 1, d);
  config.timeout = duration(map, "timeout", 1, d);
  config.pipeline = whole(map, "pipeline", 0);
  config.limits.most_registers = static_cast<std::uint16_t>(whole(map, "max_registers", 125));
  config.cost.request = whole(map, "gap", 60);
  read_serial(map, config, d);
  if (config.transport == ModbusTransport::rtu)
    claim_serial_port(*map.find("modbus"), where, name, config, ports, d);
  const auto rows = rows_of(files, map, name, where, line, d);
  if (!rows) return;
  const Thinning thinning = read_thinning(map, d);
  for (const TagRow& row : *rows) load_row(row, name, thinning, line, config, d);
  check_overlaps(line, config, d);
  line.machines.push_back({name, where, std::move(config)});
}

}  // namespace bondline::station
