// What a line would do, before it does it.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "line/gateway/drivers/modbus/poll_group.h"
#include "line/station/station.h"

namespace bondline::station {

namespace {

using Json = nlohmann::ordered_json;

struct MachinePlan {
  std::string name, protocol;
  std::size_t tags = 0, requests = 0, registers = 0;
  double poll_s = 1, samples_per_second = 0;
  std::map<tags::TagId, double> rates;  ///< samples a second of each tag
};

/// What thinning out leaves of a tag, between signals that never stand still and ones that always do.
struct Thinned {
  double most = 0, least = 0;                ///< samples a second
  double bytes = 0;                          ///< a second, of JSON payload, if nothing were held back
  double spared_least = 0, spared_most = 0;  ///< bytes a second
};

Thinned thinned(const LineFile& line, const std::map<tags::TagId, double>& rates) {
  // A sample in a JSON message is its name in quotes, a colon, a comma and a number of some six digits; the
  // time of a run is shared by its samples (estimate).
  constexpr double kAround = 4, kNumber = 6;
  std::map<tags::TagId, const pipeline::TagOptions*> options;
  for (const auto& option : line.options) options[option.tag] = &option;
  Thinned sum;
  for (const auto& [tag, rate] : rates) {
    double most = rate, least = rate;
    if (const auto it = options.find(tag); it != options.end()) {
      const pipeline::TagOptions& o = *it->second;
      most = least = rate / o.keep_every;
      if (o.deadband)
        least = o.silence.count() > 0 ? std::min(most, 1e9 / static_cast<double>(o.silence.count())) : 0;
    }
    const double bytes = static_cast<double>((*line.tags)[tag].name.size()) + kAround + kNumber;
    sum.most += most;
    sum.least += least;
    sum.bytes += rate * bytes;
    sum.spared_least += (rate - most) * bytes;
    sum.spared_most += (rate - least) * bytes;
  }
  return sum;
}

std::string place_of(const ServeTarget& target) {
  const gateway::ModbusServeConfig& c = target.config;
  return c.transport == gateway::ModbusTransport::rtu
             ? c.serial_path
             : fmt::format("{}:{}", c.host.empty() ? "*" : c.host, c.port);
}

std::string kind_of(const pipeline::Rule& rule) {
  if (rule.alarm) return "alarm";
  if (rule.gap.count() > 0) return "session";
  if (rule.window.count() > 0)
    return rule.every.count() > 0 && rule.every < rule.window ? "sliding window" : "window";
  return "computed";
}

std::vector<std::string> reads_of(const pipeline::Rule& rule, const LineFile& line) {
  std::vector<std::string> names;
  const auto add = [&](const rules::Program& program) {
    for (const rules::Input& input : program.inputs()) {
      const std::string& name = (*line.tags)[input.tag].name;
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  };
  add(rule.what.program);
  if (rule.release) add(*rule.release);
  if (rule.acknowledge) add(*rule.acknowledge);
  return names;
}

std::vector<MachinePlan> plans_of(const LineFile& line) {
  std::vector<MachinePlan> all;
  for (const Machine& machine : line.machines) {
    MachinePlan plan;
    plan.name = machine.name;
    if (const auto* modbus = std::get_if<gateway::ModbusConfig>(&machine.protocol)) {
      plan.protocol = "modbus";
      plan.tags = modbus->points.size();
      plan.poll_s = 1e-9 * static_cast<double>(modbus->poll.count());
      std::map<std::pair<int, std::int64_t>, std::vector<modbus::Wanted>> groups;
      for (const auto& point : modbus->points) {
        const std::int64_t poll = point.poll.count() > 0 ? point.poll.count() : modbus->poll.count();
        const std::uint16_t count =
            modbus::is_register(point.address.table) ? modbus::registers_of(point.format) : std::uint16_t{1};
        groups[{point.unit ? point.unit : modbus->unit, poll}].push_back(
            {point.address.table, point.address.offset, count, 0});
        plan.samples_per_second += 1e9 / static_cast<double>(poll);
        plan.rates[point.tag] = 1e9 / static_cast<double>(poll);
      }
      for (const auto& [key, wanted] : groups)
        for (const auto& block : modbus::plan_reads(wanted, modbus->limits, modbus->cost).blocks) {
          ++plan.requests;
          plan.registers += block.count;
        }
    } else if (const auto* mqtt = std::get_if<MqttMachine>(&machine.protocol)) {
      // What comes, and how often, the broker decides.
      plan.protocol = "mqtt";
      plan.tags = mqtt->config.points.size();
      plan.poll_s = 0;
    } else if (const auto* file = std::get_if<gateway::FileConfig>(&machine.protocol)) {
      plan.protocol = "file";
      plan.tags = file->points.size() + 3;
      plan.poll_s = 0;
    } else {
      const auto& sim = std::get<gateway::SimConfig>(machine.protocol);
      plan.protocol = "sim";
      const auto tags = gateway::sim_tags(sim);
      plan.tags = tags.size();
      plan.poll_s = 1e-9 * static_cast<double>(sim.poll.count());
      for (const tags::Tag& tag : tags)
        if (const auto id = line.tags->find(tag.name)) plan.rates[*id] = 1 / plan.poll_s;
      plan.samples_per_second = static_cast<double>(plan.tags) / plan.poll_s;
    }
    all.push_back(plan);
  }
  return all;
}

/// Who may look and who may write; null: nobody.
Json api_of(const LineFile& line) {
  if (!line.api) return nullptr;
  return {{"address", line.api->address},    {"port", line.api->port},
          {"tls", line.api->tls != nullptr}, {"token", !line.api->token.empty()},
          {"writable", line.api->writable},  {"write_tags", line.api->write_tags}};
}

}  // namespace

std::string plan_json(const LineFile& line) {
  Json machines = Json::object();
  double rate = 0;
  std::map<tags::TagId, double> rates;
  for (const MachinePlan& plan : plans_of(line)) {
    rates.insert(plan.rates.begin(), plan.rates.end());
    machines[plan.name] = {{"protocol", plan.protocol},
                           {"tags", plan.tags},
                           {"poll_s", plan.poll_s},
                           {"requests_per_round", plan.requests},
                           {"registers_per_round", plan.registers},
                           {"samples_per_second", plan.samples_per_second}};
    rate += plan.samples_per_second;
  }
  const Thinned left = thinned(line, rates);
  Json made = Json::object();
  for (const pipeline::Rule& rule : line.rules) {
    const tags::Tag& tag = (*line.tags)[rule.made];
    Json one = {{"kind", kind_of(rule)},
                {"type", tags::name_of(tag.type)},
                {"unit", tag.unit},
                {"reads", reads_of(rule, line)},
                {"steps", rule.what.program.steps()}};
    if (rule.route) one["writes"] = (*line.tags)[*rule.route].name;
    made[tag.name] = std::move(one);
  }
  Json models = Json::object();
  for (const gateway::ModelSpec& model : line.models) {
    Json reads = Json::array(), makes = Json::array();
    for (const auto& input : model.inputs)
      for (const tags::TagId tag : input.tags) reads.push_back((*line.tags)[tag].name);
    for (const auto& output : model.outputs)
      for (const auto& tag : output.tags)
        if (tag) makes.push_back((*line.tags)[*tag].name);
    models[model.name] = {{"model", model.path},
                          {"step_s", 1e-9 * static_cast<double>(model.step.count())},
                          {"every_s", 1e-9 * static_cast<double>(model.every.count())},
                          {"reads", std::move(reads)},
                          {"makes", std::move(makes)}};
  }
  Json sinks = Json::object();
  for (const SinkTarget& sink : line.sinks) {
    if (const auto* mqtt = std::get_if<MqttTarget>(&sink.protocol)) {
      sinks[sink.name] = {{"protocol", "mqtt"},
                          {"host", mqtt->host},
                          {"port", mqtt->port},
                          {"topic", mqtt->topic},
                          {"qos", mqtt->qos}};
    } else {
      const auto& http = std::get<HttpTarget>(sink.protocol);
      sinks[sink.name] = {{"protocol", http.url.tls ? "https" : "http"},
                          {"host", http.url.host},
                          {"port", http.url.port},
                          {"target", http.url.target},
                          {"samples", http.most_samples},
                          {"refused", http.refused == gateway::Refused::wait ? "wait" : "drop"}};
    }
  }
  Json serve = Json::object();
  for (const ServeTarget& target : line.serves)
    serve[target.name] = {
        {"protocol", "modbus"}, {"at", place_of(target)}, {"tags", target.config.points.size()}};
  return Json{{"line", line.name},
              {"tags", line.tags->active()},
              {"samples_per_second", rate},
              {"machines", machines},
              {"models", models},
              {"rules", made},
              {"thinning",
               {{"tags", line.options.size()},
                {"samples_per_second", {{"most", left.most}, {"least", left.least}}},
                {"uplink_bytes_per_second", left.bytes},
                {"spared_bytes_per_second", {{"least", left.spared_least}, {"most", left.spared_most}}}}},
              {"serve", serve},
              {"sinks", sinks},
              {"store", {{"folder", line.store.folder}}},
              {"api", api_of(line)},
              {"notes", line.notes}}
      .dump();
}

std::string plan_text(const LineFile& line) {
  std::string out =
      fmt::format("{}: {} tags on {} machines, {} sinks; log in {}\n", line.name, line.tags->active(),
                  line.machines.size(), line.sinks.size(), line.store.folder);
  double rate = 0;
  std::map<tags::TagId, double> rates;
  for (const MachinePlan& plan : plans_of(line)) {
    rates.insert(plan.rates.begin(), plan.rates.end());
    rate += plan.samples_per_second;
    out += fmt::format("  {:<16} {:<8} {:>7} tags ", plan.name, plan.protocol, plan.tags);
    out += plan.poll_s > 0 ? fmt::format("every {:g} s", plan.poll_s) : "as they come";
    if (plan.requests > 0)
      out += fmt::format(": {} requests a round, {} registers", plan.requests, plan.registers);
    out += "\n";
  }
  for (const ServeTarget& target : line.serves)
    out += fmt::format("  <- {:<13} modbus at {}: {} tags\n", target.name, place_of(target),
                       target.config.points.size());
  for (const SinkTarget& sink : line.sinks) {
    if (const auto* mqtt = std::get_if<MqttTarget>(&sink.protocol)) {
      out += fmt::format("  -> {:<13} mqtt {}:{} topic {} QoS {}\n", sink.name, mqtt->host, mqtt->port,
                         mqtt->topic, mqtt->qos);
    } else {
      const auto& http = std::get<HttpTarget>(sink.protocol);
      out += fmt::format("  -> {:<13} POST http{}://{}{} up to {} samples at once\n", sink.name,
                         http.url.tls ? "s" : "", http.url.authority(), http.url.target, http.most_samples);
    }
  }
  for (const gateway::ModelSpec& model : line.models) {
    out += fmt::format("  {:<16} model of", model.name);
    for (const auto& input : model.inputs) {
      for (const tags::TagId tag : input.tags) out += " " + (*line.tags)[tag].name;
      out += fmt::format(" ({} values {:g} s apart)", input.window,
                         1e-9 * static_cast<double>(model.step.count()));
    }
    out += fmt::format(" every {:g} s ->", 1e-9 * static_cast<double>(model.every.count()));
    for (const auto& output : model.outputs)
      for (const auto& tag : output.tags)
        if (tag) out += " " + (*line.tags)[*tag].name;
    out += "\n";
  }
  for (const pipeline::Rule& rule : line.rules) {
    out += fmt::format("  {:<25} {} of", (*line.tags)[rule.made].name, kind_of(rule));
    for (const std::string& name : reads_of(rule, line)) out += " " + name;
    if (rule.route) out += " -> " + (*line.tags)[*rule.route].name;
    out += "\n";
  }
  if (!line.options.empty()) {
    const Thinned left = thinned(line, rates);
    out += fmt::format(
        "{} tags thinned out: {:.1f} to {:.1f} of {:.1f} samples a second go on, by how much they move; "
        "spares the "
        "uplink {:.0f} to {:.0f} of some {:.0f} bytes a second of JSON\n",
        line.options.size(), left.least, left.most, rate, left.spared_least, left.spared_most, left.bytes);
  }
  out += fmt::format("{:.0f} samples a second, some {:.1f} GB of log a day at 2.3 bytes a sample\n", rate,
                     rate * 2.3 * 86400 / 1e9);
  if (line.api)
    out += fmt::format("interface on {}://{}:{}, {}; {}\n", line.api->tls ? "https" : "http",
                       line.api->address, line.api->port,
                       line.api->token.empty() ? "for whoever is on this machine" : "for who shows the token",
                       line.api->writable ? "tags can be written with the token for writing" : "read-only");
  for (const auto& note : line.notes) out += "note: " + note + "\n";
  return out;
}

}  // namespace bondline::station
