#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "base/hash.h"
#include "line/station/line_file.h"
#include "line/station/line_file/load_http.h"
#include "line/station/line_file/load_modbus.h"
#include "line/station/line_file/load_rules.h"

namespace bondline::station {

using document::Node;

namespace {

std::chrono::nanoseconds duration(const Node& map, const char* key, double otherwise_s,
                                  base::Diagnostics& d) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(
      std::llround(document::read_quantity(map, key, base::dim::time, otherwise_s, d) * 1e9)));
}

int whole(const Node& map, const char* key, int otherwise) {
  const Node* node = map.find(key);
  return node ? std::atoi(node->text.c_str()) : otherwise;
}

/// "mqtt://host:1883" into its parts; false with a diagnostic when it is something else.
bool read_address(const Node& node, std::string_view scheme, std::uint16_t default_port, std::string& host,
                  std::uint16_t& port, base::Diagnostics& d) {
  std::string_view rest = node.text;
  const std::string example = fmt::format("{}broker.plant:{}", scheme, default_port);
  if (!rest.starts_with(scheme)) {
    d.error(node.where, "\"" + node.text + "\" is no address this sink can reach", "write " + example);
    return false;
  }
  rest.remove_prefix(scheme.size());
  port = default_port;
  const std::size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos) {
    unsigned number = 0;
    const auto digits = rest.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{} || end != digits.data() + digits.size() || number < 1 || number > 65535) {
      d.error(node.where, "\"" + std::string(digits) + "\" is no port", "write " + example);
      return false;
    }
    port = static_cast<std::uint16_t>(number);
    rest = rest.substr(0, colon);
  }
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  host = rest;
  if (host.empty()) d.error(node.where, "the address names no host", "write " + example);
  return !host.empty();
}

std::uint64_t read_bytes(const Node& node, base::Diagnostics& d) {
  double number = 0;
  const char* end = node.text.data() + node.text.size();
  const auto [at, error] = std::from_chars(node.text.data(), end, number);
  std::string_view unit(at, static_cast<std::size_t>(end - at));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  static const std::map<std::string_view, double> kUnits = {
      {"B", 1},       {"kB", 1e3},     {"MB", 1e6},     {"GB", 1e9},    {"TB", 1e12},
      {"KiB", 1024.}, {"MiB", 0x1p20}, {"GiB", 0x1p30}, {"TiB", 0x1p40}};
  const auto found = kUnits.find(unit);
  if (error != std::errc{} || found == kUnits.end() || !(number > 0) || number * found->second < 1e6 ||
      number * found->second > 1e18) {
    d.error(node.where, "\"" + node.text + "\" is no size of a store",
            "write 500 MB, 10 GB ...; at least 1 MB");
    return 0;
  }
  return static_cast<std::uint64_t>(number * found->second);
}

void load_sim(const Node& map, const std::string& name, const base::Where& where, LineFile& line,
              base::Diagnostics& d) {
  gateway::SimConfig config;
  config.machine = name;
  config.model = map.find("sim")->text;
  config.size = whole(map, "size", 8);
  config.seed = static_cast<std::uint64_t>(whole(map, "seed", 1));
  config.poll = duration(map, "poll", 0.1, d);
  for (const char* key :
       {"tags", "unit", "timeout", "pipeline", "max_registers", "gap", "baud", "parity", "stop_bits"})
    if (const Node* node = map.find(key))
      d.error(node->where, "a simulated machine has no \"" + std::string(key) + "\"", "remove it");
  const Thinning thinning = read_thinning(map, d);
  for (tags::Tag& tag : gateway::sim_tags(config)) {
    tag.where = where;
    if (const auto id = line.tags->add(std::move(tag))) thin_out(line, *id, thinning, {}, d);
  }
  line.machines.push_back({name, where, config});
}

