#include "net/http/server.h"

#include <gtest/gtest.h>

#include "talk.h"

using namespace bondline::net;
using namespace bondline::net::http;
using namespace std::chrono_literals;

namespace {

Task<> echo(Exchange& exchange) {
  const Request& request = exchange.request();
  if (request.path == "/throw") throw std::runtime_error("on purpose");
  if (request.path == "/nothing") co_return;
  if (request.path == "/sleep") co_await sleep_for(60ms);
  if (request.path == "/pieces") {
    co_await exchange.begin(text_response(200, "one "));
    co_await exchange.write("two ");
    co_await exchange.write("");
    co_await exchange.write(std::string(70000, 'x'));
    co_return;
  }
  if (request.path == "/breaks") {
    co_await exchange.begin(text_response(200, "half"));
    throw std::runtime_error("on purpose");
  }
  co_await exchange.respond(text_response(
      200, request.method + " " + request.path + " " + request.query + " [" + request.body + "]"));
}

std::string body_of(const std::string& answer) {
  return answer.substr(std::min(answer.find("\r\n\r\n") + 4, answer.size()));
}

}  // namespace

TEST(HttpServer, AnswersPipelinedRequestsInTheirOrder) {
  Serving serving(echo);
  const std::string answer = serving.say(
      "GET /a%20b?x=1 HTTP/1.1\r\nHost: a\r\n\r\nPOST http://a/c HTTP/1.1\r\nHost: a\r\nContent-Length: "
      "3\r\n\r\nabc"
      "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const auto first = answer.find("GET /a b x=1 []"), second = answer.find("POST /c  [abc]"),
             third = answer.find("GET /last  []");
  EXPECT_NE(third, std::string::npos) << answer;
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_NE(answer.find("Date: "), std::string::npos);
  EXPECT_EQ(serving.counters().requests, 3u);
}

TEST(HttpServer, SendsPiecesAsChunksAndToOldClientsUntilTheEnd) {
  Serving serving(echo);
  const std::string chunked = serving.say("GET /pieces HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_NE(chunked.find("Transfer-Encoding: chunked"), std::string::npos);
  EXPECT_EQ(body_of(chunked).substr(0, 25), "4\r\none \r\n4\r\ntwo \r\n10000\r\n");
  EXPECT_TRUE(chunked.ends_with("\r\n0\r\n\r\n"));
  const std::string plain = serving.say("GET /pieces HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(body_of(plain), "one two " + std::string(70000, 'x'));
  const std::string head = serving.say("HEAD /pieces HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(body_of(head), "");
  EXPECT_EQ(body_of(serving.say("HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")), "");
}

TEST(HttpServer, AHandlerThatFailsIsA500AndABrokenAnswerLooksBroken) {
  Serving serving(echo);
  for (const char* path : {"/throw", "/nothing"})
    EXPECT_TRUE(
        serving.say(std::string("GET ") + path + " HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 500"));
  const std::string half = serving.say("GET /breaks HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(half.ends_with("4\r\nhalf\r\n")) << half;
  EXPECT_EQ(serving.counters().failed, 3u);
}

TEST(HttpServer, RefusesWithTheReasonAndHangsUp) {
  ServerOptions options;
  options.limits.body = 100;
  options.admit = [](const Request& request) { return request.path == "/secret" ? 401 : 0; };
  Serving serving(echo, options);
  EXPECT_TRUE(serving.say("nonsense\r\n\r\n").starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(serving.say("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(serving.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x'))
                  .starts_with("HTTP/1.1 413"));
  EXPECT_TRUE(
      serving.say("POST /secret HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n")
          .starts_with("HTTP/1.1 401"));
  EXPECT_EQ(serving.counters().bad, 4u);
  EXPECT_EQ(serving.counters().requests, 0u);
}

TEST(HttpServer, SaysContinueToWhoWaitsForIt) {
  Serving serving(echo);
  const std::string answer =
      serving.say_parts({"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n"
                         "Connection: close\r\n\r\n",
                         "abc"});
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")) << answer;
  EXPECT_NE(answer.find("[abc]"), std::string::npos);
}

TEST(HttpServer, DoesNotWaitForTheSlow) {
  ServerOptions options;
  options.head_within = 40ms;
  options.body_within = 40ms;
  options.idle_within = 40ms;
  Serving serving(echo, options);
  EXPECT_EQ(serving.say(""), "") << "a client that says nothing is hung up on";
  EXPECT_TRUE(serving.say("GET / HTTP/1.1\r\nHo").starts_with("HTTP/1.1 408"));
  EXPECT_TRUE(
      serving.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na").starts_with("HTTP/1.1 408"));
  EXPECT_EQ(serving.counters().late, 2u);
}

TEST(HttpServer, DoesNotWaitForAClientThatDoesNotRead) {
  ServerOptions options;
  options.write_within = 40ms;
  Serving serving(
      [](Exchange& exchange) -> Task<> {
        co_await exchange.begin(text_response(200, ""));
        const std::string piece(60000, 'x');
        for (int i = 0; i < 10000; ++i) {
          const std::error_code gone = co_await exchange.write(piece);
          if (gone) co_return;
        }
      },
      options);
  serving.run([&](std::uint16_t port) -> Task<> {
    Opened opened = co_await connect_tcp("127.0.0.1", port);
    co_await opened.stream->write(std::string_view("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    for (int i = 0; i < 500 && serving.counters().open > 0; ++i) co_await sleep_for(10ms);
    EXPECT_EQ(serving.counters().open, 0u);
  });
  EXPECT_EQ(serving.counters().late, 1u);
}

TEST(HttpServer, TurnsAwayWhatIsTooMuch) {
  ServerOptions options;
  options.most_connections = 2;
  Serving serving(echo, options);
  std::string third;
  serving.run([&](std::uint16_t port) -> Task<> {
    Opened a = co_await connect_tcp("127.0.0.1", port);
    Opened b = co_await connect_tcp("127.0.0.1", port);
    for (int i = 0; i < 500 && serving.counters().open < 2; ++i) co_await sleep_for(2ms);
    Opened c = co_await connect_tcp("127.0.0.1", port);
    third = co_await hear_all(*c.stream);
    a.stream->close();
    b.stream->close();
  });
  EXPECT_TRUE(third.starts_with("HTTP/1.1 503")) << third;
  EXPECT_EQ(serving.counters().turned_away, 1u);
}

TEST(HttpServer, AtItsEndAnswersWhatIsUnderWayAndClosesWhatIsIdle) {
  Loop loop;
  std::error_code error;
  Server server(Listener::open(loop, "127.0.0.1", 0, &error), echo);
  std::string busy, idle = "?";
  auto main = [&]() -> Task<> {
    Group running(loop), clients(loop);
    running.spawn(server.run());
    const std::uint16_t port = server.port();
    auto ask = [&]() -> Task<> {
      Opened opened = co_await connect_tcp("127.0.0.1", port);
      co_await opened.stream->write(std::string_view("GET /sleep HTTP/1.1\r\nHost: a\r\n\r\n"));
      busy = co_await hear_all(*opened.stream);
    };
    auto wait = [&]() -> Task<> {
      Opened opened = co_await connect_tcp("127.0.0.1", port);
      idle = co_await hear_all(*opened.stream);
    };
    clients.spawn(ask());
    clients.spawn(wait());
    for (int i = 0; i < 500 && (server.counters().open < 2 || server.counters().requests < 1); ++i)
      co_await sleep_for(2ms);
    running.cancel();
    co_await running.join();
    co_await clients.join();
    Opened late = co_await connect_tcp("127.0.0.1", port);
    EXPECT_EQ(late.error, std::errc::connection_refused);
  };
  loop.run(main());
  EXPECT_NE(busy.find("GET /sleep"), std::string::npos) << busy;
  EXPECT_NE(busy.find("Connection: close"), std::string::npos);
  EXPECT_EQ(idle, "");
}

TEST(HttpServer, NothingIsSmuggledIntoAnAnswer) {
  Serving serving([](Exchange& exchange) -> Task<> {
    Response response = text_response(200, "x");
    response.headers.add("X-Bad", "a\r\nSet-Cookie: b");
    const std::error_code refused = co_await exchange.respond(response);
    EXPECT_EQ(refused, std::errc::invalid_argument);
  });
  const std::string answer = serving.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 500")) << answer;
  EXPECT_EQ(answer.find("Cookie"), std::string::npos);
}
