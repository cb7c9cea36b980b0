#include "design/formats/vtk.h"

#include <gtest/gtest.h>

#include "../sample_designs.h"
#include "base/diagnostic.h"
#include "decode.h"
#include "design/formats/formats.h"
#include "design/package/solids.h"

namespace bondline::formats {
namespace {

TEST(Base64, MatchesTheVectorsOfRfc4648) {
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) EXPECT_EQ(base64(plain.data(), plain.size()), coded);
}

TEST(VtkRectilinear, CarriesLinesAndCellsExactly) {
  const std::vector<double> x = {0, 1e-3, 3e-3}, y = {-1e-3, 1e-3}, z = {0, 1e-6, 2e-3, 3e-3};
  const std::vector<double> t = {300, 301, 302.125, 303, 304, 305};
  const std::string text = write_vtr(x, y, z, {{"temperature_K", t}, {"id", {1, 2, 3, -1, 5, 6}, true}},
                                     {{"names", {"a", "b&c"}}});
  EXPECT_TRUE(balanced_xml(text));
  EXPECT_NE(text.find("WholeExtent=\"0 2 0 1 0 3\""), std::string::npos);
  EXPECT_EQ(vtk_array<double>(text, "x"), x);
  EXPECT_EQ(vtk_array<double>(text, "y"), y);
  EXPECT_EQ(vtk_array<double>(text, "z"), z);
  EXPECT_EQ(vtk_array<double>(text, "temperature_K"), t);
  EXPECT_EQ(vtk_array<std::int32_t>(text, "id"), (std::vector<std::int32_t>{1, 2, 3, -1, 5, 6}));
  EXPECT_NE(text.find("97 0 98 38 99 0"), std::string::npos);
}

TEST(VtkImage, SaysOriginAndSpacingOfAUniformGrid) {
  const std::vector<double> x = {-1, 0, 1}, y = {0, 0.5}, z = {0, 0.25, 0.5};
  ASSERT_TRUE(is_uniform(x, y, z));
  const std::string text = write_vti(x, y, z, {{"v", {1, 2, 3, 4}}});
  EXPECT_TRUE(balanced_xml(text));
  EXPECT_NE(text.find("Origin=\"-1 0 0\" Spacing=\"1 0.5 0.25\""), std::string::npos);
  EXPECT_EQ(vtk_array<double>(text, "v"), (std::vector<double>{1, 2, 3, 4}));
  EXPECT_FALSE(is_uniform({0, 1, 3}, y, z));
  EXPECT_THROW(write_vti({0, 1, 3}, y, z, {}), base::Error);
}

TEST(VtkRectilinear, RefusesArraysThatDoNotFit) {
  EXPECT_THROW(write_vtr({0, 1}, {0, 1}, {0, 1}, {{"v", {1, 2}}}), base::Error);
  EXPECT_THROW(write_vtr({0, 0}, {0, 1}, {0, 1}, {}), base::Error);
  EXPECT_THROW(write_vtr({0}, {0, 1}, {0, 1}, {}), base::Error);
}

TEST(VtkExport, PaintsEveryCellWithTheSolidThatStandsThere) {
  for (const auto& design :
       {samples::sip(), samples::interposer(), samples::block(), samples::power_module()}) {
    const auto result = export_design(design, "vtk");
    EXPECT_TRUE(balanced_xml(result.bytes));
    EXPECT_FALSE(result.not_carried.empty());
    const auto x = vtk_array<double>(result.bytes, "x"), y = vtk_array<double>(result.bytes, "y"),
               z = vtk_array<double>(result.bytes, "z");
    const auto solid = vtk_array<std::int32_t>(result.bytes, "solid"),
               material = vtk_array<std::int32_t>(result.bytes, "material");
    ASSERT_EQ(solid.size(), (x.size() - 1) * (y.size() - 1) * (z.size() - 1));
    const auto assembly = package::assemble(design);
    std::size_t wrong = 0, checked = 0;
    for (std::size_t c = 0; c < solid.size(); c += 1 + solid.size() / 20000) {
      const std::size_t i = c % (x.size() - 1), j = c / (x.size() - 1) % (y.size() - 1),
                        k = c / (x.size() - 1) / (y.size() - 1);
      const int there =
          assembly.at(0.5 * (x[i] + x[i + 1]), 0.5 * (y[j] + y[j + 1]), 0.5 * (z[k] + z[k + 1]));
      wrong += solid[c] != there;
      wrong += material[c] != (there < 0 ? -1 : assembly.solids[std::size_t(there)].fill.material);
      ++checked;
    }
    EXPECT_EQ(wrong, 0u) << design.name << " of " << checked;
  }
}

}  // namespace
}  // namespace bondline::formats
