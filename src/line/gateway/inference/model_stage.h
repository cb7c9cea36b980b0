// Models between drivers and rules. Tags are sampled on each model's grid of times (the newest value holds
// until the next comes); every so often a full window goes to the model's thread, and what comes back passes
// on as samples made, true of the window's last time. Under the hub's lock nothing here waits, allocates or
// reckons more than copying a window.
#pragma once
#include <functional>
#include <map>

#include "line/gateway/engine/engine.h"
#include "line/gateway/inference/model_spec.h"

namespace bondline::gateway {

struct ModelCounters {
  std::uint64_t runs = 0;
  std::uint64_t skipped = 0;   ///< windows that were due while the model was still running
  std::uint64_t left_out = 0;  ///< windows that held a bad value
  std::uint64_t failed = 0;    ///< runs the data made an operator fail in
  double seconds = 0;          ///< the last run
};

class ModelStage : public Stage {
 public:
  /// `next` (may be null) gets all samples and those made; it and `tags` must outlive this. Null with the
  /// reason in `diagnostics`.
  static std::unique_ptr<ModelStage> make(std::vector<ModelSpec> models,
                                          std::shared_ptr<const tags::TagTable> tags, Stage* next,
                                          base::Diagnostics& diagnostics);
  ~ModelStage() override;
  Effect process(const tags::Batch& in, tags::Batch& out) override;
  Effect tick(const tags::Times& now, tags::Batch& out) override;
  /// Any thread.
  void each(const std::function<void(const std::string& name, const ModelCounters&)>& visit) const;

 private:
  struct Running;
  ModelStage(std::shared_ptr<const tags::TagTable> tags, Stage* next);
  void fetch(const tags::Times& now, tags::Batch& out, Effect& effect);
  void observe(const tags::Batch& batch);
  void advance(Running& model, const tags::Times& to, bool including);
  void due(Running& model, const tags::Times& at);
  void add_bad(Running& model, const tags::Times& at);
  void pass_on(const tags::Batch& batch, tags::Batch& out, Effect& effect);

  std::shared_ptr<const tags::TagTable> tags_;
  Stage* next_;
  std::vector<std::unique_ptr<Running>> models_;
  struct Reader {
    std::uint32_t model, window;
  };
  std::vector<std::uint32_t> readers_of_;  ///< by tag: where its readers begin; readers_of_[tag + 1]: end
  std::vector<Reader> readers_;
  tags::Batch results_, handed_on_;
};

}  // namespace bondline::gateway
