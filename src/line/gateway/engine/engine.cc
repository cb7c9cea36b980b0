#include "line/gateway/engine/engine.h"

#include <thread>

#include "line/gateway/engine/hub.h"
#include "line/gateway/engine/schedule.h"

namespace bondline::gateway {

namespace {

struct Shard {
  net::Loop loop;
  std::thread thread;
  int members = 0;
};

/// One driver or one sink on its shard. Everything but `runner` is fixed once it is there.
template <class T>
struct Member {
  std::unique_ptr<T> what;
  Shard* shard = nullptr;
  std::unique_ptr<net::Group> group;
  std::atomic<int> routed{0};
};
using DriverMember = Member<Driver>;
struct SinkMember : Member<Sink> {
  std::unique_ptr<Feed> feed;
};

/// Runs `once` again and again until its scope ends; pauses longer and longer after failures.
template <class Status>
net::Task<> supervise(Status& status, std::function<net::Task<>()> once, EngineOptions options,
                      std::uint64_t seed) {
  net::Scope& scope = co_await net::current_scope();
  BackOff back_off(options.first_pause, options.most_pause, seed);
  while (!scope.cancelled()) {
    const auto begun = net::Clock::now();
    std::string problem;
    try {
      co_await once();
      problem = "ended by itself";
    } catch (const std::exception& thrown) {
      problem = thrown.what();
    }
    if (scope.cancelled()) break;
    status.say(problem);
    status.state = DriverState::failed;
    ++status.restarts;
    if (net::Clock::now() - begun > options.most_pause) back_off.reset();
    co_await net::sleep_for(back_off.next());
  }
  status.state = DriverState::stopped;
}

net::Task<> set_when_joined(net::Group& group, std::shared_ptr<std::promise<void>> done) {
  co_await group.join();
  done->set_value();
}

net::Task<> write_once(Driver& driver, Setting setting, net::Clock::time_point until,
                       std::function<void(std::string)> told) {
  net::Scope& scope = co_await net::current_scope();
  std::string problem;
  {
    net::Deadline deadline(scope, until);
    try {
      problem = co_await deadline.run(driver.write(std::move(setting)));
    } catch (const std::exception& thrown) {
      problem = thrown.what();
    }
    if (deadline.passed()) problem = "timed out";
  }
  told(std::move(problem));
}

net::Task<> tick_on(Hub& hub, std::chrono::nanoseconds interval) {
  Schedule schedule(net::Clock::now() + interval, interval);
  for (;;) {
    const std::error_code ended = co_await net::sleep_until(schedule.advance(net::Clock::now()));
    if (ended) co_return;
    hub.tick();
  }
}

}  // namespace

struct Engine::Impl {
  Impl(store::Log& l, Stage* stage, EngineOptions o)
      : log(l),
        options(o),
        hub(l, stage, o.wall_ns),
        interval(stage ? stage->interval() : std::chrono::nanoseconds{0}) {
    for (int i = 0; i < std::max(1, options.shards); ++i) shards.push_back(std::make_unique<Shard>());
    log.on_durable([this](std::uint64_t end) {
      hub.durable(end);
      const std::lock_guard lock(mutex);
      for (auto& [name, sink] : sinks)
        if (sink->feed) sink->feed->wake();
      // A driver that is removed is taken out of the map first, and what is posted here runs before its end.
      for (auto& [name, driver] : drivers)
        if (driver->what->waits_for_durable_.exchange(false))
          driver->shard->loop.post([what = driver->what.get()] { what->on_durable(); });
    });
  }

  Shard& least() {
    auto it = std::min_element(shards.begin(), shards.end(),
                               [](auto& a, auto& b) { return a->members < b->members; });
    ++(*it)->members;
    return **it;
  }

  /// Starts ticking on the first shard once there is a stage that wants it; `mutex` is held.
  void begin_ticking() {
    if (is_ticking || !running || interval.count() == 0) return;
    is_ticking = true;
    shards.front()->loop.post([this] {
      ticking = std::make_unique<net::Group>(shards.front()->loop);
      ticking->spawn(tick_on(hub, interval));
    });
  }