/// Reads certificates now, so that a wrong one is told before anything is opened.
void load_tls(const Node& map, bool secured, const base::Where& where, const LineFile& line, MqttTarget& sink,
              base::Diagnostics& d) {
  if (!secured) {
    for (const char* key : {"ca", "certificate", "key", "server_name"})
      if (const Node* node = map.find(key))
        d.error(node->where, "\"" + std::string(key) + "\" means nothing without TLS",
                "write mqtts:// instead of mqtt://");
    return;
  }
  net::TlsOptions options;
  const auto file = [&](const char* key) {
    const Node* node = map.find(key);
    return node ? base::join_path(base::folder_of(line.path), node->text) : std::string();
  };
  options.ca = file("ca");
  options.certificate = file("certificate");
  options.key = file("key");
  options.name = document::read_text(map, "server_name");
  if (options.certificate.empty() != options.key.empty())
    d.error(map.find(options.key.empty() ? "certificate" : "key")->where, "certificate and key go together",
            "name both, or neither");
  std::string problem;
  sink.tls = net::TlsContext::make(options, &problem);
  if (!sink.tls) d.error(where, problem, "name PEM files that can be read");
}

void load_sink(base::Files& files, const Node& map, const std::string& name, const base::Where& where,
               LineFile& line, base::Diagnostics& d) {
  const Node* address = map.find("mqtt");
  if (address && map.find("http")) {
    d.error(where, "sink \"" + name + "\" is said to be both a broker and a web address",
            "make two sinks of it: each has its own place in the log");
    return;
  }
  if (map.find("http")) return load_http(files, map, name, where, line, d);
  if (!address) {
    d.error(where, "sink \"" + name + "\" says nothing this version can send to",
            "give it mqtt: \"mqtt://HOST\" or http: \"https://HOST/PATH\"");
    return;
  }
  for (const char* key : {"token_file", "every", "timeout", "refused"})
    if (const Node* node = map.find(key))
      d.error(node->where, "an MQTT sink has no \"" + std::string(key) + "\"", "remove it");
  MqttTarget sink;
  const bool secured = address->text.starts_with("mqtts://");
  if (!read_address(*address, secured ? "mqtts://" : "mqtt://", secured ? 8883 : 1883, sink.host, sink.port,
                    d))
    return;
  load_tls(map, secured, where, line, sink, d);
  sink.session.version =
      document::read_text(map, "version", "5") == "5" ? mqtt::Version::v5 : mqtt::Version::v311;
  sink.session.client_id = document::read_text(map, "client_id", "bondline-" + line.name + "-" + name);
  sink.session.keep_alive_s = static_cast<std::uint16_t>(
      std::clamp(document::read_quantity(map, "keep_alive", base::dim::time, 30, d), 1.0, 65535.0));
  sink.session.most_in_flight = static_cast<std::size_t>(whole(map, "in_flight", 100));
  if (map.find("user")) sink.session.user_name = document::read_text(map, "user");
  if (const Node* file = map.find("password_file")) {
    base::FileProblem problem;
    const auto text = files.read(base::join_path(base::folder_of(line.path), file->text), &problem, 1u << 16);
    if (!text)
      d.error(file->where, "the password file can't be read: " + problem,
              "name a file whose first line is the password");
    else
      sink.session.password = text->substr(0, text->find_first_of("\r\n"));
  }
  sink.topic = document::read_text(map, "topic", "bondline/" + line.name);
  sink.state_topic = document::read_text(map, "state_topic", "bondline/" + line.name + "/state");
  for (const std::string* topic : {&sink.topic, &sink.state_topic})
    if (topic->find_first_of("+#") != std::string::npos || topic->empty() || !mqtt::is_valid_utf8(*topic))
      d.error(map.find(topic == &sink.topic ? "topic" : "state_topic")
                  ? map.find(topic == &sink.topic ? "topic" : "state_topic")->where
                  : where,
              "\"" + *topic + "\" is no topic to publish under", "no +, no #, not empty");
  sink.qos = static_cast<std::uint8_t>(whole(map, "qos", 1));
  sink.payload = document::read_text(map, "payload", "json") == "json" ? gateway::PayloadFormat::json
                                                                       : gateway::PayloadFormat::cbor;
  sink.most_samples = static_cast<std::size_t>(whole(map, "samples", 2000));
  line.sinks.push_back({name, where, std::move(sink)});
}

