// Picks values out of a JSON document (RFC 8259) by paths, in one pass and without a tree: members that no
// path names are only checked. Nothing is allocated once buffers have grown; nothing throws. A document that
// is malformed anywhere gives nothing at all.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bondline::fields {

enum class JsonKind : std::uint8_t { null, boolean, number, text, structure };

/// A value a path led to. `text`: of a text its characters, unescaped; of others the bytes as written. Good
/// until the next scan.
struct JsonFound {
  std::uint32_t path = 0;  ///< what add() gave
  JsonKind kind = JsonKind::null;
  std::string_view text;
};

class JsonPaths {
 public:
  /// "temperature", "oven.zones.3.value", "oven.zones[3].value", or a pointer (RFC 6901): "/oven/a.b/3". The
  /// empty path is the whole document. Its number (the same for the same place), or -1 with *problem.
  int add(std::string_view path, std::string* problem);
  std::size_t size() const { return ends_; }

  /// "" or what is wrong, with its place. A member that comes twice is found twice.
  const char* scan(std::string_view document, std::vector<JsonFound>& found, std::size_t* at = nullptr);

  /// A document with one value at this path: {"a":{"b":VALUE}}; `value` is JSON. For settings.
  static std::string document_with(std::string_view path, std::string_view value);

  static constexpr int kMostDepth = 64;

 private:
  struct Place {
    std::map<std::string, std::uint32_t, std::less<>> members;
    std::int64_t path = -1;
  };
  struct Scan;
  static bool split(std::string_view path, std::vector<std::string>& steps, std::string* problem);
  std::vector<Place> places_{1};
  std::uint32_t ends_ = 0;
  std::string unescaped_, key_;
  struct Part {
    std::size_t found, at, size;
  };
  std::vector<Part> parts_;  ///< texts that lie in unescaped_
};

/// A text as a JSON string, with its quotes.
void write_json_text(std::string_view text, std::string& out);

}  // namespace bondline::fields
