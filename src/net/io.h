// What net/*.cc share of Asio; nobody else includes it.
#pragma once
#include <asio/io_context.hpp>
#include <deque>

#include "net/loop.h"

namespace bondline::net {

struct Loop::Io {
  asio::io_context context{1};
  std::deque<std::coroutine_handle<>> ready;
  bool draining = false;
};

}  // namespace bondline::net
