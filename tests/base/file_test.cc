#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace bondline::base {
namespace {

class DiskFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "bondline-file-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::string in(const std::string& name) const { return folder + "/" + name; }
  std::string folder;
  FileProblem problem;
};

TEST_F(DiskFiles, WriteThenReadGivesTheSameBytes) {
  const std::string bytes("a\0b\nc", 5);
  EXPECT_EQ(disk().write_atomic(in("x"), bytes), "");
  EXPECT_EQ(disk().read(in("x"), &problem), bytes);
  EXPECT_EQ(disk().write_atomic(in("x"), ""), "");
  EXPECT_EQ(disk().read(in("x"), &problem), "");
}

TEST_F(DiskFiles, WriteAtomicLeavesNoTemporaryAndKeepsTheMode) {
  ASSERT_EQ(disk().write_atomic(in("x"), "1"), "");
  ASSERT_EQ(chmod(in("x").c_str(), 0640), 0);
  ASSERT_EQ(disk().write_atomic(in("x"), "2"), "");
  EXPECT_EQ(disk().list(folder), std::vector<std::string>{"x"});
  struct stat info;
  ASSERT_EQ(stat(in("x").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640u);
}

TEST_F(DiskFiles, WriteAtomicReplacesTheTargetOfALinkNotTheLink) {
  ASSERT_EQ(disk().write_atomic(in("x"), "1"), "");
  ASSERT_EQ(symlink("x", in("link").c_str()), 0);
  ASSERT_EQ(disk().write_atomic(in("link"), "2"), "");
  EXPECT_TRUE(std::filesystem::is_symlink(in("link")));
  EXPECT_EQ(disk().read(in("x"), &problem), "2");
}

TEST_F(DiskFiles, WriteAtomicDoesNotReplaceADevice) {
  EXPECT_EQ(disk().write_atomic("/dev/null", "lost"), "");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(DiskFiles, ProblemsSayWhatAndWhy) {
  EXPECT_FALSE(disk().read(in("none"), &problem));
  EXPECT_EQ(problem, "cannot open " + in("none") + ": No such file or directory");
  EXPECT_FALSE(disk().read(folder, &problem));
  EXPECT_NE(problem.find("it is a folder"), std::string::npos);
  EXPECT_NE(disk().write_atomic(in("no/such/x"), "1"), "");
  EXPECT_NE(disk().write_atomic(folder, "1"), "");
  EXPECT_NE(disk().sync(in("none")), "");
  EXPECT_NE(disk().remove(in("none")), "");
  EXPECT_FALSE(disk().read(in("none"), nullptr));
}

TEST_F(DiskFiles, ReadRefusesMoreThanItsBound) {
  ASSERT_EQ(disk().write_atomic(in("x"), std::string(1000, 'x')), "");
  EXPECT_TRUE(disk().read(in("x"), &problem, 1000));
  EXPECT_FALSE(disk().read(in("x"), &problem, 999));
  EXPECT_NE(problem.find("larger than 999 bytes"), std::string::npos);
  EXPECT_FALSE(disk().read("/dev/zero", &problem, 100000)) << "endless files stop at the bound too";
}

TEST_F(DiskFiles, ReadsFilesThatDoNotKnowTheirSize) {
  const auto text = disk().read("/proc/self/status", &problem);
  ASSERT_TRUE(text) << problem;
  EXPECT_NE(text->find("Pid:"), std::string::npos);
}

TEST_F(DiskFiles, AppendAddsAndSyncSucceeds) {
  EXPECT_EQ(disk().append(in("log"), "a"), "");
  EXPECT_EQ(disk().append(in("log"), "b"), "");
  EXPECT_EQ(disk().sync(in("log")), "");
  EXPECT_EQ(disk().read(in("log"), &problem), "ab");
}

TEST_F(DiskFiles, MakeFolderMakesParentsAndAcceptsAnExistingOne) {
  EXPECT_EQ(disk().make_folder(in("a/b/c")), "");
  EXPECT_EQ(disk().make_folder(in("a/b/c/")), "");
  EXPECT_TRUE(disk().exists(in("a/b/c")));
  ASSERT_EQ(disk().write_atomic(in("file"), "1"), "");
  EXPECT_NE(disk().make_folder(in("file/x")), "");
  EXPECT_EQ(disk().list(folder), (std::vector<std::string>{"a", "file"}));
  EXPECT_EQ(disk().remove(in("file")), "");
  EXPECT_FALSE(disk().exists(in("file")));
}

TEST(MemoryFiles, BehavesAsADiskWould) {
  MemoryFiles files;
  FileProblem problem;
  EXPECT_FALSE(files.read("d/x", &problem));
  EXPECT_NE(problem, "");
  EXPECT_EQ(files.make_folder("d/e"), "");
  EXPECT_EQ(files.write_atomic("d/x", "12"), "");
  EXPECT_EQ(files.append("d/x", "3"), "");
  EXPECT_EQ(files.read("d/x", &problem), "123");
  EXPECT_FALSE(files.read("d/x", &problem, 2));
  EXPECT_EQ(files.list("d"), (std::vector<std::string>{"e", "x"}));
  EXPECT_TRUE(files.exists("d"));
  EXPECT_EQ(files.remove("d/x"), "");
  EXPECT_FALSE(files.exists("d/x"));
  EXPECT_EQ(files.changes(), 4);
}

TEST(MemoryFiles, KeepsOnlySyncedBytesWhenThePowerGoes) {
  MemoryFiles files;
  FileProblem problem;
  files.append("log", "safe");
  files.sync("log");
  files.append("log", "torn");
  files.append("new", "never synced");
  MemoryFiles& same = files;
  same.cut_power(2);
  EXPECT_EQ(files.read("log", &problem), "safeto");
  EXPECT_EQ(files.read("new", &problem), "ne");
  files.append("log", "x");
  files.append("newer", "y");
  files.cut_power();
  EXPECT_EQ(files.read("log", &problem), "safeto");
  EXPECT_FALSE(files.exists("newer"));
}

TEST(MemoryFiles, AtomicWritesAreOldOrNew) {
  MemoryFiles files;
  FileProblem problem;
  files.write_atomic("x", "old");
  files.fail_after(1, "disk full");
  EXPECT_EQ(files.write_atomic("x", "new"), "disk full");
  files.cut_power();
  EXPECT_EQ(files.read("x", &problem), "old");
  EXPECT_EQ(files.write_atomic("x", "new"), "") << "the power is back";
  files.cut_power();
  EXPECT_EQ(files.read("x", &problem), "new");
}

TEST(MemoryFiles, FailsFromTheNthChangeOn) {
  MemoryFiles files;
  files.fail_after(3, "gone");
  EXPECT_EQ(files.append("x", "1"), "");
  EXPECT_EQ(files.append("x", "2"), "");
  EXPECT_EQ(files.append("x", "3"), "gone");
  EXPECT_EQ(files.sync("x"), "gone");
  FileProblem problem;
  EXPECT_EQ(files.read("x", &problem), "12") << "reading is not a change";
}

TEST(MemoryFiles, FailsOnceAndThenWorksAgain) {
  MemoryFiles files;
  files.fail_once(2, "gone");
  EXPECT_EQ(files.append("x", "1"), "");
  EXPECT_EQ(files.append("x", "2"), "gone");
  EXPECT_EQ(files.append("x", "3"), "");
}

TEST(MemoryFiles, IsFullAtItsCapacity) {
  MemoryFiles files;
  files.set_capacity(3);
  EXPECT_EQ(files.append("x", "12"), "");
  EXPECT_TRUE(is_disk_full(files.append("x", "34")));
  EXPECT_EQ(files.append("x", "3"), "");
}

// What an open file promises, on the disk and in memory alike.
void append_file_keeps_its_promises(Files& files, const std::string& path) {
  FileProblem problem;
  auto file = files.open_append(path, &problem);
  ASSERT_TRUE(file) << problem;
  EXPECT_EQ(file->append("hello "), "");
  EXPECT_EQ(file->append("world"), "");
  EXPECT_EQ(file->sync(), "");
  EXPECT_EQ(file->size(), 11u);
  EXPECT_EQ(files.size(path), 11u);
  std::string bytes;
  EXPECT_EQ(files.read_range(path, 6, 3, bytes), "");
  EXPECT_EQ(bytes, "wor");
  EXPECT_EQ(files.read_range(path, 9, 100, bytes), "");
  EXPECT_EQ(bytes, "ld");
  EXPECT_EQ(files.read_range(path, 50, 1, bytes), "");
  EXPECT_EQ(bytes, "");
  file = files.open_append(path, &problem);
  ASSERT_TRUE(file) << problem;
  EXPECT_EQ(file->size(), 11u);
  EXPECT_EQ(file->append("!"), "");
  EXPECT_EQ(files.read(path, &problem), "hello world!");
  EXPECT_NE(files.read_range(path + ".not-there", 0, 1, bytes), "");
  EXPECT_EQ(files.size(path + ".not-there"), std::nullopt);
}

TEST(AppendFile, AppendsReadsBackAndContinuesOnDisk) {
  const std::string path = ::testing::TempDir() + "append_file_test.bin";
  disk().remove(path);
  append_file_keeps_its_promises(disk(), path);
  disk().remove(path);
}

TEST(AppendFile, AppendsReadsBackAndContinuesInMemory) {
  MemoryFiles files;
  append_file_keeps_its_promises(files, "x");
}

TEST(AppendFile, ForgetsWhatWasNotSynced) {
  MemoryFiles files;
  auto file = files.open_append("x", nullptr);
  EXPECT_EQ(file->append("kept"), "");
  EXPECT_EQ(file->sync(), "");
  EXPECT_EQ(file->append("lost"), "");
  files.cut_power(1);
  EXPECT_EQ(files.read("x", nullptr), "keptl");
}

TEST(DiskFull, IsToldFromOtherProblems) {
  EXPECT_TRUE(is_disk_full("cannot append to /a/b: No space left on device"));
  EXPECT_FALSE(is_disk_full("cannot append to /a/b: Input/output error"));
  EXPECT_FALSE(is_disk_full(""));
}

TEST(Paths, FolderAndJoin) {
  EXPECT_EQ(folder_of("a/b.yaml"), "a");
  EXPECT_EQ(folder_of("b.yaml"), ".");
  EXPECT_EQ(folder_of("/b.yaml"), "/");
  EXPECT_EQ(join_path("a", "b"), "a/b");
  EXPECT_EQ(join_path("a/", "b"), "a/b");
  EXPECT_EQ(join_path(".", "b"), "b");
  EXPECT_EQ(join_path("/", "b"), "/b");
  EXPECT_EQ(join_path("a", "/b"), "/b");
}

}  // namespace
}  // namespace bondline::base
