#include "app/cli/line_client.h"

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "line/station/line_file.h"
#include "net/http/client.h"
#include "net/websocket/client.h"

namespace bondline::app {

namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& mend) {
  base::Diagnostics all;
  all.error({}, what, mend);
  throw base::Error(all);
}

std::string first_line_of(const std::string& file) {
  base::FileProblem problem;
  const auto text = base::disk().read(file, &problem, 1u << 16);
  if (!text)
    refuse("the token file " + file + " can't be read: " + problem,
           "name a file whose first line is the token");
  return text->substr(0, text->find_first_of("\r\n"));
}

}  // namespace

std::string percent_encoded(const std::string& text) {
  static const char* kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~')
      out += c;
    else
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

LineClient::LineClient(const LineAddress& address, bool writes) {
  std::string url = address.url, ca = address.ca;
  if (!address.line_file.empty()) {
    base::Diagnostics diagnostics;
    const auto line = station::load_line(base::disk(), address.line_file, diagnostics);
    if (!line) throw base::Error(diagnostics);
    if (!line->api)
      refuse(address.line_file + " opens no interface",
             "add  api: {}  to it and have the line read it again");
    const station::ApiAccess& api = *line->api;
    std::string host = api.address == "0.0.0.0" ? "127.0.0.1" : api.address == "::" ? "::1" : api.address;
    if (host.find(':') != std::string::npos) host = "[" + host + "]";
    if (url.empty()) url = (api.tls ? "https://" : "http://") + host + ":" + std::to_string(api.port);
    if (ca.empty()) ca = api.certificate_file;
    token_ = writes ? api.write_token : api.token;
    if (writes && !api.writable)
      refuse("tags of this line can't be written from outside",
             "give its line file api: {write: {token_file: FILE}} if that shall be");
  }
  if (url.empty()) url = "http://127.0.0.1:8089";
  if (!address.token_file.empty()) token_ = first_line_of(address.token_file);
  std::string problem;
  const auto read = net::http::read_url(url, &problem);
  if (!read) refuse(problem, "write --url http://127.0.0.1:8089");
  url_ = *read;
  if (!url_.tls) return;
  net::TlsOptions options;
  options.ca = ca;
  tls_ = net::TlsContext::make(options, &problem);
  if (!tls_) refuse(problem, "name a PEM file: --ca FILE");
}

Json LineClient::ask(const std::string& method, const std::string& target, const std::string& body) const {
  net::http::Request request;
  request.method = method;
  request.target = target;
  request.body = body;
  if (!token_.empty()) request.headers.add("Authorization", net::http::bearer_credentials(token_));
  if (!body.empty()) request.headers.add("Content-Type", "application/json");
  net::http::ClientOptions options;
  options.limits.body = 256u << 20;
  options.tls = tls_;
  net::http::Answer answer;
  net::Loop loop;
  const auto asking = [&]() -> net::Task<> {
    net::http::Client client(url_, options);
    answer = co_await client.send(request);
  };
  loop.run(asking());
  const std::string where = url_.authority();
  if (!answer.problem.empty())
    refuse("no line answers at " + where + ": " + answer.problem,
           "start one whose line file has  api: {}, or name it by --line or --url");
  const Json document = Json::parse(answer.response.body, nullptr, false);
  if (answer.response.status == 200 && !document.is_discarded()) return document;
  if (!document.is_object() || !document.contains("error"))
    refuse(where + " answers " + std::to_string(answer.response.status) + " to " + target,
           "is this a line's interface?");
  std::string mend = document.value("mend", "");
  if (answer.response.status == 401 && mend.empty()) mend = "show it: --token-file FILE, or --line LINE.yaml";
  refuse(document.value("error", ""), mend);
}

Json LineClient::get(const std::string& target) const {
  return ask("GET", target, "");
}

Json LineClient::put(const std::string& target, const Json& body) const {
  return ask("PUT", target, body.dump());
}

void LineClient::watch(const std::string& target, double seconds,
                       const std::function<bool(const Json&)>& take) const {
  net::websocket::Call call;
  call.url = url_;
  call.url.target = target;
  call.tls = tls_;
  call.options.most_message = 8u << 20;
  call.options.inbox_bytes = 16u << 20;
  if (!token_.empty()) call.headers.add("Authorization", net::http::bearer_credentials(token_));
  const auto until = net::Clock::now() +
                     std::chrono::duration_cast<net::Clock::duration>(std::chrono::duration<double>(seconds));
  bool spoke = false, over = false;
  std::string problem;
  net::Loop loop;
  const net::websocket::Talk talk = [&](net::websocket::Connection& connection) -> net::Task<> {
    net::Scope& scope = co_await net::current_scope();
    for (;;) {
      net::Deadline deadline(scope, seconds > 0 ? until : net::Clock::now() + std::chrono::hours(24 * 365));
      const std::optional<net::websocket::Message> message = co_await deadline.run(connection.receive());
      over = over || deadline.passed();
      if (!message) co_return;
      spoke = true;
      over = !take(Json::parse(message->data));
      if (over) co_return;
    }
  };
  const auto looking = [&]() -> net::Task<> { problem = co_await net::websocket::connect(call, talk); };
  loop.run(looking());
  if (over) return;
  if (!spoke) {
    get("/api/v1/health/live");  // tells better why nobody answers
    refuse("no live view of " + url_.authority() + ": " + problem,
           "bondline tags read shows the values once");
  }
  refuse("the line at " + url_.authority() + " has ended the view" + (problem.empty() ? "" : ": " + problem),
         "");
}

}  // namespace bondline::app
