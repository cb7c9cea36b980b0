#include "line/inference/profile/profile.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "compiled.h"
#include "line/inference/profile/report.h"
#include "networks.h"

namespace bondline::inference::testing {
namespace {

Profile profile_of(const std::shared_ptr<const Model>& model, int threads = 1) {
  base::Diagnostics diagnostics;
  const auto stream = Stream::make(model, {threads}, diagnostics);
  ProfileOptions options;
  options.seconds = 0.02;
  const auto made = profile(*stream, options, diagnostics);
  EXPECT_TRUE(made);
  return made.value_or(Profile{});
}

TEST(Profile, HoldsEveryStepAgainstMeasuredRoofs) {
  const auto model = model_of(quantised_network(2, {}).graph);
  const Profile p = profile_of(model);
  ASSERT_EQ(p.layers.size(), model->plan().steps.size());
  EXPECT_GT(p.peak_int8_gops, 0);
  EXPECT_GT(p.peak_f32_gops, 0);
  EXPECT_GT(p.bandwidth_memory, 0);
  double sum = 0;
  std::int64_t macs = 0;
  for (std::size_t i = 0; i < p.layers.size(); ++i) {
    EXPECT_EQ(p.layers[i].name, model->plan().steps[i].name);
    EXPECT_GE(p.layers[i].ms, 0);
    EXPECT_EQ(p.layers[i].percent_compute > 0, p.layers[i].macs > 0) << p.layers[i].op;
    sum += p.layers[i].ms;
    macs += p.layers[i].macs;
  }
  EXPECT_NEAR(sum, p.layers_ms, 1e-9 * sum);
  EXPECT_EQ(macs, model->plan().macs);
}

TEST(Profile, ReportsAreSelfContained) {
  const auto model = model_of(float_network(2).graph);
  const Profile p = profile_of(model);
  const auto json = nlohmann::json::parse(to_json(p));
  ASSERT_EQ(json.at("layers").size(), p.layers.size());
  for (const char* key : {"name", "op", "ms", "gops", "bytes", "percent_compute", "percent_bandwidth"}) {
    EXPECT_TRUE(json.at("layers")[0].contains(key)) << key;
  }
  const std::string table = to_table(p, {});
  EXPECT_NE(table.find(p.layers[0].name.substr(0, 8)), std::string::npos);
  const std::string html = to_html(p, "a <b> & c");
  EXPECT_NE(html.find("<svg"), std::string::npos);
  EXPECT_NE(html.find("a &lt;b&gt; &amp; c"), std::string::npos);
  EXPECT_EQ(html.find("src=\"http"), std::string::npos);
}

TEST(Bench, CountsRunsOfEveryStream) {
  const auto model = model_of(quantised_network(3, {}).graph);
  base::Diagnostics diagnostics;
  BenchOptions options;
  options.seconds = 0.01;
  options.runs = 5;
  options.streams = 3;
  const auto b = bench(model, options, diagnostics);
  ASSERT_TRUE(b);
  EXPECT_GE(b->runs, 15u);
  EXPECT_LE(b->min_ms, b->p50_ms);
  EXPECT_LE(b->p50_ms, b->p99_ms);
  EXPECT_GT(b->cpu_ms, 0);
  EXPECT_GT(b->throughput, 0);
}

}  // namespace
}  // namespace bondline::inference::testing
