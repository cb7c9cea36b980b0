#include "design/thermal/heat_capacity.h"

#include <numeric>

#include <gtest/gtest.h>

#include "blocks.h"

namespace bondline::test {
namespace {

package::Material heavy(const std::string& name, double k, double density, double specific_heat) {
  package::Material m = material(name, k);
  m.values[std::size_t(package::Property::density)] = constant(density);
  m.values[std::size_t(package::Property::specific_heat)] = constant(specific_heat);
  return m;
}

double total(const Design& design, std::vector<std::string>* notes = nullptr, double cells = 2000) {
  base::Pool pool(1);
  const package::Assembly assembly = package::assemble(design);
  mesh::MeshOptions options;
  options.target_cells = cells;
  const auto model = thermal::detail::make_model(
      design, assembly, mesh::build(design, assembly, options, design.environment.ambient, 1e9), pool);
  const auto capacity = thermal::detail::heat_capacity(model);
  for (std::size_t c = 0; c < model.grid().cells(); ++c)
    EXPECT_EQ(capacity.joule_per_K[c] > 0, model.mesh.solid[c] >= 0);
  if (notes) *notes = capacity.notes;
  return std::accumulate(capacity.joule_per_K.begin(), capacity.joule_per_K.end(), 0.0);
}

TEST(HeatCapacity, OfALayeredBlockIsTheSumOfItsLayers) {
  Design d = plain(0.010, 0.008);
  add_material(d, heavy("si", 100, 2330, 700));
  add_material(d, heavy("cu", 400, 8960, 385));
  d.block->layers = {layer("die", "si", 0.5e-3), layer("sink", "cu", 2e-3)};
  d.block->layers[0].power.uniform = 1;
  d.environment.films = {film(Face::top, 1e3, 300)};
  const double exact = 0.010 * 0.008 * (0.5e-3 * 2330 * 700 + 2e-3 * 8960 * 385);
  std::vector<std::string> notes;
  EXPECT_NEAR(total(d, &notes), exact, 1e-9 * exact);
  EXPECT_TRUE(notes.empty());
  EXPECT_NEAR(total(d, nullptr, 30000), exact, 1e-9 * exact);
}

TEST(HeatCapacity, NamesAMaterialThatHasNone) {
  Design d = plain(0.010, 0.010);
  add_material(d, material("mystery", 10));
  d.block->layers = {layer("die", "mystery", 1e-3)};
  d.environment.films = {film(Face::top, 1e3, 300)};
  std::vector<std::string> notes;
  EXPECT_NEAR(total(d, &notes), 0.010 * 0.010 * 1e-3 * 2e6, 1e-9);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("mystery"), std::string::npos);
}

}  // namespace
}  // namespace bondline::test
