#include <gtest/gtest.h>

#include <random>

#include "document/document.h"

namespace bondline::document {
namespace {

bool same(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.text != b.text || a.quoted != b.quoted) return false;
  if (a.items.size() != b.items.size() || a.entries.size() != b.entries.size()) return false;
  for (std::size_t i = 0; i < a.items.size(); ++i)
    if (!same(a.items[i], b.items[i])) return false;
  for (std::size_t i = 0; i < a.entries.size(); ++i)
    if (a.entries[i].key != b.entries[i].key || !same(a.entries[i].value, b.entries[i].value)) return false;
  return true;
}

void expect_round_trip(const Node& node) {
  const std::string text = to_yaml(node);
  base::Diagnostics diagnostics;
  const auto back = parse(text, "t", diagnostics);
  ASSERT_TRUE(back) << text << (diagnostics.empty() ? "" : base::to_text(diagnostics.all()[0]));
  EXPECT_TRUE(same(node, *back)) << text;
  EXPECT_EQ(to_yaml(*back), text);
}

TEST(ToYaml, WritesAsAnEngineerWould) {
  Node die = map();
  put(put(die, "size", list({scalar("6.2 mm"), scalar("5.8 mm")})), "power", scalar("0.3 W"));
  Node dies = map();
  put(dies, "soc", die);
  Node root = map();
  put(put(put(root, "bondline", scalar("design/1")), "note", scalar("a: b")), "dies", dies);
  put(root, "none", scalar(""));
  EXPECT_EQ(to_yaml(root),
            "bondline: design/1\nnote: \"a: b\"\ndies: {soc: {size: [6.2 mm, 5.8 mm], power: 0.3 W}}\nnone: "
            "\"\"\n");
}

TEST(ToYaml, BreaksWhatDoesNotFitOnALine) {
  Node row = list();
  for (int i = 0; i < 3; ++i) row.items.push_back(scalar(std::string(40, 'x')));
  Node inner = map();
  put(inner, "row", row);
  Node root = map();
  put(put(root, "rows", list({inner, list({row, scalar("y")})})), "empty", list());
  const std::string x(40, 'x');
  EXPECT_EQ(to_yaml(root), "rows:\n  - row:\n      - " + x + "\n      - " + x + "\n      - " + x +
                               "\n  - - - " + x + "\n      - " + x + "\n      - " + x +
                               "\n    - y\nempty: []\n");
  expect_round_trip(root);
}

TEST(ToYaml, QuotesOnlyWhereNeeded) {
  for (const char* plain :
       {"5 mm", "-5 mm", "1.2 W/(m K)", "60 %", "a#b", "true", "tcp://10.0.0.1:502", "x y", "µm", "=", "a-b"})
    EXPECT_EQ(to_yaml(scalar(plain)), std::string(plain) + "\n");
  for (const char* subtle : {"",     "~",    "null",     "- a",          "-",           "---", "...",
                             "a: b", "a:",   "a #b",     "#a",           " a",          "a ",  "[a",
                             "{a",   "*a",   "&a",       "!a",           "|",           ">",   "%a",
                             "@a",   "`a",   "'a",       "\"a",          "? a",         ": a", "a\nb",
                             "a\tb", "\x01", "\xC2\x85", "\xE2\x80\xA8", "\xEF\xBB\xBF"}) {
    EXPECT_EQ(to_yaml(scalar(subtle)).front(), '"') << subtle;
    expect_round_trip(scalar(subtle));
  }
}

TEST(ToYaml, RoundTripsOddKeys) {
  for (const char* key :
       {"", "<<", "a b", "a: b", "[", "null", "~", "# x", "25 degC", "a\nb", "?", "-", "%", "tcp://x"}) {
    Node root = map();
    put(root, key, scalar("v"));
    expect_round_trip(root);
    Node outer = map();
    put(outer, "in", root);
    expect_round_trip(outer);
  }
}

TEST(ToYaml, RoundTripsRandomTrees) {
  std::mt19937 random(5);
  const std::string letters = "ab 1-:#,[]{}\"'\\\n\t%&*!|>?@`~.\x01";
  const auto text = [&] {
    std::string s;
    for (auto n = random() % 8; n > 0; --n) s += letters[random() % letters.size()];
    return random() % 9 == 0 ? "µ" + s + "\u2028" : s;
  };
  const auto tree = [&](const auto& self, int depth) -> Node {
    const auto kind = depth > 5 ? 0 : random() % 3;
    if (kind == 0) return random() % 6 == 0 ? Node{} : scalar(text());  // some without a value
    Node node = kind == 1 ? list() : map();
    for (auto n = random() % 5; n > 0; --n) {
      if (kind == 1)
        node.items.push_back(self(self, depth + 1));
      else
        put(node, text() + std::to_string(n), self(self, depth + 1));
    }
    return node;
  };
  for (int i = 0; i < 3000; ++i) {
    Node root = map();
    put(root, "root", tree(tree, 0));
    expect_round_trip(root);
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace bondline::document
