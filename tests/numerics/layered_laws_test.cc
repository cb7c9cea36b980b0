// What any answer must obey, on random stacks.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "layered_cases.h"

namespace bondline::numerics {
namespace {

using cases::Case;
using cases::kInfinity;
using Kind = LayeredProbe::Kind;
using Place = LayeredSource::Place;

LayeredProbe as_probe(const LayeredSource& s) {
  const Kind kind = s.place == Place::volume        ? Kind::volume_mean
                    : s.place == Place::bottom_face ? Kind::bottom_face_mean
                                                    : Kind::top_face_mean;
  return {kind, s.layer, s.x0, s.x1, s.y0, s.y1, 0};
}

// The same fixed square of modes in both of two problems, so that they may be compared to rounding.
LayeredResult all_modes(const Case& c, int modes = 64) {
  return cases::solve(c, 0, modes);
}

TEST(LayeredLaws, ResponseAtBFromAEqualsResponseAtAFromB) {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    Case c = cases::random_case(seed, false);
    LayeredSource a = c.sources.front(), b = a;
    cases::Random r(seed);
    b.layer = r.below(static_cast<int>(c.stack.layers.size()));
    b.place = static_cast<Place>(r.below(3));
    b.x0 = r.uniform(0, 0.5) * c.stack.size_x;
    b.x1 = b.x0 + 0.3 * c.stack.size_x;
    a.power = b.power = 1;
    c.probes = {as_probe(a), as_probe(b)};
    c.sources = {a};
    const auto from_a = all_modes(c).rise;
    c.sources = {b};
    const auto from_b = all_modes(c).rise;
    const double scale = std::sqrt(from_a[0] * from_b[1]);  // the terms' size: far apart they nearly cancel
    EXPECT_NEAR(from_a[1], from_b[0], 1e-13 * scale) << "seed " << seed;
  }
}

TEST(LayeredLaws, HeatLeavesAsItCame) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    const Case c = cases::random_case(seed, false);
    const auto r = cases::solve(c, 1);
    ASSERT_EQ(r.problem, "") << "seed " << seed;
    double in = 0, size = 0;
    for (const auto& s : c.sources) {
      in += s.power;
      size += std::abs(s.power);
    }
    EXPECT_NEAR(r.heat_out_top + r.heat_out_bottom, in, 1e-12 * size) << "seed " << seed;
  }
}

TEST(LayeredLaws, TheFilmTakesExactlyTheHeatThatLeavesThroughIt) {
  // Not a restatement: the faces' mean temperatures come from the summed series, the heat from the chain.
  int checked = 0;
  for (unsigned seed = 1; seed <= 100; ++seed) {
    Case c = cases::random_case(seed, false);
    if (c.stack.h_top == 0 || std::isinf(c.stack.h_top)) continue;
    const int last = static_cast<int>(c.stack.layers.size()) - 1;
    c.probes = {{Kind::top_face_mean, last, 0, c.stack.size_x, 0, c.stack.size_y}};
    const auto r = cases::solve(c, 1e-6);
    const double out = r.rise.at(0) * c.stack.h_top * c.stack.size_x * c.stack.size_y;
    EXPECT_NEAR(out, r.heat_out_top, 1e-10 * std::max(1.0, std::abs(out))) << "seed " << seed;
    ++checked;
  }
  EXPECT_GT(checked, 20);
}

TEST(LayeredLaws, AnswersAddUp) {
  Case c = cases::random_case(7, false);
  c.sources.resize(1);
  LayeredSource second = c.sources[0];
  second.x0 *= 0.3;
  second.place = Place::volume;
  second.power = -4;
  Case both = c, other = c;
  both.sources.push_back(second);
  other.sources = {second};
  const auto a = all_modes(c), b = all_modes(other), sum = all_modes(both);
  for (std::size_t p = 0; p < sum.rise.size(); ++p)
    EXPECT_NEAR(sum.rise[p], a.rise[p] + b.rise[p], 1e-12 * (std::abs(a.rise[p]) + std::abs(b.rise[p])));
}

TEST(LayeredLaws, TilesOfASourceAreTheSource) {
  Case c = cases::random_case(11, false);
  const LayeredSource whole = c.sources[0];
  c.sources = {whole};
  const auto one = all_modes(c);
  c.sources.clear();
  const double mx = whole.x0 + 0.3 * (whole.x1 - whole.x0), my = whole.y0 + 0.8 * (whole.y1 - whole.y0);
  for (const auto& [x0, x1, fx] : {std::tuple{whole.x0, mx, 0.3}, std::tuple{mx, whole.x1, 0.7}})
    for (const auto& [y0, y1, fy] : {std::tuple{whole.y0, my, 0.8}, std::tuple{my, whole.y1, 0.2}})
      c.sources.push_back({whole.layer, whole.place, x0, x1, y0, y1, whole.power * fx * fy});
  const auto four = all_modes(c);
  for (std::size_t p = 0; p < one.rise.size(); ++p)
    EXPECT_NEAR(four.rise[p], one.rise[p], 1e-11 * std::abs(one.rise[p]));
}

