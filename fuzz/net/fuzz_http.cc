// Bytes that claim to be HTTP, from either side: the parser reads nothing beyond their end, says the same
// however they are cut, keeps its limits, and what it lets through can be written and read again.
#include <cstdlib>
#include <string>

#include "net/http/parser.h"
#include "net/http/text.h"

using namespace bondline::net::http;

namespace {

Limits small_limits() {
  Limits limits;
  limits.line = 200;
  limits.head = 600;
  limits.fields = 8;
  limits.body = 300;
  limits.chunk_line = 40;
  return limits;
}

void demand(bool holds) {
  if (!holds) std::abort();
}

/// Everything the parser says, as one text.
std::string hear(std::string_view bytes, std::size_t step, Parser::Kind kind) {
  const Limits limits = small_limits();
  Parser parser(kind, limits);
  std::string told;
  std::size_t body = 0;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    std::string_view rest = bytes.substr(at, step);
    for (bool on = true; on;) {
      const Parser::Step got = parser.next(rest);
      demand(got.used <= rest.size());
      rest.remove_prefix(got.used);
      switch (got.event) {
        case Parser::Event::more:
          demand(rest.empty());
          on = false;
          break;
        case Parser::Event::head: {
          const Head& head = parser.head();
          demand(head.headers.size() <= limits.fields && head.headers.writable());
          demand(!(head.chunked && head.length));
          told += "<" + head.method + " " + head.target + " " + std::to_string(head.status) + head.reason;
          for (std::size_t i = 0; i < head.headers.size(); ++i)
            told += "|" + std::string(head.headers.name(i)) + ":" + std::string(head.headers.value(i));
          told += head.keep_alive ? ">" : "!>";
          break;
        }
        case Parser::Event::body:
          demand(!got.piece.empty());
          body += got.piece.size();
          demand(body <= limits.body);
          told += got.piece;
          break;
        case Parser::Event::end:
          told += "$";
          body = 0;
          parser.reset();
          on = !rest.empty();
          break;
        case Parser::Event::broken:
          demand(parser.status() >= 400 && !parser.problem().empty());
          return told + "#" + std::to_string(parser.status());
      }
    }
  }
  return told + (parser.finish() == Parser::Event::broken ? "#" : ".");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Parser::Kind kind = data[0] & 1 ? Parser::Kind::request : Parser::Kind::response;
  const std::string whole = hear(bytes, bytes.size(), kind);
  demand(hear(bytes, 1, kind) == whole);
  demand(hear(bytes, 2u + data[0] / 2u, kind) == whole);
  std::string problem;
  if (const auto url = read_url(bytes, &problem)) {
    const std::string text = (url->tls ? "https://" : "http://") + url->authority() + url->target;
    const auto again = read_url(text, &problem);
    demand(again && again->host == url->host && again->port == url->port && again->target == url->target);
  }
  percent_decoded(bytes, data[0] & 2);
  query_value(bytes, "a");
  if (const auto at = read_date(bytes)) demand(read_date(date(*at)) == at);
  return 0;
}
