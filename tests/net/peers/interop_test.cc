// Ours against others: curl, Node's http, the WebSocket library ws.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "../../line/gateway/peers.h"
#include "net/http/client.h"
#include "net/websocket/client.h"
#include "threaded_server.h"

using namespace bondline::net;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

const std::string kPeer = std::string(BONDLINE_SOURCE_DIR) + "/tests/net/peers/peer.cjs";

/// What a command prints, its complaints included; *status its exit.
std::string output_of(const std::string& command, int* status = nullptr) {
  std::string out;
  FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  char bytes[4096];
  for (std::size_t n = 0; (n = fread(bytes, 1, sizeof bytes, pipe)) > 0;) out.append(bytes, n);
  const int ended = pclose(pipe);
  if (status) *status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
  return out;
}

bool have(const std::string& program) {
  return !bondline::peers::program(program).empty();
}
bool have_ws() {
  int status = 1;
  if (have("node"))
    output_of("NODE_PATH=/usr/share/nodejs node -e 'require(\"ws\").WebSocketServer.name'", &status);
  return status == 0;
}

/// A Node process that prints its port.
struct NodeServer {
  explicit NodeServer(const std::string& mode)
      : folder(fs::temp_directory_path() / ("bondline-node-" + mode + std::to_string(getpid()))) {
    fs::create_directories(folder);
    child = std::make_unique<bondline::peers::Child>(
        std::vector<std::string>{"/usr/bin/env", "NODE_PATH=/usr/share/nodejs",
                                 bondline::peers::program("node"), kPeer, mode},
        folder / "port.txt");
    for (int i = 0; i < 1000 && port == 0; ++i) {
      std::this_thread::sleep_for(10ms);
      std::ifstream(folder / "port.txt") >> port;
    }
  }
  ~NodeServer() {
    child.reset();
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  fs::path folder;
  std::unique_ptr<bondline::peers::Child> child;
  std::uint16_t port = 0;
};

Task<> answer(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  if (request.path == "/pieces") {
    co_await exchange.begin(http::text_response(200, "one "));
    co_await exchange.write("two");
    co_return;
  }
  co_await exchange.respond(http::text_response(
      200, request.method + " " + request.path + " " + std::to_string(request.body.size()) + "\n"));
}

Task<> echo(websocket::Connection& connection) {
  for (;;) {
    const std::optional<websocket::Message> got = co_await connection.receive();
    if (!got) co_return;
    connection.send(got->text, got->data);
  }
}

}  // namespace

TEST(Curl, IsServedInEveryWayItAsks) {
  if (!have("curl")) GTEST_SKIP() << "curl is not installed";
  http::ServerOptions options;
  options.limits.body = 8u << 20;
  ThreadedServer server(answer, options);
  const std::string at = "http://127.0.0.1:" + std::to_string(server.port());
  const std::string curl = "curl -sS --max-time 20 ";
  EXPECT_EQ(output_of(curl + at + "/a " + at + "/b"), "GET /a 0\nGET /b 0\n");
  EXPECT_EQ(output_of(curl + "-X POST -d hello " + at + "/c%20d"), "POST /c d 5\n");
  // Beyond 1 MB curl says Expect: 100-continue.
  EXPECT_EQ(output_of("head -c 3000000 /dev/zero | " + curl + "-H 'Expect: 100-continue' --data-binary @- " +
                      at + "/e"),
            "POST /e 3000000\n");
  EXPECT_EQ(output_of("head -c 3000000 /dev/zero | " + curl +
                      "-H 'Transfer-Encoding: chunked' --data-binary @- " + at + "/f"),
            "POST /f 3000000\n");
  EXPECT_EQ(output_of(curl + at + "/pieces"), "one two");
  EXPECT_EQ(output_of(curl + "--http1.0 " + at + "/pieces"), "one two");
  EXPECT_EQ(output_of(curl + "-I -o /dev/null -w '%{http_code}' " + at + "/g"), "200");
  EXPECT_EQ(output_of("head -c 9000000 /dev/zero | " + curl +
                      "-o /dev/null -w '%{http_code}' --data-binary @- " + at)
                .substr(0, 3),
            "413");
  server.stop();
  EXPECT_EQ(server.counters().failed, 0u);
}

TEST(Curl, IsServedByTlsWhenItShowsItsCertificate) {
  const fs::path folder = fs::temp_directory_path() / ("bondline-curl" + std::to_string(getpid()));
  fs::create_directories(folder);
  if (!have("curl") || !bondline::peers::make_certificates(folder))
    GTEST_SKIP() << "curl or openssl is not installed";
  const std::string at = folder.string() + "/";
  std::string problem;
  http::ServerOptions options;
  options.tls = TlsServerContext::make({at + "broker.pem", at + "broker.key", at + "ca.pem"}, &problem);
  ASSERT_TRUE(options.tls) << problem;
  ThreadedServer server(answer, options);
  const std::string port = std::to_string(server.port());
  const std::string curl = "curl -sS --max-time 20 --resolve localhost:" + port + ":127.0.0.1 --cacert " +
                           at + "ca.pem https://localhost:" + port + "/a ";
  EXPECT_EQ(output_of(curl + "--cert " + at + "edge.pem --key " + at + "edge.key"), "GET /a 0\n");
  int status = 0;
  output_of(curl, &status);
  EXPECT_NE(status, 0) << "who shows nothing is not let in";
  fs::remove_all(folder);
}

