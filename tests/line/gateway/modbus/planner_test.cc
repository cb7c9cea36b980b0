#include "line/gateway/modbus/planner.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <set>

using namespace bondline::modbus;

namespace {

std::vector<Wanted> registers(std::initializer_list<std::uint16_t> addresses, std::uint16_t count = 1) {
  std::vector<Wanted> wanted;
  for (const std::uint16_t address : addresses)
    wanted.push_back({Table::holding_registers, address, count, 0});
  return wanted;
}

void expect_complete(const std::vector<Wanted>& wanted, const ReadPlan& plan, const DeviceLimits& limits) {
  std::set<std::uint32_t> seen;
  for (const ReadBlock& block : plan.blocks)
    for (std::uint32_t k = block.first; k < block.first + block.values; ++k) {
      const Wanted& value = wanted[plan.order[k]];
      EXPECT_EQ(value.table, block.table);
      EXPECT_GE(value.address, block.address);
      EXPECT_LE(value.address + value.count, block.address + block.count);
      seen.insert(plan.order[k]);
      EXPECT_TRUE(block.values == 1 ||
                  block.count <= (is_register(block.table) ? limits.most_registers : limits.most_bits));
    }
  EXPECT_EQ(seen.size(), wanted.size());
}

}  // namespace

TEST(ModbusPlanner, ReadsNeighboursTogetherAcrossSmallGaps) {
  const auto wanted = registers({100, 101, 110, 115});
  const ReadPlan plan = plan_reads(wanted, {});
  ASSERT_EQ(plan.blocks.size(), 1u);
  EXPECT_EQ(plan.blocks[0].address, 100);
  EXPECT_EQ(plan.blocks[0].count, 16);
}

TEST(ModbusPlanner, LeavesAGapThatCostsMoreThanARequest) {
  const auto wanted = registers({100, 170});
  EXPECT_EQ(plan_reads(wanted, {}, {.request = 60}).blocks.size(), 2u);
  EXPECT_EQ(plan_reads(wanted, {}, {.request = 80}).blocks.size(), 1u);
}

TEST(ModbusPlanner, NeverTearsAValueAndKeepsTheLimit) {
  std::vector<Wanted> wanted;
  for (std::uint16_t i = 0; i < 100; ++i)
    wanted.push_back({Table::holding_registers, static_cast<std::uint16_t>(i * 4), 4, i});
  DeviceLimits limits;
  limits.most_registers = 30;
  const ReadPlan plan = plan_reads(wanted, limits);
  expect_complete(wanted, plan, limits);
  EXPECT_EQ(plan.blocks.size(), 15u) << "seven values of four registers fit into 30";
}

TEST(ModbusPlanner, CostsWhatTheBestOfAllDivisionsCosts) {
  // Against every way of cutting the sorted list, for small random sets.
  std::mt19937 random(9);
  for (int round = 0; round < 300; ++round) {
    std::vector<Wanted> wanted;
    const int n = 1 + static_cast<int>(random() % 9);
    std::uint16_t at = 0;
    for (int i = 0; i < n; ++i) {
      at = static_cast<std::uint16_t>(at + random() % 40);
      wanted.push_back({Table::holding_registers, at, static_cast<std::uint16_t>(1 + random() % 4), 0});
    }
    DeviceLimits limits;
    limits.most_registers = static_cast<std::uint16_t>(8 + random() % 60);
    const ReadCost cost{.request = static_cast<double>(1 + random() % 50)};
    const ReadPlan plan = plan_reads(wanted, limits, cost);
    expect_complete(wanted, plan, limits);
    std::vector<Wanted> sorted;
    for (const std::uint32_t k : plan.order) sorted.push_back(wanted[k]);
    double best = 1e300;
    for (unsigned cuts = 0; cuts < 1u << (n - 1); ++cuts) {
      double total = 0;
      bool fits = true;
      for (int i = 0; i < n;) {
        int j = i;
        int end = sorted[static_cast<std::size_t>(i)].address;
        for (;; ++j) {
          end = std::max(
              end, sorted[static_cast<std::size_t>(j)].address + sorted[static_cast<std::size_t>(j)].count);
          if (j == n - 1 || (cuts >> j & 1)) break;
        }
        const int length = end - sorted[static_cast<std::size_t>(i)].address;
        fits &= length <= limits.most_registers || j == i;
        total += cost.request + length;
        i = j + 1;
      }
      if (fits) best = std::min(best, total);
    }
    EXPECT_DOUBLE_EQ(plan.cost, best);
  }
}

namespace {

/// A device that maps some registers and allows reads of `most`; says what a driver finds out when it asks
/// again and again.
struct Device {
  std::set<std::uint16_t> mapped;
  int most = 125;
  bool answers(const ReadBlock& block) const {
    if (block.count > most) return false;
    for (int i = 0; i < block.count; ++i)
      if (!mapped.contains(static_cast<std::uint16_t>(block.address + i))) return false;
    return true;
  }
};

struct Outcome {
  int rounds = 0, requests = 0;
  std::set<std::uint32_t> missing;
};

Outcome learn(const Device& device, const std::vector<Wanted>& wanted) {
  DeviceLimits limits;
  Outcome outcome;
  for (; outcome.rounds < 200; ++outcome.rounds) {
    const ReadPlan plan = plan_reads(wanted, limits);
    outcome.requests = static_cast<int>(plan.blocks.size());
    outcome.missing.clear();
    bool learned = false;
    for (const ReadBlock& block : plan.blocks) {
      if (device.answers(block))
        learn_success(block, limits);
      else if (learn_refusal(block, wanted, plan, limits))
        learned = true;
      else
        outcome.missing.insert(plan.order[block.first]);
    }
    if (!learned && !probe_longer(limits)) return outcome;
  }
  return outcome;
}

}  // namespace

TEST(ModbusPlanner, LearnsWhereADeviceHasHoles) {
  Device device;
  for (std::uint16_t i = 0; i < 10; ++i) device.mapped.insert(i);
  for (std::uint16_t i = 20; i < 30; ++i) device.mapped.insert(i);
  std::vector<Wanted> wanted;
  for (const std::uint16_t i : device.mapped) wanted.push_back({Table::holding_registers, i, 1, i});
  const Outcome outcome = learn(device, wanted);
  EXPECT_TRUE(outcome.missing.empty());
  EXPECT_EQ(outcome.requests, 2);
  EXPECT_LE(outcome.rounds, 2);
}

TEST(ModbusPlanner, LearnsThatADeviceAllowsShortReadsOnly) {
  Device device;
  device.most = 60;
  std::vector<Wanted> wanted;
  for (std::uint16_t i = 0; i < 1000; ++i) {
    device.mapped.insert(i);
    wanted.push_back({Table::holding_registers, i, 1, i});
  }
  const Outcome outcome = learn(device, wanted);
  EXPECT_TRUE(outcome.missing.empty());
  EXPECT_EQ(outcome.requests, 17) << "1000 registers in reads of 60";
  EXPECT_LE(outcome.rounds, 16);
}

TEST(ModbusPlanner, FindsTheOneRegisterThatIsNotThere) {
  Device device;
  std::vector<Wanted> wanted;
  for (std::uint16_t i = 0; i < 400; ++i) {
    if (i != 137) device.mapped.insert(i);
    wanted.push_back({Table::holding_registers, i, 1, i});
  }
  const Outcome outcome = learn(device, wanted);
  EXPECT_EQ(outcome.missing, std::set<std::uint32_t>{137});
  EXPECT_LE(outcome.rounds, 20);
}
