#include "line/gateway/drivers/modbus/modbus_driver.h"

#include <algorithm>
#include <deque>
#include <map>

#include "line/gateway/drivers/modbus/poll_group.h"
#include "line/gateway/drivers/modbus/transport.h"
#include "net/tcp.h"

namespace bondline::gateway {

using namespace modbus;
using net::Clock;

namespace {

Clock::duration plain(std::chrono::nanoseconds d) {
  return std::chrono::duration_cast<Clock::duration>(d);
}

/// A request that is under way.
struct InFlight {
  std::uint16_t transaction = 0;
  std::size_t block = 0;
  Clock::time_point until;
};

/// A value that waits to be written, and who waits for it.
struct PendingWrite {
  Setting setting;
  net::Signal done;
  bool finished = false, given_up = false;
  std::string problem;
};

class ModbusDriver : public Driver {
 public:
  ModbusDriver(ModbusConfig config, std::shared_ptr<const tags::TagTable> tags)
      : Driver(config.machine),
        reads_{std::make_unique<ModbusConfig>(std::move(config)), std::move(tags), {}} {
    make_groups();
  }

  net::Task<> run(Outlet& outlet) override;
  net::Task<std::string> write(Setting setting) override;
  std::string retag(std::vector<tags::TagId>) override { return "its points must be read again"; }
  std::string take_over(Driver& next) override;

 private:
  enum class End { cancelled, broken };
  const ModbusConfig& config() const { return *reads_.config; }
  std::vector<std::unique_ptr<PollGroup>>& groups() { return reads_.groups; }
  void make_groups();
  net::Task<net::Opened> connect();
  net::Task<End> serve(ModbusLink& link, Outlet& outlet);
  net::Task<End> poll(ModbusLink& link, PollGroup& group, Outlet& outlet);
  net::Task<End> serve_writes(ModbusLink& link);
  net::Task<std::string> write_now(ModbusLink& link, const Setting& setting);
  /// One request on its own; nullopt with *problem when it failed.
  net::Task<std::optional<std::vector<std::uint8_t>>> ask(ModbusLink& link, std::uint8_t unit,
                                                          Request request, std::string* problem);
  void tell_disconnected(Outlet& outlet);
  void take_answer(PollGroup& group, PollBlock& block, std::span<const std::uint8_t> pdu);
  void fail(PollBlock& block, tags::Quality quality, std::string why);

