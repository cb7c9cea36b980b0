// What each pass makes of a graph, and that the results stay.
#include "line/inference/ops/simplify/simplify.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "data_set.h"
#include "line/inference/ops/ops.h"
#include "maker.h"

namespace bondline::inference {
namespace {

using testing::Maker;
using testing::ops_of;

// Applies the pass to a prepared copy; results on seeded inputs must agree to `relative`.
Graph after(const Maker& maker, int (*pass)(Graph&), double relative = 0, float offset = 0) {
  const Graph before = maker.prepared();
  Graph changed = before;
  pass(changed);
  EXPECT_EQ(broken_promise(changed), "");
  std::mt19937 random(3);
  std::vector<Tensor> inputs;
  for (const ValueId id : before.inputs)
    inputs.push_back(Maker::random_tensor(*before.value(id).shape, random, offset));
  const auto wanted = testing::run(before, inputs), got = testing::run(changed, inputs);
  EXPECT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size() && i < wanted.size(); ++i) {
    EXPECT_EQ(testing::difference(got[i], wanted[i], relative, relative), "");
    EXPECT_EQ(changed.value(changed.outputs[i]).name, before.value(before.outputs[i]).name);
  }
  return changed;
}
int all_passes(Graph& graph) {
  return static_cast<int>(simplify(graph).size());
}

TEST(Simplify, FoldsBatchNormAndChannelConstantsIntoConvolutions) {
  for (const bool transposed : {false, true}) {
    Maker maker;
    maker.input("x", {1, 4, 5, 5});
    maker.noise("w", transposed ? Shape{4, 3, 3, 3} : Shape{6, 2, 3, 3});
    for (const char* name : {"gamma", "beta", "mean"}) maker.noise(name, {6});
    maker.noise("variance", {6}, 1.5f);
    maker.noise("m", {6, 1, 1});
    maker.node(transposed ? "ConvTranspose" : "Conv", {"x", "w"}, {"c"}, {{"group", std::int64_t{2}}});
    maker.node("BatchNormalization", {"c", "gamma", "beta", "mean", "variance"}, {"n"});
    maker.node("Mul", {"n", "m"}, {"s"});
    maker.node("Relu", {"s"}, {"y"});
    maker.output("y");
    const Graph graph = after(maker, fold_batch_norms, 1e-5);
    EXPECT_EQ(ops_of(graph), transposed ? "ConvTranspose Relu" : "Conv Relu");
  }
}

TEST(Simplify, LeavesBatchNormWhoseConvolutionIsUsedElsewhere) {
  Maker maker;
  maker.input("x", {1, 2, 4, 4});
  maker.noise("w", {3, 2, 1, 1});
  for (const char* name : {"gamma", "beta", "mean"}) maker.noise(name, {3});
  maker.noise("variance", {3}, 1.5f);
  maker.node("Conv", {"x", "w"}, {"c"});
  maker.node("BatchNormalization", {"c", "gamma", "beta", "mean", "variance"}, {"n"});
  maker.output("n");
  maker.output("c");
  EXPECT_EQ(ops_of(after(maker, fold_batch_norms)), "Conv BatchNormalization");
}

TEST(Simplify, LeavesBatchNormWithAnInfiniteScale) {
  Maker maker;
  maker.input("x", {1, 2, 2, 2});
  maker.noise("w", {2, 2, 1, 1});
  for (const char* name : {"gamma", "beta", "mean"}) maker.noise(name, {2}, 2);
  maker.floats("variance", {2}, {1, -1e-5f});
  maker.node("Conv", {"x", "w"}, {"c"});
  maker.node("BatchNormalization", {"c", "gamma", "beta", "mean", "variance"}, {"n"});
  maker.output("n");
  Graph graph = maker.prepared();
  fold_batch_norms(graph);
  EXPECT_EQ(ops_of(graph), "Conv BatchNormalization");
}

TEST(Simplify, FoldsGemmScaleAndShift) {
  for (const std::int64_t rows : {0, 1}) {
    Maker maker;
    maker.input("x", {2, 4});
    maker.noise("w", rows ? Shape{3, 4} : Shape{4, 3});
    maker.noise("b", {3});
    maker.noise("m", {3});
    maker.noise("a", {1, 3});
    maker.node("Gemm", {"x", "w", "b"}, {"g"}, {{"transB", rows}});
    maker.node("Mul", {"g", "m"}, {"s"});
    maker.node("Sub", {"s", "a"}, {"y"});
    maker.output("y");
    EXPECT_EQ(ops_of(after(maker, fold_batch_norms, 1e-5)), "Gemm");
  }
}

TEST(Simplify, FoldsPadsOnlyWhereTheWindowMeansTheSame) {
  const auto graph_of = [](const std::string& window, float value, std::vector<NamedAttribute> attributes) {
    Maker maker;
    maker.input("x", {1, 2, 6, 6});
    maker.ints("pads", {0, 0, 1, 2, 0, 0, 0, 1});
    maker.scalar("value", value);
    maker.noise("w", {3, 2, 3, 3});
    maker.node("Pad", {"x", "pads", "value"}, {"p"});
    maker.node(window, window == "Conv" ? std::vector<std::string>{"p", "w"} : std::vector<std::string>{"p"},
               {"y"}, std::move(attributes));
    maker.output("y");
    return maker;
  };
  const NamedAttribute kernel{"kernel_shape", std::vector<std::int64_t>{3, 3}};
  EXPECT_EQ(ops_of(after(graph_of("Conv", 0, {}), fold_pads)), "Conv");
  EXPECT_EQ(ops_of(after(graph_of("Conv", 1, {}), fold_pads)), "Pad Conv");
  EXPECT_EQ(ops_of(after(graph_of("Conv", 0, {{"auto_pad", std::string("SAME_UPPER")}}), fold_pads)),
            "Pad Conv");
  EXPECT_EQ(ops_of(after(graph_of("AveragePool", 0, {kernel}), fold_pads, 1e-6)), "AveragePool");
  EXPECT_EQ(ops_of(after(graph_of("MaxPool", 0, {kernel}), fold_pads)), "Pad MaxPool");
  EXPECT_EQ(ops_of(after(graph_of("MaxPool", -INFINITY, {kernel}), fold_pads)), "MaxPool");
}

TEST(Simplify, RemovesWhatDoesNothing) {
  Maker maker;
  maker.input("x", {2, 3, 4});
  maker.scalar("zero", 0);
  maker.floats("ones", {3, 1}, {1, 1, 1});
  maker.ints("shape", {2, -1, 4});
  maker.node("Identity", {"x"}, {"a"});
  maker.node("Add", {"zero", "a"}, {"b"});
  maker.node("Mul", {"b", "ones"}, {"c"});
  maker.node("Reshape", {"c", "shape"}, {"d"});
  maker.node("Transpose", {"d"}, {"e"}, {{"perm", std::vector<std::int64_t>{1, 0, 2}}});
  maker.node("Transpose", {"e"}, {"f"}, {{"perm", std::vector<std::int64_t>{1, 0, 2}}});
  maker.node("Cast", {"f"}, {"g"}, {{"to", std::int64_t{1}}});
  maker.node("Neg", {"g"}, {"y"});
  maker.output("y");
  EXPECT_EQ(ops_of(after(maker, remove_noops)), "Neg");
}

TEST(Simplify, KeepsAnAddThatWidensOrCountsInWholeNumbers) {
  Maker maker;
  maker.input("x", {1, 3});
  maker.floats("zeros", {2, 3}, {0, 0, 0, 0, 0, 0});
  maker.node("Add", {"x", "zeros"}, {"y"});
  maker.output("y");
  EXPECT_EQ(ops_of(after(maker, remove_noops)), "Add");
}

TEST(Simplify, LeavesAnIdentityBetweenAnInputAndAnOutput) {
  Maker maker;
  maker.input("x", {2});
  maker.node("Identity", {"x"}, {"y"});
  maker.output("y");
  maker.output("y");
  EXPECT_EQ(ops_of(after(maker, remove_noops)), "Identity");
}

TEST(Simplify, JoinsReshapesInARow) {
  Maker maker;
  maker.input("x", {2, 3, 4});
  maker.ints("flat", {-1});
  maker.ints("two", {6, 4});
  maker.node("Reshape", {"x", "flat"}, {"a"});
  maker.node("Reshape", {"a", "two"}, {"b"});
  maker.node("Relu", {"b"}, {"y"});
  maker.output("y");
  EXPECT_EQ(ops_of(after(maker, remove_noops)), "Reshape Relu");
}

TEST(Simplify, SharesEqualConstants) {
  Maker maker;
  maker.input("x", {3});
  maker.floats("a", {3}, {1, 2, 3});
  maker.floats("b", {3}, {1, 2, 3});
  maker.floats("c", {1, 3}, {1, 2, 3});
  maker.node("Add", {"x", "a"}, {"s"});
  maker.node("Mul", {"s", "b"}, {"t"});
  maker.node("Add", {"t", "c"}, {"y"});
  maker.output("y");
  const Graph graph = after(maker, share_constants);
  EXPECT_EQ(graph.nodes[0].inputs[1], graph.nodes[1].inputs[1]);
  EXPECT_NE(graph.nodes[0].inputs[1], graph.nodes[2].inputs[1]);
}

TEST(Simplify, RecognisesSpelledOutActivations) {
  const auto silu = [](Maker& m) {
    m.node("Sigmoid", {"x"}, {"g"});
    m.node("Mul", {"g", "x"}, {"y"});
  };
  const auto swish = [](Maker& m) {
    m.scalar("three", 3), m.scalar("zero", 0), m.scalar("six", 6);
    m.node("Add", {"x", "three"}, {"a"});
    m.node("Clip", {"a", "zero", "six"}, {"c"});
    m.node("Mul", {"x", "c"}, {"p"});
    m.node("Div", {"p", "six"}, {"y"});
  };
  const auto hard = [](Maker& m) {
    m.node("HardSigmoid", {"x"}, {"g"}, {{"alpha", 1.0f / 6}, {"beta", 0.5f}});
    m.node("Mul", {"x", "g"}, {"y"});
  };
  const auto gelu = [](Maker& m) {
    m.scalar("root", 1.41421356f), m.scalar("one", 1), m.scalar("half", 0.5f);
    m.node("Div", {"x", "root"}, {"d"});
    m.node("Erf", {"d"}, {"e"});
    m.node("Add", {"e", "one"}, {"g"});
    m.node("Mul", {"x", "g"}, {"p"});
    m.node("Mul", {"p", "half"}, {"y"});
  };
  const auto tanh_gelu = [](Maker& m) {
    m.scalar("c3", 3), m.scalar("small", 0.044715f), m.scalar("s", 0.79788456f), m.scalar("one", 1),
        m.scalar("half", 0.5f);
    m.node("Pow", {"x", "c3"}, {"cube"});
    m.node("Mul", {"small", "cube"}, {"b"});
    m.node("Add", {"x", "b"}, {"i"});
    m.node("Mul", {"s", "i"}, {"j"});
    m.node("Tanh", {"j"}, {"t"});
    m.node("Add", {"one", "t"}, {"g"});
    m.node("Mul", {"half", "x"}, {"h"});
    m.node("Mul", {"h", "g"}, {"y"});
  };
  const auto norm = [](Maker& m) {
    m.scalar("epsilon", 1e-5f), m.scalar("two", 2), m.noise("gamma", {6}), m.noise("beta", {6});
    const NamedAttribute last{"axes", std::vector<std::int64_t>{-1}};
    m.node("ReduceMean", {"x"}, {"mean"}, {last});
    m.node("Sub", {"x", "mean"}, {"d"});
    m.node("Pow", {"d", "two"}, {"q"});
    m.node("ReduceMean", {"q"}, {"v"}, {last});
    m.node("Add", {"v", "epsilon"}, {"e"});
    m.node("Sqrt", {"e"}, {"r"});
    m.node("Div", {"d", "r"}, {"n"});
    m.node("Mul", {"n", "gamma"}, {"s"});
    m.node("Add", {"s", "beta"}, {"y"});
  };
  const std::vector<std::pair<std::string, std::function<void(Maker&)>>> spelled = {
      {"QuickGelu", silu}, {"HardSwish", swish}, {"HardSwish", hard},
      {"Gelu", gelu},      {"Gelu", tanh_gelu},  {"LayerNormalization", norm}};
  for (const auto& [name, spell] : spelled) {
    SCOPED_TRACE(name);
    Maker maker;
    maker.input("x", {2, 5, 6});
    spell(maker);
    maker.output("y");
    EXPECT_EQ(ops_of(after(maker, recognise_patterns, 2e-6)), name);
  }
}

TEST(Simplify, LeavesWhatOnlyLooksLikeAnActivation) {
  Maker maker;
  maker.input("x", {4});
  maker.input("z", {4});
  maker.node("Sigmoid", {"z"}, {"g"});
  maker.node("Mul", {"g", "x"}, {"y"});
  maker.output("y");
  EXPECT_EQ(ops_of(after(maker, recognise_patterns)), "Sigmoid Mul");
}

TEST(Canonicalize, WritesOldOperatorsAsOpset21HasThem) {
  Maker maker(9);
  maker.input("x", {2, 3, 4, 6});
  maker.floats("scales", {4}, {1, 1, 2, 2});
  const auto list = [](std::vector<std::int64_t> values) { return values; };
  maker.node("Clip", {"x"}, {"a"}, {{"min", -0.5f}, {"max", 0.75f}});
  maker.node("Pad", {"a"}, {"b"}, {{"pads", list({0, 0, 1, 1, 0, 0, 0, 2})}, {"value", 2.0f}});
  maker.node("Slice", {"b"}, {"c"},
             {{"starts", list({1, 0})}, {"ends", list({9, -1})}, {"axes", list({2, 3})}});
  maker.node("Upsample", {"c", "scales"}, {"d"}, {{"mode", std::string("linear")}});
  maker.node("Softmax", {"d"}, {"e"}, {{"axis", std::int64_t{2}}});
  maker.node("Split", {"e"}, {"f", "g"}, {{"axis", std::int64_t{1}}, {"split", list({1, 2})}});
  maker.node("ReduceMean", {"g"}, {"h"}, {{"axes", list({2})}, {"keepdims", std::int64_t{0}}});
  maker.node("Unsqueeze", {"h"}, {"i"}, {{"axes", list({0})}});
  maker.node("Dropout", {"i"}, {"j"}, {{"ratio", 0.25f}});
  maker.node("TopK", {"j"}, {"k", "l"}, {{"k", std::int64_t{2}}});
  maker.output("f");
  maker.output("k");
  maker.output("l");
  const Graph graph = after(maker, canonicalize);
  EXPECT_EQ(graph.opset, kNewestOpset);
  EXPECT_EQ(ops_of(graph),
            "Clip Pad Slice Resize Reshape Softmax Reshape Split ReduceMean Unsqueeze Identity TopK");
  after(maker, all_passes, 1e-6);
}

}  // namespace
}  // namespace bondline::inference