void load_store(const Node* map, LineFile& line, base::Diagnostics& d) {
  static const Node kNothing = document::map();
  const Node& store = map ? *map : kNothing;
  line.store.folder =
      base::join_path(base::folder_of(line.path), document::read_text(store, "path", "bondline-store"));
  line.store.window = duration(store, "window", 0.005, d);
  line.store.keep = duration(store, "keep", 0, d);
  if (const Node* most = store.find("max")) line.store.max_bytes = read_bytes(*most, d);
  if (line.store.max_bytes > 0)
    line.store.segment_bytes = std::min<std::uint64_t>(
        line.store.segment_bytes, std::max<std::uint64_t>(line.store.max_bytes / 8, 1u << 17));
  const std::string full = document::read_text(store, "when_full", "stop");
  line.store.when_full = full == "stop"       ? store::WhenFull::stop
                         : full == "decimate" ? store::WhenFull::decimate
                                              : store::WhenFull::drop_oldest;
  line.store.decimate_by = static_cast<std::uint32_t>(whole(store, "decimate_by", 10));
}

/// What is said under `node`, with the content of the files it names.
Said said_of(base::Files& files, const Node& node, LineFile& line) {
  Said said = document::to_yaml(node);
  for (const char* key : {"tags", "ca", "certificate", "key", "password_file", "token_file"}) {
    const Node* named = node.find(key);
    if (!named || !named->is_scalar()) continue;
    const std::string path = base::join_path(base::folder_of(line.path), named->text);
    line.files.push_back(path);
    base::FileProblem problem;
    const auto text = files.read(path, &problem, 256u << 20);
    said += path + " " + (text ? base::sha256_hex(*text) : problem) + "\n";
  }
  return said;
}

}  // namespace

std::optional<LineFile> load_line(base::Files& files, const std::string& path, base::Diagnostics& d,
                                  const LineFile* before) {
  base::FileProblem problem;
  const auto text = files.read(path, &problem, 64u << 20);
  if (!text) {
    d.error({path, 0, 0}, "the line file can't be read: " + problem,
            "name a line file; examples/line/line.yaml is one");
    return std::nullopt;
  }
  const auto root = document::parse(*text, path, d);
  if (!root) return std::nullopt;
  std::vector<document::Unused> unused;
  if (!document::validate(*root, line_schema(), d, &unused)) return std::nullopt;

  LineFile line;
  line.path = path;
  line.files.push_back(path);
  if (before) *line.tags = before->tags->next();
  line.name = document::read_text(*root, "name");
  line.shards = whole(*root, "shards", 1);
  for (const auto& key : unused)
    line.notes.push_back(base::to_text(key.where) + ": \"" + key.path + "\" is kept and not used yet");
  load_store(root->find("store"), line, d);
  line.fixed = line.name + "\n" + std::to_string(line.shards) + "\n" +
               (root->find("store") ? document::to_yaml(*root->find("store")) : "");
  SerialPorts ports;
  for (const auto& entry : root->find("machines")->entries) {
    const bool modbus = entry.value.find("modbus"), sim = entry.value.find("sim");
    if (modbus && sim)
      d.error(entry.where, "machine \"" + entry.key + "\" is said to be both a Modbus device and simulated",
              "keep one of modbus and sim");
    else if (modbus)
      load_modbus(files, entry.value, entry.key, entry.where, line, ports, d);
    else if (sim)
      load_sim(entry.value, entry.key, entry.where, line, d);
    else
      d.error(entry.where, "machine \"" + entry.key + "\" says nothing this version can talk to",
              "give it modbus: \"tcp://HOST\" or sim: reflow_oven");
    if (!line.machines.empty() && line.machines.back().name == entry.key)
      line.machines.back().said = said_of(files, entry.value, line);
  }
  // A rule that names a tag of a machine that could not be read would be told as a mistake of its own.
  if (const Node* rules = root->find("rules"); rules && !d.has_errors()) load_rules(*rules, line, d);
  if (const Node* rules = root->find("rules")) line.rules_said = document::to_yaml(*rules);
  if (const Node* sinks = root->find("sinks"))
    for (const auto& entry : sinks->entries) {
      load_sink(files, entry.value, entry.key, entry.where, line, d);
      if (!line.sinks.empty() && line.sinks.back().name == entry.key)
        line.sinks.back().said = said_of(files, entry.value, line);
    }
  if (d.has_errors()) return std::nullopt;
  return line;
}

}  // namespace bondline::station
