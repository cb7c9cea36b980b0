#include <asio/ip/tcp.hpp>

#include "net/operation.h"
#include "net/tls.h"
#include "net/tls_stream.h"

namespace bondline::net {

namespace ssl = asio::ssl;

namespace {

class ServerContext : public TlsServerContext {
 public:
  ServerContext() : context(ssl::context::tls_server) {}
  ssl::context context;
};

}  // namespace

std::shared_ptr<TlsServerContext> TlsServerContext::make(const TlsServerOptions& options,
                                                         std::string* problem) {
  auto made = std::make_shared<ServerContext>();
  std::error_code error;
  const auto failed = [&](const std::string& what) {
    *problem = what + ": " + error.message();
    return nullptr;
  };
  SSL_CTX* const native = made->context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  made->context.use_certificate_chain_file(options.certificate, error);
  if (error) return failed("the certificate " + options.certificate + " can't be read");
  made->context.use_private_key_file(options.key, ssl::context::pem, error);
  if (error) return failed("the key " + options.key + " can't be used");
  if (SSL_CTX_check_private_key(native) != 1) {
    *problem = "the key " + options.key + " is not the certificate's";
    return nullptr;
  }
  if (!options.client_ca.empty()) {
    made->context.load_verify_file(options.client_ca, error);
    if (error) return failed("the authorities' file " + options.client_ca + " can't be read");
    made->context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
    // Without it a client that resumes a session is refused (SSL_CTX_set_session_id_context(3)).
    constexpr unsigned char kName[] = "bondline";
    SSL_CTX_set_session_id_context(native, kName, sizeof kName - 1);
  }
  return made;
}

Task<Opened> accept_tls(std::shared_ptr<TlsServerContext> shared, std::unique_ptr<Stream> accepted) {
  Opened opened;
  auto* const plain = dynamic_cast<AsioStream<asio::ip::tcp::socket>*>(accepted.get());
  if (!plain) {
    opened.error = std::make_error_code(std::errc::not_a_socket);
    co_return opened;
  }
  auto& context = static_cast<ServerContext&>(*shared);
  auto stream = std::make_unique<Secured>(std::move(plain->object()), context.context);
  const std::string peer = accepted->peer();
  Secured* const secured = stream.get();
  auto shake = [secured](asio::cancellation_slot slot, auto done) {
    secured->async_handshake(
        ssl::stream_base::server,
        asio::bind_cancellation_slot(slot, [done](const std::error_code& error) { done(error); }));
  };
  Operation<decltype(shake)> operation(shake);
  opened.error = co_await operation;
  if (!opened.error) opened.stream = std::make_unique<TlsStream>(std::move(stream), peer);
  co_return opened;
}

}  // namespace bondline::net
