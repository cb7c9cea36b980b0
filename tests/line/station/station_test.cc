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

TEST(Station, RulesMakeThinAndRouteAndTheCountersBalance) {
  base::MemoryFiles files;
  const auto station = station_of(
      files,
      "bondline: line/1\nname: l\nmachines:\n  c: {sim: counter, size: 4, poll: 10 ms, keep_every: 5}\n"
      "  oven: {sim: reflow_oven, size: 3, poll: 20 ms, deadband: 0.5}\n"
      "rules:\n"
      "  sum: {emit: c.n0 + c.n1}\n"
      "  share: {emit: count(c.n0), window: 100 ms}\n"
      "  beyond: {when: c.n0 > 5}\n"
      "  set: {emit: if rules.beyond > 0 then 0.2 else 0.9, write: oven.conveyor}\n"
      "  wild: {emit: 1000 + c.n0, write: oven.zone1_setpoint}\n"
      "store: {path: s, window: 2 ms}\n");
  ASSERT_TRUE(station);
  station->start();
  const auto tag = [&](const char* name) { return *station->line().tags->find(name); };
  const auto number = [&](const char* name) {
    const auto sample = station->engine().newest(tag(name));
    return sample ? tags::number_of((*station->line().tags)[sample->tag].type, sample->bits) : -1;
  };
  for (int i = 0; i < 500 && (number("oven.conveyor") != 0.2 || number("rules.share") < 1); ++i)
    std::this_thread::sleep_for(10ms);
  station->stop();
  EXPECT_EQ(number("oven.conveyor"), 0.2) << "an alarm on one machine sets another";
  const auto report = nlohmann::json::parse(station->report());
  const auto& counters = report.at("counters");
  EXPECT_TRUE(counters.at("balanced").get<bool>()) << counters.dump();
  EXPECT_EQ(counters.at("waiting"), 0);
  EXPECT_GT(counters.at("made").get<int>(), 5);
  EXPECT_GT(counters.at("suppressed").get<int>(), 50);
  EXPECT_EQ(counters.at("received").get<std::uint64_t>() + counters.at("made").get<std::uint64_t>(),
            counters.at("suppressed").get<std::uint64_t>() + counters.at("stored").get<std::uint64_t>());
  EXPECT_GT(report.at("routes").at("failed").at("outside the limits").get<int>(), 0);

  std::uint64_t stored = 0, sums = 0, counted = 0, thinned = 0, last = 0;
  base::Diagnostics diagnostics;
  query_history(
      files, "s", {"*"},
      [&](const HistorySample& s) {
        ++stored;
        if (s.tag == "rules.sum") ++sums;
        if (s.tag == "rules.share")
          counted += static_cast<std::uint64_t>(tags::number_of(s.type, s.sample.bits));
        if (s.tag != "c.n0") return;
        if (thinned++ > 0) {
          EXPECT_EQ(s.sample.bits, last + 5) << "every fifth";
        }
        last = s.sample.bits;
      },
      diagnostics);
  EXPECT_EQ(stored, counters.at("stored").get<std::uint64_t>());
  EXPECT_GE(sums, 5 * (thinned - 1)) << "rules see what thinning holds back";
  EXPECT_GT(counted, 0u);
}
