// A text a user wrote, as a tree with exact positions. YAML 1.2 and JSON are read by libfyaml; every scalar
// stays text until a Quantity or a type reads it, so "1e3", "on" and "5 mm" mean what the schema says and
// nothing else. Refused with a place and a mend: aliases and anchors, tags, merge keys, duplicate keys, a
// second document, tabs as indentation, invalid UTF-8, more than 64 levels, and a missing final newline (the
// file was cut off).
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostic.h"

namespace bondline::document {

enum class Kind { scalar, list, map };

/// One node. A plain value: copying copies the subtree. Map entries keep the order of the text.
struct Node {
  Kind kind = Kind::scalar;
  base::Where where;    ///< of the value's first character
  std::string text;     ///< scalar: the text, unquoted
  bool quoted = false;  ///< scalar: it stood in quotes
  struct Entry;
  std::vector<Entry> entries;  ///< map: in order
  std::vector<Node> items;     ///< list: in order

  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }
  /// The value under `key`, or null.
  const Node* find(std::string_view key) const;
  /// An empty or "null"/"~" unquoted scalar: the key was written without a value.
  bool is_null() const;
};

struct Node::Entry {
  std::string key;
  base::Where where;  ///< of the key
  Node value;
};

/// Parses `text`; `file` names it in messages. Null when it could not be read: everything wrong is in
/// `diagnostics`. Never throws, whatever the bytes. Bound on input: 256 MiB.
std::optional<Node> parse(std::string_view text, const std::string& file, base::Diagnostics& diagnostics);

/// YAML text of a tree (two-space indentation, short maps inline, scalars quoted only where needed, final
/// newline). parse(to_yaml(n)) gives the same tree but for positions.
std::string to_yaml(const Node& node);

/// Builders for writing files.
Node scalar(std::string text);
Node list(std::vector<Node> items = {});
Node map();
/// Appends key: value to a map and returns the map, for chaining.
Node& put(Node& map, std::string key, Node value);

/// The name among `known` that `wrong` most likely meant (edit distance <= 1 + length/4, case ignored), or
/// "".
std::string nearest(std::string_view wrong, const std::vector<std::string>& known);

}  // namespace bondline::document
