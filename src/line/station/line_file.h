// The line file: what a person writes to connect machines, read and checked (docs/formats/line.md). A plain
// value; nothing is opened yet.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/diagnostic.h"
#include "base/file.h"
#include "document/schema.h"
#include "handoff/handoff.h"
#include "line/gateway/drivers/file/config.h"
#include "line/gateway/drivers/modbus/config.h"
#include "line/gateway/drivers/modbus/tag_server.h"
#include "line/gateway/drivers/mqtt/mqtt_driver.h"
#include "line/gateway/drivers/sim/sim_driver.h"
#include "line/gateway/inference/model_spec.h"
#include "line/gateway/mqtt/session.h"
#include "line/gateway/pipeline/pipeline.h"
#include "line/gateway/sinks/http_sink.h"
#include "line/gateway/sinks/payload.h"
#include "line/gateway/store/log.h"
#include "line/tags/tag.h"
#include "net/tls.h"

namespace bondline::station {

/// What a person wrote of one machine or sink, and what the files it names held: as long as it stays the same
/// nothing of it has changed.
using Said = std::string;

/// How a broker is reached.
struct Broker {
  std::string host;
  std::uint16_t port = 1883;
  std::shared_ptr<net::TlsContext> tls;  ///< null: plain TCP
  mqtt::SessionOptions session;
};

/// A broker whose topics are tags.
struct MqttMachine {
  Broker broker;
  gateway::MqttConfig config;  ///< without its session and its way to the broker
};

struct Machine {
  std::string name;
  base::Where where;
  std::variant<gateway::ModbusConfig, gateway::SimConfig, MqttMachine, gateway::FileConfig> protocol;
  Said said = {};
};

struct MqttTarget : Broker {
  std::string topic, state_topic;
  std::uint8_t qos = 1;
  gateway::PayloadFormat payload = gateway::PayloadFormat::json;
  std::size_t most_samples = 2000;
};

struct HttpTarget {
  net::http::Url url;
  std::shared_ptr<net::TlsContext> tls;  ///< null: plain TCP
  net::http::Headers headers;
  gateway::PayloadFormat payload = gateway::PayloadFormat::json;
  std::size_t most_samples = 5000;
  std::chrono::nanoseconds every{0}, timeout{0};
  gateway::Refused refused = gateway::Refused::wait;
};

struct SinkTarget {
  std::string name;
  base::Where where;
  std::variant<MqttTarget, HttpTarget> protocol;
  Said said = {};
};

/// Whether a name is `pattern`, or begins with what stands before its * at the end.
bool matches(std::string_view pattern, std::string_view name);

/// Who may look at a running line, and who may change its tags (docs/formats/line.md).
struct ApiAccess {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8089;
  std::shared_ptr<net::TlsServerContext> tls;  ///< null: plain HTTP
  std::string token;  ///< who reads must show it; "": whoever reaches a loopback address
  bool writable = false;
  std::string write_token;              ///< who writes must show it; never empty when writable
  std::vector<std::string> write_tags;  ///< names, or beginnings followed by *; empty: every writable tag
  std::string certificate_file, token_file, write_token_file;  ///< for clients on this machine
  Said said;
};

/// What other masters may read and write.
struct ServeTarget {
  std::string name;
  base::Where where;
  gateway::ModbusServeConfig config;
  Said said;
};

/// What the line knows of the design.
struct GivenHandoff {
  std::string path, design_name, verdict, hash;
  std::string signed_by;  ///< fingerprint of the key that signed it and is trusted; "": nobody was asked for
  std::vector<handoff::TagLimit> limits;
};

struct LineFile {
  std::string name, path;
  std::shared_ptr<tags::TagTable> tags = std::make_shared<tags::TagTable>();
  std::vector<Machine> machines;
  std::vector<SinkTarget> sinks;
  std::vector<ServeTarget> serves;
  std::vector<pipeline::TagOptions> options;  ///< how tags are thinned out
  std::vector<gateway::ModelSpec> models;
  std::vector<pipeline::Rule> rules;
  std::optional<GivenHandoff> handoff;
  store::LogOptions store;
  std::optional<ApiAccess> api;  ///< without: nothing listens
  int shards = 1;
  std::vector<std::string> files;  ///< everything that was read, the line file first
  Said rules_said;
  Said fixed;                      ///< what can't change while the line runs: name, store, shards
  std::vector<std::string> notes;  ///< keys that are stored and not used yet, with their places
};

/// Reads a line file and the tag files it names (relative to it). Nullopt when anything is wrong; everything
/// wrong is in `diagnostics`.
/// `before`: the line file that runs; tags that are in both keep their ids (see tags::TagTable::next).
std::optional<LineFile> load_line(base::Files& files, const std::string& path, base::Diagnostics& diagnostics,
                                  const LineFile* before = nullptr);

/// What a line file may say.
document::Schema line_schema();

}  // namespace bondline::station
