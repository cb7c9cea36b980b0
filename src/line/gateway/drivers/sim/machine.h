// What a simulated machine is: values that advance with time and can be set.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "line/gateway/drivers/sim/sim_driver.h"

namespace bondline::gateway {

/// One value of a machine; the tag says what its bits mean.
struct SimValue {
  std::uint64_t bits = 0;
  std::string text;
  tags::Quality quality = tags::Quality::good;
};

class SimMachine {
 public:
  virtual ~SimMachine() = default;
  virtual std::vector<tags::Tag> tags() const = 0;
  /// Lets `seconds` pass (at most a few at a time) and fills `values`, one per tag but "fault", which comes
  /// last and is the driver's.
  virtual void advance(double seconds, const std::string& fault, std::vector<SimValue>& values) = 0;
  /// "" or why the value can't be set.
  virtual std::string set(std::size_t value, double number) = 0;
};

std::unique_ptr<SimMachine> make_machine(const SimConfig& config);

/// Uniform in [-1, 1), repeatable (xorshift64, Marsaglia 2003).
class SimNoise {
 public:
  explicit SimNoise(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ull | 1) {}
  double next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<double>(state_ >> 11) * 0x1p-52 - 1;
  }

 private:
  std::uint64_t state_;
};

}  // namespace bondline::gateway
