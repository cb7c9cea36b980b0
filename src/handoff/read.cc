#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "document/document.h"
#include "handoff/canonical.h"
#include "handoff/fields.h"

namespace bondline::handoff {
namespace {

using document::Node;

/// Visits a section and fills it from a map; whatever is wrong is gathered with its place.
class Reader {
 public:
  Reader(const Node& map, base::Diagnostics& problems) : map_(map), problems_(problems) {}

  void text(const char* key, std::string& out, const char*) {
    const Node* node = need(key);
    if (node == nullptr) return;
    if (!node->is_scalar() || !node->quoted) return refuse(*node, key, "must be a text in quotes");
    out = node->text;
  }
  void name(const char* key, std::string& out, const char* help) {
    text(key, out, help);
    const Node* node = map_.find(key);
    if (node != nullptr && node->is_scalar() && node->quoted && out.empty())
      refuse(*node, key, "must not be empty");
  }
  template <class Values>
  void choice(const char* key, std::string& out, const Values& values, const char* help) {
    text(key, out, help);
    const Node* node = map_.find(key);
    if (node == nullptr || !node->is_scalar() || !node->quoted) return;
    std::vector<std::string> all(values.begin(), values.end());
    if (std::find(all.begin(), all.end(), out) != all.end()) return;
    problems_.error(node->where, fmt::format("\"{}\" is no {}", out, key),
                    fmt::format("use one of {}", fmt::join(all, ", ")));
  }
  void number(const char* key, double& out, const char*) {
    if (const Node* node = need(key)) read_number(*node, key, out);
  }
  void size(const char* key, double& out, const char* help) {
    number(key, out, help);
    if (out < 0) refuse(*map_.find(key), key, "must not be negative");
  }
  void maybe(const char* key, std::optional<double>& out, const char*) {
    visited_.push_back(key);
    const Node* node = map_.find(key);
    double value = 0;
    if (node != nullptr && !(node->is_scalar() && node->is_null()) && read_number(*node, key, value))
      out = value;
  }
  void count(const char* key, int& out, const char*) {
    const Node* node = need(key);
    double value = 0;
    if (node == nullptr || !read_number(*node, key, value)) return;
    if (value < 0 || value > 1e6 || value != std::floor(value))
      return refuse(*node, key, "must be a whole number from 0 to 1e6");
    out = static_cast<int>(value);
  }
  void names(const char* key, std::vector<std::string>& out, const char*) {
    const Node* node = need_list(key);
    if (node == nullptr) return;
    for (const Node& item : node->items) {
      if (!item.is_scalar() || !item.quoted) return refuse(item, key, "must list texts in quotes");
      out.push_back(item.text);
    }
  }
  void rows(const char* key, std::vector<double>& out, std::size_t r, std::size_t c, const char*) {
    const Node* node = need_list(key);
    if (node == nullptr) return;
    if (node->items.size() != r) {
      return refuse(*node, key, fmt::format("has {} rows where {} belong", node->items.size(), r));
    }
    for (const Node& row : node->items) {
      if (!row.is_list()) return refuse(row, key, "must be a list of rows");
      if (!append(row, key, c, out)) return;
    }
  }
  void numbers(const char* key, std::vector<double>& out, std::size_t n, const char*) {
    if (const Node* node = need_list(key)) append(*node, key, n, out);
  }
  void maybe_rows(const char* key, std::vector<double>& out, std::size_t r, std::size_t c, const char* help) {
    if (given(key)) rows(key, out, r, c, help);
  }
  void maybe_numbers(const char* key, std::vector<double>& out, std::size_t n, const char* help) {
    if (given(key)) numbers(key, out, n, help);
  }
  void maybe_names(const char* key, std::vector<std::string>& out, std::size_t n, const char* help) {
    if (!given(key)) return;
    names(key, out, help);
    if (out.size() != n)
      refuse(*map_.find(key), key, fmt::format("has {} names where {} belong", out.size(), n));
  }
  template <class Item, class Fields>
  void maybe_list(const char* key, std::vector<Item>& out, const Fields& fields, const char* help) {
    if (given(key)) list(key, out, fields, help);
  }
  void pairs(const char* key, std::vector<std::pair<std::string, double>>& out, const char*) {
    const Node* node = need(key);
    if (node == nullptr) return;
    if (!node->is_map()) return refuse(*node, key, "must be a map of names to numbers");
    for (const auto& entry : node->entries) {
      double value = 0;
      if (read_number(entry.value, key, value)) out.emplace_back(entry.key, value);
    }
  }
  template <class Item, class Fields>
  void list(const char* key, std::vector<Item>& out, const Fields& fields, const char*) {
    const Node* node = need_list(key);
    if (node == nullptr) return;
    for (const Node& item : node->items) {
      if (!item.is_map()) {
        refuse(item, key, "must list maps");
        continue;
      }
      Reader inner(item, problems_);
      fields(inner, out.emplace_back());
      inner.finish();
    }
  }
  void expect(const char* key) { visited_.push_back(key); }

