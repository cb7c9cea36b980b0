#include "line/station/line_file/load_mqtt.h"

#include <algorithm>
#include <cmath>

#include "line/station/line_file/load_broker.h"
#include "line/station/line_file/load_point.h"

namespace bondline::station {

using document::Node;

namespace {

/// Where a value of this tag is published; "" when it can't be written.
std::string write_topic(const TagRow& row, bool writable, base::Diagnostics& d) {
  if (!writable) return "";
  const std::string& topic = row.write_to.empty() ? row.address : row.write_to;
  if (topic.find_first_of("+#") != std::string::npos || !mqtt::is_valid_utf8(topic)) {
    d.error(row.where, "\"" + topic + "\" is no topic to publish under",
            "name one without + and # in the column write_to");
    return "";
  }
  if (row.field.find('[') != std::string::npos)
    d.error(row.where, "a value can't be written into a list (" + row.field + ")",
            "write it to a member by name");
  return topic;
}

}  // namespace

void load_mqtt(base::Files& files, const Node& map, const std::string& name, const base::Where& where,
               LineFile& line, base::Diagnostics& d) {
  MqttMachine machine;
  machine.broker.session.receive_maximum = 1000;
  machine.broker.session.most_packet = 16u << 20;
  if (!read_broker(files, map, *map.find("mqtt"), name, where, line, machine.broker, d)) return;
  gateway::MqttConfig& config = machine.config;
  config.machine = name;
  config.host = machine.broker.host;
  config.port = machine.broker.port;
  mqtt::SessionOptions& session = machine.broker.session;
  session.clean_start = document::read_text(map, "session", "keep") == "clean";
  session.session_expiry_s =
      session.clean_start
          ? 0
          : static_cast<std::uint32_t>(
                std::clamp(document::read_quantity(map, "session_expiry", base::dim::time, 7 * 86400.0, d),
                           1.0, 4294967295.0));
  if (const Node* node = map.find("session_expiry"); node && session.clean_start)
    d.error(node->where, "a clean session is forgotten at once",
            "remove session_expiry, or write session: keep");
  const Node* qos = map.find("qos");
  config.qos = static_cast<std::uint8_t>(qos ? std::atoi(qos->text.c_str()) : 1);
  if (const Node* node = map.find("subscribe"))
    for (const Node& filter : node->items) {
      if (!mqtt::is_valid_filter(filter.text))
        d.error(filter.where, "\"" + filter.text + "\" is no topic filter",
                "write plant/oven/temp, plant/+/temp or plant/#");
      config.subscribe.push_back(filter.text);
    }
  if (const Node* time = map.find("time")) {
    auto format = read_time_format(files, map, d);
    fields::JsonPaths paths;
    std::string problem;
    if (paths.add(time->text, &problem) < 0 || time->text.empty())
      d.error(time->where, problem.empty() ? "time names no member" : problem, "write ts, or data.ts");
    if (format) config.time = gateway::MqttTime{time->text, std::move(*format)};
  } else {
    for (const char* key : {"time_format", "time_zone"})
      if (const Node* node = map.find(key))
        d.error(node->where, std::string(key) + " means nothing without time",
                "say which member holds it: time: ts");
  }
  const auto rows = rows_of(files, map, name, where, line, d);
  if (!rows) return;
  const Thinning thinning = read_thinning(map, d);
  fields::JsonPaths paths;
  bool members = false;
  for (const TagRow& row : *rows) {
    if (!mqtt::is_valid_filter(row.address)) {
      d.error(row.where, "\"" + row.address + "\" is no topic",
              "write plant/oven/temp; + stands for one level, # for all that follow");
      continue;
    }
    std::string problem;
    if (!row.field.empty() && paths.add(row.field, &problem) < 0) {
      d.error(row.where, problem, "write temperature, oven.zones[3].value or /oven/a.b");
      continue;
    }
    if (!config.subscribe.empty() &&
        std::none_of(config.subscribe.begin(), config.subscribe.end(),
                     [&](const std::string& filter) { return gateway::covers(filter, row.address); }))
      d.error(row.where, "nothing that is subscribed to brings \"" + row.address + "\"",
              "add it to subscribe, or leave subscribe out");
    const auto point = load_point(row, name, thinning, true, '.', line, d);
    if (!point) continue;
    gateway::MqttPoint one;
    one.tag = point->first;
    one.format = point->second;
    one.filter = row.address;
    one.whole = row.field.empty();
    one.field = row.field;
    one.write_to = write_topic(row, (*line.tags)[one.tag].writable, d);
    members |= !one.whole;
    config.points.push_back(std::move(one));
  }
  if (config.time && !members)
    d.error(map.find("time")->where, "no tag is a member of a JSON document, so none has its time",
            "remove time, or fill the column field");
  line.machines.push_back({name, where, std::move(machine)});
}

}  // namespace bondline::station
