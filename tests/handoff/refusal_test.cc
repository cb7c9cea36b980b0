#include <gtest/gtest.h>

#include <random>

#include "handoff/handoff.h"
#include "sample.h"

namespace bondline::handoff {
namespace {

/// The problems of a text that must be refused.
base::Diagnostics problems_of(const std::string& text) {
  base::Diagnostics problems;
  EXPECT_FALSE(read(text, "h.json", problems)) << text;
  EXPECT_TRUE(problems.has_errors());
  return problems;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

std::string all_of(const base::Diagnostics& problems) {
  return base::Error(problems).what();
}

int line_of(const std::string& text, const std::string& what) {
  return 1 + int(std::count(text.begin(), text.begin() + long(text.find(what)), '\n'));
}

TEST(HandoffRefuses, ChangedContentByItsHash) {
  const std::string text = replaced(write(sample()), "378.15", "398.15");
  const auto problems = problems_of(text);
  EXPECT_NE(all_of(problems).find("hash"), std::string::npos);
  EXPECT_EQ(problems.all()[0].where.line, line_of(text, "\"hash\""));
}

TEST(HandoffRefuses, WrongMatrixShapesAtTheirPlace) {
  const std::string good = write(sample());
  const std::string text = replaced(good, "[2, -0.5]", "[2, -0.5, 1]");
  const auto problems = problems_of(text);
  EXPECT_NE(all_of(problems).find("3 numbers where 2 belong"), std::string::npos) << all_of(problems);
  EXPECT_EQ(problems.all()[0].where.line, line_of(text, "[2, -0.5, 1]"));
  problems_of(replaced(good, "\"states\": 2", "\"states\": 3"));
  problems_of(replaced(good, "\"states\": 2", "\"states\": 999999"));
  problems_of(replaced(good, "\"states\": 2", "\"states\": -2"));
  problems_of(replaced(good, "\"states\": 2", "\"states\": 1.5"));
}

TEST(HandoffRefuses, EveryProblemAtOnceWithTheNearestName) {
  std::string text = replaced(write(sample()), "\"quantity\"", "\"quantty\"");
  text = replaced(text, "\"kind\": \"die\"", "\"kind\": \"dye\"");
  text = replaced(text, "\"width\": 0.0062", "\"width\": -0.0062");
  const std::string said = all_of(problems_of(text));
  EXPECT_NE(said.find("\"quantty\"; did you mean \"quantity\"?"), std::string::npos) << said;
  EXPECT_NE(said.find("\"dye\""), std::string::npos) << said;
  EXPECT_NE(said.find("negative"), std::string::npos) << said;
}

TEST(HandoffRefuses, OtherVersionsAndOtherDocuments) {
  problems_of(replaced(write(sample()), "handoff/2", "handoff/3"));
  problems_of("{}\n");
  problems_of("[]\n");
  problems_of("");
  problems_of("bondline: handoff/1\n");  // YAML is no handoff
  problems_of("{\"bondline\": \"handoff/1\"}\n");
}

TEST(HandoffRefuses, NumbersThatAreNone) {
  for (const char* wrong : {"\"0.0008\"", "true", "null", "[]", "1e999", "NaN", ".5", "0x10", "1 mm"}) {
    problems_of(replaced(write(sample()), "\"y\": 0.0008", std::string("\"y\": ") + wrong));
  }
}

TEST(HandoffRefuses, RepeatedKeysAndNames) {
  problems_of(
      replaced(write(sample()), "\"verdict\": \"warn\"", "\"verdict\": \"warn\", \"verdict\": \"pass\""));
  Handoff h = sample();
  h.regions.push_back(h.regions[0]);
  EXPECT_NE(all_of(problems_of(write(h))).find("\"soc\" twice"), std::string::npos);
}

TEST(HandoffRefuses, LimitsThatCross) {
  Handoff h = sample();
  h.limits[0].low_alarm = 400.0;
  EXPECT_NE(all_of(problems_of(write(h))).find("cross"), std::string::npos);
}

TEST(HandoffRefuses, AFileCutAtAnyByte) {
  const std::string text = write(sample());
  for (std::size_t n = 0; n < text.size(); ++n) problems_of(text.substr(0, n));
}

TEST(HandoffRefuses, FlippedBytesWithoutFalling) {
  const std::string text = write(sample());
  std::mt19937 random(13);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = text;
    for (unsigned n = 1 + random() % 4; n > 0; --n) bytes[random() % bytes.size()] = char(random() % 256);
    base::Diagnostics problems;
    const auto out = read(bytes, "h.json", problems);
    EXPECT_EQ(bool(out), !problems.has_errors());
    if (out && bytes != text) {
      EXPECT_TRUE(diff(*out, sample()).empty());
    }  // only blanks may differ
  }
}

TEST(HandoffRefuses, DeepNestingWithoutFalling) {
  problems_of(std::string(200000, '[') + "\n");
  problems_of("{\"bondline\": " + std::string(100000, '[') + std::string(100000, ']') + "}\n");
}

}  // namespace
}  // namespace bondline::handoff
