#include "line/gateway/fields/time.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace bondline::fields;

namespace {

std::int64_t ns_of(const char* format, const char* text, const Zone& zone = Zone::fixed(0)) {
  std::string problem;
  const auto known = time_format_of(format, zone, &problem);
  if (!known) return -1;
  std::int64_t ns = -2;
  return read_time(*known, text, ns) ? -3 : ns;
}
constexpr std::int64_t kS = 1'000'000'000;
/// 2026-11-21T09:00:00Z, by `date -u -d ... +%s`.
constexpr std::int64_t kThen = 1795251600;

std::optional<Zone> zone_of(const char* name) {
  std::ifstream in(std::string("/usr/share/zoneinfo/") + name, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  return Zone::of_tzif(bytes.str());
}

}  // namespace

TEST(FieldTime, ReadsRfc3339AndItsRelatives) {
  EXPECT_EQ(ns_of("iso", "2026-11-21T09:00:00Z"), kThen * kS);
  EXPECT_EQ(ns_of("iso", "2026-11-21 10:00:00.25+01:00"), kThen * kS + kS / 4);
  EXPECT_EQ(ns_of("iso", "2026-11-21T09:00"), kThen * kS);
  EXPECT_EQ(ns_of("iso", "2026-11-21T09:00:00,123456789999"), kThen * kS + 123456789);
  EXPECT_EQ(ns_of("iso", "2026-11-21T09:00:00", Zone::fixed(-3600)), (kThen + 3600) * kS);
  EXPECT_EQ(ns_of("iso", "2016-12-31T23:59:60Z"), ns_of("iso", "2017-01-01T00:00:00Z")) << "a leap second";
  for (const char* wrong : {"", "2026-11-21", "2026-02-30T00:00:00Z", "2026-11-21T24:00:00Z", "09:00",
                            "2026-11-21T09:00:00Zx", "2026-11-21T09:00:00.Z", "yesterday"})
    EXPECT_EQ(ns_of("iso", wrong), -3) << wrong;
}

TEST(FieldTime, CountsSince1970KeepTheirDigits) {
  EXPECT_EQ(ns_of("unix", "1795251600"), kThen * kS);
  EXPECT_EQ(ns_of("unix", "1795251600.000001"), kThen * kS + 1000);
  EXPECT_EQ(ns_of("unix ms", "1795251600123"), kThen * kS + 123'000'000);
  EXPECT_EQ(ns_of("unix ms", "1795251600123.5"), kThen * kS + 123'500'000);
  EXPECT_EQ(ns_of("unix ns", "1795251600123456789"), kThen * kS + 123456789);
  EXPECT_EQ(ns_of("unix", "1.795e9"), 1795000000 * kS);
  EXPECT_EQ(ns_of("unix", "-0.5"), -kS / 2);
  EXPECT_EQ(ns_of("unix", "1795251600123"), -3) << "milliseconds taken for seconds are told";
  EXPECT_EQ(ns_of("unix", "12x"), -3);
}

TEST(FieldTime, PatternsSayWhereWhatStands) {
  EXPECT_EQ(ns_of("%d.%m.%Y %H:%M:%S", "21.11.2026 09:00:00"), kThen * kS);
  EXPECT_EQ(ns_of("%m/%d/%y %I:%M:%S %p", "11/21/26 09:00:00 AM"), kThen * kS);
  EXPECT_EQ(ns_of("%m/%d/%y %I:%M %p", "11/21/26 12:30 pm"), (kThen + 3 * 3600 + 1800) * kS);
  EXPECT_EQ(ns_of("%d-%b-%Y %H.%M.%S,%f", "21-Nov-2026 09.00.00,5"), kThen * kS + kS / 2);
  EXPECT_EQ(ns_of("%Y%j%H%M%S", "2026325090000"), kThen * kS);
  EXPECT_EQ(ns_of("%s", "1795251600"), kThen * kS);
  EXPECT_EQ(ns_of("%Y-%m-%dT%H:%M:%S%z", "2026-11-21T10:00:00+0100"), kThen * kS);
  EXPECT_EQ(ns_of("%d.%m.%Y", "32.11.2026"), -3);
  EXPECT_EQ(ns_of("%H:%M", "09:00"), -1) << "without a date";
  EXPECT_EQ(ns_of("%Y %j", "2261 365"), ns_of("iso", "2261-12-31T00:00:00Z"));
  EXPECT_EQ(ns_of("%Y-%m-%d %j", "2261-12-31 366"), -3) << "late in 2262: beyond 64 bits of nanoseconds";
  EXPECT_EQ(ns_of("%Q %Y", ""), -1);
}

TEST(FieldTime, ZonesChangeTheirClocksWhenTheirFilesSay) {
  const auto berlin = zone_of("Europe/Berlin");
  if (!berlin) GTEST_SKIP() << "no time-zone database here";
  EXPECT_EQ(ns_of("iso", "2026-11-21T10:00:00", *berlin), kThen * kS);
  EXPECT_EQ(ns_of("iso", "2026-07-01T12:00:00", *berlin), ns_of("iso", "2026-07-01T10:00:00Z"));
  // 29 March 2026, 02:00 does not come; 25 October 2026, 02:30 comes twice.
  EXPECT_EQ(ns_of("iso", "2026-03-29T01:59:59", *berlin), ns_of("iso", "2026-03-29T00:59:59Z"));
  EXPECT_EQ(ns_of("iso", "2026-03-29T03:00:00", *berlin), ns_of("iso", "2026-03-29T01:00:00Z"));
  EXPECT_EQ(ns_of("iso", "2026-03-29T02:30:00", *berlin), ns_of("iso", "2026-03-29T01:30:00Z"));
  EXPECT_EQ(ns_of("iso", "2026-10-25T02:30:00", *berlin), ns_of("iso", "2026-10-25T00:30:00Z"));
  EXPECT_EQ(ns_of("iso", "2026-10-25T03:00:00", *berlin), ns_of("iso", "2026-10-25T02:00:00Z"));
  EXPECT_EQ(ns_of("iso", "2150-07-01T12:00:00", *berlin), ns_of("iso", "2150-07-01T10:00:00Z"))
      << "beyond the table, by its rule";
  EXPECT_EQ(ns_of("iso", "2150-12-01T12:00:00", *berlin), ns_of("iso", "2150-12-01T11:00:00Z"));
  const auto sydney = zone_of("Australia/Sydney");
  ASSERT_TRUE(sydney);
  EXPECT_EQ(ns_of("iso", "2150-01-01T12:00:00", *sydney), ns_of("iso", "2150-01-01T01:00:00Z"));
  EXPECT_EQ(ns_of("iso", "2150-07-01T12:00:00", *sydney), ns_of("iso", "2150-07-01T02:00:00Z"));
  EXPECT_EQ(ns_of("iso", "2026-01-01T12:00:00", *zone_of("Asia/Kolkata")),
            ns_of("iso", "2026-01-01T06:30:00Z"));
}

TEST(FieldTime, OffsetsAndDamagedZoneFiles) {
  EXPECT_EQ(Zone::of_offset("+05:30")->offset_at(0), 19800);
  EXPECT_EQ(Zone::of_offset("-0800")->offset_at(0), -28800);
  EXPECT_EQ(Zone::of_offset("UTC")->offset_at(0), 0);
  EXPECT_FALSE(Zone::of_offset("+25:00"));
  EXPECT_FALSE(Zone::of_offset("CET"));
  std::ifstream in("/usr/share/zoneinfo/Europe/Berlin", std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  const std::string whole = bytes.str();
  for (std::size_t n = 0; n < whole.size(); n += 7) {
    std::string damaged = whole.substr(0, n);
    const auto zone = Zone::of_tzif(damaged);
    if (zone) zone->utc_of(kThen);
    damaged = whole;
    damaged[n] = static_cast<char>(damaged[n] ^ 0x55);
    if (const auto other = Zone::of_tzif(damaged)) other->utc_of(kThen);
  }
  EXPECT_FALSE(Zone::of_tzif("TZif"));
  // Both blocks name one type, whose offset is 68 years: no zone, and nothing a time could be added to.
  const std::string head = std::string("TZif2") + std::string(15, '\0'), none(4, '\0'), one("\0\0\0\1", 4);
  const std::string block = head + none + none + none + none + one + one;
  EXPECT_TRUE(Zone::of_tzif(block + std::string(7, '\0') + block + std::string(7, '\0')));
  EXPECT_FALSE(
      Zone::of_tzif(block + std::string(7, '\0') + block + "\x7f\xff\xff\xff" + std::string(3, '\0')));
}
