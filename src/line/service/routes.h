// What the API answers to: one line of the table for each route of docs/openapi.json.
#pragma once
#include <span>
#include <string>

#include "line/service/access.h"
#include "line/service/server_state.h"

namespace bondline::service {

struct Route {
  const char* method;
  const char* path;  ///< "{name}" stands for the rest of the path
  Wish wish;
  // One of these:
  net::http::Response (*document)(ServerState& state, const net::http::Request& request,
                                  const std::string& rest);
  net::Task<> (*talk)(ServerState& state, net::http::Exchange& exchange, std::string rest);
};

std::span<const Route> routes();

/// Answers one request: finds its route, asks whether it may, answers.
net::Task<> answer(ServerState& state, net::http::Exchange& exchange);

/// {"error": ..., "mend": ...}
net::http::Response error_response(int status, const std::string& what, const std::string& mend = "");
/// 404 with the nearest name.
net::http::Response no_such_tag(ServerState& state, const std::string& name);

// watch.cc
net::Task<> watch(ServerState& state, net::http::Exchange& exchange, std::string rest);
// write.cc
net::Task<> write_tag(ServerState& state, net::http::Exchange& exchange, std::string rest);
// openapi.cc, made of docs/openapi.json
std::string_view openapi_text();

}  // namespace bondline::service
