#include "net/tls.h"

#include "net/connect_socket.h"
#include "net/io.h"
#include "net/operation.h"
#include "net/tls_stream.h"

namespace bondline::net {

namespace ssl = asio::ssl;

namespace {

class Context : public TlsContext {
 public:
  Context() : context(ssl::context::tls_client) {}
  ssl::context context;
  std::string name;
};

/// The certificate's own reason is better than "certificate verify failed".
struct VerifyCategory : std::error_category {
  const char* name() const noexcept override { return "certificate"; }
  std::string message(int code) const override { return X509_verify_cert_error_string(code); }
};

}  // namespace

std::shared_ptr<TlsContext> TlsContext::make(const TlsOptions& options, std::string* problem) {
  auto made = std::make_shared<Context>();
  std::error_code error;
  const auto failed = [&](const std::string& what) {
    *problem = what + ": " + error.message();
    return nullptr;
  };
  made->name = options.name;
  SSL_CTX_set_min_proto_version(made->context.native_handle(), TLS1_2_VERSION);
  made->context.set_verify_mode(ssl::verify_peer);
  if (options.ca.empty())
    made->context.set_default_verify_paths(error);
  else
    made->context.load_verify_file(options.ca, error);
  if (error) return failed("the authorities' file " + options.ca + " can't be read");
  if (!options.certificate.empty()) {
    made->context.use_certificate_chain_file(options.certificate, error);
    if (error) return failed("the certificate " + options.certificate + " can't be read");
  }
  if (!options.key.empty()) {
    made->context.use_private_key_file(options.key, ssl::context::pem, error);
    if (error) return failed("the key " + options.key + " can't be used");
    if (SSL_CTX_check_private_key(made->context.native_handle()) != 1) {
      *problem = "the key " + options.key + " is not the certificate's";
      return nullptr;
    }
  }
  return made;
}

Task<Opened> connect_tls(std::shared_ptr<TlsContext> shared, std::string host, std::uint16_t port,
                         TcpOptions options) {
  Scope& scope = co_await current_scope();
  auto& context = static_cast<Context&>(*shared);
  auto stream = std::make_unique<Secured>(scope.loop().io().context, context.context);
  Opened opened;
  opened.error = co_await connect_socket(stream->next_layer(), host, port, options);
  if (opened.error) co_return opened;
  const std::string name = context.name.empty() ? host : context.name;
  SSL_set_tlsext_host_name(stream->native_handle(), name.c_str());
  // OpenSSL's own check of the name, so that a mismatch is told as one.
  X509_VERIFY_PARAM* const verified = SSL_get0_param(stream->native_handle());
  if (X509_VERIFY_PARAM_set1_ip_asc(verified, name.c_str()) != 1)
    X509_VERIFY_PARAM_set1_host(verified, name.c_str(), 0);
  Secured* const secured = stream.get();
  auto shake = [secured](asio::cancellation_slot slot, auto done) {
    secured->async_handshake(
        ssl::stream_base::client,
        asio::bind_cancellation_slot(slot, [done](const std::error_code& error) { done(error); }));
  };
  Operation<decltype(shake)> operation(shake);
  opened.error = co_await operation;
  if (opened.error) {
    static const VerifyCategory verify;
    const long reason = SSL_get_verify_result(secured->native_handle());
    if (reason != X509_V_OK) opened.error = {static_cast<int>(reason), verify};
    co_return opened;
  }
  std::error_code ignored;
  const auto endpoint = stream->next_layer().remote_endpoint(ignored);
  opened.stream = std::make_unique<TlsStream>(
      std::move(stream), endpoint.address().to_string() + ":" + std::to_string(endpoint.port()));
  co_return opened;
}

}  // namespace bondline::net
