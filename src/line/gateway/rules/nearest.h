// Which known name a misspelt one means. Private to this room.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace bondline::rules {

/// Edits from `a` to `b` (Levenshtein 1966), case ignored.
inline std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, corner + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1)});
      corner = above;
    }
  }
  return row[b.size()];
}

/// Keeps the nearest of the names it is shown, within 1 + length / 4 edits.
class Nearest {
 public:
  explicit Nearest(std::string_view wrong) : wrong_(wrong.substr(0, 200)), least_(2 + wrong_.size() / 4) {}
  void show(std::string_view known) {
    const std::size_t longer = std::max(known.size(), wrong_.size()),
                      shorter = std::min(known.size(), wrong_.size());
    if (longer - shorter >= least_) return;
    const std::size_t distance = edits(wrong_, known);
    if (distance >= least_) return;
    least_ = distance;
    found_ = known;
  }
  const std::string& found() const { return found_; }

 private:
  std::string_view wrong_;
  std::size_t least_;
  std::string found_;
};

}  // namespace bondline::rules
