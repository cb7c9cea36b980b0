#include <sstream>

#include "../sample_designs.h"
#include "design/package/solids.h"
#include "import_helpers.h"

namespace bondline::formats {
namespace {

using testing::HasSubstr;

TEST(Export, RefusesAnUnknownFormatAndKnowsItsOwn) {
  EXPECT_THROW(export_design(samples::block(), "step"), base::Error);
  for (const auto& format : export_formats())
    for (const auto& design : {samples::sip(), samples::interposer(), samples::stack3d(),
                               samples::power_module(), samples::block()})
      EXPECT_FALSE(export_design(design, format).bytes.empty()) << format << " " << design.name;
}

TEST(CsvExport, WritesALinePerSolid) {
  const auto design = samples::sip();
  const auto result = export_design(design, "csv");
  std::istringstream in(result.bytes);
  std::string line;
  std::getline(in, line);
  const auto columns = std::count(line.begin(), line.end(), ',');
  const auto assembly = package::assemble(design);
  for (const auto& s : assembly.solids) {
    ASSERT_TRUE(std::getline(in, line));
    EXPECT_EQ(line.substr(0, line.find(',')), s.path);
    EXPECT_EQ(std::count(line.begin(), line.end(), ','), columns);
  }
}

TEST(ThreeDBloxExport, ComesBackThroughTheImporterInPlace) {
  for (auto design : {samples::interposer(), samples::stack3d()}) {
    for (auto& die : design.dies) die.rotation = 0;
    const auto out = export_design(design, "3dblox");
    EXPECT_FALSE(out.not_carried.empty());
    Named texts = {{"d.3dbx", out.bytes}};
    for (const auto& f : out.others) texts.push_back({f.name, f.bytes});
    const auto back = import_texts(texts, 1);
    ASSERT_TRUE(back.design) << said(back) << out.bytes;
    ASSERT_EQ(back.design->dies.size(), design.dies.size());
    const auto was = package::assemble(design);
    auto imported = *back.design;
    for (const auto& m : samples::materials().materials)
      if (!imported.materials.find(m.name)) imported.materials.materials.push_back(m);
    std::sort(imported.materials.materials.begin(), imported.materials.materials.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    for (auto& die : imported.dies) die.attach.underfill = "UF";  // named in the sample's library
    if (imported.substrate)
      for (auto& l : imported.substrate->layers) l.material = "FR4";
    const auto is = package::assemble(imported);
    for (const auto& die : design.dies) {
      const auto& a = was.solids[std::size_t(was.find("dies." + die.name))];
      const int i = is.find("dies." + die.name);
      ASSERT_GE(i, 0);
      const auto& b = is.solids[std::size_t(i)];
      EXPECT_NEAR(a.z1 - a.z0, b.z1 - b.z0, 1e-10);
      EXPECT_NEAR(a.z0, b.z0, 1e-9) << die.name;
      EXPECT_NEAR(a.footprint.size.x, b.footprint.size.x, 1e-10);
    }
  }
}

}  // namespace
}  // namespace bondline::formats
