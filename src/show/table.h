// A table in a terminal: columns that fit a width, wrapped cells, numbers right-aligned, verdict colours only
// where the terminal wants them. Widths count UTF-8 code points; control characters in cells never reach the
// terminal.
#pragma once
#include <string>
#include <vector>

namespace bondline::show {

enum class Tone { plain, good, caution, bad, unsure, quiet, heading };
enum class Align { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
  int min_width = 4;  ///< kept while the terminal allows
  int weight = 1;     ///< share of what is left when the table is too wide; 0: as wide as its content
};

struct Cell {
  std::string text;  ///< may hold newlines
  Tone tone = Tone::plain;
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>>
      rows;  ///< a short row leaves its last cells empty; surplus cells are not shown
};

struct Terminal {
  int width = 100;
  bool colour = false;
  bool unicode = true;
};

/// What stdout is: width from the terminal (40 to 100; 100 where it is not one), colour if it is one and
/// NO_COLOR is not set (https://no-color.org) and TERM is not "dumb", unicode unless the locale's variables
/// name another charset.
Terminal this_terminal();

/// Lines of at most terminal.width columns, each ending in a newline: titles, a rule, the rows. Columns whose
/// titles are all empty get no head. A terminal too narrow for the columns side by side gets them one below
/// the other.
std::string render(const Table& table, const Terminal& terminal);

/// `text` (made printable) in a tone: ANSI colours where the terminal wants them.
std::string paint(const std::string& text, Tone tone, const Terminal& terminal);

/// Wraps a paragraph to `width` columns; lines after the first start with `indent` spaces. Every line ends in
/// a newline.
std::string wrap(const std::string& text, int width, int indent = 0);

/// A bar of `cells` columns filled to `fraction` (clamped to 0..1), in eighths of a column: "█████▌   "
/// ("####     ").
std::string bar(double fraction, int cells, const Terminal& terminal);

}  // namespace bondline::show
