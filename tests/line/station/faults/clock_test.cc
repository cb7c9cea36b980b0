// The wall clock jumps an hour forth and back under a running station: polls, windows and stale rules go by
// the monotonic clock and do not notice; both times are in the log.
#include "fault_bench.h"

using namespace bondline;
using namespace bondline::station;

namespace {

constexpr std::int64_t kHour = 3'600'000'000'000;

struct Point {
  std::uint64_t bits;
  tags::Quality quality;
  tags::Times times;
};

}  // namespace

TEST(StationClock, AJumpOfAnHourBothWaysIsInTheStampsAndNowhereElse) {
  base::MemoryFiles files;
  std::atomic<std::int64_t> offset{0};
  const auto station = station_of(
      files,
      "bondline: line/1\nname: l\nmachines:\n  c: {sim: counter, size: 2, poll: 5 ms, stale: 2 s}\n"
      "rules:\n"
      "  share: {emit: count(c.n0), window: 100 ms}\n"
      "  beyond: {when: c.n0 > 1e9, for: 10 min}\n"
      "store: {path: s, window: 2 ms, keep: 2 h}\n",
      [&](LineFile& line) { line.store.wall_ns = [&] { return gateway::times_now().receive_ns + offset; }; });
  ASSERT_TRUE(station);
  station->start();
  const auto rounds = [&](std::uint64_t n) {
    const tags::TagId id = *station->line().tags->find("c.n0");
    const auto now = station->engine().newest(id);
    const std::uint64_t from = now ? now->bits : 0;
    EXPECT_TRUE(wait_for([&] {
      const auto newest = station->engine().newest(id);
      return newest && newest->bits >= from + n;
    }));
  };
  rounds(30);
  offset = kHour;
  rounds(30);
  offset = 0;
  rounds(30);
  offset = -kHour;
  rounds(30);
  station->stop();
  EXPECT_TRUE(report_of(*station).at("counters").at("balanced").get<bool>());

  std::map<std::string, std::vector<Point>> by_tag;
  store::Log::Reader reader(station->log(), 1);
  tags::Batch batch;
  while (const auto read = reader.next(batch))
    for (const tags::Run& run : batch.runs())
      for (std::uint32_t i = run.first; i < run.first + run.count; ++i)
        by_tag[(*read->dictionary)[batch.tag()[i]].name].push_back(
            {batch.bits()[i], batch.quality()[i], run.times});
  const std::vector<Point>& counter = by_tag.at("c.n0");
  ASSERT_GE(counter.size(), 120u);
  int forth = 0, back = 0;
  for (std::size_t i = 1; i < counter.size(); ++i) {
    EXPECT_EQ(counter[i].bits, counter[i - 1].bits + 1);
    EXPECT_TRUE(tags::is_good(counter[i].quality)) << "not stale";
    EXPECT_GT(counter[i].times.mono_ns, counter[i - 1].times.mono_ns);
    const std::int64_t wall = counter[i].times.receive_ns - counter[i - 1].times.receive_ns;
    const std::int64_t mono = counter[i].times.mono_ns - counter[i - 1].times.mono_ns;
    forth += wall - mono > kHour / 2;
    back += mono - wall > kHour / 2;
    EXPECT_LT(mono, kHour / 2);
  }
  EXPECT_EQ(forth, 1);
  EXPECT_EQ(back, 2);
  // Every value is in one window, and windows are as far apart as they are long.
  const std::vector<Point>& windows = by_tag.at("rules.share");
  ASSERT_GE(windows.size(), 3u);
  std::uint64_t counted = 0, within = 0;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    counted += static_cast<std::uint64_t>(tags::number_of(
        (*station->line().tags)[*station->line().tags->find("rules.share")].type, windows[i].bits));
    if (i > 0) {
      EXPECT_EQ((windows[i].times.mono_ns - windows[i - 1].times.mono_ns) % 100'000'000, 0);
    }
  }
  for (const Point& point : counter) within += point.times.mono_ns < windows.back().times.mono_ns;
  EXPECT_EQ(counted, within);
}
