#include "design/formats/text.h"

#include <cctype>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/hash.h"

namespace bondline::formats {
namespace {

constexpr std::size_t kMaxMessages = 100;
constexpr std::size_t kMaxWords = 65537;  // one more than a trace may have, so that too many shows

bool blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

}  // namespace

void Report::add(base::Severity severity, Where where, std::string what, std::string mend) {
  std::size_t& count = count_[std::size_t(severity)];
  ++count;
  if (count < kMaxMessages) {
    diagnostics_.add({severity, std::move(where), std::move(what), std::move(mend)});
  } else if (count == kMaxMessages) {
    diagnostics_.add({severity, std::move(where), "more messages of this kind follow and are left out",
                      "mend the ones above first"});
  }
}

void Report::error(Where where, std::string what, std::string mend) {
  add(base::Severity::error, std::move(where), std::move(what), std::move(mend));
}
void Report::warning(Where where, std::string what, std::string mend) {
  add(base::Severity::warning, std::move(where), std::move(what), std::move(mend));
}
void Report::note(Where where, std::string what, std::string mend) {
  add(base::Severity::note, std::move(where), std::move(what), std::move(mend));
}

const std::string* Sources::read(const std::string& path, const Where& from) {
  if (auto it = texts_.find(path); it != texts_.end()) return &it->second;
  if (texts_.size() >= kMaxFiles) {
    report_.error(from, fmt::format("the import needs more than {} files", kMaxFiles), "split it");
    return nullptr;
  }
  base::FileProblem problem;
  auto text = files_.read(path, &problem, kMaxFileBytes);
  if (!text) {
    report_.error(from, fmt::format("cannot read \"{}\": {}", shown(path), problem),
                  "give a readable file of at most 64 MiB");
    return nullptr;
  }
  bytes_ += text->size();
  if (bytes_ > kMaxAllBytes) {
    report_.error(from, "the files of this import hold more than 256 MiB together",
                  "shorten the power trace");
    return nullptr;
  }
  return &texts_.emplace(path, std::move(*text)).first->second;
}

std::string Sources::find(const std::string& name, const std::string& beside,
                          const std::vector<std::string>& given) {
  if (name.empty() || name.find('\0') != std::string::npos) return "";
  for (const auto& path : given)
    if (path == name) return path;
  const std::string joined = base::join_path(base::folder_of(beside), name);
  for (const auto& path : given)
    if (path == joined) return path;
  for (const auto& path : given)
    if (last_part(path) == last_part(name)) return path;
  if (files_.exists(joined)) return joined;
  if (files_.exists(name)) return name;
  return "";
}

std::string Sources::hash() const {
  std::string digests;
  for (const auto& [path, text] : texts_) digests += base::sha256_hex(text) + "\n";
  return base::sha256_hex(digests);
}

std::vector<Line> lines_of(std::string_view text, bool hash_comments) {
  std::vector<Line> lines;
  int number = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) end = text.size();
    const std::string_view line = text.substr(at, end - at);
    ++number;
    Line out{number, {}};
    for (std::size_t i = 0; i < line.size() && out.words.size() < kMaxWords;) {
      if (blank(line[i])) {
        ++i;
        continue;
      }
      std::size_t j = i;
      while (j < line.size() && !blank(line[j])) ++j;
      if (out.words.empty() && hash_comments && line[i] == '#') break;
      out.words.push_back({line.substr(i, j - i), int(i) + 1});
      i = j;
    }
    if (!out.words.empty()) lines.push_back(std::move(out));
    at = end + 1;
  }
  return lines;
}

std::optional<double> number_of(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  if (text.empty() || text.front() == '+') return std::nullopt;
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<long> whole_of(std::string_view text, long lowest, long highest) {
  long value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size() || value < lowest || value > highest)
    return std::nullopt;
  return value;
}

double twelve_digits(double value) {
  if (!std::isfinite(value)) return value;
  return number_of(fmt::format("{:.12g}", value)).value_or(value);
}

std::string clean_name(std::string_view name) {
  std::string out(name.substr(0, kMaxName));
  for (char& c : out) {
    const bool fine = std::isalnum(static_cast<unsigned char>(c)) ||
                      (c != '\0' && std::string_view("_-./+()").find(c) != std::string_view::npos);
    if (!fine) c = '_';
  }
  return out.empty() ? "_" : out;
}

std::string shown(std::string_view text) {
  std::string out;
  for (char c : text.substr(0, 60)) out += std::isprint(static_cast<unsigned char>(c)) ? c : '?';
  if (text.size() > 60) out += "...";
  return out;
}

std::string last_part(const std::string& path) {
  const auto slash = path.find_last_of('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::string stem(const std::string& path) {
  std::string name = last_part(path);
  const auto dot = name.find_last_of('.');
  return dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
}

std::string suffix_of(const std::string& path) {
  const std::string name = last_part(path);
  const auto dot = name.find_last_of('.');
  return dot == std::string::npos ? "" : lower(name.substr(dot));
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = char(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace bondline::formats
