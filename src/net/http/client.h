// An HTTP/1.1 client of one server over one connection that is kept (RFC 9110, 9112).
//
//   std::string problem;
//   const auto url = http::read_url("https://plant:8443/ingest", &problem);
//   http::Client client(*url, options);
//   http::Request request;
//   request.method = "POST";
//   request.target = url->target;
//   request.headers.add("Authorization", http::bearer_credentials(token));
//   request.body = "...";
//   const http::Answer answer = co_await client.send(request);
//   if (answer.problem.empty() && answer.response.status == 200) ...
//
// Redirects are not followed: a 3xx is an answer like any other, and who asked decides what its Location is
// worth. A body that ends with the connection is taken as complete when TCP ends in good order.
#pragma once
#include <memory>
#include <string>

#include "net/http/message.h"
#include "net/http/parser.h"
#include "net/http/text.h"
#include "net/stream.h"
#include "net/tls.h"

namespace bondline::net::http {

struct ClientOptions {
  Limits limits;                                             ///< of answers
  Clock::duration connect_within = std::chrono::seconds(5);  ///< TLS' handshake included
  Clock::duration answer_within = std::chrono::seconds(30);  ///< from the first byte sent to the last heard
  std::shared_ptr<TlsContext> tls;                           ///< needed for https
};

struct Answer {
  std::string problem;  ///< "": the answer is whole; else why there is none
  Response response;
  bool sent = false;      ///< some of the request may have reached the server
  bool all_sent = false;  ///< all of it was handed to the network before the answer was complete
};

class Client {
 public:
  Client(Url url, ClientOptions options);
  ~Client();
  /// Sends one request and waits for its answer; one at a time. Host, Content-Length and Connection are
  /// added. A kept connection that turns out to be closed is made anew for methods that may be repeated (RFC
  /// 9110, 9.2.2), never for POST: then the answer has a problem, and `sent` is true.
  Task<Answer> send(const Request& request);
  /// Closes the connection; the next request makes another.
  void close();
  std::uint64_t connects() const { return connects_; }

 private:
  Task<std::string> connect();
  Task<Answer> exchange(const Request& request, bool* stale);
  Task<std::string> hear(Answer& answer, bool* begun);
  std::string head_of(const Request& request) const;

  Url url_;
  ClientOptions options_;
  std::unique_ptr<Stream> stream_;
  Parser parser_;
  std::vector<std::uint8_t> in_;
  std::size_t at_ = 0, end_ = 0;
  bool used_ = false;  ///< the connection has carried a request
  std::uint64_t connects_ = 0;
};

/// Connects by TCP or TLS, whichever the address says. An address with TLS and no context: invalid_argument.
Task<Opened> connect_to(const Url& url, std::shared_ptr<TlsContext> tls);

}  // namespace bondline::net::http
