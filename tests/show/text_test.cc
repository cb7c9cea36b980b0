#include "show/text.h"

#include <gtest/gtest.h>

#include <random>

namespace bondline::show {
namespace {

TEST(Text, CountsCodePointsNotBytes) {
  EXPECT_EQ(width_of("25 µm"), 5);
  EXPECT_EQ(width_of("105 °C"), 6);
  EXPECT_EQ(width_of("─│█"), 3);
}

TEST(Text, ControlCharactersNeverReachTheTerminal) {
  EXPECT_EQ(printable("a\x1b[31mb\tc\x7f"), "a [31mb c ");
  EXPECT_EQ(printable("\xc2\x9b"), " ");  // a one-character escape introducer
  EXPECT_EQ(printable("two\nlines"), "two\nlines");
}

TEST(Text, InvalidBytesBecomeQuestionMarks) {
  EXPECT_EQ(printable("a\xff\xc3"), "a??");
  EXPECT_EQ(printable("\xc0\xaf"), "??");            // overlong "/"
  EXPECT_EQ(printable("\xed\xa0\x80"), "???");       // a surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "????");  // beyond U+10FFFF
}

TEST(Text, SymbolsAreSpelledOutInAscii) {
  EXPECT_EQ(printable("25 µm at 105 °C ≥ 3×", false), "25 um at 105 degC >= 3x");
  EXPECT_EQ(printable("漢", false), "?");
}

TEST(Text, BreaksBetweenWordsThenInside) {
  EXPECT_EQ(break_lines("raise k of TIM-1", 8), (std::vector<std::string>{"raise k", "of TIM-1"}));
  EXPECT_EQ(break_lines("abcdefgh", 3), (std::vector<std::string>{"abc", "def", "gh"}));
  EXPECT_EQ(break_lines("a\n\nb", 5), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(break_lines("", 5), (std::vector<std::string>{""}));
  EXPECT_EQ(break_lines("one two three", 5, 8), (std::vector<std::string>{"one two", "three"}));
}

TEST(Text, BrokenLinesNeverExceedTheWidthAndLoseNothing) {
  std::mt19937 random(7);
  const std::vector<std::string> pieces{"a", "µ", " ", "  ", "█", "word", "\n", "x"};
  for (int round = 0; round < 2000; ++round) {
    std::string text, wanted, got;
    for (unsigned n = random() % 40; n > 0; --n) text += pieces[random() % pieces.size()];
    const int width = 1 + int(random() % 12);
    for (const auto& line : break_lines(text, width)) {
      EXPECT_LE(width_of(line), width);
      for (char c : line) {
        if (c != ' ') got += c;
      }
    }
    for (char c : text) {
      if (c != ' ' && c != '\n') wanted += c;
    }
    EXPECT_EQ(got, wanted) << text;
  }
}

TEST(Text, PadsByCodePoints) {
  EXPECT_EQ(pad("µ", 3), "µ  ");
  EXPECT_EQ(pad("°C", 4, true), "  °C");
  EXPECT_EQ(pad("longer", 3), "longer");
}

}  // namespace
}  // namespace bondline::show
