// A small line of tags with a pipeline, fed by hand and by its own clock.
#pragma once
#include <gtest/gtest.h>

#include "line/gateway/pipeline/pipeline.h"

namespace bondline::pipeline::testing {

struct Bench {
  std::shared_ptr<tags::TagTable> tags = std::make_shared<tags::TagTable>();
  std::vector<TagOptions> options;
  std::vector<Rule> rules;
  struct Written {
    tags::TagId tag;
    std::uint64_t bits;
    std::string text;
  };
  std::vector<Written> written;
  std::unique_ptr<Pipeline> pipeline;
  tags::Batch in, out;
  std::uint64_t received = 0, suppressed = 0, made = 0, stored = 0;
  std::int64_t now_ms = 1000;

  tags::TagId tag(const std::string& name, tags::ValueType type = tags::ValueType::f64) {
    tags::Tag made_tag;
    made_tag.name = name;
    made_tag.type = type;
    return *tags->add(made_tag);
  }
  rules::Program program(const std::string& text) {
    base::Diagnostics diagnostics;
    auto made_program = rules::compile(text, {}, {*tags, {}}, diagnostics);
    EXPECT_TRUE(made_program) << base::to_text(diagnostics.all()[0]);
    return std::move(*made_program);
  }
  /// Appends a rule and its tag.
  Rule& rule(const std::string& name, const std::string& text, bool windowed = false) {
    base::Diagnostics diagnostics;
    auto emission = rules::compile_emission(text, {}, {*tags, {}}, windowed, diagnostics);
    EXPECT_TRUE(emission) << base::to_text(diagnostics.all()[0]);
    Rule added;
    const rules::Type type = emission->aggregate ? rules::Type::number : emission->program.type();
    added.made = tag(name, type == rules::Type::text      ? tags::ValueType::text
                           : type == rules::Type::boolean ? tags::ValueType::boolean
                                                          : tags::ValueType::f64);
    added.what = std::move(*emission);
    rules.push_back(std::move(added));
    return rules.back();
  }
  Rule& alarm(const std::string& name, const std::string& text) {
    Rule added;
    added.what.program = program(text);
    added.made = tag(name, tags::ValueType::i64);
    added.alarm = true;
    rules.push_back(std::move(added));
    return rules.back();
  }
  void start() {
    pipeline = std::make_unique<Pipeline>(tags, options, rules,
                                          [this](tags::TagId id, std::uint64_t bits, std::string_view text) {
                                            written.push_back({id, bits, std::string(text)});
                                          });
  }
  tags::Times times() const { return {now_ms * 1'000'000 + 7, now_ms * 1'000'000 + 9, now_ms * 1'000'000}; }
  void count(Effect effect) {
    suppressed += effect.suppressed;
    made += effect.made;
    stored += out.size();
    std::uint64_t in_runs = 0;
    for (const tags::Run& run : out.runs()) {
      EXPECT_EQ(run.first, in_runs);
      EXPECT_GT(run.count, 0u) << "no empty runs";
      in_runs += run.count;
    }
    EXPECT_EQ(in_runs, out.size());
    EXPECT_EQ(received + made, suppressed + stored) << "counters balance after every call";
  }
  void process() {
    received += in.size();
    out.clear();
    count(pipeline->process(in, out));
  }
  /// One sample at a time `after` ms later.
  void offer(tags::TagId id, double number, tags::Quality quality = tags::Quality::good,
             std::int64_t after = 0) {
    now_ms += after;
    in.clear();
    in.begin(times());
    const auto type = (*tags)[id].type;
    in.add(id,
           type == tags::ValueType::boolean ? number != 0
           : type == tags::ValueType::u64   ? static_cast<std::uint64_t>(number)
                                            : tags::bits_of(number),
           quality);
    process();
  }
  void tick(std::int64_t after = 0) {
    now_ms += after;
    out.clear();
    count(pipeline->tick(times(), out));
  }
  /// Lets time pass in ticks of 100 ms; the last sample of a tag made in between.
  std::optional<tags::Sample> wait(std::int64_t ms, tags::TagId id) {
    std::optional<tags::Sample> last;
    for (std::int64_t t = 0; t < ms; t += 100) {
      tick(100);
      if (auto sample = of(id)) last = sample;
    }
    return last;
  }
  /// The last sample of a tag in what came out.
  std::optional<tags::Sample> of(tags::TagId id) const {
    std::optional<tags::Sample> found;
    for (const tags::Run& run : out.runs())
      for (std::uint32_t i = run.first; i < run.first + run.count; ++i)
        if (out.tag()[i] == id) found = {id, out.bits()[i], out.quality()[i], run.times};
    return found;
  }
  double number_of(tags::TagId id) const {
    const auto sample = of(id);
    return sample ? tags::number_of((*tags)[id].type, sample->bits) : -1e300;
  }
};

}  // namespace bondline::pipeline::testing
