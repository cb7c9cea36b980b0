// YAML events into a tree. The event interface of libfyaml keeps its state on the heap, so that depth and
// size are ours to bound; its own diagnostics are collected, never printed, and put into words a person can
// act on.
#include <fmt/format.h>
#include <libfyaml.h>

#include <memory>
#include <unordered_map>
#include <utility>

#include "base/utf8.h"
#include "document/document.h"
#include "document/scalar_style.h"
#include "document/text_check.h"

namespace bondline::document {
namespace {

using base::Where;

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxNodes = 8'000'000;  // about 1 GiB of tree
constexpr std::size_t kMaxKey = 200;          // YAML itself ends at 1024 characters, which escapes may reach

void say_nothing(fy_diag*, void*, const char*, std::size_t) {}

struct ParserDelete {
  void operator()(fy_parser* parser) const { fy_parser_destroy(parser); }
};
struct DiagDelete {
  void operator()(fy_diag* diag) const { fy_diag_destroy(diag); }
};

// Words and a mend for what libfyaml says; matched by a part of its message.
struct Translation {
  std::string_view says;
  std::string_view what;
  std::string_view mend;
};
constexpr Translation kTranslations[] = {
    {"invalid multiline plain key", "the next line is indented as if it belonged to this value",
     "indent keys of one map alike"},
    {"could not find expected ':'", "a \":\" is missing on this line", "write it as \"key: value\""},
    {"invalid nested block mapping on the same line", "a second \": \" on one line",
     "put the text in quotes, or write a map as {key: value}"},
    {"plain scalar cannot start with", "", "put the text in quotes"},
    {"without closing quote", "a quote is opened here and never closed", "close it"},
    {"without a closing bracket", "a \"[\" is never closed", "close the list with \"]\""},
    {"missing comma in flow sequence", "a \",\" or \"]\" is missing", "separate list items with commas"},
    {"missing comma in flow mapping", "a \",\" or \"}\" is missing", "separate keys with commas"},
    {"extra closing brace", "a \"}\" that nothing opened", "remove it"},
    {"extra closing bracket", "a \"]\" that nothing opened", "remove it"},
    {"depth limit", "the file nests too deeply", "nest at most 64 levels"},
};

class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, const std::string& file, base::Diagnostics& diagnostics)
      : text_(text), diagnostics_(diagnostics), last_{file, 1, 1} {}

  bool failed() const { return failed_; }
  bool has_root() const { return has_root_; }
  Node take_root() { return std::move(root_); }

  /// False when reading must stop.
  bool take(fy_event* event) {
    switch (event->type) {
      case FYET_DOCUMENT_START:
        if (++documents_ > 1)
          return stop(place(event->document_start.document_start), "a second document begins here",
                      "put it in a file of its own");
        return true;
      case FYET_MAPPING_START:
        note_extras(event->mapping_start.anchor, event->mapping_start.tag);
        return open(Kind::map, event->mapping_start.mapping_start);
      case FYET_SEQUENCE_START:
        note_extras(event->sequence_start.anchor, event->sequence_start.tag);
        return open(Kind::list, event->sequence_start.sequence_start);
      case FYET_MAPPING_END:
      case FYET_SEQUENCE_END:
        if (!stack_.empty()) stack_.pop_back();
        return true;
      case FYET_ALIAS:
        error(place(event->alias.anchor), "an alias (*name) stands for a value", "write the value itself");
        return add_scalar({}, last_, true);
      case FYET_SCALAR:
        note_extras(event->scalar.anchor, event->scalar.tag);
        return take_scalar(event->scalar.value);
      default:
        return true;
    }
  }

  /// Where the innermost open bracket stands, if one is open.
  const Where* open_bracket() const {
    for (auto frame = stack_.rbegin(); frame != stack_.rend(); ++frame)
      if (frame->flow) return &frame->node->where;
    return nullptr;
  }

 private:
  struct Frame {
    Node* node;
    bool flow = false;     // in brackets
    bool has_key = false;  // map: a key was read, its value comes next
    std::unordered_map<std::string, Where> seen;
  };

  void error(const Where& where, std::string what, std::string mend) {
    failed_ = true;
    diagnostics_.error(where, std::move(what), std::move(mend));
  }
  bool stop(const Where& where, std::string what, std::string mend) {
    error(where, std::move(what), std::move(mend));
    return false;
  }

