#include "line/station/line_file/load_broker.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "line/station/line_file/keys.h"

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

}  // namespace

bool read_broker(base::Files& files, const Node& map, const Node& address, const std::string& name,
                 const base::Where& where, const LineFile& line, Broker& broker, base::Diagnostics& d) {
  const bool secured = address.text.starts_with("mqtts://");
  if (!read_address(address, secured ? "mqtts://" : "mqtt://", secured ? 8883 : 1883, broker.host,
                    broker.port, d))
    return false;
  broker.tls = read_certificates(map, where, line, secured, "write mqtts:// instead of mqtt://", d);
  broker.session.version =
      document::read_text(map, "version", "5") == "5" ? mqtt::Version::v5 : mqtt::Version::v311;
  broker.session.client_id = document::read_text(map, "client_id", "bondline-" + line.name + "-" + name);
  broker.session.keep_alive_s = static_cast<std::uint16_t>(
      std::clamp(document::read_quantity(map, "keep_alive", base::dim::time, 30, d), 1.0, 65535.0));
  if (map.find("user")) broker.session.user_name = document::read_text(map, "user");
  if (const Node* file = map.find("password_file"))
    if (const auto password = first_line(files, *file, line, "password", d))
      broker.session.password = *password;
  return true;
}

}  // namespace bondline::station
