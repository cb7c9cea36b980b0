#include "design/mesh/media.h"

#include <gtest/gtest.h>

#include <cmath>

namespace bondline {
namespace {

using mesh::Conductivity;
using mesh::Constituents;
using package::Fill;
using package::FillKind;

Constituents of(double matrix, double inclusion, double liner = 0, double core = 0) {
  return {
      {matrix, matrix, matrix}, {inclusion, inclusion, inclusion}, {liner, liner, liner}, {core, core, core}};
}

Fill cylinders(double diameter) {
  Fill f;
  f.kind = FillKind::cylinders_z;
  f.diameter = diameter;
  return f;
}

TEST(Media, CylindersConductAlongByAreaAndAcrossByRayleighsFirstTerm) {
  const Conductivity k = mesh::effective_conductivity(cylinders(1e-4), 0.2, of(0.5, 60));
  EXPECT_NEAR(k[2], 0.8 * 0.5 + 0.2 * 60, 1e-12);
  const double b = (60 - 0.5) / (60 + 0.5);
  EXPECT_NEAR(k[0], 0.5 * (1 + 0.2 * b) / (1 - 0.2 * b), 1e-12);
  EXPECT_DOUBLE_EQ(k[0], k[1]);
}

// Perrins, McKenzie, McPhedran (1979), square array of perfect conductors at fraction 0.2: k/km = 1.500 to
// their three digits; the first term alone gives 1.5.
TEST(Media, PerfectlyConductingCylindersAtAFifthGiveOneAndAHalf) {
  EXPECT_NEAR(mesh::effective_conductivity(cylinders(1e-4), 0.2, of(1, 1e12))[0], 1.5, 1e-3);
}

TEST(Media, NothingAndEverythingAreTheConstituents) {
  for (const auto kind : {FillKind::cylinders_z, FillKind::layer_xy}) {
    Fill f = cylinders(1e-4);
    f.kind = kind;
    for (int axis = 0; axis < 3; ++axis) {
      EXPECT_NEAR(mesh::effective_conductivity(f, 0, of(0.4, 390))[axis], 0.4, 1e-12);
      EXPECT_NEAR(mesh::effective_conductivity(f, 1, of(0.4, 390))[axis], 390, 1e-9);
      EXPECT_NEAR(mesh::effective_conductivity(f, 0.37, of(7, 7))[axis], 7, 1e-12);
    }
  }
}

TEST(Media, ALinerThatInsulatesTakesTheCoreOutOfTheLateralPath) {
  Fill f = cylinders(10e-6);
  f.liner = 0.5e-6;
  f.liner_material = 0;
  const double outer = 1.1 * 1.1 * 0.1;
  const Conductivity k = mesh::effective_conductivity(f, 0.1, of(120, 390, 1e-9));
  EXPECT_NEAR(k[0], 120 * (1 - outer) / (1 + outer), 1e-6);  // holes of the outer diameter
  EXPECT_NEAR(k[2], (1 - outer) * 120 + 0.1 * 390, 1e-6);
}

TEST(Media, APlatedBarrelConductsAlongByItsRing) {
  Fill f = cylinders(100e-6);
  f.plating = 25e-6;
  const Conductivity k = mesh::effective_conductivity(f, 0.1, of(0.4, 390, 0, 0.2));
  EXPECT_NEAR(k[2], 0.9 * 0.4 + 0.1 * (0.75 * 390 + 0.25 * 0.2), 1e-10);
}

TEST(Media, ACopperLayerOfHalfCoverageIsTheGeometricMean) {
  Fill f;
  f.kind = FillKind::layer_xy;  // Dykhne (1970): exact for symmetric two-dimensional mixtures
  const Conductivity k = mesh::effective_conductivity(f, 0.5, of(0.4, 390));
  EXPECT_NEAR(k[0], std::sqrt(0.4 * 390), 1e-9);
  EXPECT_NEAR(k[2], 0.5 * 390.4, 1e-9);
}

TEST(Media, EveryMediumLiesBetweenItsBounds) {
  for (const auto kind : {FillKind::cylinders_z, FillKind::layer_xy})
    for (double f = 0.05; f < 1; f += 0.05)
      for (const double inclusion : {0.02, 5.0, 390.0}) {
        Fill fill = cylinders(1e-4);
        fill.kind = kind;
        const auto b = mesh::medium_bounds(fill, f, of(0.4, inclusion));
        for (int axis = 0; axis < 3; ++axis) {
          EXPECT_LE(b.lower[axis], b.k[axis] * (1 + 1e-12));
          EXPECT_GE(b.upper[axis], b.k[axis] * (1 - 1e-12));
        }
        EXPECT_FALSE(b.model.empty());
      }
}

TEST(Media, MixedCellsAddAreasAlongZ) {
  const mesh::Share shares[] = {{0.25, {100, 100, 100}}, {0.5, {1, 1, 1}}};
  const auto k = mesh::mix_areas(shares, 2);
  EXPECT_NEAR(k[2], 25.5, 1e-12);
  EXPECT_LT(k[0], k[2]);
  EXPECT_GT(k[0], 0.75 * 1);
}

TEST(Media, MapMeanIsExactForPiecewiseConstantMaps) {
  package::GridMap map;
  map.columns = 2;
  map.rows = 2;
  map.value = {1, 2, 3, 4};
  EXPECT_NEAR(mesh::map_mean(map, 0, 1, 0, 1), 2.5, 1e-14);
  EXPECT_NEAR(mesh::map_mean(map, 0.25, 0.75, 0, 0.5), 1.5, 1e-14);
  EXPECT_NEAR(mesh::map_mean(map, 0.6, 0.9, 0.6, 0.7), 4, 1e-14);
  EXPECT_NEAR(mesh::map_mean(map, 0, 0.75, 0, 0.5), (0.5 * 1 + 0.25 * 2) / 0.75, 1e-14);
}

}  // namespace
}  // namespace bondline
