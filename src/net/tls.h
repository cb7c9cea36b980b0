// TLS 1.2 and 1.3 over TCP (OpenSSL). The server's certificate is always checked, chain and name; there is no
// switch that turns it off: a plant's own authority is named by `ca`.
#pragma once
#include <memory>
#include <string>

#include "net/tcp.h"

namespace bondline::net {

struct TlsOptions {
  std::string ca;                ///< PEM file of trusted authorities; "": the system's
  std::string certificate, key;  ///< PEM files to show who we are; "" when the server does not ask
  std::string name;  ///< the name that must be in the server's certificate; "": the host connected to
};

/// What is read from files once and used for every connection. Null with *problem when a file can't be read,
/// or key and certificate do not belong together.
class TlsContext {
 public:
  static std::shared_ptr<TlsContext> make(const TlsOptions& options, std::string* problem);
  virtual ~TlsContext() = default;
};

/// Connects and shakes hands. An error of the certificate says which: "certificate has expired", "Hostname
/// mismatch" ...
Task<Opened> connect_tls(std::shared_ptr<TlsContext> context, std::string host, std::uint16_t port,
                         TcpOptions options = {});

struct TlsServerOptions {
  std::string certificate, key;  ///< PEM files: who we are
  std::string client_ca;  ///< PEM file of authorities whose clients are let in; "": clients show nothing
};

/// The same for a server.
class TlsServerContext {
 public:
  static std::shared_ptr<TlsServerContext> make(const TlsServerOptions& options, std::string* problem);
  virtual ~TlsServerContext() = default;
};

/// Shakes hands on an accepted TCP connection, which is closed when that fails. Under a deadline, please: the
/// other side may say nothing.
Task<Opened> accept_tls(std::shared_ptr<TlsServerContext> context, std::unique_ptr<Stream> accepted);

}  // namespace bondline::net
