// The power goes while a whole station runs: driver, rules, log, sink. The files forget what was not synced,
// the process is gone, another one starts on what is left.
#include <random>

#include "fault_bench.h"

using namespace bondline;
using namespace bondline::station;

TEST(StationPower, ACutAtAnyMomentLosesNothingThatWasToldAsDurable) {
  base::MemoryFiles files;
  gateway::UnrulyBroker<Arrived> broker;
  broker.start();
  const std::string line =
      "bondline: line/1\nname: l\nmachines:\n  c: {sim: counter, size: 5, poll: 2 ms}\n"
      "rules:\n  sum: {emit: c.n0 + c.n1}\n"
      "sinks:\n  plant: {mqtt: \"mqtt://127.0.0.1:" +
      std::to_string(broker.port()) + "\", topic: l}\nstore: {path: s, window: 2 ms}\n";
  const auto small_segments = [](LineFile& l) {
    l.store.segment_bytes = 5000;
    l.store.recent_bytes = 3000;
  };
  std::mt19937 random(5);
  std::map<std::uint64_t, Had> told;  // durable, by the log's own word
  int lives_that_stored = 0;
  for (int life = 0; life < 15; ++life) {
    auto station = station_of(files, line, small_segments);
    ASSERT_TRUE(station);
    const auto found = stored_in(station->log());
    for (const auto& [sequence, had] : told) {
      const auto at = found.find(sequence);
      ASSERT_TRUE(at != found.end()) << "life " << life << " lost " << sequence;
      ASSERT_EQ(at->second, had);
    }
    station->start();
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % 40));
    // From some write on nothing reaches the disk; how much of the last file had is chance.
    files.fail_after(1 + static_cast<int>(random() % 5), "power is gone");
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 15));
    station->stop();
    const std::size_t before = told.size();
    told = stored_in(station->log());
    lives_that_stored += told.size() > before;
    EXPECT_TRUE(report_of(*station).at("counters").at("balanced").get<bool>());
    {
      const std::lock_guard lock(broker.mutex);
      for (const auto& [sequence, had] : broker.received.samples)
        ASSERT_TRUE(told.contains(sequence) && told.at(sequence) == had)
            << "a receiver was shown what was not durable";
    }
    files.fail_after(1, "power is gone");
    station.reset();
    files.cut_power(random() % 300);
  }
  EXPECT_EQ(lives_that_stored, 15);
  const auto station = station_of(files, line, small_segments);
  station->start();
  std::this_thread::sleep_for(20ms);
  EXPECT_TRUE(all_acknowledged(*station));
  station->stop();
  const std::lock_guard lock(broker.mutex);
  EXPECT_EQ(broker.received.samples, stored_in(station->log())) << "everything stored has arrived, unchanged";
  EXPECT_TRUE(broker.received.sound());
}
