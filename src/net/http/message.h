// A request and a response as programs see them.
#pragma once
#include <string>

#include "net/http/headers.h"

namespace bondline::net::http {

struct Request {
  std::string method = "GET", target = "/";
  Headers headers;
  std::string body;
  // What a server fills in:
  std::string path;   ///< of the target, percent signs decoded: "/tags/oven.zone4"; dots are not resolved
  std::string query;  ///< behind the question mark, as it came: text.h's query_value() reads it
  std::string peer;   ///< "10.0.3.21:40112"
  int minor = 1;      ///< HTTP/1.minor
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  Response& with(std::string_view name, std::string_view value) & {
    headers.add(name, value);
    return *this;
  }
  Response&& with(std::string_view name, std::string_view value) && {
    headers.add(name, value);
    return std::move(*this);
  }
};

// Within a co_await expression make responses by these: g++ 12 takes no nested braces there.
inline Response text_response(int status, std::string body,
                              std::string_view type = "text/plain; charset=utf-8") {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", type);
  response.body = std::move(body);
  return response;
}
inline Response json_response(int status, std::string body) {
  return text_response(status, std::move(body), "application/json");
}

}  // namespace bondline::net::http
