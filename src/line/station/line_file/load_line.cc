#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "base/hash.h"
#include "line/station/line_file.h"
#include "line/station/line_file/keys.h"
#include "line/station/line_file/load_api.h"
#include "line/station/line_file/load_broker.h"
#include "line/station/line_file/load_file.h"
#include "line/station/line_file/load_handoff.h"
#include "line/station/line_file/load_http.h"
#include "line/station/line_file/load_modbus.h"
#include "line/station/line_file/load_models.h"
#include "line/station/line_file/load_mqtt.h"
#include "line/station/line_file/load_rules.h"
#include "line/station/line_file/load_serve.h"

namespace bondline::station {

using document::Node;

namespace {

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
  const Thinning thinning = read_thinning(map, d);
  for (tags::Tag& tag : gateway::sim_tags(config)) {
    tag.where = where;
    if (const auto id = line.tags->add(std::move(tag))) thin_out(line, *id, thinning, {}, d);
  }
  line.machines.push_back({name, where, config});
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
  if (!read_broker(files, map, *address, name, where, line, sink, d)) return;
  sink.session.most_in_flight = static_cast<std::size_t>(whole(map, "in_flight", 100));
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

/// Whether an error told so far stands in this part of the file.
bool is_wrong(const Node& node, const base::Diagnostics& d);
bool is_wrong_at(const base::Where& where, const base::Diagnostics& d) {
  return std::any_of(d.all().begin(), d.all().end(), [&](const base::Diagnostic& one) {
    return one.severity == base::Severity::error && one.where.line == where.line &&
           one.where.column == where.column;
  });
}
bool is_wrong(const Node::Entry& entry, const base::Diagnostics& d) {
  return is_wrong_at(entry.where, d) || is_wrong(entry.value, d);
}
bool is_wrong(const Node& node, const base::Diagnostics& d) {
  return is_wrong_at(node.where, d) ||
         std::any_of(node.entries.begin(), node.entries.end(),
                     [&](const Node::Entry& entry) { return is_wrong(entry, d); }) ||
         std::any_of(node.items.begin(), node.items.end(),
                     [&](const Node& item) { return is_wrong(item, d); });
}

/// Leaves what can still be made sense of, so that everything wrong is told at once: machines, rules, sinks
/// ... go one by one, other keys as a whole. Machines that go, and kinds of made tags of which some go, are
/// named in `unread`.
void remove_what_is_wrong(Node& root, const base::Diagnostics& d, std::set<std::string>& unread) {
  static const std::set<std::string_view> kOneByOne = {"machines", "models", "rules", "serve", "sinks"};
  for (Node::Entry& section : root.entries)
    if (kOneByOne.contains(section.key))
      std::erase_if(section.value.entries, [&](const Node::Entry& entry) {
        if (!is_wrong(entry, d)) return false;
        unread.insert(section.key == "machines" ? entry.key : section.key);
        return true;
      });
  std::erase_if(root.entries, [&](const Node::Entry& section) {
    return !kOneByOne.contains(section.key) && is_wrong(section, d);
  });
}

/// Takes over what is not a mere consequence: that a tag is not there whose machine, or rule, was not read.
void add_but_consequences(const base::Diagnostics& found, const std::set<std::string>& unread,
                          base::Diagnostics& d) {
  const auto follows = [&](const base::Diagnostic& one) {
    return std::any_of(unread.begin(), unread.end(), [&](const std::string& name) {
      return one.what.starts_with("there is no tag \"" + name + ".");
    });
  };
  for (const base::Diagnostic& one : found.all())
    if (!follows(one)) d.add(one);
}

/// A name that becomes part of tags, topics and files.
bool is_usable(const std::string& name, const char* whose, const base::Where& where, base::Diagnostics& d) {
  const bool fine = !name.empty() && name.front() != ' ' && name.back() != ' ' && name != "." &&
                    name != ".." && std::none_of(name.begin(), name.end(), [](char c) {
                      return static_cast<unsigned char>(c) < 32 || c == 127 || c == '/' || c == '"';
                    });
  if (!fine)
    d.error(where, std::string("\"") + name + "\" is no name of a " + whose,
            "use letters, digits, _ and -: it becomes part of tags, topics and files");
  return fine;
}

constexpr const char* kMachineKinds[] = {"modbus", "mqtt", "file", "sim"};

/// Keys that mean something to other kinds of machines only. True: there were some.
bool refuse_other_keys(const Node& machine, const std::string& kind, base::Diagnostics& d) {
  struct Known {
    std::string_view key, kinds;
  };
  static constexpr Known kKeys[] = {
      {"poll", "modbus sim file"},
      {"tags", "modbus mqtt file"},
      {"unit", "modbus"},
      {"timeout", "modbus"},
      {"pipeline", "modbus"},
      {"max_registers", "modbus"},
      {"gap", "modbus"},
      {"baud", "modbus"},
      {"parity", "modbus"},
      {"stop_bits", "modbus"},
      {"size", "sim"},
      {"seed", "sim"},
      {"subscribe", "mqtt"},
      {"version", "mqtt"},
      {"qos", "mqtt"},
      {"session", "mqtt"},
      {"session_expiry", "mqtt"},
      {"client_id", "mqtt"},
      {"user", "mqtt"},
      {"password_file", "mqtt"},
      {"keep_alive", "mqtt"},
      {"ca", "mqtt"},
      {"certificate", "mqtt"},
      {"key", "mqtt"},
      {"server_name", "mqtt"},
      {"read", "file"},
      {"format", "file"},
      {"header", "file"},
      {"separator", "file"},
      {"decimal", "file"},
      {"settle", "file"},
      {"done", "file"},
      {"start", "file"},
      {"time", "mqtt file"},
      {"time_format", "mqtt file"},
      {"time_zone", "mqtt file"},
  };
  bool any = false;
  for (const Known& known : kKeys) {
    const Node* node = machine.find(known.key);
    if (!node || (" " + std::string(known.kinds) + " ").find(" " + kind + " ") != std::string::npos) continue;
    any = true;
    d.error(node->where, "a machine of kind " + kind + " has no \"" + std::string(known.key) + "\"",
            "remove it");
  }
  return any;
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
  auto root = document::parse(*text, path, d);
  if (!root) return std::nullopt;
  std::vector<document::Unused> unused;
  std::set<std::string> unread;  // whose tags may be missing: machines, models, rules
  if (!document::validate(*root, line_schema(), d, &unused)) {
    const Node* machines = root->is_map() ? root->find("machines") : nullptr;
    if (!machines || !machines->is_map()) return std::nullopt;
    remove_what_is_wrong(*root, d, unread);
  }

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
    const std::size_t told = d.all().size();
    if (!is_usable(entry.key, "machine", entry.where, d)) continue;
    std::vector<std::string> kinds;
    for (const char* kind : kMachineKinds)
      if (entry.value.find(kind)) kinds.emplace_back(kind);
    if (kinds.size() > 1)
      d.error(entry.where,
              "machine \"" + entry.key + "\" is said to be both " + kinds[0] + " and " + kinds[1],
              "keep one of them");
    else if (kinds.empty())
      d.error(entry.where, "machine \"" + entry.key + "\" says nothing this version can talk to",
              "give it modbus: \"tcp://HOST\", mqtt: \"mqtt://HOST\" or sim: reflow_oven");
    else if (refuse_other_keys(entry.value, kinds[0], d))
      unread.insert(entry.key);
    else if (kinds[0] == "modbus")
      load_modbus(files, entry.value, entry.key, entry.where, line, ports, d);
    else if (kinds[0] == "mqtt")
      load_mqtt(files, entry.value, entry.key, entry.where, line, d);
    else if (kinds[0] == "file")
      load_file(files, entry.value, entry.key, entry.where, line, d);
    else
      load_sim(entry.value, entry.key, entry.where, line, d);
    if (!line.machines.empty() && line.machines.back().name == entry.key)
      line.machines.back().said = said_of(files, entry.value, line);
    for (std::size_t i = told; i < d.all().size(); ++i)
      if (d.all()[i].severity == base::Severity::error) unread.insert(entry.key);
  }
  const std::size_t before_handoff = d.all().size();
  if (const Node* given = root->find("handoff")) load_handoff(files, *given, line, d);
  const bool limits_known = d.all().size() == before_handoff;
  if (const Node* models = root->find("models")) {
    base::Diagnostics found;
    load_models(*models, line, found);
    line.rules_said = document::to_yaml(*models);
    add_but_consequences(found, unread, d);
    if (found.has_errors()) unread.insert("models");
  }
  if (const Node* rules = root->find("rules")) {
    base::Diagnostics found;
    if (limits_known) load_rules(*rules, line, found);
    line.rules_said += document::to_yaml(*rules) + (line.handoff ? line.handoff->hash : "");
    add_but_consequences(found, unread, d);
    if (found.has_errors() || !limits_known) unread.insert("rules");
  }
  if (const Node* serve = root->find("serve")) {
    base::Diagnostics found;
    for (const auto& entry : serve->entries) {
      load_serve(files, entry.value, entry.key, entry.where, line, ports, found);
      if (!line.serves.empty() && line.serves.back().name == entry.key)
        line.serves.back().said += said_of(files, entry.value, line);
    }
    add_but_consequences(found, unread, d);
  }
  if (const Node* sinks = root->find("sinks"))
    for (const auto& entry : sinks->entries) {
      if (!is_usable(entry.key, "sink", entry.where, d)) continue;
      load_sink(files, entry.value, entry.key, entry.where, line, d);
      if (!line.sinks.empty() && line.sinks.back().name == entry.key)
        line.sinks.back().said = said_of(files, entry.value, line);
    }
  if (const Node* api = root->find("api")) load_api(files, *api, line, d);
  if (d.has_errors()) return std::nullopt;
  return line;
}

}  // namespace bondline::station
