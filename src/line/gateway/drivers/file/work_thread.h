// Work that may block, done on a thread of its own while a coroutine waits. One piece at a time.
#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "net/loop.h"

namespace bondline::gateway {

class WorkThread {
 public:
  explicit WorkThread(net::Loop& loop);
  ~WorkThread();  ///< waits for what is under way
  WorkThread(const WorkThread&) = delete;
  WorkThread& operator=(const WorkThread&) = delete;
  /// Does `work`; what it throws is thrown here. False: the scope was cancelled; the work may be under way
  /// still, and what it uses must stay until this object has gone: no locals of the caller.
  net::Task<bool> run(std::function<void()> work);

 private:
  struct Shared {
    std::mutex mutex;
    std::condition_variable wake;
    std::function<void()> work;
    bool busy = false, ending = false;
    std::exception_ptr error;
    net::Signal done;
  };
  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace bondline::gateway
