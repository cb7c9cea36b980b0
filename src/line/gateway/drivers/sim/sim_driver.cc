#include "line/gateway/drivers/sim/sim_driver.h"

#include <algorithm>
#include <numeric>

#include "line/gateway/drivers/sim/machine.h"
#include "line/gateway/engine/schedule.h"

namespace bondline::gateway {

namespace {

using net::Clock;

constexpr const char* kFaults[] = {"none", "heater", "sensor", "stuck", "silent", "hang", "flood"};

class SimDriver : public Driver {
 public:
  SimDriver(SimConfig config, std::vector<tags::TagId> ids)
      : Driver(config.machine),
        config_(std::move(config)),
        ids_(std::move(ids)),
        machine_model_(make_machine(config_)),
        tags_(sim_tags(config_)) {}

  net::Task<> run(Outlet& outlet) override {
    net::Scope& scope = co_await net::current_scope();
    status_.state = DriverState::connected;
    ++status_.connects;
    Schedule schedule(Clock::now(), std::chrono::duration_cast<Clock::duration>(config_.poll));
    auto last = Clock::now();
    while (!scope.cancelled()) {
      const std::uint64_t before = schedule.overruns();
      const auto due = schedule.advance(Clock::now());
      status_.overruns += schedule.overruns() - before;
      const std::error_code ended = co_await net::sleep_until(due);
      if (ended) break;
      if (fault_ == "hang") {
        co_await net::sleep_for(std::chrono::hours(24 * 365));
        continue;
      }
      ++status_.polls;
      ++status_.requests;
      const auto now = Clock::now();
      const double passed = std::min(5.0, std::chrono::duration<double>(now - last).count());
      last = now;
      if (fault_ == "silent") {
        if (status_.state == DriverState::connected) tell_silent(outlet);
        ++status_.errors;
        continue;
      }
      status_.state = DriverState::connected;
      if (fault_ != "stuck" || values_.empty()) machine_model_->advance(passed, fault_, values_);
      const int times = fault_ == "flood" ? 1000 : 1;
      for (int i = 0; i < times; ++i) offer(outlet);
    }
    status_.state = DriverState::stopped;
  }

  net::Task<std::string> write(Setting setting) override {
    const auto found = std::find(ids_.begin(), ids_.end(), setting.tag);
    if (found == ids_.end()) co_return "the machine has no such tag";
    const auto index = static_cast<std::size_t>(found - ids_.begin());
    if (index == tags_.size() - 1) {
      if (std::find(std::begin(kFaults), std::end(kFaults), setting.text) == std::end(kFaults))
        co_return "there is no fault \"" + setting.text +
            "\"; write none, heater, sensor, stuck, silent, hang or flood";
      fault_ = setting.text;
      co_return "";
    }
    const tags::Tag& tag = tags_[index];
    if (!tag.writable) co_return "this value can't be set";
    const double number = tags::number_of(tag.type, setting.bits);
    if (!(number >= tag.low.value_or(-1e300) && number <= tag.high.value_or(1e300)))
      co_return "the machine takes values from " + std::to_string(tag.low.value_or(-1e300)) + " to " +
          std::to_string(tag.high.value_or(1e300));
    co_return machine_model_->set(index, number);
  }

  std::string retag(std::vector<tags::TagId>) override { return "a simulated machine has the tags it has"; }

 private:
  void offer(Outlet& outlet) {
    batch_.clear();
    batch_.begin(outlet.now());
    for (std::size_t i = 0; i < values_.size(); ++i) batch_.add(ids_[i], values_[i].bits, values_[i].quality);
    if (fault_ != told_fault_) {
      batch_.add_text(ids_[values_.size()], fault_);
      told_fault_ = fault_;
    }
    status_.received += batch_.size();
    outlet.offer(batch_);
  }
  void tell_silent(Outlet& outlet) {
    status_.state = DriverState::disconnected;
    status_.say("the machine does not answer");
    batch_.clear();
    batch_.begin(outlet.now());
    for (std::size_t i = 0; i + 1 < tags_.size(); ++i)
      batch_.add(ids_[i], 0, tags::Quality::bad_not_connected);
    status_.received += batch_.size();
    outlet.offer(batch_);
  }
  SimConfig config_;
  std::vector<tags::TagId> ids_;  ///< of tags_, one by one
  std::unique_ptr<SimMachine> machine_model_;
  std::vector<tags::Tag> tags_;
  std::vector<SimValue> values_;
  std::string fault_ = "none", told_fault_;
  tags::Batch batch_;
};

}  // namespace

std::vector<tags::Tag> sim_tags(const SimConfig& config) {
  std::vector<tags::Tag> all = make_machine(config)->tags();
  tags::Tag fault;
  fault.name = config.machine + ".fault";
  fault.machine = config.machine;
  fault.type = tags::ValueType::text;
  fault.writable = true;
  all.push_back(fault);
  return all;
}

std::unique_ptr<Driver> make_sim_driver(SimConfig config, std::vector<tags::TagId> ids) {
  return std::make_unique<SimDriver>(std::move(config), std::move(ids));
}

std::unique_ptr<Driver> make_sim_driver(SimConfig config, tags::TagId first) {
  std::vector<tags::TagId> ids(sim_tags(config).size());
  std::iota(ids.begin(), ids.end(), first);
  return make_sim_driver(std::move(config), std::move(ids));
}

}  // namespace bondline::gateway
