#include <algorithm>
#include <cmath>
#include <random>

#include "bench.h"

using namespace bondline;
using namespace bondline::pipeline;
using bondline::pipeline::testing::Bench;
using tags::Quality;
using namespace std::chrono_literals;

TEST(ComputedTag, FollowsItsInputsWhenTheResultChanges) {
  Bench b;
  const auto x = b.tag("a.x"), y = b.tag("a.y");
  const auto sum = b.rule("rules.sum", "a.x + a.y").made;
  const auto twice = b.rule("rules.twice", "rules.sum * 2").made;
  b.start();
  b.offer(x, 1);
  EXPECT_FALSE(b.of(sum)) << "waits until every input has come";
  b.offer(y, 2);
  EXPECT_EQ(b.number_of(sum), 3);
  EXPECT_EQ(b.number_of(twice), 6) << "rules read rules above them";
  EXPECT_EQ(b.of(sum)->times, b.times());
  b.offer(y, 2);
  EXPECT_FALSE(b.of(sum));
  b.offer(y, 2, Quality::uncertain);
  EXPECT_EQ(b.of(twice)->quality, Quality::uncertain);
  b.offer(y, 5, Quality::bad_sensor);
  EXPECT_EQ(b.of(sum)->quality, Quality::bad_sensor);
}

TEST(ComputedTag, SeesWhatADeadbandHoldsBack) {
  Bench b;
  const auto x = b.tag("a.x");
  b.options = {{x, 100.0}};
  const auto twice = b.rule("rules.twice", "a.x * 2").made;
  b.start();
  b.offer(x, 1);
  b.offer(x, 2);
  EXPECT_FALSE(b.of(x));
  EXPECT_EQ(b.number_of(twice), 4);
}

TEST(ComputedTag, OneRunIsOneMoment) {
  Bench b;
  const auto x = b.tag("a.x"), y = b.tag("a.y");
  const auto sum = b.rule("rules.sum", "a.x + a.y").made;
  b.start();
  b.in.begin(b.times());
  b.in.add(x, tags::bits_of(1.0));
  b.in.add(y, tags::bits_of(2.0));
  b.in.begin(b.times());
  b.in.add(x, tags::bits_of(3.0));
  b.in.add(y, tags::bits_of(0.0));
  b.process();
  EXPECT_EQ(b.made, 1u) << "x + y is 3 in both moments, never 5";
  EXPECT_EQ(b.number_of(sum), 3);
}

TEST(ComputedTag, PreviousRateChangedAndAge) {
  Bench b;
  const auto x = b.tag("a.x");
  const auto step = b.rule("rules.step", "a.x - previous(a.x)").made;
  const auto rate = b.rule("rules.rate", "rate(a.x)").made;
  const auto moved = b.rule("rules.moved", "changed(a.x)").made;
  Rule& age = b.rule("rules.age", "age(a.x)");
  age.every = 1s;
  const auto age_tag = age.made;
  b.start();
  b.offer(x, 10);
  EXPECT_EQ(b.made, 0u);
  b.offer(x, 14, Quality::good, 500);
  EXPECT_EQ(b.number_of(step), 4);
  EXPECT_DOUBLE_EQ(b.number_of(rate), 8);
  EXPECT_EQ(b.number_of(moved), 1);
  b.offer(x, 14, Quality::good, 500);
  EXPECT_EQ(b.number_of(moved), 0);
  b.tick();
  const auto last = b.wait(2000, age_tag);
  ASSERT_TRUE(last);
  EXPECT_NEAR(tags::number_of(tags::ValueType::f64, last->bits), 2, 0.11);
}

TEST(ComputedTag, AtAPeriodWhateverComes) {
  Bench b;
  const auto x = b.tag("a.x");
  Rule& rule = b.rule("rules.x", "a.x");
  rule.every = 500ms;
  const auto made = rule.made;
  b.start();
  b.tick();
  int count = 0;
  for (int i = 0; i < 50; ++i) {
    b.offer(x, 3);
    EXPECT_FALSE(b.of(made));
    b.tick(100);
    count += b.of(made).has_value();
  }
  EXPECT_EQ(count, 10);
}

TEST(ComputedTag, APeriodOfYearsEndsWhenTheyArePast) {
  Bench b;
  const auto x = b.tag("a.x");
  Rule& rule = b.rule("rules.x", "a.x");
  rule.every = std::chrono::hours(100 * 8766);  // the longest a line file may say
  const auto made = rule.made;
  b.start();
  b.offer(x, 3);
  b.tick();
  b.tick(rule.every / 1ms - 1);
  EXPECT_FALSE(b.of(made));
  b.tick(1);
  EXPECT_EQ(b.number_of(made), 3);
}

