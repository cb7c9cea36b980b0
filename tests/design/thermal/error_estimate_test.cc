// The error estimate against the true error (exact series), on blocks drawn at random from a fixed seed.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "blocks.h"
#include "numerics/layered_solver.h"

namespace bondline {
namespace {

using namespace test;

/// Two to five layers of 20 um to 3 mm and 0.5 to 400 W/(m K), one or two heated rectangles in the lowest.
Design random_block(unsigned seed) {
  std::mt19937 random(seed);
  const auto uniform = [&](double a, double b) { return a + (b - a) * (double(random()) / 4294967296.0); };
  const auto log_uniform = [&](double a, double b) { return a * std::pow(b / a, uniform(0, 1)); };
  const double sx = uniform(3e-3, 12e-3), sy = uniform(3e-3, 12e-3);
  Design d = plain(sx, sy);
  const int layers = 2 + int(uniform(0, 3.999));
  for (int l = 0; l < layers; ++l) {
    const std::string name = "l" + std::to_string(l);
    add_material(d, material(name, l == 0 ? uniform(80, 150) : log_uniform(0.5, 400)));
    d.block->layers.push_back(layer(name, name, l == 0 ? uniform(100e-6, 700e-6) : log_uniform(20e-6, 3e-3)));
  }
  auto& power = d.block->layers[0].power;
  const int heated = 1 + int(uniform(0, 1.999));
  for (int h = 0; h < heated; ++h) {
    const double w = uniform(0.15, 0.4) * sx, t = uniform(0.15, 0.4) * sy;
    const double x = h == 0 ? uniform(0, 0.5 * sx - w * 0.5) : uniform(0.5 * sx, sx - w),
                 y = uniform(0, sy - t);
    power.blocks.push_back(block("h" + std::to_string(h), {x, y, x + w, y + t}, uniform(1, 20)));
  }
  power.place = seed % 2 ? package::HeatPlace::bottom_face : package::HeatPlace::volume;
  d.environment.films = {film(Face::top, log_uniform(1e3, 1e5), 300)};
  return d;
}

class RandomBlock : public testing::TestWithParam<unsigned> {};

TEST_P(RandomBlock, EstimateIsWithinAFactorTwoOfTheTrueError) {
  const Design d = random_block(GetParam());
  const auto r = run(d, volumes(120e3, true));
  thermal::SteadyOptions exact_options;
  exact_options.path = thermal::Path::spectral;
  exact_options.sensitivities = false;
  const auto exact = run(d, exact_options);
  ASSERT_EQ(r.blocks.size(), exact.blocks.size());
  std::size_t hottest = 0;
  for (std::size_t n = 0; n < r.blocks.size(); ++n)
    if (exact.blocks[n].mean_K > exact.blocks[hottest].mean_K) hottest = n;
  const auto& part = r.blocks[hottest];
  const double rise = exact.blocks[hottest].mean_K - 300;
  const double error = std::abs(part.mean_K - exact.blocks[hottest].mean_K);
  EXPECT_LT(error, 0.02 * rise);
  // Below a hundred-thousandth of the rise the series' own truncation is of the size of the error.
  const double floor = 2e-5 * rise + 2 * exact.blocks[hottest].mean_error_K;
  EXPECT_GE(part.mean_error_K, 0.5 * error - floor) << part.path << " error " << error;
  EXPECT_LE(part.mean_error_K, 2.0 * error + floor) << part.path << " error " << error;

  const double max_error = std::abs(part.max_K - exact.blocks[hottest].max_K);
  const double max_floor = 1e-4 * rise + 2 * exact.blocks[hottest].error_K;
  EXPECT_GE(part.error_K, 0.5 * max_error - max_floor) << part.path << " max error " << max_error;
  EXPECT_LE(part.error_K, 2.0 * max_error + max_floor) << part.path << " max error " << max_error;
}

INSTANTIATE_TEST_SUITE_P(Twenty, RandomBlock, testing::Range(1u, 21u));

}  // namespace
}  // namespace bondline
