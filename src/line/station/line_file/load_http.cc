#include "line/station/line_file/load_http.h"

#include "line/station/line_file/keys.h"

namespace bondline::station {

using document::Node;

namespace {

/// Who we say we are.
void load_credentials(base::Files& files, const Node& map, const LineFile& line, HttpTarget& sink,
                      base::Diagnostics& d) {
  const Node *user = map.find("user"), *password = map.find("password_file"), *token = map.find("token_file");
  if ((user == nullptr) != (password == nullptr))
    d.error((user ? user : password)->where, "user and password_file go together", "name both, or neither");
  if (token && user)
    d.error(token->where, "a bearer token beside a user name", "keep one of token_file and user");
  std::string shown;
  if (token) {
    if (const auto text = first_line(files, *token, line, "token", d))
      shown = net::http::bearer_credentials(*text);
  } else if (user && password) {
    if (const auto text = first_line(files, *password, line, "password", d))
      shown = net::http::basic_credentials(user->text, *text);
  }
  if (!net::http::is_field_value(shown))
    d.error(token->where, "the token holds control characters", "name a file whose first line is the token");
  else if (!shown.empty())
    sink.headers.add("Authorization", shown);
}

}  // namespace

void load_http(base::Files& files, const Node& map, const std::string& name, const base::Where& where,
               LineFile& line, base::Diagnostics& d) {
  for (const char* key : {"version", "topic", "state_topic", "qos", "client_id", "keep_alive", "in_flight"})
    if (const Node* node = map.find(key))
      d.error(node->where, "an HTTP sink has no \"" + std::string(key) + "\"", "remove it");
  const Node& address = *map.find("http");
  std::string problem;
  const auto url = net::http::read_url(address.text, &problem);
  if (!url || !(address.text.starts_with("http://") || address.text.starts_with("https://"))) {
    d.error(address.where,
            problem.empty() ? "\"" + address.text + "\" is no http:// or https:// address" : problem,
            "write https://HOST/PATH");
    return;
  }
  HttpTarget sink;
  sink.url = *url;
  sink.tls = read_certificates(map, where, line, url->tls, "write https:// instead of http://", d);
  load_credentials(files, map, line, sink, d);
  sink.payload = document::read_text(map, "payload", "json") == "json" ? gateway::PayloadFormat::json
                                                                       : gateway::PayloadFormat::cbor;
  if (const Node* samples = map.find("samples"))
    sink.most_samples = static_cast<std::size_t>(std::atoi(samples->text.c_str()));
  sink.every = duration(map, "every", 0, d);
  sink.timeout = duration(map, "timeout", 30, d);
  sink.refused =
      document::read_text(map, "refused", "wait") == "drop" ? gateway::Refused::drop : gateway::Refused::wait;
  line.sinks.push_back({name, where, std::move(sink)});
}

}  // namespace bondline::station
