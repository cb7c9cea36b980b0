#include "net/loop.h"
#include "net/task.h"

namespace bondline::net {

Scope::Scope(Loop& loop, Scope* parent) : loop_(loop), parent_(parent) {
  if (!parent_) return;
  cancelled_ = parent_->cancelled_;
  after_ = parent_->first_child_;
  if (after_) after_->before_ = this;
  parent_->first_child_ = this;
}

Scope::~Scope() {
  if (!parent_) return;
  if (before_)
    before_->after_ = after_;
  else
    parent_->first_child_ = after_;
  if (after_) after_->before_ = before_;
}

void Scope::cancel() {
  if (cancelled_) return;
  cancelled_ = true;
  while (first_wait_) {
    Cancellable& wait = *first_wait_;
    leave(wait);
    wait.cancel_wait();
  }
  // A child may take itself out of the list only when its owner is resumed, which is later.
  for (Scope* child = first_child_; child; child = child->after_) child->cancel();
}

void Scope::enter(Cancellable& wait) {
  wait.scope_ = this;
  wait.before_ = nullptr;
  wait.after_ = first_wait_;
  if (first_wait_) first_wait_->before_ = &wait;
  first_wait_ = &wait;
}

void Scope::leave(Cancellable& wait) {
  if (!wait.scope_) return;
  if (wait.before_)
    wait.before_->after_ = wait.after_;
  else
    wait.scope_->first_wait_ = wait.after_;
  if (wait.after_) wait.after_->before_ = wait.before_;
  wait.scope_ = nullptr;
}

namespace detail {

void make_ready(Scope& scope, std::coroutine_handle<> handle) {
  scope.loop().ready(handle);
}

void PromiseBase::Final::await_suspend(std::coroutine_handle<>) noexcept {
  if (promise->continuation) promise->scope->loop().ready(promise->continuation);
}

}  // namespace detail
}  // namespace bondline::net
