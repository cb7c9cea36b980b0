#include "line/gateway/modbus/value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "line/gateway/modbus/address.h"
#include "line/tags/batch.h"

using namespace bondline;
using namespace bondline::modbus;

namespace {
Format format(const char* type, const char* order = "") {
  std::string problem;
  const auto made = format_of(type, order, &problem);
  EXPECT_TRUE(made) << problem;
  return made.value_or(Format{});
}
}  // namespace

TEST(ModbusValue, TheFourOrdersOf0x11223344) {
  const std::uint8_t abcd[] = {0x11, 0x22, 0x33, 0x44}, cdab[] = {0x33, 0x44, 0x11, 0x22},
                     badc[] = {0x22, 0x11, 0x44, 0x33}, dcba[] = {0x44, 0x33, 0x22, 0x11};
  EXPECT_EQ(get(format("uint32", "ABCD"), abcd), 0x11223344u);
  EXPECT_EQ(get(format("uint32", "CDAB"), cdab), 0x11223344u);
  EXPECT_EQ(get(format("uint32", "BADC"), badc), 0x11223344u);
  EXPECT_EQ(get(format("uint32", "DCBA"), dcba), 0x11223344u);
}

TEST(ModbusValue, SixtyFourBitsLowWordFirst) {
  const std::uint8_t bytes[] = {0x77, 0x88, 0x55, 0x66, 0x33, 0x44, 0x11, 0x22};
  EXPECT_EQ(get(format("uint64", "CDAB"), bytes), 0x1122334455667788u);
}

TEST(ModbusValue, SignedValuesKeepTheirSign) {
  const std::uint8_t bytes[] = {0xFF, 0xFE, 0xFF, 0xFF};
  EXPECT_EQ(static_cast<std::int64_t>(get(format("int16"), bytes)), -2);
  EXPECT_EQ(static_cast<std::int64_t>(get(format("int32", "CDAB"), bytes)), -2);
  EXPECT_EQ(get(format("uint16"), bytes), 0xFFFEu);
}

TEST(ModbusValue, WhatIsPutIsGot) {
  std::mt19937_64 random(2);
  for (const char* type : {"int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"})
    for (const char* order : {"ABCD", "CDAB", "BADC", "DCBA"})
      for (int i = 0; i < 200; ++i) {
        const Format f = format(type, order);
        std::uint8_t bytes[8];
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
        const std::uint64_t value = get(f, bytes);
        std::uint8_t back[8] = {};
        EXPECT_EQ(put(f, value, back), "");
        EXPECT_EQ(std::memcmp(bytes, back, 2u * registers_of(f)), 0) << type << order;
      }
}

TEST(ModbusValue, TextRunsToItsNulAndRoundTrips) {
  for (const char* order : {"", "BADC"}) {
    const Format f = format("string(7)", order);
    EXPECT_EQ(registers_of(f), 4);
    std::uint8_t bytes[8];
    EXPECT_EQ(put_text(f, "zone 4", bytes), "");
    EXPECT_EQ(get_text(f, bytes), "zone 4");
    EXPECT_EQ(bytes[*order ? 1 : 0], 'z');
    EXPECT_NE(put_text(f, "too long by far", bytes), "");
  }
}

TEST(ModbusValue, WhatDoesNotFitIsRefusedWithItsNumber) {
  tags::Tag tag;
  tag.scale = 0.1;
  std::string problem;
  EXPECT_EQ(raw_of(format("int16"), tag, -12.3, &problem), tags::bits_of(std::int64_t{-123}));
  EXPECT_FALSE(raw_of(format("int16"), tag, 3276.8, &problem));
  EXPECT_NE(problem.find("int16"), std::string::npos);
  EXPECT_FALSE(raw_of(format("uint16"), tag, -1, &problem));
  EXPECT_FALSE(raw_of(format("uint16"), tag, std::nan(""), &problem));
  EXPECT_TRUE(raw_of(format("uint16"), tag, 6553.5, &problem));
  EXPECT_FALSE(raw_of(format("float32"), tag, 1e39, &problem));
  std::uint8_t bytes[8];
  EXPECT_EQ(put(format("uint16"), 70000, bytes), "70000 is beyond uint16");
}

TEST(ModbusValue, UnknownTypesAndOrdersAreNamed) {
  std::string problem;
  EXPECT_FALSE(format_of("word", "", &problem));
  EXPECT_NE(problem.find("\"word\""), std::string::npos);
  EXPECT_FALSE(format_of("string(0)", "", &problem));
  EXPECT_FALSE(format_of("string(251)", "", &problem));
  EXPECT_FALSE(format_of("int32", "abcd", &problem));
  EXPECT_NE(problem.find("\"abcd\""), std::string::npos);
}

TEST(ModbusAddress, ZeroBasedAndReferenceNumbersDifferByOneAndAreNeverGuessed) {
  std::string problem;
  EXPECT_EQ(address_of("hr:107", &problem), address_of("40108", &problem));
  EXPECT_EQ(address_of("ir:0", &problem), address_of("30001", &problem));
  EXPECT_EQ(address_of("co:0", &problem), address_of("00001", &problem));
  EXPECT_EQ(address_of("di:12", &problem), address_of("10013", &problem));
  EXPECT_EQ(address_of("hr:65535", &problem), address_of("465536", &problem));
  EXPECT_EQ(address_of("hr:0x6B", &problem), address_of("40108", &problem));
  EXPECT_EQ(address_of("hr:107.15", &problem)->bit, 15);
  for (const char* wrong : {"107", "hr107", "hr:65536", "40000", "20001", "50001", "hr:1.16", "co:1.2",
                            "hr:", "", "hr:-1", "465537", "4"}) {
    problem.clear();
    EXPECT_FALSE(address_of(wrong, &problem)) << wrong;
    EXPECT_FALSE(problem.empty()) << wrong;
  }
}
