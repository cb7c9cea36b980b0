#include "line/gateway/fields/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace bondline::fields;
using testing::ElementsAre;

namespace {

std::vector<std::string> fields_of(std::string_view record, char separator = ',') {
  std::vector<std::string_view> fields;
  std::string scratch;
  if (const char* problem = split_record(record, separator, fields, scratch)) return {"!", problem};
  return {fields.begin(), fields.end()};
}

}  // namespace

TEST(FieldCsv, SplitsAsRfc4180Says) {
  EXPECT_THAT(fields_of("a,b,,d\r\n"), ElementsAre("a", "b", "", "d"));
  EXPECT_THAT(fields_of("\"a,b\",\"say \"\"x\"\"\",\"\",c d\n"), ElementsAre("a,b", "say \"x\"", "", "c d"));
  EXPECT_THAT(fields_of("1;2,5;\"a\nb\"", ';'), ElementsAre("1", "2,5", "a\nb"));
  EXPECT_THAT(fields_of("\"x\"\"\",\"y\""), ElementsAre("x\"", "y"));
  EXPECT_THAT(fields_of("a,"), ElementsAre("a", ""));
  EXPECT_THAT(fields_of(""), ElementsAre(""));
  EXPECT_THAT(fields_of("5\" pipe,x"), ElementsAre("5\" pipe", "x"));
  EXPECT_EQ(fields_of("\"open,x")[0], "!");
  EXPECT_EQ(fields_of("\"a\"b,x")[0], "!");
}

TEST(FieldCsv, ARecordEndsWhereNoQuoteIsOpen) {
  EXPECT_EQ(record_length("a,b\nc", ','), 4u);
  EXPECT_EQ(record_length("a,b", ','), 0u) << "half a line";
  EXPECT_EQ(record_length("\"a\nb\",c\r\nd", ','), 9u);
  EXPECT_EQ(record_length("\"a\nb", ','), 0u);
  EXPECT_EQ(record_length("\"a\"", ','), 0u) << "the quote may be doubled yet";
  EXPECT_EQ(record_length("\n", ','), 1u);
  EXPECT_EQ(record_length("5\" pipe\nx", ','), 8u);
}

TEST(FieldCsv, AnyCutOfAFileGivesTheSameRecords) {
  const std::string text = "n,t\n1,\"a\"\"b\n,c\"\r\n2,x\n\"\",\n";
  std::vector<std::string> whole;
  for (std::string_view left = text; !left.empty();) {
    const std::size_t n = record_length(left, ',');
    ASSERT_GT(n, 0u);
    whole.emplace_back(left.substr(0, n));
    left.remove_prefix(n);
  }
  EXPECT_EQ(whole.size(), 4u);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    std::vector<std::string> got;
    std::string buffer = text.substr(0, cut);
    for (int part = 0; part < 2; ++part) {
      while (const std::size_t n = record_length(buffer, ',')) {
        got.push_back(buffer.substr(0, n));
        buffer.erase(0, n);
      }
      if (part == 0) buffer += text.substr(cut);
    }
    EXPECT_EQ(got, whole) << cut;
  }
}
