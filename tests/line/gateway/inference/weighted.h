// Small models whose answers a test can reckon: weighted sums over a window.
#pragma once
#include <gtest/gtest.h>

#include <numeric>

#include "builder.h"
#include "compiled.h"

namespace bondline::gateway {

/// x: 1 x times x tags -> sum: 1 x 1 (each element times its place, from 1) and mean: 1 x 1.
inline inference::Graph weighted_model(std::int64_t times, std::int64_t tags) {
  using namespace inference::testing;
  GraphBuilder b;
  const auto x = b.input({1, times, tags});
  const std::int64_t n = times * tags;
  const auto flat = b.node("Reshape", {x, b.constant({2}, std::vector<std::int64_t>{1, n})});
  std::vector<float> places(static_cast<std::size_t>(n)), equal(places.size(), 1.0f / static_cast<float>(n));
  std::iota(places.begin(), places.end(), 1.0f);
  const auto sum = b.node("MatMul", {flat, b.constant({n, 1}, places)});
  const auto mean = b.node("MatMul", {flat, b.constant({n, 1}, equal)});
  return b.finish({sum, mean});
}

}  // namespace bondline::gateway
