#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "design/signoff/report_json.h"
#include "sample.h"

namespace bondline::signoff {
namespace {

using nlohmann::json;

json report_of(const std::string& text) {
  base::MemoryFiles files;
  base::Pool pool(2);
  Options options;
  options.cells = 20e3;
  const auto design = load(text);
  return json::parse(to_json(design, sign_off(design, files, pool, options)));
}

TEST(Report, HoldsWhatTheFormatPageLists) {
  const json report = report_of(package_text());
  EXPECT_EQ(report["bondline"], "report/1");
  for (const char* key : {"made_by", "design", "verdict", "findings", "analyses", "thermal", "defaults",
                          "stored", "materials", "notes", "files", "seconds"}) {
    EXPECT_TRUE(report.contains(key)) << key;
  }
  for (const char* key :
       {"rule", "subject", "value", "limit", "unit", "margin", "verdict", "why", "source", "mend"}) {
    for (const auto& f : report["findings"]) EXPECT_TRUE(f.contains(key)) << key;
  }
  EXPECT_GT(report["analyses"]["thermal.steady"]["seconds"].get<double>(), 0);
}

TEST(Report, ThermalIsInSiAndBalances) {
  const json thermal = report_of(package_text())["thermal"];
  EXPECT_GT(thermal["dies"]["soc"]["max_K"].get<double>(), 273.15 + 35);
  EXPECT_EQ(thermal["dies"]["soc"]["max_at"].size(), 3u);
  EXPECT_LT(std::abs(thermal["dies"]["soc"]["max_at"][0].get<double>()), 0.1);  // metres
  EXPECT_NEAR(thermal["heat_in_W"].get<double>(), 1.4, 1e-9);
  EXPECT_NEAR(thermal["heat_out_W"].get<double>(), 1.4, 1.4e-8);
  double through = 0;
  for (const auto& [name, watts] : thermal["paths"].items()) through += watts.get<double>();
  EXPECT_NEAR(through, 1.4, 1e-6);
  EXPECT_FALSE(thermal["sensitivities"].empty());
  for (const auto& s : thermal["sensitivities"]) {
    EXPECT_TRUE(s.contains("parameter") && s.contains("dT_dp") && s.contains("unit") &&
                s.contains("subject"));
  }
}

TEST(Report, NamesTheSourceOfEveryConductivityUsed) {
  const json materials = report_of(package_text())["materials"];
  EXPECT_TRUE(materials.contains("Si"));
  for (const auto& [name, material] : materials.items()) {
    for (const auto& [key, property] : material["properties"].items()) {
      EXPECT_FALSE(property["source"].get<std::string>().empty()) << name << "." << key;
    }
  }
}

TEST(Report, ListsDefaultsWithSourcesAndStoredKeysWithPlaces) {
  const json report = report_of(package_text());
  EXPECT_FALSE(report["defaults"].empty());
  for (const auto& d : report["defaults"]) EXPECT_FALSE(d["source"].get<std::string>().empty()) << d;
  ASSERT_FALSE(report["stored"].empty());
  EXPECT_GT(report["stored"][0]["where"]["line"].get<int>(), 0);
}

TEST(Report, NumbersThatAreNotFiniteBecomeNull) {
  thermal::SteadyResult result;
  result.path = "finite volume";
  result.probes_K = {std::nan(""), 300};
  result.probe_in = {"", "dies.soc"};
  const auto out = thermal_json(result, {{0, 0, 1}, {0, 0, 0}});
  EXPECT_TRUE(out["probes"][0]["T_K"].is_null());
  EXPECT_EQ(out["probes"][1]["T_K"], 300);
  EXPECT_EQ(out["probes"][1]["in"], "dies.soc");
}

}  // namespace
}  // namespace bondline::signoff
