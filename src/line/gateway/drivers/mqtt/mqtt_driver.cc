#include "line/gateway/drivers/mqtt/mqtt_driver.h"

#include <algorithm>
#include <deque>
#include <map>
#include <stdexcept>

#include "line/gateway/engine/schedule.h"

namespace bondline::gateway {

namespace {

using net::Clock;

/// Ends a connection's tasks; caught where the connection is made anew.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

constexpr std::size_t kFiltersInOnePacket = 200;
constexpr auto kLastWait = std::chrono::milliseconds(300);  ///< for a commit, when the line ends

/// A value that is published and not acknowledged.
struct PendingWrite {
  net::Signal done;
  bool finished = false;
  std::string problem;
};

class MqttDriver : public Driver {
 public:
  explicit MqttDriver(MqttConfig config)
      : Driver(config.machine),
        config_(std::move(config)),
        topics_(config_.points, config_.time),
        filters_(config_.subscribe.empty() ? topics_.filters() : config_.subscribe) {}

  net::Task<> run(Outlet& outlet) override;
  net::Task<std::string> write(Setting setting) override;
  std::string retag(std::vector<tags::TagId>) override { return "its subscriptions must be made anew"; }
  void on_durable() override { release(); }

 private:
  /// What lives as long as run(): longer than one connection.
  struct Running {
    Running(Outlet& o, const mqtt::SessionOptions& options) : outlet(o), session(options) {}
    Outlet& outlet;
    mqtt::Session session;
    net::Signal kick;
    bool refused = false;       ///< the log took a message not
    bool half_written = false;  ///< a packet is on its way in part: nothing can follow it
    bool first = true, told_disconnected = false;
    std::deque<std::pair<std::size_t, std::size_t>> asked;  ///< filters of each SUBSCRIBE without answer
  };
  void release();
  std::optional<std::uint64_t> take(const mqtt::Packet& packet);
  void offer_marks(std::string_view concerned, tags::Quality quality);
  void subscribe();
  void subscribed(const std::vector<std::uint8_t>& reasons);
  void acknowledged(std::uint64_t ticket, std::uint8_t reason);
  void fail_writes(const char* why);
  net::Task<> receive(net::Stream& stream);
  net::Task<> transmit(net::Stream& stream);
  net::Task<> keep_alive();
  net::Task<> talk(net::Stream& stream);
  net::Task<> say_goodbye(net::Stream& stream);

