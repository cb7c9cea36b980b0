#include "line/gateway/drivers/file/work_thread.h"

#include <utility>

namespace bondline::gateway {

WorkThread::WorkThread(net::Loop& loop) : shared_(std::make_shared<Shared>()) {
  thread_ = std::thread([shared = shared_, &loop] {
    std::unique_lock lock(shared->mutex);
    for (;;) {
      shared->wake.wait(lock, [&] { return shared->ending || shared->work; });
      if (!shared->work) return;
      const std::function<void()> work = std::move(shared->work);
      shared->work = nullptr;
      lock.unlock();
      std::exception_ptr error;
      try {
        work();
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      shared->error = error;
      shared->busy = false;
      loop.post([shared] { shared->done.notify(); });
    }
  });
}

WorkThread::~WorkThread() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->ending = true;
  }
  shared_->wake.notify_one();
  thread_.join();
}

net::Task<bool> WorkThread::run(std::function<void()> work) {
  bool given = false;
  for (;;) {
    {
      const std::lock_guard lock(shared_->mutex);
      if (!shared_->busy && given) {
        if (shared_->error) std::rethrow_exception(std::exchange(shared_->error, nullptr));
        co_return true;
      }
      // Work that a cancelled caller left is waited for first.
      if (!shared_->busy) {
        shared_->busy = given = true;
        shared_->error = nullptr;
        shared_->work = std::exchange(work, nullptr);
        shared_->wake.notify_one();
      }
    }
    const std::error_code ended = co_await shared_->done.wait();
    if (ended) co_return false;
  }
}

}  // namespace bondline::gateway
