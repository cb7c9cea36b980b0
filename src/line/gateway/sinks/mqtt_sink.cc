#include "line/gateway/sinks/mqtt_sink.h"

#include <deque>
#include <stdexcept>

#include "line/gateway/engine/schedule.h"

namespace bondline::gateway {

namespace {

using net::Clock;

/// Ends a connection's tasks; caught where the connection is made anew.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// The broker refuses what it is sent: another connection would not help at once.
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

constexpr std::size_t kMostUnsent = 1u << 20;
/// Most samples without acknowledgement. A broker whose connections break before it has taken anything over
/// gets less and less at once, down to one sample: otherwise one that reads slowly would be sent the same
/// for ever.
constexpr std::uint64_t kMostUnderWay = 1u << 20;
/// After so many connections in a row on which nothing was acknowledged (a bad link has a few) the session is
/// given up: what it holds under way may be larger than this broker ever takes on one connection.
constexpr int kMostFruitless = 20;

class MqttSink : public Sink {
 public:
  explicit MqttSink(MqttSinkConfig config)
      : Sink(config.name), config_(std::move(config)), sent_below_(config_.maybe_sent_below) {}
  net::Task<> run(Feed& feed) override;

 private:
  /// A message that is not acknowledged.
  struct Sent {
    std::uint64_t ticket = 0, end_sequence = 0, samples = 0;
    bool done = false;
  };
  /// What lives as long as the session: longer than one connection.
  struct Running {
    explicit Running(Feed& f, const mqtt::SessionOptions& options) : feed(f), session(options) {}
    Feed& feed;
    mqtt::Session session;
    net::Signal room, kick;
    std::deque<Sent> sent;
    std::uint64_t next_ticket = 0;
    std::string refusal;
    std::uint64_t under_way = 0;  ///< samples in `sent`
    bool progress = false;        ///< something was acknowledged on this connection
    Clock::time_point moved{};    ///< when something was acknowledged, or the first went under way
    std::uint64_t allowance = kMostUnderWay;
    tags::Batch batch;  ///< being published: its samples from `at` on wait for room
    std::optional<store::Read> read;
    std::size_t at = 0;
    /// QoS 2: the session the broker keeps for us is the one this object knows. Another process's may hold
    /// numbers half received, and a broker takes what comes under such a number for a repetition.
    bool ours = false, forget = false;
    int fruitless = 0;
  };
  void start_over(Running& running) const;
  net::Task<> forget_session(net::Stream& stream) const;
  void take_over(Running& running, std::uint64_t ticket, std::uint8_t reason);
  net::Task<> receive(Running& running, net::Stream& stream);
  net::Task<> transmit(Running& running, net::Stream& stream);
  net::Task<> publish(Running& running);
  net::Task<> keep_alive(Running& running);
  net::Task<> talk(Running& running, net::Stream& stream);
  void publish_next(Running& running);

