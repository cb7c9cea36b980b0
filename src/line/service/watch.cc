#include "line/service/watch.h"

#include <nlohmann/json.hpp>

#include "base/quantity.h"
#include "line/service/routes.h"
#include "net/http/text.h"

namespace bondline::service {

using gateway::Watch;
using net::Task;
using net::http::Exchange;

namespace {

constexpr std::size_t kMostWatchers = 64;
constexpr std::size_t kMostGathered = 20'000;  ///< samples of a view that wait, some 100 bytes each at most
constexpr std::size_t kInMessage = 500;        ///< samples in one message, some 60 kB
constexpr std::size_t kMostQueued = 256 * 1024;

/// One client's view.
class View {
 public:
  View(ServerState& state, std::vector<std::string> patterns, net::Clock::duration every)
      : state_(state), patterns_(std::move(patterns)), every_(every), wake_(std::make_shared<net::Signal>()) {
    watch_ = std::make_shared<Watch>(
        std::vector<Watch::Want>(), kMostGathered,
        [loop = state.loop, wake = wake_] { loop->post([wake] { wake->notify(); }); });
    state_.watchers.insert(wake_);
    state_.station.engine().add(watch_);
  }
  ~View() {
    state_.station.engine().remove(*watch_);
    state_.watchers.erase(wake_);
  }
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  Task<> talk(net::websocket::Connection& connection) {
    net::Scope& scope = co_await net::current_scope();
    net::Group group(scope.loop(), &scope);
    group.spawn(hear(connection));
    group.spawn(tell(connection));
    co_await group.join();
  }

 private:
  /// What a client says means nothing, but has to be taken off the line.
  Task<> hear(net::websocket::Connection& connection) {
    for (;;) {
      const std::optional<net::websocket::Message> message = co_await connection.receive();
      if (!message) co_return;
    }
  }

  Task<> tell(net::websocket::Connection& connection) {
    tags::Batch batch;
    std::uint64_t dropped = 0;
    while (connection.open()) {
      if (dropped > 0 || state_.station.generation() != generation_) {
        choose();
        dropped += watch_->take(batch);
        if (dropped == 0) {
          const std::error_code gone = co_await tell_batch(connection, batch);
          if (gone) co_return;
        } else {
          dropped += batch.size();  // what is told now is newer
        }
        const std::error_code gone = co_await tell_all(connection, dropped);
        if (gone) co_return;
        state_.counters.watch_dropped += dropped;
        dropped = 0;
      }
      const std::error_code ended = co_await wake_->wait();
      if (ended) co_return;
      // Who comes in the meantime goes into the same message.
      const std::error_code ended_too = co_await net::sleep_for(every_);
      if (ended_too) co_return;
      dropped = watch_->take(batch);
      if (dropped > 0) {
        dropped += batch.size();
        continue;
      }
      const std::error_code gone = co_await tell_batch(connection, batch);
      if (gone) co_return;
    }
  }

  /// Looks up what the patterns mean at present.
  void choose() {
    state_.index.refresh();
    generation_ = state_.index.generation();
    const tags::TagTable& table = state_.index.table();
    tags_ = state_.index.matching(patterns_);
    std::vector<Watch::Want> wanted(table.size(), Watch::Want::no);
    for (const tags::TagId id : tags_)
      wanted[id] = table[id].type == tags::ValueType::text ? Watch::Want::text : Watch::Want::number;
    watch_->want(std::move(wanted));
  }

  Task<std::error_code> tell_all(net::websocket::Connection& connection, std::uint64_t dropped) {
    const std::shared_ptr<const station::LineFile> line = state_.station.line_file();
    std::vector<tags::TagId> ids = tags_;
    for (std::size_t at = 0; at == 0 || at < ids.size(); at += kInMessage) {
      const std::uint64_t told = at == 0 ? dropped : 0;
      Json samples = Json::array();
      for (std::size_t i = at; i < std::min(ids.size(), at + kInMessage); ++i)
        if (ids[i] < line->tags->size() && line->tags->is_active(ids[i]))
          samples.push_back(value_document(state_.station, *line->tags, ids[i]));
      const std::error_code gone = co_await send(connection, true, told, std::move(samples));
      if (gone) co_return gone;
    }
    co_return std::error_code();
  }