  void launch(DriverMember& member) {
    member.shard->loop.post([this, &member] {
      member.group = std::make_unique<net::Group>(member.shard->loop);
      Driver& driver = *member.what;
      member.group->spawn(supervise(
          driver.status_, [this, &driver]() -> net::Task<> { return driver.run(hub); }, options,
          std::hash<std::string>{}(driver.machine())));
    });
  }

  void launch(SinkMember& member) {
    member.shard->loop.post([this, &member] {
      member.group = std::make_unique<net::Group>(member.shard->loop);
      Sink& sink = *member.what;
      member.group->spawn(supervise(
          sink.status_,
          [&member, &sink]() -> net::Task<> {
            member.feed->rewind();
            return sink.run(*member.feed);
          },
          options, std::hash<std::string>{}(sink.name())));
    });
  }

  /// Cancels and joins a member on its own loop.
  template <class M>
  void end(M& member) {
    auto done = std::make_shared<std::promise<void>>();
    auto joined = done->get_future();
    net::Group ending(member.shard->loop);
    auto ended = std::make_shared<std::promise<void>>();
    member.shard->loop.post([&, done] {
      if (!member.group) {
        done->set_value();
        return;
      }
      member.group->cancel();
      ending.spawn(set_when_joined(*member.group, done));
    });
    joined.wait();
    // `done` is set within the last task of `ending`; let that task leave before its group goes.
    member.shard->loop.post([ended] { ended->set_value(); });
    ended->get_future().wait();
  }

  /// Takes a member out and ends it; null when there is none of that name.
  template <class M>
  std::unique_ptr<M> take(std::map<std::string, std::unique_ptr<M>>& members, const std::string& name) {
    std::unique_ptr<M> member;
    {
      const std::lock_guard lock(mutex);
      const auto it = members.find(name);
      if (it == members.end()) return nullptr;
      member = std::move(it->second);
      members.erase(it);
      --member->shard->members;
    }
    if (running) end(*member);
    return member;
  }

