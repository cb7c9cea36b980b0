#include "line/station/line_file/load_handoff.h"

#include <array>

#include "trust/key_file.h"
#include "trust/signature.h"

namespace bondline::station {

using document::Node;

namespace {

struct Bound {
  const char* name;
  std::optional<double> handoff::TagLimit::*value;
};
constexpr std::array<Bound, 4> kBounds = {{{"low_alarm", &handoff::TagLimit::low_alarm},
                                           {"low_warn", &handoff::TagLimit::low_warn},
                                           {"high_warn", &handoff::TagLimit::high_warn},
                                           {"high_alarm", &handoff::TagLimit::high_alarm}}};

/// Whether the key that the line file names has signed it.
void check_signature(base::Files& files, const Node& map, const std::string& folder, GivenHandoff& given,
                     base::Diagnostics& d) {
  const Node *key = map.find("key"), *named = map.find("signature");
  if (!key) {
    if (named)
      d.error(named->where, "a signature says nothing without a key that is trusted",
              "name key: NAME.pub.pem");
    return;
  }
  std::string problem;
  base::FileProblem unread;
  const auto trusted = trust::read_public_key(base::join_path(folder, key->text), &problem);
  if (!trusted) {
    d.error(key->where, "the key " + key->text + " can't be used: " + problem,
            "name a public Ed25519 key in PEM");
    return;
  }
  const std::string path = named ? base::join_path(folder, named->text) : given.path + ".sig";
  const auto text = files.read(path, &unread, 1u << 16);
  if (!text) {
    d.error((named ? named : key)->where, "the handoff's signature can't be read: " + unread,
            "bondline handoff sign makes it");
    return;
  }
  const auto detached = trust::read_detached(*text, &problem);
  if (detached) problem = trust::check(*detached, "handoff", given.hash, std::span(&*trusted, 1));
  if (!problem.empty()) {
    d.error(key->where, "the handoff " + given.path + " is not to be trusted: " + problem,
            "take the handoff as it was signed, or have it signed anew");
    return;
  }
  given.signed_by = trust::fingerprint(*trusted);
}

std::string in_quotes(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

std::string bounds_of(const handoff::TagLimit& limit) {
  std::string out;
  for (const Bound& bound : kBounds)
    if (limit.*bound.value) out += (out.empty() ? "" : ", ") + in_quotes(limit.tag + "." + bound.name);
  return out;
}

}  // namespace

void load_handoff(base::Files& files, const Node& node, LineFile& line, base::Diagnostics& d) {
  const Node& file = node.is_scalar() ? node : *node.find("file");
  const std::string folder = base::folder_of(line.path);
  GivenHandoff given;
  given.path = base::join_path(folder, file.text);
  line.files.push_back(given.path);
  base::FileProblem problem;
  const auto text = files.read(given.path, &problem, 256u << 20);
  if (!text) {
    d.error(file.where, "the handoff can't be read: " + problem,
            "name the handoff.json that sign-off has written");
    return;
  }
  auto document = handoff::read(*text, given.path, d);
  if (!document) return;
  given.design_name = document->design_name;
  given.verdict = document->verdict;
  given.hash = document->hash;
  given.limits = std::move(document->limits);
  if (given.verdict == "fail" || given.verdict == "unknown")
    d.warning(file.where,
              "the design " + in_quotes(given.design_name) + " was signed off as \"" + given.verdict + "\"",
              "its limits hold all the same");
  if (!node.is_scalar()) check_signature(files, node, folder, given, d);
  line.handoff = std::move(given);
}

std::optional<rules::Constant> limit_of(const GivenHandoff& given, std::string_view name,
                                        std::string_view unit, std::string* problem, std::string* mend) {
  const handoff::TagLimit* found = nullptr;
  std::optional<double> value;
  for (const handoff::TagLimit& limit : given.limits) {
    if (limit.tag == name) {
      if (limit.low_alarm.has_value() == limit.high_alarm.has_value()) {
        *problem =
            in_quotes(name) + (limit.low_alarm ? " has a low and a high limit" : " has no alarm limit");
        *mend = "say which: " + bounds_of(limit);
        return std::nullopt;
      }
      found = &limit;
      value = limit.low_alarm ? limit.low_alarm : limit.high_alarm;
    } else if (name.starts_with(limit.tag) && name.substr(limit.tag.size()).starts_with('.')) {
      for (const Bound& bound : kBounds)
        if (name.substr(limit.tag.size() + 1) == bound.name && limit.*bound.value) {
          found = &limit;
          value = limit.*bound.value;
        }
    }
    if (found) break;
  }
  if (!found) {
    std::vector<std::string> known;
    for (const handoff::TagLimit& limit : given.limits) {
      known.push_back(limit.tag);
      for (const Bound& bound : kBounds)
        if (limit.*bound.value) known.push_back(limit.tag + "." + bound.name);
    }
    const std::string near = document::nearest(std::string(name), known);
    *problem = "the handoff of " + in_quotes(given.design_name) + " has no limit " + in_quotes(name);
    *mend = !near.empty()   ? "did you mean " + in_quotes(near) + "?"
            : known.empty() ? "it has none at all: write the number"
                            : "it has " + bounds_of(given.limits.front()) +
                                  (given.limits.size() > 1 ? " and others" : "");
    return std::nullopt;
  }
  if (unit.empty() || unit == found->unit) return rules::Constant{*value, found->unit};
  const auto wanted = base::parse_quantity("1 " + std::string(unit)),
             has = base::parse_quantity(found->unit.empty() ? "1" : "1 " + found->unit);
  if (!wanted.quantity || !has.quantity || !(wanted.quantity->dimension == has.quantity->dimension)) {
    *problem = wanted.quantity ? in_quotes(name) + " is in " + in_quotes(found->unit) + ", and " +
                                     in_quotes(unit) + " measures something else"
                               : wanted.problem;
    *mend = wanted.quantity ? "" : wanted.mend;
    return std::nullopt;
  }
  return rules::Constant{base::in_unit(*value, unit), std::string(unit)};
}

}  // namespace bondline::station
