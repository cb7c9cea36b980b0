// Reads the log for clients, in a thread of its own: however long a question takes, neither the shards nor
// other clients wait for it. Questions wait in a short queue; more are refused.
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "line/station/history.h"

namespace bondline::service {

class HistoryReader {
 public:
  struct Answer {
    int status = 200;
    std::string body;  ///< JSON
  };
  explicit HistoryReader(const store::Log& log);
  ~HistoryReader();  ///< the question under way is given up
  /// Calls `told` from the reader's thread, once. `given_up`: nobody waits any more. False: too many wait.
  bool ask(station::HistoryQuery query, std::shared_ptr<std::atomic<bool>> given_up,
           std::function<void(Answer)> told);
  static constexpr std::size_t kMostWaiting = 8;

 private:
  struct Question {
    station::HistoryQuery query;
    std::shared_ptr<std::atomic<bool>> given_up;
    std::function<void(Answer)> told;
  };
  void work();
  Answer answer(const Question& question) const;
  const store::Log& log_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<Question> waiting_;
  std::shared_ptr<std::atomic<bool>> under_way_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace bondline::service