  store::Log& log;
  EngineOptions options;
  Hub hub;
  std::chrono::nanoseconds interval;  ///< of the stage; 0: none
  std::vector<std::unique_ptr<Shard>> shards;
  mutable std::mutex mutex;  ///< guards the two maps, not what is in them
  std::map<std::string, std::unique_ptr<DriverMember>> drivers;
  std::map<std::string, std::unique_ptr<SinkMember>> sinks;
  std::unique_ptr<net::Group> ticking;
  std::map<std::string, std::uint64_t> route_problems;
  bool running = false, is_ticking = false;
};

Engine::Engine(store::Log& log, Stage* stage, EngineOptions options)
    : impl_(std::make_unique<Impl>(log, stage, options)) {}

Engine::~Engine() {
  stop();
  impl_->log.on_durable({});
}

void Engine::add(std::unique_ptr<Driver> driver) {
  auto member = std::make_unique<DriverMember>();
  member->what = std::move(driver);
  const std::lock_guard lock(impl_->mutex);
  member->shard = &impl_->least();
  DriverMember& placed = *(impl_->drivers[member->what->machine()] = std::move(member));
  if (impl_->running) impl_->launch(placed);
}

void Engine::add(std::unique_ptr<Sink> sink) {
  auto member = std::make_unique<SinkMember>();
  member->what = std::move(sink);
  const std::lock_guard lock(impl_->mutex);
  member->shard = &impl_->least();
  member->feed = std::make_unique<Feed>(impl_->log, member->what->name(), member->shard->loop);
  SinkMember& placed = *(impl_->sinks[member->what->name()] = std::move(member));
  if (impl_->running) impl_->launch(placed);
}

bool Engine::remove_driver(const std::string& machine, DriverStatus* last) {
  const auto member = impl_->take(impl_->drivers, machine);
  if (member && last) last->continue_from(member->what->status_);
  return member != nullptr;
}

bool Engine::remove_sink(const std::string& name) {
  return impl_->take(impl_->sinks, name) != nullptr;
}

std::string Engine::retag(const std::string& machine, std::vector<tags::TagId> tags) {
  std::promise<std::string> promise;
  auto told = promise.get_future();
  {
    const std::lock_guard lock(impl_->mutex);
    const auto it = impl_->drivers.find(machine);
    if (it == impl_->drivers.end()) return "there is no machine \"" + machine + "\"";
    Driver& driver = *it->second->what;
    if (!impl_->running) return driver.retag(std::move(tags));
    it->second->shard->loop.post([&] { promise.set_value(driver.retag(std::move(tags))); });
  }
  return told.get();
}

std::string Engine::replace(std::unique_ptr<Driver> next, const DriverStatus* counted) {
  const std::string machine = next->machine();
  std::promise<std::string> promise;
  auto told = promise.get_future();
  {
    const std::lock_guard lock(impl_->mutex);
    const auto it = impl_->drivers.find(machine);
    if (it == impl_->drivers.end()) {
      promise.set_value("there was no such machine");
    } else if (!impl_->running) {
      promise.set_value("the line is not running");
    } else {
      it->second->shard->loop.post([&promise, &driver = *it->second->what, &next] {
        std::string why;
        try {
          why = driver.take_over(*next);
        } catch (const std::exception& thrown) {
          why = thrown.what();
        }
        promise.set_value(std::move(why));
      });
    }
  }
  const std::string why = told.get();
  if (why.empty()) return why;
  if (const auto before = impl_->take(impl_->drivers, machine))
    next->status_.continue_from(before->what->status_);
  else if (counted)
    next->status_.continue_from(*counted);
  add(std::move(next));
  return why;
}

void Engine::replace(std::unique_ptr<Sink> next) {
  if (const auto before = impl_->take(impl_->sinks, next->name()))
    next->status_.continue_from(before->what->status_);
  add(std::move(next));
}

void Engine::set_stage(Stage* stage, const std::function<void()>& meanwhile) {
  impl_->hub.set_stage(stage, meanwhile);
  const std::lock_guard lock(impl_->mutex);
  if (stage && impl_->interval.count() == 0) impl_->interval = stage->interval();
  impl_->begin_ticking();
}

void Engine::forget(const std::vector<tags::TagId>& tags) {
  impl_->hub.forget(tags);
}

void Engine::start() {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->running) return;
  impl_->running = true;
  for (auto& shard : impl_->shards) shard->thread = std::thread([&loop = shard->loop] { loop.run(); });
  for (auto& [name, member] : impl_->sinks) impl_->launch(*member);
  for (auto& [name, member] : impl_->drivers) impl_->launch(*member);
  impl_->begin_ticking();
}

