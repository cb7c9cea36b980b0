#include "trust/chain.h"

#include <gtest/gtest.h>

#include <vector>

using namespace bondline::trust;

namespace {

std::string chain_of(int records) {
  std::string text = chain_start("audit of line-3");
  ChainHead head = chain_origin("audit of line-3");
  for (int i = 0; i < records; ++i)
    text += next_record(head, 1000 + i, "{\"what\":\"write\",\"n\":" + std::to_string(i) + "}");
  return text;
}

/// The offset at which line `n` (from 1) begins.
std::size_t line_at(const std::string& text, int n) {
  std::size_t at = 0;
  while (--n > 0) at = text.find('\n', at) + 1;
  return at;
}

}  // namespace

TEST(Chain, IsReadAsItWasWritten) {
  const std::string text = chain_of(5);
  std::vector<std::string> payloads;
  const ChainCheck check = check_chain(text, [&](const ChainRecord& r, bool sound) {
    EXPECT_TRUE(sound);
    EXPECT_EQ(r.time_ns, 999 + static_cast<std::int64_t>(r.number));
    payloads.emplace_back(r.payload);
  });
  EXPECT_TRUE(check.is_chain && !check.first_break && !check.ends_torn);
  EXPECT_EQ(check.title, "audit of line-3");
  EXPECT_EQ(check.records, 5u);
  ASSERT_EQ(payloads.size(), 5u);
  EXPECT_EQ(payloads[4], "{\"what\":\"write\",\"n\":4}");
}

TEST(Chain, GoesOnFromItsHead) {
  std::string text = chain_of(3);
  ChainHead head = check_chain(text).head;
  text += next_record(head, 5, "more");
  const ChainCheck check = check_chain(text);
  EXPECT_FALSE(check.first_break);
  EXPECT_EQ(check.head.number, 4u);
  EXPECT_EQ(check.head.hash, head.hash);
}

TEST(Chain, BreaksAtEveryChangedByte) {
  const std::string text = chain_of(3);
  const std::string head = check_chain(text).head.hash;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string bad = text;
    bad[i] = bad[i] == '0' ? '1' : '0';
    const ChainCheck check = check_chain(bad);
    // Only the last record can be made half-written, and its absence shows in the head.
    EXPECT_TRUE(check.first_break || (check.ends_torn && check.head.hash != head)) << "byte " << i;
  }
}

TEST(Chain, FindsTheFirstBrokenLink) {
  const std::string text = chain_of(6);
  std::string changed = text;
  changed[text.find("\"n\":2") + 4] = '7';  // record 3, in line 4
  ASSERT_TRUE(check_chain(changed).first_break);
  EXPECT_EQ(check_chain(changed).first_break->line, 4u);
  int sound = 0;
  check_chain(changed, [&](const ChainRecord&, bool so_far) { sound += so_far; });
  EXPECT_EQ(sound, 2);

  std::string without = text;
  without.erase(line_at(text, 4), line_at(text, 5) - line_at(text, 4));
  ASSERT_TRUE(check_chain(without).first_break);
  EXPECT_NE(check_chain(without).first_break->what.find("record 4 follows record 2"), std::string::npos);

  std::string twice = text;
  twice.insert(line_at(text, 5), text.substr(line_at(text, 4), line_at(text, 5) - line_at(text, 4)));
  EXPECT_TRUE(check_chain(twice).first_break);

  std::string retitled = text;
  retitled.replace(retitled.find("line-3"), 6, "line-4");
  EXPECT_EQ(check_chain(retitled).first_break->line, 2u);
  EXPECT_FALSE(check_chain("something else\n").is_chain);
}

TEST(Chain, OutlivesALossOfPowerInTheMiddleOfARecord) {
  const std::string whole = chain_of(4);
  for (std::size_t cut = line_at(whole, 4) + 1; cut < whole.size() - 1; ++cut) {
    std::string text = whole.substr(0, cut);
    ChainCheck check = check_chain(text);
    EXPECT_FALSE(check.first_break) << cut;
    if (check.ends_torn) text += kTornEnd;
    ChainHead head = check.head;
    text += next_record(head, 9, "after the power came back");
    text += next_record(head, 10, "and on");
    const bool torn = check.ends_torn;
    check = check_chain(text);
    EXPECT_FALSE(check.first_break) << cut;
    EXPECT_EQ(check.torn, torn ? 1u : 0u) << cut;
    EXPECT_EQ(check.head.hash, head.hash);
  }
}

TEST(Chain, DoesNotTakeAChangedRecordForAHalfWrittenOne) {
  const std::string text = chain_of(4);
  std::string bad = text;
  bad.replace(line_at(text, 3), 5, "xxxxx");
  ASSERT_TRUE(check_chain(bad).first_break);
  EXPECT_EQ(check_chain(bad).first_break->line, 3u);
  std::string last = text;
  last.replace(line_at(text, 5), 5, "xxxxx");
  ASSERT_TRUE(check_chain(last).first_break) << "no record follows";
}

TEST(Chain, KeepsAPayloadOnItsLine) {
  ChainHead head = chain_origin("t");
  const std::string text = chain_start("t") + next_record(head, 1, "two\nlines\r\n");
  const ChainCheck check = check_chain(text);
  EXPECT_EQ(check.records, 1u);
  EXPECT_FALSE(check.first_break);
}
