// A model on a thread of its own: takes one window at a time, and keeps its results until they are fetched.
// Private to this room.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "line/gateway/inference/model_spec.h"

namespace bondline::gateway {

class ModelRunner {
 public:
  /// Null with the reason in `diagnostics` when there is no memory, or fewer cores than threads.
  static std::unique_ptr<ModelRunner> make(const ModelSpec& spec, base::Diagnostics& diagnostics);
  ~ModelRunner();  ///< waits for a run that is under way

  /// Whether a window may be filled in: none is being run, and no result waits.
  bool idle() const { return state_ == State::idle; }
  /// Writes one element of an input; only while idle().
  void put(std::size_t port, std::size_t element, double value);
  void start();  ///< runs what was put

  /// A result waits.
  bool done() const { return state_ == State::done; }
  bool failed() const { return failed_; }  ///< only when done()
  double element(std::size_t port, std::size_t index) const;
  void fetched() { state_ = State::idle; }
  /// Of the last run, seconds; any thread.
  double seconds() const { return seconds_; }

 private:
  enum class State { idle, running, done };
  explicit ModelRunner(std::unique_ptr<inference::Stream> stream);
  void work();
  std::unique_ptr<inference::Stream> stream_;
  std::vector<std::vector<std::byte>> inputs_, outputs_;
  std::vector<const void*> input_pointers_;
  std::vector<void*> output_pointers_;
  std::atomic<State> state_{State::idle};
  bool failed_ = false;
  std::atomic<double> seconds_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool wanted_ = false, ending_ = false;
  std::thread thread_;
};

}  // namespace bondline::gateway
