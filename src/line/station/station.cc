#include "line/station/station.h"

#include <algorithm>
#include <csignal>

#include "line/gateway/drivers/file/file_driver.h"
#include "line/gateway/drivers/modbus/modbus_driver.h"
#include "line/gateway/drivers/mqtt/mqtt_driver.h"
#include "line/gateway/sinks/http_sink.h"
#include "line/gateway/sinks/mqtt_sink.h"
#include "line/station/file_place.h"
#include "net/tcp.h"

namespace bondline::station {

namespace {

std::function<net::Task<net::Opened>()> way_to(const Broker& broker) {
  return [host = broker.host, port = broker.port, tls = broker.tls]() -> net::Task<net::Opened> {
    return tls ? net::connect_tls(tls, host, port) : net::connect_tcp(host, port);
  };
}

/// Threads that are made meanwhile take no signals: one that is meant for the process would find a thread
/// that has not blocked it, and end everything, whenever the thread that waits for signals is busy.
class NoSignals {
 public:
  NoSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~NoSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  NoSignals(const NoSignals&) = delete;
  NoSignals& operator=(const NoSignals&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

store::Dictionary dictionary_of(const tags::TagTable& tags) {
  store::Dictionary dictionary;
  for (const tags::Tag& tag : tags.all()) dictionary.push_back({tag.name, tag.unit, tag.type});
  return dictionary;
}

std::unique_ptr<gateway::Driver> Station::driver_of(const Machine& machine, const LineFile& line) const {
  if (const auto* modbus = std::get_if<gateway::ModbusConfig>(&machine.protocol))
    return gateway::make_modbus_driver(*modbus, std::shared_ptr<const tags::TagTable>(line.tags));
  if (const auto* mqtt = std::get_if<MqttMachine>(&machine.protocol)) {
    gateway::MqttConfig config = mqtt->config;
    config.session = mqtt->broker.session;
    config.connect = way_to(mqtt->broker);
    return gateway::make_mqtt_driver(std::move(config));
  }
  if (const auto* file = std::get_if<gateway::FileConfig>(&machine.protocol)) {
    gateway::FileConfig config = *file;
    config.place = place_in(*log_, files_, config);
    return gateway::make_file_driver(std::move(config), files_);
  }
  const auto& sim = std::get<gateway::SimConfig>(machine.protocol);
  std::vector<tags::TagId> ids;
  for (const tags::Tag& tag : gateway::sim_tags(sim)) ids.push_back(*line.tags->find(tag.name));
  return gateway::make_sim_driver(sim, std::move(ids));
}

namespace {

std::unique_ptr<gateway::Sink> mqtt_sink_of(const std::string& name, const MqttTarget& target,
                                            const LineFile& line, std::uint64_t maybe_sent_below) {
  gateway::MqttSinkConfig config;
  config.name = name;
  config.line = line.name;
  config.connect = way_to(target);
  config.session = target.session;
  config.topic = target.topic;
  config.state_topic = target.state_topic;
  config.qos = target.qos;
  config.payload = target.payload;
  config.most_samples = target.most_samples;
  config.maybe_sent_below = maybe_sent_below;
  return gateway::make_mqtt_sink(std::move(config));
}

std::unique_ptr<gateway::Sink> http_sink_of(const std::string& name, const HttpTarget& target,
                                            const LineFile& line, std::uint64_t maybe_sent_below) {
  gateway::HttpSinkConfig config;
  config.name = name;
  config.line = line.name;
  config.url = target.url;
  config.client.tls = target.tls;
  config.client.answer_within = std::chrono::duration_cast<net::Clock::duration>(target.timeout);
  config.headers = target.headers;
  config.payload = target.payload;
  config.most_samples = target.most_samples;
  config.every = target.every;
  config.refused = target.refused;
  config.maybe_sent_below = maybe_sent_below;
  return gateway::make_http_sink(std::move(config));
}

}  // namespace

std::unique_ptr<gateway::Driver> Station::server_of(const ServeTarget& target, const LineFile& line) const {
  gateway::ServedValues values;
  gateway::Engine* const engine = engine_.get();
  const std::shared_ptr<const tags::TagTable> tags = line.tags;
  values.newest = [engine](tags::TagId tag, std::string* text) { return engine->newest(tag, text); };
  values.write = [engine, tags](gateway::Setting setting) {
    const std::string& machine = (*tags)[setting.tag].machine;
    engine->route(machine, std::move(setting));
  };
  return gateway::make_modbus_tag_server(target.config, tags, std::move(values));
}

std::unique_ptr<gateway::Sink> Station::sink_of(const SinkTarget& target, const LineFile& line) const {
  // What an earlier run, or the sink before this one, read from the log it may have sent, though its
  // acknowledgement was never kept.
  const std::uint64_t maybe_sent_below = log_->durable_end();
  if (const auto* mqtt = std::get_if<MqttTarget>(&target.protocol))
    return mqtt_sink_of(target.name, *mqtt, line, maybe_sent_below);
  return http_sink_of(target.name, std::get<HttpTarget>(target.protocol), line, maybe_sent_below);
}

std::unique_ptr<RulesStage> Station::stage_of(const LineFile& line) const {
  // Limits of tags alone make a stage: a value outside them is uncertain.
  bool limits = false;
  for (const tags::Tag& tag : line.tags->all()) limits |= tag.low || tag.high;
  if (!limits && line.options.empty() && line.rules.empty()) return nullptr;
  return std::make_unique<RulesStage>(line);
}

std::unique_ptr<gateway::ModelStage> Station::models_of(const LineFile& line, RulesStage* rules,
                                                        base::Diagnostics& diagnostics) {
  if (line.models.empty()) return nullptr;
  return gateway::ModelStage::make(line.models, line.tags, rules, diagnostics);
}

std::unique_ptr<Station> Station::make(base::Files& files, LineFile line, base::Diagnostics& diagnostics) {
  const NoSignals meanwhile;
  auto station = std::unique_ptr<Station>(new Station(files, std::move(line)));
  const LineFile& l = *station->line_;
  station->log_ = store::Log::open(files, l.store, dictionary_of(*l.tags), diagnostics);
  if (!station->log_) return nullptr;
  station->audit_ = AuditLog::open(files, l.store.folder, l.name, diagnostics);
  if (!station->audit_) return nullptr;
  // A sink that the line file does not name any more holds nothing back.
  for (const std::string& sink : station->log_->sinks())
    if (std::none_of(l.sinks.begin(), l.sinks.end(), [&](const SinkTarget& s) { return s.name == sink; }))
      station->log_->forget(sink);
  gateway::EngineOptions options;
  options.shards = l.shards;
  options.wall_ns = l.store.wall_ns;
  station->stage_ = station->stage_of(l);
  station->models_ = models_of(l, station->stage_.get(), diagnostics);
  if (!l.models.empty() && !station->models_) return nullptr;
  gateway::Stage* first = station->stage_.get();
  if (station->models_) first = station->models_.get();
  station->engine_ = std::make_unique<gateway::Engine>(*station->log_, first, options);
  if (station->stage_) station->stage_->connect(*station->engine_);
  for (const Machine& machine : l.machines) station->engine_->add(station->driver_of(machine, l));
  for (const ServeTarget& target : l.serves) station->engine_->add(station->server_of(target, l));
  for (const SinkTarget& sink : l.sinks) station->engine_->add(station->sink_of(sink, l));
  return station;
}

Station::~Station() {
  stop();
}

std::shared_ptr<const LineFile> Station::line_file() const {
  const std::lock_guard lock(mutex_);
  return line_;
}

std::uint64_t Station::refused_routes() const {
  const std::lock_guard lock(mutex_);
  return stage_ ? stage_->refused() : 0;
}

void Station::each_model(
    const std::function<void(const std::string&, const gateway::ModelCounters&)>& visit) const {
  const std::lock_guard lock(mutex_);
  if (models_) models_->each(visit);
}

std::string Station::acknowledge(const std::string& alarm, const std::string& who) {
  std::string problem;
  {
    const std::lock_guard lock(mutex_);
    const auto id = line_->tags->find(alarm);
    const bool known = id && stage_ &&
                       std::any_of(line_->rules.begin(), line_->rules.end(), [&](const pipeline::Rule& rule) {
                         return rule.alarm && rule.made == *id;
                       });
    const auto newest = known ? live().get(*id) : std::nullopt;
    const auto state = static_cast<pipeline::AlarmState>(newest ? newest->bits : 0);
    if (!known)
      problem = "there is no alarm \"" + alarm + "\"";
    else if (state == pipeline::AlarmState::normal)
      problem = "there is nothing to acknowledge";
    else if (state == pipeline::AlarmState::acknowledged)
      problem = "it is acknowledged already";
    else
      stage_->pipeline().acknowledge(*id);
  }
  audit_->record({who, "acknowledge", alarm, problem.empty() ? "done" : problem});
  return problem;
}

void Station::start() {
  if (!started_) audit_->record({local_user(), "start", line().name, line().path});
  started_ = true;
  engine_->start();
}

void Station::stop() {
  if (started_) audit_->record({local_user(), "stop", line().name, ""});
  started_ = false;
  if (engine_) engine_->stop();
}

}  // namespace bondline::station
