#include <cmath>
#include <random>

#include "bench.h"

using namespace bondline;
using namespace bondline::pipeline;
using bondline::pipeline::testing::Bench;
using tags::Quality;
using namespace std::chrono_literals;

TEST(Thinning, ATagWithoutOptionsPassesAsItIs) {
  Bench b;
  const auto x = b.tag("a.x"), t = b.tag("a.t", tags::ValueType::text);
  b.start();
  b.in.begin(b.times());
  b.in.add(x, tags::bits_of(1.0), Quality::uncertain);
  b.in.add_text(t, "hello");
  b.in.begin({5, 6, 7});
  b.in.add(x, tags::bits_of(1.0));
  b.process();
  ASSERT_EQ(b.out.size(), 3u);
  EXPECT_EQ(b.out.text_of(1), "hello");
  EXPECT_EQ(b.out.quality()[0], Quality::uncertain);
  EXPECT_EQ(b.out.runs()[1].times, (tags::Times{5, 6, 7}));
}

TEST(Thinning, OutsideItsLimitsAValueIsUncertain) {
  Bench b;
  tags::Tag tag;
  tag.name = "a.x";
  tag.low = 0;
  tag.high = 10;
  const auto x = *b.tags->add(tag);
  b.start();
  const std::tuple<double, Quality, Quality> cases[] = {
      {5, Quality::good, Quality::good},
      {10, Quality::good, Quality::good},
      {10.1, Quality::good, Quality::uncertain_out_of_range},
      {-0.1, Quality::good, Quality::uncertain_out_of_range},
      {11, Quality::bad_sensor, Quality::bad_sensor},
      {11, Quality::uncertain, Quality::uncertain},
      {std::nan(""), Quality::good, Quality::bad_not_a_number}};
  for (const auto& [number, given, judged] : cases) {
    b.offer(x, number, given);
    EXPECT_EQ(b.of(x)->quality, judged) << number;
  }
}

TEST(Thinning, ADeadbandHoldsBackWhatHasNotMoved) {
  Bench b;
  const auto x = b.tag("a.x");
  b.options = {{x, 1.0, 10s}};
  b.start();
  b.offer(x, 20);
  EXPECT_TRUE(b.of(x));
  b.offer(x, 21, Quality::good, 100);
  EXPECT_FALSE(b.of(x)) << "moved by the deadband itself";
  b.offer(x, 20.9, Quality::good, 100);
  EXPECT_FALSE(b.of(x));
  b.offer(x, 21.1, Quality::good, 100);
  EXPECT_TRUE(b.of(x)) << "compared with what passed last";
  b.offer(x, 21.2, Quality::uncertain, 100);
  EXPECT_TRUE(b.of(x)) << "another quality";
  b.offer(x, 21.2, Quality::good, 100);
  EXPECT_TRUE(b.of(x)) << "and back";
  b.offer(x, 21.2, Quality::good, 9900);
  EXPECT_FALSE(b.of(x));
  b.offer(x, 21.2, Quality::good, 100);
  EXPECT_TRUE(b.of(x)) << "silent for long enough";
  b.offer(x, std::nan(""), Quality::good, 1);
  EXPECT_EQ(b.of(x)->quality, Quality::bad_not_a_number);
  b.offer(x, std::nan(""), Quality::good, 1);
  EXPECT_FALSE(b.of(x));
  EXPECT_EQ(b.suppressed, 4u);
}

TEST(Thinning, ADeadbandOfNothingPassesChangesOfAnyType) {
  Bench b;
  const auto n = b.tag("a.n", tags::ValueType::u64), t = b.tag("a.t", tags::ValueType::text);
  b.options = {{n, 0.0}, {t, 0.0}};
  b.start();
  const auto text = [&](const char* words) {
    b.in.clear();
    b.in.begin(b.times());
    b.in.add_text(t, words);
    b.process();
    return b.out.size();
  };
  EXPECT_EQ(text("run"), 1u);
  EXPECT_EQ(text("run"), 0u);
  EXPECT_EQ(text("stop"), 1u);
  EXPECT_EQ(b.out.text_of(0), "stop");
  b.offer(n, 3);
  b.offer(n, 3);
  EXPECT_EQ(b.out.size(), 0u);
  b.offer(n, 4);
  EXPECT_EQ(b.out.size(), 1u);
}

TEST(Thinning, DecimationKeepsEveryNthAndEveryChangeOfQuality) {
  Bench b;
  const auto x = b.tag("a.x");
  b.options = {{x, std::nullopt, 0s, 4}};
  b.start();
  std::string passed;
  for (int i = 0; i < 12; ++i) {
    b.offer(x, i, i == 6 ? Quality::uncertain : Quality::good, 10);
    passed += b.out.empty() ? '.' : 'x';
  }
  EXPECT_EQ(passed, "x...x.xx...x");
}

TEST(Thinning, SilenceMakesAValueUncertainOnce) {
  Bench b;
  const auto x = b.tag("a.x");
  b.options = {{x, std::nullopt, 0s, 1, 2s}};
  b.start();
  EXPECT_FALSE(b.wait(5000, x)) << "never came: nothing to tell";
  b.offer(x, 42);
  EXPECT_FALSE(b.wait(2000, x));
  b.tick(100);
  ASSERT_TRUE(b.of(x));
  EXPECT_EQ(b.of(x)->quality, Quality::uncertain_last_usable);
  EXPECT_EQ(b.number_of(x), 42);
  EXPECT_FALSE(b.wait(10'000, x));
  b.offer(x, 42);
  EXPECT_EQ(b.of(x)->quality, Quality::good);
  b.offer(x, 42, Quality::bad_not_connected);
  EXPECT_FALSE(b.wait(5000, x)) << "bad already";
}

TEST(Thinning, WhateverComesTheReceiverIsNeverWrongByMoreThanTheDeadband) {
  std::mt19937 random(4);
  for (const double deadband : {0.0, 0.5, 3.0}) {
    Bench b;
    std::vector<tags::TagId> ids;
    for (int i = 0; i < 5; ++i) ids.push_back(b.tag("a.x" + std::to_string(i)));
    for (const auto id : ids) b.options.push_back({id, deadband, id % 2 ? 3s : 0s});
    b.start();
    std::vector<double> value(5, 0), known(5, std::nan(""));
    std::vector<Quality> known_quality(5);
    for (int round = 0; round < 2000; ++round) {
      b.now_ms += 50;
      b.in.clear();
      std::vector<std::pair<double, Quality>> offered;
      for (int r = 0; r < 2; ++r) {
        b.in.begin(b.times());
        for (std::size_t i = 0; i < 5; ++i) {
          value[i] += std::normal_distribution<double>(0, 0.4)(random);
          const Quality quality = random() % 50 ? Quality::good : Quality::uncertain;
          b.in.add(ids[i], tags::bits_of(value[i]), quality);
          offered.emplace_back(value[i], quality);
        }
      }
      b.process();
      for (std::size_t s = 0; s < b.out.size(); ++s) {
        known[b.out.tag()[s]] = tags::number_of(tags::ValueType::f64, b.out.bits()[s]);
        known_quality[b.out.tag()[s]] = b.out.quality()[s];
      }
      for (std::size_t i = 0; i < 5; ++i) {
        ASSERT_LE(std::fabs(known[i] - offered[5 + i].first), deadband);
        ASSERT_EQ(known_quality[i], offered[5 + i].second);
      }
    }
    EXPECT_GE(b.suppressed, deadband > 1 ? b.received / 2 : 0);
  }
}
