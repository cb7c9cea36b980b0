#include "net/http/client.h"

#include <gtest/gtest.h>

#include "net/websocket/client.h"
#include "talk.h"

using namespace bondline::net;
using namespace bondline::net::http;
using namespace std::chrono_literals;

namespace {

Url local(std::uint16_t port, const std::string& target = "/") {
  Url url;
  url.host = "127.0.0.1";
  url.port = port;
  url.target = target;
  return url;
}

Request request(const std::string& method, const std::string& target, std::string body = "") {
  Request made;
  made.method = method;
  made.target = target;
  made.body = std::move(body);
  return made;
}

/// A server that answers every connection's first bytes with these, and hangs up (or listens on).
Task<> lie(Listener& listener, std::string answer, int times, bool hangs_up = true) {
  for (int i = 0; i < times; ++i) {
    Opened opened = co_await listener.accept();
    if (!opened.stream) co_return;
    std::uint8_t bytes[4096];
    co_await opened.stream->read_some(bytes);
    co_await opened.stream->write(answer);
    if (!hangs_up) co_await hear_all(*opened.stream);
  }
}

Answer ask_liar(const std::string& answer, const Request& what, bool hangs_up = true, int times = 1,
                Clock::duration within = 2s) {
  Loop loop;
  std::error_code error;
  auto listener = Listener::open(loop, "127.0.0.1", 0, &error);
  Answer got;
  auto main = [&]() -> Task<> {
    Group group(loop);
    group.spawn(lie(*listener, answer, times, hangs_up));
    ClientOptions options;
    options.answer_within = within;
    Client client(local(listener->port()), options);
    got = co_await client.send(what);
    client.close();
    group.cancel();
    co_await group.join();
  };
  loop.run(main());
  return got;
}

}  // namespace

TEST(HttpClient, KeepsItsConnectionAndHearsEveryKindOfAnswer) {
  Serving serving([](Exchange& exchange) -> Task<> {
    const Request& got = exchange.request();
    if (got.path == "/pieces") {
      co_await exchange.begin(text_response(200, "one "));
      co_await exchange.write("two");
      co_return;
    }
    if (got.path == "/moved") {
      co_await exchange.respond(text_response(302, "").with("Location", "/elsewhere"));
      co_return;
    }
    co_await exchange.respond(text_response(
        200, got.method + std::to_string(got.body.size()) + std::string(got.headers.get("authorization"))));
  });
  serving.run([&](std::uint16_t port) -> Task<> {
    Client client(local(port), ClientOptions());
    Request first = request("POST", "/", std::string(200000, 'x'));
    first.headers.add("Authorization", basic_credentials("Aladdin", "open sesame"));
    Answer answer = co_await client.send(first);
    EXPECT_EQ(answer.problem, "");
    EXPECT_TRUE(answer.all_sent);
    EXPECT_EQ(answer.response.body, "POST200000Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");  // RFC 7617, 2
    answer = co_await client.send(request("GET", "/pieces"));
    EXPECT_EQ(answer.response.body, "one two");
    answer = co_await client.send(request("HEAD", "/"));
    EXPECT_EQ(answer.response.body, "");
    EXPECT_EQ(answer.response.headers.get("content-length"), "5");
    answer = co_await client.send(request("GET", "/moved"));
    EXPECT_EQ(answer.response.status, 302) << "not followed";
    EXPECT_EQ(answer.response.headers.get("location"), "/elsewhere");
    EXPECT_EQ(client.connects(), 1u);
    answer = co_await client.send(request("GET", "/ HTTP/1.1\r\nX: y"));
    EXPECT_NE(answer.problem, "");
    EXPECT_FALSE(answer.sent);
    client.close();
  });
  EXPECT_EQ(serving.counters().accepted, 1u);
}

TEST(HttpClient, AnAnswerThatIsNoneOrNotWholeIsAProblem) {
  const Request get = request("GET", "/");
  EXPECT_EQ(ask_liar("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", get).problem, "");
  EXPECT_EQ(ask_liar("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nall of it", get).response.body,
            "all of it");
  EXPECT_EQ(ask_liar("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", get).problem,
            "the answer was cut short");
  EXPECT_EQ(ask_liar("", get).problem, "the server has hung up");
  EXPECT_NE(ask_liar("SSH-2.0-OpenSSH\r\n", get).problem.find("not HTTP"), std::string::npos);
  EXPECT_EQ(ask_liar("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", get, false, 1, 60ms).problem,
            "no answer in time");
}

