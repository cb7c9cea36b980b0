// A broker's topics as a machine. A message of QoS 1 or 2 is acknowledged when its samples are on disk: a box
// that loses its power gets what it had not stored from a broker that keeps the session. Sent again it is
// known by its packet identifier while this process lives, and stored once; after a restart, or where the
// broker had our answer and the identifier may be another message's, it is stored as good_again.
#pragma once
#include <chrono>
#include <functional>
#include <memory>

#include "line/gateway/drivers/mqtt/topics.h"
#include "line/gateway/engine/driver.h"
#include "line/gateway/mqtt/session.h"
#include "net/stream.h"

namespace bondline::gateway {

struct MqttConfig {
  std::string machine;
  std::string host;  ///< for people; what connects is `connect`
  std::uint16_t port = 1883;
  std::function<net::Task<net::Opened>()> connect;  ///< TCP or TLS
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(5);
  std::chrono::nanoseconds first_pause = std::chrono::milliseconds(200),
                           most_pause = std::chrono::seconds(30);
  mqtt::SessionOptions session;
  std::uint8_t qos = 1;                ///< of subscriptions and of what is published
  std::vector<std::string> subscribe;  ///< filters; empty: those of the points
  std::vector<MqttPoint> points;
  std::optional<MqttTime> time;
};

std::unique_ptr<Driver> make_mqtt_driver(MqttConfig config);

}  // namespace bondline::gateway
