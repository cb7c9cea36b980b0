// Models on windows of tags, by a clock of the test's own.
#include "line/gateway/inference/model_stage.h"

#include <gtest/gtest.h>

#include <thread>

#include "weighted.h"

using namespace bondline;
using namespace bondline::gateway;
using namespace std::chrono_literals;
using tags::Quality;

namespace {

constexpr std::int64_t kMs = 1'000'000, kWall = 1'795'251'600'000'000'000;

struct Bench {
  Bench(std::int64_t times, const std::function<void(ModelSpec&)>& change = {}) {
    for (const char* name : {"m.a", "m.b", "models.w.sum", "models.w.mean"}) {
      tags::Tag tag;
      tag.name = name;
      tags->add(tag);
    }
    ModelSpec spec;
    spec.name = "w";
    spec.model = inference::testing::model_of(weighted_model(times, 2));
    ModelInput input;
    input.tags = {0, 1};
    input.window = static_cast<std::size_t>(times);
    input.mean = {0, 0};
    input.deviation = {1, 1};
    spec.inputs = {input};
    spec.outputs = {{{2}}, {{3}}};
    spec.step = 10ms;
    spec.every = 10ms * times;
    if (change) change(spec);
    base::Diagnostics problems;
    stage = ModelStage::make({spec}, tags, nullptr, problems);
    EXPECT_TRUE(stage);
  }
  /// Values of a and b at a time; then, if asked, waits for what that started.
  void feed(std::int64_t ms, double a, double b, Quality quality = Quality::good) {
    in.clear();
    in.begin({kWall + ms * kMs, kWall + ms * kMs, ms * kMs});
    in.add(0, tags::bits_of(a), quality);
    in.add(1, tags::bits_of(b));
    out.clear();
    count(stage->process(in, out), in.size());
  }
  void tick(std::int64_t ms) {
    out.clear();
    count(stage->tick({kWall + ms * kMs, kWall + ms * kMs, ms * kMs}, out), 0);
  }
  void count(Stage::Effect effect, std::size_t received) {
    EXPECT_EQ(out.size(), received + effect.made - effect.suppressed);
    for (const tags::Run& run : out.runs())
      for (std::uint32_t i = run.first; i < run.first + run.count; ++i)
        if (out.tag()[i] >= 2)
          results.push_back({out.tag()[i], tags::number_of(tags::ValueType::f64, out.bits()[i]),
                             out.quality()[i], run.times.source_ns - kWall});
  }
  /// Ticks at one time until a result has come.
  void wait(std::int64_t ms) {
    const std::size_t before = results.size();
    for (int i = 0; i < 1000 && results.size() == before; ++i) {
      std::this_thread::sleep_for(1ms);
      tick(ms);
    }
  }
  ModelCounters counters() const {
    ModelCounters found;
    stage->each([&](const std::string&, const ModelCounters& c) { found = c; });
    return found;
  }
  struct Result {
    tags::TagId tag;
    double value;
    Quality quality;
    std::int64_t source_ns;
  };
  std::shared_ptr<tags::TagTable> tags = std::make_shared<tags::TagTable>();
  std::unique_ptr<ModelStage> stage;
  tags::Batch in, out;
  std::vector<Result> results;
};

}  // namespace

TEST(ModelStage, GivesAModelTheWindowAndItsTimes) {
  Bench b(3);
  b.feed(100, 1, 2);
  b.feed(110, 3, 4);
  b.feed(120, 5, 6);
  EXPECT_TRUE(b.results.empty());
  // 120 ms itself is over when something later comes, or by a tick.
  b.wait(121);
  ASSERT_EQ(b.results.size(), 2u);
  EXPECT_EQ(b.results[0].tag, 2u);
  EXPECT_FLOAT_EQ(static_cast<float>(b.results[0].value), 1 + 2 * 2 + 3 * 3 + 4 * 4 + 5 * 5 + 6 * 6);
  EXPECT_FLOAT_EQ(static_cast<float>(b.results[1].value), 3.5f);
  EXPECT_EQ(b.results[0].source_ns, 120 * kMs) << "true of the window's last time";
  EXPECT_EQ(b.counters().runs, 1u);
}

