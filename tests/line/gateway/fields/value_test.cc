#include "line/gateway/fields/value.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace bondline;
using namespace bondline::fields;

namespace {

std::string problem_of(const char* type, std::string_view text) {
  Value value;
  const char* problem = read(*format_of(type), text, value);
  return problem ? problem : "";
}
double number_of(const Format& format, std::string_view text) {
  Value value;
  EXPECT_EQ(read(format, text, value), nullptr) << text;
  return tags::number_of(format.type, value.bits);
}
double number_of(const char* type, std::string_view text) {
  return number_of(*format_of(type), text);
}

}  // namespace

TEST(FieldValue, ReadsWhatMachinesWrite) {
  EXPECT_EQ(number_of("float64", " 21.5\r\n"), 21.5);
  EXPECT_EQ(number_of("float64", "+1e3"), 1000);
  EXPECT_EQ(number_of("float64", "-.5"), -0.5);
  EXPECT_EQ(number_of("float32", "0.1"), static_cast<double>(0.1f));
  EXPECT_EQ(number_of("int16", "-32768"), -32768);
  EXPECT_EQ(number_of("int32", "21.0"), 21);
  EXPECT_EQ(number_of("uint64", "18446744073709551615"), 0x1p64);
  for (const char* yes : {"true", "TRUE", "on", "1", "Yes"}) EXPECT_EQ(number_of("bool", yes), 1) << yes;
  for (const char* no : {"false", "Off", "0", "no"}) EXPECT_EQ(number_of("bool", no), 0) << no;
  Value value;
  EXPECT_EQ(read(*format_of("string"), " as it is ", value), nullptr);
  EXPECT_EQ(value.text, " as it is ");
}

TEST(FieldValue, RefusesWhatIsNoValueOfItsType) {
  EXPECT_NE(problem_of("float64", "21,5"), "");
  EXPECT_NE(problem_of("float64", "nan"), "");
  EXPECT_NE(problem_of("float64", "inf"), "");
  EXPECT_NE(problem_of("float64", "-inf"), "");
  EXPECT_NE(problem_of("float64", ""), "");
  EXPECT_NE(problem_of("float64", "1e999"), "");
  EXPECT_NE(problem_of("float64", "12 mm"), "");
  EXPECT_NE(problem_of("float32", "1e39"), "");
  EXPECT_NE(problem_of("float32", "3.40282357e38"), "") << "half a step beyond the largest";
  EXPECT_EQ(number_of("float32", "3.4028235e+38"), 0x1.fffffep127) << "the largest, as it is written";
  EXPECT_NE(problem_of("int16", "32768"), "");
  EXPECT_NE(problem_of("int16", "1.5"), "");
  EXPECT_NE(problem_of("uint8", "-1"), "");
  EXPECT_NE(problem_of("uint64", "18446744073709551616"), "");
  EXPECT_NE(problem_of("bool", "2"), "");
  EXPECT_NE(problem_of("string", "\xC3"), "");
  EXPECT_NE(problem_of("string", "\xED\xA0\x80"), "") << "a surrogate";
  EXPECT_NE(problem_of("string", "\xC0\xAF"), "") << "overlong";
  EXPECT_FALSE(format_of("colour"));
}

TEST(FieldValue, ScalesAndWritesBack) {
  Format format = *format_of("int16");
  ASSERT_TRUE(scale_by(format, 0.1, -40));
  EXPECT_NEAR(number_of(format, "615"), 21.5, 1e-12);
  std::string out;
  write(format, tags::bits_of(21.5), "", out);
  EXPECT_EQ(out, "615");
  Format truth = *format_of("bool");
  EXPECT_FALSE(scale_by(truth, 2, 0));
  for (const char* type : {"float64", "float32", "int64", "uint64"}) {
    const Format plain = *format_of(type);
    Value value, back;
    ASSERT_EQ(read(plain, "7", value), nullptr);
    out.clear();
    write(plain, value.bits, "", out);
    ASSERT_EQ(read(plain, out, back), nullptr);
    EXPECT_EQ(back.bits, value.bits) << type;
  }
}

TEST(FieldValue, ADecimalCommaIsForThoseWhoAskForIt) {
  Format format = *format_of("float64");
  format.decimal = ',';
  EXPECT_EQ(number_of(format, "21,5"), 21.5);
  Value value;
  EXPECT_NE(read(format, "1.234,5", value), nullptr) << "a thousands separator is not guessed";
}
