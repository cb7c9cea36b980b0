#include "show/table.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "show/text.h"

namespace bondline::show {
namespace {

constexpr int kGap = 2;  // columns between two cells

struct Lines {
  std::vector<std::string> line;
  int width = 0;  // of the widest
};

Lines unbroken(const std::string& text, bool unicode) {
  Lines out;
  for (auto& line : break_lines(printable(text, unicode), 1 << 20)) {
    out.width = std::max(out.width, width_of(line));
    out.line.push_back(std::move(line));
  }
  return out;
}

int sum(const std::vector<int>& widths) {
  int total = 0;
  for (int w : widths) total += w;
  return total;
}

/// Gives every weighted column its share of `room`; a column that needs less leaves the rest to the others.
void share_room(const Table& table, const std::vector<int>& natural, int room, std::vector<int>& widths) {
  std::vector<bool> settled(widths.size());
  for (bool changed = true; changed;) {
    changed = false;
    int left = room, weights = 0;
    for (std::size_t c = 0; c < widths.size(); ++c) {
      if (table.columns[c].weight <= 0 || settled[c])
        left -= widths[c];
      else
        weights += table.columns[c].weight;
    }
    for (std::size_t c = 0; c < widths.size() && weights > 0; ++c) {
      const Column& column = table.columns[c];
      if (column.weight <= 0 || settled[c]) continue;
      const int share = std::max({1, std::min(column.min_width, natural[c]), left * column.weight / weights});
      widths[c] = std::min(natural[c], share);
      if (natural[c] <= share) settled[c] = changed = true;
    }
  }
}

/// Column widths whose sum is at most `room`; empty when not even one character each fits.
std::vector<int> fit(const Table& table, const std::vector<int>& natural, int room) {
  if (room < static_cast<int>(natural.size())) return {};
  std::vector<int> widths = natural;
  if (sum(widths) <= room) return widths;
  share_room(table, natural, room, widths);
  for (int over = sum(widths) - room; over > 0; --over) --*std::max_element(widths.begin(), widths.end());
  for (std::size_t c = 0; sum(widths) < room && c < widths.size(); ++c) {  // hand out what rounding left
    if (table.columns[c].weight > 0) widths[c] += std::min(natural[c] - widths[c], room - sum(widths));
  }
  return widths;
}

const char* code_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "32";
    case Tone::caution:
      return "33";
    case Tone::bad:
      return "1;31";
    case Tone::unsure:
      return "35";
    case Tone::quiet:
      return "2";
    case Tone::heading:
      return "1";
    case Tone::plain:
      break;
  }
  return "";
}

/// One row of cells as lines; `tones` may be shorter than the cells.
void put_row(std::string& out, const std::vector<Cell>& cells, const Table& table,
             const std::vector<int>& widths, const Terminal& terminal) {
  std::vector<std::vector<std::string>> broken(widths.size());
  std::size_t height = 1;
  for (std::size_t c = 0; c < widths.size(); ++c) {
    const std::string text = c < cells.size() ? printable(cells[c].text, terminal.unicode) : "";
    broken[c] = break_lines(text, std::max(1, widths[c]));
    height = std::max(height, broken[c].size());
  }
  for (std::size_t h = 0; h < height; ++h) {
    std::string line;
    int spaces = 0;  // held back, so that no line ends in blanks
    for (std::size_t c = 0; c < widths.size(); ++c) {
      const std::string text = h < broken[c].size() ? broken[c][h] : "";
      const int missing = widths[c] - width_of(text);
      const bool right = table.columns[c].align == Align::right;
      if (!text.empty()) {
        line.append(static_cast<std::size_t>(spaces + (right ? missing : 0)), ' ');
        line += paint(text, c < cells.size() ? cells[c].tone : Tone::plain, terminal);
        spaces = right ? 0 : missing;
      } else {
        spaces += widths[c];
      }
      spaces += kGap;
    }
    out += line + '\n';
  }
}

/// The fallback for narrow terminals: "title: value", a cell per line.
std::string stacked(const Table& table, const Terminal& terminal) {
  std::string out;
  for (const auto& row : table.rows) {
    for (std::size_t c = 0; c < row.size() && c < table.columns.size(); ++c) {
      const std::string title = printable(table.columns[c].title, terminal.unicode);
      const std::string text = printable(row[c].text, terminal.unicode);
      for (const auto& line : break_lines(title.empty() ? text : title + ": " + text, terminal.width)) {
        out += paint(line, row[c].tone, terminal) + '\n';
      }
    }
    out += '\n';
  }
  return out;
}

}  // namespace

std::string render(const Table& table, const Terminal& wanted) {
  Terminal terminal = wanted;
  terminal.width = std::max(1, terminal.width);
  if (table.columns.empty()) return "";
  std::vector<int> natural(table.columns.size(), 1);
  bool headed = false;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    natural[c] = std::max(1, unbroken(table.columns[c].title, terminal.unicode).width);
    headed = headed || !table.columns[c].title.empty();
  }
  for (const auto& row : table.rows) {
    for (std::size_t c = 0; c < row.size() && c < natural.size(); ++c) {
      natural[c] = std::max(natural[c], unbroken(row[c].text, terminal.unicode).width);
    }
  }
  const int gaps = kGap * (static_cast<int>(natural.size()) - 1);
  const std::vector<int> widths = fit(table, natural, terminal.width - gaps);
  if (widths.empty()) return stacked(table, terminal);

  std::string out;
  if (headed) {
    std::vector<Cell> head, rule;
    for (std::size_t c = 0; c < widths.size(); ++c) {
      head.push_back({table.columns[c].title, Tone::heading});
      std::string line;
      for (int i = 0; i < widths[c]; ++i) line += "─";
      rule.push_back({line, Tone::quiet});
    }
    put_row(out, head, table, widths, terminal);
    put_row(out, rule, table, widths, terminal);
  }
  for (const auto& row : table.rows) put_row(out, row, table, widths, terminal);
  return out;
}

std::string paint(const std::string& text, Tone tone, const Terminal& terminal) {
  const std::string shown = printable(text, terminal.unicode);
  const std::string code = code_of(tone);
  if (!terminal.colour || code.empty() || shown.empty()) return shown;
  return "\x1b[" + code + "m" + shown + "\x1b[0m";
}

std::string wrap(const std::string& text, int width, int indent) {
  width = std::max(1, width);
  indent = std::clamp(indent, 0, width - 1);
  std::string out;
  for (const auto& line : break_lines(printable(text), width - indent, width)) {
    const std::string space(out.empty() ? 0 : static_cast<std::size_t>(indent), ' ');
    out += (line.empty() ? "" : space + line) + '\n';
  }
  return out;
}

std::string bar(double fraction, int cells, const Terminal& terminal) {
  static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  if (!std::isfinite(fraction)) fraction = 0;
  const int eighths = static_cast<int>(std::lround(std::clamp(fraction, 0.0, 1.0) * 8 * cells));
  std::string out;
  for (int i = 0; i < eighths / 8; ++i) out += terminal.unicode ? "█" : "#";
  int used = eighths / 8;
  if (eighths % 8 != 0 && terminal.unicode) {
    out += kEighths[eighths % 8];
    ++used;
  }
  out.append(static_cast<std::size_t>(std::max(0, cells - used)), ' ');
  return out;
}

}  // namespace bondline::show
