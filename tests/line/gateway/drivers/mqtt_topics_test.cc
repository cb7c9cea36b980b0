// Messages into samples, without a network.
#include <gtest/gtest.h>

#include "line/gateway/drivers/mqtt/topics.h"

using namespace bondline;
using namespace bondline::gateway;
using tags::Quality;

namespace {

MqttPoint point(tags::TagId tag, std::string filter, std::string field = "", const char* type = "float64") {
  MqttPoint p;
  p.tag = tag;
  p.filter = std::move(filter);
  p.whole = field.empty();
  p.field = std::move(field);
  p.format = *fields::format_of(type);
  return p;
}

constexpr tags::Times kNow{100, 100, 50};

/// Samples as "tag=value/quality@source" in words.
std::string said(const tags::Batch& batch, const MqttTopics& topics) {
  std::string out;
  for (const tags::Run& run : batch.runs())
    for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
      const auto type = topics.point_of(batch.tag()[i])->format.type;
      std::ostringstream one;
      one << (out.empty() ? "" : " ") << batch.tag()[i] << "=";
      if (type == tags::ValueType::text)
        one << batch.text_of(i);
      else
        one << tags::number_of(type, batch.bits()[i]);
      if (batch.quality()[i] != Quality::good) one << "/" << tags::name_of(batch.quality()[i]);
      if (run.times.source_ns != kNow.source_ns) one << "@" << run.times.source_ns;
      out += one.str();
    }
  return out;
}

std::string read(MqttTopics& topics, std::string_view topic, std::string_view payload, bool retained = false,
                 bool again = false) {
  tags::Batch batch;
  topics.read({topic, payload, retained, again}, kNow, batch);
  return said(batch, topics);
}

}  // namespace

TEST(MqttTopics, ReadsPlainPayloadsAndMembers) {
  MqttTopics topics(
      {point(0, "p/a"), point(1, "p/b", "", "bool"), point(2, "p/c", "", "string"), point(3, "p/j", "t[1].v"),
       point(4, "p/j", "name", "string"), point(5, "p/j", "n", "int16")},
      std::nullopt);
  EXPECT_EQ(read(topics, "p/a", " 21.5\n"), "0=21.5");
  EXPECT_EQ(read(topics, "p/b", "ON"), "1=1");
  EXPECT_EQ(read(topics, "p/c", "hello"), "2=hello");
  EXPECT_EQ(read(topics, "p/j", R"({"n": -5, "t": [0, {"v": 1.5}], "name": "x\"y"})"), "3=1.5 4=x\"y 5=-5");
  EXPECT_EQ(read(topics, "p/j", R"({"n": 7})"), "5=7") << "members that are not there stay as they are";
  EXPECT_EQ(read(topics, "p/a", "1", true), "0=1/good_retained");
  EXPECT_EQ(read(topics, "p/a", "1", false, true), "0=1/good_again");
  EXPECT_EQ(read(topics, "elsewhere", "1"), "");
}

TEST(MqttTopics, ABadPayloadHarmsItsOwnTagAndIsToldOnce) {
  MqttTopics topics({point(0, "p/a"), point(1, "p/j", "x"), point(2, "p/j", "y")}, std::nullopt);
  tags::Batch batch;
  const auto outcome = topics.read({"p/a", "much", false, false}, kNow, batch);
  EXPECT_EQ(said(batch, topics), "0=0/bad_communication");
  EXPECT_EQ(outcome.problems, 1u);
  EXPECT_EQ(outcome.problem, "p/a: \"much\" is no number");
  EXPECT_EQ(read(topics, "p/a", "more"), "") << "bad already";
  EXPECT_EQ(read(topics, "p/a", "3"), "0=3");
  EXPECT_EQ(read(topics, "p/a", "?"), "0=0/bad_communication");
  EXPECT_EQ(read(topics, "p/j", R"({"x": {"z": 1}, "y": 4})"), "1=0/bad_communication 2=4");
  EXPECT_EQ(read(topics, "p/j", R"({"x": 1, "y": null})"), "1=1 2=0/bad_communication");
  EXPECT_EQ(read(topics, "p/j", R"({"x": 1, "y": 2)"), "1=0/bad_communication") << "half a document is none";
  EXPECT_EQ(read(topics, "p/j", R"({"x": 1, "x": 2, "y": 3})"), "1=2 2=3");
}

TEST(MqttTopics, AMemberSaysWhen) {
  std::string problem;
  MqttTime time{"ts", *fields::time_format_of("unix ms", fields::Zone::fixed(0), &problem)};
  MqttTopics topics({point(0, "p", "v")}, time);
  EXPECT_EQ(read(topics, "p", R"({"v": 1, "ts": 2})"), "0=1@2000000");
  EXPECT_EQ(read(topics, "p", R"({"ts": "3", "v": 1})"), "0=1@3000000");
  EXPECT_EQ(read(topics, "p", R"({"v": 1})"), "0=1");
  EXPECT_EQ(read(topics, "p", R"({"v": 1, "ts": "noon"})"), "0=1/uncertain");
}

TEST(MqttTopics, WildcardsAndWhatTheyCover) {
  MqttTopics topics({point(0, "p/+/t"), point(1, "p/a/t"), point(2, "q/#", "v")}, std::nullopt);
  EXPECT_EQ(read(topics, "p/a/t", "1"), "1=1 0=1");
  EXPECT_EQ(read(topics, "p/b/t", "2"), "0=2");
  EXPECT_EQ(read(topics, "q", R"({"v":3})"), "2=3");
  EXPECT_EQ(topics.filters(), (std::vector<std::string>{"p/+/t", "q/#"}));
  EXPECT_TRUE(covers("#", "a/+/#"));
  EXPECT_TRUE(covers("a/#", "a"));
  EXPECT_TRUE(covers("a/+", "a/+"));
  EXPECT_FALSE(covers("a/+", "a/#"));
  EXPECT_FALSE(covers("a/b", "a/+"));
  EXPECT_FALSE(covers("+/#", "$SYS/x"));
  EXPECT_FALSE(covers("a/+/c", "a/b"));
}

TEST(MqttTopics, WithoutConnectionEveryTagIsBadOnce) {
  MqttTopics topics({point(0, "a"), point(1, "b", "", "string")}, std::nullopt);
  tags::Batch batch;
  topics.mark("", Quality::bad_not_connected, kNow, batch);
  topics.mark("", Quality::bad_not_connected, kNow, batch);
  EXPECT_EQ(said(batch, topics), "0=0/bad_not_connected 1=/bad_not_connected");
  EXPECT_EQ(read(topics, "b", "x"), "1=x");
}
