// What is wrong is refused with the place and the mend.
#include <gtest/gtest.h>

#include "sketch.h"

namespace bondline::package {
namespace {

using ::testing::Test;

/// The complaint must hold each of the pieces in one line.
void expect_complaint(const std::string& all, std::initializer_list<const char*> pieces) {
  std::size_t begin = 0;
  while (begin <= all.size()) {
    const std::size_t end = all.find('\n', begin);
    const std::string line = all.substr(begin, end == std::string::npos ? end : end - begin);
    bool every = true;
    for (const char* piece : pieces) every = every && line.find(piece) != std::string::npos;
    if (every) return;
    if (end == std::string::npos) break;
    begin = end + 1;
  }
  std::string wanted;
  for (const char* piece : pieces) wanted += std::string(" \"") + piece + "\"";
  ADD_FAILURE() << "no line with" << wanted << " in:\n" << all;
}

std::string sketch_with(const std::string& what, const std::string& by) {
  return complaints(with(kSketch, what, by));
}

TEST(Refusal, OfAnUnknownKeyNamesTheNearest) {
  expect_complaint(sketch_with("thickness: 0.15 mm", "thicknes: 0.15 mm"),
                   {"d/design.yaml:22:5", "thicknes", "thickness"});
}

TEST(Refusal, OfAUnitSlipSaysWhatWasMeant) {
  expect_complaint(
      sketch_with("pitch: 130 um", "pitch: 10 mm"),
      {"d/design.yaml:25:42", "10 mm is implausible for a bump pitch (1 um .. 3 mm)", "did you mean 10 um?"});
  expect_complaint(sketch_with("thickness: 0.15 mm", "thickness: 15 mm"),
                   {"15 mm is implausible for the thickness of a die", "did you mean 15 um?"});
  expect_complaint(sketch_with("EMC-G770: {", "EMC-G770: {k: 148000 W/(m K), "),
                   {"148000 W/(m K) is implausible", "did you mean 148 W/(m K)?"});
  expect_complaint(sketch_with("E: {25 degC: 25 GPa", "E: {25 degC: 25e6 GPa"), {"25e6 GPa is implausible"});
  expect_complaint(sketch_with("ambient: 55 degC", "ambient: 55 K"),
                   {"55 K is implausible for an ambient temperature", "did you mean 55 degC?"});
}

TEST(Refusal, OfSizesThatAreNotPositive) {
  expect_complaint(sketch_with("size: [6.2 mm, 5.8 mm]", "size: [6.2 mm, 0 mm]"), {"dies.soc.size[1]"});
  expect_complaint(sketch_with("thickness: 0.15 mm", "thickness: -0.15 mm"), {"dies.soc.thickness"});
  expect_complaint(sketch_with("thickness: 100 um}", "thickness: 0 um}"), {"thickness"});
  expect_complaint(sketch_with("thickness: 0.15 mm", "thickness: inf"), {"cannot be infinite"});
}

TEST(Refusal, OfAMissingUnit) {
  expect_complaint(sketch_with("thickness: 0.15 mm", "thickness: 0.15"), {"dies.soc.thickness", "0.15"});
}

TEST(Refusal, OfARotationWithoutUnit) {
  expect_complaint(sketch_with("process: 16 nm", "rotation: 90"), {"the rotation 90 has no unit", "90 deg"});
  EXPECT_EQ(sketch_with("process: 16 nm", "rotation: 90 deg"), "");
  EXPECT_EQ(sketch_with("process: 16 nm", "rotation: 0"), "");
}

TEST(Refusal, OfAnUnknownMaterialNamesTheNearest) {
  expect_complaint(sketch_with("dielectric: HL832", "dielectric: HL823"),
                   {"d/design.yaml:13:32", "unknown material \"HL823\"", "HL832"});
  expect_complaint(sketch_with("material: copper", "material: coper"),
                   {"unknown material \"coper\"", "copper"});
}

TEST(Refusal, OfStacksThatDoNotStand) {
  expect_complaint(sketch_with("stacked_on: soc", "stacked_on: sco"),
                   {"stacked on \"sco\"", "did you mean \"soc\"?"});
  expect_complaint(sketch_with("process: 16 nm", "stacked_on: dram"), {"die \"soc\" is stacked on itself"});
  expect_complaint(sketch_with("stacked_on: soc", "stacked_on: pmic\n    side: top"), {"different sides"});
}

TEST(Refusal, OfNamesThatMeanNothingOrTwoThings) {
  expect_complaint(sketch_with("  pmic:", "  board:"), {"\"board\" is the name of another part"});
  expect_complaint(sketch_with("  pmic:", "  \"power chip\":"), {"\"power chip\" is no name of a part"});
  expect_complaint(
      sketch_with("balls: {", "passives: {soc: {kind: capacitor, case: 0201, at: [5 mm, 5 mm]}}\nballs: {"),
      {"two parts are called \"soc\""});
}

TEST(Refusal, OfMissingFiles) {
  base::MemoryFiles none;
  const std::string all = complaints(kSketch, none);
  for (const char* name : {"maps/l3.csv", "soc.flp", "soc.ptrace", "balls.csv", "flows/single-roof.yaml"})
    expect_complaint(all, {"cannot read", name});
}

TEST(Refusal, OfSideFilesCutOffAnywhere) {
  for (const char* name : {"maps/l3.csv", "soc.flp", "soc.ptrace", "balls.csv"}) {
    base::MemoryFiles files;
    put_sketch_files(files);
    base::FileProblem problem;
    const std::string path = std::string("d/") + name, whole = files.read(path, &problem).value();
    for (std::size_t size = 1; size < whole.size(); ++size) {
      if (whole[size - 1] == '\n') continue;
      files.write_atomic(path, whole.substr(0, size));
      expect_complaint(complaints(kSketch, files), {name, "the file is cut off"});
    }
  }
}

TEST(Refusal, OfADesignCutOffAnywhere) {
  const std::string whole = kSketch;
  const std::string without_newline = whole.substr(0, whole.size() - 1);
  EXPECT_NE(complaints(without_newline), "");
  int accepted = 0;
  for (std::size_t size = 0; size + 1 < whole.size(); size += 7)
    if (complaints(whole.substr(0, size)).empty()) ++accepted;
  EXPECT_LT(accepted, 8) << "only cuts right behind a whole line may read";
}

TEST(Refusal, GathersEveryProblemAtOnce) {
  std::string text = with(kSketch, "pitch: 130 um", "pitch: 13 mm");
  text = with(text, "dielectric: HL832", "dielectric: HL999");
  text = with(text, "stacked_on: soc", "stacked_on: nothing");
  const std::string all = complaints(text);
  expect_complaint(all, {"13 mm is implausible"});
  expect_complaint(all, {"HL999"});
  expect_complaint(all, {"stacked on \"nothing\""});
}

TEST(Refusal, OfLayersThatSayTooMuchOrTooLittle) {
  expect_complaint(sketch_with("{name: L4, copper: 15 um, coverage: 60 %}", "{name: L4}"),
                   {"neither copper nor dielectric"});
  expect_complaint(
      sketch_with("{name: L4, copper: 15 um, coverage: 60 %}", "{name: L4, copper: 15 um, dielectric: FR-4}"),
      {"both copper and dielectric"});
  expect_complaint(sketch_with("coverage: 60 %", "coverage: 160 %"), {"160 %"});
  expect_complaint(sketch_with("{name: L4,", "{name: L1,"), {"layer \"L1\" is there twice"});
}

TEST(Refusal, OfAHalfDescribedDesign) {
  expect_complaint(complaints("bondline: design/1\n"), {"neither body nor block"});
  expect_complaint(complaints("bondline: design/1\nbody: {size: [5 mm, 5 mm]}\n"), {"holds no part"});
  expect_complaint(complaints("bondline: design/2\nbody: {size: [5 mm, 5 mm]}\n"), {"design/2"});
  EXPECT_NE(complaints(""), "");
  EXPECT_NE(complaints("- 1\n- 2\n"), "");
}

TEST(Refusal, OfBlockAndPackageTogether) {
  const std::string text =
      "bondline: design/1\nbody: {size: [5 mm, 5 mm]}\nblock: {size: 5 mm, layers: [{material: Si, "
      "thickness: 1 mm}]}\n";
  expect_complaint(complaints(text), {"body and block do not go together"});
}

TEST(Refusal, OfAHeatSinkWithTwoCoolingsOrNone) {
  const std::string sink = std::string(kSketch) + "heat_sink: {size: 30 mm, base_thickness: 3 mm}\n";
  expect_complaint(complaints(sink), {"neither resistance nor film"});
  expect_complaint(complaints(with(sink, "base_thickness: 3 mm",
                                   "base_thickness: 3 mm, film: 100 W/(m2 K), resistance: 1 K/W")),
                   {"a resistance and a film"});
}

TEST(Refusal, OfAnUnknownBoardOrCase) {
  expect_complaint(sketch_with("JESD51-9 2s2p", "JESD51-8 2s2p"),
                   {"unknown board standard", "JESD51-9 2s2p"});
  expect_complaint(
      sketch_with("balls: {", "passives: {C1: {kind: capacitor, case: 0202, at: [5 mm, 5 mm]}}\nballs: {"),
      {"unknown case code \"0202\"", "0201"});
}

TEST(Refusal, OfMaterialsThatAreNotOne) {
  const std::string text = std::string(kSketch) +
                           "  odd: {k: {x: 1 W/(m K), w: 2 W/(m K)}, density: {25 degC: 1 kg/m3, 20 degC: 2 "
                           "kg/m3}, nu: -0.1, specific_heat: 0 J/(kg K)}\n";
  const std::string all = complaints(text);
  expect_complaint(all, {"unknown key \"w\""});
  expect_complaint(all, {"do not increase"});
  expect_complaint(all, {"nu of odd is -0.1"});
  expect_complaint(all, {"specific_heat of odd is 0 J/(kg K)"});
}

}  // namespace
}  // namespace bondline::package
