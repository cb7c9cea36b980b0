#include <gtest/gtest.h>

#include <chrono>

#include "design/package/array_layout.h"

namespace bondline::package {
namespace {

Array grid(double pitch, double diameter) {
  Array a;
  a.pitch_x = a.pitch_y = pitch;
  a.diameter = diameter;
  return a;
}

std::size_t counted(const ArrayLayout& layout) {
  std::size_t n = 0;
  for (const ArrayField& f : layout.fields) n += f.count;
  return n;
}

TEST(ArrayLayout, FillsAPartWithWholeMembersOnly) {
  const ArrayLayout layout = lay_out(grid(0.5e-3, 0.3e-3), {10e-3, 5.1e-3});
  EXPECT_EQ(layout.columns, 20);  // 19 x 0.5 + 0.3 = 9.8 mm fit 10 mm, 20 x 0.5 + 0.3 do not
  EXPECT_EQ(layout.rows, 10);
  EXPECT_EQ(layout.count, 200u);
  EXPECT_EQ(layout.sites.size(), 200u);
  EXPECT_TRUE(layout.covers_part);
  EXPECT_NEAR(layout.extent.x, 9.8e-3, 1e-12);
}

TEST(ArrayLayout, TakesTheLastMemberThatFitsExactly) {
  EXPECT_EQ(lay_out(grid(0.1, 0.05), {1.05, 0.05}).columns, 11);
}

TEST(ArrayLayout, PeripheralRowsLeaveAFrame) {
  Array a = grid(0.5e-3, 0.3e-3);
  a.columns = a.rows = 10;
  a.peripheral_rows = 2;
  const ArrayLayout layout = lay_out(a, {6e-3, 6e-3});
  EXPECT_EQ(layout.count, 100u - 36u);
  EXPECT_EQ(counted(layout), layout.count);
  EXPECT_EQ(layout.fields.size(), 4u);
  EXPECT_FALSE(layout.covers_part);
  double area = 0;
  for (const ArrayField& f : layout.fields) area += f.rect.area();
  EXPECT_NEAR(area, 64 * 0.25e-6, 1e-15);  // one pitch cell per member
}

TEST(ArrayLayout, CentreGapAndPeripheralRowsTogetherCountOnce) {
  Array a = grid(1e-3, 0.5e-3);
  a.columns = a.rows = 9;
  a.peripheral_rows = 3;                // hole of 3 x 3
  a.centre_gap = Vec2{9.5e-3, 0.9e-3};  // the whole middle row
  const ArrayLayout layout = lay_out(a, {10e-3, 10e-3});
  EXPECT_EQ(layout.count, 81u - 9u - 6u);
  EXPECT_EQ(counted(layout), layout.count);
  EXPECT_EQ(layout.sites.size(), layout.count);
}

TEST(ArrayLayout, CutsAMapIntoPopulatedRectangles) {
  Array a = grid(0.5e-3, 0.3e-3);
  for (int j = 0; j < 6; ++j) {
    for (int i = 0; i < 6; ++i) {
      if (i < 2 || i > 3 || j < 2 || j > 3) a.sites.push_back({(i - 2.5) * 0.5e-3, (j - 2.5) * 0.5e-3});
    }
  }
  const ArrayLayout layout = lay_out(a, {4e-3, 4e-3});
  EXPECT_EQ(layout.count, 32u);
  EXPECT_EQ(counted(layout), 32u);
  EXPECT_EQ(layout.fields.size(), 4u);
  for (const ArrayField& f : layout.fields) EXPECT_NEAR(f.rect.area(), double(f.count) * 0.25e-6, 1e-15);
}

TEST(ArrayLayout, SpreadsAnIrregularMapOverItsBox) {
  Array a = grid(0.5e-3, 0.3e-3);
  a.sites = {{0, 0}, {0.71e-3, 0.1e-3}, {-0.6e-3, 0.33e-3}};
  const ArrayLayout layout = lay_out(a, {4e-3, 4e-3});
  ASSERT_EQ(layout.fields.size(), 1u);
  EXPECT_EQ(layout.fields[0].count, 3u);
}

TEST(ArrayLayout, FindsThePitchOfAMapThatStatesNone) {
  Array a;
  a.diameter = 50e-6;
  for (int i = 0; i < 5; ++i) a.sites.push_back({i * 130e-6, (i % 2) * 200e-6});
  const ArrayLayout layout = lay_out(a, {4e-3, 4e-3});
  EXPECT_NEAR(layout.pitch_x, 130e-6, 1e-12);
  EXPECT_NEAR(layout.pitch_y, 200e-6, 1e-12);
}

TEST(ArrayLayout, HoldsMillionsOfHybridPadsWithoutListingThem) {
  const ArrayLayout layout = lay_out(grid(1e-6, 0.5e-6), {20e-3, 20e-3});
  EXPECT_EQ(layout.count, 20000u * 20000u);
  EXPECT_TRUE(layout.sites.empty());
  EXPECT_TRUE(layout.covers_part);
}

TEST(ArrayLayout, GivesNothingWhereNothingFits) {
  EXPECT_EQ(lay_out(grid(0.5e-3, 0.3e-3), {0.2e-3, 5e-3}).count, 0u);
  EXPECT_EQ(lay_out(grid(0, 0.3e-3), {1e-3, 5e-3}).count, 0u);
}

}  // namespace
}  // namespace bondline::package