TEST(Route, WritesEveryNewValueOnceAndNoBadOne) {
  Bench b;
  const auto x = b.tag("a.x"), target = b.tag("b.speed", tags::ValueType::i64);
  Rule& rule = b.rule("rules.to_b", "a.x / 2");
  rule.route = target;
  b.start();
  b.offer(x, 7);
  b.offer(x, 7);
  b.offer(x, 7, Quality::uncertain);
  b.offer(x, 9, Quality::bad_device);
  b.offer(x, 20);
  ASSERT_EQ(b.written.size(), 2u);
  EXPECT_EQ(b.written[0].tag, target);
  EXPECT_EQ(b.written[0].bits, tags::bits_of(std::int64_t{4})) << "rounded to the target's type";
  EXPECT_EQ(b.written[1].bits, tags::bits_of(std::int64_t{10}));
}

TEST(Window, TumblingWindowsHoldEverySampleOnce) {
  Bench b;
  const auto x = b.tag("a.x");
  Rule& rule = b.rule("rules.count", "count(a.x)", true);
  rule.window = 1s;
  Rule& sum_rule = b.rule("rules.sum", "sum(a.x)", true);
  sum_rule.window = 1s;
  b.start();
  std::mt19937 random(1);
  double offered = 0, counted = 0, summed = 0, sum_offered = 0;
  const auto gather = [&] {
    for (std::size_t i = 0; i < b.out.size(); ++i) {
      const double number = tags::number_of(tags::ValueType::f64, b.out.bits()[i]);
      if (b.out.tag()[i] == b.rules[0].made) counted += number;
      if (b.out.tag()[i] == b.rules[1].made) summed += number;
    }
  };
  for (int i = 0; i < 3000; ++i) {
    b.now_ms += static_cast<std::int64_t>(random() % 60);
    if (random() % 3) {
      b.offer(x, i);
      ++offered;
      sum_offered += i;
    }
    if (i % 3 != 0) continue;
    b.tick();
    gather();
  }
  b.now_ms += 2000;
  b.tick();
  gather();
  EXPECT_EQ(counted, offered);
  EXPECT_EQ(summed, sum_offered);
}

TEST(Window, SlidingAggregatesAreThoseOfTheLastSeconds) {
  const char* names[] = {"min", "max", "mean", "range", "deviation", "first", "last", "p"};
  Bench b;
  const auto x = b.tag("a.x");
  for (const char* name : names) {
    const std::string text = std::string(name) == "p" ? "percentile(a.x, 90)" : std::string(name) + "(a.x)";
    Rule& rule = b.rule(std::string("rules.") + name, text, true);
    rule.window = 3s;
    rule.every = 500ms;
  }
  b.start();
  std::mt19937 random(2);
  std::vector<std::pair<std::int64_t, double>> all;
  int compared = 0;
  for (int i = 0; i < 400; ++i) {
    b.now_ms += static_cast<std::int64_t>(random() % 100);
    const double value = std::uniform_real_distribution<double>(-5, 5)(random);
    b.offer(x, value);
    all.emplace_back(b.now_ms * 1'000'000, value);
    b.tick();
    const auto mean = b.of(b.rules[2].made);
    if (!mean || all.size() < 3) continue;
    std::vector<double> inside;
    for (const auto& [at, v] : all)
      if (at >= mean->times.mono_ns - 3'000'000'000 && at < mean->times.mono_ns) inside.push_back(v);
    if (inside.size() < 2) continue;
    auto sorted = inside;
    std::sort(sorted.begin(), sorted.end());
    double total = 0, squares = 0;
    for (const double v : inside) total += v;
    const double average = total / static_cast<double>(inside.size());
    for (const double v : inside) squares += (v - average) * (v - average);
    const double rank = 0.9 * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(rank);
    const double above = sorted[std::min(below + 1, sorted.size() - 1)];
    const double expected[] = {sorted.front(),
                               sorted.back(),
                               average,
                               sorted.back() - sorted.front(),
                               std::sqrt(squares / static_cast<double>(inside.size() - 1)),
                               inside.front(),
                               inside.back(),
                               sorted[below] + (rank - static_cast<double>(below)) * (above - sorted[below])};
    for (std::size_t k = 0; k < 8; ++k)
      EXPECT_NEAR(b.number_of(b.rules[k].made), expected[k], 1e-9) << names[k];
    ++compared;
  }
  EXPECT_GT(compared, 20);
}

TEST(Window, ASessionEndsWithSilence) {
  Bench b;
  const auto x = b.tag("a.x");
  Rule& rule = b.rule("rules.boards", "count(a.x)", true);
  rule.gap = 1s;
  const auto made = rule.made;
  b.start();
  for (int i = 0; i < 5; ++i) b.offer(x, i, Quality::good, 300);
  EXPECT_FALSE(b.wait(1000, made));
  b.tick(100);
  EXPECT_EQ(b.number_of(made), 5);
  b.offer(x, 1);
  b.offer(x, 1, Quality::good, 5000);
  EXPECT_EQ(b.number_of(made), 1) << "ended by the next sample where no tick came in between";
}

TEST(Window, BadValuesAreLeftOutAndTold) {
  Bench b;
  const auto x = b.tag("a.x");
  Rule& rule = b.rule("rules.mean", "mean(a.x)", true);
  rule.window = 1s;
  Rule& runs = b.rule("rules.high", "count(a.x > 3)", true);
  runs.window = 1s;
  const auto mean = b.rules[0].made, high = b.rules[1].made;
  b.start();
  b.offer(x, 2);
  b.offer(x, 1000, Quality::bad_sensor, 100);
  b.offer(x, 4, Quality::good, 100);
  const auto first = b.wait(1000, mean);
  ASSERT_TRUE(first);
  EXPECT_EQ(tags::number_of(tags::ValueType::f64, first->bits), 3);
  EXPECT_EQ(first->quality, Quality::uncertain);
  b.offer(x, 7, Quality::bad_sensor, 100);
  const auto second = b.wait(1000, mean);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->quality, Quality::bad);
  EXPECT_FALSE(b.wait(3000, mean)) << "a mean of nothing is not made";
  b.offer(x, 5);
  const auto count = b.wait(1000, high);
  ASSERT_TRUE(count);
  EXPECT_EQ(tags::number_of(tags::ValueType::f64, count->bits), 1);
}

