// A tree as YAML: block style with two spaces a level; a list of scalars or a small map that fits on its line
// stands inline, as an engineer would write "size: [12 mm, 12 mm]".
#include <optional>

#include "document/document.h"
#include "document/scalar_style.h"

namespace bondline::document {
namespace {

constexpr std::size_t kLineWidth = 100;

std::string scalar_text(const Node& node, Context context) {
  if (node.quoted) return in_quotes(node.text);
  return node.text.empty() || is_plain(node.text, context) ? node.text : in_quotes(node.text);
}

std::string key_text(const std::string& key) {
  return key != "<<" && is_plain(key, Context::flow) ? key : in_quotes(key);
}

// The node on one line within `room` characters; nothing when it does not fit there or would read back
// differently.
std::optional<std::string> inline_text(const Node& node, std::size_t room) {
  if (node.is_scalar()) {
    const bool bare = !node.quoted;
    if (bare && !is_plain(node.text, Context::flow)) return std::nullopt;  // bare in block style only
    std::string text = scalar_text(node, Context::flow);
    if (text.size() > room) return std::nullopt;
    return text;
  }
  const bool is_list = node.is_list();
  std::string text = is_list ? "[" : "{";
  const std::size_t count = is_list ? node.items.size() : node.entries.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) text += ", ";
    if (!is_list) text += key_text(node.entries[i].key) + ": ";
    if (text.size() + 1 > room) return std::nullopt;
    const auto part = inline_text(is_list ? node.items[i] : node.entries[i].value, room - text.size() - 1);
    if (!part) return std::nullopt;
    text += *part;
  }
  return text + (is_list ? "]" : "}");
}

bool is_empty(const Node& node) {
  return node.items.empty() && node.entries.empty();
}

class Writer {
 public:
  std::string write(const Node& root) {
    if (root.is_scalar()) return scalar_text(root, Context::block) + "\n";
    if (is_empty(root)) return root.is_list() ? "[]\n" : "{}\n";
    block(root, 0);
    return std::move(out_);
  }

 private:
  std::size_t column() const {
    const std::size_t line_end = out_.rfind('\n');
    return line_end == std::string::npos ? out_.size() : out_.size() - line_end - 1;
  }

  // A list or map, one entry a line; the first line starts where the writer stands, the others at `indent`.
  void block(const Node& node, std::size_t indent) {
    bool first = true;
    const auto begin_line = [&] {
      if (!first) out_.append(indent, ' ');
      first = false;
    };
    for (const Node& item : node.items) {
      begin_line();
      out_ += "-";
      value(item, indent + 2, true);
    }
    for (const Node::Entry& entry : node.entries) {
      begin_line();
      out_ += key_text(entry.key) + ":";
      value(entry.value, indent + 2, false);
    }
  }

  void value(const Node& node, std::size_t indent, bool in_list) {
    if (node.is_scalar()) {
      const std::string text = scalar_text(node, Context::block);
      out_ += (text.empty() ? "" : " ") + text + "\n";
      return;
    }
    const std::size_t at = column() + 1;
    const auto short_form = inline_text(node, is_empty(node) ? 2 : at < kLineWidth ? kLineWidth - at : 0);
    if (short_form) {
      out_ += " " + *short_form + "\n";
    } else if (in_list) {
      out_ += ' ';  // "- key: value" and "- - item": the block starts on the dash's line
      block(node, indent);
    } else {
      out_ += '\n';
      out_.append(indent, ' ');
      block(node, indent);
    }
  }

  std::string out_;
};

}  // namespace

std::string to_yaml(const Node& node) {
  return Writer().write(node);
}

}  // namespace bondline::document
