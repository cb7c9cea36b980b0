#include "net/websocket/client.h"

#include "net/http/client.h"

namespace bondline::net::websocket {

namespace {

/// Sends the request and hears the answer; "" or what is wrong. `early`: what came behind the answer.
Task<std::string> shake_hands(Stream& stream, const Call& call, std::string& early) {
  const std::string key = make_key();
  std::string request = "GET " + call.url.target + " HTTP/1.1\r\nHost: " + call.url.authority() +
                        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: " +
                        key + "\r\n";
  if (!call.options.protocol.empty()) request += "Sec-WebSocket-Protocol: " + call.options.protocol + "\r\n";
  if (!call.headers.writable()) co_return "the request can't be written: control characters in it";
  for (std::size_t i = 0; i < call.headers.size(); ++i) {
    request += call.headers.name(i);
    request += ": ";
    request += call.headers.value(i);
    request += "\r\n";
  }
  request += "\r\n";
  const Moved sent = co_await stream.write(request);
  if (sent.error) co_return sent.error.message();
  http::Parser parser(http::Parser::Kind::response, http::Limits());
  std::vector<std::uint8_t> bytes(4096);
  std::string_view unread;
  for (;;) {
    const auto step = parser.next(unread);
    unread.remove_prefix(step.used);
    if (step.event == http::Parser::Event::head) break;
    if (step.event == http::Parser::Event::broken) co_return "the answer is not HTTP: " + parser.problem();
    const Moved moved = co_await stream.read_some(std::span(bytes));
    if (moved.error) co_return moved.error.message();
    unread = {reinterpret_cast<const char*>(bytes.data()), moved.bytes};
  }
  const http::Head& head = parser.head();
  if (head.status != 101)
    co_return "the server answers " + std::to_string(head.status) + " " + head.reason +
        " and opens no WebSocket";
  const std::string_view protocol = head.headers.get("sec-websocket-protocol");
  if (!head.headers.lists("upgrade", "websocket") || !head.headers.lists("connection", "upgrade") ||
      head.headers.count("sec-websocket-accept") != 1 ||
      head.headers.get("sec-websocket-accept") != accept_of(key) ||
      head.headers.has("sec-websocket-extensions") ||
      (!protocol.empty() && protocol != call.options.protocol))
    co_return "the server's handshake is wrong";
  early = unread;
  co_return std::string();
}

}  // namespace

Task<std::string> connect(Call call, Talk talk) {
  Scope& scope = co_await current_scope();
  Opened opened;
  std::string early, problem;
  {
    Deadline deadline(scope, call.within);
    opened = co_await deadline.run(http::connect_to(call.url, call.tls));
    if (opened.stream)
      problem = co_await deadline.run(shake_hands(*opened.stream, call, early));
    else
      problem = "cannot connect: " + opened.error.message();
    if (deadline.passed() && !problem.empty()) problem = "no answer in time";
  }
  if (!problem.empty()) co_return problem;
  co_await run(*opened.stream, Decoder::Role::client, call.options, std::move(early), talk);
  co_return std::string();
}

}  // namespace bondline::net::websocket
