#include "line/service/routes.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "line/service/watch.h"
#include "net/http/text.h"

namespace bondline::service {

using net::Task;
using net::http::Exchange;
using net::http::Request;
using net::http::Response;

namespace {

/// A whole number of the query, or `otherwise`; nullopt when it is none or out of bounds.
std::optional<std::uint64_t> number_of(const Request& request, std::string_view name, std::uint64_t otherwise,
                                       std::uint64_t most) {
  const auto text = net::http::query_value(request.query, name);
  if (!text) return otherwise;
  const auto number = net::http::whole_number(*text);
  if (!number || *number < 1 || *number > most) return std::nullopt;
  return number;
}

Response document(int status, const Json& body) {
  return net::http::json_response(status, body.dump(-1, ' ', false, Json::error_handler_t::replace))
      .with("Cache-Control", "no-store");
}

Response lives(ServerState&, const Request&, const std::string&) {
  return document(200, {{"live", true}});
}

Response health(ServerState& state, const Request&, const std::string&) {
  const Json report = Json::parse(state.station.report());
  const std::string problem = report.at("store").at("problem");
  Json waiting = Json::array();
  for (const char* kind : {"drivers", "sinks"})
    for (const auto& [name, member] : report.at(kind).items())
      if (member.at("state") != "connected") waiting.push_back(name);
  const bool ready = problem.empty();
  const Json body = {{"live", true},
                     {"ready", ready},
                     {"line", report.at("line")},
                     {"problem", problem},
                     {"not_connected", std::move(waiting)},
                     {"generation", state.station.generation()}};
  return document(ready ? 200 : 503, body);
}

Response counters(ServerState& state, const Request&, const std::string&) {
  Json body = Json::parse(state.station.report());
  body.erase("drivers");
  body.erase("sinks");
  return document(200, body);
}

Response drivers(ServerState& state, const Request&, const std::string&) {
  return document(200, {{"drivers", Json::parse(state.station.report()).at("drivers")}});
}

Response sinks(ServerState& state, const Request&, const std::string&) {
  return document(200, {{"sinks", Json::parse(state.station.report()).at("sinks")}});
}

Response browse(ServerState& state, const Request& request, const std::string&) {
  const auto limit = number_of(request, "limit", 100, 1000);
  if (!limit) return error_response(400, "limit is no whole number from 1 to 1000");
  const std::string prefix = net::http::query_value(request.query, "prefix").value_or("");
  const std::string after = net::http::query_value(request.query, "after").value_or("");
  state.index.refresh();
  const auto& table = state.index.table();
  const auto found = state.index.beginning_with(prefix);
  auto at = std::upper_bound(found.begin(), found.end(), after,
                             [&](const std::string& name, tags::TagId id) { return name < table[id].name; });
  Json list = Json::array();
  for (; at != found.end() && list.size() < *limit; ++at)
    list.push_back(tag_document(state.station, table, *at));
  Json next = nullptr;
  if (at != found.end()) next = list.back().at("name");
  const Json body = {{"total", found.size()}, {"next", std::move(next)}, {"tags", std::move(list)}};
  return document(200, body);
}

Response read_tag(ServerState& state, const Request&, const std::string& name) {
  state.index.refresh();
  const auto id = state.index.table().find(name);
  if (!id) return no_such_tag(state, name);
  return document(200, tag_document(state.station, state.index.table(), *id));
}

/// What a request asks of the history; "" or what is wrong with it.
std::string read_query(const Request& request, station::HistoryQuery& query) {
  query.tag = net::http::query_value(request.query, "tag").value_or("");
  if (query.tag.empty() || query.tag.ends_with('*')) return "tag=NAME says whose history is asked for";
  const auto limit = number_of(request, "limit", 10'000, 100'000);
  if (!limit) return "limit is no whole number from 1 to 100000";
  query.most = *limit;
  const std::int64_t now = gateway::times_now().receive_ns;
  const auto bound = [&](const char* name, std::int64_t& to) {
    std::string problem;
    const auto text = net::http::query_value(request.query, name);
    if (text)
      if (const auto time = station::time_of(*text, now, &problem)) to = *time;
    return problem;
  };
  const std::string problem = bound("from", query.from_ns);
  return problem.empty() ? bound("to", query.to_ns) : problem;
}

struct Waiting {
  net::Signal done;
  HistoryReader::Answer answer;
  bool finished = false;
};

Task<> history(ServerState& state, Exchange& exchange, std::string) {
  station::HistoryQuery query;
  const std::string problem = read_query(exchange.request(), query);
  Response response;
  if (!problem.empty()) {
    response = error_response(400, problem);
    co_await exchange.respond(response);
    co_return;
  }
  auto given_up = std::make_shared<std::atomic<bool>>(false);
  auto waiting = std::make_shared<Waiting>();
  std::function<void(HistoryReader::Answer)> told = [waiting,
                                                     loop = state.loop](HistoryReader::Answer answer) {
    auto shared = std::make_shared<HistoryReader::Answer>(std::move(answer));
    loop->post([waiting, shared] {
      waiting->answer = std::move(*shared);
      waiting->finished = true;
      waiting->done.notify();
    });
  };
  const bool asked = state.history.ask(query, given_up, std::move(told));
  if (!asked) {
    response = error_response(503, "too many questions about the history wait", "ask again later");
    co_await exchange.respond(response);
    co_return;
  }
  while (!waiting->finished) {
    const std::error_code ended = co_await waiting->done.wait();
    if (ended) {
      *given_up = true;
      co_return;
    }
  }
  response = net::http::json_response(waiting->answer.status, std::move(waiting->answer.body));
  co_await exchange.respond(response);
}

Response metrics(ServerState& state, const Request& request, const std::string&) {
  state.index.refresh();
  std::vector<tags::TagId> wanted;
  if (const auto patterns = net::http::query_value(request.query, "tags"))
    wanted = state.index.matching(patterns_of(*patterns));
  if (wanted.size() > 5000) return error_response(400, "more than 5000 tags", "ask for fewer");
  ApiCounters api = state.counters;
  if (state.server) {
    const auto& server = state.server->counters();
    api.connections = server.accepted;
    api.open = server.open;
    api.requests = server.requests;
    api.refused += server.bad + server.turned_away;
  }
  api.watchers = state.watchers.size();
  return net::http::text_response(200, metrics_text(state.station, api, state.index.table(), wanted),
                                  "text/plain; version=0.0.4; charset=utf-8");
}

Response openapi(ServerState&, const Request&, const std::string&) {
  return net::http::json_response(200, std::string(openapi_text()));
}

constexpr Route kRoutes[] = {
    {"GET", "/api/v1/health/live", Wish::know_it_lives, lives, nullptr},
    {"GET", "/api/v1/health", Wish::read, health, nullptr},
    {"GET", "/api/v1/counters", Wish::read, counters, nullptr},
    {"GET", "/api/v1/drivers", Wish::read, drivers, nullptr},
    {"GET", "/api/v1/sinks", Wish::read, sinks, nullptr},
    {"GET", "/api/v1/tags", Wish::read, browse, nullptr},
    {"GET", "/api/v1/tags/{name}", Wish::read, read_tag, nullptr},
    {"PUT", "/api/v1/tags/{name}", Wish::write, nullptr, write_tag},
    {"GET", "/api/v1/history", Wish::read, nullptr, history},
    {"GET", "/api/v1/watch", Wish::watch, nullptr, watch},
    {"GET", "/api/v1/openapi.json", Wish::read, openapi, nullptr},
    {"GET", "/metrics", Wish::read, metrics, nullptr},
};

/// The rest behind the fixed part; nullopt when the path is another.
std::optional<std::string> rest_of(std::string_view path, std::string_view pattern) {
  const std::size_t open = pattern.find('{');
  if (open == std::string_view::npos) return path == pattern ? std::optional<std::string>("") : std::nullopt;
  if (path.size() <= open || !path.starts_with(pattern.substr(0, open))) return std::nullopt;
  return std::string(path.substr(open));
}

}  // namespace

std::span<const Route> routes() {
  return kRoutes;
}

Response error_response(int status, const std::string& what, const std::string& mend) {
  const Json body = {{"error", what}, {"mend", mend}};
  Response response = document(status, body);
  if (status == 401) response.headers.add("WWW-Authenticate", "Bearer");
  return response;
}

Response no_such_tag(ServerState& state, const std::string& name) {
  const std::string close = state.index.nearest(name);
  return error_response(
      404, "there is no tag \"" + name + "\"",
      close.empty() ? "bondline tags browse lists them" : "did you mean \"" + close + "\"?");
}

namespace {

/// The route of a request, or its refusal.
struct Found {
  const Route* route = nullptr;
  std::string rest;
  Response answer;  ///< why there is none
};

Found find_route(ServerState& state, const Request& request) {
  const std::string_view method = request.method == "HEAD" ? "GET" : std::string_view(request.method);
  Found found;
  std::string allowed;
  for (const Route& one : routes()) {
    const auto fits = rest_of(request.path, one.path);
    if (!fits) continue;
    allowed += (allowed.empty() ? "" : ", ") + std::string(one.method);
    if (method != one.method || found.route) continue;
    found.route = &one;
    found.rest = *fits;
  }
  // Who may not read learns nothing of what there is.
  const Refusal refusal = refusal_of(state.access, request, found.route ? found.route->wish : Wish::read);
  if (refusal.status != 0) {
    found.route = nullptr;
    found.answer = error_response(refusal.status, refusal.why);
  } else if (allowed.empty()) {
    found.answer = error_response(404, "there is no " + request.path, "see /api/v1/openapi.json");
  } else if (!found.route) {
    found.answer = error_response(405, request.path + " has no " + request.method);
    found.answer.headers.add("Allow", allowed);
  }
  return found;
}

}  // namespace

Task<> answer(ServerState& state, Exchange& exchange) {
  Found found = find_route(state, exchange.request());
  if (found.route && found.route->talk) {
    co_await found.route->talk(state, exchange, std::move(found.rest));
    co_return;
  }
  if (found.route) {
    found.answer = found.route->document(state, exchange.request(), found.rest);
  } else {
    ++state.counters.refused;
    // Who guesses tokens, waits.
    if (found.answer.status == 401) co_await net::sleep_for(std::chrono::milliseconds(200));
  }
  co_await exchange.respond(found.answer);
}

}  // namespace bondline::service
