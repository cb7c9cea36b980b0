// From files to graphs that can be compiled: what is folded, what is refused and in which words.
#include "line/inference/ops/prepare.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "line/inference/ops/ops.h"
#include "maker.h"

namespace bondline::inference {
namespace {

using testing::Maker;
using testing::ops_of;

/// All errors, one per line; empty when the graph can be prepared.
std::string refusals(const Maker& maker, PrepareOptions options = {}) {
  Graph graph = maker.graph;
  base::Diagnostics diagnostics;
  const bool fine = prepare(graph, options, diagnostics);
  EXPECT_EQ(fine, !diagnostics.has_errors());
  std::string all;
  for (const auto& message : diagnostics.all())
    if (message.severity == base::Severity::error) all += base::to_text(message) + "\n";
  return all;
}

void expect_words(const std::string& text, const std::vector<std::string>& words) {
  for (const std::string& word : words)
    EXPECT_NE(text.find(word), std::string::npos) << word << " in\n" << text;
}

TEST(Prepare, NodesBehindARefusedOneAreRefusedWithItWhereNoTypeCouldHelp) {
  Maker maker;
  maker.input("x", {2, 3});
  maker.node("Foo", {"x"}, {"a"});
  maker.node("Relu", {"a"}, {"b"});
  maker.node("Bar", {"b"}, {"c"});
  maker.node("LeakyRelu", {"c"}, {"d"}, {{"gamma", 1.0f}});
  maker.node("Add", {"d", "x"}, {"e"});
  maker.output("e");
  const std::string all = refusals(maker);
  expect_words(all, {"(Foo)", "(Bar)", "gamma"});
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 3) << all;  // Relu and Add could run
}

TEST(Prepare, FoldsShapeChainsOfAFreeBatch) {
  Maker maker;
  maker.input("x", {-1, 3, 4});
  maker.ints("first", {0}), maker.ints("rest", {-1});
  maker.node("Shape", {"x"}, {"s"});
  maker.node("Gather", {"s", "first"}, {"n"});
  maker.node("Concat", {"n", "rest"}, {"t"}, {{"axis", std::int64_t{0}}});
  maker.node("Cast", {"t"}, {"f"}, {{"to", std::int64_t{1}}});
  maker.node("Cast", {"f"}, {"i"}, {{"to", std::int64_t{7}}});
  maker.node("Reshape", {"x", "i"}, {"y"});
  maker.output("y");
  Graph graph = maker.graph;
  base::Diagnostics diagnostics;
  ASSERT_TRUE(prepare(graph, {}, diagnostics));
  EXPECT_EQ(ops_of(graph), "Reshape");
  EXPECT_EQ(graph.value(graph.outputs[0]).shape, Shape({1, 12}));
  graph = maker.graph;
  PrepareOptions options;
  options.input_shapes["x"] = {5, 3, 4};
  ASSERT_TRUE(prepare(graph, options, diagnostics));
  EXPECT_EQ(graph.value(graph.outputs[0]).shape, Shape({5, 12}));
}

TEST(Prepare, TakesTheBranchOfAKnownCondition) {
  const auto branch = [](const std::string& op) {
    Maker inner;
    inner.input("x", {2});
    inner.graph.inputs.clear();
    inner.node(op, {"x"}, {"b"});
    inner.output("b");
    inner.graph.captured = {0};
    return std::make_shared<const Graph>(inner.graph);
  };
  Maker maker;
  maker.input("x", {2});
  maker.constant<std::uint8_t>("c", DType::boolean, {}, {0});
  Node& node =
      maker.node("If", {"c"}, {"y"}, {{"then_branch", branch("Neg")}, {"else_branch", branch("Abs")}});
  node.captures = {maker.graph.inputs[0]};
  maker.output("y");
  EXPECT_EQ(ops_of(maker.prepared()), "Abs Identity");
}

TEST(Prepare, NamesNodeOperatorAttributeAndCut) {
  Maker maker;
  maker.input("x", {1, 2, 4, 4});
  maker.node("Relu", {"x"}, {"a"});
  maker.node("Frobnicate", {"a"}, {"b"});
  maker.node("MaxPool", {"a"}, {"c"},
             {{"kernel_shape", std::vector<std::int64_t>{2, 2}}, {"auto_pad", std::string("ODD")}});
  maker.node("Softmax", {"a"}, {"d"}, {{"temperature", 2.0f}});
  maker.node("Softmax", {"a"}, {"e"}, {{"axis", 2.0f}});
  maker.node("NonZero", {"a"}, {"f"});
  maker.node("Abs", {"b"}, {"g"});
  for (const char* name : {"c", "d", "e", "f", "g"}) maker.output(name);
  const std::string text = refusals(maker);
  expect_words(text, {"node \"b\" (Frobnicate)", "the operator is not supported",
                      "cut the model at tensor \"a\", before node \"b\" (Frobnicate)", "node \"c\" (MaxPool)",
                      "attribute auto_pad is \"ODD\"", "node \"d\" (Softmax)",
                      "attribute temperature is not supported", "node \"e\" (Softmax)",
                      "attribute axis is a float, not an integer", "node \"f\" (NonZero)", "depends on"});
  // What only follows from a refused node is not held against it.
  EXPECT_EQ(text.find("node \"g\""), std::string::npos);
}

TEST(Prepare, NamesTheOpsetsAnOperatorIsIn) {
  Maker maker(8);
  maker.input("x", {4});
  maker.ints("k", {1});
  maker.node("GridSample", {"x", "x"}, {"y"});
  maker.output("y");
  expect_words(refusals(maker), {"not supported in version 8 of its set", "16 to 21"});
}

TEST(Prepare, RefusesShapesThatDoNotFit) {
  const auto conv = [](const Shape& weights, std::vector<NamedAttribute> attributes) {
    Maker maker;
    maker.input("x", {1, 4, 8, 8});
    maker.noise("w", weights);
    maker.node("Conv", {"x", "w"}, {"y"}, std::move(attributes));
    maker.output("y");
    return refusals(maker);
  };
  const auto list = [](std::vector<std::int64_t> values) { return values; };
  expect_words(conv({2, 3, 1, 1}, {}), {"node \"y\" (Conv)", "weights of shape [2, 3, 1, 1]"});
  expect_words(conv({2, 4, 9, 1}, {}), {"a window of 9 does not fit"});
  expect_words(conv({2, 4, 3, 3}, {{"kernel_shape", list({5, 5})}}), {"kernel_shape differs"});
  expect_words(conv({2, 4, 3, 3}, {{"pads", list({1, 1})}}), {"attribute pads has 2 entries, not 4"});
  expect_words(conv({2, 4, 3, 3}, {{"strides", list({0, 1})}}), {"attribute strides holds 0"});
  expect_words(conv({2, 4, 3, 3}, {{"group", std::int64_t{0}}}), {"groups"});
  expect_words(conv({3, 2, 3, 3}, {{"group", std::int64_t{2}}}), {"groups"});
  expect_words(conv({0, 4, 3, 3}, {{"group", std::int64_t{-1}}}), {"groups"});
}

TEST(Prepare, RefusesInputsItCannotFix) {
  Maker maker;
  maker.input("x", {1, -1, 4});
  maker.node("Relu", {"x"}, {"y"});
  maker.output("y");
  expect_words(refusals(maker), {"input \"x\" of shape [1, ?, 4] leaves dimension 1 free", "give its shape"});
  PrepareOptions options;
  options.input_shapes["x"] = {1, 2, 5};
  expect_words(refusals(maker, options), {"input \"x\" has shape [1, ?, 4], not [1, 2, 5]"});
  options.input_shapes = {{"z", {1}}};
  expect_words(refusals(maker, options), {"no input \"z\""});
}

TEST(Prepare, FoldsNothingThatIsTooLargeOrTakesTooLong) {
  Maker maker;
  maker.input("x", {1});
  maker.ints("large", {1 << 14, 1 << 14});
  maker.noise("a", {300, 300}), maker.noise("b", {300, 300});
  maker.ints("zero", {0});
  maker.node("ConstantOfShape", {"large"}, {"c"});
  maker.node("MatMul", {"a", "b"}, {"p"});
  maker.node("ReduceSum", {"c"}, {"r"}, {{"keepdims", std::int64_t{0}}});
  maker.node("ReduceSum", {"p"}, {"q"}, {{"keepdims", std::int64_t{0}}});
  maker.node("Sum", {"x", "r", "q"}, {"y"});
  maker.output("y");
  PrepareOptions options;
  options.max_folded_bytes = 1 << 20;
  options.max_folded_work = 1e6;
  EXPECT_EQ(ops_of(maker.prepared(options)), "ConstantOfShape MatMul ReduceSum ReduceSum Sum");
  EXPECT_EQ(ops_of(maker.prepared()), "ConstantOfShape ReduceSum Sum");  // a gigabyte stays
}

TEST(Evaluate, RefusesWrongInputsAndExcess) {
  Maker maker;
  maker.input("x", {2, 3});
  maker.ints("wide", {1 << 30, 2, 3});
  maker.node("Relu", {"x"}, {"a"});
  maker.node("Expand", {"a", "wide"}, {"y"});
  maker.output("y");
  const auto words = [&](const Tensor& input) {
    base::Diagnostics diagnostics;
    EXPECT_FALSE(evaluate(maker.graph, std::span(&input, 1), diagnostics).has_value());
    return base::to_text(diagnostics.all().at(0));
  };
  std::mt19937 random(1);
  expect_words(words(Maker::random_tensor({3, 2}, random)),
               {"input \"x\" is float32 [2, 3], float32 [3, 2] is given"});
  const std::vector<std::int64_t> whole(6, 1);
  expect_words(words(Tensor::make(DType::i64, {2, 3}, whole.data(), 6)), {"int64 [2, 3] is given"});
  expect_words(words(Maker::random_tensor({2, 3}, random)), {"node \"y\" (Expand)", "larger than the limit"});
}

TEST(Evaluate, StopsALoopWithoutEnd) {
  Maker body;
  body.input("i", {}, DType::i64), body.input("go", {}, DType::boolean), body.input("v", {1});
  body.node("Identity", {"go"}, {"on"});
  body.node("Identity", {"v"}, {"w"});
  body.output("on"), body.output("w");
  Maker maker;
  maker.input("x", {1});
  maker.constant<std::uint8_t>("yes", DType::boolean, {}, {1});
  maker.node("Loop", {"", "yes", "x"}, {"y"}, {{"body", std::make_shared<const Graph>(body.graph)}});
  maker.output("y");
  std::mt19937 random(1);
  const Tensor input = Maker::random_tensor({1}, random);
  base::Diagnostics diagnostics;
  EvaluateOptions options;
  options.max_iterations = 1000;
  EXPECT_FALSE(evaluate(maker.graph, std::span(&input, 1), diagnostics, options).has_value());
  expect_words(base::to_text(diagnostics.all().at(0)), {"node \"y\" (Loop)", "iterations"});
}

TEST(Evaluate, WritesOnlyTheOutputsThatAreThere) {
  struct Case {
    std::string op;
    std::vector<std::string> more;  ///< further inputs
    std::size_t outputs;
    std::vector<NamedAttribute> attributes;
  };
  const std::vector<Case> cases = {
      {"TopK", {"k"}, 2, {}},
      {"MaxPool", {}, 2, {{"kernel_shape", std::vector<std::int64_t>{1}}}},
      {"Split", {}, 2, {{"axis", std::int64_t{2}}}},
      {"DynamicQuantizeLinear", {}, 3, {}},
      {"Unique", {}, 4, {}},
      {"Dropout", {}, 2, {}},
      {"LayerNormalization", {"scale"}, 3, {}},
      {"BatchNormalization", {"c", "c", "c", "v"}, 3, {{"training_mode", std::int64_t{1}}}},
      {"LSTM", {"w", "r"}, 3, {}}};
  std::mt19937 random(1);
  for (const Case& c : cases)
    for (std::size_t kept = 0; kept < c.outputs; ++kept) {
      Maker maker(15);
      maker.graph.opset = c.op == "LayerNormalization" ? 17 : 15;
      maker.input("x", {2, 3, 4});
      maker.ints("k", {2});
      maker.noise("scale", {4}), maker.noise("c", {3}), maker.noise("v", {3}, 2);
      maker.noise("w", {1, 20, 4}), maker.noise("r", {1, 20, 5});
      std::vector<std::string> inputs = {"x"};
      inputs.insert(inputs.end(), c.more.begin(), c.more.end());
      std::vector<std::string> names(c.outputs, "unused");
      names[kept] = "y";
      for (std::size_t i = 0; i < names.size(); ++i)
        if (i != kept) names[i] += std::to_string(i);
      Node& node = maker.node(c.op, inputs, names, c.attributes);
      for (std::size_t i = 0; i < node.outputs.size(); ++i)
        if (i != kept) node.outputs[i] = kNone;
      maker.output("y");
      const Tensor x = Maker::random_tensor({2, 3, 4}, random);
      base::Diagnostics diagnostics;
      const auto made = evaluate(maker.graph, std::span(&x, 1), diagnostics);
      EXPECT_EQ(made.has_value(), !diagnostics.has_errors()) << c.op << " " << kept;
      if (!made) {
        EXPECT_TRUE(kept != 0 || c.op == "Split") << c.op << ": " << base::to_text(diagnostics.all().at(0));
      }
    }
}

TEST(Evaluate, SaturatesTheLogarithmOfNothing) {
  Maker maker;
  maker.input("x", {0}, DType::i32);
  maker.node("ReduceLogSumExp", {"x"}, {"y"}, {{"keepdims", std::int64_t{0}}});
  maker.output("y");
  const std::int32_t none = 0;
  const Tensor y = testing::run(maker.prepared(), {Tensor::make(DType::i32, {0}, &none, 0)})[0];
  EXPECT_EQ(y.data<std::int32_t>()[0], std::numeric_limits<std::int32_t>::lowest());
}

TEST(Evaluate, CarriesNaNWeightsThrough) {
  Maker maker;
  maker.input("x", {1, 1, 3, 3});
  maker.floats("w", {2, 1, 1, 1}, {std::nanf(""), 2});
  maker.node("Conv", {"x", "w"}, {"c"});
  maker.node("Relu", {"c"}, {"y"});
  maker.output("y");
  std::mt19937 random(1);
  const Tensor y = testing::run(maker.prepared(), {Maker::random_tensor({1, 1, 3, 3}, random)})[0];
  EXPECT_TRUE(std::isnan(y.data<float>()[0]));
  EXPECT_FALSE(std::isnan(y.data<float>()[9]));
}

}  // namespace
}  // namespace bondline::inference
