// The disk is full, or read-only, while a whole station runs and its broker is away.
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "../../gateway/peers.h"
#include "fault_bench.h"

using namespace bondline;
using namespace bondline::station;
namespace fs = std::filesystem;

namespace {

std::string line_to(std::uint16_t port, const std::string& when_full) {
  return "bondline: line/1\nname: l\nmachines:\n  c: {sim: counter, size: 20, poll: 2 ms}\n"
         "sinks:\n  plant: {mqtt: \"mqtt://127.0.0.1:" +
         std::to_string(port) + "\", topic: l}\nstore: {path: s, window: 2 ms, when_full: " + when_full +
         ", decimate_by: 4}\n";
}

void small(LineFile& line) {
  line.store.segment_bytes = 2000;
  line.store.recent_bytes = 1000;
  line.store.waiting_bytes = 8000;
}

std::uint64_t dropped(Station& station, const char* reason) {
  const auto counters = station.engine().counters();
  const auto at = counters.dropped.find(reason);
  return at == counters.dropped.end() ? 0 : at->second;
}

/// What became of every sample: of the log's own counters, the sink's and the receiver's.
void expect_balance(const Station& station, const Arrived& arrived) {
  const auto report = report_of(station);
  const auto& counters = report.at("counters");
  const auto& sink = report.at("sinks").at("plant");
  EXPECT_TRUE(counters.at("balanced").get<bool>()) << counters.dump();
  EXPECT_EQ(counters.at("waiting"), 0);
  EXPECT_EQ(counters.at("pending"), 0);
  EXPECT_EQ(counters.at("received").get<std::uint64_t>(),
            counters.at("stored").get<std::uint64_t>() + sum(counters.at("dropped")));
  EXPECT_EQ(sink.at("acknowledged").get<std::uint64_t>() + sink.at("lost").get<std::uint64_t>(),
            counters.at("stored").get<std::uint64_t>())
      << "what was stored was taken over, or counted as dropped";
  EXPECT_EQ(sink.at("lost").get<std::uint64_t>(), sum(report.at("store").at("dropped")));
  EXPECT_EQ(arrived.samples.size(), sink.at("acknowledged").get<std::uint64_t>());
  EXPECT_TRUE(arrived.sound());
}

}  // namespace

TEST(StationDisk, FullWithEachPolicyEverySampleIsAccountedFor) {
  const std::map<std::string, const char*> reasons = {
      {"stop", "store full"}, {"drop oldest", nullptr}, {"decimate", "decimated"}};
  for (const auto& [policy, reason] : reasons) {
    base::MemoryFiles files;
    files.set_capacity(12000);
    const std::uint16_t port = peers::free_port();
    const auto station = station_of(files, line_to(port, policy), small);
    ASSERT_TRUE(station);
    station->start();
    const auto lost = [&] {
      const auto d = station->log().counters().dropped;
      return d.contains("oldest") ? d.at("oldest") : 0;
    };
    EXPECT_TRUE(wait_for([&] { return reason ? dropped(*station, reason) > 200 : lost() > 200; })) << policy;
    EXPECT_TRUE(report_of(*station).at("counters").at("balanced").get<bool>());
    if (policy == "stop") {
      EXPECT_EQ(lost(), 0u) << "nothing that was accepted goes";
      EXPECT_NE(station->log().counters().problem.find("No space left"), std::string::npos);
    }
    const auto polls = report_of(*station).at("drivers").at("c").at("polls").get<int>();
    EXPECT_TRUE(wait_for([&] { return report_of(*station).at("drivers").at("c").at("polls") > polls + 5; }))
        << "polling goes on";
    files.set_capacity(UINT64_MAX);
    gateway::UnrulyBroker<Arrived> broker;
    broker.start(port);
    EXPECT_TRUE(wait_for([&] { return station->log().counters().problem.empty(); }));
    EXPECT_TRUE(wait_for([&] { return broker.connections > 0; }));
    EXPECT_TRUE(all_acknowledged(*station));
    station->stop();
    const std::lock_guard lock(broker.mutex);
    expect_balance(*station, broker.received);
  }
}

TEST(StationDisk, ReadOnlyIsToldCountedAndOverWhenItIsWritableAgain) {
  base::MemoryFiles files;
  gateway::UnrulyBroker<Arrived> broker;
  broker.start();
  const auto station = station_of(files, line_to(broker.port(), "stop"), small);
  ASSERT_TRUE(station);
  station->start();
  EXPECT_TRUE(wait_for([&] { return station->engine().counters().stored > 200; }));
  files.fail_after(1, "cannot append to s/1.blog: Read-only file system");
  EXPECT_TRUE(wait_for([&] { return dropped(*station, "store failed") > 200; }));
  const auto during = report_of(*station);
  EXPECT_NE(during.at("store").at("problem").get<std::string>().find("Read-only"), std::string::npos);
  EXPECT_TRUE(during.at("counters").at("balanced").get<bool>());
  files.mend();
  const auto stored = station->engine().counters().stored;
  EXPECT_TRUE(wait_for([&] { return station->engine().counters().stored > stored + 200; }));
  EXPECT_TRUE(all_acknowledged(*station));
  station->stop();
  EXPECT_EQ(report_of(*station).at("store").at("problem"), "");
  const std::lock_guard lock(broker.mutex);
  expect_balance(*station, broker.received);
}

// The same by the kernel's own hand: a file system of one MiB in memory, full because somebody else filled
// it.
TEST(StationDisk, ARealFileSystemThatIsFullAndThenIsNot) {
  const fs::path folder = fs::temp_directory_path() / ("bondline-full-" + std::to_string(getpid()));
  fs::create_directories(folder);
  if (mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=1m") != 0) {
    fs::remove_all(folder);
    GTEST_SKIP() << "mounting a file system needs root";
  }
  {
    gateway::UnrulyBroker<Arrived> broker;
    const std::uint16_t port = peers::free_port();
    const auto station = station_of(base::disk(), line_to(port, "stop"), [&](LineFile& line) {
      small(line);
      line.store.folder = (folder / "s").string();
    });
    ASSERT_TRUE(station);
    station->start();
    EXPECT_TRUE(wait_for([&] { return station->engine().counters().stored > 100; }));
    {
      std::ofstream ballast(folder / "ballast", std::ios::binary);
      ballast << std::string(1 << 20, 'x');
    }
    EXPECT_TRUE(wait_for([&] { return dropped(*station, "store full") > 200; }));
    EXPECT_TRUE(report_of(*station).at("counters").at("balanced").get<bool>());
    fs::remove(folder / "ballast");
    broker.start(port);
    EXPECT_TRUE(wait_for([&] { return station->log().counters().problem.empty(); }));
    EXPECT_TRUE(wait_for([&] { return broker.connections > 0; }));
    EXPECT_TRUE(all_acknowledged(*station));
    station->stop();
    const std::lock_guard lock(broker.mutex);
    expect_balance(*station, broker.received);
  }
  EXPECT_EQ(umount(folder.c_str()), 0);
  fs::remove_all(folder);
}
