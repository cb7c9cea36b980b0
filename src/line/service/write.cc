// Writing a tag: allowed by the line file, by the token, by the tag itself, within its limits; told to the
// service's log whatever comes of it.
#include <nlohmann/json.hpp>

#include "line/service/routes.h"

namespace bondline::service {

using net::Task;
using net::http::Exchange;

namespace {

/// So many writes are under way at once; devices are slow.
constexpr int kMostWriting = 16;

struct Outcome {
  net::Signal done;
  bool finished = false;
  std::string problem;
};

bool allowed(const station::ApiAccess& access, const std::string& name) {
  if (access.write_tags.empty()) return true;
  for (const std::string& pattern : access.write_tags)
    if (station::matches(pattern, name)) return true;
  return false;
}

/// Counts a write as long as it lasts.
struct Writing {
  explicit Writing(int& count) : count_(count) { ++count_; }
  ~Writing() { --count_; }
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;
  int& count_;
};

/// Tells the service's log, and the client.
net::http::Response answer_of(ServerState& state, const net::http::Request& request, const std::string& name,
                              const std::string& problem) {
  const Json value = Json::parse(request.body).at("value");
  if (state.say)
    state.say("write from " + request.peer + ": " + name + " = " + value.dump(-1, ' ', true) + ": " +
              (problem.empty() ? "done" : problem));
  if (!problem.empty()) return error_response(502, name + ": " + problem);
  ++state.counters.writes;
  const Json done = {{"name", name}, {"value", value}, {"written", true}};
  return net::http::json_response(200, done.dump());
}

/// What a request wants written; nullopt with the refusal.
std::optional<gateway::Setting> read_request(ServerState& state, const net::http::Request& request,
                                             const std::string& name, net::http::Response& refusal) {
  state.index.refresh();
  const auto id = state.index.table().find(name);
  if (!id) {
    refusal = no_such_tag(state, name);
    return std::nullopt;
  }
  const tags::Tag& tag = state.index.table()[*id];
  if (!tag.writable || !allowed(state.access, name)) {
    refusal = error_response(
        403, "\"" + name + "\" can't be written",
        tag.writable ? "the line file's api.write.tags names others" : "its machine or its tag file says so");
    return std::nullopt;
  }
  const Json body = Json::parse(request.body, nullptr, false);
  if (body.is_discarded() || !body.is_object() || body.size() != 1 || !body.contains("value")) {
    refusal = error_response(400, "the body is no document with a value and nothing else",
                             "send {\"value\": 21.5}");
    return std::nullopt;
  }
  gateway::Setting setting;
  setting.tag = *id;
  const std::string unfit = read_setting(tag, body.at("value"), setting);
  if (unfit.empty()) return setting;
  refusal = error_response(400, unfit);
  return std::nullopt;
}

/// An alarm's tag takes one value: that somebody has seen it.
bool is_alarm(const tags::Tag& tag) {
  return tag.machine == "rules" && tag.path.starts_with("alarms/");
}

net::http::Response acknowledge(ServerState& state, const net::http::Request& request,
                                const std::string& name) {
  if (!allowed(state.access, name))
    return error_response(403, "\"" + name + "\" can't be acknowledged from outside",
                          "the line file's api.write.tags names others");
  const Json body = Json::parse(request.body, nullptr, false);
  const auto acknowledged = static_cast<std::int64_t>(pipeline::AlarmState::acknowledged);
  if (!body.is_object() || body.size() != 1 || !body.contains("value") || body.at("value") != acknowledged)
    return error_response(400, "an alarm takes nothing but that it is acknowledged", "send {\"value\": 2}");
  const std::string problem = state.station.acknowledge(name, "interface, " + request.peer);
  if (state.say)
    state.say("acknowledgement from " + request.peer + ": " + name + ": " +
              (problem.empty() ? "done" : problem));
  if (!problem.empty()) return error_response(409, name + ": " + problem);
  ++state.counters.writes;
  const Json done = {{"name", name}, {"value", acknowledged}, {"written", true}};
  return net::http::json_response(200, done.dump());
}

}  // namespace

Task<> write_tag(ServerState& state, Exchange& exchange, std::string name) {
  net::http::Response response;
  state.index.refresh();
  if (const auto id = state.index.table().find(name); id && is_alarm(state.index.table()[*id])) {
    response = acknowledge(state, exchange.request(), name);
    co_await exchange.respond(response);
    co_return;
  }
  const std::optional<gateway::Setting> setting = read_request(state, exchange.request(), name, response);
  if (setting && state.writing >= kMostWriting)
    response = error_response(503, "too many writes are under way", "try again");
  if (!setting || state.writing >= kMostWriting) {
    co_await exchange.respond(response);
    co_return;
  }
  const Writing writing(state.writing);
  auto outcome = std::make_shared<Outcome>();
  // Recorded when it has happened, also for a client that has gone.
  station::Deed deed{"interface, " + exchange.request().peer, "write", name,
                     Json::parse(exchange.request().body).at("value").dump(-1, ' ', true)};
  std::function<void(std::string)> told = [outcome, loop = state.loop, &audit = state.station.audit(),
                                           deed = std::move(deed)](std::string problem) mutable {
    deed.detail += problem.empty() ? ": done" : ": " + problem;
    audit.record(deed);
    loop->post([outcome, problem = std::move(problem)] {
      outcome->problem = problem;
      outcome->finished = true;
      outcome->done.notify();
    });
  };
  const std::string machine = state.index.table()[setting->tag].machine;
  state.station.engine().write(machine, *setting, std::chrono::seconds(5), std::move(told));
  while (!outcome->finished) {
    const std::error_code ended = co_await outcome->done.wait();
    if (ended) co_return;
  }
  response = answer_of(state, exchange.request(), name, outcome->problem);
  co_await exchange.respond(response);
}

}  // namespace bondline::service