namespace {

AlarmState state_of(const std::optional<tags::Sample>& sample) {
  EXPECT_TRUE(sample);
  return sample ? static_cast<AlarmState>(sample->bits) : AlarmState{-1};
}

}  // namespace

TEST(Alarm, RisesAfterItsDelayAndFallsBelowItsHysteresis) {
  Bench b;
  const auto x = b.tag("a.x");
  Rule& rule = b.alarm("rules.hot", "a.x > 250");
  rule.release = b.program("a.x < 245");
  rule.on_delay = 3s;
  rule.off_delay = 1s;
  const auto hot = rule.made;
  b.start();
  b.offer(x, 240);
  EXPECT_EQ(state_of(b.of(hot)), AlarmState::normal) << "its first state is told";
  b.offer(x, 260);
  EXPECT_FALSE(b.wait(2900, hot));
  b.offer(x, 249);
  b.offer(x, 260);
  EXPECT_FALSE(b.wait(2900, hot)) << "the delay began anew";
  EXPECT_EQ(state_of(b.wait(200, hot)), AlarmState::raised);
  b.offer(x, 247);
  EXPECT_FALSE(b.wait(5000, hot)) << "between the two thresholds";
  b.offer(x, 244);
  EXPECT_FALSE(b.wait(900, hot));
  EXPECT_EQ(state_of(b.wait(200, hot)), AlarmState::normal);
}

TEST(Alarm, WaitsToBeAcknowledged) {
  Bench b;
  const auto x = b.tag("a.x"), button = b.tag("a.button", tags::ValueType::boolean);
  Rule& rule = b.alarm("rules.hot", "a.x > 250");
  rule.must_acknowledge = true;
  rule.acknowledge = b.program("a.button");
  const auto hot = rule.made;
  b.start();
  b.offer(button, 0);
  b.offer(x, 260);
  EXPECT_EQ(state_of(b.of(hot)), AlarmState::raised);
  b.offer(x, 200);
  EXPECT_EQ(state_of(b.of(hot)), AlarmState::gone);
  b.offer(x, 260);
  EXPECT_EQ(state_of(b.of(hot)), AlarmState::raised);
  b.offer(button, 1);
  EXPECT_EQ(state_of(b.of(hot)), AlarmState::acknowledged);
  b.offer(x, 200);
  EXPECT_EQ(state_of(b.of(hot)), AlarmState::normal);
  b.offer(x, 260);
  EXPECT_EQ(state_of(b.of(hot)), AlarmState::raised) << "a button that stays pressed acknowledges once";
  EXPECT_TRUE(b.pipeline->acknowledge(hot));
  EXPECT_FALSE(b.pipeline->acknowledge(x));
  EXPECT_EQ(state_of(b.wait(100, hot)), AlarmState::acknowledged);
}

TEST(Alarm, ALostSensorNeitherRaisesNorEndsIt) {
  Bench b;
  const auto x = b.tag("a.x");
  const auto hot = b.alarm("rules.hot", "a.x > 250").made;
  b.start();
  b.offer(x, 260);
  b.offer(x, 0, Quality::bad_not_connected);
  EXPECT_EQ(state_of(b.of(hot)), AlarmState::raised);
  EXPECT_EQ(b.of(hot)->quality, Quality::bad_not_connected);
  EXPECT_FALSE(b.wait(2000, hot));
  b.offer(x, 100);
  EXPECT_EQ(state_of(b.of(hot)), AlarmState::normal);
  EXPECT_EQ(b.of(hot)->quality, Quality::good);
}

TEST(Alarm, AStaleInputIsSeenByRules) {
  Bench b;
  const auto x = b.tag("a.x");
  b.options = {{x, std::nullopt, 0s, 1, 1s}};
  const auto silent = b.alarm("rules.silent", "uncertain(a.x)").made;
  const auto old = b.alarm("rules.old", "age(a.x) > 0.5").made;
  b.start();
  b.offer(x, 1);
  EXPECT_EQ(state_of(b.wait(600, old)), AlarmState::raised);
  EXPECT_EQ(state_of(b.wait(1000, silent)), AlarmState::raised);
  b.offer(x, 1);
  EXPECT_EQ(state_of(b.of(silent)), AlarmState::normal);
}
