#include "net/http/parser.h"

#include <gtest/gtest.h>

using namespace bondline::net::http;

namespace {

/// Everything a parser said of some bytes, fed `step` at a time.
struct Heard {
  std::string told;  ///< "POST /a HTTP/1.1|name=value|...|[body]" per message; "!400 reason" at the end
  bool broken = false;
  int status = 0;
};

Heard hear(std::string_view bytes, std::size_t step, Parser::Kind kind = Parser::Kind::request,
           Limits limits = {}, bool closes = false) {
  Heard heard;
  Parser parser(kind, limits);
  std::string body;
  const auto message = [&] {
    heard.told += "[" + body + "]";
    body.clear();
    parser.reset();
  };
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    std::string_view rest = bytes.substr(at, step);
    for (bool on = true; on;) {
      const auto got = parser.next(rest);
      EXPECT_LE(got.used, rest.size());
      rest.remove_prefix(got.used);
      switch (got.event) {
        case Parser::Event::more:
          EXPECT_TRUE(rest.empty());
          on = false;
          break;
        case Parser::Event::head: {
          const Head& head = parser.head();
          heard.told += kind == Parser::Kind::request ? head.method + " " + head.target
                                                      : std::to_string(head.status) + " " + head.reason;
          heard.told += head.minor ? "" : " (1.0)";
          for (std::size_t i = 0; i < head.headers.size(); ++i)
            if (head.headers.name(i) != "Host")
              heard.told +=
                  "|" + std::string(head.headers.name(i)) + "=" + std::string(head.headers.value(i));
          break;
        }
        case Parser::Event::body:
          EXPECT_FALSE(got.piece.empty());
          body += got.piece;
          break;
        case Parser::Event::end:
          message();
          on = !rest.empty();
          break;
        case Parser::Event::broken:
          heard.broken = true;
          heard.status = parser.status();
          heard.told += "!" + std::to_string(parser.status()) + " " + parser.problem();
          return heard;
      }
    }
  }
  if (closes && parser.finish() == Parser::Event::end) message();
  return heard;
}

const std::string kHost = "Host: a\r\n";

int refusal(const std::string& request, Limits limits = {}) {
  int first = 0;
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, request.size()}) {
    const Heard heard = hear(request, step, Parser::Kind::request, limits);
    EXPECT_TRUE(heard.broken) << request << " was taken as " << heard.told;
    if (first == 0) first = heard.status;
    EXPECT_EQ(heard.status, first) << "the same however it is cut: " << request;
  }
  return first;
}

}  // namespace

TEST(HttpParser, ReadsPipelinedRequestsHoweverTheyAreCut) {
  const std::string bytes =
      "GET /a?b=1 HTTP/1.1\r\n" + kHost +
      "X-One:  two words \t\r\n\r\n"
      "POST /c HTTP/1.1\r\n" +
      kHost + "Content-Length: 5\r\n\r\nhello" + "PUT /d HTTP/1.1\r\n" + kHost +
      "Transfer-Encoding: Chunked\r\n\r\n4;x=\"y\"\r\nWiki\r\n00a\r\npedia in c\r\n0\r\n"
      "Trailer: dropped\r\n\r\n" +
      "\r\nGET / HTTP/1.0\r\n\r\n";
  for (std::size_t step = 1; step <= bytes.size(); ++step)
    EXPECT_EQ(hear(bytes, step).told,
              "GET /a?b=1|X-One=two words[]POST /c|Content-Length=5[hello]"
              "PUT /d|Transfer-Encoding=Chunked[Wikipedia in c]GET / (1.0)[]")
        << step;
}

TEST(HttpParser, ReadsResponsesWithEveryKindOfEnd) {
  const std::string bytes =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"
      "HTTP/1.1 304\r\nContent-Length: 100\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n0\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\nuntil the end";
  for (const std::size_t step : {std::size_t{1}, std::size_t{5}, bytes.size()})
    EXPECT_EQ(hear(bytes, step, Parser::Kind::response, {}, true).told,
              "100 Continue[]204 No Content|Content-Length=0[]304 |Content-Length=100[]"
              "200 OK|Transfer-Encoding=chunked[abc]404 Not Found[until the end]");
}

