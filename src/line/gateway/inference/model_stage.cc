#include "line/gateway/inference/model_stage.h"

#include <algorithm>
#include <cmath>

#include "line/gateway/inference/runner.h"
#include "line/gateway/inference/window.h"

namespace bondline::gateway {

using tags::Quality;

/// One model and its windows.
struct ModelStage::Running {
  ModelSpec spec;
  std::unique_ptr<ModelRunner> runner;
  std::vector<TagWindow> windows;                  ///< one for each tag it reads
  std::vector<std::vector<std::uint32_t>> inputs;  ///< by port and tag: which window
  std::size_t longest = 1, steps_to_fill = 1, steps_to_run = 1;
  bool begun = false;
  std::int64_t next_ns = 0;  ///< when the grid moves on, by the monotonic clock
  tags::Times asked;         ///< the last time of the window that is being run
  Quality asked_quality = Quality::good;
  bool told_bad = false;
  std::atomic<std::uint64_t> runs{0}, skipped{0}, left_out{0}, failed{0};
};

ModelStage::ModelStage(std::shared_ptr<const tags::TagTable> tags, Stage* next)
    : tags_(std::move(tags)), next_(next) {}

ModelStage::~ModelStage() = default;

std::unique_ptr<ModelStage> ModelStage::make(std::vector<ModelSpec> models,
                                             std::shared_ptr<const tags::TagTable> tags, Stage* next,
                                             base::Diagnostics& diagnostics) {
  auto stage = std::unique_ptr<ModelStage>(new ModelStage(std::move(tags), next));
  std::vector<std::vector<Reader>> readers(stage->tags_->size());
  for (ModelSpec& spec : models) {
    auto model = std::make_unique<Running>();
    model->spec = std::move(spec);
    model->runner = ModelRunner::make(model->spec, diagnostics);
    if (!model->runner) return nullptr;
    for (const ModelInput& input : model->spec.inputs)
      model->longest = std::max(model->longest, input.window);
    const auto index = static_cast<std::uint32_t>(stage->models_.size());
    for (const ModelInput& input : model->spec.inputs) {
      auto& windows = model->inputs.emplace_back();
      for (const tags::TagId tag : input.tags) {
        const auto found = std::find_if(model->windows.begin(), model->windows.end(),
                                        [&](const TagWindow& w) { return w.tag() == tag; });
        windows.push_back(static_cast<std::uint32_t>(found - model->windows.begin()));
        if (found != model->windows.end()) continue;
        readers[tag].push_back({index, windows.back()});
        model->windows.emplace_back(tag, (*stage->tags_)[tag].type, model->longest);
      }
    }
    model->steps_to_fill = model->longest;
    model->steps_to_run =
        static_cast<std::size_t>(std::max<std::int64_t>(1, model->spec.every / model->spec.step));
    stage->models_.push_back(std::move(model));
  }
  for (const auto& some : readers) {
    stage->readers_of_.push_back(static_cast<std::uint32_t>(stage->readers_.size()));
    stage->readers_.insert(stage->readers_.end(), some.begin(), some.end());
  }
  stage->readers_of_.push_back(static_cast<std::uint32_t>(stage->readers_.size()));
  return stage;
}

void ModelStage::pass_on(const tags::Batch& batch, tags::Batch& out, Effect& effect) {
  if (next_) {
    const Effect further = next_->process(batch, out);
    effect.suppressed += further.suppressed;
    effect.made += further.made;
    return;
  }
  for (const tags::Run& run : batch.runs()) {
    out.begin(run.times);
    for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
      const tags::TagId tag = batch.tag()[i];
      if (tag < tags_->size() && (*tags_)[tag].type == tags::ValueType::text)
        out.add_text(tag, batch.text_of(i), batch.quality()[i]);
      else
        out.add(tag, batch.bits()[i], batch.quality()[i]);
    }
  }
}

void ModelStage::add_bad(Running& model, const tags::Times& at) {
  if (model.told_bad) return;
  model.told_bad = true;
  results_.begin(at);
  for (const ModelOutput& output : model.spec.outputs)
    for (const auto& tag : output.tags)
      if (tag) results_.add(*tag, 0, Quality::bad);
}

