#include "design/signoff/page.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "sample.h"

namespace bondline::signoff {
namespace {

using Json = nlohmann::ordered_json;

std::string page_of(const package::Design& design, int fields = 5) {
  base::MemoryFiles files;
  base::Pool pool(2);
  Options options;
  options.out = "out";
  options.cells = 20e3;
  options.fields = fields;
  sign_off(design, files, pool, options);
  base::FileProblem problem;
  return files.read("out/report.html", &problem).value_or(problem);
}

Json data_of(const std::string& page) {
  const std::string mark = "id=\"data\">";
  const std::size_t from = page.find(mark) + mark.size();
  return Json::parse(page.substr(from, page.find("</script>", from) - from));
}

std::vector<std::uint16_t> unpacked(const std::string& text) {
  const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t word = 0;
  int bits = 0;
  for (char c : text) {
    if (c == '=') break;
    word = word << 6 | std::uint32_t(letters.find(c));
    bits += 6;
    if (bits >= 8) bytes += char(word >> (bits -= 8) & 255);
  }
  std::vector<std::uint16_t> out;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
    out.push_back(std::uint16_t(std::uint8_t(bytes[i]) | std::uint8_t(bytes[i + 1]) << 8));
  return out;
}

Field sample_field() {
  Field field{"a", "T", "degC", {}, {}};
  field.grid.x = {0, 1e-3, 3e-3, 4e-3};
  field.grid.y = {0, 1e-3, 2e-3};
  field.grid.z = {0, 1e-3, 2e-3};
  for (std::size_t c = 0; c < field.grid.cells(); ++c) field.value.push_back(20.0 + double(c) * 3.7);
  field.value[5] = std::numeric_limits<double>::quiet_NaN();
  return field;
}

TEST(ReportPage, HoldsTheReportTheSolidsAndTheField) {
  const Json data = data_of(page_of(load(package_text())));
  EXPECT_EQ(data["report"]["bondline"], "report/1");
  EXPECT_EQ(data["report"]["design"]["name"], "two-dies");
  ASSERT_EQ(data["fields"].size(), 1u);
  EXPECT_EQ(data["fields"][0]["title"], "Temperature, steady");
  bool soc = false;
  for (const auto& solid : data["view"]["solids"]) soc = soc || solid["path"] == "dies.soc";
  EXPECT_TRUE(soc);
}

TEST(ReportPage, IsSmallWithoutFields) {
  const std::string page = page_of(load(package_text()), 0);
  EXPECT_TRUE(data_of(page)["fields"].empty());
  EXPECT_LT(page.size(), 5u << 20);
}

TEST(ReportPage, HoldsNoAddressOutsideItself) {
  const std::string page = page_of(load(package_text()));
  for (const char* bad : {"src=\"", "href=\"http", "@import", "url(http", "fetch(", "XMLHttpRequest;"})
    EXPECT_EQ(page.substr(0, page.find("id=\"data\"")).find(bad), std::string::npos) << bad;
}

TEST(ReportPage, KeepsADesignThatCallsItselfAScriptAsText) {
  const std::string evil = "</script><script>document.title='taken'</script><img src=x onerror=alert(1)>";
  const std::string text = replaced(package_text(), "description: a processor and a memory side by side",
                                    "description: \"" + evil + "\"");
  package::Design design = load(text);
  design.name = "<script>";  // no file may say so; an importer might
  const std::string page = page_of(design);
  EXPECT_EQ(page.find("<script>document.title"), std::string::npos);
  EXPECT_EQ(page.find("<img src=x"), std::string::npos);
  EXPECT_NE(page.find("<title>&lt;script&gt;: sign-off</title>"), std::string::npos);
  EXPECT_EQ(data_of(page)["report"]["design"]["description"], evil);
}

TEST(ReportPage, PacksAFieldWithinHalfAStep) {
  const Field field = sample_field();
  const Json json = field_json(field, 1e9);
  const auto packed = unpacked(json["values"]);
  ASSERT_EQ(packed.size(), field.value.size());
  const double low = json["low"], high = json["high"], step = (high - low) / 65534;
  for (std::size_t c = 0; c < packed.size(); ++c) {
    if (std::isnan(field.value[c])) {
      EXPECT_EQ(packed[c], 65535);
    } else {
      EXPECT_NEAR(low + packed[c] * step, field.value[c], 0.5000001 * step);
    }
  }
}

TEST(ReportPage, ThinsAcrossAndKeepsLayersAndTheMean) {
  const Field field = sample_field();
  const Field thin = thinned(field, 4);
  EXPECT_LE(thin.grid.cells(), 4u);
  EXPECT_EQ(thin.grid.z, field.grid.z);
  EXPECT_EQ(thin.grid.x.front(), field.grid.x.front());
  EXPECT_EQ(thin.grid.x.back(), field.grid.x.back());
  // Layer 0 has no void: its area-weighted mean stays.
  const auto mean = [](const Field& f) {
    double sum = 0, area = 0;
    for (int j = 0; j < f.grid.ny(); ++j)
      for (int i = 0; i < f.grid.nx(); ++i) {
        const double a = (f.grid.x[std::size_t(i) + 1] - f.grid.x[std::size_t(i)]) *
                         (f.grid.y[std::size_t(j) + 1] - f.grid.y[std::size_t(j)]);
        sum += a * f.value[f.grid.index(i, j, 0)];
        area += a;
      }
    return sum / area;
  };
  EXPECT_NEAR(mean(thin), mean(field), 1e-9);
}

TEST(ReportPage, ReportSaysTheHighestCellOfEachField) {
  const Json data = data_of(page_of(load(package_text())));
  const Json& said = data["report"]["fields"][0];
  EXPECT_NEAR(double(said["high"]), double(data["fields"][0]["high"]), 1e-9);
  EXPECT_EQ(said["high_at"], data["fields"][0]["high_at"]);
}

}  // namespace
}  // namespace bondline::signoff