  /// Refuses the keys that no field asked for.
  void finish() {
    for (const auto& entry : map_.entries) {
      if (std::find(visited_.begin(), visited_.end(), entry.key) != visited_.end()) continue;
      const std::string meant = document::nearest(entry.key, visited_);
      problems_.error(entry.where, fmt::format("unknown key \"{}\"", entry.key),
                      meant.empty() ? "take it out" : fmt::format("did you mean \"{}\"?", meant));
    }
  }

 private:
  bool given(const char* key) {
    visited_.push_back(key);
    return map_.find(key) != nullptr;
  }
  const Node* need(const char* key) {
    visited_.push_back(key);
    const Node* node = map_.find(key);
    if (node == nullptr) problems_.error(map_.where, fmt::format("\"{}\" is missing", key), "add it");
    return node;
  }
  const Node* need_list(const char* key) {
    const Node* node = need(key);
    if (node == nullptr || node->is_list()) return node;
    refuse(*node, key, "must be a list");
    return nullptr;
  }
  bool append(const Node& row, const char* key, std::size_t n, std::vector<double>& out) {
    if (row.items.size() != n) {
      refuse(row, key, fmt::format("has {} numbers where {} belong", row.items.size(), n));
      return false;
    }
    for (const Node& item : row.items) {
      double value = 0;
      if (!read_number(item, key, value)) return false;
      out.push_back(value);
    }
    return true;
  }
  bool read_number(const Node& node, const char* key, double& out) {
    double value = 0;
    const char* first = node.text.data();
    const char* last = first + node.text.size();
    const bool scalar = node.is_scalar() && !node.quoted && !node.text.empty();
    const auto result =
        scalar ? std::from_chars(first, last, value) : std::from_chars_result{first, std::errc{}};
    if (!scalar || result.ptr != last || result.ec != std::errc{} || !std::isfinite(value)) {
      refuse(node, key, "must be a finite number");
      return false;
    }
    out = value;
    return true;
  }
  void refuse(const Node& node, const std::string& key, const std::string& what) {
    problems_.error(node.where, fmt::format("\"{}\" {}", key, what), "see docs/formats/handoff.md");
  }

  const Node& map_;
  base::Diagnostics& problems_;
  std::vector<std::string> visited_;
};

/// The bounds that are set must not fall from alarm low to alarm high.
void check_bands(const Handoff& handoff, const Node& root, base::Diagnostics& problems) {
  for (std::size_t i = 0; i < handoff.limits.size(); ++i) {
    const TagLimit& limit = handoff.limits[i];
    double before = -std::numeric_limits<double>::infinity();
    for (const auto& bound : {limit.low_alarm, limit.low_warn, limit.high_warn, limit.high_alarm}) {
      if (!bound) continue;
      if (*bound < before) {
        problems.error(root.find("limits")->items[i].where,
                       fmt::format("the limits of \"{}\" cross", limit.tag),
                       "order them low_alarm <= low_warn <= high_warn <= high_alarm");
        break;
      }
      before = *bound;
    }
  }
}

template <class Item>
void check_unique(const char* section, const std::vector<Item>& items, const Node& root,
                  base::Diagnostics& problems) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (seen.insert(items[i].name).second) continue;
    problems.error(root.find(section)->items[i].where,
                   fmt::format("{} names \"{}\" twice", section, items[i].name), "give each its own name");
  }
}