  // Of a token; where the last one was for a token that is not in the text.
  Where place(fy_token* token) {
    const fy_mark* mark = token ? fy_token_start_mark(token) : nullptr;
    if (mark) {
      last_.line = mark->line + 1;
      last_.column = mark->column + 1;
    }
    return last_;
  }

  // The source from the first character of a token on.
  std::string_view rest_from(fy_token* token) const {
    const fy_mark* mark = token ? fy_token_start_mark(token) : nullptr;
    return mark && mark->input_pos < text_.size() ? text_.substr(mark->input_pos) : std::string_view();
  }

  void note_extras(fy_token* anchor, fy_token* tag) {
    if (anchor)
      error(place(anchor), "an anchor (&name) marks a value",
            "remove it; values are written where they are used");
    if (tag) error(place(tag), "a tag (!name) marks a value", "remove it; the key says what its value is");
  }

  bool wants_key() const { return !stack_.empty() && stack_.back().node->is_map() && !stack_.back().has_key; }

  // A place in the tree for the next value.
  Node* next_slot(const Where& where) {
    if (++nodes_ > kMaxNodes) {
      stop(where, fmt::format("the file holds more than {} values", kMaxNodes), "split it");
      return nullptr;
    }
    if (stack_.empty()) {
      has_root_ = true;
      return &root_;
    }
    Frame& frame = stack_.back();
    if (frame.node->is_list()) return &frame.node->items.emplace_back();
    frame.has_key = false;
    return &frame.node->entries.back().value;
  }

  bool open(Kind kind, fy_token* token) {
    const Where where = place(token);
    if (wants_key())
      return stop(where, "a list or map stands where a key should be", "write a name before the \":\"");
    if (stack_.size() >= kMaxDepth)
      return stop(where, fmt::format("the file nests deeper than {} levels", kMaxDepth), "write it flatter");
    const std::string_view rest = rest_from(token);
    const char first = rest.empty() ? '\0' : rest.front();
    const bool flow = first == '{' || first == '[' || (!stack_.empty() && stack_.back().flow);
    if (kind == Kind::map && first != '{' && flow)
      error(where, "a \":\" inside a list in brackets",
            "write {key: value}, or close the list before this line");
    Node* node = next_slot(where);
    if (!node) return false;
    node->kind = kind;
    node->where = where;
    stack_.push_back({node, flow, false, {}});
    return true;
  }

  bool take_scalar(fy_token* token) {
    Where where = place(token);
    if (!token) return add_scalar({}, where, false);
    const fy_scalar_style style = fy_token_scalar_style(token);
    std::string text;
    if (style == FYSS_SINGLE_QUOTED) {
      // Read from the source: on runs of '' libfyaml 0.7.12 loses characters and leaks.
      text = in_single_quotes(rest_from(token));
    } else {
      std::size_t size = 0;
      if (const char* bytes = fy_token_get_text(token, &size)) text.assign(bytes, size);
    }
    if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED)
      where.column -= where.column > 1;  // at the quote
    if (!base::is_utf8(text)) {
      error(where, "an escape that stands for no character", "write the character itself");
      text.clear();
    }
    // A bare text over several paragraphs can only be written again in quotes: it counts as quoted.
    const bool quoted = style != FYSS_PLAIN || text.find('\n') != std::string::npos;
    return add_scalar(std::move(text), where, quoted);
  }

  bool add_scalar(std::string text, const Where& where, bool quoted) {
    if (wants_key()) return add_key(std::move(text), where, quoted);
    if (!stack_.empty() && stack_.back().flow && stack_.back().has_key && text.empty() && !quoted)
      check_colon();
    Node* node = next_slot(where);
    if (!node) return false;
    node->text = std::move(text);
    node->quoted = quoted;
    node->where = where;
    return true;
  }

  bool add_key(std::string key, const Where& where, bool quoted) {
    Frame& frame = stack_.back();
    if (key.size() > kMaxKey)
      return stop(where, fmt::format("a key of {} characters", key.size()),
                  fmt::format("a key has at most {}", kMaxKey));
    if (key.empty() && !quoted) error(where, "a \":\" without a key before it", "write a name before it");
    if (key == "<<" && !quoted) error(where, "a merge key (<<)", "write the keys themselves");
    if (frame.node->entries.empty() && !frame.flow) frame.node->where = where;
    const auto [first, is_new] = frame.seen.emplace(key, where);
    if (!is_new)
      error(where, fmt::format("the key \"{}\" stands here and at {}", key, base::to_text(first->second)),
            "keep one of them");
    frame.node->entries.push_back({std::move(key), where, {}});
    frame.has_key = true;
    return true;
  }

  // {pitch:5} is one key without a value to YAML; nobody means that.
  void check_colon() {
    const Node::Entry& entry = stack_.back().node->entries.back();
    const std::size_t colon = entry.key.find(':');
    if (colon != std::string::npos)
      error(entry.where, fmt::format("no space after the \":\" in \"{}\"", entry.key),
            fmt::format("write \"{}: {}\"", entry.key.substr(0, colon), entry.key.substr(colon + 1)));
  }

  std::string_view text_;
  base::Diagnostics& diagnostics_;
  Where last_;
  Node root_;
  bool has_root_ = false;
  bool failed_ = false;
  int documents_ = 0;
  std::size_t nodes_ = 0;
  std::vector<Frame> stack_;
};

