#include "line/service/history_reader.h"

#include <nlohmann/json.hpp>

#include "line/service/tag_documents.h"

namespace bondline::service {

HistoryReader::HistoryReader(const store::Log& log) : log_(log), thread_([this] { work(); }) {}

HistoryReader::~HistoryReader() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    waiting_.clear();
    if (under_way_) *under_way_ = true;
  }
  more_.notify_all();
  thread_.join();
}

bool HistoryReader::ask(station::HistoryQuery query, std::shared_ptr<std::atomic<bool>> given_up,
                        std::function<void(Answer)> told) {
  {
    const std::lock_guard lock(mutex_);
    if (ending_ || waiting_.size() >= kMostWaiting) return false;
    waiting_.push_back({std::move(query), std::move(given_up), std::move(told)});
  }
  more_.notify_one();
  return true;
}

void HistoryReader::work() {
  for (;;) {
    Question question;
    {
      std::unique_lock lock(mutex_);
      under_way_.reset();
      more_.wait(lock, [&] { return ending_ || !waiting_.empty(); });
      if (ending_) return;
      question = std::move(waiting_.front());
      waiting_.pop_front();
      under_way_ = question.given_up;
    }
    question.query.given_up = question.given_up.get();
    if (!*question.given_up) question.told(answer(question));
  }
}

HistoryReader::Answer HistoryReader::answer(const Question& question) const {
  station::HistoryQuery query = question.query;
  const std::uint64_t most = query.most;
  query.most = most + 1;  // one more tells whether there are more
  Json samples = Json::array();
  bool more = false;
  base::Diagnostics diagnostics;
  const bool fine = station::query_history(
      log_, query,
      [&](const station::HistorySample& s) {
        if (samples.size() >= most) {
          more = true;
          return;
        }
        samples.push_back({{"time_ns", s.sample.times.source_ns},
                           {"value", value_json(s.type, s.sample.bits, s.sample.quality, s.text)},
                           {"quality", tags::name_of(s.sample.quality)}});
      },
      diagnostics);
  if (!fine) {
    const base::Diagnostic why = diagnostics.empty() ? base::Diagnostic() : diagnostics.all().front();
    return {404, Json{{"error", why.what}, {"mend", why.mend}}.dump()};
  }
  const Json body = {{"tag", query.tag}, {"truncated", more}, {"samples", std::move(samples)}};
  return {200, body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

}  // namespace bondline::service
