#include "line/station/line_file/load_api.h"

#include <sys/stat.h>

#include <charconv>

namespace bondline::station {

using document::Node;

namespace {

/// Tokens shorter than this can be guessed.
constexpr std::size_t kShortestToken = 16;

bool is_loopback(const std::string& address) {
  return address == "localhost" || address == "::1" || address.starts_with("127.");
}

std::string read_token(base::Files& files, const Node& file, LineFile& line, std::string& path,
                       base::Diagnostics& d) {
  path = base::join_path(base::folder_of(line.path), file.text);
  line.files.push_back(path);
  base::FileProblem problem;
  const auto text = files.read(path, &problem, 1u << 16);
  if (!text) {
    d.error(file.where, "the token file can't be read: " + problem,
            "make one: openssl rand -hex 32 > " + path + " && chmod 600 " + path);
    return "";
  }
  const std::string token = text->substr(0, text->find_first_of("\r\n"));
  bool plain = true;
  for (const char c : token) plain &= c > 32 && c < 127;
  if (token.size() < kShortestToken || !plain) {
    d.error(file.where,
            "the token in " + path + " is too short, or holds more than letters, digits and signs",
            "16 characters or more in its first line: openssl rand -hex 32 > " + path);
    return "";
  }
  struct stat about {};
  if (stat(path.c_str(), &about) == 0 && (about.st_mode & (S_IRGRP | S_IROTH)) != 0)
    d.warning(file.where, "others on this machine can read " + path, "chmod 600 " + path);
  return token;
}

bool read_listen(const Node& node, ApiAccess& api, base::Diagnostics& d) {
  std::string_view rest = node.text;
  const std::size_t colon = rest.rfind(':');
  unsigned port = api.port;
  if (colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos) {
    const auto digits = rest.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port < 1 || port > 65535) port = 0;
    rest = rest.substr(0, colon);
  }
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  if (port == 0 || rest.empty()) {
    d.error(node.where, "\"" + node.text + "\" is no address to listen on", "write 127.0.0.1:8089");
    return false;
  }
  api.address = rest == "localhost" ? std::string("127.0.0.1") : std::string(rest);
  api.port = static_cast<std::uint16_t>(port);
  return true;
}

void load_write(base::Files& files, const Node& map, ApiAccess& api, LineFile& line, base::Diagnostics& d) {
  api.writable = true;
  const Node& file = *map.find("token_file");
  api.write_token = read_token(files, file, line, api.write_token_file, d);
  if (!api.write_token.empty() && api.write_token == api.token)
    d.error(file.where, "whoever may read could write with the same token", "make another token for writing");
  if (const Node* tags = map.find("tags"))
    for (const Node& tag : tags->items) {
      api.write_tags.push_back(tag.text);
      bool any = d.has_errors();  // a machine that could not be read has no tags
      for (const tags::Tag& known : line.tags->all())
        any |= (known.writable || known.path.starts_with("alarms/")) && line.tags->find(known.name) &&
               matches(tag.text, known.name);
      if (!any)
        d.error(tag.where, "no tag that can be written is called \"" + tag.text + "\"",
                "name one, or the beginning of some and *; bondline tags browse shows which are writable");
    }
}

}  // namespace

bool matches(std::string_view pattern, std::string_view name) {
  return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1)) : name == pattern;
}

void load_api(base::Files& files, const Node& map, LineFile& line, base::Diagnostics& d) {
  ApiAccess api;
  if (const Node* listen = map.find("listen"))
    if (!read_listen(*listen, api, d)) return;
  if (const Node* file = map.find("token_file"))
    api.token = read_token(files, *file, line, api.token_file, d);
  else if (!is_loopback(api.address))
    d.error(map.find("listen")->where, "whoever reaches " + api.address + " could look at the line",
            "give it token_file: FILE, or listen on 127.0.0.1");
  const Node *certificate = map.find("certificate"), *key = map.find("key");
  if (!certificate != !key) {
    d.error((certificate ? certificate : key)->where, "certificate and key go together",
            "name both, or neither");
  } else if (certificate) {
    net::TlsServerOptions options;
    options.certificate = base::join_path(base::folder_of(line.path), certificate->text);
    options.key = base::join_path(base::folder_of(line.path), key->text);
    line.files.push_back(options.certificate);
    api.certificate_file = options.certificate;
    std::string problem;
    api.tls = net::TlsServerContext::make(options, &problem);
    if (!api.tls) d.error(certificate->where, problem, "name PEM files that can be read");
    base::FileProblem unread;
    api.said = files.read(options.certificate, &unread, 1u << 20).value_or("");
  } else if (!is_loopback(api.address)) {
    d.warning(map.find("listen")->where, "tokens and values go over the network in the clear",
              "give it certificate: FILE and key: FILE");
  }
  if (const Node* write = map.find("write")) load_write(files, *write, api, line, d);
  api.said += document::to_yaml(map) + api.token + "\n" + api.write_token;
  line.api = std::move(api);
}

}  // namespace bondline::station
