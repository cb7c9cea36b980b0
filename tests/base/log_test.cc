#include "base/log.h"

#include <gtest/gtest.h>

#include <vector>

namespace bondline::base {
namespace {

TEST(Log, PassesWhatReachesTheThreshold) {
  std::vector<std::string> lines;
  const Log log(Level::info, [&](Level, std::string_view line) { lines.emplace_back(line); });
  log.write(Level::debug, "d");
  log.write(Level::info, "i");
  log.write(Level::error, "e");
  EXPECT_EQ(lines, (std::vector<std::string>{"i", "e"}));
  EXPECT_FALSE(log.wants(Level::debug));
  EXPECT_TRUE(log.wants(Level::warning));
}

TEST(Log, WithoutASinkIsSilent) {
  EXPECT_NO_THROW(Log(Level::debug, nullptr).write(Level::error, "x"));
}

TEST(Log, SpeaksToStderrFromWarningsUp) {
  testing::internal::CaptureStderr();
  const Log log;
  log.write(Level::info, "quiet");
  log.write(Level::warning, "hot");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "warning: hot\n");
}

}  // namespace
}  // namespace bondline::base