TEST(HttpParser, RefusesWhatTwoReadersCouldUnderstandDifferently) {
  const std::string post = "POST / HTTP/1.1\r\n" + kHost;
  EXPECT_EQ(refusal(post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"), 400);
  EXPECT_EQ(refusal(post + "Content-Length: 5, 5\r\n\r\nhello"), 400);
  EXPECT_EQ(refusal(post + "Content-Length: +5\r\n\r\nhello"), 400);
  EXPECT_EQ(refusal(post + "Content-Length: -1\r\n\r\nhello"), 400);
  EXPECT_EQ(refusal(post + "Content-Length: 0x5\r\n\r\nhello"), 400);
  EXPECT_EQ(refusal(post + "Content-Length:\r\n\r\nhello"), 400);
  EXPECT_EQ(refusal(post + "Content-Length: 18446744073709551616\r\n\r\nhello"), 400);
  EXPECT_EQ(refusal(post + "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501);
  EXPECT_EQ(refusal(post + "Transfer-Encoding: xchunked\r\n\r\n"), 501);
  EXPECT_EQ(refusal(post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n"), 501);
  EXPECT_EQ(refusal(post + "Transfer-Encoding : chunked\r\n\r\n"), 400) << "a space before the colon";
  EXPECT_EQ(refusal(post + "Transfer-Encoding:\x0b"
                           "chunked\r\n\r\n"),
            400);
  EXPECT_EQ(refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + "X: a\r\n b\r\n\r\n"), 400) << "folded";
  EXPECT_EQ(refusal(post + " X: a\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + "X: a\n\r\n"), 400) << "bare LF";
  EXPECT_EQ(refusal(post + "X: a\rb\r\n\r\n"), 400) << "bare CR";
  EXPECT_EQ(refusal(post + "X: a" + std::string(1, '\0') + "b\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + "no colon\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + ": no name\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + "Host: b\r\n\r\n"), 400) << "two hosts";
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n\r\n"), 400) << "no host";
}

TEST(HttpParser, RefusesChunksThatAreNone) {
  const std::string put = "PUT / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n";
  for (const char* chunks : {"x\r\n", "\r\n", "-1\r\nab\r\n", "0x2\r\nab\r\n", "2 \r\nab\r\n", " 2\r\nab\r\n",
                             "2\nab\r\n", "2\r\nabc\r\n", "2\r\nab\n", "2\r\nab\r\r\n",
                             "1000000000000000\r\n", "2;a\rb\r\nab\r\n", "0\r\nX : y\r\n\r\n"})
    EXPECT_EQ(refusal(put + chunks), 400) << chunks;
}

TEST(HttpParser, RefusesStartLinesThatAreNone) {
  for (const char* line :
       {"GET\r\n", "GET /\r\n", "GET  / HTTP/1.1\r\n", "G@T / HTTP/1.1\r\n", "GET / HTTP/1.1 \r\n",
        "GET /\x01 HTTP/1.1\r\n", "GET /\xC3\xA4 HTTP/1.1\r\n", "GET / http/1.1\r\n", "GET / HTTP/11\r\n",
        "GET / HTTP/1.1\n", "\r\n\r\n\r\n", "GET /a b HTTP/1.1\r\n"})
    EXPECT_EQ(refusal(line + kHost + "\r\n"), 400) << line;
  EXPECT_EQ(refusal("GET / HTTP/2.0\r\n" + kHost + "\r\n"), 505);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n" + kHost + "Expect: miracles\r\n\r\n"), 417);
}

TEST(HttpParser, KeepsWithinItsLimits) {
  Limits limits;
  limits.line = 100;
  limits.head = 300;
  limits.fields = 5;
  limits.body = 10;
  limits.chunk_line = 20;
  const std::string get = "GET / HTTP/1.1\r\n" + kHost;
  EXPECT_EQ(refusal("GET /" + std::string(100, 'a') + " HTTP/1.1\r\n", limits), 414);
  EXPECT_EQ(refusal(get + "X: " + std::string(100, 'a') + "\r\n", limits), 431);
  EXPECT_EQ(refusal(get + "A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\nE: 1\r\n\r\n", limits), 431);
  std::string long_head = get;
  for (int i = 0; i < 4; ++i) long_head += "X: " + std::string(90, 'a') + "\r\n";
  EXPECT_EQ(refusal(long_head, limits), 431);
  EXPECT_EQ(refusal(get + "Content-Length: 11\r\n\r\n", limits), 413);
  EXPECT_EQ(refusal(get + "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n5\r\nabcde\r\n", limits), 413);
  EXPECT_EQ(
      refusal(get + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(30, 'x') + "\r\na\r\n", limits),
      400);
  const Heard response =
      hear("HTTP/1.1 200 OK\r\n\r\n" + std::string(11, 'x'), 4, Parser::Kind::response, limits);
  EXPECT_EQ(response.status, 413);
}

TEST(HttpParser, ABodyUpToTheCloseIsCutAtTheSameByteHoweverItComes) {
  Limits limits;
  limits.body = 10;
  const std::string whole = "HTTP/1.1 200 OK\r\n\r\n0123456789+";
  for (std::size_t step = 1; step <= whole.size(); ++step) {
    Parser parser(Parser::Kind::response, limits);
    std::string body;
    auto last = Parser::Event::more;
    for (std::size_t at = 0; at < whole.size() && last != Parser::Event::broken; at += step) {
      std::string_view rest = std::string_view(whole).substr(at, step);
      do {
        const auto got = parser.next(rest);
        rest.remove_prefix(got.used);
        body += got.piece;
        last = got.event;
      } while (last != Parser::Event::more && last != Parser::Event::broken);
    }
    EXPECT_EQ(body, "0123456789") << step;
    EXPECT_EQ(last, Parser::Event::broken) << step;
    EXPECT_EQ(parser.status(), 413) << step;
  }
}

TEST(HttpParser, TellsWhetherTheConnectionGoesOn) {
  const auto keeps = [](const std::string& bytes, Parser::Kind kind = Parser::Kind::request) {
    Parser parser(kind, {});
    EXPECT_EQ(parser.next(bytes).event, Parser::Event::head);
    return parser.head().keep_alive;
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1 200 OK\r\n\r\n", Parser::Kind::response)) << "its end is the connection's";
  EXPECT_TRUE(keeps("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Parser::Kind::response));
}

TEST(HttpParser, AMessageCutShortIsNoMessage) {
  for (const char* bytes : {"HTTP/1.1 20", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"}) {
    Parser parser(Parser::Kind::response, {});
    std::string_view rest = bytes;
    for (;;) {
      const auto step = parser.next(rest);
      rest.remove_prefix(step.used);
      if (step.event == Parser::Event::more) break;
    }
    EXPECT_EQ(parser.finish(), Parser::Event::broken) << bytes;
  }
}
