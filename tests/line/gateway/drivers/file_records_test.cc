// Lines into samples, without files.
#include <gtest/gtest.h>

#include "line/gateway/drivers/file/records.h"
#include "line/gateway/drivers/file/source_files.h"

using namespace bondline;
using namespace bondline::gateway;

namespace {

FilePoint point(tags::TagId tag, std::string column, const char* type = "float64") {
  return {tag, std::move(column), *fields::format_of(type)};
}

constexpr tags::Times kNow{100, 100, 50};

struct Bench {
  explicit Bench(FileConfig c) : config(std::move(c)), records(config) {}
  std::string read(std::string_view record) {
    tags::Batch batch;
    const auto outcome = records.read(record, kNow, batch, [](const Records::Outcome&) {});
    std::string out;
    for (const tags::Run& run : batch.runs())
      for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
        const auto type = config.points[batch.tag()[i]].format.type;
        std::ostringstream one;
        one << (out.empty() ? "" : " ") << batch.tag()[i] << "=";
        if (type == tags::ValueType::text)
          one << batch.text_of(i);
        else
          one << tags::number_of(type, batch.bits()[i]);
        if (!tags::is_good(batch.quality()[i])) one << "/" << tags::name_of(batch.quality()[i]);
        if (run.times.source_ns != kNow.source_ns) one << "@" << run.times.source_ns;
        out += one.str();
      }
    return out + (outcome.problem.empty() ? "" : " !" + outcome.problem);
  }
  FileConfig config;
  Records records;
};

}  // namespace

TEST(FileRecords, ColumnsAreFoundByNameWhereverTheyStand) {
  FileConfig c;
  c.points = {point(0, "temp"), point(1, "name", "string"), point(2, "#1", "int16")};
  Bench b(c);
  EXPECT_FALSE(b.records.begin_file("\xEF\xBB\xBFn, name ,x,temp\r\n"));
  EXPECT_EQ(b.read("7,\"a,b\",?,21.5\r\n"), "0=21.5 1=a,b 2=7");
  EXPECT_EQ(b.read("7,,,\n"), "2=7") << "what is empty is no value";
  EXPECT_EQ(b.read("8,x\n"), "1=x 2=8") << "a short line";
  EXPECT_EQ(b.read("9,x,?,warm\n"), "0=0/bad_communication 1=x 2=9 !temp \"warm\" is no number");
  EXPECT_EQ(b.read("\"9,x\n"), " !a quote is not closed");
  EXPECT_EQ(b.read("\r\n"), "");
  EXPECT_FALSE(b.records.begin_file("temp,name,n\n"));
  EXPECT_EQ(b.read("1,y,70000\n"), "0=1 1=y 2=1");
}

TEST(FileRecords, AColumnThatIsNotThereIsToldOnce) {
  FileConfig c;
  c.points = {point(0, "a"), point(1, "b")};
  Bench b(c);
  EXPECT_EQ(b.records.begin_file("a,c\n"), "there is no column \"b\"");
  EXPECT_EQ(b.read("1,2\n"), "0=1 1=0/bad_configuration");
  EXPECT_EQ(b.read("3,4\n"), "0=3");
}

TEST(FileRecords, TimesAndDecimalCommas) {
  FileConfig c;
  c.separator = ';';
  c.time_column = "when";
  std::string problem;
  c.time = *fields::time_format_of("%d.%m.%Y %H:%M:%S", fields::Zone::fixed(3600), &problem);
  c.points = {point(0, "v")};
  c.points[0].format.decimal = ',';
  Bench b(c);
  EXPECT_FALSE(b.records.begin_file("when;v"));
  EXPECT_EQ(b.read("01.01.1970 01:00:01;2,5"), "0=2.5@1000000000");
  EXPECT_EQ(b.read("gestern;2,5"), " !time \"gestern\" does not look as time_format says");
  EXPECT_EQ(b.read(";2,5"), " !time \"\" is not there");
}

TEST(FileRecords, JsonLines) {
  FileConfig c;
  c.format = FileFormat::json_lines;
  c.time_column = "t";
  std::string problem;
  c.time = *fields::time_format_of("unix", fields::Zone::fixed(0), &problem);
  c.points = {point(0, "a.b"), point(1, "on", "bool"), point(2, "l[0]", "string"), point(3, "a.b", "string")};
  Bench b(c);
  EXPECT_EQ(b.read("{\"t\": 2, \"a\": {\"b\": 1.5}, \"on\": true, \"l\": [\"x\\n\"]}\n"),
            "0=1.5@2000000000 1=1@2000000000 2=x\n@2000000000 3=1.5@2000000000");
  EXPECT_EQ(b.read("{\"t\": 2, \"a\": {\"b\": null}}"), "");
  EXPECT_EQ(b.read("{\"t\": 2, \"a\": {\"b\": {}}}"),
            "0=0/bad_communication@2000000000 3={}@2000000000 !a.b \"{}\" is no single value");
  EXPECT_EQ(b.read("{\"t\": 2"), " !no JSON: a comma or brace is missing (byte 7)");
  EXPECT_EQ(b.read("{\"a\": {\"b\": 1}}"), " !time \"\" is not there");
}

TEST(FileRecords, PlacesAndPatterns) {
  FilePlace place;
  place.name = "a b #3.csv";
  place.number = 77;
  place.head_bytes = 256;
  place.head_crc = 4000000000;
  const auto back = FilePlace::of(place.text());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->text(), place.text());
  for (const char* wrong : {"", "a", "a #", "a #1", "a #1 2", "a #1 2:", "a #1 2:3x"})
    EXPECT_FALSE(FilePlace::of(wrong)) << wrong;
  EXPECT_TRUE(fits_pattern("*.csv", "a.csv"));
  EXPECT_TRUE(fits_pattern("r?-*-*.csv", "r1-a-b-c.csv"));
  EXPECT_FALSE(fits_pattern("*.csv", "a.csv.tmp"));
  EXPECT_FALSE(fits_pattern("?", ""));
  EXPECT_TRUE(fits_pattern("**", ""));
}
