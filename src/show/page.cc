#include "show/page.h"

#include "base/diagnostic.h"
#include "show/text.h"

namespace bondline::show {
namespace {

/// Nothing is fetched and nothing is sent: scripts and styles of the file itself, pictures made by it.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'";

void must_not_hold(std::string_view text, std::string_view end) {
  if (text.find(end) != std::string_view::npos)
    throw base::Error("a part of the page holds \"" + std::string(end) + "\"",
                      "this is a fault of the program");
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string script_safe(std::string_view json) {
  std::string out;
  out.reserve(json.size() + json.size() / 64);
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (json[i] == '<') {
      out += "\\u003c";
    } else if (json.compare(i, 3, "\xE2\x80\xA8") == 0 || json.compare(i, 3, "\xE2\x80\xA9") == 0) {
      out += json[i + 2] == '\xA8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out += json[i];
    }
  }
  return out;
}

std::string base64(std::span<const std::uint8_t> bytes) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const std::uint32_t word = std::uint32_t(bytes[i]) << 16 |
                               (left > 1 ? std::uint32_t(bytes[i + 1]) << 8 : 0) |
                               (left > 2 ? std::uint32_t(bytes[i + 2]) : 0);
    out += kLetters[word >> 18];
    out += kLetters[word >> 12 & 63];
    out += left > 1 ? kLetters[word >> 6 & 63] : '=';
    out += left > 2 ? kLetters[word & 63] : '=';
  }
  return out;
}

std::string to_html(const Page& page) {
  std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  out += "<meta http-equiv=\"Content-Security-Policy\" content=\"" + std::string(kPolicy) + "\">\n";
  out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  out += "<meta name=\"color-scheme\" content=\"light dark\">\n";
  out += "<title>" + escape_html(page.title) + "</title>\n";
  for (const auto style : page.styles) {
    must_not_hold(style, "</style");
    out += "<style>\n" + std::string(style) + "</style>\n";
  }
  out += "</head>\n<body>\n" + page.body;
  out += "<noscript>" + std::string(page.without_scripts) + "</noscript>\n";
  out += "<script type=\"application/json\" id=\"data\">" + script_safe(page.data) + "</script>\n";
  for (const auto script : page.scripts) {
    must_not_hold(script, "</script");
    must_not_hold(script, "<!--");
    out += "<script>\n" + std::string(script) + "</script>\n";
  }
  out += "</body>\n</html>\n";
  return out;
}

}  // namespace bondline::show
