// Which reads fetch a set of values at the least cost. A request costs a round trip whatever it brings, so
// values that lie near each other are read together with the gap between them; how much that may be, the cost
// decides, and what the device has shown it can't do, the limits remember. Optimal for its cost (dynamic
// programme over the sorted values).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "line/gateway/modbus/address.h"

namespace bondline::modbus {

/// A value to be read; `count` registers, or 1 bit.
struct Wanted {
  Table table = Table::holding_registers;
  std::uint16_t address = 0, count = 1;
  std::uint32_t id = 0;  ///< the caller's
};

/// One read, and the values it brings: wanted[first .. first + values) of Plan::order.
struct ReadBlock {
  Table table = Table::holding_registers;
  std::uint16_t address = 0, count = 0;
  std::uint32_t first = 0, values = 0;
};

struct ReadCost {
  double request = 60;   ///< of a request, in registers: a round trip of 60 us against 1 us a register on a
                         ///< serial-like path
  double registers = 1;  ///< of a register
  double bits = 1.0 / 16;
};

/// What a device allows: what is documented, or what it has shown.
struct DeviceLimits {
  std::uint16_t most_registers = 125;                               ///< 1..125
  std::uint16_t most_bits = 2000;                                   ///< 1..2000
  std::uint16_t longest_good_registers = 0, longest_good_bits = 0;  ///< it answered reads of so many
  std::uint16_t shortest_bad_registers = 126,
                shortest_bad_bits = 2001;  ///< it refused gapless reads of so many
  /// No read may cross from below one of these to it (a gap the device does not map): table, first address
  /// that must not be read together with its predecessor.
  struct Wall {
    Table table;
    std::uint16_t at;
    friend bool operator==(const Wall&, const Wall&) = default;
  };
  std::vector<Wall> walls;
  friend bool operator==(const DeviceLimits&, const DeviceLimits&) = default;
};

struct ReadPlan {
  std::vector<ReadBlock> blocks;
  std::vector<std::uint32_t> order;  ///< indices into the wanted values, by block
  double cost = 0;
};

/// Values that overlap are read once. Addresses must end within 65536.
ReadPlan plan_reads(const std::vector<Wanted>& wanted, const DeviceLimits& limits, const ReadCost& cost = {});

/// What to learn when the device answered a block with exception 2 (illegal data address) or 3: a wall at the
/// block's widest gap; a smaller limit when it has none and is longer than anything answered so far; else a
/// wall in its middle. Each call narrows it down, so that repeated planning ends. False when the block is a
/// single value: that value is not there.
bool learn_refusal(const ReadBlock& block, const std::vector<Wanted>& wanted, const ReadPlan& plan,
                   DeviceLimits& limits);
/// And when it answered with data.
void learn_success(const ReadBlock& block, DeviceLimits& limits);
/// After a round without refusals: allows reads half-way between the longest that was answered and the
/// shortest that was refused. False when there is nothing between.
bool probe_longer(DeviceLimits& limits);

}  // namespace bondline::modbus
