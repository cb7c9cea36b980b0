#include "line/station/line_file/load_broker.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace bondline::station {

using document::Node;

namespace {

/// "mqtt://host:1883" into its parts; false with a diagnostic when it is something else.
bool read_address(const Node& node, std::string_view scheme, std::uint16_t default_port, std::string& host,
                  std::uint16_t& port, base::Diagnostics& d) {
  std::string_view rest = node.text;
  const std::string example = fmt::format("{}broker.plant:{}", scheme, default_port);
  if (!rest.starts_with(scheme)) {
    d.error(node.where, "\"" + node.text + "\" is no address of a broker", "write " + example);
    return false;
  }
  rest.remove_prefix(scheme.size());
  port = default_port;
  const std::size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos) {
    unsigned number = 0;
    const auto digits = rest.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{} || end != digits.data() + digits.size() || number < 1 || number > 65535) {
      d.error(node.where, "\"" + std::string(digits) + "\" is no port", "write " + example);
      return false;
    }
    port = static_cast<std::uint16_t>(number);
    rest = rest.substr(0, colon);
  }
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  host = rest;
  if (host.empty()) d.error(node.where, "the address names no host", "write " + example);
  return !host.empty();
}

/// Reads certificates now, so that a wrong one is told before anything is opened.
void load_tls(const Node& map, bool secured, const base::Where& where, const LineFile& line, Broker& broker,
              base::Diagnostics& d) {
  if (!secured) {
    for (const char* key : {"ca", "certificate", "key", "server_name"})
      if (const Node* node = map.find(key))
        d.error(node->where, "\"" + std::string(key) + "\" means nothing without TLS",
                "write mqtts:// instead of mqtt://");
    return;
  }
  net::TlsOptions options;
  const auto file = [&](const char* key) {
    const Node* node = map.find(key);
    return node ? base::join_path(base::folder_of(line.path), node->text) : std::string();
  };
  options.ca = file("ca");
  options.certificate = file("certificate");
  options.key = file("key");
  options.name = document::read_text(map, "server_name");
  if (options.certificate.empty() != options.key.empty())
    d.error(map.find(options.key.empty() ? "certificate" : "key")->where, "certificate and key go together",
            "name both, or neither");
  std::string problem;
  broker.tls = net::TlsContext::make(options, &problem);
  if (!broker.tls) d.error(where, problem, "name PEM files that can be read");
}

}  // namespace

bool read_broker(base::Files& files, const Node& map, const Node& address, const std::string& name,
                 const base::Where& where, const LineFile& line, Broker& broker, base::Diagnostics& d) {
  const bool secured = address.text.starts_with("mqtts://");
  if (!read_address(address, secured ? "mqtts://" : "mqtt://", secured ? 8883 : 1883, broker.host,
                    broker.port, d))
    return false;
  load_tls(map, secured, where, line, broker, d);
  broker.session.version =
      document::read_text(map, "version", "5") == "5" ? mqtt::Version::v5 : mqtt::Version::v311;
  broker.session.client_id = document::read_text(map, "client_id", "bondline-" + line.name + "-" + name);
  broker.session.keep_alive_s = static_cast<std::uint16_t>(
      std::clamp(document::read_quantity(map, "keep_alive", base::dim::time, 30, d), 1.0, 65535.0));
  if (map.find("user")) broker.session.user_name = document::read_text(map, "user");
  if (const Node* file = map.find("password_file")) {
    base::FileProblem problem;
    const auto text = files.read(base::join_path(base::folder_of(line.path), file->text), &problem, 1u << 16);
    if (!text)
      d.error(file->where, "the password file can't be read: " + problem,
              "name a file whose first line is the password");
    else
      broker.session.password = text->substr(0, text->find_first_of("\r\n"));
  }
  return true;
}

}  // namespace bondline::station