  /// What is read, and how. The groups refer to the other two.
  struct Reads {
    std::unique_ptr<ModbusConfig> config;
    std::shared_ptr<const tags::TagTable> tags;
    std::vector<std::unique_ptr<PollGroup>> groups;
  };
  void adopt();
  void find_depth();
  Reads reads_;
  std::optional<Reads> coming_;  ///< taken over when the round is done
  bool told_disconnected_ = false;
  std::deque<std::shared_ptr<PendingWrite>> writes_;
  net::Signal wake_;
  std::uint16_t transaction_ = 0;
  int depth_ = 1, most_depth_ = ModbusConfig::kMostProbed;
  bool round_refused_ = false, round_failed_ = false;
  int silent_ = 0;  ///< requests in a row without an answer
  bool broken_ = false;
  bool answered_ = false;  ///< a whole round went well on this connection
  std::uint64_t round_ = 0;
  tags::Batch batch_;
};

/// So many samples are handed on at once; more in a round go in several batches.
constexpr std::size_t kBatch = 4096;
/// A device that leaves so many requests in a row unanswered is connected to anew.
constexpr int kMostSilent = 3;
/// A value that the device does not have is asked for again so rarely (rounds).
constexpr std::uint64_t kDeadEvery = 100;

void ModbusDriver::make_groups() {
  std::map<std::pair<std::uint8_t, std::int64_t>, std::vector<ModbusPoint>> sorted;
  for (const ModbusPoint& point : config().points)
    sorted[{point.unit ? point.unit : config().unit,
            point.poll.count() > 0 ? point.poll.count() : config().poll.count()}]
        .push_back(point);
  groups().clear();
  const auto now = Clock::now();
  for (auto& [key, points] : sorted) {
    const auto period =
        std::max(plain(std::chrono::nanoseconds(key.second)), Clock::duration(std::chrono::microseconds(1)));
    groups().push_back(std::make_unique<PollGroup>(config(), *reads_.tags, key.first, std::move(points),
                                                   Schedule(now, period)));
    groups().back()->due = groups().back()->schedule().advance(now);
  }
  find_depth();
}

void ModbusDriver::find_depth() {
  depth_ = config().transport == ModbusTransport::tcp ? std::max(1, config().pipeline) : 1;
  most_depth_ = config().pipeline > 0 || config().transport != ModbusTransport::tcp
                    ? depth_
                    : ModbusConfig::kMostProbed;
}

std::string ModbusDriver::take_over(Driver& next) {
  auto* heir = dynamic_cast<ModbusDriver*>(&next);
  if (!heir) return "it speaks another protocol";
  const ModbusConfig &now = config(), &then = heir->config();
  const auto& s = now.serial;
  if (now.transport != then.transport || now.host != then.host || now.port != then.port ||
      now.serial_path != then.serial_path || s.baud != then.serial.baud ||
      s.data_bits != then.serial.data_bits || s.parity != then.serial.parity ||
      s.stop_bits != then.serial.stop_bits)
    return "it is connected otherwise";
  coming_ = std::move(heir->reads_);
  wake_.notify();
  return "";
}

/// Between two rounds.
void ModbusDriver::adopt() {
  if (!coming_) return;
  Reads before = std::move(reads_);
  reads_ = std::move(*coming_);
  coming_.reset();
  for (auto& group : groups())
    for (const auto& old : before.groups)
      if (old->unit() == group->unit() && old->schedule().period() == group->schedule().period())
        group->continue_from(*old);
  if (config().pipeline != before.config->pipeline) find_depth();
  told_disconnected_ = false;
}

net::Task<net::Opened> ModbusDriver::connect() {
  net::Scope& scope = co_await net::current_scope();
  if (config().transport == ModbusTransport::rtu) {
    net::Opened opened = net::open_serial(scope.loop(), config().serial_path, config().serial);
    co_return opened;
  }
  net::Deadline deadline(scope, plain(config().connect_timeout));
  net::Opened opened = co_await deadline.run(net::connect_tcp(config().host, config().port));
  if (!opened.stream && deadline.passed()) opened.error = std::make_error_code(std::errc::timed_out);
  co_return opened;
}

net::Task<> ModbusDriver::run(Outlet& outlet) {
  net::Scope& scope = co_await net::current_scope();
  BackOff back_off(plain(config().first_pause), plain(config().most_pause),
                   std::hash<std::string>{}(machine_));
  told_disconnected_ = false;
  while (!scope.cancelled()) {
    net::Opened opened = co_await connect();
    if (scope.cancelled()) break;
    adopt();
    if (opened.stream) {
      ++status_.connects;
      status_.state = DriverState::connected;
      told_disconnected_ = false;
      silent_ = 0;
      broken_ = answered_ = false;
      ModbusLink link(std::move(opened.stream), config().transport, Speaker::server);
      const auto begun = Clock::now();
      const End end = co_await serve(link, outlet);
      if (end == End::cancelled) break;
      if (answered_ || Clock::now() - begun > plain(config().most_pause)) back_off.reset();
    } else {
      status_.say("cannot connect: " + opened.error.message());
      ++status_.errors;
    }
    status_.state = DriverState::disconnected;
    if (!told_disconnected_) tell_disconnected(outlet);
    told_disconnected_ = true;
    for (auto& waiting : writes_) {
      waiting->problem = "not connected";
      waiting->finished = true;
      waiting->done.notify();
    }
    writes_.clear();
    co_await net::sleep_for(back_off.next());
  }
  status_.state = DriverState::stopped;
}

void ModbusDriver::tell_disconnected(Outlet& outlet) {
  batch_.clear();
  batch_.begin(outlet.now());
  for (auto& group : groups())
    for (PollBlock& block : group->blocks()) {
      PollGroup::mark(block, tags::Quality::bad_not_connected, batch_);
      block.good = false;
      block.told = true;
    }
  status_.received += batch_.size();
  outlet.offer(batch_);
}

net::Task<ModbusDriver::End> ModbusDriver::serve(ModbusLink& link, Outlet& outlet) {
  net::Scope& scope = co_await net::current_scope();
  for (;;) {
    adopt();
    if (groups().empty()) {
      const std::error_code ended = co_await wake_.wait();
      if (ended) co_return End::cancelled;
    } else {
      auto next = std::min_element(groups().begin(), groups().end(),
                                   [](auto& a, auto& b) { return a->due < b->due; });
      PollGroup& group = **next;
      if (writes_.empty() && Clock::now() < group.due) {
        net::Deadline until_due(scope, group.due);
        const std::error_code ended = co_await until_due.run(wake_.wait());
        if (ended && !until_due.passed()) co_return End::cancelled;
      }
      if (Clock::now() >= group.due) {
        ++status_.polls;
        ++round_;
        const End end = co_await poll(link, group, outlet);
        if (scope.cancelled()) co_return End::cancelled;
        if (end == End::broken) co_return End::broken;
        answered_ |= !round_failed_;
        const std::uint64_t before = group.schedule().overruns();
        group.due = group.schedule().advance(Clock::now());
        status_.overruns += group.schedule().overruns() - before;
      }
    }
    const End end = co_await serve_writes(link);
    if (scope.cancelled()) co_return End::cancelled;
    if (end == End::broken) co_return End::broken;
  }
}

void ModbusDriver::fail(PollBlock& block, tags::Quality quality, std::string why) {
  ++status_.errors;
  status_.say(std::move(why));
  if (block.told && !block.good) return;
  PollGroup::mark(block, quality, batch_);
  block.good = false;
  block.told = true;
}

void ModbusDriver::take_answer(PollGroup& group, PollBlock& block, std::span<const std::uint8_t> pdu) {
  Response response;
  if (const char* problem = decode(pdu, block.request, response)) {
    round_failed_ = true;
    fail(block, tags::Quality::bad_communication,
         std::string("unit ") + std::to_string(block.unit) + ": " + problem);
    return;
  }
  if (!response.exception) {
    PollGroup::decode(block, response.data, batch_);
    group.answered(block);
    block.good = block.told = true;
    block.dead = false;
    return;
  }
  const std::string where = std::string(prefix_of(block.read.table)) + ":" +
                            std::to_string(block.read.address) + " (" + std::to_string(block.read.count) +
                            "): " + std::string(name_of(*response.exception));
  switch (*response.exception) {
    case Exception::illegal_data_address:
    case Exception::illegal_data_value:
      // A longer read than the device likes is planned anew and its values come with the next round; only a
      // single value that is not there has a bad configuration.
      if (group.refused(block)) {
        round_refused_ = true;
        ++status_.errors;
        status_.say(where);
      } else {
        fail(block, tags::Quality::bad_configuration, where);
      }
      break;
    case Exception::illegal_function:
      fail(block, tags::Quality::bad_configuration, where);
      break;
    case Exception::server_device_failure:
    case Exception::memory_parity_error:
      fail(block, tags::Quality::bad_device, where);
      break;
    default:
      fail(block, tags::Quality::bad_communication, where);
      break;
  }
}

net::Task<ModbusDriver::End> ModbusDriver::poll(ModbusLink& link, PollGroup& group, Outlet& outlet) {
  net::Scope& scope = co_await net::current_scope();
  std::vector<PollBlock>& blocks = group.blocks();
  std::deque<InFlight> flying;
  std::size_t next = 0;
  batch_.clear();
  round_refused_ = round_failed_ = false;
  End end = End::cancelled;
  bool ended = false;
  while (!ended && (next < blocks.size() || !flying.empty())) {
    while (static_cast<int>(flying.size()) < depth_ && next < blocks.size()) {
      const std::size_t index = next++;
      if (blocks[index].dead && round_ % kDeadEvery != 0) continue;
      ++transaction_;
      link.put(transaction_, blocks[index].unit,
               std::span<const std::uint8_t>(blocks[index].pdu).first(blocks[index].pdu_bytes));
      flying.push_back({transaction_, index, Clock::now() + plain(config().timeout)});
      ++status_.requests;
    }
    if (flying.empty()) break;
    std::error_code error = co_await link.flush();
    if (!error) {
      net::Deadline deadline(scope, flying.front().until);
      error = co_await link.fill(deadline);
      if (error && deadline.passed() && !scope.cancelled()) {
        // The oldest has gone unanswered. On TCP a late answer is known by its transaction; on a serial line
        // it is not, so the line must be quiet before the next request.
        const std::size_t index = flying.front().block;
        flying.pop_front();
        round_failed_ = true;
        ++silent_;
        if (!batch_.runs().empty() || !blocks[index].told || blocks[index].good) {
          batch_.begin(outlet.now());
          fail(blocks[index], tags::Quality::bad_communication,
               "unit " + std::to_string(blocks[index].unit) + " does not answer");
        } else {
          ++status_.errors;
        }
        if (!link.is_tcp()) {
          link.silence();
          co_await net::sleep_for(std::chrono::milliseconds(2));
        }
        if (silent_ >= kMostSilent && link.is_tcp()) {
          end = End::broken;
          ended = true;
        }
        if (depth_ > 1 && config().pipeline == 0) {
          most_depth_ = std::max(1, depth_ / 2);
          depth_ = 1;
        }
        continue;
      }
    }
    if (error) {
      if (!scope.cancelled()) {
        status_.say(error.message());
        ++status_.errors;
        if (depth_ > 1 && config().pipeline == 0) {
          most_depth_ = std::max(1, depth_ / 2);  // some devices hang up on a second request
          depth_ = 1;
        }
        end = End::broken;
      }
      break;
    }
    const tags::Times times = outlet.now();
    while (std::optional<Message> message = link.next()) {
      const auto match = std::find_if(flying.begin(), flying.end(), [&](const InFlight& f) {
        return (!link.is_tcp() || f.transaction == message->transaction) &&
               blocks[f.block].unit == message->unit;
      });
      if (match == flying.end()) {
        ++status_.strays;
        continue;
      }
      const std::size_t index = match->block;
      if (!link.is_tcp()) {
        // Serial answers carry no transaction: one that does not fit the question is not its answer.
        Response response;
        if (decode(message->pdu, blocks[index].request, response) != nullptr) {
          ++status_.strays;
          continue;
        }
      }
      flying.erase(match);
      silent_ = 0;
      batch_.begin(times);
      take_answer(group, blocks[index], message->pdu);
    }
    if (!link.broken().empty()) {
      status_.say(std::string(link.broken()));
      ++status_.errors;
      end = End::broken;
      break;
    }
    if (batch_.size() >= kBatch) {
      status_.received += batch_.size();
      outlet.offer(batch_);
      batch_.clear();
    }
  }
  status_.received += batch_.size();
  outlet.offer(batch_);
  batch_.clear();
  if (end == End::broken) co_return End::broken;
  if (round_refused_ || (!round_failed_ && round_ % 16 == 0 && group.probe_longer()))
    group.replan();
  else if (!round_failed_ && depth_<most_depth_&& static_cast<int>(blocks.size())> depth_)
    depth_ = std::min(2 * depth_, most_depth_);
  co_return End::cancelled;
}

net::Task<std::string> ModbusDriver::write(Setting setting) {
  if (status_.state != DriverState::connected) co_return "not connected";
  auto pending = std::make_shared<PendingWrite>();
  pending->setting = std::move(setting);
  writes_.push_back(pending);
  wake_.notify();
  while (!pending->finished) {
    const std::error_code ended = co_await pending->done.wait();
    if (ended) {
      pending->given_up = true;
      co_return "cancelled";
    }
  }
  co_return pending->problem;
}

net::Task<ModbusDriver::End> ModbusDriver::serve_writes(ModbusLink& link) {
  while (!writes_.empty()) {
    const auto pending = writes_.front();
    writes_.pop_front();
    if (pending->given_up) continue;
    pending->problem = co_await write_now(link, pending->setting);
    pending->finished = true;
    pending->done.notify();
    if (broken_) co_return End::broken;
  }
  co_return End::cancelled;
}

net::Task<std::optional<std::vector<std::uint8_t>>> ModbusDriver::ask(ModbusLink& link, std::uint8_t unit,
                                                                      Request request, std::string* problem) {
  net::Scope& scope = co_await net::current_scope();
  PduBuffer pdu;
  const std::size_t n = encode(request, pdu);
  const std::uint16_t transaction = ++transaction_;
  link.put(transaction, unit, std::span<const std::uint8_t>(pdu).first(n));
  ++status_.requests;
  std::error_code error = co_await link.flush();
  net::Deadline deadline(scope, plain(config().timeout));
  while (!error) {
    while (std::optional<Message> message = link.next()) {
      Response response;
      if ((link.is_tcp() && message->transaction != transaction) || message->unit != unit) {
        ++status_.strays;
        continue;
      }
      if (const char* wrong = decode(message->pdu, request, response)) {
        ++status_.strays;
        *problem = wrong;
        if (link.is_tcp()) co_return std::nullopt;
        continue;
      }
      if (response.exception) {
        *problem = std::string(name_of(*response.exception));
        co_return std::nullopt;
      }
      std::vector<std::uint8_t> data(response.data.begin(), response.data.end());
      co_return std::optional<std::vector<std::uint8_t>>(std::move(data));
    }
    error = co_await link.fill(deadline);
  }
  ++status_.errors;
  if (deadline.passed()) {
    *problem = "the device does not answer";
    if (!link.is_tcp()) link.silence();
  } else {
    *problem = error.message();
    broken_ = true;
  }
  co_return std::nullopt;
}

net::Task<std::string> ModbusDriver::write_now(ModbusLink& link, const Setting& setting) {
  const auto found = std::find_if(config().points.begin(), config().points.end(),
                                  [&](const ModbusPoint& p) { return p.tag == setting.tag; });
  if (found == config().points.end()) co_return "the machine has no such tag";
  const ModbusPoint point = *found;
  const tags::Tag& tag = (*reads_.tags)[point.tag];
  if (!is_writable(point.address.table))
    co_return std::string(prefix_of(point.address.table)) + " can't be written";
  const std::uint8_t unit = point.unit ? point.unit : config().unit;
  std::string problem;
  std::uint8_t registers[2 * kMostWriteRegisters] = {};
  Request request;
  request.address = point.address.offset;
  const std::uint16_t count = registers_of(point.format);
  std::uint64_t raw = setting.bits;
  if (point.format.raw == Raw::text) {
    problem = put_text(point.format, setting.text, registers);
  } else {
    if (tag.type == tags::ValueType::f64 &&
        !(point.format.raw == Raw::float64 && tag.scale == 1 && tag.offset == 0)) {
      const auto made = raw_of(point.format, tag, tags::number_of(tag.type, setting.bits), &problem);
      raw = made.value_or(0);
    }
    if (problem.empty() && is_register(point.address.table) && point.address.bit < 0)
      problem = put(point.format, raw, registers);
  }
  if (!problem.empty()) co_return problem;
  const std::span<const std::uint8_t> bytes(registers, 2u * count);
  if (!is_register(point.address.table)) {
    request.function = Function::write_single_coil;
    request.value = raw ? 0xFF00 : 0;
  } else if (point.address.bit >= 0) {
    request.function = Function::mask_write_register;
    const auto bit = static_cast<std::uint16_t>(1u << point.address.bit);
    request.and_mask = static_cast<std::uint16_t>(~bit);
    request.or_mask = raw ? bit : 0;
  } else if (count == 1) {
    request.function = Function::write_single_register;
    request.value = static_cast<std::uint16_t>(registers[0] << 8 | registers[1]);
  } else {
    request.function = Function::write_multiple_registers;
    request.count = count;
    request.data = bytes;
  }
  std::optional<std::vector<std::uint8_t>> answer = co_await ask(link, unit, request, &problem);
  if (!answer && request.function == Function::mask_write_register &&
      problem == name_of(Exception::illegal_function)) {
    // A device without function 22: read, change, write. Another master may come between; there is no other
    // way.
    Request now;
    now.function = Function::read_holding_registers;
    now.address = point.address.offset;
    now.count = 1;
    problem.clear();
    answer = co_await ask(link, unit, now, &problem);
    if (answer) {
      const unsigned value = static_cast<unsigned>((*answer)[0] << 8 | (*answer)[1]);
      request.function = Function::write_single_register;
      request.value = static_cast<std::uint16_t>((value & request.and_mask) | request.or_mask);
      answer = co_await ask(link, unit, request, &problem);
    }
  }
  if (!answer) co_return problem;

  Request back;
  back.address = point.address.offset;
  back.count = is_register(point.address.table) ? count : std::uint16_t{1};
  back.function = is_register(point.address.table) ? Function::read_holding_registers : Function::read_coils;
  answer = co_await ask(link, unit, back, &problem);
  if (!answer) co_return "written, but can't be read back: " + problem;
  bool same;
  if (!is_register(point.address.table))
    same = ((*answer)[0] & 1u) == (raw ? 1u : 0u);
  else if (point.address.bit >= 0)
    same = (static_cast<unsigned>((*answer)[0] << 8 | (*answer)[1]) >> point.address.bit & 1u) ==
           (raw ? 1u : 0u);
  else
    same = std::equal(bytes.begin(), bytes.end(), answer->begin(), answer->end());
  co_return same ? "" : "written, but the device reads back another value";
}

}  // namespace

std::unique_ptr<Driver> make_modbus_driver(ModbusConfig config, std::shared_ptr<const tags::TagTable> tags) {
  return std::make_unique<ModbusDriver>(std::move(config), std::move(tags));
}

std::unique_ptr<Driver> make_modbus_driver(ModbusConfig config, const tags::TagTable& tags) {
  return make_modbus_driver(std::move(config),
                            std::shared_ptr<const tags::TagTable>(std::shared_ptr<void>(), &tags));
}

}  // namespace bondline::gateway
