#include "line/station/line_file/keys.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace bondline::station {

using document::Node;

std::chrono::nanoseconds nanoseconds_of(double seconds) {
  if (!(seconds > 0)) return std::chrono::nanoseconds{0};
  return std::chrono::nanoseconds(
      std::max<std::int64_t>(1, std::llround(std::min(seconds, kLongest_s) * 1e9)));
}

std::chrono::nanoseconds duration(const Node& map, const char* key, double otherwise_s,
                                  base::Diagnostics& d) {
  return nanoseconds_of(document::read_quantity(map, key, base::dim::time, otherwise_s, d));
}

int whole(const Node& map, const char* key, int otherwise) {
  const Node* node = map.find(key);
  return node ? std::atoi(node->text.c_str()) : otherwise;
}

std::optional<std::string> first_line(base::Files& files, const Node& file, const LineFile& line,
                                      const std::string& secret, base::Diagnostics& d) {
  base::FileProblem problem;
  const auto text = files.read(base::join_path(base::folder_of(line.path), file.text), &problem, 1u << 16);
  if (text) return text->substr(0, text->find_first_of("\r\n"));
  d.error(file.where, "the " + secret + " file " + file.text + " can't be read: " + problem,
          "name a file whose first line is the " + secret);
  return std::nullopt;
}

std::shared_ptr<net::TlsContext> read_certificates(const Node& map, const base::Where& where,
                                                   const LineFile& line, bool secured,
                                                   const std::string& mend, base::Diagnostics& d) {
  if (!secured) {
    for (const char* key : {"ca", "certificate", "key", "server_name"})
      if (const Node* node = map.find(key))
        d.error(node->where, "\"" + std::string(key) + "\" means nothing without TLS", mend);
    return nullptr;
  }
  const auto file = [&](const char* key) {
    const Node* node = map.find(key);
    return node ? base::join_path(base::folder_of(line.path), node->text) : std::string();
  };
  const net::TlsOptions options = {file("ca"), file("certificate"), file("key"),
                                   document::read_text(map, "server_name")};
  if (options.certificate.empty() != options.key.empty())
    d.error(map.find(options.key.empty() ? "certificate" : "key")->where, "certificate and key go together",
            "name both, or neither");
  std::string problem;
  auto context = net::TlsContext::make(options, &problem);
  if (!context) {
    // At the file it speaks of, where it names one.
    base::Where place = where;
    for (const char* key : {"ca", "certificate", "key"})
      if (const Node* node = map.find(key); node && problem.find(" " + file(key) + " ") != std::string::npos)
        place = node->where;
    d.error(place, problem, "name PEM files that can be read");
  }
  return context;
}

}  // namespace bondline::station
