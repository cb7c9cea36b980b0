#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "helpers.h"

namespace bondline::store {
namespace {

TEST(Log, ShowsNothingBeforeItIsDurable) {
  base::MemoryFiles files;
  auto log = open_log(files);
  std::uint64_t next = 0;
  EXPECT_EQ(log->append(counting(next, 10)), 10u);
  EXPECT_EQ(log->durable_end(), 1u);
  EXPECT_TRUE(read_all(*log).values.empty());
  EXPECT_TRUE(log->commit());
  EXPECT_EQ(log->durable_end(), 11u);
  const ReadBack all = read_all(*log);
  ASSERT_EQ(all.values.size(), 10u);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(all.values[i], i);
    EXPECT_EQ(all.sequences[i], i + 1);
  }
}

// Two writers would give the same sequences to different samples.
TEST(Log, AFolderThatAnotherOpenLogWritesToIsRefusedUntilThatOneIsClosed) {
  const std::string folder = testing::TempDir() + "bondline-log-alone-" + std::to_string(::getpid());
  LogOptions options;
  options.folder = folder;
  std::uint64_t next = 0;
  {
    auto first = open_log(base::disk(), options);
    first->append(counting(next, 10));
    ASSERT_TRUE(first->commit());
    options.background = false;
    base::Diagnostics problems;
    EXPECT_FALSE(Log::open(base::disk(), options, numbers(4), problems));
    ASSERT_TRUE(problems.has_errors());
    EXPECT_NE(problems.all()[0].what.find("another line"), std::string::npos) << problems.all()[0].what;
    EXPECT_FALSE(problems.all()[0].mend.empty());
    first->append(counting(next, 10));
    ASSERT_TRUE(first->commit());
    EXPECT_EQ(read_all(*first).values.size(), 20u);
  }
  {
    const auto second = open_log(base::disk(), options);
    EXPECT_EQ(second->durable_end(), 21u);
  }
  std::filesystem::remove_all(folder);
}

// A segment without its head is one that the line beside the reader is just beginning.
TEST(Log, OpenedToReadItNeitherWritesNorRemovesNorKeepsAnybodyOut) {
  base::MemoryFiles files;
  LogOptions reading;
  reading.folder = "log";
  reading.read_only = true;
  std::uint64_t next = 0;
  auto writer = open_log(files);
  writer->append(counting(next, 10));
  ASSERT_TRUE(writer->commit());
  ASSERT_EQ(files.append("log/0000000009-0000000000000011.blog", ""), "");
  const auto names = files.list("log");
  const int changes = files.changes();
  {
    base::Diagnostics problems;
    const auto reader = Log::open(files, reading, numbers(4), problems);
    ASSERT_TRUE(reader);
    EXPECT_EQ(read_all(*reader).values.size(), 10u);
    bool refused = false;
    EXPECT_EQ(reader->append(counting(next, 5), &refused), 0u);
    EXPECT_TRUE(refused);
    EXPECT_EQ(reader->counters().refused.at("read only"), 5u);
    EXPECT_TRUE(reader->commit());
  }
  EXPECT_EQ(files.changes(), changes);
  EXPECT_EQ(files.list("log"), names);
  base::Diagnostics problems;
  reading.folder = "nowhere";
  const auto empty = Log::open(files, reading, numbers(4), problems);
  ASSERT_TRUE(empty);
  EXPECT_TRUE(read_all(*empty).values.empty());
  EXPECT_EQ(files.changes(), changes);
}

// From memory, from disk, over many segments and after a restart: the same samples.
TEST(Log, ReadsTheSameFromMemoryFromDiskAndAfterARestart) {
  base::MemoryFiles files;
  LogOptions options;
  options.segment_bytes = 20000;
  options.recent_bytes = 3000;
  std::uint64_t next = 0;
  {
    auto log = open_log(files, options);
    for (int commit = 0; commit < 200; ++commit) {
      for (int i = 0; i < 3; ++i) log->append(counting(next, 37));
      ASSERT_TRUE(log->commit());
    }
    EXPECT_GT(log->counters().segments, 2u);
    const ReadBack all = read_all(*log);
    ASSERT_EQ(all.values.size(), next);
    for (std::uint64_t i = 0; i < next; ++i) ASSERT_EQ(all.values[i], i);
    EXPECT_EQ(all.lost, 0u);
  }
  auto log = open_log(files, options);
  EXPECT_EQ(log->epoch(), 2u);
  EXPECT_EQ(log->durable_end(), next + 1);
  log->append(counting(next, 5));
  log->commit();
  const ReadBack all = read_all(*log);
  ASSERT_EQ(all.values.size(), next);
  for (std::uint64_t i = 0; i < next; ++i) ASSERT_EQ(all.values[i], i);
}

TEST(Log, ReaderThatKeepsUpContinuesInTheSegmentBeingWritten) {
  base::MemoryFiles files;
  LogOptions options;
  options.recent_bytes = 0;  // all but the newest group from disk
  auto log = open_log(files, options);
  Log::Reader reader(*log, 1);
  tags::Batch batch;
  std::uint64_t next = 0, expected = 0;
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 2; ++i) {
      log->append(counting(next, 11));
      ASSERT_TRUE(log->commit());
    }
    while (const auto read = reader.next(batch))
      for (std::size_t i = read->skip; i < batch.size(); ++i) ASSERT_EQ(batch.bits()[i], expected++);
  }
  EXPECT_EQ(expected, next);
}

