// A running line's API as the tags commands use it (docs/openapi.json).
#pragma once
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "net/http/text.h"
#include "net/tls.h"

namespace bondline::app {

using Json = nlohmann::ordered_json;

/// Where a line is and what it wants to see, as said on the command line.
struct LineAddress {
  std::string line_file;            ///< its api section says all
  std::string url, token_file, ca;  ///< goes first where given
};

class LineClient {
 public:
  /// Throws base::Error when the line file, the address or the token can't be read. `writes`: shows the token
  /// for writing.
  LineClient(const LineAddress& address, bool writes);
  /// The answer's document. Throws base::Error with what the line says when it is another than 200.
  Json get(const std::string& target) const;
  Json put(const std::string& target, const Json& body) const;
  /// Calls `take` with every message of a live view until it returns false or `seconds` are over (0: never).
  void watch(const std::string& target, double seconds, const std::function<bool(const Json&)>& take) const;

 private:
  Json ask(const std::string& method, const std::string& target, const std::string& body) const;
  net::http::Url url_;
  std::string token_;
  std::shared_ptr<net::TlsContext> tls_;
};

/// What may stand in a path or a query: everything but letters, digits and -._~ becomes %XX.
std::string percent_encoded(const std::string& text);

}  // namespace bondline::app
