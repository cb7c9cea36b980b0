// Files as a machine of a whole line whose power goes again and again: each line is stored once.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "fault_bench.h"

using namespace bondline;
using namespace bondline::station;
namespace fs = std::filesystem;

TEST(StationFiles, EveryLineIsStoredOnceThoughThePowerGoesAtAnyMoment) {
  const fs::path folder = fs::temp_directory_path() / ("bondline-drop-" + std::to_string(getpid()));
  fs::remove_all(folder);
  fs::create_directories(folder);
  const std::string text = "bondline: line/1\nname: l\nmachines:\n  f: {file: \"" +
                           (folder / "*.csv").string() +
                           "\", tags: f.csv, poll: 5 ms, settle: 0 s}\nstore: {path: s, window: 2 ms}\n";
  base::MemoryFiles written;
  written.write_atomic("l.yaml", text);
  written.write_atomic("f.csv", "name,address,type\nv,v,uint64\n");
  base::MemoryFiles files;
  const auto station_here = [&] {
    base::Diagnostics diagnostics;
    auto line = load_line(written, "l.yaml", diagnostics);
    EXPECT_TRUE(line) << (diagnostics.empty() ? "" : base::to_text(diagnostics.all()[0]));
    line->store.segment_bytes = 20000;
    return Station::make(files, std::move(*line), diagnostics);
  };
  std::mt19937 random(7);
  std::uint64_t next = 0;
  int cuts_in_the_middle = 0;
  const auto values = [&](const store::Log& log) {
    std::vector<std::uint64_t> all;
    store::Log::Reader reader(log, log.begin());
    tags::Batch batch;
    while (const auto read = reader.next(batch))
      for (std::size_t i = read->skip; i < batch.size(); ++i)
        if ((*read->dictionary)[batch.tag()[i]].name == "f.v") all.push_back(batch.bits()[i]);
    return all;
  };
  for (int life = 0; life < 12; ++life) {
    auto station = station_here();
    ASSERT_TRUE(station);
    const std::size_t known = values(station->log()).size();
    {
      // Under another name until it is whole.
      std::ofstream out(folder / "x.tmp");
      out << "v\n";
      for (int i = 0; i < 5000; ++i) out << next++ << "\n";
    }
    fs::rename(folder / "x.tmp", folder / ("r" + std::to_string(100 + life) + ".csv"));
    station->start();
    if (random() % 3 != 0) wait_for([&] { return station->log().counters().durable > 0; });
    files.fail_after(1 + static_cast<int>(random() % 4), "power is gone");
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 20));
    station->stop();
    files.fail_after(1, "power is gone");
    const std::size_t now = values(station->log()).size();
    cuts_in_the_middle += now > known && now < next;
    station.reset();
    files.cut_power(random() % 4000);
  }
  EXPECT_GT(cuts_in_the_middle, 0);
  const auto station = station_here();
  station->start();
  EXPECT_TRUE(wait_for([&] { return fs::exists(folder / "done" / "r111.csv"); }));
  station->stop();
  const auto all = values(station->log());
  ASSERT_EQ(all.size(), next);
  for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i], i);
  fs::remove_all(folder);
}
