// Which bytes of which file are read, and that each is read once: drops, growth, rotation, truncation.
#include "line/gateway/drivers/file/follower.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

using namespace bondline;
using namespace bondline::gateway;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

class Folder : public testing::Test {
 protected:
  Folder() {
    path_ = fs::temp_directory_path() / ("bondline-files-" + std::to_string(getpid()));
    fs::remove_all(path_);
    fs::create_directories(path_);
    config_.machine = "m";
    config_.folder = path_.string();
    config_.pattern = "*.csv";
    config_.done = (path_ / "done").string();
    config_.settle = 0ns;
    config_.points = {{0, "v", *fields::format_of("uint64")}};
    config_.file_tag = 1;
    config_.position_tag = 2;
    config_.problem_tag = 3;
  }
  ~Folder() override { fs::remove_all(path_); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
  }
  void append(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary | std::ios::app) << text;
  }
  void tail(const std::string& name) {
    config_.tail = true;
    config_.pattern = name;
  }
  /// Steps until there is nothing more; values read are added to `got`, problems to `problems`.
  void drain(Follower& follower) {
    tags::Batch batch;
    for (int i = 0; i < 1000; ++i) {
      const bool more = follower.step({1, 1, 1}, batch);
      for (std::size_t s = 0; s < batch.size(); ++s) {
        if (batch.tag()[s] == 0 && tags::is_good(batch.quality()[s])) got.push_back(batch.bits()[s]);
        if (batch.tag()[s] == 3) problems.emplace_back(batch.text_of(s));
        if (batch.tag()[s] == 1) file = FilePlace::of(batch.text_of(s));
        if (batch.tag()[s] == 2 && file) file->offset = batch.bits()[s];
      }
      std::string last;
      errors += follower.take_errors(last);
      if (follower.finished()) {
        follower.put_away();
      } else if (!more) {
        return;
      }
    }
    FAIL() << "never at the end";
  }
  std::vector<std::uint64_t> take() { return std::exchange(got, {}); }
  using Values = std::vector<std::uint64_t>;

  fs::path path_;
  FileConfig config_;
  std::vector<std::uint64_t> got;
  std::vector<std::string> problems;
  std::optional<FilePlace> file;  ///< as a log would know it
  std::uint64_t errors = 0;
};
using FileFollower = Folder;

}  // namespace

TEST_F(FileFollower, ReadsDroppedFilesOnceAndMovesThemAway) {
  write("b.csv", "v\n1\n2\n");
  std::this_thread::sleep_for(10ms);
  write("a.csv", "v\n3\n4");
  write("c.csv.tmp", "v\n9\n");
  write(".d.csv", "v\n9\n");
  Follower f(config_);
  drain(f);
  EXPECT_EQ(take(), (Values{1, 2, 3, 4})) << "the older first; a last line needs no end";
  EXPECT_TRUE(fs::exists(path_ / "done" / "a.csv") && fs::exists(path_ / "done" / "b.csv"));
  EXPECT_FALSE(fs::exists(path_ / "a.csv"));
  write("a.csv", "v\n5\n");
  drain(f);
  EXPECT_EQ(take(), (Values{5}));
  EXPECT_TRUE(fs::exists(path_ / "done" / "a.csv.1")) << "another of the same name";
  EXPECT_EQ(errors, 0u);
}

