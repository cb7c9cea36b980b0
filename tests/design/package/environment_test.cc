// Films, standards and boards.
#include <gtest/gtest.h>

#include <cmath>

#include "sketch.h"

namespace bondline::package {
namespace {

Design block_in(const std::string& environment) {
  return load_sketch(
      "bondline: design/1\nname: b\nblock: {size: 10 mm, layers: [{material: Si, thickness: 1 mm, power: 1 "
      "W}]}\n" +
      environment);
}

double film_of(const Design& design, Face face) {
  double h = -1;
  for (const Film& film : design.environment.films)
    if (film.face == face && film.part.empty()) h = film.h;
  return h;
}

TEST(Films, DefaultToStillAirOnEveryFace) {
  const Design design = block_in("");
  EXPECT_EQ(design.environment.films.size(), 6u);
  for (const Film& film : design.environment.films) EXPECT_GT(film.h, 0);
  EXPECT_DOUBLE_EQ(design.environment.ambient, 298.15);
}

TEST(Films, LeaveUnnamedFacesAdiabaticOnceAnyIsWritten) {
  const Design design = block_in("environment: {ambient: 318.15 K, films: {top: 1e5 W/(m2 K)}}\n");
  EXPECT_DOUBLE_EQ(film_of(design, Face::top), 1e5);
  for (Face face : {Face::bottom, Face::west, Face::east, Face::south, Face::north})
    EXPECT_EQ(film_of(design, face), 0);
}

TEST(Films, AreFilledInByAStandardWhereUnnamed) {
  const Design design = block_in("environment: {standard: JESD51-2 still air, films: {top: 500 W/(m2 K)}}\n");
  EXPECT_DOUBLE_EQ(film_of(design, Face::top), 500);
  EXPECT_GT(film_of(design, Face::bottom), 0);
}

TEST(Films, GrowWithAirSpeed) {
  const double slow =
      film_of(block_in("environment: {standard: JESD51-6 forced air, velocity: 1 m/s}\n"), Face::top);
  const double fast =
      film_of(block_in("environment: {standard: JESD51-6 forced air, velocity: 5 m/s}\n"), Face::top);
  EXPECT_GT(fast, slow);
  EXPECT_GE(slow, film_of(block_in(""), Face::top));
}

TEST(Films, MayHoldAFaceAtAmbient) {
  EXPECT_TRUE(std::isinf(film_of(block_in("environment: {films: {bottom: inf}}\n"), Face::bottom)));
}

TEST(Films, OfSidesAreFourAndCarryTheirSource) {
  const Design design = block_in(
      "environment: {films: [{face: sides, h: 12 W/(m2 K), source: wind tunnel, year: 2021, confidence: "
      "high}]}\n");
  EXPECT_EQ(film_of(design, Face::west), 12);
  EXPECT_EQ(film_of(design, Face::north), 12);
  EXPECT_EQ(design.environment.films.back().from.source, "wind tunnel");
  EXPECT_EQ(design.environment.films.back().from.year, 2021);
}

TEST(Films, OfAColdPlateTakeItsTemperature) {
  const Design design =
      block_in("environment: {ambient: 40 degC, cold_plate: {h: 8000 W/(m2 K), temperature: 20 degC}}\n");
  EXPECT_EQ(film_of(design, Face::bottom), 8000);
  EXPECT_DOUBLE_EQ(design.environment.films.back().ambient, 293.15);
}

TEST(Films, OnAnUnknownPartAreRefused) {
  const std::string all = complaints(with(
      kSketch, "ambient: 55 degC,", "ambient: 55 degC, films: [{face: top, part: bord, h: 10 W/(m2 K)}],"));
  EXPECT_NE(all.find("a film on \"bord\", which is no part; did you mean \"board\"?"), std::string::npos)
      << all;
}

TEST(Board, GrowsWithThePackageAsTheStandardSays) {
  const Design design =
      load_sketch(with(kSketch, "body: {size: [12 mm, 12 mm]", "body: {size: [45 mm, 45 mm]"));
  EXPECT_EQ(design.board->size, (Vec2{127e-3, 139.5e-3}));
  const Design one_layer = load_sketch(with(kSketch, "JESD51-9 2s2p", "JESD51-3 1s"));
  EXPECT_EQ(one_layer.board->size, (Vec2{76.2e-3, 114.3e-3}));
  EXPECT_EQ(one_layer.board->layers.size(), 2u);
}

// The file's order of dies does not matter: the top of the stack comes first here.
TEST(Stacks, TakePlaceAndSideFromTheDieBelow) {
  const Design design = load_sketch(R"(bondline: design/1
body: {size: [12 mm, 12 mm]}
substrate: {layers: [{dielectric: HL832, thickness: 100 um}]}
dies:
  c: {size: 1 mm, thickness: 50 um, stacked_on: b}
  b: {size: 2 mm, thickness: 50 um, stacked_on: a}
  a: {size: 3 mm, thickness: 50 um, side: bottom, at: [2 mm, -1 mm]}
)");
  EXPECT_EQ(design.find_die("c")->at, (Vec2{2e-3, -1e-3}));
  EXPECT_EQ(design.find_die("c")->side, Side::bottom);
  EXPECT_EQ(design.find_die("b")->side, Side::bottom);
}

TEST(Defaults, AllSayWhereTheyComeFrom) {
  for (const Default& d : load_sketch(kSketch).defaults) {
    EXPECT_FALSE(d.path.empty());
    EXPECT_FALSE(d.value.empty()) << d.path;
    EXPECT_FALSE(d.source.empty()) << d.path;
  }
}

}  // namespace
}  // namespace bondline::package
