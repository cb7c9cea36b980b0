#include <gtest/gtest.h>

#include "document/document.h"

namespace bondline::document {
namespace {

using base::Diagnostics;

Node good(const std::string& text) {
  Diagnostics diagnostics;
  const auto node = parse(text, "t.yaml", diagnostics);
  EXPECT_TRUE(node && diagnostics.empty()) << text;
  for (const auto& one : diagnostics.all()) ADD_FAILURE() << to_text(one);
  return node.value_or(Node{});
}

// The first message about a text that must be refused.
std::string refusal(const std::string& text) {
  Diagnostics diagnostics;
  EXPECT_FALSE(parse(text, "t.yaml", diagnostics)) << text;
  if (!diagnostics.has_errors()) return "nothing was said";
  return to_text(diagnostics.all().front());
}

std::string at(const Node& node) {
  return std::to_string(node.where.line) + ":" + std::to_string(node.where.column);
}

TEST(Parse, KeepsScalarsAsTextAndKeysInOrder) {
  const Node root = good("z: 1e3\na: on\nq: \"on\"\nlist: [5 mm, 007]\nempty:\nlit: |\n  a\n  b\n");
  ASSERT_EQ(root.entries.size(), 6u);
  EXPECT_EQ(root.entries[0].key, "z");
  EXPECT_EQ(root.find("z")->text, "1e3");
  EXPECT_EQ(root.find("a")->text, "on");
  EXPECT_FALSE(root.find("a")->quoted);
  EXPECT_TRUE(root.find("q")->quoted);
  EXPECT_EQ(root.find("list")->items.at(1).text, "007");
  EXPECT_TRUE(root.find("empty")->is_null());
  EXPECT_EQ(root.find("lit")->text, "a\nb\n");
  EXPECT_EQ(root.find("none"), nullptr);
}

TEST(Parse, KnowsWhereEverythingStands) {
  const Node root = good("a:\n  bump: {pitch: '40 um', h: \"3\"}\n  µ: [1,\n    22]\n");
  const Node& a = *root.find("a");
  EXPECT_EQ(root.where.file, "t.yaml");
  EXPECT_EQ(at(root), "1:1");
  EXPECT_EQ(at(a), "2:3");
  EXPECT_EQ(at(*a.find("bump")), "2:9");
  EXPECT_EQ(at(*a.find("bump")->find("pitch")), "2:17");
  EXPECT_EQ(at(*a.find("bump")->find("h")), "2:29");
  EXPECT_EQ(a.entries[1].where.line, 3);
  EXPECT_EQ(at(*a.find("µ")), "3:6") << "columns count characters, not bytes";
  EXPECT_EQ(at(a.find("µ")->items.at(1)), "4:5");
}

TEST(Parse, ReadsSingleQuotesWhole) {
  const Node root = good(
      "\xEF\xBB\xBF"
      "µ: 'it''s'\nb: ''\nc: 'x  \n  y\r\n \t\n\n  z '\n'd''': ['x''''x''''x''''', 'µ', '''']\ne: '" +
      std::string(400, '\'') + "'\n");
  EXPECT_EQ(root.find("µ")->text, "it's");
  EXPECT_EQ(root.find("b")->text, "");
  EXPECT_TRUE(root.find("b")->quoted);
  EXPECT_EQ(root.find("c")->text, "x y\n\nz ");
  EXPECT_EQ(root.entries[3].key, "d'");
  EXPECT_EQ(root.entries[3].value.items[0].text, "x''x''x''");
  EXPECT_EQ(root.entries[3].value.items[1].text, "µ");
  EXPECT_EQ(root.entries[3].value.items[2].text, "'");
  EXPECT_EQ(root.find("e")->text, std::string(200, '\''));
}

TEST(Parse, ReadsLongTextsOfEveryStyleWhole) {
  std::string in_quotes, value, block, folded, folded_value;
  for (int i = 0; i < 2000; ++i) {
    const std::string word = "w" + std::to_string(i);
    in_quotes += word + "\\\"\\\\\\\"" + (i % 3 ? "\\n" : "\\u00b5\\t");
    value += word + "\"\\\"" + (i % 3 ? "\n" : "µ\t");
    block += "  " + word + (i % 5 ? "\n" : "\n\n");
    folded += "\n  " + word;
    folded_value += (i ? " " : "") + word;
  }
  std::string block_value;
  for (int i = 0; i < 2000; ++i) block_value += "w" + std::to_string(i) + (i % 5 ? "\n" : "\n\n");
  const Node root =
      good("q: \"" + in_quotes + "\"\nl: |\n" + block + "f: >" + folded + "\np: " + folded.substr(1) + "\n");
  EXPECT_EQ(root.find("q")->text, value);
  EXPECT_EQ(root.find("l")->text, block_value);
  EXPECT_EQ(root.find("f")->text, folded_value + "\n");
  EXPECT_EQ(root.find("p")->text, folded_value);
}

TEST(Parse, ReadsJson) {
  const Node root =
      good("{\n\t\"a\": [1, 2.5e-3, true, null],\n\t\"b\":{\"c\":\"x\\u00b5\\ud83d\\ude00\\/\"}\n}\n");
  EXPECT_EQ(root.find("a")->items.at(1).text, "2.5e-3");
  EXPECT_TRUE(root.find("a")->items.at(3).is_null());
  EXPECT_EQ(root.find("b")->find("c")->text, "xµ😀/");
}

TEST(Parse, AcceptsWindowsLineEndsAByteOrderMarkAndComments) {
  const Node root = good("\xEF\xBB\xBF# head\r\na: 1\r\nb: 2 # tail\r\n");
  EXPECT_EQ(root.find("a")->text, "1");
  EXPECT_EQ(root.find("b")->text, "2");
  EXPECT_EQ(at(*root.find("b")), "3:4");
}

TEST(Parse, SaysWhenAFileIsCutOffOrEmpty) {
  EXPECT_EQ(refusal("a: 1\nb: 2"),
            "t.yaml:2: the file is cut off: its last line does not end with a newline; "
            "get the whole file, or end the last line if it is complete");
  EXPECT_EQ(refusal(""), "t.yaml: the file is empty; write the document, or name another file");
  EXPECT_EQ(refusal(" \n\n"), refusal(""));
  EXPECT_EQ(refusal("# only\n"),
            "t.yaml: the file is empty but for comments; write the document, or name another file");
  EXPECT_EQ(refusal("---\n"), refusal("# only\n"));
}

TEST(Parse, NamesBothPlacesOfADuplicateKey) {
  EXPECT_EQ(refusal("a: 1\nb: {c: 1}\n\"a\": 2\n"),
            "t.yaml:3:1: the key \"a\" stands here and at t.yaml:1:1; keep one of them");
}

TEST(Parse, RefusesWhatADesignFileNeverNeeds) {
  EXPECT_EQ(refusal("a: &x 1\nb: 2\n"),
            "t.yaml:1:5: an anchor (&name) marks a value; remove it; values are written where they are used");
  EXPECT_NE(refusal("a: *x\n").find("1:5: an alias"), std::string::npos);
  EXPECT_NE(refusal("a: !!int 3\n").find("1:4: a tag"), std::string::npos);
  EXPECT_NE(refusal("a:\n  <<: {b: 1}\n").find("2:3: a merge key"), std::string::npos);
  EXPECT_NE(refusal("a: 1\n---\nb: 1\n").find("2:1: a second document begins here"), std::string::npos);
  EXPECT_NE(refusal("a:\n\tb: 1\n").find("2:1: the line is indented with a tab"), std::string::npos);
  EXPECT_NE(refusal("? [a]\n: 1\n").find("a list or map stands where a key should be"), std::string::npos);
  EXPECT_NE(refusal(": 1\n").find("without a key"), std::string::npos);
  EXPECT_NE(refusal(std::string(300, 'k') + ": 1\n").find("a key of 300 characters"), std::string::npos);
}

TEST(Parse, GathersSeveralRefusals) {
  Diagnostics diagnostics;
  EXPECT_FALSE(parse("a: &x 1\nb: !t 2\na: 3\n", "t.yaml", diagnostics));
  EXPECT_EQ(diagnostics.all().size(), 3u);
}

TEST(Parse, RefusesBytesThatAreNotText) {
  EXPECT_NE(refusal(std::string("a: 1\nb: \0x\n", 12)).find("2:4: control character U+0000"),
            std::string::npos);
  EXPECT_NE(refusal("a: \x1b[31m\n").find("control character U+001B"), std::string::npos);
  EXPECT_NE(refusal("a: µ\xff\n").find("1:5: byte 0xFF is not UTF-8"), std::string::npos);
  for (const char* bad : {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"})
    EXPECT_NE(refusal(std::string("a: ") + bad + "\n").find("is not UTF-8"), std::string::npos);
  EXPECT_NE(refusal("a: \"\\ud800\"\n").find("1:"), std::string::npos);
}

TEST(Parse, BoundsTheDepth) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']') + "\n"; };
  good(nested(64));
  EXPECT_NE(refusal(nested(65)).find("deeper than 64 levels"), std::string::npos);
  EXPECT_NE(refusal(nested(200000)).find("64"), std::string::npos);
  EXPECT_NE(refusal(std::string(200000, '[') + "\n").find("64"), std::string::npos);
  std::string dashes;
  for (int i = 0; i < 20000; ++i) dashes += "- ";
  EXPECT_NE(refusal(dashes + "x\n").find("64"), std::string::npos);
  std::string maps;
  for (int i = 0; i < 3000; ++i) maps += std::string(i, ' ') + "a:\n";
  EXPECT_NE(refusal(maps).find("64"), std::string::npos);
}

TEST(Parse, PutsSlipsIntoWords) {
  EXPECT_EQ(refusal("a: 1\nfoo\nb: 2\n"),
            "t.yaml:2:1: a \":\" is missing on this line; write it as \"key: value\"");
  EXPECT_EQ(
      refusal("a: b: c\n"),
      "t.yaml:1:5: a second \": \" on one line; put the text in quotes, or write a map as {key: value}");
  EXPECT_NE(refusal("a: @x\n").find("put the text in quotes"), std::string::npos);
  EXPECT_NE(refusal("a: \"x\n").find("a quote is opened here and never closed"), std::string::npos);
  EXPECT_EQ(refusal("a: {pitch:5}\n"),
            "t.yaml:1:5: no space after the \":\" in \"pitch:5\"; write \"pitch: 5\"");
  EXPECT_NE(refusal("a: {b: 1\n").find("(opened at t.yaml:1:4)"), std::string::npos);
  EXPECT_NE(refusal("a: [1, 2\nb: 3\n").find("t.yaml:2:2: a \":\" inside a list in brackets"),
            std::string::npos);
  EXPECT_NE(refusal("a: }\n").find("that nothing opened"), std::string::npos);
}

TEST(Parse, EveryTruncationIsRefusedOrCleanlyShorter) {
  const std::string whole = "a: [1, {b: \"x # y\"}]\nc:\n  d: |\n    text\n  e: 'q''q'\nf: 1.2 W/(m K)\n";
  good(whole);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Diagnostics diagnostics;
    const auto node = parse(whole.substr(0, size), "t.yaml", diagnostics);
    EXPECT_EQ(node.has_value(), !diagnostics.has_errors()) << size;
    if (size == 0 || whole[size - 1] != '\n') {
      EXPECT_FALSE(node) << size;
    }
  }
}

TEST(Parse, ReadsLargeFilesInLinearTime) {
  std::string text;
  for (int i = 0; i < 50000; ++i) text += "key" + std::to_string(i) + ": {a: 1, b: [1, 2, 3]}\n";
  EXPECT_EQ(good(text).entries.size(), 50000u);
}

}  // namespace
}  // namespace bondline::document