/// What the fields cannot say one by one: E and A or time constants; films that fit their inputs.
void check_models(const Handoff& handoff, const Node& root, base::Diagnostics& problems) {
  for (std::size_t i = 0; i < handoff.models.size(); ++i) {
    const ReducedModel& m = handoff.models[i];
    const auto refuse = [&](const std::string& what) {
      problems.error(root.find("models")->items[i].where, fmt::format("the model \"{}\" {}", m.name, what),
                     "see docs/formats/handoff.md");
    };
    const bool diagonal = !m.time_constants.empty();
    if (m.states > 0 && (diagonal ? !m.E.empty() || !m.A.empty() : m.E.empty() || m.A.empty()))
      refuse("must give either E and A, or time_constants");
    if (std::any_of(m.time_constants.begin(), m.time_constants.end(), [](double t) { return t < 0; }))
      refuse("has a negative time constant");
    if (m.bound.size() > 1 || m.range_bound.size() > 1) refuse("has more than one bound");
    for (const FilmParameter& film : m.films) {
      if (!(film.low > 0 && film.low <= film.designed && film.designed <= film.high))
        refuse(fmt::format("has a film \"{}\" whose range does not hold its designed value", film.name));
      if (std::find(m.inputs.begin(), m.inputs.end(), film.ambient) == m.inputs.end())
        refuse(fmt::format("has no input \"{}\", the ambient of film \"{}\"", film.ambient, film.name));
    }
  }
}

/// Line and column of a byte, counted from 1.
base::Where place_of(const std::string& text, const std::string& file, std::size_t byte) {
  base::Where where{file, 1, 1};
  for (std::size_t i = 0; i < std::min(byte, text.size()); ++i) {
    ++where.column;
    if (text[i] == '\n') ++where.line, where.column = 1;
  }
  return where;
}

}  // namespace

std::optional<Handoff> read(const std::string& text, const std::string& file,
                            base::Diagnostics& diagnostics) try {
  base::Diagnostics problems;
  const auto give_up = [&]() -> std::optional<Handoff> {
    diagnostics.add(problems);
    return std::nullopt;
  };
  const auto root =
      document::parse(text, file, problems);  // positions; refuses duplicate keys, depth, truncation
  if (!root) return give_up();
  nlohmann::json strict;
  try {
    strict = nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& e) {
    problems.error(place_of(text, file, e.byte > 0 ? e.byte - 1 : 0), "this is not JSON",
                   "write the handoff again");
    return give_up();
  } catch (const nlohmann::json::exception&) {
    problems.error({file, 0, 0}, "a number is too large for a double", "write the handoff again");
    return give_up();
  }
  if (!root->is_map() || !strict.is_object()) {
    problems.error(root->where, "a handoff is a JSON object", "write the handoff again");
    return give_up();
  }
  const Node* version = root->find("bondline");
  if (version == nullptr || (version->text != kVersion && version->text != kOlderVersion) ||
      !version->quoted) {
    problems.error(version == nullptr ? root->where : version->where,
                   version == nullptr ? "\"bondline\" is missing: this is no handoff"
                                      : fmt::format("version \"{}\" cannot be read", version->text),
                   fmt::format("use a document that says \"bondline\": \"{}\"", kVersion));
    return give_up();
  }
  Handoff handoff;
  Reader reader(*root, problems);
  reader.expect("bondline");
  handoff_fields(reader, handoff);
  reader.name("hash", handoff.hash, "");
  reader.finish();
  if (problems.has_errors()) return give_up();
  check_bands(handoff, *root, problems);
  check_unique("regions", handoff.regions, *root, problems);
  check_unique("models", handoff.models, *root, problems);
  check_models(handoff, *root, problems);
  if (content_hash(std::move(strict)) != handoff.hash) {
    problems.error(root->find("hash")->where,
                   "the hash does not fit the content: the file was changed after it was written",
                   "use the file as sign-off wrote it, or sign the design off again");
  }
  if (problems.has_errors()) return give_up();
  diagnostics.add(problems);
  return handoff;
} catch (const std::exception& e) {  // memory, or a defect: still an answer
  diagnostics.error({file, 0, 0}, std::string("the handoff could not be read: ") + e.what(), "");
  return std::nullopt;
}

}  // namespace bondline::handoff
