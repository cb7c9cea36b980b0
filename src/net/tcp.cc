#include "net/tcp.h"

#include <netinet/tcp.h>

#include <asio/connect.hpp>
#include <asio/ip/tcp.hpp>

#include "net/asio_stream.h"
#include "net/connect_socket.h"
#include "net/io.h"
#include "net/operation.h"

namespace bondline::net {

using asio::ip::tcp;

namespace {

void set_options(tcp::socket& socket, const TcpOptions& options) {
  std::error_code ignored;
  socket.set_option(tcp::no_delay(options.no_delay), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  const int fd = socket.native_handle();
  const int idle = static_cast<int>(std::max<std::int64_t>(1, options.keep_idle.count() / 1000));
  const int between = std::max(1, idle / 3), probes = 3;
  const unsigned timeout = static_cast<unsigned>(options.user_timeout.count());
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &between, sizeof between);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
}

std::string text_of(const tcp::endpoint& endpoint) {
  const auto address = endpoint.address();
  const std::string port = std::to_string(endpoint.port());
  return address.is_v6() ? "[" + address.to_string() + "]:" + port : address.to_string() + ":" + port;
}

class TcpStream : public AsioStream<tcp::socket> {
 public:
  using AsioStream::AsioStream;
};

class TcpListener : public Listener {
 public:
  explicit TcpListener(asio::io_context& context) : acceptor_(context) {}
  std::uint16_t port() const override { return acceptor_.local_endpoint().port(); }
  Task<Opened> accept(TcpOptions options) override {
    tcp::socket socket(acceptor_.get_executor());
    auto start = [&](asio::cancellation_slot slot, auto done) {
      acceptor_.async_accept(socket, asio::bind_cancellation_slot(slot, std::move(done)));
    };
    Operation<decltype(start)> operation(start);
    Opened opened;
    opened.error = co_await operation;
    if (!opened.error) {
      set_options(socket, options);
      std::error_code ignored;
      const std::string peer = text_of(socket.remote_endpoint(ignored));
      opened.stream = std::make_unique<TcpStream>(std::move(socket), peer);
    }
    co_return opened;
  }
  tcp::acceptor acceptor_;
};

}  // namespace

Task<std::error_code> connect_socket(tcp::socket& socket, std::string host, std::uint16_t port,
                                     TcpOptions options) {
  Scope& scope = co_await current_scope();
  auto& context = scope.loop().io().context;
  tcp::resolver::results_type found;
  std::error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (!error) {
    found = tcp::resolver::results_type::create(tcp::endpoint(address, port), host, std::to_string(port));
  } else {
    tcp::resolver resolver(context);
    auto resolve = [&](asio::cancellation_slot slot, auto done) {
      resolver.async_resolve(
          host, std::to_string(port),
          asio::bind_cancellation_slot(
              slot, [&found, done](const std::error_code& failed, tcp::resolver::results_type results) {
                found = std::move(results);
                done(failed);
              }));
    };
    Operation<decltype(resolve)> operation(resolve);
    const std::error_code failed = co_await operation;
    if (failed) co_return failed;
  }
  auto connect = [&](asio::cancellation_slot slot, auto done) {
    asio::async_connect(socket, found,
                        asio::bind_cancellation_slot(slot, [done](const std::error_code& failed,
                                                                  const tcp::endpoint&) { done(failed); }));
  };
  Operation<decltype(connect)> operation(connect);
  const std::error_code failed = co_await operation;
  if (!failed) set_options(socket, options);
  co_return failed;
}

Task<Opened> connect_tcp(std::string host, std::uint16_t port, TcpOptions options) {
  Scope& scope = co_await current_scope();
  tcp::socket socket(scope.loop().io().context);
  Opened opened;
  opened.error = co_await connect_socket(socket, std::move(host), port, options);
  if (opened.error) co_return opened;
  std::error_code ignored;
  const std::string peer = text_of(socket.remote_endpoint(ignored));
  opened.stream = std::make_unique<TcpStream>(std::move(socket), peer);
  co_return opened;
}

std::unique_ptr<Listener> Listener::open(Loop& loop, const std::string& address, std::uint16_t port,
                                         std::error_code* error) {
  auto listener = std::make_unique<TcpListener>(loop.io().context);
  auto& acceptor = listener->acceptor_;
  std::error_code problem;
  const auto at = address.empty() ? asio::ip::address(asio::ip::address_v6::any())
                                  : asio::ip::make_address(address, problem);
  const tcp::endpoint endpoint(at, port);
  if (!problem) acceptor.open(endpoint.protocol(), problem);
  if (!problem) acceptor.set_option(asio::socket_base::reuse_address(true), problem);
  if (!problem) acceptor.bind(endpoint, problem);
  if (!problem) acceptor.listen(asio::socket_base::max_listen_connections, problem);
  if (error) *error = problem;
  if (problem) return nullptr;
  return listener;
}

}  // namespace bondline::net
