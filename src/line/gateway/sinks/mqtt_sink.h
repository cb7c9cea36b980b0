// Publishes the log to an MQTT broker; the broker's acknowledgements move the cursor.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "line/gateway/engine/sink.h"
#include "line/gateway/mqtt/session.h"
#include "line/gateway/sinks/payload.h"
#include "net/stream.h"

namespace bondline::gateway {

struct MqttSinkConfig {
  std::string name;                                 ///< of the sink: its cursor's name
  std::string line;                                 ///< in the payload's head
  std::function<net::Task<net::Opened>()> connect;  ///< TCP or TLS
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(5);
  /// A broker that acknowledges nothing for so long, while messages are under way, is connected to anew.
  std::chrono::nanoseconds acknowledge_timeout = std::chrono::seconds(30);
  mqtt::SessionOptions session;
  std::string topic;        ///< where samples go
  std::string state_topic;  ///< retained "online" / (as will) "offline"; empty: none
  std::uint8_t qos = 1;
  PayloadFormat payload = PayloadFormat::json;
  std::size_t most_samples = 2000;  ///< in one message
  std::chrono::nanoseconds first_pause = std::chrono::milliseconds(200),
                           most_pause = std::chrono::seconds(30);
  std::uint64_t maybe_sent_below =
      0;  ///< sequences below it may have been sent by an earlier process: marked `again`
};

std::unique_ptr<Sink> make_mqtt_sink(MqttSinkConfig config);

}  // namespace bondline::gateway