TEST(HttpClient, AnAnswerBeforeTheRequestWasTakenSaysSo) {
  const Answer answer = ask_liar("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                                 request("POST", "/", std::string(30 << 20, 'x')), false);
  // The server hears on while we write, so only a client that stops at the answer ends early.
  EXPECT_EQ(answer.problem, "");
  EXPECT_EQ(answer.response.status, 200);
  EXPECT_FALSE(answer.all_sent);
}

TEST(HttpClient, AKeptConnectionThatIsClosedIsMadeAnewButNotForPost) {
  ServerOptions options;
  options.idle_within = 10ms;
  Serving serving([](Exchange& exchange) -> Task<> { co_await exchange.respond(text_response(200, "x")); },
                  options);
  serving.run([&](std::uint16_t port) -> Task<> {
    Client client(local(port), ClientOptions());
    Answer answer = co_await client.send(request("GET", "/"));
    for (int i = 0; i < 500 && serving.counters().open > 0; ++i) co_await sleep_for(5ms);
    answer = co_await client.send(request("GET", "/"));
    EXPECT_EQ(answer.problem, "");
    EXPECT_EQ(client.connects(), 2u);
    for (int i = 0; i < 500 && serving.counters().open > 0; ++i) co_await sleep_for(5ms);
    answer = co_await client.send(request("POST", "/", "x"));
    EXPECT_NE(answer.problem, "");
    EXPECT_TRUE(answer.sent);
  });
}

TEST(HttpUrl, IsReadWholeOrRefused) {
  std::string problem;
  const auto url = read_url("https://[::1]:8443/a/b?c=d#e", &problem);
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->target, "/a/b?c=d");
  EXPECT_EQ(url->authority(), "[::1]:8443");
  EXPECT_EQ(read_url("http://plant", &problem)->target, "/");
  EXPECT_EQ(read_url("wss://plant?x", &problem)->target, "/?x");
  EXPECT_EQ(read_url("wss://plant", &problem)->port, 443);
  for (const char* wrong :
       {"plant", "ftp://plant", "http://", "http://:80/", "http://plant:0/", "http://plant:99999/",
        "http://plant:/", "http://[::1/", "http://[::1]x/", "http://plant/a b", "http://pl ant/"})
    EXPECT_FALSE(read_url(wrong, &problem)) << wrong;
  EXPECT_FALSE(read_url("http://user:secret@plant/", &problem));
  EXPECT_EQ(problem.find("secret"), std::string::npos);
}

TEST(HttpText, ReadsAndWritesDatesQueriesAndBase64) {
  const std::chrono::sys_seconds at(std::chrono::seconds(784111777));
  EXPECT_EQ(date(at), "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110, 5.6.7
  EXPECT_EQ(read_date("Sun, 06 Nov 1994 08:49:37 GMT"), at);
  EXPECT_FALSE(read_date("Sun, 06 Nov 1994 08:49:37 CET"));
  for (const char* far : {"Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 1900 00:00:00 GMT"}) {
    ASSERT_TRUE(read_date(far)) << far;
    EXPECT_EQ(date(*read_date(far)), far);
  }
  EXPECT_FALSE(read_date("Fri, 31 Dec 9999 23:59:60 GMT"));
  EXPECT_EQ(query_value("a=1&b=two%20more+words&c", "b"), "two more words");
  EXPECT_EQ(query_value("a=1&b=2&c", "c"), "");
  EXPECT_FALSE(query_value("a=1", "b"));
  EXPECT_FALSE(percent_decoded("%0"));
  EXPECT_FALSE(percent_decoded("%00"));
  const char* const pairs[][2] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}};
  for (const auto& [text, coded] : pairs) EXPECT_EQ(base64(text), coded);  // RFC 4648, 10
}

TEST(WebSocketClient, TalksToOurServerAndSaysWhyItCannot) {
  Serving serving([](Exchange& exchange) -> Task<> {
    if (exchange.request().path != "/live") {
      co_await exchange.respond(text_response(404, ""));
      co_return;
    }
    const auto echo = [](websocket::Connection& connection) -> Task<> {
      for (;;) {
        const std::optional<websocket::Message> got = co_await connection.receive();
        if (!got) co_return;
        connection.send(got->text, got->data);
      }
    };
    websocket::Options options;
    options.protocol = "v1";
    co_await exchange.upgrade(options, echo);
  });
  serving.run([&](std::uint16_t port) -> Task<> {
    websocket::Call call;
    call.url = local(port, "/live");
    call.options.protocol = "v1";
    std::vector<std::string> heard;
    const auto talk = [&](websocket::Connection& connection) -> Task<> {
      for (const std::size_t size : {0, 10, 200, 70000, 1000000}) {
        const std::string text(size, 'a');
        connection.send_text(text);
        const std::optional<websocket::Message> got = co_await connection.receive();
        EXPECT_TRUE(got && got->data == text) << size;
      }
      heard.push_back("done");
    };
    std::string problem = co_await websocket::connect(call, talk);
    EXPECT_EQ(problem, "");
    EXPECT_EQ(heard.size(), 1u);
    call.url.target = "/other";
    problem = co_await websocket::connect(call, talk);
    EXPECT_EQ(problem, "the server answers 404 Not Found and opens no WebSocket");
  });
}