void report(fy_diag* diag, const TreeBuilder& builder, const std::string& file,
            base::Diagnostics& diagnostics) {
  bool any = false;
  void* at = nullptr;
  while (const fy_diag_error* found = fy_diag_errors_iterate(diag, &at)) {
    if (found->type != FYET_ERROR) continue;
    std::string what = found->msg ? found->msg : "the text is not YAML";
    std::string mend = "check quotes, brackets and indentation around here";
    for (const Translation& one : kTranslations) {
      if (what.find(one.says) == std::string::npos) continue;
      if (!one.what.empty()) what = one.what;
      mend = one.mend;
      const bool open_ended =
          what.find("missing") != std::string::npos || what.find("never") != std::string::npos;
      const Where* bracket = builder.open_bracket();
      if (open_ended && bracket) what += " (opened at " + base::to_text(*bracket) + ")";
      break;
    }
    diagnostics.error({file, std::max(found->line, 0), std::max(found->column, 0)}, std::move(what),
                      std::move(mend));
    any = true;
  }
  if (!any) diagnostics.error({file}, "the text is not YAML", "check quotes, brackets and indentation");
}

}  // namespace

std::optional<Node> parse(std::string_view text, const std::string& file, base::Diagnostics& diagnostics) {
  if (!check_text(text, file, diagnostics)) return std::nullopt;
  fy_diag_cfg diag_options;
  fy_diag_cfg_default(&diag_options);
  diag_options.fp = nullptr;
  diag_options.output_fn = say_nothing;
  diag_options.level = FYET_ERROR;
  diag_options.colorize = false;
  const std::unique_ptr<fy_diag, DiagDelete> diag(fy_diag_create(&diag_options));
  if (!diag)
    return diagnostics.error({file}, "no memory to read the file", "close other programs"), std::nullopt;
  fy_diag_set_collect_errors(diag.get(), true);

  fy_parse_cfg options{};
  options.flags = static_cast<fy_parse_cfg_flags>(FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE |
                                                  FYPCF_DISABLE_DEPTH_LIMIT);
  options.diag = diag.get();
  const std::unique_ptr<fy_parser, ParserDelete> parser(fy_parser_create(&options));
  if (!parser || fy_parser_set_string(parser.get(), text.data(), text.size()) != 0)
    return diagnostics.error({file}, "no memory to read the file", "close other programs"), std::nullopt;

  TreeBuilder builder(text, file, diagnostics);
  bool going = true;
  while (going) {
    fy_event* event = fy_parser_parse(parser.get());
    if (!event) break;
    going = builder.take(event);
    fy_parser_event_free(parser.get(), event);
  }
  if (going && fy_parser_get_stream_error(parser.get())) {
    report(diag.get(), builder, file, diagnostics);
    return std::nullopt;
  }
  if (builder.failed()) return std::nullopt;
  Node root = builder.take_root();
  if (!builder.has_root() || (root.is_scalar() && root.text.empty() && !root.quoted)) {
    diagnostics.error({file}, "the file is empty but for comments",
                      "write the document, or name another file");
    return std::nullopt;
  }
  return root;
}

}  // namespace bondline::document
