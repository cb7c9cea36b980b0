// What the passes leave over.
#include <gtest/gtest.h>

#include <algorithm>

#include "compiled.h"
#include "networks.h"

namespace bondline::inference::testing {
namespace {

using Ints = std::vector<std::int64_t>;

std::size_t count(const Model& model, StepKind kind) {
  const auto& steps = model.plan().steps;
  return static_cast<std::size_t>(
      std::count_if(steps.begin(), steps.end(), [&](const Step& s) { return s.kind == kind; }));
}

TEST(Passes, BatchNormActivationAndResidualBecomeOneConvolution) {
  GraphBuilder make(1);
  const ValueId x = make.input({1, 8, 9, 9});
  const ValueId y = make.conv(x, 8, 8, 3);
  const ValueId n =
      make.node("BatchNormalization", {y, make.weights({8}, 1), make.weights({8}, 1), make.weights({8}, 1),
                                       make.constant({8}, std::vector<float>(8, 1))});
  const ValueId sum = make.node("Add", {n, x});
  const Graph graph = make.finish({make.node("Relu", {sum})});
  const auto model = model_of(graph);
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(count(*model, StepKind::conv_f32), 1u);
  EXPECT_EQ(count(*model, StepKind::elementwise), 0u);
  EXPECT_EQ(count(*model, StepKind::unary), 0u);
  const std::vector<Tensor> in = {random_tensor({1, 8, 9, 9}, 5)};
  EXPECT_LE(gap(run(model, in), reference(graph, in)).error, 1e-4);
}

TEST(Passes, ConcatAndSplitAlongChannelsCopyNothing) {
  QuantisedBuilder make(1, {});
  const ValueId x = make.quantise(make.input({1, 16, 8, 8}), 0.01f, 100);
  const ValueId a = make.quantise(make.conv8(x, 0.01f, 16, 32, 3), 0.02f, 100);
  const auto halves =
      make.nodes("Split", {a, make.constant({2}, Ints{16, 16})}, 2, {{"axis", std::int64_t{1}}});
  const ValueId b = make.quantise(make.conv8(halves[1], 0.02f, 16, 16, 3), 0.02f, 100);
  const ValueId c =
      make.quantise(make.node("Concat", {halves[0], halves[1], b}, {{"axis", std::int64_t{1}}}), 0.02f, 100);
  const auto model = model_of(make.finish({make.conv8(c, 0.02f, 48, 8, 1)}));
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(count(*model, StepKind::conv_int8), 3u);
  EXPECT_EQ(count(*model, StepKind::copy), 0u);
  EXPECT_EQ(count(*model, StepKind::unary), 0u);
  EXPECT_LE(count(*model, StepKind::convert), 2u);  // the caller's float32 in, float32 planes out
}

TEST(Passes, ActivationsOfQuantisedValuesGoIntoTheConvolution) {
  QuantisedBuilder make(2, {});
  const ValueId x = make.quantise(make.input({1, 8, 8, 8}), 0.01f, 100);
  const ValueId y = make.quantise(make.conv8(x, 0.01f, 8, 8, 3), 0.02f, 100);
  const ValueId s = make.quantise(make.node("Sigmoid", {y}), 1 / 256.0f, 0);
  const ValueId z = make.quantise(make.node("Mul", {y, s}), 0.015f, 20);
  const auto model = model_of(make.finish({make.quantise(make.conv8(z, 0.015f, 8, 8, 1), 0.02f, 128)}));
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(count(*model, StepKind::unary), 0u);
  EXPECT_EQ(count(*model, StepKind::elementwise), 0u);
  EXPECT_EQ(count(*model, StepKind::conv_int8) + 2 * count(*model, StepKind::conv_pair_int8), 2u);
}

TEST(Passes, ReshapesAndTransposesOfHeadsAreViews) {
  GraphBuilder make(3);
  const ValueId x = make.input({1, 4, 6, 6});
  const ValueId y = make.conv(x, 4, 12, 1);
  const ValueId rows = make.node("Reshape", {y, make.constant({3}, Ints{1, 12, 36})});
  const auto model = model_of(make.finish({make.node("Transpose", {rows}, {{"perm", Ints{0, 2, 1}}})}));
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->plan().steps.size(), 2u);  // the image to channels last, the convolution into the output
}

TEST(Passes, FocusSlicesReadTheImageThroughStrides) {
  GraphBuilder make(4);
  const Shape shape = {1, 3, 10, 14};
  const ValueId x = make.input(shape);
  std::vector<ValueId> slices;
  for (const auto& [dy, dx] : {std::pair{0, 0}, {1, 0}, {0, 1}, {1, 1}}) {
    slices.push_back(
        make.node("Slice", {x, make.constant({2}, Ints{dy, dx}), make.constant({2}, Ints{10, 14}),
                            make.constant({2}, Ints{2, 3}), make.constant({2}, Ints{2, 2})}));
  }
  const ValueId all = make.node("Concat", slices, {{"axis", std::int64_t{1}}});
  const Graph graph = make.finish({make.conv(all, 12, 8, 3)});
  const auto model = model_of(graph);
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(count(*model, StepKind::convert), 5u);  // four slices in place, one output
  EXPECT_EQ(count(*model, StepKind::copy), 0u);
  const std::vector<Tensor> in = {random_tensor(shape, 6)};
  EXPECT_LE(gap(run(model, in), reference(graph, in)).error, 1e-3);
}

TEST(Passes, ScoresGoFromTheirLevelToTheirPlaceInTheOutput) {
  const Network net = detection_head(1, true);
  const auto model = model_of(net.graph);
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(count(*model, StepKind::dfl), 3u);
  EXPECT_EQ(count(*model, StepKind::lookup), 3u);  // sigmoid, dequantisation and layout of a level in one
  EXPECT_EQ(count(*model, StepKind::softmax), 0u);
  EXPECT_EQ(count(*model, StepKind::generic), 0u);
}

TEST(Passes, HeadsOfOneInputShareAVectorOfChannels) {
  // Four heads of one, four, one and ten channels, a depthwise convolution behind each, scores by sigmoid.
  GraphBuilder make(8);
  const ValueId x = make.input({1, 64, 6, 6});
  const ValueId shared = make.node("Relu", {make.conv(x, 64, 64, 1)});
  std::vector<ValueId> outputs;
  for (const std::int64_t channels : {1, 4, 1, 10}) {
    const ValueId head = make.conv(make.conv(shared, 64, channels, 1), channels, channels, 3, 1, channels);
    outputs.push_back(channels == 1 ? make.node("Sigmoid", {head}) : head);
  }
  const Graph graph = make.finish(outputs);
  const auto model = model_of(graph);
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(count(*model, StepKind::conv_f32), 3u);
  EXPECT_EQ(count(*model, StepKind::copy), 0u);
  const std::vector<Tensor> in = {random_tensor({1, 64, 6, 6}, 5)};
  const auto got = run(model, in);
  ASSERT_EQ(got.size(), 4u);
  EXPECT_LE(gap(got, reference(graph, in)).error, 1e-4);
}

TEST(Passes, ConvolutionsThatFillTheirVectorsStayApart) {
  GraphBuilder make(9);
  const ValueId x = make.input({1, 16, 6, 6});
  const Graph graph = make.finish({make.conv(x, 16, 64, 1), make.conv(x, 16, 32, 1)});
  const auto model = model_of(graph);
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(count(*model, StepKind::conv_f32), 2u);
}

TEST(Passes, HeadsWithOtherWindowsBehindThemAreJoinedOnlyInFront) {
  GraphBuilder make(10);
  const ValueId x = make.input({1, 32, 7, 7});
  const ValueId a = make.conv(x, 32, 2, 1), b = make.conv(x, 32, 3, 1);
  const Graph graph = make.finish({make.conv(a, 2, 2, 3, 1, 2), make.conv(b, 3, 3, 5, 1, 3)});
  const auto model = model_of(graph);
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(count(*model, StepKind::conv_f32), 3u);
  const std::vector<Tensor> in = {random_tensor({1, 32, 7, 7}, 5)};
  EXPECT_LE(gap(run(model, in), reference(graph, in)).error, 1e-4);
}

/// Steps whose residual lies where their output does.
std::size_t sums_in_place(const Model& model) {
  const auto& steps = model.plan().steps;
  return static_cast<std::size_t>(std::count_if(steps.begin(), steps.end(), [](const Step& s) {
    return s.kind == StepKind::conv_int8 && s.operands[3].space == Space::arena &&
           s.operands[2].space == Space::arena && s.operands[3].offset == s.operands[2].offset;
  }));
}

TEST(Passes, ASumIsWrittenOverTheTermThatNobodyReadsAfterwards) {
  for (const bool read_again : {false, true}) {
    QuantisedBuilder make(3, {});
    const ValueId x = make.quantise(make.input({1, 16, 8, 8}), 0.01f, 100);
    const ValueId a = make.quantise(make.conv8(x, 0.01f, 16, 32, 1), 0.02f, 100);
    const ValueId b = make.quantise(make.conv8(a, 0.02f, 32, 16, 3), 0.02f, 100);
    const ValueId c = make.quantise(make.conv8(b, 0.02f, 16, 32, 1), 0.02f, 100);
    ValueId sum = make.quantise(make.node("Add", {c, a}), 0.03f, 90);
    if (read_again) {  // a is read by the convolution behind the sum
      const ValueId d = make.quantise(make.conv8(sum, 0.03f, 32, 32, 1), 0.02f, 100);
      sum = make.quantise(make.node("Add", {d, a}), 0.03f, 90);
    }
    const Graph graph = make.finish({make.conv8(sum, 0.03f, 32, 8, 1)});
    const auto model = model_of(graph);
    ASSERT_NE(model, nullptr);
    EXPECT_EQ(sums_in_place(*model), 1u) << read_again;
    const std::vector<Tensor> in = {random_tensor({1, 16, 8, 8}, 5)};
    const auto apart = model_of(graph, {"test.onnx", {}, kernels::Isa::portable, false, false});
    EXPECT_TRUE(same_bits(run(model, in), run(apart, in)));
  }
}

TEST(Passes, TheArenaIsWithinATenthOfItsLowerBound) {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    const auto model = model_of((seed % 2 != 0 ? float_network(seed) : quantised_network(seed, {})).graph);
    ASSERT_NE(model, nullptr);
    const Plan& plan = model->plan();
    EXPECT_GE(plan.arena_bytes, plan.lower_bound_bytes) << seed;
    EXPECT_LE(static_cast<double>(plan.arena_bytes), 1.10 * static_cast<double>(plan.lower_bound_bytes))
        << seed;
  }
}

}  // namespace
}  // namespace bondline::inference::testing
