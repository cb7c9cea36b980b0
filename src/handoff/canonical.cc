#include "handoff/canonical.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/hash.h"

namespace bondline::handoff {
namespace {

std::string string_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void put(std::string& out, const nlohmann::json& node) {
  if (node.is_object()) {
    out += '{';
    bool first = true;
    for (const auto& [key, value] : node.items()) {  // std::map: sorted by bytes
      if (!first) out += ',';
      first = false;
      out += string_text(key) + ':';
      put(out, value);
    }
    out += '}';
  } else if (node.is_array()) {
    out += '[';
    for (std::size_t i = 0; i < node.size(); ++i) {
      if (i > 0) out += ',';
      put(out, node[i]);
    }
    out += ']';
  } else if (node.is_number()) {
    out += number_text(node.get<double>());
  } else if (node.is_string()) {
    out += string_text(node.get_ref<const std::string&>());
  } else {
    out += node.dump();
  }
}

}  // namespace

std::string number_text(double value) {
  if (value == 0) return "0";  // and -0
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  const std::string text(buffer, end);  // "-d.ddde+xx"
  const std::size_t e = text.find('e');
  if (e == std::string::npos) return text;  // not finite: the caller has refused it
  const bool negative = text[0] == '-';
  std::string digits;
  for (std::size_t i = negative ? 1 : 0; i < e; ++i) {
    if (text[i] != '.') digits += text[i];
  }
  const int k = static_cast<int>(digits.size()), n = std::stoi(text.substr(e + 1)) + 1;
  std::string out = negative ? "-" : "";
  if (k <= n && n <= 21) return out + digits + std::string(std::size_t(n - k), '0');
  if (0 < n && n <= 21) return out + digits.substr(0, std::size_t(n)) + '.' + digits.substr(std::size_t(n));
  if (-6 < n && n <= 0) return out + "0." + std::string(std::size_t(-n), '0') + digits;
  out += digits[0];
  if (k > 1) out += '.' + digits.substr(1);
  return out + 'e' + (n > 0 ? "+" : "-") + std::to_string(n > 0 ? n - 1 : 1 - n);
}

std::string canonical(const nlohmann::json& document) {
  std::string out;
  put(out, document);
  return out;
}

std::string content_hash(nlohmann::json document) {
  document.erase("hash");
  return base::sha256_hex(canonical(document));
}

}  // namespace bondline::handoff