TEST(LayeredLaws, MirroringAndTurningTheBlockChangeNothing) {
  for (unsigned seed = 20; seed < 40; ++seed) {
    const Case c = cases::random_case(seed, true);
    const auto plain = all_modes(c);
    Case mirrored = c, turned = c, over = c;
    const auto mirror = [](double size, double& a, double& b) {
      const double old = a;
      a = size - b;
      b = size - old;
    };
    for (auto& s : mirrored.sources) mirror(c.stack.size_x, s.x0, s.x1);
    for (auto& p : mirrored.probes) mirror(c.stack.size_x, p.x0, p.x1);
    std::swap(turned.stack.size_x, turned.stack.size_y);
    const auto turn = [](auto& r) {
      std::swap(r.x0, r.y0);
      std::swap(r.x1, r.y1);
    };
    std::for_each(turned.sources.begin(), turned.sources.end(), turn);
    std::for_each(turned.probes.begin(), turned.probes.end(), turn);
    // Upside down: layers reversed, a contact belongs to the layer above it.
    const std::size_t n = c.stack.layers.size();
    double height = 0;
    for (const auto& layer : c.stack.layers) height += layer.thickness;
    for (std::size_t l = 0; l < n; ++l) {
      over.stack.layers[l] = c.stack.layers[n - 1 - l];
      over.stack.layers[l].contact_below = l == 0 ? 0 : c.stack.layers[n - l].contact_below;
    }
    std::swap(over.stack.h_bottom, over.stack.h_top);
    for (auto& s : over.sources) {
      s.layer = static_cast<int>(n) - 1 - s.layer;
      if (s.place != Place::volume)
        s.place = s.place == Place::top_face ? Place::bottom_face : Place::top_face;
    }
    for (auto& p : over.probes) {
      p.layer = static_cast<int>(n) - 1 - p.layer;
      p.z = height - p.z;
      if (p.kind == Kind::top_face_mean)
        p.kind = Kind::bottom_face_mean;
      else if (p.kind == Kind::bottom_face_mean)
        p.kind = Kind::top_face_mean;
    }
    for (const auto& [name, other] :
         {std::pair{"mirrored", mirrored}, {"turned", turned}, {"upside down", over}}) {
      const auto r = all_modes(other);
      ASSERT_EQ(r.problem, "");
      const double most =
          std::abs(*std::max_element(plain.rise.begin(), plain.rise.end(),
                                     [](double a, double b) { return std::abs(a) < std::abs(b); }));
      for (std::size_t p = 0; p < plain.rise.size(); ++p)
        EXPECT_NEAR(r.rise[p], plain.rise[p], 2e-11 * most) << name << " seed " << seed << " probe " << p;
    }
  }
}

TEST(LayeredLaws, CuttingALayerInTwoChangesNothing) {
  for (unsigned seed = 40; seed < 80; ++seed) {
    const Case c = cases::random_case(seed, true);
    cases::Random r(seed);
    const int cut = r.below(static_cast<int>(c.stack.layers.size()));
    const double share = r.uniform(0.05, 0.95);
    Case d = c;
    auto& lower = d.stack.layers[std::size_t(cut)];
    auto upper = lower;
    upper.contact_below = 0;
    upper.thickness *= 1 - share;
    lower.thickness *= share;
    d.stack.layers.insert(d.stack.layers.begin() + cut + 1, upper);
    d.sources.clear();
    for (auto s : c.sources) {
      if (s.layer == cut && s.place == Place::volume) {
        auto part = s;
        part.power *= share;
        d.sources.push_back(part);
        part = s;
        part.layer = cut + 1;
        part.power *= 1 - share;
        d.sources.push_back(part);
        continue;
      }
      if (s.layer > cut || (s.layer == cut && s.place == Place::top_face)) ++s.layer;
      d.sources.push_back(s);
    }
    d.probes.clear();
    for (auto p : c.probes) {  // a volume mean of the cut layer becomes two probes
      if (p.kind == Kind::volume_mean && p.layer == cut) d.probes.push_back(p);
      if (p.layer > cut || (p.layer == cut && p.kind != Kind::bottom_face_mean)) ++p.layer;
      d.probes.push_back(p);
    }
    const auto whole = all_modes(c), parts = all_modes(d);
    ASSERT_EQ(parts.problem, "");
    double most = 0;
    for (const double v : whole.rise) most = std::max(most, std::abs(v));
    std::size_t k = 0;
    for (std::size_t p = 0; p < c.probes.size(); ++p) {
      double value = parts.rise[k++];
      if (c.probes[p].kind == Kind::volume_mean && c.probes[p].layer == cut)
        value = share * value + (1 - share) * parts.rise[k++];
      EXPECT_NEAR(value, whole.rise[p], 2e-11 * most) << "seed " << seed << " probe " << p;
    }
  }
}

