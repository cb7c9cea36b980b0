#include "line/gateway/drivers/modbus/tag_server.h"

#include <algorithm>
#include <map>

#include "line/gateway/engine/schedule.h"
#include "net/tcp.h"

namespace bondline::gateway {

namespace {

class TagServer : public Driver {
 public:
  TagServer(ModbusServeConfig config, const std::shared_ptr<const tags::TagTable>& tags, ServedValues values)
      : Driver("serve:" + config.name), config_(std::move(config)), values_(std::move(values)) {
    std::map<std::uint8_t, std::vector<ServedPoint>> units;
    for (const ServedPoint& point : config_.points) units[point.unit].push_back(point);
    for (auto& [unit, points] : units)
      units_.emplace(unit, Counted{*this, TagBank(std::move(points), tags, values_, config_.identity)});
  }

  net::Task<> run(Outlet&) override;
  net::Task<std::string> write(Setting) override { co_return "a server has no tags of its own"; }
  std::string retag(std::vector<tags::TagId>) override { return "its registers must be read again"; }

 private:
  struct Counted : ModbusUnit {
    Counted(TagServer& server, TagBank tags) : owner(server), bank(std::move(tags)) {}
    std::optional<modbus::Exception> carry_out(const modbus::Request& request,
                                               std::vector<std::uint8_t>& data) override {
      ++owner.status_.requests;
      const auto refused = bank.carry_out(request, data);
      if (refused) {
        ++owner.status_.errors;
        owner.status_.say("function " + std::to_string(static_cast<int>(request.function)) + " at " +
                          std::to_string(request.address) + ": " + std::string(modbus::name_of(*refused)));
      }
      return refused;
    }
    TagServer& owner;
    TagBank bank;
  };
  ModbusUnit* unit(std::uint8_t number) {
    // Over TCP 0 and 255 mean the device itself (Modbus messaging on TCP/IP, 4.4.2.1).
    if (config_.transport == ModbusTransport::tcp && (number == 0 || number == 255) && units_.size() == 1)
      return &units_.begin()->second;
    const auto found = units_.find(number);
    return found == units_.end() ? nullptr : &found->second;
  }
  bool allowed(const std::string& peer) const {
    if (config_.allow.empty()) return true;
    std::string host = peer.substr(0, peer.rfind(':'));
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host.starts_with("::ffff:")) host = host.substr(7);  // IPv4 on a socket for both
    return std::find(config_.allow.begin(), config_.allow.end(), host) != config_.allow.end();
  }
  net::Task<> serve_one(std::unique_ptr<net::Stream> stream);
  net::Task<> listen(net::Listener& listener);

  ModbusServeConfig config_;
  ServedValues values_;
  std::map<std::uint8_t, Counted> units_;
};

net::Task<> TagServer::serve_one(std::unique_ptr<net::Stream> stream) {
  ModbusLink link(std::move(stream), config_.transport, modbus::Speaker::client);
  co_await serve_modbus(link, [this](std::uint8_t number) { return unit(number); });
}

net::Task<> TagServer::listen(net::Listener& listener) {
  net::Scope& scope = co_await net::current_scope();
  net::Group masters(scope.loop(), &scope);
  while (!scope.cancelled()) {
    net::Opened opened = co_await listener.accept();
    if (!opened.stream) {
      if (!scope.cancelled()) co_await net::sleep_for(std::chrono::milliseconds(50));  // out of descriptors
      continue;
    }
    if (!allowed(opened.stream->peer()) || masters.running() >= ModbusServeConfig::kMostMasters) {
      ++status_.errors;
      status_.say((allowed(opened.stream->peer()) ? "too many masters; refused " : "not allowed: ") +
                  opened.stream->peer());
      opened.stream->close();
      continue;
    }
    ++status_.connects;
    masters.spawn(serve_one(std::move(opened.stream)));
  }
  co_await masters.join();
}

net::Task<> TagServer::run(Outlet&) {
  net::Scope& scope = co_await net::current_scope();
  BackOff back_off(std::chrono::milliseconds(200), std::chrono::seconds(10),
                   std::hash<std::string>{}(machine_));
  while (!scope.cancelled()) {
    std::string problem;
    if (config_.transport == ModbusTransport::rtu) {
      net::Opened opened = net::open_serial(scope.loop(), config_.serial_path, config_.serial);
      if (opened.stream) {
        ++status_.connects;
        status_.state = DriverState::connected;
        back_off.reset();
        co_await serve_one(std::move(opened.stream));
        problem = "the serial line has gone";
      } else {
        problem = opened.error.message();
      }
    } else {
      std::error_code error;
      const auto listener = net::Listener::open(scope.loop(), config_.host, config_.port, &error);
      if (listener) {
        status_.state = DriverState::connected;
        co_await listen(*listener);
      } else {
        problem = "can't listen on port " + std::to_string(config_.port) + ": " + error.message();
      }
    }
    if (scope.cancelled()) break;
    status_.state = DriverState::disconnected;
    status_.say(problem);
    ++status_.errors;
    co_await net::sleep_for(back_off.next());
  }
  status_.state = DriverState::stopped;
}

}  // namespace

std::unique_ptr<Driver> make_modbus_tag_server(ModbusServeConfig config,
                                               std::shared_ptr<const tags::TagTable> tags,
                                               ServedValues values) {
  return std::make_unique<TagServer>(std::move(config), tags, std::move(values));
}

}  // namespace bondline::gateway