TEST_F(FileFollower, LeavesAFileAloneThatStillChanges) {
  config_.settle = 150ms;
  write("a.csv", "v\n1\n");
  Follower f(config_);
  for (int i = 0; i < 5; ++i) {
    drain(f);
    append("a.csv", std::to_string(i + 2) + "\n");
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_EQ(take(), Values());
  for (int i = 0; i < 100 && got.empty(); ++i) {
    drain(f);
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_EQ(take(), (Values{1, 2, 3, 4, 5, 6}));
}

TEST_F(FileFollower, BadLinesAreToldWithFileAndLineAndHarmNoOther) {
  write("a.csv", "v,w\n1,x\nmany,x\n\"3,x\n4,x\n5,\"two\nlines\"\n6\n\n7,x\n");
  Follower f(config_);
  drain(f);
  // The quote opened in line 4 swallows lines up to the next quote; that record is broken as a whole.
  EXPECT_EQ(problems[0], "a.csv:3: v \"many\" is no number");
  ASSERT_GE(problems.size(), 2u);
  EXPECT_TRUE(problems[1].starts_with("a.csv:4: ")) << problems[1];
  EXPECT_EQ(got.front(), 1u);
  EXPECT_EQ(got.back(), 7u);
  EXPECT_EQ(errors, problems.size());
}

TEST_F(FileFollower, AnUnclosedQuoteCostsItsLineOnly) {
  write("a.csv", "v\n1\n\"2\n3\n4\n");
  Follower f(config_);
  drain(f);
  EXPECT_EQ(take(), (Values{1, 3, 4}));
  EXPECT_EQ(problems, (std::vector<std::string>{"a.csv:3: a quote is not closed"}));
  std::string text = "v\n1\n\"2\n";
  for (int i = 3; i < 100000; ++i) text += std::to_string(i) + "\n";
  write("b.csv", text);
  drain(f);
  ASSERT_EQ(got.size(), 99998u);
  EXPECT_EQ(got[1], 3u);
  EXPECT_EQ(got.back(), 99999u);
}

TEST_F(FileFollower, FollowsAFileThatGrowsLineByLine) {
  tail("log.csv");
  Follower f(config_);
  drain(f);
  write("log.csv", "v\n1\n2");
  drain(f);
  EXPECT_EQ(take(), (Values{1})) << "half a line is none";
  append("log.csv", "5\n3\n");
  drain(f);
  EXPECT_EQ(take(), (Values{25, 3}));
  EXPECT_EQ(errors, 0u);
}

TEST_F(FileFollower, ReadsARenamedFileToItsEndAndThenTheNewOne) {
  tail("log.csv");
  Follower f(config_);
  write("log.csv", "v\n1\n2");
  drain(f);
  append("log.csv", "0\n3\n");
  fs::rename(path_ / "log.csv", path_ / "log.csv.1");
  drain(f);
  EXPECT_EQ(take(), (Values{1, 20, 3}));
  append("log.csv.1", "4\n5");  // whoever writes still has the old one open
  write("log.csv", "v\n6\n");
  for (int i = 0; i < 5; ++i) drain(f);
  EXPECT_EQ(take(), (Values{4, 5, 6}));
  append("log.csv", "7\n");
  drain(f);
  EXPECT_EQ(take(), (Values{7}));
  EXPECT_EQ(errors, 0u);
}

TEST_F(FileFollower, ATruncatedFileIsReadFromItsStartAndOneThatIsGoneIsTold) {
  tail("log.csv");
  Follower f(config_);
  write("log.csv", "v\n1\n2\n3\n");
  drain(f);
  write("log.csv", "v\n4\n");  // the same file, emptied and written
  drain(f);
  EXPECT_EQ(take(), (Values{1, 2, 3, 4}));
  EXPECT_EQ(errors, 1u);
  write("log.csv", "v\n5\n6\n7\n8\n9\n");  // longer than before: known by its first bytes
  drain(f);
  EXPECT_EQ(take(), (Values{5, 6, 7, 8, 9}));
  EXPECT_EQ(errors, 2u);
  write("new.csv", "v\n10\n");
  fs::remove(path_ / "log.csv");
  fs::rename(path_ / "new.csv", path_ / "log.csv");
  drain(f);
  EXPECT_EQ(take(), (Values{10}));
  EXPECT_EQ(errors, 3u);
}

TEST_F(FileFollower, GoesOnWhereALogRemembersWhateverWasCutOff) {
  std::string text = "v\n";
  for (int i = 0; i < 500; ++i) text += std::to_string(i) + "\n";
  for (const bool growing : {false, true}) {
    if (growing) tail("log.csv");
    write("log.csv", text);
    std::vector<std::uint64_t> whole;
    tags::Batch batch;
    FilePlace place;
    // Each life reads a batch, of which the log keeps a part; the next goes on behind that.
    for (int life = 0; life < 60 && whole.size() < 500; ++life) {
      FileConfig config = config_;
      config.place = place;
      Follower f(config);
      f.step({1, 1, 1}, batch);
      int kept = 0;
      for (const tags::Run& run : batch.runs()) {
        if (++kept > 11) break;
        for (std::uint32_t s = run.first; s < run.first + run.count; ++s) {
          if (batch.tag()[s] == 0) whole.push_back(batch.bits()[s]);
          if (batch.tag()[s] == 1) {
            const std::uint64_t offset = place.offset;
            place = *FilePlace::of(batch.text_of(s));
            place.offset = offset;
          }
          if (batch.tag()[s] == 2) place.offset = batch.bits()[s];
        }
      }
    }
    ASSERT_EQ(whole.size(), 500u);
    for (std::size_t i = 0; i < whole.size(); ++i) ASSERT_EQ(whole[i], i);
  }
}

TEST_F(FileFollower, MayBeginAtTheEnd) {
  tail("log.csv");
  config_.from_end = true;
  write("log.csv", "x,v\n0,1\n0,2\n0,");
  Follower f(config_);
  drain(f);
  EXPECT_EQ(take(), Values());
  append("log.csv", "3\n0,4\n");
  drain(f);
  EXPECT_EQ(take(), (Values{3, 4}));
}
