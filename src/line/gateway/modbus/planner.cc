#include "line/gateway/modbus/planner.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>

namespace bondline::modbus {

namespace {

bool holds_bits(Table table) {
  return table == Table::coils || table == Table::discrete_inputs;
}

std::uint32_t end_of(const Wanted& w) {
  return static_cast<std::uint32_t>(w.address) + w.count;
}

}  // namespace

ReadPlan plan_reads(const std::vector<Wanted>& wanted, const DeviceLimits& limits, const ReadCost& cost) {
  ReadPlan plan;
  plan.order.resize(wanted.size());
  std::iota(plan.order.begin(), plan.order.end(), 0u);
  std::sort(plan.order.begin(), plan.order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const Wanted &x = wanted[a], &y = wanted[b];
    return std::tie(x.table, x.address, x.count, a) < std::tie(y.table, y.address, y.count, b);
  });
  auto walls = limits.walls;
  std::sort(walls.begin(), walls.end(),
            [](const auto& a, const auto& b) { return std::tie(a.table, a.at) < std::tie(b.table, b.at); });
  const std::size_t n = plan.order.size();
  // best[j]: least cost of the first j values; a block of i..j-1 reads from the first's address to the
  // furthest end.
  std::vector<double> best(n + 1, std::numeric_limits<double>::infinity());
  std::vector<std::size_t> from(n + 1, 0);
  best[0] = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const Wanted& start = wanted[plan.order[i]];
    const bool bits = holds_bits(start.table);
    const std::uint32_t most = bits ? limits.most_bits : limits.most_registers;
    const auto wall =
        std::upper_bound(walls.begin(), walls.end(), start, [](const Wanted& w, const DeviceLimits::Wall& x) {
          return std::tie(w.table, w.address) < std::tie(x.table, x.at);
        });
    // A wall within one value does not split it: a value is never torn.
    const std::uint32_t stop = wall != walls.end() && wall->table == start.table ? wall->at : 65536u;
    std::uint32_t end = start.address;
    for (std::size_t j = i; j < n; ++j) {
      const Wanted& value = wanted[plan.order[j]];
      if (value.table != start.table || (j > i && value.address >= stop)) break;
      end = std::max(end, end_of(value));
      const std::uint32_t length = end - start.address;
      if (j > i && length > most) break;
      const double total = best[i] + cost.request + length * (bits ? cost.bits : cost.registers);
      if (total < best[j + 1]) {
        best[j + 1] = total;
        from[j + 1] = i;
      }
    }
  }
  plan.cost = best[n];
  for (std::size_t j = n; j > 0; j = from[j]) {
    const std::size_t i = from[j];
    ReadBlock block;
    block.table = wanted[plan.order[i]].table;
    block.address = wanted[plan.order[i]].address;
    std::uint32_t end = block.address;
    for (std::size_t k = i; k < j; ++k) end = std::max(end, end_of(wanted[plan.order[k]]));
    block.count = static_cast<std::uint16_t>(end - block.address);
    block.first = static_cast<std::uint32_t>(i);
    block.values = static_cast<std::uint32_t>(j - i);
    plan.blocks.push_back(block);
  }
  std::reverse(plan.blocks.begin(), plan.blocks.end());
  return plan;
}

bool learn_refusal(const ReadBlock& block, const std::vector<Wanted>& wanted, const ReadPlan& plan,
                   DeviceLimits& limits) {
  std::uint32_t end = block.address, widest = 0, at = 0, distinct = 0, last = UINT32_MAX;
  for (std::uint32_t k = block.first; k < block.first + block.values; ++k) {
    const Wanted& value = wanted[plan.order[k]];
    if (value.address != last) ++distinct;
    last = value.address;
    if (value.address > end && value.address - end > widest) {
      widest = value.address - end;
      at = value.address;
    }
    end = std::max(end, end_of(value));
  }
  if (distinct <= 1) return false;
  if (widest > 0) {
    limits.walls.push_back({block.table, static_cast<std::uint16_t>(at)});
    return true;
  }
  // No gap. Longer than anything it ever answered: perhaps too long for it; try the middle between that and
  // this.
  const bool bits = holds_bits(block.table);
  const std::uint16_t good = bits ? limits.longest_good_bits : limits.longest_good_registers;
  if (block.count > good) {
    const auto shorter = static_cast<std::uint16_t>(std::max(1, (good + block.count) / 2));
    (bits ? limits.most_bits : limits.most_registers) = shorter;
    (bits ? limits.shortest_bad_bits : limits.shortest_bad_registers) = block.count;
    return true;
  }
  // So one of its values is not there. A wall in the middle finds out which in log2 steps.
  std::uint16_t wall = wanted[plan.order[block.first + block.values / 2]].address;
  for (std::uint32_t k = block.first; wall == block.address && k < block.first + block.values; ++k)
    wall = wanted[plan.order[k]].address;
  limits.walls.push_back({block.table, wall});
  return true;
}

void learn_success(const ReadBlock& block, DeviceLimits& limits) {
  std::uint16_t& good = holds_bits(block.table) ? limits.longest_good_bits : limits.longest_good_registers;
  good = std::max(good, block.count);
  std::uint16_t& bad = holds_bits(block.table) ? limits.shortest_bad_bits : limits.shortest_bad_registers;
  if (good >= bad) bad = holds_bits(block.table) ? 2001 : 126;  // it was refused for another reason
}

bool probe_longer(DeviceLimits& limits) {
  const auto raise = [](std::uint16_t& most, std::uint16_t good, std::uint16_t bad) {
    const auto middle = static_cast<std::uint16_t>((good + bad) / 2);
    // Only what reads have really been as long as allowed can want more.
    if (good < most || middle <= most) return false;
    most = middle;
    return true;
  };
  const bool registers =
      raise(limits.most_registers, limits.longest_good_registers, limits.shortest_bad_registers);
  const bool bits = raise(limits.most_bits, limits.longest_good_bits, limits.shortest_bad_bits);
  return registers || bits;
}

}  // namespace bondline::modbus
