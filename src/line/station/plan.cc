// What a line would do, before it does it.
#include <fmt/format.h>

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
};

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
      }
      for (const auto& [key, wanted] : groups)
        for (const auto& block : modbus::plan_reads(wanted, modbus->limits, modbus->cost).blocks) {
          ++plan.requests;
          plan.registers += block.count;
        }
    } else {
      const auto& sim = std::get<gateway::SimConfig>(machine.protocol);
      plan.protocol = "sim";
      plan.tags = gateway::sim_tags(sim).size();
      plan.poll_s = 1e-9 * static_cast<double>(sim.poll.count());
      plan.samples_per_second = static_cast<double>(plan.tags) / plan.poll_s;
    }
    all.push_back(plan);
  }
  return all;
}

}  // namespace

std::string plan_json(const LineFile& line) {
  Json machines = Json::object();
  double rate = 0;
  for (const MachinePlan& plan : plans_of(line)) {
    machines[plan.name] = {{"protocol", plan.protocol},
                           {"tags", plan.tags},
                           {"poll_s", plan.poll_s},
                           {"requests_per_round", plan.requests},
                           {"registers_per_round", plan.registers},
                           {"samples_per_second", plan.samples_per_second}};
    rate += plan.samples_per_second;
  }
  Json sinks = Json::object();
  for (const MqttTarget& sink : line.sinks)
    sinks[sink.name] = {{"protocol", "mqtt"},
                        {"host", sink.host},
                        {"port", sink.port},
                        {"topic", sink.topic},
                        {"qos", sink.qos}};
  return Json{{"line", line.name},
              {"tags", line.tags->size()},
              {"samples_per_second", rate},
              {"machines", machines},
              {"sinks", sinks},
              {"store", {{"folder", line.store.folder}}},
              {"notes", line.notes}}
      .dump();
}

std::string plan_text(const LineFile& line) {
  std::string out =
      fmt::format("{}: {} tags on {} machines, {} sinks; log in {}\n", line.name, line.tags->size(),
                  line.machines.size(), line.sinks.size(), line.store.folder);
  double rate = 0;
  for (const MachinePlan& plan : plans_of(line)) {
    rate += plan.samples_per_second;
    out += fmt::format("  {:<16} {:<8} {:>7} tags every {:g} s", plan.name, plan.protocol, plan.tags,
                       plan.poll_s);
    if (plan.requests > 0)
      out += fmt::format(": {} requests a round, {} registers", plan.requests, plan.registers);
    out += "\n";
  }
  for (const MqttTarget& sink : line.sinks)
    out += fmt::format("  -> {:<13} mqtt {}:{} topic {} QoS {}\n", sink.name, sink.host, sink.port,
                       sink.topic, sink.qos);
  out += fmt::format("{:.0f} samples a second, some {:.1f} GB of log a day at 2.3 bytes a sample\n", rate,
                     rate * 2.3 * 86400 / 1e9);
  for (const auto& note : line.notes) out += "note: " + note + "\n";
  return out;
}

}  // namespace bondline::station
