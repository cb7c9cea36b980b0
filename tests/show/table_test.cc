#include "show/table.h"

#include <gtest/gtest.h>

#include <random>
#include <sstream>

#include "show/text.h"

namespace bondline::show {
namespace {

Table dies() {
  Table table;
  table.columns = {{"die", Align::left, 6, 0}, {"max", Align::right, 6, 0}, {"why", Align::left, 12, 1}};
  table.rows = {{{"soc"}, {"112.4 °C"}, {"over its limit of 105 °C by 7.4 K", Tone::bad}},
                {{"dram"}, {"9.1 °C"}, {"fine"}}};
  return table;
}

int widest(const std::string& text) {
  int most = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) most = std::max(most, width_of(line));
  return most;
}

TEST(Table, RendersAsAPersonReads) {
  EXPECT_EQ(render(dies(), {100, false, true}),
            "die        max  why\n"
            "────  ────────  ─────────────────────────────────\n"
            "soc   112.4 °C  over its limit of 105 °C by 7.4 K\n"
            "dram    9.1 °C  fine\n");
}

TEST(Table, WrapsTheWeightedColumnWhenItIsTooWide) {
  EXPECT_EQ(render(dies(), {34, false, true}),
            "die        max  why\n"
            "────  ────────  ──────────────────\n"
            "soc   112.4 °C  over its limit of\n"
            "                105 °C by 7.4 K\n"
            "dram    9.1 °C  fine\n");
}

TEST(Table, SpellsSymbolsWhereTheTerminalHasOnlyAscii) {
  const std::string text = render(dies(), {100, false, false});
  EXPECT_NE(text.find("112.4 degC"), std::string::npos);
  EXPECT_NE(text.find("----"), std::string::npos);
  for (char c : text) EXPECT_LT(static_cast<unsigned char>(c), 0x80);
}

TEST(Table, ColoursOnlyWhenAsked) {
  EXPECT_EQ(render(dies(), {100, false, true}).find('\x1b'), std::string::npos);
  const std::string colourful = render(dies(), {100, true, true});
  EXPECT_NE(colourful.find("\x1b[1;31mover its limit of 105 °C by 7.4 K\x1b[0m"), std::string::npos);
}

TEST(Table, CellsCannotPaintTheTerminal) {
  Table table = dies();
  table.rows[0][0].text = "evil\x1b[2J";
  EXPECT_EQ(render(table, {100, false, true}).find('\x1b'), std::string::npos);
}

TEST(Table, GoesOneBelowTheOtherWhenTooNarrow) {
  EXPECT_EQ(render(dies(), {6, false, true}).substr(0, 9), "die:\nsoc\n");
}

TEST(Table, ShortRowsAndHeadlessTablesAreFine) {
  Table table;
  table.columns.resize(3);
  table.rows = {{{"a"}}, {}, {{"a"}, {"b"}, {"c"}, {"dropped"}}};
  EXPECT_EQ(render(table, {}), "a\n\na  b  c\n");
  EXPECT_EQ(render(Table{}, {}), "");
}

TEST(Table, NeverExceedsTheWidth) {
  std::mt19937 random(11);
  const std::vector<std::string> words{
      "µm", "a", "temperature", "of the", "105 °C", "\n", "x_y_z_with_a_very_long_name", "█████", ""};
  for (int round = 0; round < 3000; ++round) {
    Table table;
    const unsigned columns = 1 + random() % 9;
    for (unsigned c = 0; c < columns; ++c) {
      table.columns.push_back({words[random() % words.size()], random() % 2 ? Align::left : Align::right,
                               int(random() % 30), int(random() % 4)});
    }
    for (unsigned r = random() % 5; r > 0; --r) {
      std::vector<Cell> row;
      for (unsigned c = random() % (columns + 2); c > 0; --c) {
        std::string text;
        for (unsigned n = random() % 6; n > 0; --n)
          text += words[random() % words.size()] + (random() % 2 ? " " : "");
        row.push_back({text});
      }
      table.rows.push_back(row);
    }
    const int width = 1 + int(random() % 110);
    EXPECT_LE(widest(render(table, {width, false, random() % 2 == 0})), width);
  }
}

TEST(Wrap, HangsTheLinesAfterTheFirst) {
  EXPECT_EQ(wrap("the quick brown fox jumps", 11, 2), "the quick\n  brown fox\n  jumps\n");
  EXPECT_EQ(wrap("short", 20, 4), "short\n");
  EXPECT_LE(widest(wrap("anextremelylongword and more of it", 7, 3)), 7);
}

TEST(Bar, FillsByEighths) {
  EXPECT_EQ(bar(0.5, 4, {}), "██  ");
  EXPECT_EQ(bar(1.0 / 16, 2, {}), "▏ ");
  EXPECT_EQ(bar(2.0, 3, {}), "███");
  EXPECT_EQ(bar(0.5, 4, {100, false, false}), "##  ");
  EXPECT_EQ(width_of(bar(0.333, 20, {})), 20);
}

}  // namespace
}  // namespace bondline::show
