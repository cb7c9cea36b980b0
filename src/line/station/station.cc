#include "line/station/station.h"

#include "line/gateway/drivers/modbus/modbus_driver.h"
#include "line/gateway/sinks/mqtt_sink.h"
#include "net/tcp.h"

namespace bondline::station {

namespace {

store::Dictionary dictionary_of(const tags::TagTable& tags) {
  store::Dictionary dictionary;
  for (const tags::Tag& tag : tags.all()) dictionary.push_back({tag.name, tag.unit, tag.type});
  return dictionary;
}

std::unique_ptr<gateway::Sink> sink_of(const MqttTarget& target, const LineFile& line,
                                       const store::Log& log) {
  gateway::MqttSinkConfig config;
  config.name = target.name;
  config.line = line.name;
  config.connect = [host = target.host, port = target.port, tls = target.tls]() -> net::Task<net::Opened> {
    return tls ? net::connect_tls(tls, host, port) : net::connect_tcp(host, port);
  };
  config.session = target.session;
  config.topic = target.topic;
  config.state_topic = target.state_topic;
  config.qos = target.qos;
  config.payload = target.payload;
  config.most_samples = target.most_samples;
  // What an earlier run stored it may have sent, though its acknowledgement was never kept.
  config.maybe_sent_below = log.durable_end();
  return gateway::make_mqtt_sink(std::move(config));
}

}  // namespace

std::unique_ptr<Station> Station::make(base::Files& files, LineFile line, base::Diagnostics& diagnostics) {
  auto station = std::unique_ptr<Station>(new Station(std::move(line)));
  const LineFile& l = station->line_;
  station->log_ = store::Log::open(files, l.store, dictionary_of(*l.tags), diagnostics);
  if (!station->log_) return nullptr;
  gateway::EngineOptions options;
  options.shards = l.shards;
  // Limits of tags alone make a stage: a value outside them is uncertain.
  bool limits = false;
  for (const tags::Tag& tag : l.tags->all()) limits |= tag.low || tag.high;
  if (limits || !l.options.empty() || !l.rules.empty()) station->stage_ = std::make_unique<RulesStage>(l);
  station->engine_ = std::make_unique<gateway::Engine>(*station->log_, station->stage_.get(), options);
  if (station->stage_) station->stage_->connect(*station->engine_);
  for (const Machine& machine : l.machines) {
    if (const auto* modbus = std::get_if<gateway::ModbusConfig>(&machine.protocol)) {
      station->engine_->add(gateway::make_modbus_driver(*modbus, *l.tags));
    } else {
      const auto& sim = std::get<gateway::SimConfig>(machine.protocol);
      const auto first = l.tags->find(gateway::sim_tags(sim).front().name);
      station->engine_->add(gateway::make_sim_driver(sim, *first));
    }
  }
  for (const MqttTarget& sink : l.sinks) station->engine_->add(sink_of(sink, l, *station->log_));
  return station;
}

Station::~Station() {
  stop();
}

void Station::start() {
  engine_->start();
}

void Station::stop() {
  if (engine_) engine_->stop();
}

}  // namespace bondline::station
