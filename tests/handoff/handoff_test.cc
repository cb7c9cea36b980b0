#include "handoff/handoff.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "sample.h"

namespace bondline::handoff {
namespace {

std::optional<Handoff> read_back(const std::string& text, base::Diagnostics* problems = nullptr) {
  base::Diagnostics own;
  auto out = read(text, "h.json", problems == nullptr ? own : *problems);
  return out;
}

TEST(Handoff, RoundTripsEverySection) {
  const std::string text = write(sample());
  base::Diagnostics problems;
  const auto back = read_back(text, &problems);
  ASSERT_TRUE(back) << base::Error(problems).what();
  EXPECT_TRUE(problems.empty());
  EXPECT_TRUE(diff(sample(), *back).empty());
  EXPECT_EQ(back->models[0].A, sample().models[0].A);
  EXPECT_EQ(back->life[0].parameters, sample().life[0].parameters);
  EXPECT_EQ(back->limits[0].high_alarm, 378.15);
  EXPECT_FALSE(back->limits[0].low_alarm);
  EXPECT_EQ(write(*back), text);
}

TEST(Handoff, EmptySectionsAreRead) {
  Handoff bare;
  bare.design_name = "x";
  bare.verdict = "pass";
  const auto back = read_back(write(bare));
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->models.empty());
  EXPECT_EQ(back->hash.size(), 64u);
}

TEST(Handoff, SameInputSameBytes) {
  EXPECT_EQ(write(sample()), write(sample()));
}

TEST(Handoff, HashSurvivesReindentingAndReordering) {
  const auto document = nlohmann::json::parse(write(sample()));  // keys come out sorted
  EXPECT_TRUE(read_back(document.dump(4) + "\n"));
  EXPECT_TRUE(read_back(document.dump() + "\n"));
}

TEST(Handoff, EveryChangedValueBreaksTheHash) {
  const auto document = nlohmann::json::parse(write(sample()));
  int changed = 0;
  const auto leaves = document.flatten();
  for (const auto& [path, value] : leaves.items()) {
    if (path == "/bondline" || path == "/hash") continue;
    auto tampered = leaves;
    if (value.is_number())
      tampered[path] = value.get<double>() + 1;
    else if (value.is_string())
      tampered[path] = value.get<std::string>() + "x";
    else
      continue;
    base::Diagnostics problems;
    EXPECT_FALSE(read_back(tampered.unflatten().dump(2) + "\n", &problems)) << path;
    EXPECT_TRUE(problems.has_errors());
    ++changed;
  }
  EXPECT_GT(changed, 50);
}

TEST(Handoff, WriterRefusesWhatAReaderWouldRefuse) {
  Handoff h = sample();
  h.models[0].A.pop_back();
  EXPECT_THROW(write(h), base::Error);
  h = sample();
  h.regions[0].x = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(write(h), base::Error);
  h = sample();
  h.verdict = "splendid";
  EXPECT_THROW(write(h), base::Error);
  h = sample();
  h.regions[0].width = -1;
  h.design_name.clear();
  try {
    write(h);
    FAIL();
  } catch (const base::Error& e) {
    EXPECT_EQ(e.diagnostics().all().size(), 2u) << e.what();  // all of it, not only the first
  }
}

TEST(Handoff, ManySmallThingsStayReadable) {
  const std::string text = write(sample());
  EXPECT_NE(text.find("\n    {\"name\": \"ball.A1\", \"kind\": \"ball\", \"x\": -0.0055"), std::string::npos)
      << text;
  EXPECT_NE(text.find("[2, -0.5],\n"), std::string::npos);
}

}  // namespace
}  // namespace bondline::handoff