TEST(Log, StartsReadingInTheMiddleOfAFrame) {
  base::MemoryFiles files;
  auto log = open_log(files);
  std::uint64_t next = 0;
  log->append(counting(next, 100));
  log->commit();
  const ReadBack all = read_all(*log, 42);
  ASSERT_EQ(all.values.size(), 59u);
  EXPECT_EQ(all.sequences.front(), 42u);
  EXPECT_EQ(all.values.front(), 41u);
}

TEST(Log, KeepsCursorsOverARestart) {
  base::MemoryFiles files;
  std::uint64_t next = 0;
  {
    auto log = open_log(files);
    EXPECT_EQ(log->cursor("plant"), 1u);
    log->append(counting(next, 30));
    log->commit();
    log->acknowledge("plant", 21);
    log->acknowledge("plant", 11);    // never back
    log->acknowledge("fleet", 1000);  // never beyond what is durable
    EXPECT_EQ(log->cursor("plant"), 21u);
    EXPECT_EQ(log->cursor("fleet"), 31u);
    log->commit();
  }
  files.cut_power();
  auto log = open_log(files);
  EXPECT_EQ(log->cursor("plant"), 21u);
  EXPECT_EQ(log->cursor("fleet"), 31u);
  log->acknowledge("plant", 31);  // without a single new sample
  log->commit();
  files.cut_power();
  log.reset();
  log = open_log(files);
  EXPECT_EQ(log->cursor("plant"), 31u);
}

TEST(Log, KeepsTheNamesSamplesWereStoredUnder) {
  base::MemoryFiles files;
  auto log = open_log(files, {}, {{"old.a", "K", tags::ValueType::f64}});
  tags::Batch batch;
  batch.begin({});
  batch.add(0, tags::bits_of(1.25));
  log->append(batch);
  log->set_dictionary({{"new.b", "", tags::ValueType::text}, {"old.a", "K", tags::ValueType::f64}});
  batch.clear();
  batch.begin({});
  batch.add_text(0, "ready");
  batch.add(1, tags::bits_of(2.5));
  log->append(batch);
  ASSERT_TRUE(log->commit());
  Log::Reader reader(*log, 1);
  auto read = reader.next(batch);
  ASSERT_TRUE(read);
  EXPECT_EQ((*read->dictionary)[0].name, "old.a");
  EXPECT_EQ(batch.bits()[0], tags::bits_of(1.25));
  read = reader.next(batch);
  ASSERT_TRUE(read);
  EXPECT_EQ((*read->dictionary)[0].name, "new.b");
  EXPECT_EQ(batch.text_of(0), "ready");
  EXPECT_EQ(batch.bits()[1], tags::bits_of(2.5));
}

TEST(Log, RefusesTagsItDoesNotKnow) {
  base::MemoryFiles files;
  auto log = open_log(files);
  tags::Batch batch;
  batch.begin({});
  batch.add(99, 1);
  EXPECT_EQ(log->append(batch), 0u);
  EXPECT_EQ(log->counters().refused.at("unknown tag"), 1u);
}

// A thousand slowly moving registers and floats polled together: the figure the format was made for.
TEST(Log, TypicalSamplesTakeLessThanFourBytes) {
  base::MemoryFiles files;
  Dictionary dictionary = numbers(1000);
  for (std::size_t i = 0; i < 1000; i += 2) dictionary[i].type = tags::ValueType::f32;
  for (std::size_t i = 0; i < 1000; i += 5) dictionary[i].type = tags::ValueType::f64;
  auto log = open_log(files, {}, dictionary);
  std::uint64_t samples = 0, noise = 12345;
  tags::Batch batch;
  for (int poll = 0; poll < 300; ++poll) {
    batch.clear();
    const std::int64_t now =
        1'700'000'000'000'000'000 + poll * 100'000'000LL + static_cast<std::int64_t>(noise % 1000000);
    batch.begin({now, now, now / 7});
    for (tags::TagId tag = 0; tag < 1000; ++tag) {
      noise = noise * 6364136223846793005u + 1442695040888963407u;
      const double value =
          200 + tag + 5 * std::sin(0.01 * poll + tag) + 0.1 * static_cast<double>(noise >> 60);
      if (dictionary[tag].type == tags::ValueType::f64)
        batch.add(tag, tags::bits_of(std::round(value * 10) / 10));
      else if (dictionary[tag].type == tags::ValueType::f32)
        batch.add(tag, tags::bits_of(static_cast<float>(value)));
      else
        batch.add(tag, static_cast<std::uint64_t>(value * 10));
    }
    samples += log->append(batch);
    log->commit();
  }
  EXPECT_LT(static_cast<double>(log->counters().bytes) / static_cast<double>(samples), 4.0);
}

}  // namespace
}  // namespace bondline::store
