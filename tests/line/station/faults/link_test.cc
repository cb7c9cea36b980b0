// One receiver reads a kilobyte a second, another one lies, a third is as it should be: none hurts another,
// nor the machines.
#include "fault_bench.h"

using namespace bondline;
using namespace bondline::station;

TEST(StationLink, ASlowReceiverHoldsUpNobodyAndGetsEverythingInTheEnd) {
  base::MemoryFiles files;
  gateway::UnrulyBroker<Arrived> quick, slow;
  quick.start();
  slow.bytes_per_second = 1000;
  slow.start();
  const auto sink = [](std::uint16_t port) {
    return "{mqtt: \"mqtt://127.0.0.1:" + std::to_string(port) + "\", topic: l}\n";
  };
  const auto station = station_of(
      files,
      "bondline: line/1\nname: l\nmachines:\n  c: {sim: counter, size: 50, poll: 10 ms}\nsinks:\n  quick: " +
          sink(quick.port()) + "  slow: " + sink(slow.port()) + "store: {path: s, window: 2 ms}\n");
  ASSERT_TRUE(station);
  station->start();
  const auto counters = [&] { return station->engine().counters(); };
  EXPECT_TRUE(wait_for([&] { return counters().acknowledged.at("quick") > 3000; }));
  const auto during = counters();
  EXPECT_GT(during.pending.at("slow"), 2000u);
  EXPECT_LT(during.pending.at("quick"), during.pending.at("slow"));
  EXPECT_EQ(report_of(*station).at("drivers").at("c").at("restarts"), 0);
  slow.bytes_per_second = 0;
  EXPECT_TRUE(all_acknowledged(*station));
  station->stop();
  const auto stored = stored_in(station->log());
  EXPECT_TRUE(report_of(*station).at("counters").at("balanced").get<bool>());
  for (auto* broker : {&quick, &slow}) {
    const std::lock_guard lock(broker->mutex);
    EXPECT_EQ(broker->received.samples, stored);
    EXPECT_TRUE(broker->received.sound());
  }
}

TEST(StationLink, AReceiverThatLiesAboutAcknowledgementGetsNothingCrossedOff) {
  base::MemoryFiles files;
  using Broker = gateway::UnrulyBroker<Arrived>;
  Broker honest, liar;
  honest.start();
  liar.lies = Broker::Lies::misfits;
  liar.start();
  const auto sink = [](std::uint16_t port) {
    return "{mqtt: \"mqtt://127.0.0.1:" + std::to_string(port) + "\", topic: l}\n";
  };
  const auto station = station_of(
      files,
      "bondline: line/1\nname: l\nmachines:\n  c: {sim: counter, size: 5, poll: 5 ms}\nsinks:\n  honest: " +
          sink(honest.port()) + "  liar: " + sink(liar.port()) + "store: {path: s, window: 2 ms}\n");
  ASSERT_TRUE(station);
  station->start();
  EXPECT_TRUE(wait_for([&] { return station->engine().counters().acknowledged.at("honest") > 200; }));
  EXPECT_TRUE(
      wait_for([&] { return report_of(*station).at("sinks").at("liar").at("errors").get<int>() > 0; }));
  EXPECT_EQ(station->engine().counters().acknowledged.at("liar"), 0u);
  liar.lies = Broker::Lies::no;
  EXPECT_TRUE(all_acknowledged(*station));
  station->stop();
  EXPECT_TRUE(report_of(*station).at("counters").at("balanced").get<bool>());
  const auto stored = stored_in(station->log());
  for (auto* broker : {&honest, &liar}) {
    const std::lock_guard lock(broker->mutex);
    EXPECT_EQ(broker->received.samples, stored);
    EXPECT_EQ(broker->received.changed + broker->received.out_of_order, 0u);
  }
}
