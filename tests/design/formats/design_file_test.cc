// What was imported can be written as a design file, read back, and stacked.
#include <cmath>

#include "design/package/load.h"
#include "design/package/solids.h"
#include "import_helpers.h"

namespace bondline::formats {
namespace {

void expect_round_trip(const ImportResult& result) {
  ASSERT_TRUE(result.design) << said(result);
  const package::Design& was = *result.design;
  const auto assembly = package::assemble(was);
  std::string text;
  package::Design is;
  try {
    text = package::to_design_file(was);
    is = package::load_text(text, "back.yaml", ".", base::disk());
  } catch (const base::Error& e) {
    FAIL() << e.what() << text.substr(0, 4000);
  }
  const auto again = package::assemble(is);
  ASSERT_EQ(again.solids.size(), assembly.solids.size()) << text;
  ASSERT_EQ(again.sources.size(), assembly.sources.size());
  double power_was = 0, power_is = 0;
  for (std::size_t i = 0; i < assembly.solids.size(); ++i) {
    const auto &a = assembly.solids[i], &b = again.solids[i];
    EXPECT_EQ(a.path, b.path);
    EXPECT_NEAR(a.z0, b.z0, 1e-9 + 1e-6 * std::abs(a.z0)) << a.path;
    EXPECT_NEAR(a.z1, b.z1, 1e-9 + 1e-6 * std::abs(a.z1)) << a.path;
    EXPECT_NEAR(a.footprint.size.x, b.footprint.size.x, 1e-9 + 1e-6 * a.footprint.size.x) << a.path;
    EXPECT_NEAR(a.footprint.at.x, b.footprint.at.x, 1e-9) << a.path;
    const auto ka = was.materials.materials[std::size_t(a.fill.material)].conductivity(320);
    const auto kb = is.materials.materials[std::size_t(b.fill.material)].conductivity(320);
    for (int c = 0; c < 3; ++c)
      EXPECT_NEAR(ka[std::size_t(c)], kb[std::size_t(c)], 1e-6 * ka[std::size_t(c)]) << a.path;
  }
  for (std::size_t i = 0; i < assembly.sources.size(); ++i) {
    power_was += assembly.sources[i].power;
    power_is += again.sources[i].power;
    EXPECT_NEAR(assembly.sources[i].z0, again.sources[i].z0, 1e-9);
    EXPECT_NEAR(assembly.sources[i].z1, again.sources[i].z1, 1e-9);
  }
  EXPECT_NEAR(power_was, power_is, 1e-9 * power_was);
  if (was.block) {
    ASSERT_GE(is.environment.films.size(), was.environment.films.size());
    EXPECT_NEAR(is.environment.films.back().h, was.environment.films.back().h,
                1e-6 * was.environment.films.back().h);
    EXPECT_EQ(is.environment.films.back().part, was.environment.films.back().part);
  }
}

TEST(DesignFile, HoldsAnImportedHotspotStack) {
  expect_round_trip(import_fixtures({"hotspot/two_dies.lcf", "hotspot/two_dies.ptrace",
                                     "hotspot/two_dies.config", "hotspot/two_dies.materials"}));
}
TEST(DesignFile, HoldsAnImported3dIceStack) {
  expect_round_trip(import_fixtures({"ice/stack.stk"}));
}
TEST(DesignFile, HoldsAnImported3dbloxAssembly) {
  expect_round_trip(import_fixtures({"blox/assembly.3dbx"}));
}
TEST(DesignFile, HoldsA3dbloxAssemblyWithoutASubstrate) {
  const auto result = import_texts({{"p.3dbv",
                                     "Header: {version: 2.5, unit: mm}\nChipletDef:\n  one:\n    type: die\n "
                                     "   design_area: [3, 2]\n    thickness: 0.1\n"}});
  expect_round_trip(result);
  EXPECT_NE(said(result).find("the assembly has no substrate"), std::string::npos);
}
TEST(DesignFile, HoldsAnImportedBumpMap) {
  expect_round_trip(import_texts(
      {{"b.csv", "name,x_um,y_um,diameter_um,net\na1,0,0,80,VDD\na2,150,0,80,\na3,0,150,80,VSS\n"}}));
}
TEST(DesignFile, HoldsThePeersDecks) {
  const std::string data = data_folder();
  if (data.empty()) GTEST_SKIP() << "no shared data on this machine (set BONDLINE_DATA)";
  const auto with = [&](const std::string& folder, std::vector<std::string> names) {
    for (auto& n : names) n = data + folder + n;
    expect_round_trip(import_files(names, base::disk()));
  };
  with("ref4l/n64/", {"ref.ptrace", "ref.flp", "ref.config", "ref.materials"});
  with("ref4l/n64/", {"ref.stk"});
  with("hotspot_ex1/", {"example.config", "ev6.flp", "gcc.ptrace", "example.materials"});
  with("hotspot_ex5/", {"example.lcf", "example.config", "example.ptrace", "example.materials"});
}

}  // namespace
}  // namespace bondline::formats