TEST(Tls, CarriesAWebSocketBothWaysAtOnce) {
  const fs::path folder = fs::temp_directory_path() / ("bondline-wss" + std::to_string(getpid()));
  fs::create_directories(folder);
  if (!bondline::peers::make_certificates(folder)) GTEST_SKIP() << "openssl is not installed";
  const std::string at = folder.string() + "/";
  std::string problem;
  http::ServerOptions options;
  options.tls = TlsServerContext::make({at + "broker.pem", at + "broker.key", ""}, &problem);
  ASSERT_TRUE(options.tls) << problem;
  ThreadedServer server(
      [](http::Exchange& exchange) -> Task<> { co_await exchange.upgrade(websocket::Options(), echo); },
      options);
  Loop loop;
  int heard = 0;
  constexpr int kMessages = 500;
  auto main = [&]() -> Task<> {
    websocket::Call call;
    call.url.tls = true;
    call.url.host = "127.0.0.1";
    call.url.port = server.port();
    call.tls = TlsContext::make({at + "ca.pem", "", "", "localhost"}, &problem);
    const auto talk = [&](websocket::Connection& connection) -> Task<> {
      // Sends and hears side by side: TLS records go both ways over one connection.
      for (int i = 0; i < kMessages; ++i) connection.send_text(std::to_string(i) + std::string(1000, 'x'));
      for (; heard < kMessages; ++heard) {
        const std::optional<websocket::Message> got = co_await connection.receive();
        if (!got || !got->data.starts_with(std::to_string(heard) + "x")) co_return;
      }
    };
    problem = co_await websocket::connect(call, talk);
  };
  loop.run(main());
  EXPECT_EQ(problem, "");
  EXPECT_EQ(heard, kMessages);
  fs::remove_all(folder);
}

TEST(NodeHttp, AnswersOurClient) {
  if (!have("node")) GTEST_SKIP() << "Node.js is not installed";
  const NodeServer node("http-server");
  ASSERT_NE(node.port, 0);
  Loop loop;
  auto main = [&]() -> Task<> {
    http::Url url;
    url.host = "127.0.0.1";
    url.port = node.port;
    http::Client client(url, http::ClientOptions());
    http::Request request;
    request.headers.add("X-One", "1");
    request.target = "/a?b";
    http::Answer got = co_await client.send(request);
    EXPECT_EQ(got.response.body, "GET /a?b 1");
    request.target = "/pieces";
    got = co_await client.send(request);
    EXPECT_EQ(got.response.body, "one two");
    request.target = "/early";
    got = co_await client.send(request);
    EXPECT_EQ(got.response.body, "hinted") << "103 before it is passed over";
    request.method = "POST";
    request.target = "/b";
    request.body = std::string(2000000, 'x');
    got = co_await client.send(request);
    EXPECT_EQ(got.response.headers.get("x-body"), "2000000") << got.problem;
    EXPECT_EQ(client.connects(), 1u);
    request.target = "/close";
    got = co_await client.send(request);
    EXPECT_EQ(got.response.body, "bye");
    request.target = "/c";
    got = co_await client.send(request);
    EXPECT_EQ(got.response.status, 200);
    EXPECT_EQ(client.connects(), 2u);
    client.close();
  };
  loop.run(main());
}

TEST(Ws, TalksToOurServer) {
  if (!have_ws()) GTEST_SKIP() << "Node.js' ws is not installed";
  ThreadedServer server([](http::Exchange& exchange) -> Task<> {
    websocket::Options options;
    options.protocol = "v2";
    options.queue_bytes = 4u << 20;
    co_await exchange.upgrade(options, echo);
  });
  EXPECT_EQ(output_of("NODE_PATH=/usr/share/nodejs timeout 20 node " + kPeer +
                      " ws-client ws://127.0.0.1:" + std::to_string(server.port()) + "/"),
            "protocol v2 extensions none\nheard 7 pongs 1 closed 4000 \n")
      << "our goodbye repeats the code";
}

TEST(Ws, AnswersOurClient) {
  if (!have_ws()) GTEST_SKIP() << "Node.js' ws is not installed";
  const NodeServer node("ws-server");
  ASSERT_NE(node.port, 0);
  Loop loop;
  int code = 0;
  std::string reason;
  auto main = [&]() -> Task<> {
    websocket::Call call;
    call.url.host = "127.0.0.1";
    call.url.port = node.port;
    const auto talk = [&](websocket::Connection& connection) -> Task<> {
      std::optional<websocket::Message> got = co_await connection.receive();
      EXPECT_TRUE(got && got->data == "pong are you there");
      for (const std::size_t size : {1, 3, 125, 126, 65535, 65536, 500000}) {
        const std::string text(size, 'q');
        connection.send_text(text);
        got = co_await connection.receive();
        EXPECT_TRUE(got && got->text && got->data == text) << size;
      }
      connection.send_binary(std::string("\0\xFF", 2));
      got = co_await connection.receive();
      EXPECT_TRUE(got && !got->text && got->data == std::string("\0\xFF", 2));
      connection.send_text("close");
      got = co_await connection.receive();
      EXPECT_FALSE(got);
      code = connection.close_code();
      reason = connection.close_reason();
    };
    const std::string problem = co_await websocket::connect(call, talk);
    EXPECT_EQ(problem, "");
  };
  loop.run(main());
  EXPECT_EQ(code, 4001);
  EXPECT_EQ(reason, "as you wish");
}
