// A table in a terminal: columns that fit a width, wrapped cells, numbers right-aligned, verdict colours only where the
// terminal wants them. Widths count UTF-8 code points.
#pragma once
#include <string>
#include <vector>

namespace bondline::show {

enum class Tone { plain, good, caution, bad, unsure, quiet, heading };
enum class Align { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
  int min_width = 4;
  int weight = 1;       ///< share of spare width; 0: as wide as its content
};

struct Cell {
  std::string text;
  Tone tone = Tone::plain;
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
};

struct Terminal {
  int width = 100;
  bool colour = false;
  bool unicode = true;
};

/// What stdout is: width from the terminal (at most 100), colour if it is one and NO_COLOR is not set.
Terminal this_terminal();

/// Lines of at most terminal.width columns, ending in a newline.
std::string render(const Table& table, const Terminal& terminal);
std::string paint(const std::string& text, Tone tone, const Terminal& terminal);
/// Wraps a paragraph to the width with a hanging indent.
std::string wrap(const std::string& text, int width, int indent = 0);

}  // namespace bondline::show
