// The pipeline as the engine's stage: nothing but names fitted to each other.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "line/gateway/engine/engine.h"
#include "line/gateway/pipeline/pipeline.h"
#include "line/station/line_file.h"

namespace bondline::station {

class RulesStage : public gateway::Stage {
 public:
  explicit RulesStage(const LineFile& line)
      : tags_(line.tags),
        pipeline_(
            line.tags, line.options, line.rules,
            [this](tags::TagId tag, std::uint64_t bits, std::string_view text) { route(tag, bits, text); }) {}
  /// Where routes go; before it starts.
  void connect(gateway::Engine& engine) { engine_ = &engine; }
  Effect process(const tags::Batch& in, tags::Batch& out) override {
    const pipeline::Effect effect = pipeline_.process(in, out);
    return {effect.suppressed, effect.made};
  }
  Effect tick(const tags::Times& now, tags::Batch& out) override {
    const pipeline::Effect effect = pipeline_.tick(now, out);
    return {effect.suppressed, effect.made};
  }
  pipeline::Pipeline& pipeline() { return pipeline_; }
  /// Goes on where `before` stands, between two batches.
  void continue_from(RulesStage& before) {
    pipeline_.continue_from(before.pipeline_);
    refused_ += before.refused_;
  }
  /// Values that were not written because they lie outside their target's limits.
  std::uint64_t refused() const { return refused_; }

 private:
  void route(tags::TagId target, std::uint64_t bits, std::string_view text) {
    const tags::Tag& tag = (*tags_)[target];
    const double number = tags::number_of(tag.type, bits);
    if ((tag.low && number < *tag.low) || (tag.high && number > *tag.high)) {
      ++refused_;
      return;
    }
    if (engine_) engine_->route(tag.machine, {target, bits, std::string(text)});
  }
  std::shared_ptr<const tags::TagTable> tags_;
  pipeline::Pipeline pipeline_;
  gateway::Engine* engine_ = nullptr;
  std::atomic<std::uint64_t> refused_{0};
};

}  // namespace bondline::station