  MqttSinkConfig config_;
  std::uint64_t sent_below_;
  std::string payload_;
};

void MqttSink::take_over(Running& running, std::uint64_t ticket, std::uint8_t reason) {
  if (reason >= 0x80) {
    running.refusal = "the broker refuses a message: " + std::string(mqtt::name_of_reason(reason));
    return;
  }
  for (Sent& message : running.sent)
    if (message.ticket == ticket) message.done = true;
  while (!running.sent.empty() && running.sent.front().done) {
    status_.acknowledged += running.sent.front().samples;
    running.feed.acknowledge(running.sent.front().end_sequence);
    running.under_way -= running.sent.front().samples;
    running.allowance = std::min(kMostUnderWay, running.allowance + running.sent.front().samples);
    running.sent.pop_front();
    running.progress = true;
    running.moved = Clock::now();
  }
  running.room.notify();
}

net::Task<> MqttSink::receive(Running& running, net::Stream& stream) {
  std::vector<std::uint8_t> bytes(64 * 1024);
  for (;;) {
    const net::Moved moved = co_await stream.read_some(std::span(bytes));
    if (moved.error == std::errc::operation_canceled) co_return;
    if (moved.error) throw Broken(moved.error.message());
    const std::string problem = running.session.feed(std::span<const std::uint8_t>(bytes).first(moved.bytes));
    if (running.forget) throw Broken("the broker keeps a session that is given up");
    if (!running.refusal.empty()) throw Refused(running.refusal);
    if (!problem.empty()) throw Broken(problem);
    running.kick.notify();
  }
}

net::Task<> MqttSink::transmit(Running& running, net::Stream& stream) {
  std::vector<std::uint8_t> bytes;
  for (;;) {
    while (!running.session.out().empty()) {
      bytes.clear();
      bytes.swap(running.session.out());
      const net::Moved moved = co_await stream.write(std::span<const std::uint8_t>(bytes));
      if (moved.error == std::errc::operation_canceled) co_return;
      if (moved.error) throw Broken(moved.error.message());
      running.room.notify();
    }
    const std::error_code ended = co_await running.kick.wait();
    if (ended) co_return;
  }
}

net::Task<> MqttSink::keep_alive(Running& running) {
  const auto patience = std::chrono::duration_cast<Clock::duration>(config_.acknowledge_timeout);
  // What an earlier connection left under way goes out again now.
  running.moved = Clock::now();
  for (;;) {
    const std::error_code ended =
        co_await net::sleep_for(std::min<Clock::duration>(std::chrono::seconds(1), patience));
    if (ended) co_return;
    if (running.session.ready() && running.under_way > 0 && Clock::now() - running.moved > patience)
      throw Broken("the broker acknowledges nothing");
    if (!running.session.keep_alive(mono_now_ns() / 1'000'000)) throw Broken("the broker does not answer");
    if (!running.session.out().empty()) running.kick.notify();
  }
}

/// One message out of the batch being published.
void MqttSink::publish_next(Running& running) {
  const store::Read& read = *running.read;
  const std::size_t count = std::min({config_.most_samples, running.batch.size() - running.at,
                                      static_cast<std::size_t>(running.allowance - running.under_way)});
  PayloadHead head;
  head.line = config_.line;
  head.epoch = read.epoch;
  head.sequence = read.first_sequence + running.at;
  head.again = head.sequence < sent_below_;
  payload_.clear();
  write_payload(config_.payload, head, running.batch, running.at, count, *read.dictionary, payload_);
  const Sent message{running.next_ticket++, head.sequence + count, count, false};
  const std::string problem = running.session.publish(
      message.ticket, config_.topic,
      std::span(reinterpret_cast<const std::uint8_t*>(payload_.data()), payload_.size()), config_.qos, false);
  if (!problem.empty()) {
    // Too large for this broker: smaller messages, never fewer samples.
    if (count > 1) {
      config_.most_samples = count / 2;
      return;
    }
    throw Refused(problem);
  }
  status_.sent += count;
  if (head.again) status_.resent += count;
  running.at += count;
  running.sent.push_back(message);
  if (running.under_way == 0) running.moved = Clock::now();
  running.under_way += count;
  if (config_.qos == 0) take_over(running, message.ticket, 0);
}

net::Task<> MqttSink::publish(Running& running) {
  while (!running.session.ready()) {
    const std::error_code ended = co_await running.room.wait();
    if (ended) co_return;
  }
  if (!config_.state_topic.empty()) {
    const std::string_view online = "online";
    const std::vector<std::uint8_t> payload(online.begin(), online.end());
    running.session.publish(running.next_ticket++, config_.state_topic, payload, 1, true);
    running.kick.notify();
  }
  for (;;) {
    while (!running.session.may_publish() || running.session.out().size() > kMostUnsent ||
           running.under_way >= running.allowance) {
      const std::error_code ended = co_await running.room.wait();
      if (ended) co_return;
    }
    if (!running.read || running.at >= running.batch.size()) {
      running.read = co_await running.feed.next(running.batch);
      if (!running.read) co_return;
      status_.lost += running.read->lost;
      running.at = running.read->skip;
      continue;
    }
    publish_next(running);
    running.kick.notify();
  }
}

/// Everything that is not acknowledged is read again and published anew.
void MqttSink::start_over(Running& running) const {
  running.session.abandon();
  running.sent.clear();
  running.under_way = 0;
  running.read.reset();
  running.feed.rewind();
}

/// Connects, says that nothing shall be kept of us, and leaves.
net::Task<> MqttSink::forget_session(net::Stream& stream) const {
  mqtt::SessionOptions options = config_.session;
  options.clean_start = true;
  options.session_expiry_s = 0;
  mqtt::Session session(options);
  session.connected();
  std::vector<std::uint8_t> bytes(4096);
  while (!session.ready()) {
    if (!session.out().empty()) {
      const net::Moved sent = co_await stream.write(std::span<const std::uint8_t>(session.out()));
      if (sent.error) throw Broken(sent.error.message());
      session.out().clear();
    }
    const net::Moved moved = co_await stream.read_some(std::span(bytes));
    if (moved.error) throw Broken(moved.error.message());
    const std::string problem = session.feed(std::span<const std::uint8_t>(bytes).first(moved.bytes));
    if (!problem.empty()) throw Broken(problem);
  }
  session.say_goodbye();
  co_await stream.write(std::span<const std::uint8_t>(session.out()));
}

net::Task<> MqttSink::talk(Running& running, net::Stream& stream) {
  net::Scope& scope = co_await net::current_scope();
  net::Group group(scope.loop(), &scope);
  running.session.connected();
  group.spawn(receive(running, stream));
  group.spawn(transmit(running, stream));
  group.spawn(publish(running));
  group.spawn(keep_alive(running));
  co_await group.join();
}

net::Task<> MqttSink::run(Feed& feed) {
  net::Scope& scope = co_await net::current_scope();
  BackOff back_off(std::chrono::duration_cast<Clock::duration>(config_.first_pause),
                   std::chrono::duration_cast<Clock::duration>(config_.most_pause),
                   std::hash<std::string>{}(name_));
  mqtt::SessionOptions options = config_.session;
  if (!config_.state_topic.empty()) {
    const std::string_view offline = "offline";
    options.will = mqtt::Will{config_.state_topic, {offline.begin(), offline.end()}, 1, true};
  }
  Running running(feed, options);
  running.session.on_acknowledged = [&](std::uint64_t ticket, std::uint8_t reason) {
    take_over(running, ticket, reason);
  };
  running.session.on_ready = [&](bool present) {
    if (config_.qos == 2 && present && !running.ours) {
      running.forget = true;
      return;
    }
    running.ours = true;
    status_.state = DriverState::connected;
    ++status_.connects;
    // What was under way is sent once more. With QoS 2 and a broker that remembers, as it was: it arrives
    // once. Else from the cursor on, and marked: receivers may see it twice.
    if (config_.qos < 2 || !present) start_over(running);
    running.room.notify();
  };
  while (!scope.cancelled()) {
    std::string problem, refused;
    net::Opened opened;
    {
      net::Deadline deadline(scope, std::chrono::duration_cast<Clock::duration>(config_.connect_timeout));
      opened = co_await deadline.run(config_.connect());
      if (!opened.stream)
        problem =
            deadline.passed() ? "cannot connect: timed out" : "cannot connect: " + opened.error.message();
    }
    if (scope.cancelled()) break;
    if (opened.stream) {
      const auto begun = Clock::now();
      running.progress = false;
      bool forgotten = false;
      try {
        if (running.forget) {
          net::Deadline deadline(scope, std::chrono::duration_cast<Clock::duration>(config_.connect_timeout));
          co_await deadline.run(forget_session(*opened.stream));
          start_over(running);
          running.forget = false;
          running.ours = forgotten = true;
        } else {
          co_await talk(running, *opened.stream);
        }
      } catch (const Broken& broken) {
        problem = broken.what();
      } catch (const Refused& refusal) {
        refused = refusal.what();
      }
      if (scope.cancelled() && running.session.ready()) {
        // In good order: no will is sent, the session stays.
        running.session.out().clear();
        running.session.say_goodbye();
        net::Loop& loop = scope.loop();
        net::Scope last(loop);
        net::Deadline deadline(last, std::chrono::milliseconds(200));
        co_await deadline.run(opened.stream->write(std::span<const std::uint8_t>(running.session.out())));
      }
      running.session.disconnected();
      opened.stream->close();
      // With QoS 0 nobody says that anything was taken over.
      const bool taken = running.progress && config_.qos > 0;
      if (taken)
        running.fruitless = 0;
      else if (config_.qos == 2 && running.under_way > 0 && ++running.fruitless >= kMostFruitless)
        running.forget = true;
      if (taken || Clock::now() - begun >= config_.most_pause) back_off.reset();
      if (running.under_way > 0)
        running.allowance =
            std::max<std::uint64_t>(1, std::min(running.allowance, running.under_way) / (taken ? 2 : 4));
      if (forgotten || (running.forget && !running.ours)) continue;
    }
    sent_below_ = std::max(sent_below_, feed.position());
    if (scope.cancelled()) break;
    status_.state = DriverState::disconnected;
    ++status_.errors;
    if (!refused.empty()) throw std::runtime_error(refused);
    status_.say(problem);
    co_await net::sleep_for(back_off.next());
  }
  status_.state = DriverState::stopped;
}

}  // namespace

std::unique_ptr<Sink> make_mqtt_sink(MqttSinkConfig config) {
  return std::make_unique<MqttSink>(std::move(config));
}

}  // namespace bondline::gateway
