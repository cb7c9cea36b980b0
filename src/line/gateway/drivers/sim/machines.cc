#include <algorithm>
#include <array>
#include <cmath>

#include "line/gateway/drivers/sim/machine.h"

namespace bondline::gateway {

namespace {

using tags::ValueType;

tags::Tag tag(const std::string& machine, const std::string& name, ValueType type, std::string unit = "",
              bool writable = false) {
  tags::Tag made;
  made.name = machine + "." + name;
  made.machine = machine;
  made.type = type;
  made.unit = std::move(unit);
  made.writable = writable;
  return made;
}

tags::Tag limited(tags::Tag made, double low, double high) {
  made.low = low;
  made.high = high;
  return made;
}

/// A convection reflow oven. Each zone is one thermal mass: C dT/dt = P u - (T - T_room) / R + exchange with
/// its neighbours, the heater's duty u in [0, 1] by a PI controller; every board that passes takes heat
/// along. Typical values: time constant 60 s, full power 400 K above the room, profile of a SAC305 paste.
class ReflowOven : public SimMachine {
 public:
  explicit ReflowOven(const SimConfig& config) : name_(config.machine), noise_(config.seed) {
    constexpr std::array<double, 8> kProfile = {150, 165, 175, 185, 200, 235, 250, 245};
    for (int z = 0; z < config.size; ++z) {
      const double at = config.size == 1 ? 6 : 7.0 * z / (config.size - 1);
      const auto low = static_cast<std::size_t>(std::min(6.0, std::floor(at)));
      const double part = at - static_cast<double>(low);
      Zone zone;
      zone.setpoint = kProfile[low] * (1 - part) + kProfile[low + 1] * part;
      zone.temperature = zone.setpoint - 2;
      zone.integral = (zone.setpoint - kRoom) / kFullPower;
      zones_.push_back(zone);
    }
  }
  std::vector<tags::Tag> tags() const override {
    std::vector<tags::Tag> all;
    for (std::size_t z = 1; z <= zones_.size(); ++z) {
      const std::string zone = "zone" + std::to_string(z);
      all.push_back(limited(tag(name_, zone, ValueType::f64, "degC"), -40, 400));
      all.push_back(limited(tag(name_, zone + "_setpoint", ValueType::f64, "degC", true), 20, 320));
      all.push_back(tag(name_, zone + "_heater", ValueType::f32, "%"));
    }
    all.push_back(limited(tag(name_, "conveyor", ValueType::f64, "m/min", true), 0, 2));
    all.push_back(tag(name_, "boards", ValueType::u64));
    all.push_back(tag(name_, "running", ValueType::boolean));
    return all;
  }
  void advance(double seconds, const std::string& fault, std::vector<SimValue>& values) override {
    const int steps = std::max(1, static_cast<int>(std::ceil(seconds / 0.1)));
    for (int s = 0; s < steps; ++s) step(seconds / steps, fault);
    values.clear();
    for (std::size_t z = 0; z < zones_.size(); ++z) {
      // A type-K thermocouple behind a 16-bit converter: 0.1 K steps, 0.15 K of noise.
      const double measured = std::round((zones_[z].temperature + 0.15 * noise_.next()) * 10) / 10;
      SimValue value{tags::bits_of(measured), "", tags::Quality::good};
      if (fault == "sensor" && z == 0) value = {tags::bits_of(1372.0), "", tags::Quality::bad_sensor};
      values.push_back(value);
      values.push_back({tags::bits_of(zones_[z].setpoint), "", tags::Quality::good});
      values.push_back({tags::bits_of(static_cast<float>(std::round(zones_[z].duty * 1000) / 10)), "",
                        tags::Quality::good});
    }
    values.push_back({tags::bits_of(conveyor_), "", tags::Quality::good});
    values.push_back({boards_, "", tags::Quality::good});
    values.push_back({conveyor_ > 0, "", tags::Quality::good});
  }
  std::string set(std::size_t value, double number) override {
    if (value < 3 * zones_.size() && value % 3 == 1)
      zones_[value / 3].setpoint = number;
    else if (value == 3 * zones_.size())
      conveyor_ = number;
    else
      return "this value can't be set";
    return "";
  }

