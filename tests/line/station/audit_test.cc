// What operators did: recorded in a chain, durable, and seen when somebody has changed it.
#include "line/station/audit.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "line/station/station.h"

using namespace bondline;
using namespace bondline::station;

namespace {

struct Readback {
  std::optional<trust::ChainCheck> check;
  std::vector<Deed> deeds;
};

Readback read_back(base::Files& files) {
  Readback out;
  base::Diagnostics d;
  out.check = read_audit(
      files, "s", [&](const AuditEntry& e) { out.deeds.push_back(e.deed); }, d);
  return out;
}

std::unique_ptr<AuditLog> open(base::Files& files, base::Diagnostics& d) {
  return AuditLog::open(files, "s", "l", d);
}

}  // namespace

TEST(Audit, KeepsWhatWasDoneAcrossRestarts) {
  base::MemoryFiles files;
  base::Diagnostics d;
  {
    const auto log = open(files, d);
    ASSERT_TRUE(log);
    log->record({"anna (uid 7)", "write", "oven.zone2_setpoint", "240"});
  }
  {
    const auto log = open(files, d);
    log->record({"anna (uid 7)", "acknowledge", "rules.zone4_hot", "said \"ok\"\nand more"});
    EXPECT_EQ(log->sync(), "");
    EXPECT_EQ(log->status().head.number, 2u);
  }
  const Readback back = read_back(files);
  ASSERT_TRUE(back.check && !back.check->first_break);
  ASSERT_EQ(back.deeds.size(), 2u);
  EXPECT_EQ(back.deeds[0].subject, "oven.zone2_setpoint");
  EXPECT_EQ(back.deeds[1].detail, "said \"ok\"\nand more");
  EXPECT_TRUE(d.empty());
}

TEST(Audit, OutlivesALossOfPowerAtAnyByte) {
  for (std::uint64_t kept = 0; kept < 400; kept += 7) {
    base::MemoryFiles files;
    base::Diagnostics d;
    {
      const auto log = open(files, d);
      log->record({"a", "write", "t", "1"});
      ASSERT_EQ(log->sync(), "");
    }
    files.append("s/audit.log", std::string("2 1 ") + std::string(200, 'a'));
    files.cut_power(kept);
    {
      const auto log = open(files, d);
      ASSERT_TRUE(log) << kept;
      log->record({"a", "write", "t", "2"});
    }
    const Readback back = read_back(files);
    ASSERT_TRUE(back.check);
    EXPECT_FALSE(back.check->first_break) << kept;
    ASSERT_EQ(back.deeds.size(), 2u) << kept;
    EXPECT_EQ(back.deeds[0].detail, "1");
    EXPECT_EQ(back.deeds[1].detail, "2");
  }
}

TEST(Audit, TellsThatItWasChangedAndGoesOn) {
  base::MemoryFiles files;
  base::Diagnostics d;
  {
    const auto log = open(files, d);
    for (const char* value : {"1", "2", "3"}) log->record({"a", "write", "t", value});
  }
  base::FileProblem problem;
  std::string text = *files.read("s/audit.log", &problem);
  text.replace(text.find("\"detail\":\"2\""), 12, "\"detail\":\"9\"");
  files.write_atomic("s/audit.log", text);
  {
    const auto log = open(files, d);
    ASSERT_TRUE(log) << "samples matter more than a forger";
    EXPECT_FALSE(d.has_errors());
    ASSERT_EQ(d.all().size(), 1u);
    EXPECT_EQ(d.all()[0].where.line, 3);
    log->record({"a", "write", "t", "4"});
  }
  const Readback back = read_back(files);
  ASSERT_TRUE(back.check->first_break) << "it stays to be seen";
  EXPECT_EQ(back.check->first_break->line, 3u);
  ASSERT_EQ(back.deeds.size(), 5u);
  EXPECT_EQ(back.deeds[3].what, "found broken");
}

TEST(Audit, SaysThatRecordsAreLostWhenTheDiskFails) {
  base::MemoryFiles files;
  base::Diagnostics d;
  const auto log = open(files, d);
  ASSERT_TRUE(log);
  files.fail_after(1, "the disk is gone");
  log->record({"a", "write", "t", "1"});
  log->record({"a", "write", "t", "2"});
  EXPECT_NE(log->status().problem.find("gone"), std::string::npos);
  EXPECT_EQ(log->status().lost, 2u);
  EXPECT_EQ(log->status().head.number, 0u);
  EXPECT_NE(log->sync(), "");
  base::MemoryFiles others;
  others.fail_after(1, "read-only");
  EXPECT_FALSE(open(others, d));
  EXPECT_TRUE(d.has_errors());
}

TEST(Audit, ManyThreadsRecordOneWholeChain) {
  base::MemoryFiles files;
  base::Diagnostics d;
  {
    const auto log = open(files, d);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 50; ++i)
          log->record({"thread " + std::to_string(t), "write", "tag", std::to_string(i)});
      });
    for (auto& thread : threads) thread.join();
  }
  const Readback back = read_back(files);
  EXPECT_FALSE(back.check->first_break);
  EXPECT_EQ(back.deeds.size(), 200u);
}

TEST(Station, RecordsWhoStartedAndStoppedIt) {
  base::MemoryFiles files;
  files.write_atomic(
      "l.yaml",
      "bondline: line/1\nname: l\nmachines:\n  c: {sim: counter, size: 2, poll: 10 ms}\nstore: {path: s}\n");
  base::Diagnostics d;
  auto line = load_line(files, "l.yaml", d);
  ASSERT_TRUE(line);
  {
    const auto station = Station::make(files, std::move(*line), d);
    ASSERT_TRUE(station);
    station->start();
    station->audit().record({"anna", "write", "c.n1", "5"});
    station->stop();
    const auto report = nlohmann::json::parse(station->report());
    EXPECT_EQ(report.at("audit").at("records"), 3);
    EXPECT_EQ(report.at("audit").at("problem"), "");
  }
  const Readback back = read_back(files);
  ASSERT_EQ(back.deeds.size(), 3u);
  EXPECT_EQ(back.deeds[0].what, "start");
  EXPECT_EQ(back.deeds[0].who, local_user());
  EXPECT_EQ(back.deeds[2].what, "stop");
}
