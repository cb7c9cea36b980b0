// A whole line in one process: simulated machines, the log in memory, counters that balance.
#include "line/station/station.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "line/station/history.h"

using namespace bondline;
using namespace bondline::station;
using namespace std::chrono_literals;

namespace {

std::unique_ptr<Station> station_of(base::Files& files, const std::string& text) {
  files.write_atomic("l.yaml", text);
  base::Diagnostics diagnostics;
  auto line = load_line(files, "l.yaml", diagnostics);
  EXPECT_TRUE(line) << (diagnostics.empty() ? "" : base::to_text(diagnostics.all()[0]));
  return Station::make(files, std::move(*line), diagnostics);
}

constexpr const char* kLine =
    "bondline: line/1\nname: l\nmachines:\n  c: {sim: counter, size: 10, poll: 10 ms}\n  oven: {sim: "
    "reflow_oven, size: 3, poll: 20 ms}\n"
    "  bonder: {sim: wire_bonder, size: 2, poll: 20 ms}\nstore: {path: s, window: 2 ms}\n";

}  // namespace

TEST(Station, StoresWhatMachinesSayAndItsCountersBalance) {
  base::MemoryFiles files;
  const auto station = station_of(files, kLine);
  ASSERT_TRUE(station);
  station->start();
  std::this_thread::sleep_for(300ms);
  station->stop();
  const auto report = nlohmann::json::parse(station->report());
  EXPECT_TRUE(report.at("counters").at("balanced").get<bool>());
  EXPECT_GT(report.at("counters").at("stored").get<int>(), 300);
  EXPECT_EQ(report.at("counters").at("waiting"), 0);
  EXPECT_EQ(report.at("drivers").size(), 3u);
  EXPECT_GT(report.at("latency_ms").at("p99").get<double>(), 0);

  base::Diagnostics diagnostics;
  std::uint64_t last = 0, n = 0, gaps = 0;
  EXPECT_TRUE(query_history(
      files, "s", {"c.n3"},
      [&](const HistorySample& s) {
        if (n++ > 0 && s.sample.bits != last + 1) ++gaps;
        last = s.sample.bits;
      },
      diagnostics));
  EXPECT_GT(n, 15u);
  EXPECT_EQ(gaps, 0u) << "a counter's rounds are all there";
  std::uint64_t oven = 0;
  EXPECT_TRUE(query_history(
      files, "s", {"oven.*"}, [&](const HistorySample&) { ++oven; }, diagnostics));
  EXPECT_GT(oven, 50u);
  EXPECT_FALSE(query_history(
      files, "s", {"c.m3"}, [](const HistorySample&) {}, diagnostics));
}

TEST(Station, AFaultOfAMachineIsSeenAndHarmsNoOther) {
  base::MemoryFiles files;
  const auto station = station_of(files, kLine);
  ASSERT_TRUE(station);
  station->start();
  std::this_thread::sleep_for(60ms);
  const auto write = [&](const char* tag, std::string text, double number) {
    gateway::Setting setting;
    setting.tag = *station->line().tags->find(tag);
    setting.text = std::move(text);
    setting.bits = tags::bits_of(number);
    return station->engine().write((*station->line().tags)[setting.tag].machine, setting).get();
  };
  EXPECT_EQ(write("oven.zone2_setpoint", "", 240), "");
  EXPECT_NE(write("oven.zone2_setpoint", "", 900), "") << "beyond what the machine takes";
  EXPECT_NE(write("oven.boards", "", 1), "");
  EXPECT_NE(write("oven.fault", "gremlins", 0), "");
  EXPECT_EQ(write("oven.fault", "silent", 0), "");
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(station->engine().newest(*station->line().tags->find("oven.zone1"))->quality,
            tags::Quality::bad_not_connected);
  const auto before = station->engine().newest(*station->line().tags->find("c.n0"))->bits;
  EXPECT_EQ(write("bonder.fault", "hang", 0), "");
  std::this_thread::sleep_for(100ms);
  EXPECT_GT(station->engine().newest(*station->line().tags->find("c.n0"))->bits, before + 5);
  EXPECT_EQ(write("oven.fault", "none", 0), "");
  std::this_thread::sleep_for(100ms);
  EXPECT_TRUE(tags::is_good(station->engine().newest(*station->line().tags->find("oven.zone1"))->quality));
  station->stop();
}

TEST(Station, WhatAnEarlierRunStoredIsStillThere) {
  base::MemoryFiles files;
  for (int run = 0; run < 3; ++run) {
    const auto station = station_of(files, kLine);
    ASSERT_TRUE(station);
    station->start();
    std::this_thread::sleep_for(50ms);
    station->stop();
  }
  base::Diagnostics diagnostics;
  std::uint64_t first_rounds = 0;
  EXPECT_TRUE(query_history(
      files, "s", {"c.n0"}, [&](const HistorySample& s) { first_rounds += s.sample.bits == 1; },
      diagnostics));
  EXPECT_EQ(first_rounds, 3u);
}
