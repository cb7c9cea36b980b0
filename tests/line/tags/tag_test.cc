#include "line/tags/tag.h"

#include <gtest/gtest.h>

#include <cmath>

#include "line/tags/quality.h"

namespace bondline::tags {
namespace {

TEST(TagTable, FindsByNameAndRefusesANameTwice) {
  TagTable table;
  EXPECT_EQ(table.add({.name = "oven.zone1"}), 0u);
  EXPECT_EQ(table.add({.name = "oven.zone2"}), 1u);
  EXPECT_EQ(table.add({.name = "oven.zone1"}), std::nullopt);
  EXPECT_EQ(table.find("oven.zone2"), 1u);
  EXPECT_EQ(table.find("oven.zone3"), std::nullopt);
  EXPECT_EQ(table[1].name, "oven.zone2");
  EXPECT_EQ(table.size(), 2u);
}

TEST(ValueType, NamesGoThereAndBack) {
  for (const auto type :
       {ValueType::boolean, ValueType::i64, ValueType::u64, ValueType::f32, ValueType::f64, ValueType::text})
    EXPECT_EQ(value_type_of(name_of(type)), type);
  EXPECT_EQ(value_type_of("int16"), ValueType::i64);
  EXPECT_EQ(value_type_of("float"), ValueType::f32);
  EXPECT_EQ(value_type_of("quaternion"), std::nullopt);
}

TEST(ValueType, BitsMeanTheNumberTheyWereMadeFrom) {
  EXPECT_EQ(number_of(ValueType::f64, bits_of(-2.5)), -2.5);
  EXPECT_EQ(number_of(ValueType::f32, bits_of(0.1f)), double(0.1f));
  EXPECT_EQ(number_of(ValueType::i64, bits_of(std::int64_t(-7))), -7);
  EXPECT_EQ(number_of(ValueType::u64, 7), 7);
  EXPECT_EQ(number_of(ValueType::boolean, 1), 1);
  EXPECT_TRUE(std::isnan(number_of(ValueType::text, 0)));
}

TEST(Quality, EveryByteHasExactlyOneSeverity) {
  for (int byte = 0; byte < 256; ++byte) {
    const auto q = static_cast<Quality>(byte);
    EXPECT_EQ(is_good(q) + is_uncertain(q) + is_bad(q), 1) << byte;
    EXPECT_FALSE(name_of(q).empty());
  }
  EXPECT_EQ(quality_of(name_of(Quality::bad_sensor)), Quality::bad_sensor);
  EXPECT_EQ(quality_of("splendid"), std::nullopt);
}

TEST(TagTable, KeepsTheIdsOfNamesThatComeAgainAndReusesThoseRetiredBefore) {
  const auto named = [](const char* name) {
    Tag tag;
    tag.name = name;
    return tag;
  };
  TagTable first;
  for (const char* name : {"a", "b", "c"}) first.add(named(name));
  TagTable second = first.next();
  EXPECT_EQ(second.active(), 0u);
  EXPECT_FALSE(second.find("a"));
  EXPECT_EQ(second.add(named("d")), 3u) << "b may still be on its way";
  EXPECT_EQ(second.add(named("c")), 2u);
  EXPECT_EQ(second.add(named("a")), 0u);
  EXPECT_FALSE(second.add(named("a")));
  EXPECT_FALSE(second.is_active(1));
  EXPECT_EQ(second[1].name, "b");
  EXPECT_EQ(second.active(), 3u);

  TagTable third = second.next();
  EXPECT_EQ(third.add(named("e")), 1u) << "b has been gone for a whole table";
  EXPECT_FALSE(third.find("b"));
  EXPECT_EQ(third.add(named("b")), 4u);
  EXPECT_EQ(third.size(), 5u);

  TagTable fourth = second.next();
  EXPECT_EQ(fourth.add(named("b")), 1u) << "it came again before its id was given away";
  EXPECT_EQ(fourth.add(named("e")), 4u);
}

}  // namespace
}  // namespace bondline::tags
