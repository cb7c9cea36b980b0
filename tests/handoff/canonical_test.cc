#include "handoff/canonical.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <random>

namespace bondline::handoff {
namespace {

TEST(Canonical, NumbersMatchTheTableOfRfc8785) {
  // RFC 8785, appendix B: IEEE 754 bits and their text.
  const std::pair<std::uint64_t, const char*> table[] = {
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x8000000000000001, "-5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x41b3de4355555554, "333333333.33333325"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
  };
  for (const auto& [bits, text] : table) {
    double value;
    std::memcpy(&value, &bits, sizeof value);
    EXPECT_EQ(number_text(value), text);
  }
}

TEST(Canonical, NumbersReadBackExactly) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t bits = random();
    double value;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    EXPECT_EQ(std::strtod(number_text(value).c_str(), nullptr), value);
  }
}

TEST(Canonical, SortsNamesAndDropsBlanks) {
  const auto document =
      nlohmann::json::parse(R"({"b": [1.0, true, null], "a": {"z": "\u00b5\n\u001f/", "y": 1e2}})");
  EXPECT_EQ(canonical(document), "{\"a\":{\"y\":100,\"z\":\"µ\\n\\u001f/\"},\"b\":[1,true,null]}");
}

TEST(Canonical, HashLeavesItsOwnKeyOut) {
  auto document = nlohmann::json::parse(R"({"a": 1})");
  const std::string hash = content_hash(document);
  // sha256 of {"a":1}
  EXPECT_EQ(hash, "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862");
  document["hash"] = hash;
  EXPECT_EQ(content_hash(document), hash);
}

}  // namespace
}  // namespace bondline::handoff