TEST(ModelStage, ValuesHoldUntilTheNextComes) {
  Bench b(3);
  b.feed(100, 1, 2);
  b.feed(105, 7, 2);
  b.feed(128, 9, 3);
  b.wait(128);
  ASSERT_EQ(b.results.size(), 2u);
  // At 100: 1 2; at 110 and 120: 7 2.
  EXPECT_FLOAT_EQ(static_cast<float>(b.results[0].value), 1 + 2 * 2 + 3 * 7 + 4 * 2 + 5 * 7 + 6 * 2);
}

TEST(ModelStage, NormalisesAndLaysOutByTagsIfToldSo) {
  Bench b(2, [](ModelSpec& spec) {
    spec.inputs[0].mean = {10, 20};
    spec.inputs[0].deviation = {2, 4};
    spec.inputs[0].time_first = false;
  });
  b.feed(100, 12, 20);
  b.feed(110, 14, 28);
  b.wait(110);
  ASSERT_EQ(b.results.size(), 2u);
  EXPECT_FLOAT_EQ(static_cast<float>(b.results[0].value), 1 * 1 + 2 * 2 + 3 * 0 + 4 * 2);
}

TEST(ModelStage, AWindowWithABadValueIsLeftOutAndToldOnce) {
  Bench b(2);
  b.feed(100, 1, 1);
  b.feed(110, 0, 1, Quality::bad_sensor);
  b.tick(110);
  b.tick(111);
  ASSERT_EQ(b.results.size(), 2u);
  EXPECT_EQ(b.results[0].quality, Quality::bad);
  b.feed(120, 0, 1, Quality::bad_sensor);
  b.feed(130, 0, 1, Quality::bad_sensor);
  b.tick(135);
  EXPECT_EQ(b.results.size(), 2u);
  EXPECT_EQ(b.counters().left_out, 2u);
  b.feed(140, 1, 1);
  b.feed(150, 1, 1);
  b.wait(150);
  ASSERT_EQ(b.results.size(), 4u);
  EXPECT_EQ(b.results[2].quality, Quality::good);
  b.feed(160, std::nan(""), 1);
  b.tick(170);
  b.tick(171);
  EXPECT_EQ(b.results.back().quality, Quality::bad) << "what is no number is bad";
}

TEST(ModelStage, OrTheLastGoodValueHolds) {
  Bench b(2, [](ModelSpec& spec) { spec.hold = true; });
  b.feed(100, 5, 1);
  b.feed(110, 0, 1, Quality::bad_sensor);
  b.wait(110);
  ASSERT_EQ(b.results.size(), 2u);
  EXPECT_FLOAT_EQ(static_cast<float>(b.results[0].value), 5 + 2 + 3 * 5 + 4);
  EXPECT_EQ(b.results[0].quality, Quality::uncertain_substitute);
}

TEST(ModelStage, SlidingWindowsOverlap) {
  Bench b(3, [](ModelSpec& spec) { spec.every = 10ms; });
  for (int i = 0; i < 6; ++i) {
    b.feed(100 + 10 * i, i, 0);
    if (i >= 2) b.wait(100 + 10 * i);
  }
  ASSERT_EQ(b.results.size(), 8u);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto first = static_cast<double>(i);
    EXPECT_FLOAT_EQ(static_cast<float>(b.results[2 * i].value),
                    static_cast<float>(first + 3 * (first + 1) + 5 * (first + 2)));
  }
}

TEST(ModelStage, WindowsThatComeWhileItRunsAreCountedAndDelayNobody) {
  Bench b(1);
  constexpr int kRounds = 5000;
  for (int i = 0; i < kRounds; ++i) b.feed(100 + 10 * i, i, 0);
  b.tick(100 + 10 * kRounds - 10);
  b.wait(100 + 10 * kRounds - 10);
  const ModelCounters c = b.counters();
  EXPECT_EQ(c.runs + c.skipped, static_cast<std::uint64_t>(kRounds));
  EXPECT_GT(c.runs, 0u);
  EXPECT_EQ(b.results.size(), 2 * c.runs);
}

TEST(ModelStage, ALongPauseIsNotMadeUpFor) {
  Bench b(2);
  b.feed(100, 1, 1);
  b.feed(110, 1, 1);
  b.wait(110);
  b.tick(3'600'000);
  const ModelCounters c = b.counters();
  EXPECT_LE(c.runs + c.skipped, 4u);
}
