#include "line/gateway/sinks/payload.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

using namespace bondline;
using namespace bondline::gateway;

namespace {

struct Example {
  store::Dictionary dictionary{
      {"oven.zone4", "degC", tags::ValueType::f64}, {"oven.on", "", tags::ValueType::boolean},
      {"oven.count", "", tags::ValueType::u64},     {"oven.drift", "", tags::ValueType::i64},
      {"oven.small", "", tags::ValueType::f32},     {"oven.\"name\"", "", tags::ValueType::text}};
  tags::Batch batch;
  Example() {
    batch.begin({1'732'190'000'000'000'001, 0, 0});
    batch.add(0, tags::bits_of(21.123456789012345));
    batch.add(1, 1);
    batch.add(2, std::numeric_limits<std::uint64_t>::max());
    batch.begin({1'732'190'000'000'000'002, 0, 0});
    batch.add(3, tags::bits_of(std::int64_t{-5}));
    batch.add(4, tags::bits_of(0.1f), tags::Quality::uncertain);
    batch.add_text(5, "a \"quoted\"\n\xC3\xB6");
    batch.begin({1'732'190'000'000'000'003, 0, 0});
    batch.add(0, tags::bits_of(std::nan("")));
    batch.add(1, 1, tags::Quality::bad_not_connected);
  }
};

void expect_example(const nlohmann::json& document) {
  EXPECT_EQ(document.at("line"), "l1");
  EXPECT_EQ(document.at("epoch"), 4u);
  EXPECT_EQ(document.at("seq"), 1200u);
  EXPECT_EQ(document.at("n"), 8);
  ASSERT_EQ(document.at("runs").size(), 3u);
  const auto& first = document.at("runs")[0];
  EXPECT_EQ(first.at("t"), 1'732'190'000'000'000'001);
  EXPECT_EQ(first.at("v").at("oven.zone4").get<double>(), 21.123456789012345) << "no digit is lost";
  EXPECT_EQ(first.at("v").at("oven.on"), true);
  EXPECT_EQ(first.at("v").at("oven.count").get<std::uint64_t>(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_FALSE(first.contains("q"));
  const auto& second = document.at("runs")[1];
  EXPECT_EQ(second.at("v").at("oven.drift"), -5);
  EXPECT_EQ(second.at("v").at("oven.small").get<float>(), 0.1f);
  EXPECT_EQ(second.at("v").at("oven.\"name\""), "a \"quoted\"\n\xC3\xB6");
  EXPECT_EQ(second.at("q"), nlohmann::json({{"oven.small", "uncertain"}}));
  const auto& third = document.at("runs")[2];
  EXPECT_TRUE(third.at("v").at("oven.zone4").is_null());
  EXPECT_TRUE(third.at("v").at("oven.on").is_null()) << "what a dead source left is no value";
  EXPECT_EQ(third.at("q").at("oven.on"), "bad_not_connected");
}

}  // namespace

TEST(Payload, JsonHoldsEveryValueExactly) {
  Example example;
  std::string out;
  write_payload(PayloadFormat::json, {"l1", 4, 1200, false}, example.batch, 0, 8, example.dictionary, out);
  const auto document = nlohmann::json::parse(out);
  expect_example(document);
  EXPECT_FALSE(document.contains("again"));
}

TEST(Payload, CborHoldsTheSameInFewerBytes) {
  Example example;
  std::string json, cbor;
  write_payload(PayloadFormat::json, {"l1", 4, 1200, true}, example.batch, 0, 8, example.dictionary, json);
  write_payload(PayloadFormat::cbor, {"l1", 4, 1200, true}, example.batch, 0, 8, example.dictionary, cbor);
  const auto document = nlohmann::json::from_cbor(cbor);
  expect_example(document);
  EXPECT_EQ(document.at("again"), true);
  EXPECT_LT(cbor.size(), json.size());
}

TEST(Payload, APartOfABatchAndATagThatComesTwice) {
  store::Dictionary dictionary{{"a", "", tags::ValueType::u64}, {"b", "", tags::ValueType::u64}};
  tags::Batch batch;
  batch.begin({7, 0, 0});
  for (std::uint64_t i = 0; i < 6; ++i) batch.add(static_cast<tags::TagId>(i % 2), i);
  std::string out;
  write_payload(PayloadFormat::json, {"l", 1, 1, false}, batch, 1, 4, dictionary, out);
  const auto document = nlohmann::json::parse(out);
  std::vector<std::pair<std::string, int>> seen;
  for (const auto& run : document.at("runs"))
    for (const auto& [name, value] : run.at("v").items()) seen.emplace_back(name, value);
  EXPECT_EQ(seen, (std::vector<std::pair<std::string, int>>{{"b", 1}, {"a", 2}, {"b", 3}, {"a", 4}}));
}
