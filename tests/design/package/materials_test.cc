// The shipped library is complete, plausible and sourced; curves behave.
#include "design/package/material.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "design/package/load.h"
#include "sketch.h"

namespace bondline::package {
namespace {

TEST(Library, HoldsWhatPackagesNeed) {
  const MaterialLibrary& library = shipped_materials();
  for (const char* name :
       {"Si",       "Cu",   "Al",          "Au",          "Ag",         "Ni",      "W",       "SAC305",
        "Sn63Pb37", "AuSn", "In",          "sintered-Ag", "AlN",        "Al2O3",   "Si3N4",   "SiO2",
        "SiC",      "GaN",  "GaAs",        "EMC",         "EMC-G770",   "UF-8830", "DAF-20",  "HL832",
        "ABF-GX92", "FR-4", "solder-mask", "polyimide",   "TIM-grease", "TIM-gel", "TIM-pad", "air",
        "AlSiC",    "Mo",   "CuMo",        "glass",       "BEOL",       "copper",  "silicon"})
    EXPECT_NE(library.resolve(name), "") << name;
  EXPECT_GE(library.materials.size(), 50u);
}

TEST(Library, SourcesEveryValueAndStaysInRange) {
  std::set<std::string> names;
  for (const Material& material : shipped_materials().materials) {
    EXPECT_TRUE(material.shipped);
    EXPECT_FALSE(material.description.empty()) << material.name;
    EXPECT_TRUE(names.insert(material.name).second) << material.name;
    for (const std::string& other : material.also)
      EXPECT_TRUE(names.insert(other).second) << other << " means two materials";
    for (Property need : {Property::k_x, Property::density, Property::specific_heat})
      EXPECT_TRUE(material.find(need)) << material.name << " lacks " << property_info(need).key;
    for (int i = 0; i < int(Property::count_); ++i) {
      const PropertyValue* value = material.find(Property(i));
      if (!value) continue;
      const PropertyInfo& info = property_info(Property(i));
      EXPECT_FALSE(value->from.source.empty()) << material.name << "." << info.key;
      const bool typical = value->from.source.find("typical") != std::string::npos;
      const bool textbook = value->from.source.find("Incropera") != std::string::npos ||
                            value->from.source.find("CRC Handbook") != std::string::npos;
      const bool dated = value->from.year > 0 || value->from.source.find("table at") != std::string::npos ||
                         value->from.source.find("topline") != std::string::npos;
      // Textbook tables were not re-checked in print (docs/formats/materials.md).
      EXPECT_TRUE(value->from.confidence != Confidence::high || (dated && !typical && !textbook))
          << material.name << "." << info.key
          << " is trusted more than its source allows: " << value->from.source;
      for (double v : value->curve.value) {
        EXPECT_GE(v, info.min) << material.name << "." << info.key;
        EXPECT_LE(v, info.max) << material.name << "." << info.key;
      }
    }
  }
}

TEST(Library, AgreesWithWhatIsWellKnown) {
  const MaterialLibrary& library = shipped_materials();
  EXPECT_NEAR(library.find("Si")->at(Property::k_x, 300), 148, 1);
  EXPECT_LT(library.find("Si")->at(Property::k_x, 400), 100) << "silicon conducts less when hot";
  EXPECT_NEAR(library.find("Cu")->at(Property::k_x, 300), 401, 1);
  EXPECT_GT(library.find("FR-4")->conductivity(300)[0], library.find("FR-4")->conductivity(300)[2]);
  EXPECT_NEAR(library.find("SAC305")->at(Property::melting_temperature, 300), 490.15, 1e-9);
}

TEST(Library, MeltsSoldersBelowMetals) {
  const MaterialLibrary& library = shipped_materials();
  EXPECT_LT(library.find("SAC305")->at(Property::melting_temperature, 0),
            library.find("Cu")->at(Property::melting_temperature, 0));
}

TEST(Library, FromTheFolderEqualsTheOneBuiltIn) {
  LoadOptions options;
  options.library_folder = BONDLINE_SOURCE_DIR "/data/materials";
  const std::string block =
      "bondline: design/1\nname: b\nblock: {size: 5 mm, layers: [{material: Si, thickness: 1 mm}]}\n";
  const Design from_folder = load_text(block, "b.yaml", ".", base::disk(), options);
  const MaterialLibrary& built_in = shipped_materials();
  ASSERT_EQ(from_folder.materials.names(), built_in.names());
  for (std::size_t i = 0; i < built_in.materials.size(); ++i)
    for (std::size_t p = 0; p < std::size_t(Property::count_); ++p) {
      const auto &a = built_in.materials[i].values[p], &b = from_folder.materials.materials[i].values[p];
      ASSERT_EQ(a.has_value(), b.has_value());
      if (a) {
        EXPECT_EQ(a->curve.value, b->curve.value);
      }
    }
}

TEST(Library, SaysWhichPropertyOfWhichMaterialIsMissing) {
  try {
    shipped_materials().find("air")->at(Property::E_x, 300);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(std::string(error.what()).find("Young's modulus"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("materials.air"), std::string::npos);
  }
}

TEST(Curve, StaysBetweenItsNeighboursAndIsConstantBeyondTheEnds) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> unit(0, 1);
  for (int round = 0; round < 200; ++round) {
    Curve curve;
    double t = 200;
    for (int i = 0; i < 5; ++i)
      curve.temperature.push_back(t += 1 + 50 * unit(random)), curve.value.push_back(unit(random));
    for (std::size_t i = 0; i < 5; ++i) EXPECT_DOUBLE_EQ(curve.at(curve.temperature[i]), curve.value[i]);
    EXPECT_EQ(curve.at(0), curve.value.front());
    EXPECT_EQ(curve.at(1e4), curve.value.back());
    const double between =
        curve.temperature[1] + unit(random) * (curve.temperature[2] - curve.temperature[1]);
    EXPECT_GE(curve.at(between), std::min(curve.value[1], curve.value[2]) - 1e-12);
    EXPECT_LE(curve.at(between), std::max(curve.value[1], curve.value[2]) + 1e-12);
  }
}

TEST(Overrides, OfOneNumberDropTheDirectionsOfTheShippedOne) {
  const Design design = load_sketch(std::string(kSketch) + "  HL832: {k: 0.5 W/(m K)}\n");
  const std::array<double, 3> k = design.materials.find("HL832")->conductivity(300);
  EXPECT_EQ(k[0], 0.5);
  EXPECT_EQ(k[2], 0.5);
}

TEST(Overrides, MayUseAnotherNameOfTheMaterial) {
  const Design design = load_sketch(std::string(kSketch) + "  copper: {k: 390 W/(m K), source: test}\n");
  EXPECT_EQ(design.materials.find("Cu")->at(Property::k_x, 300), 390);
  EXPECT_EQ(design.materials.find("copper"), nullptr) << "one material, one name";
}

}  // namespace
}  // namespace bondline::package
