// The metrics page by the rules of Prometheus' text format and its naming conventions.
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "api_bench.h"

using namespace bondline;
using namespace bondline::service;

TEST(Metrics, KeepToTheTextFormatAndItsNames) {
  ApiBench bench(
      "  c: {sim: counter, size: 4, poll: 10 ms}\n  oven: {sim: reflow_oven, size: 3, poll: 10 ms}\n"
      "sinks:\n  plant: {mqtt: \"mqtt://127.0.0.1:1\"}\n");
  ASSERT_TRUE(bench.wait_for([&] { return bench.value("c.n0") > 3 && bench.value("oven.zone1") > 0; }));
  const auto response = bench.ask("GET", "/metrics?tags=oven.zone*");
  EXPECT_EQ(response.headers.get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  const std::string& page = response.body;
  ASSERT_TRUE(page.ends_with('\n'));
  // Prometheus: "Exposition formats", text-based format.
  const std::regex help(R"(# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+))"),
      type(R"(# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge))"),
      sample(
          R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*"(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*")*\})? ([-+]?[0-9.eE+-]+|NaN|[+-]Inf))re");
  std::map<std::string, std::string> types;
  std::set<std::string> series, closed;
  std::string current, helped;
  std::istringstream in(page);
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (std::regex_match(line, match, help)) {
      helped = match[1];
      EXPECT_FALSE(types.count(helped)) << "HELP twice: " << helped;
    } else if (std::regex_match(line, match, type)) {
      current = match[1];
      EXPECT_EQ(current, helped) << "HELP stands before TYPE";
      EXPECT_TRUE(types.emplace(current, match[2]).second) << line;
    } else {
      ASSERT_TRUE(std::regex_match(line, match, sample)) << line;
      EXPECT_EQ(match[1], current) << "samples of a name stand together";
      EXPECT_TRUE(series.insert(match[1].str() + match[2].str()).second) << "twice: " << line;
      if (types[current] == "counter") {
        EXPECT_GE(std::stod(match[6]), 0);
      }
    }
  }
  for (const auto& [name, kind] : types) {
    EXPECT_EQ(kind == "counter", name.ends_with("_total")) << name;
    EXPECT_TRUE(name.starts_with("bondline_") || name.starts_with("process_")) << name;
    for (const char* odd : {"_ms", "_milliseconds", "_kb", "_percent", "_count", "_sum", "_bucket"})
      EXPECT_FALSE(name.ends_with(odd)) << name << ": base units, and no suffix of another type";
  }
  EXPECT_GT(types.size(), 30u);
  EXPECT_TRUE(series.count("bondline_driver_polls_total{machine=\"c\"}")) << page;
  EXPECT_TRUE(series.count("bondline_sink_samples_pending{sink=\"plant\"}"));
  EXPECT_TRUE(series.count("bondline_tag_value{tag=\"oven.zone1\",unit=\"degC\"}"));
}