TEST(LayeredLaws, AContactIsALayerThatDoesNotSpread) {
  Case c;
  c.stack = {5e-3, 4e-3, {{200e-6, 120, 120}, {1e-3, 390, 390, 3e-5}}, 10, 3000};
  c.sources = {{0, Place::volume, 1e-3, 2.2e-3, 0.5e-3, 1.5e-3, 5}};
  c.probes = {{Kind::volume_mean, 0, 1e-3, 2.2e-3, 0.5e-3, 1.5e-3},
              {Kind::top_face_mean, 1, 0, 2e-3, 0, 2e-3}};
  Case d = c;
  const double t = 1e-6;
  d.stack.layers[1].contact_below = 0;
  d.stack.layers.insert(d.stack.layers.begin() + 1, {t, 1e-9, t / 3e-5});
  d.probes[1].layer = 2;
  const auto contact = all_modes(c), layer = all_modes(d);
  for (std::size_t p = 0; p < 2; ++p) EXPECT_NEAR(contact.rise[p], layer.rise[p], 1e-8 * contact.rise[p]);
}

TEST(LayeredLaws, OrthotropyIsAStretchOfHeight) {
  // k_l, k_v, t behaves as the isotropic sqrt(k_l k_v) with thickness t sqrt(k_l/k_v).
  Case c;
  c.stack = {5e-3, 5e-3, {{300e-6, 90, 10}, {800e-6, 4, 1}}, 50, 2000};
  c.sources = {{0, Place::volume, 1e-3, 2e-3, 1e-3, 3e-3, 2},
               {1, Place::top_face, 3e-3, 4e-3, 1e-3, 3e-3, 1}};
  c.probes = {{Kind::volume_mean, 0, 0, 2e-3, 1e-3, 3e-3},
              {Kind::volume_mean, 1, 0, 2e-3, 1e-3, 3e-3},
              {Kind::point, 0, 1e-3, 1e-3, 1e-3, 1e-3, 100e-6}};
  Case d = c;
  d.stack.layers = {{900e-6, 30, 30}, {1600e-6, 2, 2}};
  d.probes[2].z = 300e-6;
  const auto ortho = all_modes(c), iso = all_modes(d);
  for (std::size_t p = 0; p < 3; ++p) EXPECT_NEAR(ortho.rise[p], iso.rise[p], 1e-12 * iso.rise[p]);
}

TEST(LayeredLaws, AnInfiniteFilmIsTheLimitOfStrongOnes) {
  for (unsigned seed = 80; seed < 100; ++seed) {
    Case c = cases::random_case(seed, true);
    c.stack.h_bottom = kInfinity;
    const auto held = all_modes(c);
    c.stack.h_bottom = 1e16;
    const auto strong = all_modes(c);
    double most = 0;
    for (const double v : held.rise) most = std::max(most, std::abs(v));
    for (std::size_t p = 0; p < held.rise.size(); ++p)
      EXPECT_NEAR(held.rise[p], strong.rise[p], 1e-7 * most + 1e-10) << "seed " << seed;
  }
}

TEST(LayeredLaws, ThePlaceOfMeansAlongALayerIsTheirVolumeMean) {
  // The volume mean is the integral of the means at height z: Gauss-Legendre with 5 points on 40 pieces.
  const double node[5] = {0, 0.5384693101056831, -0.5384693101056831, 0.9061798459386640,
                          -0.9061798459386640};
  const double weight[5] = {0.5688888888888889, 0.4786286704993665, 0.4786286704993665, 0.2369268850561891,
                            0.2369268850561891};
  for (const Place place : {Place::volume, Place::bottom_face, Place::top_face}) {
    for (int layer = 0; layer < 3; ++layer) {
      Case c;
      c.stack = {4e-3, 3e-3, {{300e-6, 50, 20}, {100e-6, 2, 3, 1e-6}, {900e-6, 300, 350}}, 200, kInfinity};
      c.sources = {{1, place, 1e-3, 1.7e-3, 0.2e-3, 2e-3, 1}};
      double bottom = 0;
      for (int l = 0; l < layer; ++l) bottom += c.stack.layers[std::size_t(l)].thickness;
      const double t = c.stack.layers[std::size_t(layer)].thickness;
      c.probes = {{Kind::volume_mean, layer, 0.8e-3, 2e-3, 0, 1e-3}};
      const int pieces = 40;
      for (int k = 0; k < pieces; ++k)
        for (const double x : node)
          c.probes.push_back(
              {Kind::point, 0, 0.8e-3, 2e-3, 0, 1e-3, bottom + t * (k + 0.5 + x / 2) / pieces});
      const auto r = all_modes(c, 32);
      double mean = 0;
      for (int k = 0; k < pieces; ++k)
        for (int i = 0; i < 5; ++i) mean += weight[i] / (2 * pieces) * r.rise[std::size_t(1 + 5 * k + i)];
      EXPECT_NEAR(mean, r.rise[0], 1e-11 * r.rise[0]) << "layer " << layer << " place " << int(place);
    }
  }
}

}  // namespace
}  // namespace bondline::numerics
