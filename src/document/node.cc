// The tree itself: looking up, building, and the nearest known name.
#include <algorithm>
#include <utility>

#include "document/document.h"
#include "document/scalar_style.h"

namespace bondline::document {

const Node* Node::find(std::string_view key) const {
  for (const Entry& entry : entries)
    if (entry.key == key) return &entry.value;
  return nullptr;
}

bool Node::is_null() const {
  return kind == Kind::scalar && !quoted && (text.empty() || text == "null" || text == "~");
}

Node scalar(std::string text) {
  Node node;
  node.text = std::move(text);
  // A text that would read back as nothing or as something else stands in quotes.
  node.quoted = node.is_null() || !is_plain(node.text, Context::block);
  return node;
}

Node list(std::vector<Node> items) {
  Node node;
  node.kind = Kind::list;
  node.items = std::move(items);
  return node;
}

Node map() {
  Node node;
  node.kind = Kind::map;
  return node;
}

Node& put(Node& map, std::string key, Node value) {
  map.entries.push_back({std::move(key), {}, std::move(value)});
  return map;
}

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Edit distance with swaps of neighbours (optimal string alignment), case ignored.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> two_back(b.size() + 1), back(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) back[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({back[j] + 1, row[j - 1] + 1, back[j - 1] + !same});
      const bool swapped =
          i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], two_back[j - 2] + 1);
    }
    std::swap(two_back, back);
    std::swap(back, row);
  }
  return back[b.size()];
}

}  // namespace

std::string nearest(std::string_view wrong, const std::vector<std::string>& known) {
  const std::size_t allowed = 1 + wrong.size() / 4;
  std::size_t best = allowed + 1;
  std::string found;
  for (const std::string& name : known) {
    const std::size_t longer = std::max(name.size(), wrong.size()),
                      shorter = std::min(name.size(), wrong.size());
    if (longer - shorter > allowed) continue;
    const std::size_t edits = distance(wrong, name);
    // Names that share no letter are not near, however short.
    if (edits < best && edits < longer) {
      best = edits;
      found = name;
    }
  }
  return found;
}

}  // namespace bondline::document
