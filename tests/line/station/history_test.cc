#include "line/station/history.h"

#include <gtest/gtest.h>

using namespace bondline::station;

TEST(History, ReadsTimesAsPeopleWriteThem) {
  std::string problem;
  const std::int64_t now = 1'800'000'000'000'000'000;
  EXPECT_EQ(time_of("1970-01-01T00:00:01Z", now, &problem), 1'000'000'000);
  EXPECT_EQ(time_of("2026-11-21T09:00:00.250", now, &problem), 1'795'251'600'250'000'000);
  EXPECT_EQ(time_of("2026-11-21", now, &problem), 1'795'219'200'000'000'000);
  EXPECT_EQ(time_of("1732190000000000000", now, &problem), 1'732'190'000'000'000'000);
  EXPECT_EQ(time_of("-10 min", now, &problem), now - 600'000'000'000);
  EXPECT_EQ(time_of("2026-11-21T10:00:00+01:00", now, &problem), 1'795'251'600'000'000'000);
  EXPECT_EQ(time_of("2026-11-21 09:00", now, &problem), 1'795'251'600'000'000'000);
  for (const char* wrong :
       {"yesterday", "2026-13-01", "2026-11-21T25:00:00Z", "2500-01-01", "2500-01-01T00:00:00Z", "-10",
        "--10 min", "-1e9 yr", "-9223372036854775809", "99999999999999999999", ""}) {
    problem.clear();
    EXPECT_FALSE(time_of(wrong, now, &problem)) << wrong;
    EXPECT_FALSE(problem.empty());
  }
  EXPECT_EQ(time_text(1'795'251'600'250'000'000), "2026-11-21T09:00:00.250000000Z");
}