void Engine::stop() {
  if (!impl_->running) return;
  // Members are neither added nor removed from here on: whoever stops the engine owns it.
  for (auto& [name, member] : impl_->drivers) impl_->end(*member);
  if (impl_->is_ticking) {
    impl_->is_ticking = false;
    Member<Driver> ticker;
    ticker.shard = impl_->shards.front().get();
    auto ready = std::make_shared<std::promise<void>>();
    ticker.shard->loop.post([&, ready] {
      ticker.group = std::move(impl_->ticking);
      ready->set_value();
    });
    ready->get_future().wait();
    impl_->end(ticker);
    impl_->hub.tick();
  }
  impl_->log.commit();
  const auto until = net::Clock::now() + impl_->options.drain;
  for (auto& [name, member] : impl_->sinks) {
    member->feed->wake();
    while (member->feed->pending() > 0 && member->what->status_.state == DriverState::connected &&
           net::Clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    impl_->end(*member);
  }
  impl_->log.commit();
  for (auto& shard : impl_->shards) shard->loop.stop();
  for (auto& shard : impl_->shards) shard->thread.join();
  for (auto& [name, member] : impl_->drivers) member->group.reset();
  for (auto& [name, member] : impl_->sinks) member->group.reset();
  impl_->running = false;
}

std::future<std::string> Engine::write(const std::string& machine, Setting setting,
                                       std::chrono::nanoseconds timeout) {
  auto promise = std::make_shared<std::promise<std::string>>();
  auto told = promise->get_future();
  write(machine, std::move(setting), timeout,
        [promise](std::string problem) { promise->set_value(std::move(problem)); });
  return told;
}

void Engine::write(const std::string& machine, Setting setting, std::chrono::nanoseconds timeout,
                   std::function<void(std::string)> told) {
  const auto until = net::Clock::now() + std::chrono::duration_cast<net::Clock::duration>(timeout);
  std::string problem;
  {
    const std::lock_guard lock(impl_->mutex);
    const auto it = impl_->drivers.find(machine);
    if (it != impl_->drivers.end() && impl_->running) {
      DriverMember& member = *it->second;
      member.shard->loop.post([&member, setting = std::move(setting), until, told = std::move(told)] {
        if (!member.group || member.group->scope().cancelled())
          told("the machine is being stopped");
        else
          member.group->spawn(write_once(*member.what, setting, until, told));
      });
      return;
    }
    problem = impl_->running ? "there is no machine \"" + machine + "\"" : "the line is not running";
  }
  told(std::move(problem));
}

void Engine::route(const std::string& machine, Setting setting) {
  const std::lock_guard lock(impl_->mutex);
  const auto it = impl_->drivers.find(machine);
  if (it == impl_->drivers.end() || !impl_->running) {
    ++impl_->route_problems["route without machine"];
    return;
  }
  DriverMember& member = *it->second;
  if (member.routed.fetch_add(1) >= kMostRouted) {
    --member.routed;
    ++impl_->route_problems["route queue full"];
    return;
  }
  const auto until = net::Clock::now() + std::chrono::seconds(5);
  member.shard->loop.post([impl = impl_.get(), &member, setting = std::move(setting), until] {
    if (!member.group || member.group->scope().cancelled()) {
      --member.routed;
      return;
    }
    member.group->spawn(write_once(*member.what, setting, until, [impl, &member](std::string problem) {
      --member.routed;
      if (problem.empty()) return;
      member.what->status_.say("route: " + problem);
      const std::lock_guard again(impl->mutex);
      ++impl->route_problems["route failed"];
    }));
  });
}

Counters Engine::counters() const {
  Counters counters;
  impl_->hub.count(counters);
  const std::lock_guard lock(impl_->mutex);
  for (const auto& [name, sink] : impl_->sinks) {
    counters.acknowledged[name] = sink->what->status_.acknowledged;
    counters.pending[name] = sink->feed->pending();
  }
  counters.routes_failed = impl_->route_problems;
  return counters;
}

void Engine::each_driver(const std::function<void(const Driver&)>& visit) const {
  const std::lock_guard lock(impl_->mutex);
  for (const auto& [name, member] : impl_->drivers) visit(*member->what);
}

void Engine::each_sink(const std::function<void(const Sink&, std::uint64_t)>& visit) const {
  const std::lock_guard lock(impl_->mutex);
  for (const auto& [name, member] : impl_->sinks) visit(*member->what, member->feed->pending());
}

std::optional<tags::Sample> Engine::newest(tags::TagId tag, std::string* text) const {
  std::optional<tags::Sample> sample = impl_->hub.live().get(tag);
  if (sample && text) *text = impl_->hub.live().text(tag);
  return sample;
}

const LiveTable& Engine::live() const {
  return impl_->hub.live();
}

void Engine::add(std::shared_ptr<Watch> watch) {
  impl_->hub.add(std::move(watch));
}

void Engine::remove(const Watch& watch) {
  impl_->hub.remove(watch);
}

void Engine::on_batch(std::function<void(const tags::Batch&)> listener) {
  impl_->hub.listener = std::move(listener);
}

}  // namespace bondline::gateway