 private:
  static constexpr double kRoom = 25, kTau = 60, kFullPower = 400;
  struct Zone {
    double temperature = 25, setpoint = 25, duty = 0, integral = 0;
  };
  void step(double dt, const std::string& fault) {
    for (std::size_t z = 0; z < zones_.size(); ++z) {
      Zone& zone = zones_[z];
      const double error = zone.setpoint - zone.temperature;
      zone.integral = std::clamp(zone.integral + 0.002 * error * dt, 0.0, 1.0);
      zone.duty = std::clamp(0.05 * error + zone.integral, 0.0, 1.0);
      const bool heats = !(fault == "heater" && z == std::min<std::size_t>(2, zones_.size() - 1));
      double rate = ((heats ? zone.duty * kFullPower : 0) - (zone.temperature - kRoom)) / kTau;
      if (z > 0) rate += 0.002 * (zones_[z - 1].temperature - zone.temperature);
      if (z + 1 < zones_.size()) rate += 0.002 * (zones_[z + 1].temperature - zone.temperature);
      zone.temperature += rate * dt;
    }
    travelled_ += conveyor_ / 60 * dt;
    if (travelled_ < 0.4) return;  // a board every 0.4 m
    travelled_ -= 0.4;
    ++boards_;
    for (Zone& zone : zones_) zone.temperature -= 0.4;
  }
  std::string name_;
  std::vector<Zone> zones_;
  double conveyor_ = 0.9, travelled_ = 0;
  std::uint64_t boards_ = 0;
  SimNoise noise_;
};

/// A wire bonder: every head bonds some ten wires a second; force and ultrasonic current scatter and drift
/// with the capillary's wear until it is changed; the share of bonds that do not stick grows with it.
class WireBonder : public SimMachine {
 public:
  explicit WireBonder(const SimConfig& config)
      : name_(config.machine), heads_(static_cast<std::size_t>(config.size)), noise_(config.seed) {}
  std::vector<tags::Tag> tags() const override {
    std::vector<tags::Tag> all;
    for (std::size_t h = 1; h <= heads_.size(); ++h) {
      const std::string head = "head" + std::to_string(h);
      all.push_back(tag(name_, head + "_bonds", ValueType::u64));
      all.push_back(tag(name_, head + "_not_stuck", ValueType::u64));
      all.push_back(limited(tag(name_, head + "_force", ValueType::f32, "mN"), 0, 1000));
      all.push_back(limited(tag(name_, head + "_usg_current", ValueType::f32, "mA"), 0, 500));
      all.push_back(tag(name_, head + "_capillary", ValueType::f32, "%"));
    }
    return all;
  }
  void advance(double seconds, const std::string& fault, std::vector<SimValue>& values) override {
    values.clear();
    for (Head& head : heads_) {
      head.due += 10 * seconds * (fault == "heater" ? 0 : 1);
      const auto bonds = static_cast<std::uint64_t>(head.due);
      head.due -= static_cast<double>(bonds);
      head.bonds += bonds;
      head.wear = std::min(1.0, head.wear + 2e-6 * static_cast<double>(bonds));
      for (std::uint64_t b = 0; b < bonds; ++b)
        if (0.5 * (noise_.next() + 1) < 2e-5 + 2e-3 * head.wear * head.wear) ++head.not_stuck;
      if (head.wear >= 1) head.wear = 0;
      values.push_back({head.bonds, "", tags::Quality::good});
      values.push_back({head.not_stuck, "", tags::Quality::good});
      const auto force = static_cast<float>(std::round((300 + 40 * head.wear + 4 * noise_.next()) * 10) / 10);
      const auto current =
          static_cast<float>(std::round((120 + 15 * head.wear + 2 * noise_.next()) * 10) / 10);
      values.push_back(
          {tags::bits_of(force), "", fault == "sensor" ? tags::Quality::bad_sensor : tags::Quality::good});
      values.push_back({tags::bits_of(current), "", tags::Quality::good});
      values.push_back({tags::bits_of(static_cast<float>(std::round(1000 * (1 - head.wear)) / 10)), "",
                        tags::Quality::good});
    }
  }
  std::string set(std::size_t, double) override { return "this value can't be set"; }

 private:
  struct Head {
    double due = 0, wear = 0;
    std::uint64_t bonds = 0, not_stuck = 0;
  };
  std::string name_;
  std::vector<Head> heads_;
  SimNoise noise_;
};

/// Tags that count rounds: what is lost or doubled shows at once.
class CounterMachine : public SimMachine {
 public:
  explicit CounterMachine(const SimConfig& config)
      : name_(config.machine), size_(static_cast<std::size_t>(config.size)) {}
  std::vector<tags::Tag> tags() const override {
    std::vector<tags::Tag> all;
    for (std::size_t i = 0; i < size_; ++i)
      all.push_back(tag(name_, "n" + std::to_string(i), ValueType::u64));
    return all;
  }
  void advance(double, const std::string&, std::vector<SimValue>& values) override {
    ++round_;
    values.assign(size_, {round_, "", tags::Quality::good});
  }
  std::string set(std::size_t, double) override { return "this value can't be set"; }

 private:
  std::string name_;
  std::size_t size_;
  std::uint64_t round_ = 0;
};

}  // namespace

std::vector<std::string> sim_models() {
  return {"reflow_oven", "wire_bonder", "counter"};
}

std::unique_ptr<SimMachine> make_machine(const SimConfig& config) {
  if (config.model == "wire_bonder") return std::make_unique<WireBonder>(config);
  if (config.model == "counter") return std::make_unique<CounterMachine>(config);
  return std::make_unique<ReflowOven>(config);
}

}  // namespace bondline::gateway
