#include "design/package/written.h"

#include "document/document.h"

namespace bondline::package {
namespace {

using document::Node;

/// Lists of scalars are one value ("[6.2 mm, 5.8 mm]"), shown up to this many bytes.
constexpr std::size_t kLongest = 120;

bool plain_list(const Node& node) {
  if (!node.is_list()) return false;
  for (const auto& item : node.items)
    if (!item.is_scalar() && !plain_list(item)) return false;
  return true;
}

std::string in_words(const Node& node) {
  if (node.is_scalar()) return node.text;
  std::string out = "[";
  for (const auto& item : node.items) {
    if (out.size() > kLongest) return out + ", …]";
    out += (out.size() > 1 ? ", " : "") + in_words(item);
  }
  return out + "]";
}

/// What an item of a list is called: its name where it has one, else its number from 1.
std::string name_of(const Node& item, std::size_t number) {
  const Node* name = item.is_map() ? item.find("name") : nullptr;
  return name != nullptr && name->is_scalar() ? name->text : std::to_string(number + 1);
}

void walk(const Node& node, const std::string& path, std::vector<Written>& out) {
  const std::string below = path.empty() ? "" : path + ".";
  if (node.is_map()) {
    for (const auto& entry : node.entries) walk(entry.value, below + entry.key, out);
  } else if (node.is_scalar() || plain_list(node)) {
    out.push_back({path, in_words(node), node.where});
  } else {
    for (std::size_t i = 0; i < node.items.size(); ++i)
      walk(node.items[i], below + name_of(node.items[i], i), out);
  }
}

}  // namespace

std::vector<Written> written(const std::string& file, base::Files& files) {
  base::FileProblem problem;
  constexpr std::uint64_t kMost = 16u << 20;
  const auto text = files.read(file, &problem, kMost);
  if (!text) return {};
  base::Diagnostics ignored;
  const auto tree = document::parse(*text, file, ignored);
  if (!tree || !tree->is_map() || tree->find("bondline") == nullptr) return {};
  std::vector<Written> out;
  walk(*tree, "", out);
  return out;
}

}  // namespace bondline::package