  MqttConfig config_;
  MqttTopics topics_;
  std::vector<std::string> filters_;
  Running* running_ = nullptr;  ///< while run() runs
  std::map<std::uint64_t, std::shared_ptr<PendingWrite>> writes_;
  std::uint64_t next_ticket_ = 0;
  tags::Batch batch_;
};

/// Acknowledges what is on disk, and asks to be told of the next commit if something is not.
void MqttDriver::release() {
  if (!running_) return;
  mqtt::Session& session = running_->session;
  session.release(running_->outlet.durable_end());
  if (session.held() > 0) {
    waits_for_durable_ = true;
    session.release(running_->outlet.durable_end());
  }
  if (!session.out().empty()) running_->kick.notify();
}

std::optional<std::uint64_t> MqttDriver::take(const mqtt::Packet& packet) {
  ++status_.polls;
  batch_.clear();
  MqttTopics::Message message;
  message.topic = packet.topic;
  message.payload = {reinterpret_cast<const char*>(packet.payload.data()), packet.payload.size()};
  message.retained = packet.retain;
  message.again = packet.duplicate;
  const MqttTopics::Outcome outcome = topics_.read(message, running_->outlet.now(), batch_);
  if (!outcome.known) ++status_.strays;
  if (outcome.problems > 0) {
    status_.errors += outcome.problems;
    status_.say(outcome.problem);
  }
  if (batch_.empty()) return 0;
  status_.received += batch_.size();
  const Outlet::SafeAt safe = running_->outlet.offer_to_keep(batch_);
  // A message of QoS 0 the broker has forgotten already: nothing is won by asking again.
  if (!safe && packet.qos > 0) running_->refused = true;
  return safe;
}

void MqttDriver::offer_marks(std::string_view concerned, tags::Quality quality) {
  batch_.clear();
  topics_.mark(concerned, quality, running_->outlet.now(), batch_);
  status_.received += batch_.size();
  running_->outlet.offer(batch_);
}

void MqttDriver::subscribe() {
  // 3.8.3.1: what the broker has retained is asked for once, not after every broken link.
  const auto options = static_cast<std::uint8_t>(config_.qos | (running_->first ? 0x00 : 0x10));
  running_->first = false;
  running_->asked.clear();
  for (std::size_t at = 0; at < filters_.size(); at += kFiltersInOnePacket) {
    const std::size_t count = std::min(kFiltersInOnePacket, filters_.size() - at);
    std::vector<std::pair<std::string, std::uint8_t>> some;
    for (std::size_t i = at; i < at + count; ++i) some.emplace_back(filters_[i], options);
    running_->session.subscribe(some);
    running_->asked.emplace_back(at, count);
  }
}

void MqttDriver::subscribed(const std::vector<std::uint8_t>& reasons) {
  if (running_->asked.empty()) return;
  const auto [at, count] = running_->asked.front();
  running_->asked.pop_front();
  for (std::size_t i = 0; i < count && i < reasons.size(); ++i) {
    if (reasons[i] < 0x80) continue;
    ++status_.errors;
    status_.say("the broker refuses the subscription to " + filters_[at + i] + ": " +
                std::string(mqtt::name_of_reason(reasons[i])));
    offer_marks(filters_[at + i], tags::Quality::bad_configuration);
  }
}

void MqttDriver::acknowledged(std::uint64_t ticket, std::uint8_t reason) {
  const auto it = writes_.find(ticket);
  if (it == writes_.end()) return;
  if (reason >= 0x80)
    it->second->problem = "the broker refuses: " + std::string(mqtt::name_of_reason(reason));
  it->second->finished = true;
  it->second->done.notify();
  writes_.erase(it);
}

void MqttDriver::fail_writes(const char* why) {
  for (auto& [ticket, waiting] : writes_) {
    waiting->problem = why;
    waiting->finished = true;
    waiting->done.notify();
  }
  writes_.clear();
  // A setting must not come to a machine minutes after it was given.
  if (running_) running_->session.abandon();
}

net::Task<> MqttDriver::receive(net::Stream& stream) {
  std::vector<std::uint8_t> bytes(64 * 1024);
  for (;;) {
    const net::Moved moved = co_await stream.read_some(std::span(bytes));
    if (moved.error == std::errc::operation_canceled) co_return;
    if (moved.error) throw Broken(moved.error.message());
    const std::string problem =
        running_->session.feed(std::span<const std::uint8_t>(bytes).first(moved.bytes));
    if (running_->refused) throw Broken("the log takes nothing at present; the broker is asked again later");
    if (!problem.empty()) throw Broken(problem);
    release();
    running_->kick.notify();
  }
}

net::Task<> MqttDriver::transmit(net::Stream& stream) {
  std::vector<std::uint8_t> bytes;
  for (;;) {
    while (!running_->session.out().empty()) {
      bytes.clear();
      bytes.swap(running_->session.out());
      running_->half_written = true;
      const net::Moved moved = co_await stream.write(std::span<const std::uint8_t>(bytes));
      if (moved.error == std::errc::operation_canceled) co_return;
      if (moved.error) throw Broken(moved.error.message());
      running_->half_written = false;
    }
    const std::error_code ended = co_await running_->kick.wait();
    if (ended) co_return;
  }
}

net::Task<> MqttDriver::keep_alive() {
  for (;;) {
    const std::error_code ended = co_await net::sleep_for(std::chrono::seconds(1));
    if (ended) co_return;
    if (!running_->session.keep_alive(mono_now_ns() / 1'000'000)) throw Broken("the broker does not answer");
    if (!running_->session.out().empty()) running_->kick.notify();
  }
}

net::Task<> MqttDriver::talk(net::Stream& stream) {
  net::Scope& scope = co_await net::current_scope();
  net::Group group(scope.loop(), &scope);
  running_->refused = running_->half_written = false;
  running_->session.connected();
  group.spawn(receive(stream));
  group.spawn(transmit(stream));
  group.spawn(keep_alive());
  co_await group.join();
}

/// In good order: what is on disk, or will be in a moment, is acknowledged; the session stays if it is kept.
net::Task<> MqttDriver::say_goodbye(net::Stream& stream) {
  net::Scope& scope = co_await net::current_scope();
  net::Scope last(scope.loop());
  mqtt::Session& session = running_->session;
  net::Deadline patience(last, kLastWait);
  session.release(running_->outlet.durable_end());
  while (session.held() > 0 && !patience.passed()) {
    co_await patience.run(net::sleep_for(std::chrono::milliseconds(2)));
    session.release(running_->outlet.durable_end());
  }
  session.say_goodbye();
  net::Deadline deadline(last, std::chrono::milliseconds(200));
  co_await deadline.run(stream.write(std::span<const std::uint8_t>(session.out())));
}

net::Task<> MqttDriver::run(Outlet& outlet) {
  net::Scope& scope = co_await net::current_scope();
  BackOff back_off(std::chrono::duration_cast<Clock::duration>(config_.first_pause),
                   std::chrono::duration_cast<Clock::duration>(config_.most_pause),
                   std::hash<std::string>{}(machine_));
  Running running(outlet, config_.session);
  struct Leave {
    MqttDriver& driver;
    ~Leave() {
      driver.fail_writes("the machine is being stopped");
      driver.running_ = nullptr;
    }
  } leave{*this};
  running_ = &running;
  running.session.on_held_message = [this](const mqtt::Packet& packet) { return take(packet); };
  running.session.on_subscribed = [this](const std::vector<std::uint8_t>& reasons) { subscribed(reasons); };
  running.session.on_acknowledged = [this](std::uint64_t ticket, std::uint8_t reason) {
    acknowledged(ticket, reason);
  };
  running.session.on_ready = [&](bool) {
    status_.state = DriverState::connected;
    ++status_.connects;
    running.told_disconnected = false;
    back_off.reset();
    subscribe();
  };
  while (!scope.cancelled()) {
    std::string problem;
    net::Opened opened;
    {
      net::Deadline deadline(scope, std::chrono::duration_cast<Clock::duration>(config_.connect_timeout));
      opened = co_await deadline.run(config_.connect());
      if (!opened.stream)
        problem =
            deadline.passed() ? "cannot connect: timed out" : "cannot connect: " + opened.error.message();
    }
    if (scope.cancelled()) break;
    bool refused = false;
    if (opened.stream) {
      try {
        co_await talk(*opened.stream);
      } catch (const Broken& broken) {
        problem = broken.what();
      }
      if (scope.cancelled() && running.session.ready() && !running.half_written)
        co_await say_goodbye(*opened.stream);
      refused = running.refused;
      running.session.disconnected();
      fail_writes("the connection broke");
      opened.stream->close();
    }
    if (scope.cancelled()) break;
    status_.state = DriverState::disconnected;
    ++status_.errors;
    status_.say(problem);
    if (!running.told_disconnected) {
      running.told_disconnected = true;
      offer_marks("", tags::Quality::bad_not_connected);
    }
    if (refused) co_await net::sleep_for(std::chrono::seconds(1));  // a full log is not emptied in a moment
    co_await net::sleep_for(back_off.next());
  }
  status_.state = DriverState::stopped;
}

net::Task<std::string> MqttDriver::write(Setting setting) {
  if (!running_ || !running_->session.ready()) co_return "not connected";
  const MqttPoint* point = topics_.point_of(setting.tag);
  if (!point) co_return "the machine has no such tag";
  if (point->write_to.empty()) co_return "this tag can't be written";
  mqtt::Session& session = running_->session;
  if (!session.may_publish()) co_return "too many writes are under way";
  std::string value;
  fields::write(point->format, setting.bits, setting.text, value);
  if (!point->whole) {
    std::string quoted;
    if (point->format.type == tags::ValueType::text) {
      fields::write_json_text(value, quoted);
      value.swap(quoted);
    }
    value = fields::JsonPaths::document_with(point->field, value);
  }
  const std::uint64_t ticket = next_ticket_++;
  const std::size_t under_way = session.in_flight();
  const std::string problem = session.publish(
      ticket, point->write_to, std::span(reinterpret_cast<const std::uint8_t*>(value.data()), value.size()),
      config_.qos, false);
  if (!problem.empty()) co_return problem;
  ++status_.requests;
  running_->kick.notify();
  if (session.in_flight() == under_way) co_return "";  // QoS 0: nobody answers
  const auto pending = std::make_shared<PendingWrite>();
  writes_[ticket] = pending;
  while (!pending->finished) {
    const std::error_code ended = co_await pending->done.wait();
    if (ended) {
      writes_.erase(ticket);
      co_return "cancelled";
    }
  }
  co_return pending->problem;
}

}  // namespace

std::unique_ptr<Driver> make_mqtt_driver(MqttConfig config) {
  return std::make_unique<MqttDriver>(std::move(config));
}

}  // namespace bondline::gateway