  Task<std::error_code> tell_batch(net::websocket::Connection& connection, const tags::Batch& batch) {
    const std::shared_ptr<const station::LineFile> line = state_.station.line_file();
    Json samples = Json::array();
    for (const tags::Run& run : batch.runs())
      for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
        if (batch.tag()[i] >= line->tags->size()) continue;
        samples.push_back(sample_document(*line->tags, batch, i, run.times));
        if (samples.size() < kInMessage) continue;
        const std::error_code gone = co_await send(connection, false, 0, std::move(samples));
        if (gone) co_return gone;
        samples = Json::array();
      }
    if (samples.empty()) co_return std::error_code();
    const std::error_code gone = co_await send(connection, false, 0, std::move(samples));
    co_return gone;
  }

  /// Waits while the client is behind: what comes meanwhile waits in the view's own queue.
  Task<std::error_code> send(net::websocket::Connection& connection, bool snapshot, std::uint64_t dropped,
                             Json samples) {
    if (connection.queued() > kMostQueued) {
      const std::error_code gone = co_await connection.drained();
      if (gone) co_return gone;
    }
    const std::string text = message_of(snapshot, dropped, std::move(samples));
    connection.send_text(text);
    co_return std::error_code();
  }

  static std::string message_of(bool snapshot, std::uint64_t dropped, Json samples) {
    const Json message = {{"snapshot", snapshot}, {"dropped", dropped}, {"samples", std::move(samples)}};
    return message.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  ServerState& state_;
  std::vector<std::string> patterns_;
  net::Clock::duration every_;
  std::shared_ptr<net::Signal> wake_;
  std::shared_ptr<Watch> watch_;
  std::vector<tags::TagId> tags_;
  std::uint64_t generation_ = 0;
};

}  // namespace

std::vector<std::string> patterns_of(std::string_view text) {
  std::vector<std::string> patterns;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) patterns.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return patterns;
}

namespace {

/// What is wrong with a request for a view, if anything; its period goes to *every.
std::optional<net::http::Response> refusal_of_view(const ServerState& state, const Exchange& exchange,
                                                   std::string* tags, net::Clock::duration* every) {
  const auto& query = exchange.request().query;
  *tags = net::http::query_value(query, "tags").value_or("*");
  const auto time =
      base::parse_as(net::http::query_value(query, "every").value_or("100 ms"), base::dim::time);
  const double seconds = time.quantity ? time.quantity->value : 0;
  if (!(seconds >= 0.02 && seconds <= 3600)) return error_response(400, "every is no time from 20 ms to 1 h");
  *every = std::chrono::duration_cast<net::Clock::duration>(std::chrono::duration<double>(seconds));
  if (patterns_of(*tags).empty()) return error_response(400, "tags names nothing");
  if (!exchange.wants_websocket())
    return error_response(426, "this is a WebSocket", "open ws://HOST:PORT/api/v1/watch");
  if (state.watchers.size() >= kMostWatchers) return error_response(503, "too many look on already");
  return std::nullopt;
}

}  // namespace

Task<> watch(ServerState& state, Exchange& exchange, std::string) {
  std::string tags;
  net::Clock::duration every{};
  const std::optional<net::http::Response> refusal = refusal_of_view(state, exchange, &tags, &every);
  if (refusal) {
    co_await exchange.respond(*refusal);
    co_return;
  }
  View view(state, patterns_of(tags), every);
  net::websocket::Options options;
  options.most_message = 4096;
  options.queue_bytes = 1u << 20;
  options.overflow = net::websocket::Overflow::close;  // can't be: send() waits before
  const net::websocket::Talk talk = [&view](net::websocket::Connection& connection) {
    return view.talk(connection);
  };
  co_await exchange.upgrade(options, talk);
}

}  // namespace bondline::service
