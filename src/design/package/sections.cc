#include "design/package/sections.h"

#include <algorithm>

namespace bondline::package {
namespace {

using document::Node;
using document::Schema;
using document::Type;
using document::Value;

class Keeper {
 public:
  explicit Keeper(std::map<std::string, Node>& kept) : kept_(kept) {}

  void map(const Node& node, const Schema& schema, const std::string& path) {
    for (const Node::Entry& entry : node.entries) {
      const auto key = std::find_if(schema.keys.begin(), schema.keys.end(),
                                    [&](const document::Key& k) { return k.name == entry.key; });
      if (key == schema.keys.end()) continue;
      const std::string here = path.empty() ? entry.key : path + "." + entry.key;
      const bool homeless = !key->used && (key->value.type == Type::anything || here == "nets");
      if (homeless)
        kept_[here] = entry.value;
      else
        value(entry.value, key->value, here);
    }
  }

 private:
  void value(const Node& node, const Value& wanted, const std::string& path) {
    if (wanted.type == Type::map && node.is_map() && wanted.keys) map(node, *wanted.keys, path);
    if (wanted.type == Type::dictionary && node.is_map() && wanted.item && wanted.item->type == Type::map)
      for (const Node::Entry& entry : node.entries)
        if (entry.value.is_map()) map(entry.value, *wanted.item->keys, path + "." + entry.key);
  }

  std::map<std::string, Node>& kept_;
};

/// Names may hold dots, so a path is followed by the longest key that is there.
void put_at(Node& map, const std::string& path, const Node& value) {
  Node::Entry* best = nullptr;
  for (Node::Entry& entry : map.entries) {
    const bool prefix = path.size() > entry.key.size() && path.compare(0, entry.key.size(), entry.key) == 0 &&
                        path[entry.key.size()] == '.';
    if ((prefix || path == entry.key) && (!best || entry.key.size() > best->key.size())) best = &entry;
  }
  if (best && best->key == path) {
    best->value = value;
  } else if (best && best->value.is_map()) {
    put_at(best->value, path.substr(best->key.size() + 1), value);
  } else if (!best && path.find('.') != std::string::npos && path.compare(0, 7, "limits.") == 0) {
    Node inner = document::map();
    document::put(inner, path.substr(7), value);
    document::put(map, "limits", inner);
  } else {
    document::put(map, path, value);
  }
}

}  // namespace

std::map<std::string, Node> keep_sections(const Node& root, const Schema& schema) {
  std::map<std::string, Node> kept;
  Keeper(kept).map(root, schema, "");
  return kept;
}

void restore_sections(const std::map<std::string, Node>& sections, Node& root) {
  for (const auto& [path, value] : sections) put_at(root, path, value);
}

}  // namespace bondline::package