/// A window is full and it is time: it goes to the model, if that is free.
void ModelStage::due(Running& model, const tags::Times& at) {
  Quality worst = Quality::good;
  for (std::size_t port = 0; port < model.inputs.size(); ++port)
    for (const std::uint32_t w : model.inputs[port])
      for (std::size_t back = 0; back < model.spec.inputs[port].window; ++back) {
        const Quality quality = model.windows[w].quality(back);
        if (!tags::is_bad(quality)) {
          if (tags::is_uncertain(quality)) worst = Quality::uncertain;
          continue;
        }
        if (!model.spec.hold || !model.windows[w].ever_good()) {
          ++model.left_out;
          add_bad(model, at);
          return;
        }
        worst = Quality::uncertain;
      }
  if (!model.runner->idle()) {
    ++model.skipped;
    return;
  }
  for (std::size_t port = 0; port < model.inputs.size(); ++port) {
    const ModelInput& input = model.spec.inputs[port];
    const std::size_t tags = input.tags.size(), times = input.window;
    for (std::size_t tag = 0; tag < tags; ++tag)
      for (std::size_t time = 0; time < times; ++time) {
        const double value = model.windows[model.inputs[port][tag]].value(times - 1 - time);
        model.runner->put(port, input.time_first ? time * tags + tag : tag * times + time,
                          (value - input.mean[tag]) / input.deviation[tag]);
      }
  }
  model.asked = at;
  model.asked_quality = worst == Quality::uncertain ? Quality::uncertain_substitute : worst;
  model.runner->start();
}

/// Moves a model's grid on to a time; the time itself only if it is `including`.
void ModelStage::advance(Running& model, const tags::Times& to, bool including) {
  const std::int64_t step = model.spec.step.count();
  if (!model.begun) return;
  // After a long pause of the whole box only the newest window counts.
  const auto behind = (to.mono_ns - model.next_ns) / step;
  if (behind > static_cast<std::int64_t>(2 * model.longest + model.steps_to_run))
    model.next_ns += (behind - static_cast<std::int64_t>(model.longest)) * step;
  while (model.next_ns < to.mono_ns || (including && model.next_ns == to.mono_ns)) {
    for (TagWindow& window : model.windows) window.step();
    const std::int64_t back = to.mono_ns - model.next_ns;
    const tags::Times at{to.receive_ns - back, to.receive_ns - back, model.next_ns};
    model.next_ns += step;
    if (model.steps_to_fill > 1) {
      --model.steps_to_fill;
      continue;
    }
    model.steps_to_fill = model.steps_to_run;
    due(model, at);
  }
}

void ModelStage::observe(const tags::Batch& batch) {
  for (const tags::Run& run : batch.runs()) {
    // Values of one moment come together: times before it are over.
    for (const auto& model : models_) advance(*model, run.times, false);
    for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
      const tags::TagId tag = batch.tag()[i];
      if (tag + 1 >= readers_of_.size()) continue;
      for (std::uint32_t r = readers_of_[tag]; r < readers_of_[tag + 1]; ++r)
        models_[readers_[r].model]->windows[readers_[r].window].take(batch.bits()[i], batch.quality()[i]);
    }
    // A model's grid begins when the last of its tags has come.
    for (const auto& model : models_) {
      if (model->begun) continue;
      model->begun = std::all_of(model->windows.begin(), model->windows.end(),
                                 [](const TagWindow& window) { return window.ever(); });
      model->next_ns = run.times.mono_ns;
    }
  }
}

/// Results that wait become samples.
void ModelStage::fetch(const tags::Times& now, tags::Batch& out, Effect& effect) {
  for (const auto& model : models_) {
    ModelRunner& runner = *model->runner;
    if (!runner.done()) continue;
    ++model->runs;
    const tags::Times times{model->asked.source_ns, now.receive_ns, now.mono_ns};
    if (runner.failed()) {
      ++model->failed;
      add_bad(*model, times);
    } else {
      model->told_bad = false;
      results_.begin(times);
      for (std::size_t port = 0; port < model->spec.outputs.size(); ++port) {
        const auto& tags = model->spec.outputs[port].tags;
        for (std::size_t i = 0; i < tags.size(); ++i) {
          if (!tags[i]) continue;
          const double value = runner.element(port, i);
          results_.add(*tags[i], tags::bits_of(value),
                       std::isfinite(value) ? model->asked_quality : Quality::bad_not_a_number);
        }
      }
    }
    runner.fetched();
  }
  if (results_.empty()) return;
  // What is observed may be due for another model, and give new results.
  std::swap(results_, handed_on_);
  effect.made += handed_on_.size();
  pass_on(handed_on_, out, effect);
  observe(handed_on_);
  handed_on_.clear();
}

Stage::Effect ModelStage::process(const tags::Batch& in, tags::Batch& out) {
  Effect effect;
  if (!in.runs().empty()) fetch(in.runs().front().times, out, effect);
  observe(in);
  pass_on(in, out, effect);
  return effect;
}

Stage::Effect ModelStage::tick(const tags::Times& now, tags::Batch& out) {
  Effect effect;
  fetch(now, out, effect);
  for (const auto& model : models_) advance(*model, now, true);
  if (next_) {
    const Effect further = next_->tick(now, out);
    effect.suppressed += further.suppressed;
    effect.made += further.made;
  }
  return effect;
}

void ModelStage::each(const std::function<void(const std::string&, const ModelCounters&)>& visit) const {
  for (const auto& model : models_)
    visit(model->spec.name,
          {model->runs, model->skipped, model->left_out, model->failed, model->runner->seconds()});
}

}  // namespace bondline::gateway
