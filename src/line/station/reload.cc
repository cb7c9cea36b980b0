// A line file that is read again while its line runs: what says the same runs on, what says something else is
// changed, in an order in which no sample ever bears an id that means something else to the log:
//   machines that can't go on as they are end, then ids get their new meaning (between two batches), then
//   machines begin or take over, then sinks.
#include <fmt/format.h>

#include <chrono>

#include "line/gateway/drivers/modbus/modbus_driver.h"
#include "line/station/station.h"

namespace bondline::station {

namespace {

template <class T>
const T* named(const std::vector<T>& all, const std::string& name) {
  for (const T& one : all)
    if (one.name == name) return &one;
  return nullptr;
}

/// Whether an id means something to the log that no sample of the old meaning may bear.
bool means_another(const tags::TagTable& before, const tags::TagTable& next, tags::TagId id) {
  return id < before.size() && (before[id].name != next[id].name || before[id].type != next[id].type);
}

bool same_dictionary(const store::Dictionary& a, const store::Dictionary& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].name != b[i].name || a[i].unit != b[i].unit || a[i].type != b[i].type) return false;
  return true;
}

/// Whether a machine has a tag whose values were of another type before.
bool changes_types(const std::string& machine, const tags::TagTable& before, const tags::TagTable& next) {
  for (tags::TagId id = 0; id < before.size(); ++id)
    if (before.is_active(id) && before[id].machine == machine && means_another(before, next, id)) return true;
  return false;
}

}  // namespace

bool Reloaded::nothing() const {
  return started.empty() && ended.empty() && restarted.empty() && taken_over.empty() && tags_added == 0 &&
         tags_removed == 0 && !rules_changed;
}

std::string Reloaded::text() const {
  std::string out;
  const auto say = [&](const std::string& what) { out += (out.empty() ? "" : "; ") + what; };
  const auto list = [&](const std::vector<std::string>& names, const char* did) {
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
    if (!names.empty()) say(all + " " + did);
  };
  list(started, "started");
  list(ended, "ended");
  list(restarted, "restarted");
  list(taken_over, "went on with what is new");
  if (tags_added > 0) say(fmt::format("{} tags more", tags_added));
  if (tags_removed > 0) say(fmt::format("{} tags less", tags_removed));
  if (rules_changed) say("other rules");
  if (nothing()) say("nothing has changed");
  say(fmt::format("{:.0f} ms", 1e3 * seconds));
  return out;
}

bool Station::reload(base::Diagnostics& diagnostics, Reloaded* told) {
  const auto begun = std::chrono::steady_clock::now();
  const std::shared_ptr<const LineFile> before = line_;
  base::Diagnostics problems;
  std::optional<LineFile> read = load_line(files_, before->path, problems, before.get());
  if (read && read->fixed != before->fixed)
    problems.error({before->path, 0, 0}, "name, store and shards can't change while the line runs",
                   "restart it, or put them back");
  for (const auto& problem : problems.all()) diagnostics.add(problem);
  if (!read || problems.has_errors()) {
    audit_->record({local_user(), "reload", before->name, "refused: the line file has errors"});
    return false;
  }
  const auto next = std::make_shared<const LineFile>(std::move(*read));
  Reloaded what;
  for (const tags::Tag& tag : next->tags->all()) {
    const auto id = next->tags->find(tag.name);
    what.tags_added += id && !before->tags->find(tag.name);
  }
  for (const tags::Tag& tag : before->tags->all())
    what.tags_removed += before->tags->find(tag.name) && !next->tags->find(tag.name);

  Ended ended;
  for (const Machine& machine : before->machines) {
    const Machine* then = named(next->machines, machine.name);
    if (!then) {
      engine_->remove_driver(machine.name);
      what.ended.push_back(machine.name);
    } else if (then->said != machine.said && (changes_types(machine.name, *before->tags, *next->tags) ||
                                              std::holds_alternative<gateway::FileConfig>(then->protocol))) {
      // (Where a file is to be read on is known when nobody reads it any more.)
      engine_->remove_driver(machine.name, &ended[machine.name]);
    }
  }
  change_tags(next, what);
  change_machines(*before, *next, ended, what);
  change_servers(*before, *next, what);
  change_sinks(*before, *next, what);
  what.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  if (!what.nothing()) ++generation_;
  audit_->record({local_user(), "reload", next->name, what.text()});
  if (told) *told = std::move(what);
  return true;
}

void Station::change_tags(const std::shared_ptr<const LineFile>& next, Reloaded& what) {
  const std::shared_ptr<const LineFile> before = line_;
  store::Dictionary dictionary = dictionary_of(*next->tags);
  const bool same = same_dictionary(dictionary, dictionary_of(*before->tags));
  std::unique_ptr<RulesStage> stage = stage_of(*next);
  what.rules_changed = before->rules_said != next->rules_said;
  if (stage) stage->connect(*engine_);
  // Models begin with empty windows. Without memory for them the line goes on as it can.
  base::Diagnostics no_memory;
  std::unique_ptr<gateway::ModelStage> models = models_of(*next, stage.get(), no_memory);
  gateway::Stage* first = stage.get();
  if (models) first = models.get();
  engine_->set_stage(first, [&] {
    if (stage && stage_) stage->continue_from(*stage_);
    if (!same) log_->set_dictionary(std::move(dictionary));
  });
  std::vector<tags::TagId> others;
  for (tags::TagId id = 0; id < before->tags->size(); ++id)
    if (means_another(*before->tags, *next->tags, id)) others.push_back(id);
  if (!others.empty()) engine_->forget(others);
  const std::lock_guard lock(mutex_);
  std::swap(stage_, stage);
  std::swap(models_, models);
  line_ = next;
}

void Station::change_machines(const LineFile& before, const LineFile& next, const Ended& ended,
                              Reloaded& what) {
  for (const Machine& machine : next.machines) {
    const Machine* old = named(before.machines, machine.name);
    if (old && old->said == machine.said) continue;
    const auto counted = ended.find(machine.name);
    const std::string why =
        engine_->replace(driver_of(machine, next), counted == ended.end() ? nullptr : &counted->second);
    (!old ? what.started : why.empty() ? what.taken_over : what.restarted).push_back(machine.name);
  }
}

void Station::change_servers(const LineFile& before, const LineFile& next, Reloaded& what) {
  for (const ServeTarget& target : before.serves)
    if (!named(next.serves, target.name)) {
      engine_->remove_driver("serve:" + target.name);
      what.ended.push_back("serve " + target.name);
    }
  for (const ServeTarget& target : next.serves) {
    const ServeTarget* old = named(before.serves, target.name);
    if (old && old->said == target.said) continue;
    engine_->replace(server_of(target, next));
    (old ? what.restarted : what.started).push_back("serve " + target.name);
  }
}

void Station::change_sinks(const LineFile& before, const LineFile& next, Reloaded& what) {
  for (const SinkTarget& sink : before.sinks)
    if (!named(next.sinks, sink.name)) {
      engine_->remove_sink(sink.name);
      log_->forget(sink.name);  // it holds nothing back any more
      what.ended.push_back("sink " + sink.name);
    }
  for (const SinkTarget& sink : next.sinks) {
    const SinkTarget* old = named(before.sinks, sink.name);
    if (old && old->said == sink.said) continue;
    engine_->replace(sink_of(sink, next));
    (old ? what.restarted : what.started).push_back("sink " + sink.name);
  }
}

}  // namespace bondline::station
