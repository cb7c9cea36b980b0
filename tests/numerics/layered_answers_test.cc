// The exact series against answers known from elsewhere.
#include <gtest/gtest.h>

#include "layered_cases.h"

namespace bondline::numerics {
namespace {

using cases::Case;
using cases::kInfinity;
using Kind = LayeredProbe::Kind;
using Place = LayeredSource::Place;

constexpr double kReference = 318.15;

TEST(Layered, Ref4lBlockMeansAgreeWithThePublishedSeries) {
  // Exact cosine series of this problem, rounded to 1e-5 K; see docs/layered-series.md, "Reference values".
  const double volume[16] = {329.23251, 330.87011, 328.67528, 327.59956, 330.98842, 347.62874,
                             330.57784, 327.88004, 329.04288, 331.14435, 330.15331, 328.44493,
                             328.22401, 329.89830, 338.92154, 329.79821};
  const double plane[16] = {329.32367, 331.04591, 328.76604, 327.68106, 331.16428, 350.39902,
                            330.75337, 327.96188, 329.13387, 331.32434, 330.28989, 328.53123,
                            328.30598, 330.03040, 340.35885, 329.93022};
  for (const double tolerance : {1e-2, 1e-4}) {
    const auto v = cases::solve(cases::ref_4l(Place::volume, Kind::volume_mean), tolerance);
    const auto p = cases::solve(cases::ref_4l(Place::bottom_face, Kind::bottom_face_mean), tolerance);
    ASSERT_EQ(v.problem, "");
    ASSERT_EQ(p.problem, "");
    for (std::size_t b = 0; b < 16; ++b) {
      EXPECT_NEAR(v.rise[b] + kReference, volume[b], tolerance + 1e-5) << "block " << b;
      EXPECT_NEAR(p.rise[b] + kReference, plane[b], tolerance + 1e-5) << "block " << b;
      EXPECT_LE(v.error_bound[b], tolerance);
      EXPECT_LE(p.error_bound[b], tolerance);
    }
  }
}

TEST(Layered, Ref4lPointsAgreeWithThePublishedSeries) {
  Case c = cases::ref_4l(Place::volume, Kind::volume_mean);
  c.probes = {{Kind::point, 0, 0, 0, 0, 0, 0}, {Kind::point, 0, 0.00375, 0.00375, 0.00375, 0.00375, 0}};
  const auto r = cases::solve(c, 1e-3);
  ASSERT_EQ(r.problem, "");
  EXPECT_NEAR(r.rise[0] + kReference, 328.714439, 1e-5);
  EXPECT_NEAR(r.rise[1] + kReference, 353.255263, 1e-5);
}

TEST(Layered, Ref4lMeanDieIsTheSumOfItsResistances) {
  Case c = cases::ref_4l(Place::volume, Kind::volume_mean);
  c.probes = {{Kind::volume_mean, 0, 0, 0.01, 0, 0.01, 0}};
  const auto r = cases::solve(c, 1e-9);
  // film 0.1, sink 0.1725, spreader 0.025, interface 0.05, a third of the die 0.005 K/W
  EXPECT_NEAR(r.rise[0], 37 * (0.1 + 0.1725 + 0.025 + 0.05 + 0.005), 1e-11);
}

// Heat over the whole footprint is a chain of resistances; every number here is worked out beside the solver.
class CompositeSlab : public testing::Test {
 protected:
  const double area = 4e-6;
  const double power = 3;
  Case slab(double h_bottom, double h_top, Place place) const {
    Case c;
    c.stack = {
        2e-3, 2e-3, {{100e-6, 100, 50}, {0.5e-6, 1, 2, 1e-6}, {7e-3, 400, 400, 2e-5}}, h_bottom, h_top};
    c.sources = {{0, place, 0, 2e-3, 0, 2e-3, power}};
    return c;
  }
  static LayeredProbe at(double z) { return {Kind::point, 0, 0.7e-3, 0.7e-3, 1.1e-3, 1.1e-3, z}; }
};

TEST_F(CompositeSlab, OneWayOutMatchesTheChainOfResistances) {
  Case c = slab(0, 500, Place::bottom_face);
  c.probes = {at(0),
              at(100e-6),
              {Kind::bottom_face_mean, 1, 0, 1e-3, 0, 1e-3},
              at(7.1005e-3),
              {Kind::volume_mean, 2, 0, 2e-3, 0, 2e-3},
              {Kind::volume_mean, 0, 0, 1e-3, 1e-3, 2e-3}};
  const auto r = cases::solve(c, 1e-9);
  ASSERT_EQ(r.problem, "");
  const double q = power / area, r0 = 100e-6 / 50, r1 = 0.5e-6 / 2, r2 = 7e-3 / 400, film = 1.0 / 500;
  const double top0 = q * (1e-6 + r1 + 2e-5 + r2 + film);
  EXPECT_NEAR(r.rise[0], top0 + q * r0, 1e-12 * r.rise[0]);
  EXPECT_NEAR(r.rise[1], top0, 1e-12 * top0);             // below the contact
  EXPECT_NEAR(r.rise[2], top0 - q * 1e-6, 1e-12 * top0);  // above it
  EXPECT_NEAR(r.rise[3], q * film, 1e-12 * q * film);
  EXPECT_NEAR(r.rise[4], q * (r2 / 2 + film), 1e-12 * r.rise[4]);
  EXPECT_NEAR(r.rise[5], top0 + q * r0 / 2, 1e-12 * r.rise[5]);
  EXPECT_NEAR(r.heat_out_top, power, 1e-12 * power);
  EXPECT_EQ(r.heat_out_bottom, 0);
}

TEST_F(CompositeSlab, HeatInTheVolumeAddsAThirdOfItsLayer) {
  Case c = slab(0, kInfinity, Place::volume);
  c.probes = {{Kind::volume_mean, 0, 0, 2e-3, 0, 2e-3}, at(0), at(30e-6), at(7.1005e-3)};
  const auto r = cases::solve(c, 1e-9);
  const double q = power / area, r0 = 100e-6 / 50, rest = 1e-6 + 0.5e-6 / 2 + 2e-5 + 7e-3 / 400;
  EXPECT_NEAR(r.rise[0], q * (rest + r0 / 3), 1e-12 * r.rise[0]);
  EXPECT_NEAR(r.rise[1], q * (rest + r0 / 2), 1e-12 * r.rise[1]);
  EXPECT_NEAR(r.rise[2], q * (rest + r0 / 2 * (1 - 0.3 * 0.3)), 1e-12 * r.rise[2]);
  EXPECT_EQ(r.rise[3], 0);
}

TEST_F(CompositeSlab, TwoWaysOutShareTheHeatAsTheirConductances) {
  Case c = slab(2000, 500, Place::top_face);
  c.probes = {at(100e-6)};
  const auto r = cases::solve(c, 1e-9);
  const double down = 1.0 / 2000 + 100e-6 / 50;
  const double up = 1e-6 + 0.5e-6 / 2 + 2e-5 + 7e-3 / 400 + 1.0 / 500;
  EXPECT_NEAR(r.rise[0], power / area / (1 / down + 1 / up), 1e-12 * r.rise[0]);
  EXPECT_NEAR(r.heat_out_bottom, power * up / (up + down), 1e-12 * power);
  EXPECT_NEAR(r.heat_out_top, power * down / (up + down), 1e-12 * power);
}

TEST(Layered, AHalfHeatedBarSpreadsLikeTheKnownFin) {
  // A thin sheet under a film, k_vertical so large that it has one temperature through its thickness, heated
  // on half its length, is a fin: theta'' = mu^2 (theta - q/h), mu^2 = h/(k t). At the insulated hot end
  // theta = q/h (1 - sinh(mu L/2)/sinh(mu L)).
  const double t = 50e-6, k = 200, h = 4000, length = 8e-3, width = 1e-3, q = 1e4;
  Case c;
  c.stack = {length, width, {{t, k, 1e12}}, 0, h};
  c.sources = {{0, Place::volume, 0, length / 2, 0, width, q * width * length / 2}};
  c.probes = {{Kind::point, 0, 0, 0, 0.3e-3, 0.3e-3, t / 3}, {Kind::volume_mean, 0, 0, length, 0, width}};
  const auto r = cases::solve(c, 1e-8);
  const double mu = std::sqrt(h / (k * t));
  EXPECT_NEAR(r.rise[0], q / h * (1 - std::sinh(mu * length / 2) / std::sinh(mu * length)), 1e-7);
  EXPECT_NEAR(r.rise[1], q / h / 2, 1e-10);
}

TEST(Layered, ASmallSourceOnALargeBlockApproachesTheHalfSpace) {
  // Mean rise of a uniformly heated square of side a on a half space: the mean of q/(2 pi k r) over pairs of
  // its points, and the mean of 1/r over pairs in a unit square is 4 (ln(1 + sqrt 2) - (sqrt 2 - 1)/3)
  // = 2.97321: 0.4732 q a / k.
  const double a = 0.2e-3, k = 100, size = 20e-3;
  Case c;
  c.stack = {size, size, {{20e-3, k, k}}, 0, kInfinity};
  c.sources = {{0, Place::bottom_face, (size - a) / 2, (size + a) / 2, (size - a) / 2, (size + a) / 2, 1}};
  c.probes = {{Kind::bottom_face_mean, 0, (size - a) / 2, (size + a) / 2, (size - a) / 2, (size + a) / 2}};
  const auto r = cases::solve(c, 2e-2, 4096);
  ASSERT_LE(r.error_bound[0], 0.05);
  EXPECT_NEAR(r.rise[0], 0.4732 / (a * k), 0.02 * 0.4732 / (a * k));  // the block's own bulk adds about 1 %
}

}  // namespace
}  // namespace bondline::numerics
